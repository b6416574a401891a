"""`python -m stagecheck attest`: a run's verdict as a signed in-toto statement."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from stagecheck import attestation, past

HELP = "writes what a run found as an in-toto test result, signed with a key file"
# The name of the variable with the key's password, where it has one.
PASSWORD = "STAGECHECK_KEY_PASSWORD"  # noqa: S105  a name, no password


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verdict", type=Path, metavar="VERDICT", help="reports/verdict.json of the run")
    parser.add_argument(
        "--subject",
        action="append",
        default=[],
        metavar="NAME@sha256:...",
        help="an image that was tested (repeatable)",
    )
    parser.add_argument(
        "--key", type=Path, required=True, metavar="FILE", help=f"the private key (PEM); its password in {PASSWORD}"
    )
    parser.add_argument("--out", type=Path, default=Path("reports/attestation.json"), metavar="FILE", help="where to")


def run(options: argparse.Namespace) -> int:
    content = past.content(options.verdict)
    subjects = [attestation.subject(text) for text in options.subject]
    told = attestation.statement(past.parse(content, options.verdict), content, subjects)
    envelope = attestation.signed(told, options.key, os.environ.get(PASSWORD, ""))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_bytes(envelope)
    print(f"{options.out}: {told['predicate']['result']}, {len(told['subject'])} subjects")
    return 0
