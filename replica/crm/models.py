"""What a tenant keeps in the CRM."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils import timezone

from replica.crm.scoring import score


class Owned(models.Model):
    """A record of one tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant_id = models.CharField(max_length=64, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering = ("-created_at", "id")


class Lead(Owned):
    """Somebody who may become a customer; `score` (0 to 100) is computed on every save."""

    class Status(models.TextChoices):
        NEW = "new"
        CONTACTED = "contacted"
        QUALIFIED = "qualified"
        WON = "won"
        LOST = "lost"

    name = models.CharField(max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    company = models.CharField(max_length=200, blank=True)
    company_size = models.PositiveIntegerField(default=0)
    budget = models.PositiveIntegerField(default=0)
    services = models.JSONField(default=list, blank=True)
    website = models.URLField(blank=True)
    message = models.TextField(blank=True)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.NEW)
    score = models.PositiveSmallIntegerField(default=0, editable=False)

    def rate(self) -> None:
        """Set `score` from the other fields."""
        self.score = score(
            company_size=self.company_size,
            budget=self.budget,
            services=self.services,
            phone=self.phone,
            website=self.website,
            message=self.message,
        )

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.rate()
        super().save(*args, **kwargs)


class Contact(Owned):
    """Somebody at a customer."""

    name = models.CharField(max_length=200)
    email = models.EmailField()
    phone = models.CharField(max_length=40, blank=True)
    company = models.CharField(max_length=200, blank=True)


class Activity(Owned):
    """Something that was done about a lead."""

    class Kind(models.TextChoices):
        CALL = "call"
        EMAIL = "email"
        MEETING = "meeting"
        NOTE = "note"

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="activities")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.NOTE)
    text = models.TextField()
