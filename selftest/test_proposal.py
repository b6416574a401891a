from __future__ import annotations

import datetime
from pathlib import Path

from selftest.yesterday import issue, row, run
from stagecheck import known, proposal

TODAY = datetime.date(2030, 5, 10)
DAY = datetime.date(2030, 5, 24)
NOBODY = known.Ledger((), TODAY)


def test_each_failure_becomes_an_entry_of_this_environment(tmp_path: Path) -> None:
    blocked = row("c[x]", "blocked", root={"id": "a[x]", "outcome": "failed", "reason": "status", "message": ""})
    told = run(row("routing[shop/a/answers]", "failed"), row("b[x]", "failed", reason="timeout"), blocked, row("d[x]"))
    entries, refused = proposal.of(told, NOBODY, 'me: "x"', "SHOP-17 # of two", DAY)
    proposal.append(tmp_path / known.FILE, entries)

    assert refused == []
    assert list(known.load(tmp_path, TODAY, "staging").issues) == entries
    assert [(one.id, one.check, one.reason, one.environment) for one in entries] == [
        ("routing-shop-a-answers-status", "routing[shop/a/answers]", "status", "staging"),
        ("b-x-timeout", "b[x]", "timeout", "staging"),
    ]
    assert (entries[0].owner, entries[0].ticket, entries[0].expires) == ('me: "x"', "SHOP-17 # of two", DAY)


def test_what_can_never_be_known_is_refused_with_the_reason() -> None:
    rows = [
        *(row(f"{reason}[x]", "failed", reason=reason) for reason in ("leak", "open_data", "known_passes")),
        row("control[x]", "inconclusive", reason="control_failed"),
        row("left[x]", "inconclusive", reason="filtered"),
    ]
    entries, refused = proposal.of(run(*rows), NOBODY, "me", "T", DAY)

    assert entries == []
    assert [(one.id, why) for one, why in refused] == [
        ("leak[x]", "leak can never be known: mend it"),
        ("open_data[x]", "open_data can never be known: mend it"),
        ("known_passes[x]", "known_passes can never be known: take the entry out"),
        ("control[x]", "control_failed: nothing was proven, so nothing is known"),
    ]


def test_what_is_there_stays_and_ids_differ(tmp_path: Path) -> None:
    path = tmp_path / known.FILE
    path.write_text("# ours\nissues:\n  # a comment\n  - {id: a-x-status, check: 'z[x]', owner: o, ticket: t, "
                    "expires: '2030-05-20', reason: status}\n")  # fmt: skip
    entries, _ = proposal.of(run(row("a[x]", "failed")), known.load(path.parent, TODAY), "me", "T", DAY)
    proposal.append(path, entries)

    assert entries[0].id == "a-x-status-2"
    assert path.read_text().startswith("# ours\nissues:\n  # a comment\n  - {id: a-x-status, ")
    assert len(known.load(tmp_path, TODAY, "staging").issues) == 2


def test_the_ledger_in_a_verdict_is_that_of_the_file() -> None:
    assert set(issue()) == set(known.Issue.model_fields)
