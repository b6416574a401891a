"""The page is a production build."""

from __future__ import annotations

from stagecheck.exchange import Answers
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


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"{check.service} is a production build"
    found = is_html(check, setting, answers, must_hold)
    if found:
        return found
    traces = [trace for trace in TRACES if trace in answers["page"].text]
    if not traces:
        return None
    cause = f"a development server runs as {check.service}: the build failed, or the container starts `npm run dev`"
    return failed(Reason.DEV_BUILD, must_hold, f"the page holds {traces[0]!r}", cause, "page")


PROCEDURE = Procedure(page, holds)
