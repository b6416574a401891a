"""The browser probe: the system's real browser against real servers on loopback, good ones and hostile ones."""

from __future__ import annotations

import shutil
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from selftest.speaker import Asked, Speaker, reply, reset, speaking, wired
from stagecheck import extras
from stagecheck.exchange import Exchange
from stagecheck.model import Request, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES
from stagecheck.probes.wire import Wire

pytestmark = pytest.mark.skipif(not extras.browser(), reason="needs a browser: apt-get install chromium")

HEAD = '<!DOCTYPE html><html><head><link rel="icon" href="data:,"><title>Acme</title></head><body>'
MAIN = "<main><h1>Acme</h1></main>"
GREETS = 'document.body.append(Object.assign(document.createElement("p"), {id: "greeting", textContent: "Hello"}))'
WRITES = """
fetch("/seen", {method: "POST", body: "1"}).catch(() => {});
navigator.sendBeacon("/beacon", "1");
fetch("https://www.stranger.test/x").catch(() => {});
new Image().src = "http://127.0.0.1:9/x.png";
new WebSocket("wss://www.acme.test/live");
"""
PAGES = {
    "/good": f"{MAIN}<script>{GREETS}</script><img src='https://www.zeta.test/pixel.svg'>",
    "/broken": f"{MAIN}<script>console.error('no  price'); shop.open()</script><script src='/gone.js'></script>",
    "/writes": f"{MAIN}<script>{WRITES}</script>",
    "/hidden": "<main style='opacity: 0'>Acme</main>",
    "/aside": "<main style='position: absolute; left: -9999px'>Acme</main>",
    "/empty": "<main style='height: 9px'></main>",
    "/shell": "<div>Acme</div>",
    "/endless": f"{MAIN}<script>addEventListener('load', () => setTimeout(() => {{ while (true); }}))</script>",
    "/stuck": f"{MAIN}<img src='/stuck.png'>",
    "/flaky": f"{MAIN}<script src='/flaky.js'></script>",
    "/led": f"{MAIN}<img src='/out.png'>",
    "/nobody": f"{MAIN}<script>fetch('/me')</script><img src='/me'>",
    "/limited": f"{MAIN}<script src='/limited.js'></script>",
    "/away": MAIN,
}
_met: set[str] = set()  # what was asked before
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


@dataclass
class Shown:
    """A browser and the server that it asks."""

    wire: Wire
    server: Speaker

    def __call__(self, path: str, timeout: float = 20.0) -> Exchange:
        """What it makes of that page."""
        self.server.asked.clear()
        return PROBES["browser"](step(path, timeout), self.wire)


def step(path: str, timeout: float = 20.0) -> Step:
    return Step(
        "page", Request(path=path, via="domain"), base="https://www.acme.test", timeout=timeout, probe="browser"
    )


def say(asked: Asked, connection: Any) -> bytes | None:
    if asked.target in PAGES:
        return reply(200, (HEAD + PAGES[asked.target]).encode(), content_type="text/html; charset=utf-8")
    if asked.target == "/pixel.svg":
        return reply(200, SVG, content_type="image/svg+xml")
    if asked.target == "/elsewhere":
        return reply(302, location="https://www.zeta.test/away")
    if asked.target in ("/out", "/out.png"):
        return reply(302, location="https://www.stranger.test/x")
    if asked.target == "/me":
        return reply(401)
    if asked.target == "/stuck.png":
        time.sleep(3)
        return None
    if asked.target == "/flaky.js":
        if asked.target in _met:
            return reply(200, b"", content_type="text/javascript")
        _met.add(asked.target)
        return reset(connection)
    return reply(429 if asked.target == "/limited.js" else 404)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    authority, path = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return authority, path


def context(authority: trustme.CA) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("www.acme.test", "www.zeta.test").configure_cert(made)
    return made


@pytest.fixture(scope="module")
def show(authority: tuple[trustme.CA, Path]) -> Iterator[Shown]:
    with speaking(say, context(authority[0])) as server:
        there = {f"{host}:443": server.address for host in ("www.acme.test", "www.zeta.test")}
        with wired(connect=there, ca_file=str(authority[1])) as wire:
            yield Shown(wire, server)


def test_a_page_as_its_scripts_left_it(show: Shown) -> None:
    exchange = show("/good")

    assert (exchange.status, exchange.trouble, exchange.media_type) == (200, None, "text/html")
    assert '<p id="greeting">Hello</p>' in exchange.text
    assert exchange.facts == {
        "landmark": "visible",
        "hosts": ["www.acme.test", "www.zeta.test"],
        "failed": [],
        "said": [],
        "held_back": [],
        "limited": False,
    }
    assert exchange.picture.startswith(b"\x89PNG")
    assert len(exchange.attempts) == 1
    assert {asked.header("host") for asked in show.server.asked} == {"www.acme.test", "www.zeta.test"}


def test_what_fails_and_what_scripts_say_of_it(show: Shown) -> None:
    facts = show("/broken").facts

    assert facts["failed"] == ["GET https://www.acme.test/gone.js: 404"]
    assert facts["said"] == ["console: no price", "uncaught: shop is not defined"]


def test_nothing_that_writes_or_goes_elsewhere_is_sent(show: Shown) -> None:
    exchange = show("/writes")

    assert sorted(exchange.facts["held_back"]) == [
        "GET http://127.0.0.1:9/x.png: the environment names no such domain",
        "GET https://www.stranger.test/x: the environment names no such domain",
        "POST https://www.acme.test/beacon: it writes",
        "POST https://www.acme.test/seen: it writes",
        "WebSocket wss://www.acme.test/live: what it would say cannot be seen",
    ]
    assert (exchange.facts["failed"], exchange.facts["said"]) == ([], [])
    assert [(asked.method, asked.target) for asked in show.server.asked] == [("GET", "/writes")]


@pytest.mark.parametrize(
    ("path", "landmark"), [("/hidden", "hidden"), ("/aside", "hidden"), ("/empty", "empty"), ("/shell", "absent")]
)
def test_a_landmark_that_nobody_sees(show: Shown, path: str, landmark: str) -> None:
    assert show(path).facts["landmark"] == landmark


def test_a_redirect_to_another_brand(show: Shown) -> None:
    trouble = show("/elsewhere").trouble

    assert trouble is not None
    assert (trouble.reason, trouble.detail) == (Reason.REDIRECT_ELSEWHERE, "the page leads to www.zeta.test")


def test_a_redirect_out_of_the_environment_is_not_followed(show: Shown) -> None:
    facts, trouble = show("/led").facts, show("/out").trouble

    assert facts["failed"] == []
    assert facts["held_back"] == ["GET https://www.stranger.test/x: the environment names no such domain"]
    assert trouble is not None
    assert (trouble.reason, trouble.detail) == (Reason.REDIRECT_ELSEWHERE, "the page leads to www.stranger.test")


def test_a_script_may_be_told_that_its_visitor_is_nobody(show: Shown) -> None:
    (failed,) = show("/nobody").facts["failed"]  # the picture's

    assert failed == "GET https://www.acme.test/me: 401"


def test_a_connection_that_breaks_is_tried_again(show: Shown) -> None:
    _met.clear()
    exchange = show("/flaky")

    assert (exchange.facts["failed"], exchange.trouble) == ([], None)
    # The browser itself may have asked again, over a new connection.
    assert len(exchange.attempts) in (1, 2)


def test_a_limiter_is_told(show: Shown) -> None:
    assert show("/limited").facts["limited"] is True


def test_a_part_that_never_comes_ends_at_the_deadline(show: Shown) -> None:
    exchange = show("/stuck", timeout=1.5)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TIMEOUT
    assert exchange.trouble.detail == "https://www.acme.test/stuck.png: no whole answer within 1.5 s"


def test_a_script_without_an_end_is_left_alone(show: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stagecheck.probes.browser._DRAW", 1.0)
    exchange = show("/endless", timeout=4)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.CRASHED
    assert show("/good").facts["landmark"] == "visible"


def test_only_keys_that_the_ca_file_vouches_for_are_trusted(authority: tuple[trustme.CA, Path]) -> None:
    with speaking(say, context(trustme.CA())) as server:
        there = {"www.acme.test:443": server.address}
        with wired(connect=there, domains={"front": "www.acme.test"}, ca_file=str(authority[1])) as wire:
            trouble = PROBES["browser"](step("/good"), wire).trouble

    assert trouble is not None
    assert trouble.reason is Reason.TLS_UNTRUSTED
    assert server.asked == []


def test_a_browser_that_is_gone_is_no_fault_of_the_page(authority: tuple[trustme.CA, Path]) -> None:
    with speaking(say, context(authority[0])) as server:
        there = {"www.acme.test:443": server.address}
        with wired(connect=there, domains={"front": "www.acme.test"}, ca_file=str(authority[1])) as wire:
            pages = wire.browser()
            PROBES["browser"](step("/good"), wire)
            pages._do(pages._starting.result().close())  # type: ignore[union-attr]
            trouble = PROBES["browser"](step("/good"), wire).trouble

    assert trouble is not None
    assert trouble.reason is Reason.CRASHED


def test_a_browser_that_does_not_start_is_no_fault_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stagecheck.extras.browser", lambda: shutil.which("false"))
    with wired(domains={"front": "www.acme.test"}) as wire:
        trouble = PROBES["browser"](step("/good"), wire).trouble

    assert trouble is not None
    assert trouble.reason is Reason.CRASHED
    assert trouble.detail.startswith("there is no browser: ")
