"""The proof `census`: a registry holds as many as it must, each once, of each kind, and none that pretends."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import check, fails, identities, passes, said, steps
from stagecheck.outcome import Reason

WORD: dict[str, Any] = {
    "count": 3,
    "ids": "$.agents[*].id",
    "claimed": "$.total",
    "kinds": "$.agents[*].kind",
    "each": {"pair": 2, "single": 1},
}
CHECK = check("census", WORD)
AGENTS = [{"id": "a", "kind": "pair"}, {"id": "b", "kind": "pair"}, {"id": "c", "kind": "single"}]


OTHER = "serves another registry than the one that was deployed"
TWICE = "counts entries that are one and the same"
TOTAL = "states a total of its own"
LACKS = "lacks a part of what was deployed"


def registry(agents: list[Any] = AGENTS, total: Any = 3, **more: Any) -> Any:
    return {"registry": said({"total": total, "agents": agents, **more})}


def test_passes_when_all_are_there() -> None:
    assert identities(CHECK) == {"registry": "acme"}
    assert steps(CHECK)["registry"].shared is True, "other checks ask the same"
    assert passes(CHECK, registry())
    assert passes(check("census", {"count": 3, "ids": "$.agents[*].id"}), registry(total=7))


@pytest.mark.parametrize(
    ("heard", "seen", "cause"),
    [
        (registry(AGENTS[:2]), "2 of 3 are served", OTHER),
        (registry([]), "0 of 3 are served", OTHER),
        (registry([AGENTS[0], AGENTS[0], AGENTS[2]]), "ids that stand there twice: a", TWICE),
        (registry(total=93), "93 is claimed, 3 are served", TOTAL),
        ({"registry": said({"agents": AGENTS})}, "nothing is claimed, 3 are served", TOTAL),
        (registry([AGENTS[0], {**AGENTS[1], "kind": "single"}, AGENTS[2]]), "1 of the kind 'pair', 2 are due", LACKS),
    ],
)
def test_what_is_not_as_the_target_says_fails(heard: Any, seen: str, cause: str) -> None:
    found = fails(CHECK, heard)

    assert (found.reason, found.step, found.seen) == (Reason.WRONG_CONTENT, "registry", seen)
    assert found.cause == f"shop {cause}"


def test_all_totals_that_are_claimed_are_told() -> None:
    many = check("census", {**WORD, "claimed": "$.totals[*]"})

    assert fails(many, registry(totals=[3, 93])).seen == "3, 93 is claimed, 3 are served"


@pytest.mark.parametrize(
    ("mode", "word"), [("mock_mode", "mock_mode"), ({"mode": "Mock"}, "mock"), (["fallback", "mock"], "mock")]
)
def test_one_that_pretends_fails(mode: Any, word: str) -> None:
    found = fails(CHECK, registry([{**AGENTS[0], "engine": mode}, *AGENTS[1:]]))

    assert (found.reason, found.seen) == (Reason.COMPONENT_DOWN, f"an entry says '{word}'")


def test_a_name_that_only_holds_such_a_word_pretends_nothing() -> None:
    assert passes(CHECK, registry([{**AGENTS[0], "title": "writes mock-ups"}, *AGENTS[1:]]))


@pytest.mark.parametrize(
    ("answer", "reason"), [(said({}, 503), Reason.UPSTREAM_DOWN), (said(b"<p>", type="text/html"), Reason.CONTENT_TYPE)]
)
def test_no_registry_fails_with_the_matchers_reason(answer: Any, reason: Reason) -> None:
    assert fails(CHECK, {"registry": answer}).reason is reason
