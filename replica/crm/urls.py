"""Routes: health, the sign-in page of the staff, and the three kinds of record under /api/v1/."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from replica.crm.views import Activities, Contacts, Leads, admin_login, health

router = DefaultRouter()
router.include_root_view = False
router.include_format_suffixes = False
router.register("leads", Leads)
router.register("contacts", Contacts)
router.register("activities", Activities)

urlpatterns = [
    path("health/", health),
    path("admin/login/", admin_login),
    path("api/v1/", include(router.urls)),
]
