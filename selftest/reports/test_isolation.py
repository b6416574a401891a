"""The auditor's page: what was tried between whom on what, and what came of it; where a leak stood, and never what."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from selftest.detection import TARGETS
from selftest.told import ZETA, check, isolation
from stagecheck import environment, record, targets
from stagecheck import plan as plans
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import PROBES, Check, Plan
from stagecheck.record import Record
from stagecheck.reports import isolation as report

READ, LIST, CACHE = (
    isolation("read-by-id"),
    isolation("list", id="isolation[shop/leads/list@acme]", victim=""),
    isolation("cache"),
)
LEAK = failed(
    Reason.LEAK, "no answer to acme holds anything of zeta", "it is in $.a[1].b of 'attack'", "shop", "attack"
)
ABSENT = (
    ("isolation[shop/leads/count]", "the target names no list.count"),
    ("isolation[shop/leads/search], 80 of 90 pairs", "each of 10 tenants attacks the next of a ring"),
)


def page(*heard: tuple[Check, Finding | None], unheard: tuple[Check, ...] = (), exchanges: Any = ()) -> str:
    plan = Plan((*(check for check, _ in heard), *unheard), ABSENT, "digest")
    records: list[Record] = [
        record.of(check, finding, exchanges=exchanges if check is CACHE else ()) for check, finding in heard
    ]
    return "\n".join(report.lines("staging", plan, records))


def test_a_row_for_each_tenant_and_pair_and_a_column_for_each_probe() -> None:
    told = page((READ, None), (LIST, None))

    assert told.startswith("# staging: tenant isolation\n\n2 checks: 2 passed.\n")
    assert "## shop/leads, each tenant\n\n| tenant | list |\n|---|---|\n| acme | passed |" in told
    assert "| pair | read-by-id | count |\n|---|---|---|\n| acme → zeta | passed | n/a |" in told
    assert "- `isolation[shop/leads/count]`: the target names no list.count" in told
    assert "80 of 90 pairs`: each of 10 tenants attacks the next of a ring" in told
    assert all(f"| {name} | {probe.number} |" in told for name, probe in PROBES.items())


def test_each_outcome_has_a_word_of_its_own() -> None:
    unproven = inconclusive(Reason.CONTROL_FAILED, "a", "b", "c", "d")
    told = page((READ, LEAK), (LIST, unproven), unheard=(CACHE,))

    assert "3 checks: 1 failed, 1 inconclusive, 1 not heard." in told
    assert "| acme → zeta | **FAILED** | *not heard* | n/a |" in told
    assert "| acme | *inconclusive* |" in told


def test_a_pair_that_another_probe_left_out_is_told_so() -> None:
    other = isolation("cache", id="isolation[shop/leads/cache@acme:third]", victim="third")

    assert "| acme → third | left out | passed | n/a |" in page((READ, None), (other, None))


def test_two_that_ask_together_are_both_told() -> None:
    back = isolation("read-by-id", id="isolation[shop/leads/read-by-id@zeta:acme]", tenant="zeta", victim="acme")
    told = page((READ, None), (back, None), (isolation("interleaved"), LEAK))

    assert "| acme → zeta | passed | **FAILED** |" in told
    assert "| zeta → acme | passed | **FAILED** |" in told


def test_what_is_asked_of_no_resource_is_told_besides_them() -> None:
    tokens = isolation("preflight", None, title="T0: the tokens are alive", victim="")
    told = page(
        (READ, None),
        (tokens, None),
        (check("cors", {"allowed": ["front"]}), LEAK),
        (check("answers", expect={"status": 200}), None),
    )

    assert "| `isolation[shop/tokens/preflight@acme:zeta]` | T0 | the tokens are alive | passed |" in told
    assert "| `routing[shop/things/cors]` | T35 |  | **FAILED** |" in told
    assert "shop/things/answers" not in told


def test_what_is_left_out_is_told_of_every_area() -> None:
    absent = (
        ("domain[front/page/cookies]", "no domain"),
        ("routing[shop/things/cors@acme]", "none"),
        ("a[b/c/d]", "x"),
    )
    told = "\n".join(report.lines("staging", Plan((), absent, "digest"), []))

    assert "- `domain[front/page/cookies]`: no domain\n- `routing[shop/things/cors@acme]`: none\n" in told
    assert "a[b/c/d]" not in told


def test_each_probe_of_the_platforms_own_plan_is_told_by_its_number() -> None:
    loaded = targets.load(TARGETS)
    plan = plans.make(loaded, environment.read("local", TARGETS, os.environ, loaded))
    told = set(re.findall(r"\bT\d+\b", "\n".join(report.lines("local", plan, []))))

    assert told == {f"T{number}" for number in range(47)}


def test_the_check_of_the_tokens_alone_carries_the_page() -> None:
    whoami = {"request": {"path": "/whoami"}, "tenant": "$.tenant", "roles": "$.roles[*]"}
    tokens = isolation("preflight", None, whoami)

    assert report.carriers(Plan((tokens, isolation("read-by-id", whoami=whoami)), (), "digest")) == [tokens.id]


def test_a_leak_is_told_with_its_place_and_without_the_record() -> None:
    told = page((READ, LEAK))

    assert "- `isolation[shop/leads/read-by-id@acme:zeta]` leak: it is in $.a\\[1\\].b of 'attack'" in told
    assert ZETA not in told
    assert "None was seen." in page((READ, None))


def test_how_much_was_measured_is_told() -> None:
    def seen(*headers: tuple[str, str]) -> str:
        return page((CACHE, None), exchanges=[{"headers": [list(one) for one in headers]}])

    assert "no cache was observed, so none was tried" in seen(("Age", "0"), ("Cache-Control", "private"))
    assert "a cache answered" in seen(("X-Cache", "HIT"))
    assert "a cache answered" in seen(("Age", "7"))


def test_the_share_that_would_have_been_seen_is_told() -> None:
    check = isolation("interleaved")
    facts = {"answered": {"acme": 500, "zeta": 500}, "held": {}}
    plan = Plan((check,), (), "digest")
    told = report.lines("staging", plan, [record.of(check, None, exchanges=[{"facts": facts}])])

    assert f"- `{check.id}`: 0 of 1000 answers mixed up: below 0.30% with 95 % certainty" in told


def test_the_page_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / report.NAME
    path.write_text("old")
    report.write(path, "staging", Plan((), (), "digest"), [])

    assert path.read_text().startswith("# staging: tenant isolation\n\n0 checks: none.\n")
