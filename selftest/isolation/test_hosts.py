"""T13, T14, T40: a Host chooses a site at most, and never whose data a token gets."""

from __future__ import annotations

from typing import Any

import pytest

from selftest.told import (
    ACME,
    ZETA,
    Said,
    fails,
    identities,
    isolation,
    passes,
    said,
    setting,
    silent,
    steps,
    unproven,
    writers,
)
from stagecheck.isolation.hosts import LINE, PLACES
from stagecheck.outcome import Reason

HEADER, UNKNOWN, SITE = (isolation(name) for name in ("host-header", "unknown-host", "site-by-host"))

FOUND, NOTHING, THEIRS = (said({"results": results}) for results in ([{"id": 7}], [], [{"id": 8}]))
CAPTURED = {"captured": {"victim_id": "8"}}


def headers(check: Any) -> dict[str, list[tuple[str, str]]]:
    return {name: list(step.extra_headers) for name, step in steps(check).items()}


# -- T13


def heard(**more: Said) -> dict[str, Said]:
    told: dict[str, Said] = {"find-victim": THEIRS}
    for name in PLACES:
        told |= {f"own {name}": FOUND, name: NOTHING, f"nowhere {name}": FOUND}
    return {**told, **more}


def test_names_each_host_in_each_header_with_its_own_token() -> None:
    asked = headers(HEADER)

    assert asked["own X-Forwarded-Host"] == [("X-Forwarded-Host", "www.acme.invalid")]
    assert asked["Host"] == [("Host", "www.zeta.invalid")]
    assert steps(HEADER)["find-victim"].shared is False, "what was heard before may be of another moment"
    assert asked["Forwarded"] == [("Forwarded", "host=www.zeta.invalid;proto=https")]
    assert asked["nowhere Host"][0][1].startswith("nosuch-")
    line = {name: step.line_host for name, step in steps(HEADER).items() if step.line_host}
    assert line.pop(f"nowhere {LINE}").startswith("nosuch-")
    assert line == {f"own {LINE}": "www.acme.invalid", LINE: "www.zeta.invalid"}
    assert identities(HEADER) == {**dict.fromkeys(steps(HEADER), "acme"), "find-victim": "zeta"}
    assert writers(HEADER) == []


@pytest.mark.parametrize("answer", [NOTHING, *(said({}, status) for status in (400, 401, 403, 404, 421))])
def test_passes_when_a_foreign_host_finds_nothing_or_is_refused(answer: Said) -> None:
    assert passes(HEADER, heard(Host=answer), **CAPTURED)


def test_a_service_that_serves_no_tenants_host_can_take_none_for_another() -> None:
    refused = said({}, 421)

    assert passes(HEADER, heard(**{"own Host": refused, "Host": refused, "nowhere Host": refused}), **CAPTURED)


@pytest.mark.parametrize("name", PLACES)
def test_a_record_of_the_victim_is_a_leak(name: str) -> None:
    found = fails(HEADER, heard(**{name: THEIRS}), **CAPTURED)

    assert (found.reason, found.step) == (Reason.LEAK, name)
    assert found.cause.startswith(f"the host in {name} is trusted over the token")


def test_a_host_that_is_not_served_does_not_end_the_look_at_the_others() -> None:
    told = heard(**{PLACES[0]: said({}, 421), PLACES[-1]: THEIRS})

    assert fails(HEADER, told, **CAPTURED).step == PLACES[-1]


def test_nothing_is_proven_where_the_victim_does_not_find_its_own() -> None:
    found = unproven(HEADER, heard(**{"find-victim": NOTHING}))

    assert (found.step, found.must_hold) == (
        "find-victim",
        "acme is answered under its own host, and zeta finds its sentinel",
    )


@pytest.mark.parametrize("place", ["body", "header Link"])
def test_a_made_up_host_in_a_link_is_told_with_its_place(place: str) -> None:
    nowhere = headers(HEADER)["nowhere X-Host"][0][1]
    link = f"http://{nowhere}/leads?page=2"
    answer = said({"next": link}) if place == "body" else said({}, headers=(("Link", link),))

    found = fails(HEADER, heard(**{"nowhere X-Host": answer}), **CAPTURED)

    assert (found.reason, found.step) == (Reason.WRONG_CONTENT, "nowhere X-Host")
    assert f"is in the {place} of the answer" in found.seen
    assert found.must_hold == "no link is made of a host that the client made up"


def test_an_error_that_repeats_the_host_makes_no_link_of_it() -> None:
    nowhere = headers(HEADER)["nowhere X-Host"][0][1]

    for status in (400, 404):
        refused = said({"detail": f"no route for {nowhere}"}, status)
        assert passes(HEADER, heard(**{"nowhere X-Host": refused}), **CAPTURED)


@pytest.mark.parametrize("answer", [said({}, 500), silent()])
def test_an_accident_is_no_denial(answer: Said) -> None:
    assert unproven(HEADER, heard(Forwarded=answer), **CAPTURED).step == "Forwarded"
    assert unproven(HEADER, heard(**{"own Host": answer}), **CAPTURED).step == "own Host"


# -- T14


def test_an_unknown_host_is_asked_by_nobody_at_the_service_itself() -> None:
    asked = steps(UNKNOWN)

    assert set(identities(UNKNOWN).values()) == {"anonymous"}
    assert {step.base for step in asked.values()} == {"http://shop.invalid:8000"}
    assert headers(UNKNOWN)["own-host"] == [("Host", "www.acme.invalid")]
    assert headers(UNKNOWN)["unknown-host"] == [("Host", f"{setting().nonsense(UNKNOWN)}.invalid")]


@pytest.mark.parametrize("status", [400, 403, 404, 421])
def test_an_unknown_host_is_refused(status: int) -> None:
    assert passes(UNKNOWN, {"own-host": FOUND, "unknown-host": said({}, status)})


@pytest.mark.parametrize(("answer", "whose"), [(FOUND, "the site of acme"), (NOTHING, "some site")])
def test_an_unknown_host_that_is_served_is_open_data(answer: Said, whose: str) -> None:
    found = fails(UNKNOWN, {"own-host": FOUND, "unknown-host": answer})

    assert (found.reason, found.seen) == (Reason.OPEN_DATA, f"an unknown host is answered 200 with {whose}")
    assert found.must_hold == "a host that is nobody's is not served"


def test_nothing_is_proven_of_unknown_hosts_when_the_known_one_is_not_served() -> None:
    assert unproven(UNKNOWN, {"own-host": said({}, 404), "unknown-host": said({}, 404)}).step == "own-host"
    assert unproven(UNKNOWN, {"own-host": FOUND, "unknown-host": said({}, 502)}).step == "unknown-host"


# -- T40


def test_each_host_is_asked_for_its_own_and_one_for_the_others() -> None:
    asked = {name: (dict(step.fill)["sentinel"], step.extra_headers[0][1]) for name, step in steps(SITE).items()}

    assert asked["own"] == (ACME, "www.acme.invalid")
    assert asked["attack"] == (ZETA, "www.acme.invalid")
    assert asked["victim"] == (ZETA, "www.zeta.invalid")


def test_each_host_shows_its_own_site() -> None:
    assert passes(SITE, {"own": FOUND, "victim": THEIRS, "attack": NOTHING})


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"own": FOUND, "victim": THEIRS, "attack": THEIRS}, Reason.LEAK),
        ({"own": NOTHING, "victim": THEIRS, "attack": NOTHING}, Reason.WRONG_CONTENT),
        ({"own": FOUND, "victim": NOTHING, "attack": NOTHING}, Reason.WRONG_CONTENT),
    ],
)
def test_another_site_under_a_host_is_told(answers: dict[str, Said], reason: Reason) -> None:
    assert fails(SITE, answers).reason is reason


def test_nothing_is_proven_of_sites_that_do_not_answer() -> None:
    assert unproven(SITE, {"own": FOUND, "victim": said({}, 503), "attack": NOTHING}).step == "victim"
