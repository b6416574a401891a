"""Sentinels are planted once, by the API where there is one, and a person is told the rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from selftest.detection import running
from stagecheck import seed, targets
from stagecheck.model import Environment, Identity, Request, Step
from stagecheck.probes import PROBES
from stagecheck.runner import Runner
from stagecheck.seed import Planting
from stagecheck.setting import Setting


@dataclass
class Ground:
    """A replica, and a way to it."""

    environment: Environment
    loaded: tuple[targets.Loaded, ...]
    runner: Runner
    switch: object

    def plantings(self, dry_run: bool = False, **changes: object) -> dict[str, Planting]:
        self.runner.setting = Setting(self.environment.model_copy(update=changes), "seed")
        found = seed.plantings(self.loaded, self.runner, dry_run)
        return {f"{one.service}/{one.what}/{one.tenant}": one for one in found}

    def ask(self, method: str, path: str, query: dict[str, str] | None = None) -> object:
        request = Request(method=method, path=path, query=query or {})
        step = Step("ask", request, base=self.environment.gateway, identity=Identity("bizoholic"))
        return PROBES["http"](step, self.runner.wire).json

    def uproot(self) -> None:
        """Remove the sentinel lead of the first tenant, as its owner."""
        sentinel = self.environment.tenants[0].sentinel
        found = self.ask("GET", "/api/brain/django-crm/leads", {"search": sentinel})
        for lead in found["results"]:
            self.ask("DELETE", f"/api/brain/django-crm/leads/{lead['id']}")


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with running() as platform:
        variables = {**os.environ, **platform.started.variables}
        runner = Runner(platform.environment, platform.plan, "seed", variables, targets.schemas(platform.loaded))
        yield Ground(platform.environment, platform.loaded, runner, platform.switch)
        runner.close()


def test_what_is_there_is_left_alone(ground: Ground) -> None:
    found = ground.plantings()

    assert {one.state for one in found.values()} == {"present"}


def test_a_dry_run_says_what_it_would_send_and_plants_nothing(ground: Ground) -> None:
    ground.uproot()

    for _ in range(2):
        one = ground.plantings(dry_run=True)["django-crm/leads/bizoholic"]
        assert (one.state, one.note) == ("missing", "would send POST /api/brain/django-crm/leads")


def test_where_writes_are_not_allowed_a_person_is_told(ground: Ground) -> None:
    ground.uproot()

    one = ground.plantings(writes="never")["django-crm/leads/bizoholic"]
    assert (one.state, one.note) == ("missing", "this environment allows no writes: plant it by hand")


def test_a_missing_sentinel_is_planted_once(ground: Ground) -> None:
    ground.uproot()

    first, second = (ground.plantings()["django-crm/leads/bizoholic"] for _ in range(2))
    assert (first.state, second.state) == ("planted", "present")


def test_what_no_api_can_plant_is_told_with_the_words_to_use(ground: Ground) -> None:
    ground.switch(["wagtail-stale"])

    one = ground.plantings()["wagtail-cms/pages/bizoholic"]
    ground.switch([])

    assert one.state == "missing"
    assert ground.environment.tenants[0].sentinel in one.note


def test_a_sentinel_that_only_a_check_looks_for_is_looked_for_too(ground: Ground) -> None:
    ground.switch(["saleor-empty"])

    one = ground.plantings()["saleor/planted/sentinel/bizoholic"]
    ground.switch([])

    assert one.state == "missing"
    assert one.note == (
        "publish a product in the tenant's channel, with the slug " + ground.environment.tenants[0].sentinel
    )


def test_a_service_that_is_down_is_told_as_such(ground: Ground) -> None:
    ground.switch(["wagtail-down"])

    one = ground.plantings()["wagtail-cms/pages/bizoholic"]
    ground.switch([])

    assert (one.state, one.done) == ("unknown", False)
    assert one.note == "looking for it: 502"
