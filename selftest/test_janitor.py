"""The janitor removes what carries our mark and is old enough, as its owner, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from selftest import store
from selftest.store import SENTINELS, TARGET, TOKENS, Store
from selftest.test_killed import decoys, old_mark
from stagecheck import janitor, marks
from stagecheck import plan as plans
from stagecheck.janitor import Swept
from stagecheck.model import Environment
from stagecheck.probes.wire import Wire
from stagecheck.setting import Setting
from stagecheck.targets import load


@pytest.fixture
def kept() -> Iterator[Store]:
    with store.running() as running:
        yield running


@pytest.fixture
def sweep(kept: Store, tmp_path: Path) -> Any:
    def sweep(run: str = "", within: float = 30.0, **more: Any) -> Swept:
        target = {"service": "shop", "title": "A shop", "owner": "shop-team", **TARGET, **more.pop("target", {})}
        (tmp_path / "shop.yaml").write_text(json.dumps(target))
        environment = Environment.model_validate({"name": "lab", **kept.environment(**more)})
        setting = Setting(environment, run or marks.run_id(time.time()))
        is_over = janitor.is_own(setting) if run else janitor.is_stale(setting, time.time())
        with Wire(environment, TOKENS) as wire:
            return janitor.sweep(plans.make(load(tmp_path), environment), setting, wire, is_over, within)

    return sweep


def ours(minutes: float = -90) -> dict[str, str]:
    mark = old_mark(minutes)
    return {"name": f"Synthetic {mark}", "mail": f"{mark}@example.org"}


def test_what_is_ours_and_old_goes_and_all_else_stays(kept: Store, sweep: Any) -> None:
    others = decoys(kept)
    young = {kept.put("acme", **ours(-30)), kept.put("zeta", **ours(-1))}
    old = {tenant: kept.put(tenant, **ours()) for tenant in SENTINELS}
    changed = kept.put("zeta", name=f"Synthetic {old_mark(-90)}", mail="someone@example.org")
    swept = sweep()

    assert kept.all() == others | young
    assert sorted(swept.removed) == sorted(
        [f"shop/leads {old['acme']} of acme", f"shop/leads {old['zeta']} of zeta", f"shop/leads {changed} of zeta"]
    )
    assert (swept.left, swept.troubles) == ([], [])


@pytest.mark.parametrize(("stale_after", "left"), [(0, 0), (89 * 60, 0), (95 * 60, 1)])
def test_the_environment_says_how_old_is_old(kept: Store, sweep: Any, stale_after: float, left: int) -> None:
    before = len(kept.all())
    kept.put("acme", **ours(-91))
    sweep(stale_after=stale_after)

    assert len(kept.all()) - before == left


def test_what_a_workflow_left_goes_where_no_resource_knows_of_it(kept: Store, sweep: Any) -> None:
    leftover = {key: store.RESOURCE[key] for key in ("id", "find", "list", "read", "delete")}
    write = {"id": "write", "request": store.CREATE, "expect": {"status": 201}}
    read = {"id": "read", "request": {"path": "/leads"}, "expect": {"status": 200}}
    flow = {"id": "lead", "title": "a lead", "steps": [write, read], "leaves": [leftover]}
    others = decoys(kept)
    id = kept.put("acme", **ours())
    swept = sweep(target={"resources": [], "checks": [], "workflows": [flow]})

    assert (swept.removed, swept.left, swept.troubles) == ([f"shop/leads {id} of acme"], [], [])
    assert others <= kept.all()


def test_its_own_run_is_left_alone_until_it_is_over(kept: Store, sweep: Any) -> None:
    run = marks.run_id(time.time())
    mark = marks.mark(run, "0" * 24)
    id = kept.put("acme", name=f"Synthetic {mark}", mail=f"{mark}@example.org")
    other = kept.put("acme", **ours())

    assert sweep(run).removed == [f"shop/leads {id} of acme"]
    assert other in kept.all()


def test_a_list_shows_what_no_search_finds(kept: Store, sweep: Any) -> None:
    find = {**store.RESOURCE["find"], "request": {"path": "/leads", "query": {"search": "no {sentinel}"}}}
    before = kept.all()
    for _ in range(60):
        kept.put("acme", name="A customer", mail="someone@example.org")
    kept.put("acme", **ours())
    swept = sweep(target={"resources": [{**store.RESOURCE, "find": find}]})

    assert len(swept.removed) == 1
    assert len(kept.all() - before) == 60


def test_what_cannot_be_removed_is_told(kept: Store, sweep: Any) -> None:
    id = kept.put("acme", **ours())
    kept.keeps = True
    swept = sweep()

    assert (swept.removed, swept.left) == ([], [f"shop/leads {id} of acme"])


def test_what_cannot_be_seen_is_told(kept: Store, sweep: Any) -> None:
    kept.put("acme", **ours())
    late = sweep(within=0.0)
    kept.broken = True
    down = sweep()

    assert late.troubles == [f"shop/leads of {tenant}: no time is left for it" for tenant in SENTINELS]
    assert down.troubles == [f"shop/leads of {tenant}: the search was answered 500" for tenant in SENTINELS]


@pytest.mark.parametrize("more", [{"writes": "never"}, {"writes": "never", "production": True}])
def test_where_nothing_may_be_written_nothing_is_asked(kept: Store, sweep: Any, more: dict[str, Any]) -> None:
    asked: list[str] = []
    kept.put("acme", **ours())
    kept.moment = asked.append

    assert sweep(**more) == Swept()
    assert asked == []


def test_a_resource_that_cannot_be_deleted_is_not_asked(kept: Store, sweep: Any) -> None:
    kept.put("acme", **ours())
    resource = {key: value for key, value in store.RESOURCE.items() if key != "delete"}

    assert sweep(target={"resources": [resource]}) == Swept()
