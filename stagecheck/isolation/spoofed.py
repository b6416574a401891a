"""T10, T11, T12, T21, T39: whatever header or query names another tenant, the token alone says who asks."""

from __future__ import annotations

from dataclasses import replace

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, access
from stagecheck.isolation.legs import find, finds, hits, on, resource_of, search, three_legs, three_legs_hold
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

HEADERS = ("X-Tenant-ID", "X-Tenant", "X-Org-Id", "X-User-Id", "X-Forwarded-User", "X-Clerk-Org-Id")
KEYS = {"tenant_id": "{tenant}", "tenant": "{tenant}"}

# -- T10


def header_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    read = resource_of(check).read
    own, theirs = setting.tenant(check.tenant).sentinel, setting.tenant(check.victim).sentinel
    asked: list[Step] = []
    for name in HEADERS:
        mine, foreign = ((name, check.tenant),), ((name, check.victim),)
        asked.append(search(check, setting, f"own {name}", own, extra_headers=mine))
        asked.append(search(check, setting, f"search {name}", theirs, extra_headers=foreign))
        asked.append(
            on(check, setting, f"read {name}", read, check.tenant, "{victim_id}", "own", extra_headers=foreign)
        )
    return (*three_legs(check, setting), *asked)


def header_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"the same header with {check.tenant}'s own name is answered with its own records"
    found = three_legs_hold(check, setting, answers)
    for name in HEADERS:
        found = found or finds(check, setting, answers, f"own {name}", what)
    return found


def header_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"a header that names {check.victim} gives {check.tenant} nothing of {check.victim}"
    for name in HEADERS:
        found = nothing_found(check, answers, f"search {name}", must_hold, f"the header {name}")
        found = found or _not_read(check, setting, answers, name, must_hold)
        if found:
            return found
    return None


def _not_read(check: Check, setting: Setting, answers: Answers, name: str, must_hold: str) -> Finding | None:
    step = f"read {name}"
    exchange = answers[step]
    resource = resource_of(check)
    given = access(resource, resource.read, exchange)
    if given is Access.GRANTED or setting.tenant(check.victim).sentinel in exchange.text:
        return _trusted(check, must_hold, step, f"the header {name}")
    if given is Access.DENIED or exchange.status in (400, 403):
        return None
    return _unclear(check, answers, step, must_hold)


# -- T11


def odd_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    theirs = setting.tenant(check.victim).sentinel
    odd = _odd_headers(check)
    asked = (search(check, setting, name, theirs, extra_headers=headers) for name, headers in odd.items())
    nobody = (
        search(check, setting, f"anonymous {name}", theirs, tenant="", extra_headers=headers, bare=True)
        for name, headers in (odd | _plain_headers(check)).items()
    )
    return (
        find(check, setting, check.victim, "victim", shared=False),
        find(check, setting, check.tenant, "own"),
        *asked,
        *nobody,
    )


# How each of these headers is named to whoever reads what it did.
_NAMED = {
    "absent": "no tenant header",
    "empty": "an empty X-Tenant-ID header",
    "two": "the second of two X-Tenant-ID headers",
    "two, reversed": "the first of two X-Tenant-ID headers",
    "joined": "the second name in one X-Tenant-ID header",
    "lower case": "a header x-tenant-id in small letters",
    "upper value": "a tenant's name in capitals in the X-Tenant-ID header",
}


def _odd_headers(check: Check) -> dict[str, tuple[tuple[str, str], ...]]:
    return {
        "absent": (),
        "empty": (("X-Tenant-ID", ""),),
        "two": (("X-Tenant-ID", check.tenant), ("X-Tenant-ID", check.victim)),
        "two, reversed": (("X-Tenant-ID", check.victim), ("X-Tenant-ID", check.tenant)),
        "joined": (("X-Tenant-ID", f"{check.tenant}, {check.victim}"),),
        "lower case": (("x-tenant-id", check.victim),),
        "upper value": (("X-Tenant-ID", check.victim.upper()),),
    }


def _plain_headers(check: Check) -> dict[str, tuple[tuple[str, str], ...]]:
    """What only a gateway may say of who asks; with a token T10 tries them."""
    return {name: ((name, check.victim),) for name in HEADERS}


def odd_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = "both tenants find their own sentinel"
    return finds(check, setting, answers, "find-victim", what) or finds(check, setting, answers, "find-own", what)


def odd_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"an odd tenant header is refused, or answered as {check.tenant}; never as {check.victim}"
    both = [step for name in _odd_headers(check) for step in (name, f"anonymous {name}")]
    for step in (*both, *(f"anonymous {name}" for name in _plain_headers(check))):
        name = step.removeprefix("anonymous ")
        found = nothing_found(check, answers, step, must_hold, _NAMED.get(name, f"the header {name}"))
        if found and found.reason is Reason.LEAK and name == "absent":
            return replace(found, cause=_nobody_chosen(check, step))
        if found:
            return found
    return None


def _nobody_chosen(check: Check, step: str) -> str:
    """Why a record of the victim came although no header named it."""
    who = "a caller without a credential" if step.startswith("anonymous") else f"{check.tenant} without a tenant header"
    return f"{who} is taken for {check.victim}, by brain-gateway or {check.service}: there is a default tenant"


# -- T12, T39


def override_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    own, theirs = setting.tenant(check.tenant), setting.tenant(check.victim)
    asked: list[Step] = []
    for key, naming in _keys(check).items():
        mine, foreign = ((key, naming.format(tenant=one.id, host=one.host)) for one in (own, theirs))
        asked.append(search(check, setting, f"own {key}", own.sentinel, extra_query=(mine,)))
        asked.append(search(check, setting, key, theirs.sentinel, extra_query=(foreign,)))
        asked.append(search(check, setting, f"{key} twice", theirs.sentinel, extra_query=(mine, foreign)))
    return (find(check, setting, check.victim, "victim", shared=False), *asked)


def _keys(check: Check) -> dict[str, str]:
    """The query keys that might name a tenant, and how."""
    return {**KEYS, **resource_of(check).overrides}


def override_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"the same query with {check.tenant}'s own name is answered, and {check.victim} finds its sentinel"
    found = finds(check, setting, answers, "find-victim", what)
    for key in _keys(check):
        # A service may refuse a key that it does not know; then there is nothing to override.
        if answers[f"own {key}"].status != 400:
            found = found or finds(check, setting, answers, f"own {key}", what)
    return found


def override_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"a query that names {check.victim} gives {check.tenant} nothing of {check.victim}"
    for key in _keys(check):
        for step in (key, f"{key} twice"):
            found = nothing_found(check, answers, step, must_hold, f"the query key '{key}'")
            if found:
                return found
    return None


# -- T21

# Where a second token may stand. Never in a query: access logs keep it, and it is a living one.
_SECOND = {
    "a cookie": {"Cookie": "access_token={token}; token={token}; session={token}; __session={token}"},
    "another header": dict.fromkeys(("X-API-Key", "X-Access-Token", "X-Auth-Token", "x-clerk-auth-token"), "{token}"),
}


def credential_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    theirs = setting.tenant(check.victim).sentinel
    token = f"{{token:{check.victim}}}"
    asked: list[Step] = []
    for name, headers in _SECOND.items():
        second = tuple((header, value.format(token=token)) for header, value in headers.items())
        asked.append(search(check, setting, name, theirs, extra_headers=second))
    return (find(check, setting, check.victim, "victim"), find(check, setting, check.tenant, "own"), *asked)


def credential_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"the bearer token of {check.tenant} alone says who asks, whatever other credential comes with it"
    for name in _SECOND:
        found = nothing_found(check, answers, name, must_hold, f"a token in {name}")
        if found:
            return found
    return None


# -- what they share


def nothing_found(check: Check, answers: Answers, step: str, must_hold: str, what: str) -> Finding | None:
    """A finding when a search for the victim's sentinel found its record, or was neither refused nor answered."""
    exchange = answers[step]
    if exchange.status in (400, 401, 403, 404):
        return None
    if exchange.status != 200 or exchange.trouble is not None or not exchange.is_json:
        return _unclear(check, answers, step, must_hold)
    found = hits(check, answers, step)
    if answers.captured.get("victim_id") in found:
        return _trusted(check, must_hold, step, what)
    # A search that finds what it was not asked for shows nothing by not showing the victim's record.
    return _unclear(check, answers, step, must_hold) if found else None


def _trusted(check: Check, must_hold: str, step: str, what: str) -> Finding:
    over = "without a token" if step.startswith("anonymous") else "over the token"
    cause = f"{what} is trusted {over}, by brain-gateway or {check.service}: any caller can choose its tenant"
    return failed(Reason.LEAK, must_hold, f"'{step}' was answered with a record of {check.victim}", cause, step)


def _unclear(check: Check, answers: Answers, step: str, must_hold: str) -> Finding:
    seen = f"'{step}' was answered {answers[step].said}, which is no denial"
    cause = f"nothing is proven, {check.service} did not deny: {accident(check, answers[step])}"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, step)


HEADER = Procedure(header_steps, header_holds, header_controls)
ODD = Procedure(odd_steps, odd_holds, odd_controls)
OVERRIDE = Procedure(override_steps, override_holds, override_controls)
CREDENTIAL = Procedure(credential_steps, credential_holds, odd_controls)
