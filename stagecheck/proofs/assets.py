"""Each script and style sheet of the page is 200, of the right type, and not HTML."""

from __future__ import annotations

from urllib.parse import urlsplit

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Assets
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.page import assets, is_html, named_assets, page
from stagecheck.setting import Setting

# RFC 9239 makes text/javascript the one type of scripts; the older names are still served widely.
TYPES = {
    ".css": frozenset({"text/css"}),
    ".js": frozenset({"text/javascript", "application/javascript", "application/x-javascript"}),
}


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Assets)
    must_hold = "each script and style sheet of the page is there, and is what it says"
    found = is_html(check, setting, answers, must_hold)
    if found:
        return found
    fetched = {name: exchange for name, exchange in answers.exchanges.items() if name.startswith("asset-")}
    own = setting.environment.at_domain(check.service, "") + "/"
    strange = [name for name, exchange in fetched.items() if not urlsplit(exchange.url).path.startswith(own)]
    if strange:
        seen = f"{len(strange)} of {len(fetched)} assets are not below {own}: {fetched[strange[0]].url}"
        cause = (
            f"{check.service} does not know the path that it is served at: another app of this host is asked for them"
        )
        return failed(Reason.ASSET, must_hold, seen, cause, strange[0])
    if len(fetched) < check.word.at_least:
        seen = f"the page names {len(named_assets(answers['page']))} of its own, at least {check.word.at_least} are due"
        return failed(Reason.ASSET, must_hold, seen, f"{check.service} serves a page that was not built", "page")
    wrong = {name: said for name, exchange in fetched.items() if (said := _wrong(exchange))}
    if not wrong:
        return None
    name, said = next(iter(wrong.items()))
    seen = f"{len(wrong)} of {len(fetched)} assets: {fetched[name].url} {said}"
    cause = f"the static files of {check.service} are not where its page looks for them: the page is unstyled or dead"
    return failed(Reason.ASSET, must_hold, seen, cause, name)


def _wrong(exchange: Exchange) -> str:
    if exchange.trouble:
        return exchange.trouble.detail
    if exchange.status != 200:
        return f"is {exchange.status}"
    path = exchange.url.partition("?")[0]
    wanted = next((types for suffix, types in TYPES.items() if path.endswith(suffix)), None)
    if exchange.media_type == "text/html" or (wanted and exchange.media_type not in wanted):
        return f"is {exchange.media_type or 'of no type'}"
    return "" if exchange.body else "is empty"


PROCEDURE = Procedure(page, holds, follow=assets)
