"""T10, T11, T12, T21: whatever header or query names another tenant, the token alone says who asks."""

from __future__ import annotations

import pytest

from selftest.told import (
    ACME,
    REST,
    ZETA,
    Said,
    fails,
    html,
    identities,
    isolation,
    passes,
    said,
    silent,
    steps,
    unproven,
    writers,
)
from stagecheck.exchange import Trouble
from stagecheck.isolation.spoofed import HEADERS, KEYS
from stagecheck.outcome import Reason
from stagecheck.plan import Check

HEADER, ODD, OVERRIDE = isolation("tenant-header"), isolation("odd-header"), isolation("override")
CREDENTIAL = isolation("second-credential")
IDS = {"victim_id": "8", "own_id": "7"}
FOUND, THEIRS, NOTHING = said({"results": [{"id": 7}]}), said({"results": [{"id": 8}]}), said({"results": []})
DENIED = said({}, 404)
UNCLEAR = [
    said({}, 500),
    said({}, 302),
    silent(),
    html("<form>login"),
    said({"results": []}, trouble=Trouble(Reason.TRUNCATED, "cut")),
]

LEGS = {
    "find-victim": THEIRS,
    "find-own": FOUND,
    "owner-can": said({"name": ZETA}),
    "path-alive": said({"name": ACME}),
    "random-id": DENIED,
}
ODDITIES = ["absent", "empty", "two", "two, reversed", "joined", "lower case", "upper value"]
ODD_STEPS = [*ODDITIES, *(f"anonymous {name}" for name in (*ODDITIES, *HEADERS))]
OVERRIDES = [name for key in KEYS for name in (key, f"{key} twice")]


def header(**more: Said) -> dict[str, Said]:
    told = dict(LEGS)
    for name in HEADERS:
        told |= {f"own {name}": FOUND, f"search {name}": NOTHING, f"read {name}": DENIED}
    return {**told, **more}


def odd(**more: Said) -> dict[str, Said]:
    return {"find-victim": THEIRS, "find-own": FOUND, **dict.fromkeys(ODD_STEPS, NOTHING), **more}


def override(**more: Said) -> dict[str, Said]:
    own = {f"own {key}": FOUND for key in KEYS}
    return {"find-victim": THEIRS, **own, **dict.fromkeys(OVERRIDES, NOTHING), **more}


# How what named the other tenant is called in the cause.
NAMED = {
    **{f"search {name}": f"the header {name}" for name in HEADERS},
    "empty": "an empty X-Tenant-ID header",
    "two": "the second of two X-Tenant-ID headers",
    "two, reversed": "the first of two X-Tenant-ID headers",
    "joined": "the second name in one X-Tenant-ID header",
    "lower case": "a header x-tenant-id in small letters",
    "upper value": "a tenant's name in capitals in the X-Tenant-ID header",
    **{name: f"the header {name}" for name in HEADERS},
    **{name: f"the query key '{key}'" for key in KEYS for name in (key, f"{key} twice")},
}
CASES = [
    *(pytest.param(HEADER, header(), f"search {name}", id=f"header {name}") for name in HEADERS),
    *(pytest.param(ODD, odd(), name, id=f"odd {name}") for name in ODD_STEPS),
    *(pytest.param(OVERRIDE, override(), name, id=f"override {name}") for name in OVERRIDES),
]


def test_each_header_names_the_own_tenant_and_then_the_other() -> None:
    asked = steps(HEADER)

    assert set(identities(HEADER).values()) == {"acme", "zeta"}
    assert [name for name, who in identities(HEADER).items() if who == "zeta"] == ["find-victim", "owner-can"]
    for name in HEADERS:
        assert (asked[f"own {name}"].extra_headers, dict(asked[f"own {name}"].fill)["sentinel"]) == (
            ((name, "acme"),),
            ACME,
        )
        assert (asked[f"search {name}"].extra_headers, dict(asked[f"search {name}"].fill)["sentinel"]) == (
            ((name, "zeta"),),
            ZETA,
        )
        assert (asked[f"read {name}"].extra_headers, dict(asked[f"read {name}"].fill)["id"]) == (
            ((name, "zeta"),),
            "{victim_id}",
        )


def test_each_odd_header_is_sent_with_the_token_and_without() -> None:
    asked = steps(ODD)

    assert identities(ODD) == {
        "find-victim": "zeta",
        "find-own": "acme",
        **dict.fromkeys(ODDITIES, "acme"),
        **dict.fromkeys((f"anonymous {name}" for name in (*ODDITIES, *HEADERS)), "anonymous"),
    }
    assert {name: asked[name].extra_headers for name in ODDITIES} == {
        "absent": (),
        "empty": (("X-Tenant-ID", ""),),
        "two": (("X-Tenant-ID", "acme"), ("X-Tenant-ID", "zeta")),
        "two, reversed": (("X-Tenant-ID", "zeta"), ("X-Tenant-ID", "acme")),
        "joined": (("X-Tenant-ID", "acme, zeta"),),
        "lower case": (("x-tenant-id", "zeta"),),
        "upper value": (("X-Tenant-ID", "ZETA"),),
    }
    assert all(asked[name].extra_headers == asked[f"anonymous {name}"].extra_headers for name in ODDITIES)
    assert all(asked[f"anonymous {name}"].extra_headers == ((name, "zeta"),) for name in HEADERS)
    assert all(step.bare == name.startswith("anonymous ") for name, step in asked.items())
    assert {dict(asked[name].fill)["sentinel"] for name in ODD_STEPS} == {ZETA}
    assert asked["find-victim"].shared is False, "what was heard before may be of another moment"


def test_each_key_names_the_own_tenant_and_then_the_other_once_and_last() -> None:
    asked = steps(OVERRIDE)

    assert [name for name, who in identities(OVERRIDE).items() if who == "zeta"] == ["find-victim"]
    for key in KEYS:
        assert asked[f"own {key}"].extra_query == ((key, "acme"),)
        assert asked[key].extra_query == ((key, "zeta"),)
        assert asked[f"{key} twice"].extra_query == ((key, "acme"), (key, "zeta"))
    assert {dict(asked[name].fill)["sentinel"] for name in OVERRIDES} == {ZETA}
    assert asked["find-victim"].shared is False, "what was heard before may be of another moment"


def test_a_key_of_the_targets_own_may_name_the_tenants_host() -> None:
    asked = steps(isolation("override", {**REST, "overrides": {"site": "{host}"}}))

    assert asked["own site"].extra_query == (("site", "www.acme.invalid"),)
    assert asked["site"].extra_query == (("site", "www.zeta.invalid"),)


@pytest.mark.parametrize("check", [HEADER, ODD, OVERRIDE], ids=lambda check: check.proof)
def test_no_step_writes(check: Check) -> None:
    assert writers(check) == []


@pytest.mark.parametrize(("check", "told"), [(HEADER, header()), (ODD, odd()), (OVERRIDE, override())])
def test_what_is_ignored_passes(check: Check, told: dict[str, Said]) -> None:
    assert passes(check, told, captured=IDS)


@pytest.mark.parametrize(("check", "told", "step"), CASES)
@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_is_refused_passes(check: Check, told: dict[str, Said], step: str, status: int) -> None:
    assert passes(check, {**told, step: said({}, status)}, captured=IDS)


@pytest.mark.parametrize(("check", "told", "step"), CASES)
def test_the_victims_record_is_a_leak(check: Check, told: dict[str, Said], step: str) -> None:
    found = fails(check, {**told, step: said({"results": [{"id": 1}, {"id": 8}]})}, captured=IDS)

    assert (found.reason, found.step, found.seen) == (Reason.LEAK, step, f"'{step}' was answered with a record of zeta")
    nobody_named_it = step.endswith("absent")
    if nobody_named_it:
        who = "a caller without a credential" if step.startswith("anonymous") else "acme without a tenant header"
        assert found.cause.startswith(f"{who} is taken for zeta, by brain-gateway or shop")
    else:
        over = "without a token" if step.startswith("anonymous") else "over the token"
        trusted = f"{NAMED[step.removeprefix('anonymous ')]} is trusted {over}, by brain-gateway or shop"
        assert found.cause == f"{trusted}: any caller can choose its tenant"


@pytest.mark.parametrize(("check", "told", "step"), CASES)
@pytest.mark.parametrize("answer", UNCLEAR)
def test_an_accident_is_no_denial(check: Check, told: dict[str, Said], step: str, answer: Said) -> None:
    found = unproven(check, {**told, step: answer}, captured=IDS)

    assert found.step == step
    assert found.seen.endswith("which is no denial")


@pytest.mark.parametrize(("check", "told", "step"), CASES)
def test_a_search_that_finds_what_it_was_not_asked_for_proves_nothing(
    check: Check, told: dict[str, Said], step: str
) -> None:
    assert unproven(check, {**told, step: FOUND}, captured=IDS).step == step


@pytest.mark.parametrize("name", HEADERS)
def test_the_record_read_with_a_header_is_a_leak(name: str) -> None:
    for answer in (said({"name": "any"}), said({"name": ZETA}, 403)):
        found = fails(HEADER, header(**{f"read {name}": answer}), captured=IDS)

        assert (found.reason, found.step) == (Reason.LEAK, f"read {name}")
        assert f"the header {name} is trusted" in found.cause


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_reading_with_a_header_that_is_refused_passes(status: int) -> None:
    hides = isolation("tenant-header", {**REST, "denied": {"status": [404]}})

    assert passes(HEADER, header(**{"read X-Tenant": said({}, status)}), captured=IDS)
    assert passes(hides, header(**{"read X-Tenant": said({}, status)}), captured=IDS)


@pytest.mark.parametrize("answer", [said({}, 401), said({}, 500), silent(), html("<form>")])
def test_an_accident_denies_no_reading_with_a_header(answer: Said) -> None:
    assert unproven(HEADER, header(**{"read X-Tenant": answer}), captured=IDS).step == "read X-Tenant"


@pytest.mark.parametrize(
    ("check", "told", "step"),
    [
        *((HEADER, header(), f"own {name}") for name in HEADERS),
        (HEADER, header(), "path-alive"),
        (ODD, odd(), "find-victim"),
        (ODD, odd(), "find-own"),
        (OVERRIDE, override(), "find-victim"),
        *((OVERRIDE, override(), f"own {key}") for key in KEYS),
    ],
)
@pytest.mark.parametrize("answer", [NOTHING, said({}, 500)])
def test_nothing_is_proven_when_a_control_fails(check: Check, told: dict[str, Said], step: str, answer: Said) -> None:
    found = unproven(check, {**told, step: answer}, captured=IDS)

    legs = "zeta can read its record, acme can read its own, and an id that nobody has is denied"
    must_hold = {
        "tenant-header": "the same header with acme's own name is answered with its own records",
        "odd-header": "both tenants find their own sentinel",
        "override": "the same query with acme's own name is answered, and zeta finds its sentinel",
    }
    assert (found.step, found.must_hold) == (step, legs if step == "path-alive" else must_hold[check.proof])


def test_a_service_may_refuse_a_key_that_it_does_not_know() -> None:
    refused = {name: said({}, 400) for key in KEYS for name in (f"own {key}", key, f"{key} twice")}

    assert passes(OVERRIDE, override(**refused), captured=IDS)


# -- T21

SECOND = ["a cookie", "another header"]


def second(**more: Said) -> dict[str, Said]:
    return {"find-victim": THEIRS, "find-own": FOUND, **dict.fromkeys(SECOND, NOTHING), **more}


def test_a_token_of_the_victim_comes_beside_ones_own() -> None:
    asked = steps(CREDENTIAL)

    assert identities(CREDENTIAL) == {"find-victim": "zeta", "find-own": "acme", **dict.fromkeys(SECOND, "acme")}
    assert all("{token:zeta}" in value for name in SECOND for _, value in asked[name].extra_headers)
    assert [dict(asked[name].fill)["sentinel"] for name in SECOND] == [ZETA, ZETA]
    cookies = "; ".join(f"{name}={{token:zeta}}" for name in ("access_token", "token", "session", "__session"))
    assert asked["a cookie"].extra_headers == (("Cookie", cookies),)
    assert [name for name, _ in asked["another header"].extra_headers] == [
        "X-API-Key",
        "X-Access-Token",
        "X-Auth-Token",
        "x-clerk-auth-token",
    ]
    assert writers(CREDENTIAL) == []


def test_the_bearer_alone_counting_passes() -> None:
    assert passes(CREDENTIAL, second(), captured=IDS)
    assert passes(CREDENTIAL, second(**{"a cookie": said({}, 400)}), captured=IDS)


@pytest.mark.parametrize("name", SECOND)
def test_a_second_credential_that_wins_fails(name: str) -> None:
    found = fails(CREDENTIAL, second(**{name: THEIRS}), captured=IDS)

    assert (found.reason, found.step) == (Reason.LEAK, name)
    assert f"a token in {name}" in found.cause


@pytest.mark.parametrize("name", SECOND)
@pytest.mark.parametrize("answer", UNCLEAR)
def test_an_accident_beside_a_second_credential_proves_nothing(name: str, answer: Said) -> None:
    assert unproven(CREDENTIAL, second(**{name: answer}), captured=IDS).step == name
