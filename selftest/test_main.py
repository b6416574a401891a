"""The commands, as a person types them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from selftest import forked
from stagecheck.targets import NOT_TARGETS

ROOT = Path(__file__).parents[1]


def stagecheck(*arguments: str, **variables: str) -> forked.Ended:
    return forked.run("stagecheck", *arguments, cwd=ROOT, env={**os.environ, **variables}, timeout=120)


def test_validate_reads_and_says_what_is_planned() -> None:
    ran = stagecheck("validate")

    assert (ran.returncode, ran.stderr) == (0, "")
    count = len([path for path in (ROOT / "targets").glob("*.yaml") if path.name not in NOT_TARGETS])
    assert ran.stdout.startswith(f"{count} targets, environment 'local': ")


def test_bad_input_is_one_line_and_code_4() -> None:
    ran = stagecheck("validate", "--env", "stagin")

    assert (ran.returncode, ran.stdout) == (4, "")
    assert ran.stderr.count("\n") == 1
    assert "'staging'" in ran.stderr


def test_an_undefined_variable_is_named() -> None:
    ran = stagecheck("plan", "--env", "staging")

    assert ran.returncode == 4
    assert "STAGING_GATEWAY" in ran.stderr


def test_plan_prints_each_request_and_sends_none() -> None:
    # The address is one that nobody listens at: a request would be an error.
    ran = stagecheck("plan", "--env", "staging", STAGING_GATEWAY="http://127.0.0.1:9")

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "read  GET     http://127.0.0.1:9/api/brain/wagtail/pages" in ran.stdout
    assert "WRITE POST    http://127.0.0.1:9/api/brain/django-crm/leads" in ran.stdout
    assert "not covered: routing[wagtail-cms/pages/direct]" in ran.stdout
    assert "login of coreldove, once in each process: POST http://127.0.0.1:9/api/brain/auth/login" in ran.stdout
    assert "then, by what was heard: The next page, as long as the last one was full." in ran.stdout


def test_a_plan_that_waits_has_what_it_waits_for() -> None:
    waiting = stagecheck("plan", "--wait", "60").stdout
    about = stagecheck("plan", "--revision", "local").stdout

    assert "health[saleor/ready/stable]" in waiting
    assert "health[saleor/revision/reported]" not in waiting
    assert "health[saleor/revision/reported]" in about


@pytest.mark.parametrize("command", ["validate", "plan"])
@pytest.mark.parametrize(("option", "value"), [("--wait", "soon"), ("--wait", "-1"), ("--revision", "a b")])
def test_a_wait_or_a_release_that_is_none_is_refused(command: str, option: str, value: str) -> None:
    ran = stagecheck(command, f"{option}={value}")

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (4, "", 1)
    assert ran.stderr.startswith(f"{option}: expected ")


def test_production_plans_no_write() -> None:
    brands = ("BIZOHOLIC", "CORELDOVE", "THRILLRING")
    domains = {f"PRODUCTION_{brand}_DOMAIN": f"www.{brand.lower()}.example" for brand in brands}
    ran = stagecheck("plan", "--env", "production", PRODUCTION_GATEWAY="https://gateway.example", **domains)

    assert ran.returncode == 0, ran.stderr
    assert "WRITE" not in ran.stdout
    assert "it writes, and the environment allows no writes" in ran.stdout


def test_seed_finds_every_sentinel_of_the_replica() -> None:
    ran = stagecheck("seed", "--dry-run")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "present  django-crm/leads of bizoholic" in ran.stdout
    assert ran.stdout.endswith(" 0 missing\n")
