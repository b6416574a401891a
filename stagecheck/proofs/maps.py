"""The source maps of the page's scripts are not served."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Request, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.page import assets, is_html, joined, local, page
from stagecheck.setting import Setting

# How a script names its map (ECMA-426, 3.2); without that, `.map` beside the script is where bundlers put it.
_NAMED = re.compile(r"//[#@] ?sourceMappingURL=(\S+)\s*$")


def more(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """The assets of the page, and once they were heard the map of each script."""
    return assets(check, setting, answers) or _maps(check, setting, answers)


def _maps(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    if any(name.startswith("map-") for name in answers.exchanges):
        return ()
    host = setting.environment.host(check.service)
    urls = (joined(exchange.url, _map_of(exchange)) for exchange in _scripts(answers))
    paths = dict.fromkeys(local(url) for url in urls if urlsplit(url).netloc.lower() == host)
    return tuple(
        setting.step(check, f"map-{number:02}", Request(path=path), tenant="", base=f"https://{host}")
        for number, path in enumerate(paths, 1)
    )


def _scripts(answers: Answers) -> list[Exchange]:
    assets = (exchange for name, exchange in answers.exchanges.items() if name.startswith("asset-"))
    return [exchange for exchange in assets if exchange.status == 200 and "javascript" in exchange.media_type]


def _map_of(script: Exchange) -> str:
    named = _NAMED.search(script.text)
    return named[1] if named and not named[1].startswith("data:") else f"{urlsplit(script.url).path}.map"


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = "a script of the page is served, so that its map could be, too"
    found = is_html(check, setting, answers, what)
    if found or _scripts(answers):
        return found
    cause = f"the page of {check.service} has no script that is served: nothing is proven"
    return inconclusive(Reason.CONTROL_FAILED, what, "no script of the page answered 200 as one", cause, "page")


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"the source maps of {check.service} are not served"
    for name, exchange in answers.exchanges.items():
        if name.startswith("map-") and _is_map(exchange):
            cause = f"{check.service} was built with source maps for the public: anybody reads the source"
            return failed(Reason.PUBLISHED, must_hold, f"{exchange.url} is a source map", cause, name)
    return None


def _is_map(exchange: Exchange) -> bool:
    return exchange.status == 200 and isinstance(exchange.json, dict) and "mappings" in exchange.json


PROCEDURE = Procedure(page, holds, controls, follow=more)
