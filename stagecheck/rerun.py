"""The command that asks one check again, in the words of the run that tells of it."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stagecheck.plan import Check, Plan
from stagecheck.ready import is_ready
from stagecheck.refusal import suggestion


@dataclass(frozen=True)
class Rerun:
    """`options` are words of the command line; `root` leads from where it was typed to the project's folder.

    `pytest` is how the run's own one is called there.
    """

    options: tuple[str, ...]
    root: str = "."
    pytest: str = "pytest"

    def command(self, check: Check) -> str:
        """A line for a shell."""
        # What a run waits for is no item that could be named: the run asks it by itself.
        item = () if is_ready(check) else (str(Path(self.root, node_id(check))),)
        return shlex.join([self.pytest, *self.options, *item])


def own_pytest(python: str, here: Path) -> str:
    """How the pytest beside that Python is called in the folder `here`: by name, where a shell finds that very one."""
    own, found = Path(python).with_name("pytest"), shutil.which("pytest")
    if not own.exists() or (found and Path(found).absolute() == own):
        return "pytest"
    return str(own.relative_to(here) if own.is_relative_to(here) else own)


def node_id(check: Check) -> str:
    """The pytest node id of a check."""
    return f"tests/test_{check.kind}.py::test_{check.kind}[{check.name}]"


def unknown(arguments: Iterable[str], plan: Plan) -> Iterator[str]:
    """A sentence for each node id among pytest's arguments that names no check of the plan.

    pytest itself says "not found" without the part in brackets.
    """
    known = {check.id for check in plan.checks}
    left_out = dict(plan.left_out)
    for argument in arguments:
        named = re.search(r"::test_([a-z]+)(\[.+\])$", argument)
        id = "".join(named.groups()) if named else ""
        if id in left_out:
            yield f"{id} is not covered here: {left_out[id]}"
        elif id and id not in known:
            yield f"no check is called {id}{suggestion(id, known)}"
