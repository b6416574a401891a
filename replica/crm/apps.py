"""The Django application of the CRM."""

from __future__ import annotations

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """Leads, contacts and activities, under the label `crm`."""

    name = "replica.crm"
    label = "crm"
