"""`python -m stagecheck`: read the targets, print the plan, plant sentinels, and what a run that is over is worth."""

from __future__ import annotations

import argparse
import datetime
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from inspect import getdoc
from pathlib import Path
from typing import NoReturn

from stagecheck import blanks, known, platform, profile, schema, seed, shard, targets
from stagecheck import environment as environments
from stagecheck import plan as plans
from stagecheck.commands import COMMANDS as MORE
from stagecheck.errors import BadInput
from stagecheck.gate import EXIT
from stagecheck.model import Environment, Step
from stagecheck.outcome import Verdict
from stagecheck.plan import Plan
from stagecheck.procedure import nothing_more
from stagecheck.runner import Runner, procedure_of
from stagecheck.setting import Setting

BAD_INPUT = 4
NO_RUN = "0" * 8  # in place of a run's id, where nothing is sent


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    try:
        options = _parser().parse_args(arguments)
        return (COMMANDS.get(options.command) or MORE[options.command].run)(options)
    except BadInput as refusal:
        print(refusal, file=sys.stderr)
        return BAD_INPUT


def validate(options: argparse.Namespace) -> int:
    """Read everything and refuse what is wrong, without a request."""
    loaded, environment, plan = _planned(options)
    print(f"{len(loaded)} targets, environment '{environment.name}': {len(plan.checks)} checks planned")
    return 0


def plan(options: argparse.Namespace) -> int:
    """Print each request that would be sent, and what is not covered; sends none."""
    loaded, environment, made = _planned(options)
    setting = Setting(environment, NO_RUN, targets.schemas(loaded))
    for tenant in environment.tenants:
        if tenant.login is not None:
            print(f"login of {tenant.id}, once in each process: POST {environment.gateway}{tenant.login.path}")
    for check in made.checks:
        print(check.id)
        procedure = procedure_of(check)
        for step in procedure.steps(check, setting):
            print(f"  {_line(step)}")
        if procedure.follow is not nothing_more:
            print(f"  then, by what was heard: {getdoc(procedure.follow)}")
    for what, why in made.left_out:
        print(f"not covered: {what}: {why}")
    print(f"{len(made.checks)} checks, {len(made.left_out)} not covered, plan {made.digest}")
    return 0


def plant(options: argparse.Namespace) -> int:
    """Plant the sentinels; returns 1 when one is missing afterwards, 6 when of one that is not known."""
    loaded, environment, made = _read(options)
    with platform.start(environment, folder=options.targets.parent) if environment.start else nullcontext() as started:
        variables = dict(os.environ)
        if started is not None:
            environment = platform.placed(environment, started.told)
            variables |= started.variables
        runner = Runner(environment, made, "seed", variables, targets.schemas(loaded))
        try:
            results = []
            for planting in seed.plantings(loaded, runner, options.dry_run):
                note = f": {planting.note}" if planting.note else ""
                print(f"{planting.state:8} {planting.service}/{planting.what} of {planting.tenant}{note}")
                results.append(planting)
        finally:
            runner.close()
    unknown = sum(planting.state == "unknown" for planting in results)
    lacking = sum(not planting.done for planting in results) - unknown
    print(f"{len(results)} sentinels, {lacking} missing" + (f", {unknown} unknown" if unknown else ""))
    return EXIT[Verdict.HOLD if lacking else Verdict.INCONCLUSIVE if unknown else Verdict.PROMOTE]


def schemas(options: argparse.Namespace) -> int:
    """Write the JSON Schemas for editors anew from the model."""
    for name, made in schema.SCHEMAS.items():
        path = Path("docs") / f"{name}.schema.json"
        path.write_text(json.dumps(made(), indent=2, ensure_ascii=False) + "\n")
        print(path)
    return 0


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "validate": validate,
    "plan": plan,
    "seed": plant,
    "schemas": schemas,
}


class _Parser(argparse.ArgumentParser):
    """Refuses wrong arguments as all other bad input is refused."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{self.prog}: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m stagecheck", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        one = commands.add_parser(name, help=(command.__doc__ or "").partition(";")[0])
        one.add_argument("--env", default="local", help="a name under targets/environments/, or a path")
        one.add_argument("--targets", default="targets", type=Path, metavar="DIR", help="the folder of the targets")
        if name in ("validate", "plan"):
            one.add_argument("--profile", metavar="NAME", help="the occasion, of targets/profiles.yaml")
            one.add_argument("--revision", metavar="SHA", help="the release that the run would be about")
            one.add_argument("--wait", metavar="SECONDS", help="how long the run would wait for every service")
            one.add_argument("--shard", metavar="K/N", help="the K-th of N parts of the plan alone")
        if name == "seed":
            one.add_argument("--dry-run", action="store_true", help="say what would be planted, and plant nothing")
    for name, module in MORE.items():
        module.arguments(commands.add_parser(name, help=module.HELP, description=module.__doc__))
    return parser


def _planned(options: argparse.Namespace) -> tuple[tuple[targets.Loaded, ...], Environment, Plan]:
    """What a run with these options would plan; the ledger is read, so that what is wrong with it is refused."""
    loaded, environment, made = _read(options)
    known.load(options.targets, datetime.date.today(), environment.name, made)
    occasion = profile.load(
        options.targets, options.profile, profile.release(options.revision), profile.seconds(options.wait)
    )
    whole = profile.planned(made, loaded, environment, occasion)
    return loaded, environment, shard.planned(whole, shard.read(options.shard))


def _read(options: argparse.Namespace) -> tuple[tuple[targets.Loaded, ...], Environment, Plan]:
    loaded = targets.load(options.targets)
    environment = environments.read(options.env, options.targets, os.environ, loaded)
    made = plans.make(loaded, environment)
    blanks.refuse(made, loaded, Setting(environment, NO_RUN, targets.schemas(loaded)))
    return loaded, environment, made


def _line(step: Step) -> str:
    request = step.request
    if step.probe != "http":
        asked = f"  {' '.join(request.redis.command)}" if request.redis else ""
        asked = f"  {' '.join(request.sql.query.split())}" if request.sql else asked
        if request.grpc:
            health = f"health of {request.grpc.service or 'the server'}"
            asked = f"  namespace {request.grpc.namespace}" if request.grpc.namespace else f"  {health}"
            asked += f", task queue {request.grpc.task_queue}" if request.grpc.task_queue else ""
        return f"{step.identity!s:24} {step.probe.upper():7} {step.base}{asked}"
    method = "POST" if request.graphql is not None else request.method
    query = [
        (key, item) for key, value in request.query.items() for item in (value if isinstance(value, list) else [value])
    ]
    asked = "&".join(f"{key}={value}" for key, value in [*query, *step.extra_query])
    mark = "WRITE" if request.writes else "read"
    headers = "".join(f"  {name}: {value}" for name, value in step.extra_headers)
    cleanup = "  (clean-up)" if step.cleanup else ""
    url = f"{step.base}{request.path}{'?' if asked else ''}{asked}"
    return f"{step.identity!s:24} {mark:5} {method:7} {url}{headers}{cleanup}"


if __name__ == "__main__":
    sys.exit(main())
