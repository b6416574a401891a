"""Routes: health, and the three kinds of record under /api/v1/."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from replica.crm.views import Activities, Contacts, Leads, health

router = DefaultRouter()
router.include_root_view = False
router.include_format_suffixes = False
router.register("leads", Leads)
router.register("contacts", Contacts)
router.register("activities", Activities)

urlpatterns = [path("health/", health), path("api/v1/", include(router.urls))]
