"""The proof `maps`: no source map of a script of the page is served."""

from __future__ import annotations

from dataclasses import replace

import pytest

from selftest.told import Said, fails, hear, html, page_check, passes, said, setting, unproven
from stagecheck.exchange import Answers
from stagecheck.outcome import Reason
from stagecheck.proofs.maps import more

HOST = "https://www.acme.invalid"
CHECK = page_check("maps")
PAGE = html('<script src="/js/a.js"></script><link rel="stylesheet" href="/b.css">')
MAP = said({"version": 3, "sources": ["a.tsx"], "mappings": "AAAA"}, url=f"{HOST}/js/a.js.map")
GONE = html("<h1>404</h1>", 404)
WHAT = "a script of the page is served, so that its map could be, too"


def script(text: str = "run()") -> Said:
    return said(text.encode(), type="text/javascript", url=f"{HOST}/js/a.js")


def heard(map: Said = GONE, first: Said | None = None) -> dict[str, Said]:
    style = said(b"p{}", type="text/css", url=f"{HOST}/b.css")
    return {"page": PAGE, "asset-01": first or script(), "asset-02": style, "map-01": map}


@pytest.mark.parametrize("answer", [GONE, html("<h1>Home</h1>"), said({"mappings": "A"}, 403), said(["mappings"])])
def test_passes_where_no_map_is(answer: Said) -> None:
    assert passes(CHECK, heard(answer))


def test_a_map_beside_its_script_fails() -> None:
    found = fails(CHECK, heard(MAP))

    assert (found.reason, found.step) == (Reason.PUBLISHED, "map-01")
    assert found.seen == f"{HOST}/js/a.js.map is a source map"


@pytest.mark.parametrize("named", ["//# sourceMappingURL=../maps/a.map", "//@ sourceMappingURL=/maps/a.map\n"])
def test_a_map_is_looked_for_where_its_script_names_it(named: str) -> None:

    told = heard(first=script(f"run()\n{named}"))
    answers = hear(CHECK, told)
    before = {name: exchange for name, exchange in answers.exchanges.items() if not name.startswith("map-")}

    (step,) = more(CHECK, setting(), Answers(before))
    assert (step.request.path, step.request.via, step.base) == ("/maps/a.map", "domain", HOST)


def test_braces_in_the_name_of_a_map_are_no_placeholder_of_ours() -> None:
    first = script("run()\n//# sourceMappingURL={id}.map?v=1")

    assert hear(CHECK, heard(first=first)).exchanges["map-01"].step.request.path == "/js/%7Bid%7D.map?v=1"


def test_the_maps_of_an_app_below_a_path_are_looked_for_beside_its_scripts() -> None:
    told = heard(MAP, replace(script(), url=f"{HOST}/shop/js/a.js"))
    below = setting(domains={"front": "www.acme.invalid/shop"})

    step = hear(CHECK, told, where=below).exchanges["map-01"].step
    assert step.base + step.request.path == f"{HOST}/shop/js/a.js.map"
    assert fails(CHECK, told, where=below).reason is Reason.PUBLISHED


def test_a_map_is_asked_for_as_nobody() -> None:
    exchanges = hear(CHECK, heard()).exchanges

    assert str(exchanges["map-01"].step.identity) == "anonymous"
    assert exchanges["map-01"].step.request.path == "/js/a.js.map"


def test_a_map_within_its_script_or_on_another_host_is_not_asked_for() -> None:
    elsewhere = {"page": PAGE, "asset-01": script("run()\n//# sourceMappingURL=https://cdn.invalid/a.map"),
                 "asset-02": said(b"p{}", type="text/css")}  # fmt: skip

    assert passes(CHECK, elsewhere)
    assert passes(CHECK, heard(first=script("run()\n//# sourceMappingURL=data:application/json;base64,e30=")))


@pytest.mark.parametrize("first", [html("", 404), said(b"", 503, "text/javascript")])
def test_without_a_script_nothing_is_proven(first: Said) -> None:
    told = {name: answer for name, answer in heard(first=first).items() if name != "map-01"}

    found = unproven(CHECK, told)
    assert (found.step, found.seen) == ("page", "no script of the page answered 200 as one")
    assert found.must_hold == WHAT


def test_without_the_page_its_own_reason_is_told() -> None:
    found = fails(CHECK, {"page": html("", 503)})

    assert (found.reason, found.step, found.must_hold) == (Reason.UPSTREAM_DOWN, "page", WHAT)
