"""`make mutants`: what mutmut made of matchers, proofs and isolation, and how much of it the selftests notice.

mutmut (its settings are in pyproject.toml) changes one thing in the code at a time and runs the twins' tests that reach
it. What survives is a change that no test sees; `selftest/survivors.yaml` argues for those that change nothing.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from selftest.measured import PAGE, ROOT, commit

HEADING = "## Mutants of our own code"
ARGUED = Path(__file__).with_name("survivors.yaml")
AT_LEAST = 0.95
KILLED = frozenset({"killed", "timeout", "segfault", "caught by type check"})


@dataclass(frozen=True)
class Argument:
    """Why a change is none: patterns of the line as it was changed, and of the line before."""

    line: str
    why: str
    before: str = ""


def main() -> int:
    """Run mutmut, write the figures, say what survived; 1 for fewer killed than AT_LEAST, or one not argued for."""
    subprocess.run([sys.executable, "-m", "mutmut", "run"], cwd=ROOT, check=True)
    told = _mutmut("results", "--all", "true")
    found = results(told)
    survivors = sorted(name for name, state in found.items() if state not in KILLED)
    argued = {name: why for name in survivors if (why := argument(_mutmut("show", name), arguments()))}
    lines = report(found, survivors, argued)
    print("\n".join(f"mutants: {line}" for line in lines))
    PAGE.write(HEADING, "\n".join([f"Measured at {commit()} by `make mutants`: {lines[0]}.\n", *_table(argued)]))
    return int(share(found) < AT_LEAST or len(argued) < len(survivors))


def results(told: str) -> dict[str, str]:
    """mutant -> what became of it, from the lines of `mutmut results`."""
    return {match[1]: match[2] for match in re.finditer(r"^\s*(\S+__mutmut_\d+): (.+?)\s*$", told, re.MULTILINE)}


def share(found: Mapping[str, str]) -> float:
    """The share of the mutants that a test kills."""
    return sum(state in KILLED for state in found.values()) / max(len(found), 1)


def argument(diff: str, arguments: Sequence[Argument]) -> str:
    """Why that change is none, from the first argument whose patterns match; empty where nobody argued."""
    removed, added = (
        "\n".join(line[1:] for line in diff.splitlines() if line.startswith(sign) and not line.startswith(sign * 3))
        for sign in "-+"
    )
    fits = (one for one in arguments if re.search(one.line, added) and re.search(one.before, removed))
    return next((one.why for one in fits), "")


def report(found: Mapping[str, str], survivors: list[str], argued: Mapping[str, str]) -> list[str]:
    """The figure, and one line for each survivor that nobody argued for."""
    killed = len(found) - len(survivors)
    first = f"{killed} of {len(found)} mutants killed ({share(found):.1%}), {len(argued)} survivors argued for"
    return [first, *(f"survived: {name}" for name in survivors if name not in argued)]


def arguments() -> list[Argument]:
    return [Argument(**entry) for entry in yaml.safe_load(ARGUED.read_text())]


def _table(argued: Mapping[str, str]) -> list[str]:
    reasons = sorted(set(argued.values()))
    return [f"- {list(argued.values()).count(why)} survive because {why}" for why in reasons]


def _mutmut(*arguments: str) -> str:
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
