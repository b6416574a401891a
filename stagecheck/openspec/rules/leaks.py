"""Credentials in the text: told by their place and kind, never by their value."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec.finding import Case, Found, Rule

_SHAPES = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----"),
    "an access key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of GitHub": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{20,}\b"),
    "a JSON Web Token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
    "an API key": re.compile(r"\b[sr]k[-_](?:live|proj|ant)[-_][A-Za-z0-9]{12,}"),
    "a token of Vault": re.compile(r"\bhv[sb]\.[A-Za-z0-9]{12,}"),
}
_IN_URL = re.compile(r"\b[a-z][\w+.-]*://[^\s/:@'\"`]*:([^\s/@'\"`]+)@")
_ASSIGNED = re.compile(
    r"\b\w*(?:password|passwd|_pwd|secret_key|secret|token|api_key|requirepass)[\"']?\s*[:=]\s*[\"']?([^\s\"',#}`]{6,})",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"\b(?:requirepass|PASSWORD) [\"']([^\"']{6,})[\"']")
# What stands for a credential and is none.
_WORDS = (
    r"(?:redacted|password|passwd|pass|pwd|secret|secure|token|key|api|user|username|your|my|the|here|change|me|changeme"
    r"|example|dummy|placeholder|test|access|refresh|root|str|none|null|true|false|x+|uuid|string|jwt|client|vault)"
)
_PLACEHOLDER = re.compile(
    rf"(?i)(?:{_WORDS}[-_. ]?)+[\W\d]?"  # words that only say what stands there
    r"|\$[{(\w].*|<.*|\{.*|%.*|.*(?:\.\.\.|\*\*\*).*"  # a variable, a gap
    r"|vault:.*|/\S*|[\w.]+[(\[].*|[a-z_]+(?:\.[a-z_]+)+"  # another place, a piece of code
)


def in_text(case: Case) -> Iterator[Found]:
    """No credential stands in a specification; one beside an example's address is an example."""
    for page in case.tree.pages:
        for number, line in enumerate(page.lines, 1):
            kind = next((name for name, shape in _SHAPES.items() if shape.search(line)), "")
            if not kind and not _is_example(page.lines, number):
                values = [match[1] for one in (_IN_URL, _ASSIGNED, _QUOTED) for match in one.finditer(line)]
                real = [value for value in values if not _PLACEHOLDER.fullmatch(value)]
                kind = "a password or token" if real else ""
            if kind:
                yield Found(page.place_of(number), f"{kind} stands in the text; its value is not shown here")


RULES = (Rule("credential-in-text", "a credential stands in the text", in_text, rows=("F99",)),)


def _is_example(lines: tuple[str, ...], number: int) -> bool:
    return any("example." in line for line in lines[max(number - 3, 0) : number + 2])
