"""What the engine raises.

StagecheckError
  ├─ BadInput      a target, an environment or an option that is refused; exit code 4
  ├─ CheckFailed   what must hold does not (an AssertionError, as in any test)
  ├─ Inconclusive  a control failed, or nothing could be measured; reports say "error" and "broken"
  └─ Blocked       something this check stands on is down; reports say "skipped"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stagecheck.outcome import Finding


class StagecheckError(Exception):
    """Base of all errors of the engine."""


class BadInput(StagecheckError):
    """Input that is refused before any request; `str()` is one line: file, line, path, what is wrong."""


class _Told(StagecheckError):
    """An error that carries its finding; its text is already redacted and already says everything."""

    def __init__(self, finding: Finding, text: str) -> None:
        super().__init__(text)
        self.finding = finding


class CheckFailed(_Told, AssertionError):
    """What must hold does not."""


class Inconclusive(_Told):
    """Nothing was proven either way."""


class Blocked(_Told):
    """The root that this check stands on is down."""
