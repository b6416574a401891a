"""The occasions of targets/profiles.yaml: a profile is a plan of its own, and never a filter on another one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from stagecheck import document, ready, refusal
from stagecheck import plan as plans
from stagecheck.errors import BadInput
from stagecheck.model import Environment, Slug, Word
from stagecheck.plan import Check, Plan
from stagecheck.targets import Loaded

FILE = "profiles.yaml"
# Seconds that a run about a release waits for it where nothing else is said.
WAIT = 180.0


class Profile(Word):
    """What one occasion needs. `checks: required` plans those that hold a promotion, and what they stand on.

    `slow: false` leaves out what is marked slow; `wait` is in seconds, for every required service to be stable. With
    `revision: needed` a run without `--revision` is refused. `tell_first` shows the first failure the moment it is
    heard. `flaky_at_most` is how many checks may pass only on a later attempt. `spec_at_least` is how much of the
    specification (`--spec`) the plan must cover, in percent.
    """

    title: str = ""
    checks: Literal["required", "all"] = "all"
    slow: bool = True
    wait: Annotated[float, Field(ge=0)] | None = None
    revision: Literal["needed", "optional"] = "optional"
    tell_first: bool = False
    flaky_at_most: Annotated[int, Field(ge=0)] | None = None
    spec_at_least: Annotated[float, Field(ge=0, le=100)] | None = None


class Profiles(Word):
    """The whole file."""

    profiles: dict[Slug, Profile]


@dataclass(frozen=True)
class Occasion:
    """What a run is for: the profile by its name (`all` where none was asked for), its release, and how long it waits.

    `wait` is None for a run that does not wait; `release` is empty for one that is about no release.
    """

    name: str = "all"
    profile: Profile = field(default_factory=Profile)
    release: str = ""
    wait: float | None = None


def load(folder: Path, name: str | None, release: str | None = None, wait: float | None = None) -> Occasion:
    """The occasion of that name; raises BadInput with one line for a name or a file that is wrong.

    `release` and `wait` are what the command line says; where it says nothing of waiting, the profile does.
    """
    path = folder / FILE
    known: dict[str, Profile] = {}
    if path.is_file():
        known = dict(refusal.parse(document.read(path), Profiles).profiles)
    if name is not None and name not in known:
        where = "" if path.is_file() else f": {document.relative(path)} is not there"
        raise BadInput(f"--profile: unknown profile '{name}'{where}{refusal.suggestion(name, known)}")
    profile = known[name] if name is not None else Profile()
    if profile.revision == "needed" and not release:
        raise BadInput(f"--profile {name}: needs --revision SHA, since it is about one release")
    waits = profile.wait if wait is None else wait
    if waits is None and release is not None:
        waits = WAIT
    return Occasion(name or "all", profile, release or "", waits)


def release(given: str | None) -> str | None:
    """What `--revision` says; raises BadInput."""
    if given is not None and not re.fullmatch(r"[\w.+:/@-]{1,200}", given):
        raise BadInput(f"--revision: expected a release such as a commit's SHA, got {given!r}")
    return given


def seconds(given: str | None) -> float | None:
    """What `--wait` says, in seconds; None where it says nothing. Raises BadInput."""
    if given is not None and not re.fullmatch(r"\d+(\.\d+)?", given):
        raise BadInput(f"--wait: expected seconds, such as {WAIT:g}, got {given!r}")
    return None if given is None else float(given)


def planned(whole: Plan, loaded: Sequence[Loaded], environment: Environment, occasion: Occasion) -> Plan:
    """The plan of that occasion, out of the whole one, with what the run waits for."""
    plan = narrowed(whole, occasion)
    if occasion.wait is None:
        return plan
    return ready.planned(plan, loaded, environment, occasion.release)


def narrowed(plan: Plan, occasion: Occasion) -> Plan:
    """The checks that the occasion needs, and those that they stand on: without these the cause would be missed."""
    profile = occasion.profile
    asked = [check for check in plan.checks if _left_out(check, profile) == ""]
    kept = _with_roots(plan, asked)
    if len(kept) == len(plan.checks):
        return plan
    checks = tuple(check for check in plan.checks if check.id in kept)
    left_out = (
        (check.id, f"not in the profile '{occasion.name}': {_left_out(check, profile)}")
        for check in plan.checks
        if check.id not in kept
    )
    services = {check.service for check in checks}
    p95 = {service: limit for service, limit in plan.p95.items() if service in services}
    return replace(
        plan, checks=checks, left_out=(*plan.left_out, *left_out), digest=plans.digest_of(checks, p95), p95=p95
    )


def _left_out(check: Check, profile: Profile) -> str:
    if profile.checks == "required" and not check.required:
        return "it is not required"
    return "it is slow" if check.slow and not profile.slow else ""


def _with_roots(plan: Plan, checks: Iterable[Check]) -> set[str]:
    found: set[str] = set()
    left = [check.id for check in checks]
    while left:
        id = left.pop()
        if id not in found:
            found.add(id)
            left += plan.get(id).roots
    return found
