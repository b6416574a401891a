"""Neither page nor script names an internal host, localhost or a container."""

from __future__ import annotations

import re

from stagecheck.exchange import Answers
from stagecheck.model import Internal
from stagecheck.outcome import Finding, Reason, failed
from stagecheck.plan import Check
from stagecheck.procedure import Procedure
from stagecheck.proofs.page import assets, is_html, page
from stagecheck.setting import Setting

# A browser cannot reach these: loopback, private addresses (RFC 1918) and names without a dot, which only a container
# network resolves. A name counts with a port or a path only: bare ones are stand-ins that libraries bring along
# ('http://n' in Next.js' resolve-href, 'http://localhost' in axios' platform/common/utils).
UNREACHABLE = re.compile(
    r"(?:https?|wss?)://(?:"
    r"(?:127(?:\.\d+){3}|0\.0\.0\.0|10(?:\.\d+){3}|192\.168(?:\.\d+){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2})"
    r"(?![\w.-])(?::\d+)?"
    r"|[a-z0-9-]+(?::\d+|/\w))",
    re.IGNORECASE,
)


def holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    assert isinstance(check.word, Internal)
    must_hold = "page and scripts name only hosts that a browser can reach"
    found = is_html(check, setting, answers, must_hold)
    if found:
        return found
    patterns = [UNREACHABLE, *(re.compile(name) for name in check.word.names)]
    for name, exchange in answers.exchanges.items():
        for pattern in patterns:
            match = pattern.search(exchange.text)
            if match:
                cause = f"{check.service} was built with an internal address in it: its calls fail in a browser"
                return failed(Reason.INTERNAL_NAME, must_hold, f"{exchange.url} holds {match.group(0)!r}", cause, name)
    return None


PROCEDURE = Procedure(page, holds, follow=assets)
