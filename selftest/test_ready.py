"""What a run waits for is planned below all else."""

from __future__ import annotations

from pathlib import Path

import pytest

from selftest.told import environment
from stagecheck import plan as plans
from stagecheck import targets
from stagecheck.errors import BadInput
from stagecheck.plan import Plan
from stagecheck.ready import is_ready, planned
from stagecheck.targets import Loaded

GATEWAY = """\
service: gateway
title: Gateway
owner: platform
{revision}
checks:
  - id: health
    kind: health
    as: anonymous
    request: {{path: /health}}
    expect: {{status: 200}}
    proofs: {{answers: {{root: true}}, whole: {{}}}}
"""
SHOP = """\
service: shop
title: Shop
owner: shop-team
needs: [gateway]
{revision}
checks:
  - id: things
    kind: routing
    required: {required}
    request: {{path: /things}}
    expect: {{status: 200}}
    proofs: {{answers: {{root: true}}}}
"""
FRONT = """\
service: front
title: Front
owner: web
checks:
  - id: page
    kind: domain
    expect: {status: 200}
    proofs: {tcp: {}, answers: {root: true}}
"""
HEADER = "revision: {request: {path: /x%s}, header: X-Revision}"


@pytest.fixture
def load(tmp_path: Path):
    def load(gateway: str = "", shop: str = "", required: str = "true") -> tuple[Loaded, ...]:
        (tmp_path / "gateway.yaml").write_text(GATEWAY.format(revision=gateway))
        (tmp_path / "shop.yaml").write_text(SHOP.format(revision=shop, required=required))
        (tmp_path / "front.yaml").write_text(FRONT)
        return targets.load(tmp_path)

    return load


def made(loaded: tuple[Loaded, ...], release: str = "") -> Plan:
    here = environment(services={})
    return planned(plans.make(loaded, here), loaded, here, release)


def test_each_root_gets_a_check_below_all_others(load) -> None:
    plan = made(load())

    waited = {check.id: check.roots for check in plan.checks if is_ready(check)}
    assert waited == {
        "health[front/ready/stable]": (),
        "health[gateway/ready/stable]": (),
        "health[shop/ready/stable]": ("health[gateway/ready/stable]",),
    }
    others = [check for check in plan.checks if not is_ready(check)]
    assert len(others) == 5
    assert all(set(check.roots[:3]) == set(waited) for check in others)
    assert plan.get("routing[shop/things/answers]").roots[3:] == ("health[gateway/health/answers]",)
    assert [check.id for check in plan.checks] == sorted(check.id for check in plan.checks)


def test_it_is_asked_as_the_root_is(load) -> None:
    plan = made(load())

    page, gateway, shop = (plan.get(f"health[{name}/ready/stable]") for name in ("front", "gateway", "shop"))
    assert page.entry is not None
    assert (page.kind, page.entry.request.via, page.tenant) == ("health", "domain", "")
    assert (gateway.tenant, shop.tenant) == ("", "acme")
    assert shop.title == "shop answers as its root check says, 3 times in a row, on every address"


def test_what_is_not_required_is_not_waited_for(load) -> None:
    ids = {check.id for check in made(load(required="false")).checks}

    assert "health[shop/ready/stable]" not in ids
    assert "routing[shop/things/answers]" in ids


def test_a_release_is_asked_at_the_beginning_and_at_the_end(load) -> None:
    plan = made(load(HEADER % "", HEADER % ""), "abc1234")

    below = ("health[gateway/ready/stable]", "health[shop/ready/stable]")
    reported, unchanged = (plan.get(f"health[shop/revision/{name}]") for name in ("reported", "unchanged"))
    assert reported.roots == below
    assert unchanged.roots == (*below, reported.id)
    assert (reported.release, reported.tenant, reported.owner) == ("abc1234", "acme", "shop-team")
    assert reported.source.endswith("shop.yaml:5")
    others = [check for check in plan.checks if not is_ready(check)]
    assert all(reported.id in check.roots and unchanged.id not in check.roots for check in others)


@pytest.mark.parametrize(
    ("revision", "why"),
    [
        ("", "its target has no key 'revision'"),
        (HEADER % ", via: direct", "the environment 'nowhere' gives no direct address of shop"),
        (HEADER % ", via: domain", "the environment 'nowhere' names no domain for shop"),
    ],
)
def test_a_release_that_cannot_be_asked_is_told(load, revision: str, why: str) -> None:
    plan = made(load(HEADER % "", revision), "abc1234")

    assert ("health[shop/revision/reported]", why) in plan.left_out


def test_nobody_asks_a_page(load) -> None:
    here = environment(services={}, domains={"front": "www.acme.invalid", "shop": "shop.invalid"})
    loaded = load(shop=HEADER % ", via: domain")
    plan = planned(plans.make(loaded, here), loaded, here, "abc1234")

    assert plan.get("health[shop/revision/reported]").tenant == ""


def test_a_release_that_no_target_states_is_bad_input(load) -> None:
    with pytest.raises(BadInput, match=r"^--revision: no target says where its release stands"):
        made(load(), "abc1234")


def test_the_digest_tells_the_plans_apart(load) -> None:
    loaded = load(HEADER % "")

    assert len({plans.make(loaded, environment()).digest, made(loaded).digest, made(loaded, "abc1234").digest}) == 3
