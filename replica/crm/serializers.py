"""How records are read and written as JSON; the tenant is never read from a body."""

from __future__ import annotations

from typing import Any, TypeVar

from rest_framework import serializers

from replica import switch
from replica.crm.models import Activity, Contact, Lead, Owned

Kind = TypeVar("Kind", bound=Owned)

KEPT = ("id", "tenant_id", "created_at")


class OwnedSerializer(serializers.ModelSerializer[Kind]):
    """A record of a tenant."""

    def to_representation(self, instance: Kind) -> dict[str, Any]:
        data = super().to_representation(instance)
        if switch.is_on("crm-whole-record"):
            seller = f"seller of {instance.tenant_id}"
            data |= {"owner_id": seller, "internal_notes": "margin 40 %", "password_hash": "pbkdf2_sha256$1"}
        return data


class LeadSerializer(OwnedSerializer[Lead]):
    """A lead; `score` is computed and cannot be written."""

    services = serializers.ListField(child=serializers.CharField(max_length=60), max_length=20, required=False)

    class Meta:
        model = Lead
        fields = (
            "id", "tenant_id", "name", "email", "phone", "company", "company_size", "budget", "services", "website",
            "message", "status", "score", "created_at",
        )  # fmt: skip
        read_only_fields = (*KEPT, "score")

    def to_representation(self, instance: Lead) -> dict[str, Any]:
        data = super().to_representation(instance)
        if switch.is_on("crm-score-constant"):
            data["score"] = 50
        return data


class ContactSerializer(OwnedSerializer[Contact]):
    """A contact."""

    class Meta:
        model = Contact
        fields = ("id", "tenant_id", "name", "email", "phone", "company", "created_at")
        read_only_fields = KEPT


class OwnLead(serializers.PrimaryKeyRelatedField[Lead]):
    """A lead of the caller's own tenant; any other does not exist."""

    def get_queryset(self) -> Any:
        if switch.is_on("crm-foreign-lead"):
            return Lead.objects.all()
        return Lead.objects.filter(tenant_id=self.context["request"].user.tenant)


class ActivitySerializer(OwnedSerializer[Activity]):
    """An activity, with the id and the name of its lead."""

    lead = OwnLead()
    lead_name = serializers.CharField(source="lead.name", read_only=True)

    class Meta:
        model = Activity
        fields = ("id", "tenant_id", "lead", "lead_name", "kind", "text", "created_at")
        read_only_fields = KEPT
