from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from selftest.test_gate import heard, planned
from stagecheck import known
from stagecheck.errors import BadInput
from stagecheck.gate import judge
from stagecheck.outcome import Finding, Outcome, Reason, failed, inconclusive
from stagecheck.plan import Plan

TODAY = datetime.date(2030, 5, 10)
ID = "routing[shop/things/missing]"


def ledger(folder: Path, **changes: str) -> known.Ledger:
    keys = {
        "id": "old-trouble",
        "check": '"routing[shop/*]"',
        "owner": "shop-team",
        "ticket": "SHOP-17",
        "expires": '"2030-05-20"',
        "reason": "status",
        **changes,
    }
    lines = [f"    {key}: {value}" for key, value in keys.items()]
    (folder / known.FILE).write_text("issues:\n  -" + "\n".join(lines)[3:] + "\n")
    return known.load(folder, TODAY)


def red(reason: Reason = Reason.STATUS) -> Finding:
    return failed(reason, "it answers", "503", "the shop")


def test_no_file_knows_nothing(tmp_path: Path) -> None:
    finding = red()

    assert known.load(tmp_path, TODAY).judge(ID, finding) == (finding, None)


def test_the_same_failure_is_known(tmp_path: Path) -> None:
    finding, issue = ledger(tmp_path).judge(ID, red())

    assert finding is not None
    assert finding.outcome is Outcome.KNOWN
    assert issue is not None
    assert issue.ticket == "SHOP-17"


def test_brackets_of_an_id_are_plain_text(tmp_path: Path) -> None:
    assert ledger(tmp_path, check=f'"{ID}"').issue(ID) is not None
    assert ledger(tmp_path, check='"routing[shop/*]"').issue("routing[crm/things/missing]") is None


@pytest.mark.parametrize("finding", [red(Reason.TIMEOUT), inconclusive(Reason.STATUS, "a", "b", "c")])
def test_any_other_end_stays_what_it_is(tmp_path: Path, finding: Finding) -> None:
    assert ledger(tmp_path).judge(ID, finding) == (finding, None)


def test_a_pass_is_red_until_the_entry_is_gone(tmp_path: Path) -> None:
    finding, issue = ledger(tmp_path, check=f'"{ID}"').judge(ID, None)

    assert finding is not None
    assert (finding.outcome, finding.reason, issue) == (Outcome.FAILED, Reason.KNOWN_PASSES, None)


def test_a_pattern_is_out_of_date_when_all_that_it_speaks_of_passes(tmp_path: Path) -> None:
    plan = planned("shop", "shop2")
    pattern = ledger(tmp_path, check='"routing[shop*"')

    assert pattern.judge(plan.checks[0].id, None) == (None, None)
    assert pattern.mended(heard(plan, "passed", "known")) == []
    assert pattern.mended(heard(plan, "passed", "inconclusive")) == []
    assert pattern.mended(heard(plan, "passed", "passed")) == [
        "known issue old-trouble (SHOP-17) passes: take it out of known-issues.yaml"
    ]
    optional = planned("shop", required=False)
    assert pattern.mended(heard(optional, "passed")) == []
    judgement = judge(plan, heard(plan, "passed", "passed"), ledger=pattern)
    assert (judgement.verdict, judgement.reasons) == ("hold", tuple(pattern.mended(heard(plan, "passed", "passed"))))


def test_an_entry_holds_in_its_environment_alone(tmp_path: Path) -> None:
    ledger(tmp_path, environment="staging")

    assert [len(known.load(tmp_path, TODAY, name).issues) for name in ("staging", "local")] == [1, 0]


def test_two_entries_may_speak_of_one_check(tmp_path: Path) -> None:
    ledger(tmp_path)
    path = tmp_path / known.FILE
    path.write_text(path.read_text() + path.read_text().partition("\n")[2].replace("old-trouble", "new-trouble"))
    path.write_text(path.read_text().replace("reason: status", "reason: timeout", 1))

    assert known.load(tmp_path, TODAY).judge(ID, red())[1].id == "new-trouble"


@pytest.mark.parametrize(
    ("check", "where", "sentence"),
    [
        ("routing[shop/thing/missing]", "", "no check of the environment 'lab' is 'routing[shop/thing/missing]'; did"),
        ("routing[crm/*]", "lab", ""),
        (
            "routing[crmm/*]",
            "lab",
            "no check of the environment 'lab' is 'routing[crmm/*]'; did you mean 'routing[crm/",
        ),
        ("routing[crm/*]", "", ""),
        ("routing[crm/*]", "staging", ""),
        (
            "routing[shop/things/missing@red]",
            "staging",
            "no check of any environment is 'routing[shop/things/missing@red]'",
        ),
        ("routing[shop/*", "staging", ""),
        ("routing[shpo/*", "staging", "no check of any environment is 'routing[shpo/*'; did you mean 'routing[shop/"),
    ],
)
def test_an_entry_for_no_check_is_refused(tmp_path: Path, check: str, where: str, sentence: str) -> None:
    plan = Plan(planned("shop").checks, (("routing[crm/things/direct]", "no address"),), "digest")
    where = f'"{where}"'
    ledger(tmp_path, check=f'"{check}"', environment=where)

    if not sentence:
        assert known.load(tmp_path, TODAY, "lab", plan)
        return
    with pytest.raises(BadInput, match=rf"known-issues.yaml:3: issues\[0\].check: {re.escape(sentence)}"):
        known.load(tmp_path, TODAY, "lab", plan)


def test_a_duplicate_id_is_refused(tmp_path: Path) -> None:
    ledger(tmp_path)
    path = tmp_path / known.FILE
    path.write_text(path.read_text() + path.read_text().partition("\n")[2])

    with pytest.raises(BadInput, match=r"issues\[1\].id: duplicate id 'old-trouble'"):
        known.load(tmp_path, TODAY)


def test_after_its_day_it_is_red(tmp_path: Path) -> None:
    finding, issue = ledger(tmp_path, expires='"2030-05-09"').judge(ID, red())

    assert finding is not None
    assert (finding.outcome, finding.reason, issue) == (Outcome.FAILED, Reason.KNOWN_EXPIRED, None)
    assert "SHOP-17" in finding.cause


def test_its_last_day_still_counts(tmp_path: Path) -> None:
    assert ledger(tmp_path, expires='"2030-05-10"').judge(ID, red())[1] is not None


@pytest.mark.parametrize("reason", sorted(known.NEVER))
def test_a_leak_is_never_known(tmp_path: Path, reason: str) -> None:
    with pytest.raises(BadInput, match=rf"known-issues.yaml:7: issues\[0\].reason: '{reason}' can never be known"):
        ledger(tmp_path, reason=reason)


def test_thirty_days_at_most(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"known-issues.yaml:6: issues\[0\].expires: 2030-06-10 is more than 30 days ahead"
    ):
        ledger(tmp_path, expires='"2030-06-10"')


def test_an_unknown_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"known-issues.yaml:8: issues\[0\].ticcket: unknown key; did you mean 'ticket'"):
        ledger(tmp_path, ticcket="SHOP-17")


@pytest.mark.parametrize("check", ["*", "routing*", "*[shop/things/missing]", "routing[*"])
def test_a_pattern_for_any_check_is_refused(tmp_path: Path, check: str) -> None:
    with pytest.raises(BadInput, match=r"known-issues.yaml:3: issues\[0\].check: '.*' may mean any check"):
        ledger(tmp_path, check=f'"{check}"')


def test_an_environment_that_is_not_there_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "staging.yaml").touch()
    sentence = r"known-issues.yaml:8: issues\[0\].environment: unknown environment 'stagng'; did you mean 'staging'\?"

    ledger(tmp_path, environment="staging")
    with pytest.raises(BadInput, match=sentence):
        ledger(tmp_path, environment="stagng")
    # That of a run is there, also where its file is elsewhere.
    assert known.load(tmp_path, TODAY, "stagng").issues


def test_a_wrong_reason_has_its_nearest_word(tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r"issues\[0\].reason: no such word: a string 'statsu'; did you mean 'status'\?$"
    ):
        ledger(tmp_path, reason="statsu")
