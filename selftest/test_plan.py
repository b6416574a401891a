"""From targets and an environment to checks: ids, roots, what is left out, and the digest."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from selftest.told import ENVIRONMENT, GRAPHQL, REST, environment
from stagecheck import environment as environments
from stagecheck import plan, targets
from stagecheck.errors import BadInput
from stagecheck.plan import PROBES, Check, Plan

EXPECT = {"status": 200}
TENANTS: list[dict[str, Any]] = ENVIRONMENT["tenants"]
GATEWAY: dict[str, Any] = {
    "service": "gateway",
    "title": "Gateway",
    "owner": "platform",
    "checks": [
        {
            "id": "health",
            "kind": "health",
            "as": "anonymous",
            "expect": EXPECT,
            "proofs": {
                "answers": {"root": True},
                "honest": {"claims": {"shop": "$.shop"}},
                "components": {"at": "$.*", "required": False, "title": "all parts are up"},
            },
        }
    ],
}
AUTH: dict[str, Any] = {
    "service": "auth",
    "title": "Auth",
    "owner": "platform",
    "needs": ["gateway"],
    "whoami": {"request": {"path": "/whoami"}, "tenant": "$.tenant", "roles": "$.roles[*]"},
    "checks": [{"id": "keys", "kind": "routing", "expect": EXPECT, "proofs": {"answers": {"root": True}}}],
}
STORED = {
    "create": {"method": "POST", "path": "/t"},
    "id": "$.id",
    "read": {"path": "/t/{id}"},
    "delete": {"method": "DELETE", "path": "/t/{id}"},
    "expect": EXPECT,
}
READ_ONLY = {name: GRAPHQL[name] for name in ("find", "list", "read")}
SHOP: dict[str, Any] = {
    "service": "shop",
    "title": "Shop",
    "owner": "shop-team",
    "runbook": "https://runbooks.invalid/shop",
    "needs": ["auth"],
    "personal": ["email"],
    "checks": [
        {
            "id": "things",
            "kind": "routing",
            "owner": "things-team",
            "expect": EXPECT,
            "proofs": {
                "answers": {"root": True},
                "whole": {},
                "direct": {"request": {"path": "/t"}, "at": "$.id"},
                "stored": STORED,
            },
        },
        {"id": "planted", "kind": "routing", "as": "each", "proofs": {"sentinel": {"at": "$.name"}}},
        {"id": "zetas", "kind": "routing", "as": "zeta", "required": False, "proofs": {"whole": {}}},
        {"id": "own", "kind": "health", "request": {"path": "/h", "via": "direct"}, "proofs": {"whole": {}}},
    ],
    "resources": [
        REST,
        {**READ_ONLY, "id": "orders", "public": True},
        {**READ_ONLY, "id": "by-id", "public_by_id": True},
    ],
    "apart": {"sessions": "no route lists them"},
}
BY_ID = "whoever knows the id of a record may read it, by policy"
FRONT: dict[str, Any] = {
    "service": "front",
    "title": "Front",
    "owner": "web",
    "fingerprint": ["Acme"],
    "checks": [
        {
            "id": "page",
            "kind": "domain",
            "expect": EXPECT,
            "proofs": {
                **{name: {} for name in ("dns", "tcp", "tls", "https", "brand", "distinct", "assets")},
                "answers": {"root": True},
            },
        }
    ],
}
OTHER = {**copy.deepcopy(FRONT), "service": "other", "fingerprint": ["Zeta", "Games"]}
ALL = (GATEWAY, AUTH, SHOP, FRONT, OTHER)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def made(folder: Path, *data: dict[str, Any], **changes: Any) -> Plan:
    for path in folder.glob("*.yaml"):
        path.unlink()
    for number, target in enumerate(data or ALL):
        (folder / f"{number}-{target['service']}.yaml").write_text(yaml.safe_dump(target, sort_keys=False))
    return plan.make(targets.load(folder), environment(**changes))


def changed(target: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The target with keys of its first check replaced."""
    copied = copy.deepcopy(target)
    copied["checks"][0].update(keys)
    return copied


def ids(plan: Plan, starts: str = "") -> list[str]:
    return [check.id for check in plan.checks if check.id.startswith(starts)]


def labels(plan: Plan) -> dict[str, str]:
    return dict(plan.left_out)


# -- ids, and what a check carries


def test_each_named_proof_is_one_check_and_the_ids_are_sorted(folder: Path) -> None:
    planned = made(folder)

    assert ids(planned, "routing[shop") == [
        "routing[shop/planted/sentinel@acme]",
        "routing[shop/planted/sentinel@zeta]",
        "routing[shop/things/answers]",
        "routing[shop/things/direct]",
        "routing[shop/things/stored]",
        "routing[shop/things/whole]",
        "routing[shop/zetas/whole]",
    ]
    assert ids(planned) == sorted(set(ids(planned)))
    assert ids(made(folder, *reversed(ALL))) == ids(planned)


def test_isolation_is_planned_in_both_directions(folder: Path) -> None:
    planned = ids(made(folder), "isolation[shop/leads")

    assert [id for id in planned if "read-by-id" in id] == [
        "isolation[shop/leads/read-by-id@acme:zeta]",
        "isolation[shop/leads/read-by-id@zeta:acme]",
    ]
    assert [id for id in planned if "no-credential" in id] == [
        "isolation[shop/leads/no-credential@acme]",
        "isolation[shop/leads/no-credential@zeta]",
    ]


def test_a_check_carries_what_its_target_says(folder: Path) -> None:
    check = made(folder).get("routing[shop/things/whole]")

    assert (check.kind, check.service, check.name, check.proof) == ("routing", "shop", "shop/things/whole", "whole")
    assert (check.owner, check.runbook, check.required) == ("things-team", "https://runbooks.invalid/shop", True)
    assert (check.tenant, check.victim, check.personal) == ("acme", "", ("email",))
    assert check.title == "the whole body arrives and parses, with and without compression"
    assert check.entry is not None
    assert check.word is check.entry.proofs.whole


def test_a_proof_may_say_its_title_and_whether_it_is_required(folder: Path) -> None:
    planned = made(folder)

    check = planned.get("health[gateway/health/components]")

    assert (check.title, check.required) == ("all parts are up", False)
    assert planned.get("routing[shop/zetas/whole]").required is False


def test_who_asks_is_said_by_the_entry(folder: Path) -> None:
    planned = made(folder)
    askers = {id: planned.get(id).tenant for id in ids(planned) if not id.startswith("isolation")}

    assert {askers[id] for id in askers if id.startswith(("domain", "health[gateway"))} == {""}
    assert askers["routing[shop/things/whole]"] == "acme"
    assert askers["routing[shop/zetas/whole]"] == "zeta"
    assert askers["routing[shop/planted/sentinel@zeta]"] == "zeta"


def test_an_isolation_check_carries_who_and_what(folder: Path) -> None:
    check = made(folder).get("isolation[shop/leads/read-by-id@zeta:acme]")

    assert (check.tenant, check.victim, check.proof, check.owner) == ("zeta", "acme", "read-by-id", "shop-team")
    assert check.title == "T2: zeta cannot read a record of acme by its id"
    assert check.resource is not None
    assert check.resource.id == "leads"
    assert made(folder).get("isolation[auth/tokens/preflight]").whoami is not None


def test_the_source_is_the_line_in_the_target(folder: Path) -> None:
    planned = made(folder)
    lines = (folder / "2-shop.yaml").read_text().splitlines()

    def text(id: str) -> str:
        path, _, line = planned.get(id).source.rpartition(":")
        assert path == "2-shop.yaml"
        return lines[int(line) - 1].strip()

    assert text("routing[shop/things/stored]") == "stored:"
    assert text("isolation[shop/leads/list@acme]") == "- id: leads"


def test_brands_know_each_other_and_a_claim_its_witness(folder: Path) -> None:
    planned = made(folder)

    brand = planned.get("domain[front/page/brand]")
    honest = planned.get("health[gateway/health/honest]")

    assert (brand.fingerprint, brand.foreign, brand.siblings) == (("Acme",), ("Zeta", "Games"), ("other",))
    assert [(service, entry.id) for service, entry in honest.witnesses] == [("shop", "things")]


def test_a_check_that_is_not_planned_is_not_given(folder: Path) -> None:
    with pytest.raises(KeyError):
        made(folder).get("routing[shop/things/nothing]")


# -- roots

GATE, KEYS, ROOT = "health[gateway/health/answers]", "routing[auth/keys/answers]", "routing[shop/things/answers]"
TOKENS = "isolation[auth/tokens/preflight]"
SEARCHES = ("isolation[shop/leads/search@acme:zeta]", "isolation[shop/leads/search@zeta:acme]")
OPEN = ("isolation[shop/leads/no-credential@zeta]", "isolation[shop/leads/no-credential@acme]")


@pytest.mark.parametrize(
    ("id", "roots"),
    [
        (GATE, ()),
        ("health[gateway/health/components]", (GATE,)),
        (KEYS, (GATE,)),
        (ROOT, (GATE, KEYS)),
        ("routing[shop/things/whole]", (GATE, KEYS, ROOT)),
        ("health[shop/own/whole]", (GATE, KEYS, ROOT)),
        (TOKENS, (GATE, KEYS)),
        ("routing[shop/planted/sentinel@acme]", (GATE, KEYS, ROOT, TOKENS)),
        ("isolation[shop/leads/list@acme]", (GATE, KEYS, ROOT, TOKENS, *OPEN[1:])),
        ("isolation[shop/leads/alg-none@zeta:acme]", (GATE, KEYS, ROOT, TOKENS, *OPEN)),
        ("isolation[shop/leads/override@acme:zeta]", (GATE, KEYS, ROOT, TOKENS, *OPEN[::-1], *SEARCHES)),
        ("isolation[shop/leads/no-credential@acme]", (GATE, KEYS, ROOT, TOKENS)),
    ],
)
def test_a_check_stands_on_all_that_its_service_needs_lowest_first(
    folder: Path, id: str, roots: tuple[str, ...]
) -> None:
    assert made(folder).get(id).roots == roots


@pytest.mark.parametrize(
    ("proof", "rungs"),
    [
        ("dns", []),
        ("tcp", ["dns"]),
        ("tls", ["dns", "tcp"]),
        ("https", ["dns"]),
        ("answers", ["dns", "tcp", "tls"]),
        ("brand", ["dns", "tcp", "tls", "answers"]),
        ("assets", ["dns", "tcp", "tls", "answers"]),
    ],
)
def test_a_domains_checks_stand_on_its_ladder(folder: Path, proof: str, rungs: list[str]) -> None:
    assert made(folder).get(f"domain[front/page/{proof}]").roots == tuple(
        f"domain[front/page/{rung}]" for rung in rungs
    )


def test_a_service_stands_on_another_where_all_of_its_checks_do(folder: Path) -> None:
    data = {"id": "data", "kind": "routing", "expect": EXPECT, "proofs": {"answers": {}}}
    mixed = {**FRONT, "service": "mixed", "checks": [*FRONT["checks"], data]}
    domains = {"front": "www.acme.invalid", "mixed": "www.mixed.invalid"}

    below = made(folder, *ALL, mixed, domains=domains).below

    assert (below["shop"], below["front"], below["mixed"]) == ("gateway", "front", "mixed")


def test_an_app_below_a_path_stands_on_the_lower_rungs_of_the_host(folder: Path) -> None:
    below = {**FRONT, "service": "below", "checks": [{"id": "page", "kind": "domain", "expect": {"status": 200},
             "proofs": {"answers": {"root": True}, "assets": {}}}]}  # fmt: skip
    domains = {"front": "www.acme.invalid", "below": "www.acme.invalid/shop"}

    planned = made(folder, FRONT, below, domains=domains)

    ladder = tuple(f"domain[front/page/{rung}]" for rung in ("dns", "tcp", "tls"))
    root = "domain[below/page/answers]"
    assert planned.get(root).roots == ladder
    assert planned.get("domain[below/page/assets]").roots == (*ladder, root)


def test_a_check_stands_on_what_its_target_names(folder: Path) -> None:
    resource = {**REST, "stands_on": ["things/whole"], "writes_stand_on": ["things/stored"]}
    leaning = {"id": "leaning", "kind": "routing", "proofs": {"whole": {"stands_on": ["things/stored"]}}}

    planned = made(folder, GATEWAY, AUTH, {**SHOP, "checks": [*SHOP["checks"], leaning], "resources": [resource]})

    named = ("routing[shop/things/whole]", "routing[shop/things/stored]")
    assert planned.get("routing[shop/leaning/whole]").roots == (GATE, KEYS, ROOT, named[1])
    reading = planned.get("isolation[shop/leads/list@acme]")
    writing = planned.get("isolation[shop/leads/update-by-id@acme:zeta]")
    assert reading.roots == (GATE, KEYS, ROOT, TOKENS, named[0], *OPEN[1:])
    assert writing.roots == (GATE, KEYS, ROOT, TOKENS, *named, *OPEN[::-1])


def test_a_root_that_is_not_planned_blocks_nothing(folder: Path) -> None:
    direct = changed(AUTH, request={"path": "/keys", "via": "direct"})

    planned = made(folder, GATEWAY, direct, SHOP)

    assert KEYS in labels(planned)
    assert planned.get(TOKENS).roots == (GATE,)


def test_every_root_is_planned_and_stands_behind_its_own(folder: Path) -> None:
    planned = made(folder, GATEWAY, AUTH, {**SHOP, "resources": [REST, {**REST, "id": "behind", "behind": "leads"}]})

    assert "isolation[shop/leads/search@acme:zeta]" in planned.get("isolation[shop/behind/existence@zeta:acme]").roots
    for check in planned.checks:
        assert check.id not in check.roots
        for number, root in enumerate(check.roots):
            assert set(planned.get(root).roots) <= set(check.roots[:number]), check.id


# -- what is left out


def test_each_probe_of_each_resource_is_planned_or_left_out_with_its_reason(folder: Path) -> None:
    planned = made(folder)
    told = labels(planned)
    asked = {check.name.partition("@")[0] for check in planned.checks if check.resource}

    for resource in ("leads", "orders"):
        names = {f"shop/{resource}/{probe}" for probe in PROBES}
        assert names == {name for name in names if name in asked} ^ {
            name for name in names if f"isolation[{name}]" in told
        }


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("orders/no-credential", "the resource is public by policy"),
        ("orders/update-by-id", "the target names no create and no delete and no update"),
        ("orders/delete-by-id", "the target names no create and no delete"),
        ("orders/create-into", "the target names no create and no delete"),
        ("by-id/read-by-id", BY_ID),
        ("by-id/existence", BY_ID),
        ("by-id/global-id", "the target names no way 'global_id' to it"),
        ("sessions", "no route lists them"),
        ("leads/count", "the target names no list.count"),
        ("orders/page-tampering", "the target names no page"),
        ("orders/cache", "its list is no GET"),
    ],
)
def test_what_a_resource_cannot_do_is_left_out(folder: Path, name: str, reason: str) -> None:
    assert labels(made(folder))[f"isolation[shop/{name}]"] == reason


def test_what_stands_before_a_service_is_not_looked_for_behind_it(folder: Path) -> None:
    direct = {**REST, "find": {**REST["find"], "request": {**REST["find"]["request"], "via": "direct"}}}
    told = labels(made(folder, GATEWAY, AUTH, {**SHOP, "resources": [direct]}))

    assert {name for name, reason in told.items() if "past what this probe looks at" in reason} == {
        f"isolation[shop/leads/{probe}]" for probe in ("host-header", "cache", "interleaved")
    }


def test_who_asks_whom(folder: Path) -> None:
    planned = ids(made(folder), "isolation[shop/leads/")

    def sides(probe: str) -> list[str]:
        return [id.partition("@")[2].rstrip("]") for id in planned if f"/{probe}@" in id]

    assert sides("no-credential") == sides("list") == ["acme", "zeta"]
    assert sides("read-by-id") == ["acme:zeta", "zeta:acme"]
    assert sides("interleaved") == ["acme:zeta"]


NO_KEYS = "no target says where the public keys are, so that a stale token cannot be told from a forged one"
WITH_KEYS = {**AUTH, "whoami": {**AUTH["whoami"], "keys": {"path": "/keys"}}}
STALE = [{**tenant, **({"stale": {"expired": "OLD"}} if tenant["id"] == "zeta" else {})} for tenant in TENANTS]


def test_only_tenants_with_a_stale_token_show_one(folder: Path) -> None:
    without = made(folder, GATEWAY, WITH_KEYS, SHOP)
    planned = made(folder, GATEWAY, WITH_KEYS, SHOP, tenants=STALE)

    assert labels(without)["isolation[shop/leads/stale-token]"] == (
        "the environment 'nowhere' names no stale token of a tenant"
    )
    assert ids(planned, "isolation[shop/leads/stale-token") == ["isolation[shop/leads/stale-token@zeta]"]
    check = planned.get("isolation[shop/leads/stale-token@zeta]")
    assert (check.issuer, check.whoami is not None) == ("auth", True)
    assert "isolation[shop/leads/edited-token@zeta:acme]" in check.roots


LOGOUT = {"request": {"method": "POST", "path": "/out"}, "asks": [{"path": "/me"}]}
WITH_LOGOUT = {**AUTH, "whoami": {**AUTH["whoami"], "logout": LOGOUT}}
LOGIN = {"path": "/login", "user": "ZETA_USER", "password": "ZETA_PASSWORD"}
TENANTS_OF_LOGIN = [TENANTS[0], {**{k: v for k, v in TENANTS[1].items() if k != "token"}, "login": LOGIN}]


def test_whoever_can_log_in_can_be_logged_out(folder: Path) -> None:
    planned = made(folder, GATEWAY, WITH_LOGOUT, SHOP, tenants=TENANTS_OF_LOGIN)

    assert ids(planned, "isolation[auth/tokens/logged-out") == ["isolation[auth/tokens/logged-out@zeta]"]
    assert labels(planned)["isolation[auth/tokens/logged-out@acme]"] == "acme has a token and no login"
    assert planned.get("isolation[auth/tokens/logged-out@zeta]").roots == (GATE, KEYS, TOKENS)
    asked = labels(made(folder, GATEWAY, WITH_LOGOUT, SHOP, tenants=TENANTS_OF_LOGIN, writes="never"))
    assert asked["isolation[auth/tokens/logged-out]"] == "it writes, and the environment allows no writes"


def test_what_the_environment_has_no_address_of_is_left_out(folder: Path) -> None:
    told = labels(made(folder, services={}, domains={"front": "www.acme.invalid"}))

    assert told["routing[shop/things/direct]"] == "the environment 'nowhere' gives no direct address of shop"
    assert told["health[shop/own/whole]"] == "the environment 'nowhere' gives no direct address of shop"
    assert told["domain[other/page/brand]"] == "the environment 'nowhere' names no domain for other"
    assert told["domain[front/page/distinct]"] == "there is no other domain to differ from"


def test_what_wants_a_key_is_left_out_where_the_environment_names_none(folder: Path) -> None:
    keyed = changed(SHOP, request={"path": "/t", "via": "direct"}, keyed=True)
    address = {"direct": "http://shop.invalid"}
    told = {
        name: labels(made(folder, GATEWAY, AUTH, keyed, services=services)).get("routing[shop/things/whole]")
        for name, services in {
            "no address": {},
            "no key": {"shop": address},
            "a key": {"shop": {**address, "header": {"name": "x-key", "value": "SHOP_KEY"}}},
        }.items()
    }

    assert told == {
        "no address": "the environment 'nowhere' gives no direct address of shop",
        "no key": "the environment 'nowhere' names no key of shop",
        "a key": None,
    }


def test_a_database_is_asked_where_the_environment_names_it_and_the_machine_has_it(folder: Path) -> None:
    checks = [
        {"id": "up", "kind": "health", "as": "anonymous", "request": {"redis": {"command": ["PING"]}},
         "expect": {"json": {"$": "PONG"}}, "proofs": {"answers": {"root": True}}},
        {"id": "access", "kind": "isolation", "as": "anonymous", "proofs": {"password": {}}},
    ]  # fmt: skip
    cache = {"service": "cache", "title": "Cache", "owner": "team", "checks": checks}
    both = ["health[cache/up/answers]", "isolation[cache/access/password]"]
    here = {"url": "CACHE_URL", "programs": ["sh"]}

    told = labels(made(folder, cache))
    assert [told[id] for id in both] == ["the environment 'nowhere' names no database of cache"] * 2
    told = labels(made(folder, cache, databases={"cache": {**here, "programs": ["sh", "no-such-server"]}}))
    assert [told[id] for id in both] == ["this machine does not have what its own cache needs: no-such-server"] * 2
    plan = made(folder, cache, databases={"cache": here})
    assert set(both) <= set(ids(plan))
    assert plan.get(both[1]).roots == (both[0],)


def test_a_page_is_shown_where_the_machine_has_a_browser(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {"id": "shown", "kind": "domain", "proofs": {"rendered": {}}}
    front, id = {**FRONT, "checks": [*FRONT["checks"], shown]}, "domain[front/shown/rendered]"

    monkeypatch.setattr("stagecheck.extras.browser", lambda: "")
    monkeypatch.setattr("stagecheck.extras.lacking", lambda module, extra: f"needs {module}")
    assert labels(made(folder, front))[id] == "this machine does not have what shows a page: chromium"
    monkeypatch.setattr("stagecheck.extras.browser", lambda: "/usr/bin/chromium")
    with pytest.raises(BadInput, match=r"front.yaml:\d+: checks\[\d\].proofs.rendered: needs playwright"):
        made(folder, front)
    monkeypatch.setattr("stagecheck.extras.lacking", lambda module, extra: "")
    assert id in ids(made(folder, front))
    told = "the environment 'nowhere' has a proxy or a client certificate, and no browser has"
    assert labels(made(folder, front, proxy="http://proxy.invalid:3128"))[id] == told


def test_production_plans_nothing_that_writes_and_tells_it(folder: Path) -> None:
    posted = {"id": "posted", "kind": "routing", "request": {"method": "POST", "path": "/x"}, "proofs": {"whole": {}}}
    kept = {
        "id": "kept",
        "kind": "routing",
        "proofs": {"kept": {"request": {"method": "PUT", "path": "/x"}, "status": [405]}},
    }
    document = "mutation M { m }"
    varied = {
        "id": "varied",
        "kind": "routing",
        "proofs": {
            "varies": {"at": "$.x", "requests": [{"path": "/x"}, {"path": "/y", "graphql": {"document": document}}]}
        },
    }
    asked = {
        "id": "asked",
        "kind": "routing",
        "request": {"path": "/q", "graphql": {"document": "{q}"}},
        "proofs": {"whole": {}},
    }
    shop = {**SHOP, "checks": [*SHOP["checks"], posted, kept, varied, asked]}

    planned = made(folder, GATEWAY, AUTH, shop, production=True, writes="never")

    writing = {id for id, why in labels(planned).items() if why == "it writes, and the environment allows no writes"}
    assert writing == {
        "routing[shop/things/stored]",
        "routing[shop/posted/whole]",
        "routing[shop/kept/kept]",
        "routing[shop/varied/varies]",
        "isolation[shop/leads/update-by-id]",
        "isolation[shop/leads/delete-by-id]",
        "isolation[shop/leads/create-into]",
        "isolation[shop/leads/method-override]",
    }
    assert not any(label.partition("]")[0] in id for label in writing for id in ids(planned))
    assert "routing[shop/asked/whole]" in ids(planned)
    assert not labels(made(folder, GATEWAY, AUTH, shop)).keys() & writing


PRIVILEGED = {**AUTH, "privileged": [{"id": "users", "request": {"path": "/users"}}]}


def test_a_privileged_route_is_tried_where_an_administrator_can_be_let_in(folder: Path) -> None:
    planned = made(folder, GATEWAY, PRIVILEGED, SHOP, administrator="ROOT_TOKEN")

    assert ids(planned, "isolation[auth/users") == [
        "isolation[auth/users/privileged@acme]",
        "isolation[auth/users/privileged@zeta]",
    ]
    assert planned.get("isolation[auth/users/privileged@acme]").roots == (GATE, KEYS, TOKENS)
    told = labels(made(folder, GATEWAY, PRIVILEGED, SHOP))
    assert "names no administrator's token" in told["isolation[auth/users/privileged]"]


ADMINISTERED = {**AUTH, "administered": [{"id": "users", "request": {"path": "/tenants/{whose}/users"}}]}


def test_who_administers_a_tenant_is_tried_on_each_other_that_has_one(folder: Path) -> None:
    both = [{**tenant, "administrator": f"{tenant['id'].upper()}_ADMIN"} for tenant in TENANTS]
    planned = made(folder, GATEWAY, ADMINISTERED, SHOP, tenants=both)

    assert ids(planned, "isolation[auth/users") == [
        "isolation[auth/users/administered@acme:zeta]",
        "isolation[auth/users/administered@zeta:acme]",
    ]
    assert planned.get("isolation[auth/users/administered@acme:zeta]").roots == (GATE, KEYS, TOKENS)
    told = labels(made(folder, GATEWAY, ADMINISTERED, SHOP, tenants=[both[0], TENANTS[1]]))
    assert "names no two tenants' own administrators" in told["isolation[auth/users/administered]"]


def test_a_way_that_is_asked_directly_needs_an_address(folder: Path) -> None:
    way = {"id": "download", "request": {"path": "/files/{id}", "via": "direct"}}
    shop = {**SHOP, "resources": [{**REST, "ways": {"file": [way]}}]}

    assert len(ids(made(folder, GATEWAY, AUTH, shop), "isolation[shop/leads/file@")) == 2
    told = labels(made(folder, GATEWAY, AUTH, shop, services={}))
    assert told["isolation[shop/leads/file]"] == "the environment 'nowhere' gives no direct address of shop"


# -- pairs


def many(count: int) -> list[dict[str, Any]]:
    """So many tenants, as they stand in an environment."""
    names = [f"t{number}" for number in range(count)]
    return [
        {
            "id": name,
            "host": f"{name}.invalid",
            "sentinel": f"sentinel-{name}-6f0d2c81b7e94a53",
            "token": f"{name}_TOKEN".upper(),
        }
        for name in names
    ]


def test_up_to_six_tenants_each_attacks_each_other(folder: Path) -> None:
    planned = made(folder, tenants=many(6))

    assert len(ids(planned, "isolation[shop/leads/read-by-id@")) == 30
    assert len(ids(planned, "isolation[shop/leads/interleaved@")) == 15
    assert not [label for label in labels(planned) if "pairs" in label]


def test_above_six_each_attacks_the_next_of_a_ring_and_the_plan_tells_what_is_left_out(folder: Path) -> None:
    planned = made(folder, tenants=many(10))

    def ring(probe: str) -> dict[str, str]:
        pairs = (id.partition("@")[2].rstrip("]").split(":") for id in ids(planned, f"isolation[shop/leads/{probe}@"))
        return dict(pairs)

    reads = ring("read-by-id")
    around = ["t0"]
    while len(around) < 10:
        around.append(reads[around[-1]])
    assert (sorted(around), reads[around[-1]]) == (sorted(reads), "t0")
    assert ring("search") != reads
    assert labels(planned)["isolation[shop/leads/read-by-id], 80 of 90 pairs"] == (
        "each of 10 tenants attacks the next of a ring"
    )
    assert labels(planned)["isolation[shop/leads/interleaved], 35 of 45 pairs"]
    assert len(ids(planned, "isolation[shop/leads/list@")) == 10


def test_the_ring_is_the_same_for_every_run_and_grows_with_the_tenants_alone(folder: Path) -> None:
    ten, fifty = made(folder, tenants=many(10)), made(folder, tenants=many(50))

    assert made(folder, tenants=many(10)).digest == ten.digest
    checks = [len(ids(planned, "isolation[shop/leads/")) for planned in (ten, fifty)]
    assert checks[1] == 5 * checks[0]


def test_in_a_ring_a_check_stands_on_what_its_attacker_tried_on_whomever(folder: Path) -> None:
    planned = made(folder, tenants=many(10))
    (check,) = (one for one in planned.checks if one.name.startswith("shop/leads/tenant-header@t3:"))

    below = [root.partition("@")[0] for root in check.roots if "@t3:" in root]
    assert below == ["isolation[shop/leads/read-by-id", "isolation[shop/leads/search"]


def test_three_tenants_are_six_pairs_and_one_is_none(folder: Path) -> None:
    tenants = [tenant.model_dump(exclude_none=True) for tenant in environment().tenants]
    third = {"id": "third", "host": "c.invalid", "sentinel": "sentinel-third-a1b2c3d4e5f6", "token": "THIRD_TOKEN"}

    assert len(ids(made(folder, tenants=[*tenants, third]), "isolation[shop/leads/search@")) == 6
    assert ids(made(folder, tenants=tenants[:1]), "isolation[shop/leads/search@") == []


def test_lists_are_read_once_by_each_tenant_and_by_nobody_where_there_is_no_other(folder: Path) -> None:
    tenants = [tenant.model_dump(exclude_none=True) for tenant in environment().tenants]

    assert len(ids(made(folder, tenants=tenants), "isolation[shop/leads/list@")) == 2
    assert ids(made(folder, tenants=tenants[:1]), "isolation[shop/leads/list@") == []


# -- the digest


def test_the_digest_is_stable(folder: Path) -> None:
    digest = made(folder).digest

    assert digest == made(folder).digest == made(folder, *reversed(ALL)).digest
    assert len(digest) == 16
    assert int(digest, 16) >= 0


@pytest.mark.parametrize(
    "shop",
    [
        changed(SHOP, expect={"status": 201}),
        changed(SHOP, request={"path": "/elsewhere"}),
        changed(SHOP, required=False),
        changed(SHOP, id="renamed"),
        {**SHOP, "resources": [{**REST, "owner_field": "org"}, SHOP["resources"][1]]},
        {**SHOP, "checks": SHOP["checks"][:-1]},
    ],
)
def test_the_digest_changes_with_what_is_asked(folder: Path, shop: dict[str, Any]) -> None:
    assert made(folder, GATEWAY, AUTH, shop, FRONT, OTHER).digest != made(folder).digest


def test_the_digest_does_not_change_with_what_is_only_told(folder: Path) -> None:
    assert (
        made(folder, GATEWAY, AUTH, {**SHOP, "owner": "others", "title": "x"}, FRONT, OTHER).digest
        == made(folder).digest
    )


def test_a_check_and_a_plan_are_frozen(folder: Path) -> None:
    planned = made(folder)

    with pytest.raises(AttributeError):
        planned.checks[0].id = "x"  # type: ignore[misc]
    assert isinstance(planned.checks[0], Check)


def test_what_asks_with_a_token_stands_first_on_what_the_issuer_stands_on() -> None:
    folder = Path(__file__).parents[1] / "targets"
    loaded = targets.load(folder)
    made = plan.make(loaded, environments.read("local", folder, {}, loaded))

    for id in ("routing[brain-gateway/limiter/limited]", "health[brain-gateway/health/honest]"):
        assert made.get(id).roots[:2] == ("health[brain-gateway/health/answers]", "routing[auth-service/keys/answers]")


# -- workflows


def flow(*steps: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The shop with one workflow of those steps."""
    asked = [{"id": f"step-{number}", "expect": EXPECT, **step} for number, step in enumerate(steps)]
    return {**SHOP, "workflows": [{"id": "buy", "title": "a user buys", "steps": asked, **keys}]}


PAGE: dict[str, Any] = {"service": "front", "request": {"path": "/", "via": "domain"}, "as": "anonymous"}
READ: dict[str, Any] = {"request": {"path": "/t"}}
WRITE: dict[str, Any] = {"request": {"path": "/t", "method": "POST"}}
LOGIN: dict[str, Any] = {"request": {"path": "/in", "method": "POST", "body": {"p": "{password}"}}, "as": "anonymous"}


def test_a_workflow_is_one_check_that_stands_on_all_that_it_passes(folder: Path) -> None:
    check = made(folder, GATEWAY, AUTH, flow(PAGE, READ, stands_on=["things/stored"]), FRONT).get("workflow[shop/buy]")

    assert (check.kind, check.name, check.title, check.tenant) == ("workflow", "shop/buy", "a user buys", "acme")
    assert (check.owner, check.runbook, check.personal) == ("shop-team", "https://runbooks.invalid/shop", ("email",))
    assert check.roots == (
        "health[gateway/health/answers]",
        "routing[auth/keys/answers]",
        "domain[front/page/dns]",
        "domain[front/page/tcp]",
        "domain[front/page/tls]",
        "domain[front/page/answers]",
        "routing[shop/things/answers]",
        "routing[shop/things/stored]",
    )


def test_a_workflow_of_nobody_needs_no_token(folder: Path) -> None:
    check = made(folder, GATEWAY, AUTH, flow(PAGE, {**PAGE, "id": "again"}, **{"as": "anonymous"}), FRONT).get(
        "workflow[shop/buy]"
    )

    assert check.tenant == ""
    assert check.roots == tuple(f"domain[front/page/{rung}]" for rung in ("dns", "tcp", "tls", "answers"))


def test_what_is_asked_as_another_tenant_stands_on_the_tokens_being_different(folder: Path) -> None:
    check = made(folder, GATEWAY, AUTH, flow(READ, {**READ, "as": "other"})).get("workflow[shop/buy]")

    assert check.roots[-1] == "isolation[auth/tokens/preflight]"


def test_a_workflow_may_be_everybodys(folder: Path) -> None:
    planned = made(folder, GATEWAY, AUTH, flow(READ, READ, **{"as": "each"}))

    assert ids(planned, "workflow") == ["workflow[shop/buy@acme]", "workflow[shop/buy@zeta]"]


@pytest.mark.parametrize(
    ("steps", "changes", "reason"),
    [
        ((WRITE, READ), {"writes": "never"}, "it writes, and the environment allows no writes"),
        (
            (READ, {"request": {"path": "/t", "via": "direct"}}),
            {"services": {}},
            "the environment 'nowhere' gives no direct address of shop",
        ),
        ((PAGE, READ), {"domains": {}}, "the environment 'nowhere' names no domain for front"),
        (
            (READ, {**READ, "as": "other"}),
            {"tenants": environment().model_dump(mode="json", exclude_none=True)["tenants"][:1]},
            "the environment 'nowhere' has no other tenant",
        ),
        ((LOGIN, READ), {}, "the environment 'nowhere' has no login of acme"),
    ],
)
def test_a_workflow_that_is_not_possible_here_is_left_out_and_told(
    folder: Path, steps: tuple[dict[str, Any], ...], changes: dict[str, Any], reason: str
) -> None:
    zetas = {**SHOP, "checks": [one for one in SHOP["checks"] if one.get("as") != "zeta"]}
    planned = made(folder, GATEWAY, AUTH, {**flow(*steps), "checks": zetas["checks"]}, FRONT, **changes)

    assert labels(planned)["workflow[shop/buy]"] == reason
    assert ids(planned, "workflow") == []


@pytest.mark.parametrize(
    ("writes", "reason"),
    [
        ("allowed", None),
        ("removable", "a paid order stays, and the environment allows only writes that can be removed"),
        ("never", "it writes, and the environment allows no writes"),
    ],
)
def test_what_a_workflow_leaves_for_good_is_only_made_where_all_writes_are_allowed(
    folder: Path, writes: str, reason: str | None
) -> None:
    planned = made(folder, GATEWAY, AUTH, flow(WRITE, READ, stays="a paid order"), writes=writes)

    assert labels(planned).get("workflow[shop/buy]") == reason
    assert ids(planned, "workflow") == ([] if reason else ["workflow[shop/buy]"])


def test_another_step_makes_another_plan(folder: Path) -> None:
    first = made(folder, GATEWAY, AUTH, flow(READ, READ)).digest

    assert made(folder, GATEWAY, AUTH, flow(READ, {"request": {"path": "/u"}})).digest != first
