"""The words of a result: outcomes, reason kinds (a closed list), and the finding that joins them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of a check. Only `passed` and `known` let a promotion go on."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    BLOCKED = "blocked"
    KNOWN = "known"


class Verdict(StrEnum):
    """What a run says of the deploy."""

    PROMOTE = "promote"
    HOLD = "hold"
    INCONCLUSIVE = "inconclusive"


class Reason(StrEnum):
    """Why a check is not simply passed. Closed: reports, ledgers and the gate match on these words."""

    # the way there
    DNS = "dns"
    CONNECT = "connect"
    TIMEOUT = "timeout"
    TLS_EXPIRED = "tls_expired"
    TLS_NAME = "tls_name"
    TLS_UNTRUSTED = "tls_untrusted"
    TLS_CHAIN = "tls_chain"
    TLS_PROTOCOL = "tls_protocol"
    PROTOCOL = "protocol"
    TRUNCATED = "truncated"
    REDIRECT_LOOP = "redirect_loop"
    REDIRECT_ELSEWHERE = "redirect_elsewhere"
    NO_HTTPS = "no_https"
    # the answer
    STATUS = "status"
    UPSTREAM_DOWN = "upstream_down"
    CONTENT_TYPE = "content_type"
    CHARSET = "charset"
    NOT_JSON = "not_json"
    SCHEMA = "schema"
    WRONG_CONTENT = "wrong_content"
    WRONG_SERVICE = "wrong_service"
    WRONG_BRAND = "wrong_brand"
    EMPTY = "empty"
    ERROR_UNDER_200 = "error_under_200"
    SLOW = "slow"
    # the deploy
    NOT_READY = "not_ready"
    WRONG_REVISION = "wrong_revision"
    # what a proof finds
    FALSE_HEALTH = "false_health"
    COMPONENT_DOWN = "component_down"
    MISSING_ROUTE = "missing_route"
    NO_SENTINEL = "no_sentinel"
    CANNED_ANSWER = "canned_answer"
    GHOST_RECORD = "ghost_record"
    FILTER_IGNORED = "filter_ignored"
    QUERY_LOST = "query_lost"
    METHOD_LOST = "method_lost"
    STATUS_LOST = "status_lost"
    DIFFERS_FROM_DIRECT = "differs_from_direct"
    NO_LIMIT = "no_limit"
    ASSET = "asset"
    DEV_BUILD = "dev_build"
    SCRIPT_ERROR = "script_error"
    NOT_RENDERED = "not_rendered"
    INTERNAL_NAME = "internal_name"
    NOT_PUBLIC = "not_public"
    PUBLISHED = "published"
    # tenants
    LEAK = "leak"
    FOREIGN_WRITE = "foreign_write"
    OPEN_DATA = "open_data"
    FORGED_TOKEN = "forged_token"  # noqa: S105  a reason, no password
    CONTROL_FAILED = "control_failed"
    LEFT_BEHIND = "left_behind"
    # the run itself
    RATE_LIMITED = "rate_limited"
    CREDENTIAL_MISSING = "credential_missing"
    WRITE_REFUSED = "write_refused"
    CRASHED = "crashed"
    DEADLINE = "deadline"
    OVERLOAD = "overload"
    PLATFORM_ENDED = "platform_ended"
    FILTERED = "filtered"
    NOT_HEARD = "not_heard"
    KNOWN_EXPIRED = "known_expired"
    KNOWN_PASSES = "known_passes"


# What ends a run before its checks: nothing is proven by what was not asked, or was cut off.
STOPPED = (Reason.OVERLOAD, Reason.DEADLINE, Reason.PLATFORM_ENDED)


@dataclass(frozen=True)
class Finding:
    """One judgement of one check: what must hold, what was seen, and the part of the platform at fault.

    `step` names the exchange that shows it; `cause` is one sentence that names the component.
    """

    outcome: Outcome
    reason: Reason
    must_hold: str
    seen: str
    cause: str
    step: str = ""


def plain_of(finding: Finding) -> dict[str, str]:
    """The finding as plain strings, to send it to another process."""
    return {name: str(value) for name, value in vars(finding).items()}


def finding_of(plain: dict[str, str]) -> Finding:
    """The finding that `plain_of` made plain."""
    texts = {name: text for name, text in plain.items() if name not in ("outcome", "reason")}
    return Finding(Outcome(plain["outcome"]), Reason(plain["reason"]), **texts)


def failed(reason: Reason, must_hold: str, seen: str, cause: str, step: str = "") -> Finding:
    """A finding that what must hold does not."""
    return Finding(Outcome.FAILED, reason, must_hold, seen, cause, step)


def inconclusive(reason: Reason, must_hold: str, seen: str, cause: str, step: str = "") -> Finding:
    """A finding that nothing was proven."""
    return Finding(Outcome.INCONCLUSIVE, reason, must_hold, seen, cause, step)
