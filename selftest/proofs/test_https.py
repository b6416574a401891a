"""The proof `https`: plain HTTP leads to HTTPS on the same host, without a loop."""

from __future__ import annotations

import pytest

from selftest.told import Said, fails, html, page_check, passes, silent, steps
from stagecheck.exchange import Hop, Trouble
from stagecheck.outcome import Reason

CHECK = page_check("https")
HTTP, HTTPS = "http://www.acme.invalid/", "https://www.acme.invalid/"


CAUSES = {
    Reason.NO_HTTPS: "the edge does not lead www.acme.invalid from HTTP to HTTPS",
    Reason.CONNECT: "nothing accepts connections at www.acme.invalid",
    Reason.REDIRECT_ELSEWHERE: "front redirects to a host that is not its own",
    Reason.REDIRECT_LOOP: "front redirects in a circle",
}


def hop(location: str, url: str = HTTP, status: int = 301) -> Hop:
    return Hop(url, status, location)


def test_asks_plain_http_as_nobody_and_follows() -> None:
    step = steps(CHECK)["plain"]

    assert (step.base, step.request.path, str(step.identity), step.follow) == (HTTP[:-1], "/", "anonymous", True)


@pytest.mark.parametrize(
    "answer",
    [
        html("", hops=(hop(HTTPS),)),
        html("", hops=(hop(HTTPS, status=308), hop("/en", HTTPS, 302))),
        Said(None, trouble=Trouble(Reason.TLS_EXPIRED, "expired"), hops=(hop(HTTPS),)),
    ],
)
def test_passes_when_the_first_answer_leads_to_https(answer: Said) -> None:
    assert passes(CHECK, {"plain": answer})


@pytest.mark.parametrize(
    ("answer", "reason", "seen"),
    [
        (html("page"), Reason.NO_HTTPS, "plain HTTP answers 200 itself"),
        (html("", 404), Reason.NO_HTTPS, "plain HTTP answers 404 itself"),
        (silent(), Reason.CONNECT, "connection refused"),
        (
            html("", hops=(hop("http://www.acme.invalid/home"),)),
            Reason.NO_HTTPS,
            "301 leads to http://www.acme.invalid/home",
        ),
        (html("", hops=(hop("/home"),)), Reason.NO_HTTPS, "301 leads to /home"),
        (
            html("", hops=(hop("https://www.zeta.invalid/"),)),
            Reason.REDIRECT_ELSEWHERE,
            "301 leads to https://www.zeta.invalid/",
        ),
        (
            html("", hops=(hop(HTTPS), hop("https://login.invalid/", HTTPS, 302))),
            Reason.REDIRECT_ELSEWHERE,
            "301 leads to https://login.invalid/",
        ),
        (
            Said(301, trouble=Trouble(Reason.REDIRECT_LOOP, "10 redirects"), hops=(hop(HTTPS), hop(HTTP, HTTPS))),
            Reason.REDIRECT_LOOP,
            "10 redirects",
        ),
    ],
)
def test_anything_else_fails(answer: Said, reason: Reason, seen: str) -> None:
    found = fails(CHECK, {"plain": answer})

    assert (found.reason, found.seen, found.step) == (reason, seen, "plain")
    assert CAUSES[reason] in found.cause
    assert found.must_hold == f"{HTTP} leads to {HTTPS}"
