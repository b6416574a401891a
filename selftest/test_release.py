"""A service reports one release, each time it is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from selftest.told import Said, check, html, said, setting, silent
from stagecheck.exchange import Answers
from stagecheck.model import Revision
from stagecheck.outcome import Finding, Reason
from stagecheck.plan import Check
from stagecheck.ready import PROOFS
from stagecheck.release import PROCEDURES, REVISION, reported, same

SHA = "3f9a1c5e7d20b4468a90cc12ee57f0813b6d2a4f"
HERE = setting(ready={"asks": 3})


def asked(**place: Any) -> Check:
    word = {"request": {"path": "/health"}, **(place or {"header": "X-Revision"})}
    revision = Revision.model_validate_json(json.dumps(word))
    about = {"proof": "reported", "revision": revision, "release": SHA, "title": "shop reports it"}
    return check("answers", expect={"status": 200}, about=about)


def states(*releases: str) -> list[Said]:
    return [said({}, headers=(("x-revision", release),) if release else ()) for release in releases]


def finding(told: list[Said], one: Check | None = None) -> Finding | None:
    one = one or asked()
    steps = REVISION.steps(one, HERE)
    return REVISION.holds(one, HERE, Answers({s.name: t.to(s) for s, t in zip(steps, told, strict=True)}))


def test_it_is_asked_several_times_over_new_connections() -> None:
    steps = REVISION.steps(asked(), HERE)

    assert [step.name for step in steps] == ["ask-1", "ask-2", "ask-3"]
    assert {step.extra_headers for step in steps} == {(("Connection", "close"),)}


@pytest.mark.parametrize("told", [SHA, SHA[:7], SHA.upper(), f" {SHA} "])
def test_the_release_or_its_abbreviation_holds(told: str) -> None:
    assert finding(states(told, told, told)) is None


@pytest.mark.parametrize(
    ("releases", "seen", "cause"),
    [
        (["0123abc"] * 3, "all 3 answers report 0123abc, expected", "its deploy is not over, or did not happen"),
        ([SHA, "0123abc", SHA], "of 3 answers some report 0123abc, some report 3f9a", "an old one still answers"),
        ([SHA, SHA, ""], "some report no release (no header X-Revision)", "copies of shop run different releases"),
        ([""] * 3, "all 3 answers report no release (no header X-Revision)", "it states no release"),
        ([SHA[:6]] * 3, f"all 3 answers report {SHA[:6]}, expected", "another release"),
    ],
)
def test_another_release_is_told(releases: list[str], seen: str, cause: str) -> None:
    found = finding(states(*releases))

    assert found is not None
    assert (found.reason, found.must_hold) == (Reason.WRONG_REVISION, "shop reports it")
    assert seen in found.seen
    assert cause in found.cause


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (silent(), Reason.CONNECT),
        (said({}, 404, headers=(("X-Revision", SHA),)), Reason.STATUS),
        (said({}, 502, headers=(("X-Revision", SHA),)), Reason.UPSTREAM_DOWN),
    ],
)
def test_what_does_not_answer_reports_nothing(answer: Said, reason: Reason) -> None:
    found = finding([*states(SHA, SHA), answer])

    assert found is not None
    assert (found.reason, found.step) == (reason, "ask-3")


@pytest.mark.parametrize(
    ("place", "answer", "release"),
    [
        ({"header": "x-revision"}, said({}, headers=(("X-Revision", " abc "),)), "abc"),
        ({"at": "$.build.sha"}, said({"build": {"sha": "abc"}}), "abc"),
        ({"at": "$.build.sha"}, said({"build": {"sha": 17}}), "17"),
        ({"at": "$.build.sha"}, said({"build": {"sha": None}}), ""),
        ({"at": "$.build.sha"}, said(b"<html>"), ""),
        ({"pattern": '"buildId":"([^"]+)"'}, html('{"buildId":"abc"}'), "abc"),
        ({"pattern": "build-[0-9]+"}, html("<!-- build-17 -->"), "build-17"),
        ({"pattern": "build-([0-9]+)?"}, html("build-"), ""),
        ({"pattern": "build-[0-9]+"}, html("nothing"), ""),
    ],
)
def test_it_stands_in_a_header_a_body_or_a_page(place: dict[str, str], answer: Said, release: str) -> None:
    one = asked(**place)
    assert one.revision is not None

    assert reported(one.revision, answer.to(REVISION.steps(one, HERE)[0])) == release


@pytest.mark.parametrize(
    ("told", "wanted", "is_same"),
    [
        ("local", "local", True),
        ("local", "Local", False),
        ("", "", False),
        ("", SHA, False),
        (SHA[:8], SHA, True),
        (SHA, SHA[:8], True),
        (SHA[:6], SHA, False),
        (SHA[1:9], SHA, False),
        ("v1.2", "v1.2.3", False),
    ],
)
def test_same(told: str, wanted: str, is_same: bool) -> None:
    assert same(told, wanted) is is_same


def test_each_proof_of_a_wait_has_its_procedure() -> None:
    assert set(PROCEDURES) == set(PROOFS)
