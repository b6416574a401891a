"""What several checks ask alike is asked once, by one identity, unless something was written or went wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from selftest.told import graphql, request, said
from stagecheck import shared
from stagecheck.exchange import Attempt, Exchange, Trouble
from stagecheck.model import ANONYMOUS, Identity, Step
from stagecheck.outcome import Reason
from stagecheck.shared import ASKED_FOR, Shared

ACME = Identity("acme")
FIND = Step(
    "find", request(path="/leads", query={"search": "x"}), "http://gate.invalid", identity=ACME, check="a", shared=True
)
OTHERS = replace(FIND, name="other-find", check="b")


class Platform:
    """Answers each step in turn as `told` says, and remembers who asked."""

    def __init__(self, *told: dict[str, Any]) -> None:
        self.told = list(told)
        self.asked: list[Step] = []

    def __call__(self, step: Step) -> Exchange:
        self.asked.append(step)
        how = self.told.pop(0) if self.told else {}
        answer = said({"n": len(self.asked)}, attempts=(Attempt(200, None, 0.01),), facts={"trace_id": "f00"}).to(step)
        return replace(answer, **how)


@pytest.fixture
def platform() -> Platform:
    return Platform()


@pytest.fixture
def kept() -> Shared:
    return Shared("http://gate.invalid")


def test_another_check_gets_the_same_answer_as_its_own_step(kept: Shared, platform: Platform) -> None:
    first, second = kept.ask(FIND, platform), kept.ask(OTHERS, platform)

    assert [step.check for step in platform.asked] == ["a"]
    assert (second.step, second.body) == (OTHERS, first.body)
    assert second.facts == {"trace_id": "f00", ASKED_FOR: "a"}
    assert ASKED_FOR not in first.facts
    assert kept.saved == 1


DIFFERENT: dict[str, Callable[[Step], Step]] = {
    "another tenant": lambda step: replace(step, identity=Identity("zeta")),
    "nobody": lambda step: replace(step, identity=ANONYMOUS),
    "a forged token": lambda step: replace(step, identity=Identity("acme", "edited-tenant", "zeta")),
    "a raw credential": lambda step: replace(step, raw_authorization="Bearer x"),
    "a credential among the headers": lambda step: replace(step, extra_headers=(("X-Token", "{token:zeta}"),)),
    "another header": lambda step: replace(step, extra_headers=(("X-Tenant", "zeta"),)),
    "another query": lambda step: replace(step, extra_query=(("tenant", "zeta"),)),
    "another address": lambda step: replace(step, base="http://shop.invalid"),
    "another method": lambda step: replace(step, request=request(method="HEAD", path="/leads", query={"search": "x"})),
    "redirects": lambda step: replace(step, follow=True),
    "a deadline of its own": lambda step: replace(step, timeout=1.0),
    "another budget": lambda step: replace(step, service="crm"),
    "no header of the service": lambda step: replace(step, bare=True),
    "no leave to share": lambda step: replace(step, shared=False),
    "another way of asking": lambda step: replace(step, probe="tcp"),
    "the same check again": lambda step: replace(step, check="a"),
}


@pytest.mark.parametrize("changed", DIFFERENT.values(), ids=DIFFERENT)
def test_whatever_differs_is_asked_anew(changed: Callable[[Step], Step], kept: Shared, platform: Platform) -> None:
    kept.ask(FIND, platform)
    kept.ask(changed(OTHERS), platform)

    assert len(platform.asked) == 2
    assert kept.saved == 0


def test_two_forged_tokens_of_one_tenant_are_two_identities(kept: Shared, platform: Platform) -> None:
    for other in ("zeta", "eta"):
        kept.ask(replace(FIND, identity=Identity("acme", "edited-tenant", other), check=other), platform)

    assert len(platform.asked) == 2


def test_a_graphql_query_is_shared_and_a_mutation_never(kept: Shared, platform: Platform) -> None:
    for document in ("query Find { orders { id } }", "mutation Change { change { id } }"):
        for check in ("a", "b"):
            kept.ask(replace(FIND, request=request(**graphql(document)), check=check), platform)

    assert [step.request.writes for step in platform.asked] == [False, True, True]


def test_a_write_is_never_shared(kept: Shared, platform: Platform) -> None:
    for check in ("a", "b"):
        kept.ask(replace(FIND, request=request(method="POST", path="/leads"), check=check), platform)

    assert len(platform.asked) == 2


BAD: dict[str, dict[str, Any]] = {
    "an error": {"status": 503},
    "a limiter": {"status": 429},
    "no answer": {"status": None, "trouble": Trouble(Reason.TIMEOUT, "no answer within the deadline")},
    "half an answer": {"trouble": Trouble(Reason.TRUNCATED, "the answer broke off")},
    "an answer at the second try": {"attempts": (Attempt(503, None, 0.01), Attempt(200, None, 0.01))},
}


@pytest.mark.parametrize("how", BAD.values(), ids=BAD)
def test_what_did_not_come_whole_at_the_first_try_is_nobody_elses(how: dict[str, Any], kept: Shared) -> None:
    platform = Platform(how)
    kept.ask(FIND, platform)

    assert kept.ask(OTHERS, platform).status == 200
    assert len(platform.asked) == 2


def test_a_denial_is_an_answer_like_any_other(kept: Shared) -> None:
    platform = Platform({"status": 404})

    assert [kept.ask(step, platform).status for step in (FIND, OTHERS)] == [404, 404]
    assert len(platform.asked) == 1


def test_after_a_write_nothing_of_before_is_shared(kept: Shared, platform: Platform) -> None:
    kept.ask(FIND, platform)
    kept.forget()
    kept.ask(OTHERS, platform)

    assert len(platform.asked) == 2


def test_what_is_old_is_asked_anew(kept: Shared, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.ask(FIND, platform)
    monkeypatch.setattr(shared, "FRESH", 0.0)
    kept.ask(OTHERS, platform)

    assert len(platform.asked) == 2


def test_no_more_answers_are_kept_than_fit(kept: Shared, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "MOST", 2)
    for n in range(3):
        kept.ask(replace(FIND, extra_query=(("n", str(n)),)), platform)
    for n in range(3):
        kept.ask(replace(OTHERS, extra_query=(("n", str(n)),), check=f"b{n}"), platform)

    assert [dict(step.extra_query)["n"] for step in platform.asked] == ["0", "1", "2", "0", "1", "2"]


def test_who_comes_while_it_is_asked_waits_for_that_answer(kept: Shared, platform: Platform) -> None:
    asked, go_on = threading.Event(), threading.Event()
    heard: list[Exchange] = []

    def slowly(step: Step) -> Exchange:
        asked.set()
        go_on.wait(5)
        return platform(step)

    threads = [threading.Thread(target=lambda: heard.append(kept.ask(FIND, slowly)))]
    threads[0].start()
    asked.wait(5)
    for n in range(8):
        step = replace(OTHERS, check=f"b{n}")
        threads.append(threading.Thread(target=lambda step=step: heard.append(kept.ask(step, platform))))
        threads[-1].start()
    go_on.set()
    for thread in threads:
        thread.join(5)

    assert len(platform.asked) == 1
    assert len({exchange.body for exchange in heard}) == 1
    assert (len(heard), kept.saved) == (9, 8)


def test_where_asking_breaks_the_others_ask_for_themselves(kept: Shared, platform: Platform) -> None:
    def breaks(step: Step) -> Exchange:
        raise KeyError(step.name)

    with pytest.raises(KeyError):
        kept.ask(FIND, breaks)

    assert kept.ask(OTHERS, platform).status == 200
