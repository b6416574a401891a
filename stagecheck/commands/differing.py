"""`python -m stagecheck diff A B`: what changed from one run to another."""

from __future__ import annotations

import argparse
from pathlib import Path

from stagecheck import comparison, past

HELP = "says what changed between two runs: failures, lost checks, latency, flakes, certificates, addresses"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("before", type=Path, metavar="A", help="a verdict.json, a folder of reports, or a kept run")
    parser.add_argument("after", type=Path, metavar="B", help="the later one")


def run(options: argparse.Namespace) -> int:
    before, after = past.read(options.before), past.read(options.after)
    for word, one in (("from", before), ("to  ", after)):
        release = f", revision {one.revision}" if one.revision else ""
        when = f"{one.started:%Y-%m-%d %H:%M} UTC"
        print(f"{word} {one.run} {when}, {one.environment}, {one.profile}{release}: {one.verdict}")
    print("\n".join(comparison.of(before, after).lines()) or "nothing changed")
    return 0
