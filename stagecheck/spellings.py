"""How a value may stand in a text: as it is, escaped for URLs, JSON, HTML or a shell, or inside an encoding."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, quote_plus

SHORTEST_ENCODED = 6  # a shorter one is found in ordinary text, too


def written(value: str) -> frozenset[str]:
    """The value as it is and in its escaped forms."""
    escaped = json.dumps(value)[1:-1]
    forms = {
        value,
        repr(value)[1:-1],
        value.replace("'", "'\"'\"'"),  # as shlex.quote writes it
        escaped,
        escaped.replace("/", r"\/"),
        json.dumps(value, ensure_ascii=False)[1:-1],
        *(_hidden_from_html(escaped, case) for case in (str.lower, str.upper)),
        html.escape(value),
        html.escape(value, quote=False),
        html.escape(value).replace("&#x27;", "&#39;").replace("&quot;", "&#34;"),
    }
    for url in {quote(value), quote(value, safe=""), quote_plus(value)}:
        forms |= {url, re.sub(r"%..", lambda found: found[0].lower(), url)}
    return frozenset(forms)


def encoded(value: str) -> frozenset[str]:
    """The value in hex, and in base64 and base64url wherever it starts in a longer text, as in a JWT.

    Its neighbours' share of the edges is left off.
    """
    return frozenset(form for form in _encoded(value) if len(form) >= SHORTEST_ENCODED)


def _hidden_from_html(escaped: str, case: Callable[[str], str]) -> str:
    """JSON as Go and Django write it into pages: `<`, `>`, `&` and `'` as \\u003c and so on."""
    return re.sub(r"[<>&']", lambda found: "\\u" + case(f"{ord(found[0]):04x}"), escaped)


def _encoded(value: str) -> Iterator[str]:
    raw = value.encode()
    yield raw.hex()
    for before in range(3):
        for alphabet in (base64.b64encode, base64.urlsafe_b64encode):
            whole = alphabet(b"\0" * before + raw).decode().rstrip("=")
            first = -(-before * 8 // 6)
            last = (before + len(raw)) * 8 // 6
            yield from (whole[first:last], quote(whole[first:last], safe=""))
            if before == 0:
                yield whole
