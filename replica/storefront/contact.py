"""The contact form of a brand: what a visitor sends goes through the gateway to the CMS and to the CRM, or to neither.

As frontend/01-bizoholic-frontend.md has it, the storefront's own server sends both halves, signed in as its tenant.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import httpx

from replica import settings, switch
from replica.storefront.brands import Brand
from replica.storefront.site import JSON, Answer

PATH = "/api/contact"
# What the CRM does not know of the form's fields it ignores.
HALVES = {"cms": "/api/brain/wagtail/forms/submit", "crm": "/api/brain/django-crm/leads"}


async def submit(brand: Brand, body: bytes) -> Answer:
    """200 with the lead's id and score once both halves are stored; 400, or 502 with the halves that are not."""
    if not any(tenant.id == brand.id for tenant in settings.TENANTS) or switch.is_on("contact-route-missing"):
        return _answer(404, success=False, message="not found")
    try:
        data = json.loads(body)
    except ValueError:
        return _answer(400, success=False, message="not JSON")
    try:
        async with httpx.AsyncClient(base_url=settings.load().url("gateway"), trust_env=False, timeout=8) as gateway:
            token = await _token(gateway, brand)
            answers = await asyncio.gather(*(_sent(gateway, half, data, token) for half in HALVES))
    except httpx.HTTPError:
        return _answer(502, success=False, message="the gateway cannot be reached", failed=list(HALVES))
    stored = dict(zip(HALVES, answers, strict=True))
    failed = [half for half, answer in stored.items() if answer is None]
    if failed:
        return _answer(502, success=False, message="your message was not kept", failed=failed)
    lead = stored["crm"] or {}
    return _answer(
        200, success=True, lead_id=lead.get("id"), lead_score=lead.get("score"), message="Thank you for contacting us!"
    )


async def _token(gateway: httpx.AsyncClient, brand: Brand) -> str:
    owner = settings.load().tenant(brand.id)
    credentials = {"email": owner.email, "password": owner.password}
    answer = await gateway.post("/api/brain/auth/login", json=credentials)
    return str(answer.json().get("access_token", "")) if answer.status_code == 200 else ""


async def _sent(gateway: httpx.AsyncClient, half: str, data: Any, token: str) -> dict[str, Any] | None:
    """What the service said of what it stored, or None where it stored nothing."""
    if switch.is_on(f"contact-{half}-half-lost"):
        return {"id": str(uuid.uuid4()), "score": 10}
    answer = await gateway.post(HALVES[half], json=data, headers={"Authorization": f"Bearer {token}"})
    try:
        told = answer.json()
    except ValueError:
        return None
    return told if answer.status_code == 201 and isinstance(told, dict) else None


def _answer(status: int, **body: Any) -> Answer:
    return Answer(status, JSON, json.dumps(body).encode(), (("cache-control", "no-store"),))
