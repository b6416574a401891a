"""The REST API of the CRM: every query is narrowed to the caller's tenant in one place, `Owned.get_queryset`."""

from __future__ import annotations

import csv
import time
from typing import Any

import django_filters
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.db import DatabaseError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from replica import release, switch
from replica.crm.middleware import past_the_gateway
from replica.crm.models import Activity, Contact, Lead
from replica.crm.serializers import ActivitySerializer, ContactSerializer, LeadSerializer

SLOWLY = 0.2  # seconds
# The faults under which an action forgets whose records it may touch.
UNSCOPED = {
    "list": "crm-list-all",
    "export": "crm-export-all",
    "retrieve": "crm-read-any",
    "update": "crm-write-any",
    "partial_update": "crm-write-any",
    "destroy": "crm-write-any",
}


class Unavailable(APIException):
    """503, as Django REST framework writes it."""

    status_code = 503
    default_detail = "Service temporarily unavailable, try again later."


class Pages(PageNumberPagination):
    """Twenty records a page, `page_size` up to a hundred."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any] | None:
        page = super().paginate_queryset(queryset, request, view)
        self.counted = self.page.paginator.count
        late = "search" not in request.query_params and past_the_gateway(request, "crm-direct-filters-late")
        if late or switch.is_on("crm-count-all"):
            self.counted = queryset.model.objects.count()
        return page

    def get_paginated_response(self, data: Any) -> Response:
        response = super().get_paginated_response(data)
        response.data["count"] = self.counted
        return response


class Owned(ModelViewSet[Any]):
    """Records of the caller's tenant."""

    pagination_class = Pages
    filter_backends = (DjangoFilterBackend, SearchFilter, OrderingFilter)
    ordering = ("-created_at", "id")

    def get_queryset(self) -> QuerySet[Any]:
        everything = self.queryset.all()
        if switch.is_on(UNSCOPED.get(self.action, "")):
            return everything
        if self.action == "list" and "search" in self.request.query_params and switch.is_on("crm-search-all"):
            return everything
        if "ordering" in self.request.query_params and switch.is_on("crm-ordered-all"):
            return everything
        odd_page = not self.request.query_params.get("page_size", "1").isdigit()
        if odd_page and self._is_on("crm-odd-page-all", "crm-direct-filters-late"):
            return everything
        if past_the_gateway(self.request, "crm-direct-unscoped"):
            return everything
        return everything.filter(tenant_id=self._tenant())

    def _tenant(self) -> str:
        named = self.request.query_params.get("tenant_id", "")
        if named and past_the_gateway(self.request, "crm-direct-query-tenant"):
            return named
        tenant: str = self.request.user.tenant
        return tenant

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if switch.is_on("crm-filter-ignored"):
            return queryset.order_by(*self.ordering)
        return super().filter_queryset(queryset)

    def get_object(self) -> Any:
        if switch.is_on("crm-detail-503"):
            raise Unavailable
        if switch.is_on("crm-any-lead") and self.queryset.model is Lead and self.action == "retrieve":
            return self.get_queryset().first()
        if self.action == "retrieve":
            if self._is_on("crm-denies-403", "crm-direct-looks-first") and self._is_anothers():
                raise PermissionDenied
            if self._is_on("crm-denies-slowly", "crm-direct-filters-late") and self._is_anothers():
                time.sleep(SLOWLY)
        return super().get_object()

    def _is_on(self, everywhere: str, directly: str) -> bool:
        return switch.is_on(everywhere) or past_the_gateway(self.request, directly)

    def _is_anothers(self) -> bool:
        return bool(self.queryset.filter(pk=self.kwargs["pk"]).exclude(tenant_id=self._tenant()).exists())

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if switch.is_on("crm-list-500") and self.get_queryset().exists():
            raise TypeError("Cannot filter a query once a slice has been taken.")
        return super().list(request, *args, **kwargs)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        response = super().create(request, *args, **kwargs)
        if switch.is_on("crm-no-score"):
            response.data = {name: value for name, value in response.data.items() if name not in ("id", "score")}
        return response

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        tenant = self._named_tenant() or self.request.user.tenant
        if switch.is_on("crm-lost-write"):
            # As when a later step fails and the transaction is rolled back without a word.
            serializer.instance = self.queryset.model(tenant_id=tenant, **serializer.validated_data)
            if isinstance(serializer.instance, Lead):
                serializer.instance.rate()
            return
        serializer.save(tenant_id=tenant)

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        if switch.is_on("crm-updates-lost"):
            for name, value in serializer.validated_data.items():
                setattr(serializer.instance, name, value)
            return
        tenant = self._named_tenant()
        serializer.save(**({"tenant_id": tenant} if tenant else {}))
        if "score" in self.request.data and switch.is_on("crm-score-writable"):
            self.queryset.filter(pk=serializer.instance.pk).update(score=self.request.data["score"])

    def perform_destroy(self, instance: Any) -> None:
        if not switch.is_on("crm-delete-noop"):
            instance.delete()

    def _named_tenant(self) -> str:
        """The tenant that the body names, while a fault lets it; otherwise none."""
        return str(self.request.data.get("tenant_id", "")) if switch.is_on("crm-mass-assign") else ""


class LeadFilter(django_filters.FilterSet):
    """`?status=` may be repeated: the answer is the union."""

    status = django_filters.MultipleChoiceFilter(choices=Lead.Status.choices)


class Leads(Owned):
    """/api/v1/leads/"""

    queryset = Lead.objects.all()
    serializer_class = LeadSerializer
    filterset_class = LeadFilter
    search_fields = ("name", "email", "company")
    ordering_fields = ("name", "company", "status", "score", "created_at")

    @action(detail=False)
    def export(self, request: Request) -> HttpResponse:
        """All leads of the tenant as CSV."""
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        rows = csv.writer(response)
        rows.writerow(["id", "name", "email", "company", "status"])
        rows.writerows(self.get_queryset().values_list("id", "name", "email", "company", "status"))
        return response


class Contacts(Owned):
    """/api/v1/contacts/"""

    queryset = Contact.objects.all()
    serializer_class = ContactSerializer
    search_fields = ("name", "email", "company")
    ordering_fields = ("name", "company", "created_at")


class Activities(Owned):
    """/api/v1/activities/"""

    queryset = Activity.objects.select_related("lead")
    serializer_class = ActivitySerializer
    filterset_fields = ("lead", "kind")
    search_fields = ("text",)
    ordering_fields = ("kind", "created_at")


def health(request: HttpRequest) -> JsonResponse:
    """Health after a real query of the database: 200, or 503 when it fails."""
    body = {"service": "django-crm", "revision": release.current()}
    if not switch.is_on("crm-health-constant"):
        try:
            Lead.objects.exists()
        except DatabaseError:
            return JsonResponse({**body, "status": "unhealthy", "database": "disconnected"}, status=503)
    if switch.is_on("crm-other-program"):
        body["service"] = "starter-kit"
    database = "disconnected" if switch.is_on("crm-component-disconnected") else "connected"
    return JsonResponse({**body, "status": "healthy", "database": database})


def admin_login(request: HttpRequest) -> HttpResponse:
    """The sign-in page of the staff; under a fault its style sheet is not in the manifest that was never collected."""
    sheet = "/static/admin/css/base.css"
    if switch.is_on("crm-admin-500"):
        sheet = ManifestStaticFilesStorage().url("admin/css/base.css")
    return HttpResponse(
        f"<!doctype html><html><head><title>Log in | CRM</title><link rel='stylesheet' href='{sheet}'></head><body>"
        "<form method='post'><input name='username'><input type='password' name='password'></form></body></html>"
    )
