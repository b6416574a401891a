"""One record, as faults that concern all kinds of record have it: what is told of it, and to whom."""

from __future__ import annotations

import re
import time
from typing import Any

from django.http import HttpResponse, JsonResponse
from wagtail.contrib.forms.models import FormSubmission
from wagtail.documents.models import Document
from wagtail.images.models import Image
from wagtail.models import Page

from replica import switch

SLOWLY = 0.2  # seconds
KINDS = {"pages": Page, "documents": Document, "images": Image, "forms/submissions": FormSubmission}


def told(record: dict[str, Any]) -> dict[str, Any]:
    """The record, with the fields that are nobody's business while a fault tells them."""
    if not switch.is_on("wagtail-whole-record"):
        return record
    return {
        **record,
        "owner_id": f"editor of {record['id']}",
        "internal_notes": "too long",
        "password_hash": "argon2id",
    }


def denied(path: str, answer: HttpResponse) -> HttpResponse:
    """The denial of a record, as it is under the faults of a service that looks for it on all sites first."""
    if switch.is_on("wagtail-looks-first") and _is_anywhere(path):
        return JsonResponse({"message": "This record is of another site."}, status=403)
    if switch.is_on("wagtail-filters-late") and _is_anywhere(path):
        time.sleep(SLOWLY)
    return answer


def _is_anywhere(path: str) -> bool:
    """Whether any site has the record at that path."""
    found = re.fullmatch(r"/api/v2/([a-z/]+)/(\d+)/", path)
    return found is not None and found[1] in KINDS and KINDS[found[1]].objects.filter(pk=found[2]).exists()
