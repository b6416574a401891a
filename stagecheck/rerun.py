"""The command that asks one check again, in the words of the run that tells of it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from stagecheck.plan import Check
from stagecheck.ready import is_ready


@dataclass(frozen=True)
class Rerun:
    """`options` are words of the command line; `root` leads from where it was typed to the project's folder."""

    options: tuple[str, ...]
    root: str = "."

    def command(self, check: Check) -> str:
        """A line for a shell."""
        # What a run waits for is no item that could be named: the run asks it by itself.
        item = () if is_ready(check) else (str(Path(self.root, node_id(check))),)
        return shlex.join(["pytest", *self.options, *item])


def node_id(check: Check) -> str:
    """The pytest node id of a check."""
    return f"tests/test_{check.kind}.py::test_{check.kind}[{check.name}]"
