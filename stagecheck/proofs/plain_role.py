"""The role that the platform connects as is one that row level security binds."""

from __future__ import annotations

from stagecheck.causes import accident
from stagecheck.exchange import Answers
from stagecheck.model import Request, Sql, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.setting import Setting

MUST_HOLD = "the platform's own role is no superuser and has no BYPASSRLS, nor can it become a role that has"
# A role has what each role has that it may switch to (SET ROLE), so these are looked at, too.
QUERY = (
    "SELECT rolname AS role, rolsuper AS superuser, rolbypassrls AS bypasses FROM pg_roles "
    "WHERE pg_has_role(session_user, oid, 'MEMBER') ORDER BY rolname <> session_user, rolname"
)


def steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    return (setting.step(check, "roles", Request(sql=Sql(query=QUERY))),)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    exchange = answers["roles"]
    if exchange.trouble is None and exchange.json:
        return None
    seen = exchange.trouble.detail if exchange.trouble else "the role is not among the server's roles"
    return inconclusive(Reason.CONTROL_FAILED, MUST_HOLD, seen, accident(check, exchange), "roles")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    found = answers["roles"].json
    free = [f"{one['role']} is a superuser" for one in found if one["superuser"]]
    free += [f"{one['role']} has BYPASSRLS" for one in found if one["bypasses"] and not one["superuser"]]
    if not free:
        return None
    cause = f"the platform connects as {found[0]['role']}, which no policy binds: it reads rows of every tenant"
    return failed(Reason.OPEN_DATA, MUST_HOLD, "; ".join(free), cause, "roles")


PROCEDURE = Procedure(steps, holds, controls)
