"""Commands of `python -m stagecheck` about runs that are over and about the specification.

One module a command, each with the same three names.
"""

from __future__ import annotations

from types import ModuleType

from stagecheck.commands import attesting, differing, gating, knowing, merging, specifying

# Each module has HELP, `arguments(parser)` and `run(options) -> exit code`.
COMMANDS: dict[str, ModuleType] = {
    "gate": gating,
    "diff": differing,
    "known": knowing,
    "attest": attesting,
    "merge": merging,
    "spec": specifying,
}
