"""Which database a query goes to: the CRM's, or one that is gone or another while a fault says so."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from replica import switch


class Router:
    """Sends reads and writes to the databases `gone` and `another` under the faults that stand for them."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        if switch.is_on("crm-default-database"):
            return "another"
        return "gone" if switch.is_on("crm-health-constant") or switch.is_on("crm-database-down") else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "default"
