"""T32, T46: an error says that something is wrong, and nothing of what is inside."""

from __future__ import annotations

import pytest

from selftest.told import (
    ACME,
    ZETA,
    Said,
    fails,
    identities,
    isolation,
    passes,
    said,
    setting,
    silent,
    steps,
    unproven,
    writers,
)
from stagecheck.isolation.mistakes import IDS
from stagecheck.outcome import Reason
from stagecheck.placeholders import fill

CHECK = isolation("mistakes", victim="")
NAMES = [*IDS, "unknown id", "bad token"]
TOKEN = setting().marker(CHECK, "token")
MUST_HOLD = "an error of a service tells a caller nothing of its inside, of secrets and of other tenants"


def heard(**more: Said) -> dict[str, Said]:
    wrong = {name: said({"detail": "Not found."}, 404) for name in NAMES}
    return {"find-own": said({"results": [{"id": 7}]}), **wrong, "bad token": said({}, 401), **more}


def test_asks_for_ids_that_no_service_can_read_and_with_a_token_that_is_none() -> None:
    asked = steps(CHECK)

    assert identities(CHECK) == dict.fromkeys(["find-own", *NAMES], "acme")
    assert asked["bad token"].raw_authorization == f"Bearer {TOKEN}"
    assert fill(asked["odd id"], {}).request.path == "/leads/0%27%22%3Cx%3E--"
    assert fill(asked["unknown id"], {"own_id": "7"}).request.path == "/leads/999999999"
    assert writers(CHECK) == []


def test_plain_errors_pass() -> None:
    assert passes(CHECK, heard())
    assert passes(
        CHECK, heard(**dict.fromkeys(NAMES[:-1], said({"errors": [{"message": "Invalid ID"}], "data": None})))
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Traceback (most recent call last):", "a stack trace"),
        ('File "/app/crm/views.py", line 41', "a stack trace"),
        ("at Order.find (/srv/app/order.js:10:21)", "a stack trace"),
        ("select 1; SELECT id FROM crm_lead WHERE", "SQL"),
        ("UPDATE crm_lead SET name", "SQL"),
        ("psycopg.errors.UndefinedColumn", "a database's error"),
        ("no such column: crm_lead.owner_id", "a database's error"),
        ("http://10.0.3.7:8000/api", "an inner address"),
        ("http://bizosaas-django-crm-staging:8000/x", "an inner address"),
        ("DB_HOST", "settings"),
        ("DJANGO_SECRET_KEY", "settings"),
    ],
)
def test_what_only_the_inside_says_fails(name: str, text: str, what: str) -> None:
    found = fails(CHECK, heard(**{name: said({"detail": f"failed: {text} ..."}, 500)}))

    assert (found.reason, found.step) == (Reason.INTERNAL_NAME, name)
    assert f"tells {what}: " in found.seen
    assert found.must_hold == MUST_HOLD


def test_what_the_inside_says_is_told_by_its_first_60_characters() -> None:
    text = f"SELECT {', '.join(f'column_{number}' for number in range(20))} FROM crm_lead"

    found = fails(CHECK, heard(**{"odd id": said({"detail": text}, 500)}))

    assert found.seen == f"'odd id': 500 tells SQL: {text[:60]!r}"


@pytest.mark.parametrize(
    "text",
    [
        "Please select one from the list",
        "https://docs.example.org:443/errors#not-found",
        "Invalid ID: T3JkZXI6MTc=. Expected: Order.",
        "2026-11-26T15:40:32",
        "request 4f1c-77aa failed at 12:30",
    ],
)
def test_what_an_error_may_say_passes(text: str) -> None:
    assert passes(CHECK, heard(**{"odd id": said({"detail": text}, 400)}))


def test_another_tenants_record_in_an_error_is_a_leak() -> None:
    found = fails(CHECK, heard(**{"odd id": said({"did you mean": ZETA}, 404)}))

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, "odd id", "'odd id' tells of zeta")
    assert passes(CHECK, heard(**{"odd id": said({"did you mean": ACME}, 404)})), "its own tells a tenant nothing"


def test_a_credential_that_comes_back_is_a_leak() -> None:
    found = fails(CHECK, heard(**{"bad token": said({"detail": f"bad token {TOKEN}"}, 401)}))

    assert (found.reason, found.step) == (Reason.LEAK, "bad token")
    assert (found.seen, found.must_hold) == ("'bad token': the token is in the answer", MUST_HOLD)


@pytest.mark.parametrize("name", NAMES)
def test_an_error_that_was_not_seen_proves_nothing(name: str) -> None:
    assert unproven(CHECK, heard(**{name: silent()})).step == name


def test_a_service_without_errors_proves_nothing() -> None:
    assert unproven(CHECK, heard(**dict.fromkeys(NAMES[:-1], said({"id": 7})))).seen == "no error came"
    assert unproven(CHECK, heard(**{"find-own": said({"results": []})})).step == "find-own"


@pytest.mark.parametrize("name", NAMES[:-1])
def test_one_error_of_the_service_is_enough(name: str) -> None:
    assert passes(
        CHECK, heard(**dict.fromkeys(NAMES[:-1], said({"id": 7})), **{"bad token": said({})}) | {name: said({}, 400)}
    )
