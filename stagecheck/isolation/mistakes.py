"""T32, T46: an error says that something is wrong, and nothing of what is inside."""

from __future__ import annotations

import re

from stagecheck.exchange import Answers, Exchange
from stagecheck.isolation.legs import find, finds, on, resource_of, search
from stagecheck.model import Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

# Ids that no service can read: of the wrong shape, with the marks of SQL and HTML, and far too long.
IDS = {"odd id": "0'\"<x>--", "long id": "9" * 400}
# What only the inside of a program says. Each is a phrase that its source writes into messages, and not a word alone.
INSIDE = {
    "a stack trace": re.compile(
        r"Traceback \(most recent call last\)"  # Python
        r"|File \\?\"[^\"\\]+\\?\", line \d+"  # its quotes are escaped in JSON
        r"|\bat [\w.$<>]+ \([^)\s]+:\d+(?::\d+)?\)"  # Node, Java
    ),
    "SQL": re.compile(r"\bSELECT\b.{1,400}?\bFROM\b|\b(?:INSERT INTO|DELETE FROM)\b|\bUPDATE\b.{1,200}?\bSET\b", re.S),
    "a database's error": re.compile(
        r"\b(?:psycopg2?|sqlalchemy|sqlite3|asyncpg|django\.db)\.[\w.]+|\b(?:OperationalError|ProgrammingError)\b"
        r"|relation \\?\"\w+\\?\" does not exist|no such (?:column|table): \w+"
    ),
    "an inner address": re.compile(
        r"\b(?:127(?:\.\d+){3}|10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}|localhost):\d+"
        r"|\b[a-z0-9]+(?:-[a-z0-9]+)+:\d{2,5}\b"  # the name of a container, and its port
    ),
    "settings": re.compile(r"\b(?:DB|DATABASE|POSTGRES|REDIS|DJANGO|SECRET|AWS|VAULT|JWT)_[A-Z][A-Z_]+\b"),
}


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    read = resource_of(check).read
    wrong = {**IDS, "unknown id": "{unlike:own_id}"}
    asked = (on(check, setting, name, read, check.tenant, id, "own") for name, id in wrong.items())
    bad_token = f"Bearer {setting.marker(check, 'token')}"
    own = setting.tenant(check.tenant).sentinel
    return (
        find(check, setting, check.tenant, "own"),
        *asked,
        search(check, setting, "bad token", own, raw_authorization=bad_token),
    )


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    return finds(check, setting, answers, "find-own", f"{check.tenant} finds its own record by a good request")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = "an error of a service tells a caller nothing of its inside, of secrets and of other tenants"
    others = [other for other in setting.others(check.tenant) if other.sentinel]
    for name in (*IDS, "unknown id", "bad token"):
        exchange = answers[name]
        for what, pattern in INSIDE.items():
            if found := pattern.search(exchange.text):
                seen = f"'{name}': {exchange.said} tells {what}: {found[0][:60]!r}"
                cause = f"errors are written for developers, by brain-gateway or {check.service}: debugging is on"
                return failed(Reason.INTERNAL_NAME, must_hold, seen, cause, name)
        for other in others:
            if other.sentinel in exchange.text:
                cause = f"{check.service} writes another tenant's record into its error"
                return failed(Reason.LEAK, must_hold, f"'{name}' tells of {other.id}", cause, name)
    if setting.marker(check, "token") in answers["bad token"].text:
        cause = f"brain-gateway or {check.service} repeats the credential: whatever keeps the answer keeps it, too"
        return failed(Reason.LEAK, must_hold, "'bad token': the token is in the answer", cause, "bad token")
    return _an_error_came(check, answers, must_hold)


def _an_error_came(check: Check, answers: Answers, must_hold: str) -> Finding | None:
    """An inconclusive finding when no error was seen, or one of them was not the service's own."""
    for name in (*IDS, "unknown id", "bad token"):
        if answers[name].trouble is not None:
            seen = f"'{name}' was answered {answers[name].said}"
            cause = f"nothing is proven: what {check.service} says of an error was not seen"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, name)
    if any(_is_an_error(answers[name]) for name in (*IDS, "unknown id")):
        return None
    cause = f"{check.service} takes any id for a good one: how it speaks of an error was not seen"
    return inconclusive(Reason.CONTROL_FAILED, must_hold, "no error came", cause, "odd id")


def _is_an_error(exchange: Exchange) -> bool:
    wrong = exchange.status is not None and exchange.status >= 400
    return wrong or (isinstance(exchange.json, dict) and bool(exchange.json.get("errors")))


PROCEDURE = Procedure(steps, holds, controls)
