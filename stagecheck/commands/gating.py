"""`python -m stagecheck gate`: whether a run vouches for a promotion, and if not, each reason why."""

from __future__ import annotations

import argparse
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stagecheck import attestation, past, promotion
from stagecheck.attestation import Subject
from stagecheck.errors import BadInput
from stagecheck.promotion import Terms

HELP = "says promote, or each reason not to; exit code 0, 1, or 4 for bad input"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("verdict", type=Path, metavar="VERDICT", help="reports/verdict.json of the run")
    parser.add_argument("--revision", required=True, metavar="SHA", help="the release that is to be promoted")
    parser.add_argument("--environment", required=True, metavar="NAME", help="where it was proven")
    parser.add_argument("--max-age", required=True, metavar="AGE", help="how old the run may be: 30m, 2h, 90s")
    parser.add_argument("--plan-digest", default="", metavar="D", help="the plan that `stagecheck plan` prints")
    parser.add_argument("--attestation", type=Path, metavar="FILE", help="the run's signed statement")
    parser.add_argument("--key", type=Path, metavar="PUB", help="the public key (PEM) that must have signed it")
    parser.add_argument(
        "--subject", action="append", default=[], metavar="NAME@sha256:...", help="an image to promote (repeatable)"
    )
    parser.add_argument("--tag", default="production", metavar="TAG", help="the tag that promoted images get")


def run(options: argparse.Namespace) -> int:
    if (options.attestation is None) != (options.key is None):
        raise BadInput("gate: --attestation and --key go together")
    terms = Terms(options.revision, options.environment, age(options.max_age), options.plan_digest)
    subjects = [attestation.subject(text) for text in options.subject]
    content = past.content(options.verdict)
    told = past.parse(content, options.verdict)
    reasons = list(promotion.refusals(told, terms, datetime.now(UTC)))
    if options.attestation is not None:
        found = attestation.verified(options.attestation, options.key)
        reasons += attestation.refusals(found, content, subjects)
        subjects = subjects or list(found.subjects)
    if reasons:
        print("do not promote:")
        print("".join(f"  - {reason}\n" for reason in reasons), end="")
        return 1
    signed = ", signed" if options.attestation is not None else ""
    print(
        f"promote: {told.revision}, proven in {told.environment} by run {told.run}{signed}: "
        f"{len(told.checks)} checks, plan {told.plan}"
    )
    for subject in subjects:
        print("\n".join(commands(subject, options.tag)))
    return 0


def age(text: str) -> timedelta:
    """`30m` as a span of time; raises BadInput for anything else."""
    found = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if found is None:
        raise BadInput(f"gate: --max-age: expected a time such as 30m, 2h or 90s, got {text!r}")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def commands(subject: Subject, tag: str) -> tuple[str, ...]:
    """What promotes that image, by its digest: a tag may point elsewhere by now."""
    whole = f"{subject.name}@sha256:{subject.sha256}"
    return f"docker pull {whole}", f"docker tag {whole} {subject.name}:{tag}", f"docker push {subject.name}:{tag}"
