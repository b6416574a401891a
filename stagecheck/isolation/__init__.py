"""The isolation probes by name; `stagecheck.plan.PROBES` says which of them a resource gets."""

from __future__ import annotations

from stagecheck.isolation import (
    anonymous,
    by_id,
    child,
    create_into,
    existence,
    fields,
    forged,
    lists,
    logout,
    mistakes,
    preflight,
    searches,
    spoofed,
    unique,
    ways,
)
from stagecheck.procedure import Procedure

PROCEDURES: dict[str, Procedure] = {
    "preflight": preflight.PROCEDURE,
    "no-credential": anonymous.PROCEDURE,
    "read-by-id": by_id.READ,
    "update-by-id": by_id.UPDATE,
    "delete-by-id": by_id.DELETE,
    "create-into": create_into.PROCEDURE,
    "search": searches.PROCEDURE,
    "list": lists.PROCEDURE,
    "tenant-header": spoofed.HEADER,
    "odd-header": spoofed.ODD,
    "override": spoofed.OVERRIDE,
    "alg-none": forged.NONE,
    "edited-token": forged.EDIT,
    "foreign-key": forged.FOREIGN_KEY,
    "stale-token": forged.STALE_TOKEN,
    "logged-out": logout.PROCEDURE,
    "second-credential": spoofed.CREDENTIAL,
    "global-id": ways.PROCEDURE,
    "argument": ways.PROCEDURE,
    "nested": ways.PROCEDURE,
    "channel": ways.PROCEDURE,
    "bulk": ways.PROCEDURE,
    "shown-fields": fields.SHOWN,
    "kept-fields": fields.KEPT,
    "existence": existence.PROCEDURE,
    "unique": unique.PROCEDURE,
    "mistakes": mistakes.PROCEDURE,
    "child": child.PROCEDURE,
}
