"""The isolation probes by name; `stagecheck.plan.PROBES` says which of them a resource gets."""

from __future__ import annotations

from stagecheck.isolation import anonymous, by_id, create_into, forged, lists, preflight, searches, spoofed
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
}
