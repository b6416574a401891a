"""The Django application that holds the page types."""

from __future__ import annotations

from django.apps import AppConfig


class CmsConfig(AppConfig):
    """The page types, under the label `cms`: the API calls them cms.HomePage and so on."""

    name = "replica.wagtail"
    label = "cms"
    default_auto_field = "django.db.models.BigAutoField"
