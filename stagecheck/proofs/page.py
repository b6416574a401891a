"""What the proofs of a public page share: the request for it, and the assets that it names."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from stagecheck.exchange import Answers, Exchange
from stagecheck.model import Expect, Step
from stagecheck.outcome import Finding
from stagecheck.plan import Check
from stagecheck.procedure import meets
from stagecheck.setting import Setting

MOST_ASSETS = 40
HTML = Expect(status=200, type="text/html")


def page(check: Check, setting: Setting) -> tuple[Step, ...]:
    """The one step that asks for the page of the check's domain."""
    assert check.entry is not None
    return (setting.step(check, "page", check.entry.request, tenant="", follow=True, shared=True),)


def assets(check: Check, setting: Setting, answers: Answers) -> tuple[Step, ...]:
    """Steps for the scripts and style sheets of the page that are on its own host, once the page was heard."""
    exchange = answers["page"]
    if any(name.startswith("asset-") for name in answers.exchanges) or exchange.status != 200:
        return ()
    host = setting.environment.host(check.service)
    own = [path for path in named_assets(exchange) if urlsplit(path).netloc.lower() == host]
    assert check.entry is not None
    request = check.entry.request
    return tuple(
        setting.step(
            check,
            f"asset-{number:02}",
            request.model_copy(update={"path": local(path), "query": {}}),
            tenant="",
            base=f"https://{host}",
            shared=True,
        )
        for number, path in enumerate(own[:MOST_ASSETS], 1)
    )


def is_html(check: Check, setting: Setting, answers: Answers, must_hold: str) -> Finding | None:
    """A finding when the page did not come as 200 and HTML."""
    return meets(check, setting, answers["page"], HTML, must_hold)


def named_assets(exchange: Exchange) -> list[str]:
    """The URLs of scripts and style sheets in a page, absolute, each once, in the page's order."""
    parser = _Assets()
    parser.feed(exchange.text)
    return list(dict.fromkeys(filter(None, (joined(exchange.url, url) for url in parser.urls))))


def joined(base: str, url: str) -> str:
    """Where a reference in what came from `base` leads; empty where it is no URL, and a browser asks for nothing."""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def local(url: str) -> str:
    """The path and the query of a URL, as a step asks for them."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    # Braces here are a template that was not rendered, and no placeholder of ours.
    return path.replace("{", "%7B").replace("}", "%7D")


class _Assets(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        url = named.get("src") if tag == "script" else named.get("href") if _is_stylesheet(tag, named) else None
        if url:
            self.urls.append(url)


def _is_stylesheet(tag: str, attrs: dict[str, str | None]) -> bool:
    return tag == "link" and "stylesheet" in (attrs.get("rel") or "").lower().split()
