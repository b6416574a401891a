"""The page is a production build."""

from __future__ import annotations

import re

from stagecheck.exchange import Answers, Exchange
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.page import is_html, page
from stagecheck.setting import Setting

# What `next dev` and its kin leave in a page; a production build has none of them.
TRACES = (
    "/_next/static/development/",
    "/_next/static/chunks/webpack-hmr",
    "webpack-hmr",
    "react-refresh",
    "/@vite/client",
    '"buildId":"development"',
)
# How a page asks search engines to stay away (Google's robots meta tag specification), and tells visitors to.
_ROBOTS = re.compile(r"<meta\b[^>]*\bname=[\"']?(?:robots|googlebot)\b[^>]*>", re.IGNORECASE)
_KEEPS_OUT = re.compile(r"\b(?:noindex|none)\b", re.IGNORECASE)
_BANNER = re.compile(r"\b(?:this is (?:a|the) staging\b|staging (?:environment|site|server|system)\b)", re.IGNORECASE)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"{check.service} is a production build"
    found = is_html(check, setting, answers, must_hold)
    if found:
        return found
    traces = [trace for trace in TRACES if trace in answers["page"].text]
    if not traces:
        return _for_the_public(check, answers["page"]) if setting.environment.production else None
    cause = f"a development server runs as {check.service}: the build failed, or the container starts `npm run dev`"
    return failed(Reason.DEV_BUILD, must_hold, f"the page holds {traces[0]!r}", cause, "page")


def _for_the_public(check: Check, page: Exchange) -> Finding | None:
    """What is right on a staging and wrong on production."""
    robots = page.line("x-robots-tag")
    kept_out = [tag for tag in _ROBOTS.findall(page.text) if _KEEPS_OUT.search(tag)]
    banner = _BANNER.search(page.text)
    if _KEEPS_OUT.search(robots):
        seen = f"the header X-Robots-Tag says {robots!r}"
    elif kept_out:
        seen = f"the page holds {kept_out[0]!r}"
    elif banner:
        seen = f"the page says {banner.group(0)!r}"
    else:
        return None
    must_hold = f"{check.service} is for the public"
    cause = f"{check.service} was built or configured for staging: search engines or customers are sent away"
    return failed(Reason.NOT_PUBLIC, must_hold, seen, cause, "page")


PROCEDURE = Procedure(page, holds)
