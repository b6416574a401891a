from __future__ import annotations

from pathlib import Path

import pytest

from selftest.detection import TARGETS
from selftest.told import check
from stagecheck import environment as environments
from stagecheck import plan, profile, targets
from stagecheck.errors import BadInput
from stagecheck.plan import Plan
from stagecheck.profile import Occasion, Profile

FILE = """\
profiles:
  quick: {checks: required, slow: false, wait: 30, revision: needed}
"""


def narrowed(**words: object) -> tuple[list[str], Plan]:
    root = check("answers", expect={"status": 200}, service="root", about={"required": False})
    checks = (
        root,
        check("answers", expect={"status": 200}, service="plain", about={"roots": (root.id,)}),
        check("answers", expect={"status": 200}, service="slow", about={"slow": True}),
        check("answers", expect={"status": 200}, service="extra", about={"required": False}),
    )
    made = profile.narrowed(Plan(checks, (), "digest"), Occasion("quick", Profile.model_validate(words)))
    return [one.service for one in made.checks], made


def test_a_profile_plans_what_is_required_and_what_that_stands_on() -> None:
    assert narrowed()[0] == ["root", "plain", "slow", "extra"]
    assert narrowed(checks="required")[0] == ["root", "plain", "slow"]
    assert narrowed(checks="required", slow=False)[0] == ["root", "plain"]


def test_it_is_a_plan_of_its_own_and_says_what_it_leaves_out() -> None:
    _, made = narrowed(checks="required", slow=False)

    assert made.digest not in ("digest", narrowed(slow=False)[1].digest)
    assert dict(made.left_out) == {
        "routing[slow/things/answers]": "not in the profile 'quick': it is slow",
        "routing[extra/things/answers]": "not in the profile 'quick': it is not required",
    }


def test_the_command_line_is_stronger_than_the_profile(tmp_path: Path) -> None:
    (tmp_path / profile.FILE).write_text(FILE)

    assert profile.load(tmp_path, "quick", "abc").wait == 30
    assert profile.load(tmp_path, "quick", "abc", 5.0).wait == 5
    assert profile.load(tmp_path, None) == Occasion()
    assert profile.load(tmp_path, None, "abc").wait == profile.WAIT


@pytest.mark.parametrize(
    ("text", "name", "release", "sentence"),
    [
        (FILE, "quik", "abc", r"--profile: unknown profile 'quik'; did you mean 'quick'\?"),
        (FILE, "quick", None, "--profile quick: needs --revision SHA, since it is about one release"),
        (None, "quick", "abc", "--profile: unknown profile 'quick': .*profiles.yaml is not there"),
        (FILE.replace("slow", "slo"), None, None, r"profiles.yaml:2: profiles.quick.slo: unknown key; did you mean"),
        (FILE.replace("30", "-1"), "quick", "abc", r"profiles.yaml:2: profiles.quick.wait: expected 0 or more"),
        (FILE.replace("required", "some"), "quick", "abc", "profiles.quick.checks: expected one of 'required', 'all'"),
    ],
)
def test_bad_input_is_one_line(tmp_path: Path, text: str | None, name: str, release: str, sentence: str) -> None:
    if text is not None:
        (tmp_path / profile.FILE).write_text(text)

    with pytest.raises(BadInput, match=sentence):
        profile.load(tmp_path, name, release)


def test_the_three_occasions() -> None:
    loaded = targets.load(TARGETS)
    local = environments.read("local", TARGETS, {}, loaded)
    made = {
        name: profile.planned(plan.make(loaded, local), loaded, local, profile.load(TARGETS, name, "abc"))
        for name in ("post-deploy", "nightly", "promotion")
    }

    ids = {name: {check.id for check in one.checks} for name, one in made.items()}
    assert ids["post-deploy"] < ids["promotion"] <= ids["nightly"]
    assert not [check for check in made["post-deploy"].checks if check.slow]
    assert [check for check in made["promotion"].checks if check.slow]
    for one in made.values():
        assert [check for check in one.checks if check.proof == "unchanged"]
