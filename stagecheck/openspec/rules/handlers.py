"""Route handlers in the text: a failure told as success, and one route that is written in two ways."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stagecheck.openspec.facts import Call
from stagecheck.openspec.finding import Case, Found, Rule

# Bounded, as all patterns over whole blocks are: a page of a hostile size must not keep the reader for hours.
_FAILED = re.compile(r"\bif\s{0,9}\([^){]{0,200}!\s{0,9}\w{1,99}\.ok\b[^{]{0,200}\{")
_SUCCESS = re.compile(r"\bsuccess:\s*true\b|\bstatus:\s*200\b")


def success_on_failure(case: Case) -> Iterator[Found]:
    """What is answered when the service behind failed is no success."""
    for page in case.tree.pages:
        for block in page.blocks:
            for failed in _FAILED.finditer(block.text):
                body = _body(block.text, failed.end())
                success = _SUCCESS.search(body)
                if success:
                    sentence = f"when the service behind fails, the answer is '{success[0]}'"
                    yield Found(block.at(failed.start()), sentence)


def calls_differ(case: Case) -> Iterator[Found]:
    """A handler that is shown twice asks the same."""
    shown: dict[tuple[str, str], dict[str, list[Call]]] = {}
    for call in case.tree.calls:
        if call.caller and call.handler:
            shown.setdefault((call.caller, call.handler), {}).setdefault(call.place.file, []).append(call)
    for (caller, handler), files in shown.items():
        (first, *others) = files.values()
        for other in others:
            if {one.path for one in first} != {one.path for one in other}:
                asked = " and ".join(sorted({one.path for one in other}))
                there = " and ".join(sorted({one.path for one in first}))
                sentence = f"{handler} of {caller} asks {asked} here, and {there} elsewhere"
                yield Found(other[0].place, sentence, (first[0].place,))


RULES = (
    Rule("failure-told-as-success", "a failure is answered as a success", success_on_failure, rows=("F82", "F83")),
    Rule("handler-calls-differ", "one route is written in two ways", calls_differ),
)


def _body(text: str, start: int) -> str:
    """The code from an opening brace to its closing one."""
    depth = 1
    for index in range(start, min(len(text), start + 2000)):
        depth += (text[index] == "{") - (text[index] == "}")
        if depth == 0:
            return text[start:index]
    return text[start : start + 2000]
