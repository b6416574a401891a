"""The one door on the way out: secrets become the names of their variables, in every form they take on the way."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from stagecheck.finder import Finder
from stagecheck.spellings import encoded, written

# Shorter values can't be told from ordinary text: replacing each "ab" would make reports unreadable and hide nothing.
SHORTEST = 4
# Unions of types would be built anew for each value, of which an answer has thousands.
_NUMBERS, _BYTES, _MANY = (int, float), (bytes, bytearray), (list, tuple, set, frozenset)
# Texts of so many characters at most are remembered, and so many of them.
SHORT, MOST_KNOWN = 80, 10_000

# Where text is wrapped inside a value: a line end, as itself, escaped in JSON, or after a shell's backslash.
_BREAK = r"(?:\\[rn]|\\?\r?\n[ \t]*)"
_BREAKS = re.compile(_BREAK + "+")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]*){0,3}")
_SCHEME = re.compile(r"\b(Bearer|Basic)(\s+|%20|\+)([A-Za-z0-9._~+/-]{6,}=*)", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]?[a-z]*")
# Around the name of a variable while text is being worked on: characters that no text has any business to hold.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}([A-Z0-9_]+){_CLOSE}")


class Redactor:
    """Replaces secrets by `$NAME`; what only looks like one by `[redacted:abcd12]`, the same tag for the same value.

    Known are the values of `secrets` (variable name -> value) and those that `learn` adds, in their plain, URL-encoded,
    JSON- and HTML-escaped, base64 and base64url forms (also inside a longer encoded text), also wrapped over lines.
    Beside these, every JWT and every Bearer or Basic value goes.
    """

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._forms = _Forms()
        for name, value in (secrets or {}).items():
            self.learn(name, value)

    def __repr__(self) -> str:
        return f"Redactor({', '.join(sorted(set(self._names.values())))})"

    def learn(self, name: str, value: str) -> None:
        """From now on `value` is shown as `$name`; a value that is known already keeps its first name."""
        with self._lock:
            if len(value) < SHORTEST or value in self._names:
                return
            self._names = {**self._names, value: name}
            self._forms = _Forms(
                _longest_first((*self._forms.written, *(_Form(form, name) for form in written(value)))),
                _longest_first((*self._forms.encoded, *(_Form(form, name) for form in encoded(value)))),
            )

    def text(self, text: str) -> str:
        """The text without its secrets."""
        forms = self._forms
        known = forms.told
        if text not in known:
            told = _MARK.sub(r"$\1", self._marked(text, forms))
            if len(text) > SHORT or len(known) >= MOST_KNOWN:
                return told
            known[text] = told
        return known[text]

    def pieces(self, text: str) -> list[tuple[str, str]]:
        """The text as (literal, "") and ("", NAME) in order, so that a name in the text itself is told apart."""
        parts = _MARK.split(self._marked(text, self._forms))
        return [("", part) if at % 2 else (part, "") for at, part in enumerate(parts) if part]

    def data(self, value: Any) -> Any:
        """Plain builtins of the same shape without secrets, keys included; what is no builtin becomes its text."""
        if isinstance(value, str):
            return self.text(str(value))
        if value is None or isinstance(value, _NUMBERS):
            return value
        if isinstance(value, _BYTES):
            return self.text(bytes(value).decode("utf-8", "replace"))
        if isinstance(value, Mapping):
            return {self.data(key): self.data(item) for key, item in value.items()}
        if isinstance(value, _MANY):
            return [self.data(item) for item in value]
        return self.text(str(value))

    def _marked(self, text: str, forms: _Forms) -> str:
        text = text.replace(_OPEN, "").replace(_CLOSE, "")
        text = _replace(text, forms.written, forms.in_writing)
        text = _JWT.sub(lambda found: tag(found[0], "jwt"), text)  # before base64: a secret in a claim takes all of it
        text = _replace(text, forms.encoded, forms.in_code)
        return _SCHEME.sub(_hide_value, text)


@dataclass(frozen=True)
class _Forms:
    """All ways in which the known secrets may be written, and what became of short texts: they come again and again."""

    written: tuple[_Form, ...] = ()
    encoded: tuple[_Form, ...] = ()
    told: dict[str, str] = field(default_factory=dict)

    @cached_property
    def in_writing(self) -> Finder:
        return Finder([form.unbroken for form in self.written])

    @cached_property
    def in_code(self) -> Finder:
        return Finder([form.unbroken for form in self.encoded])


class _Form:
    """One way in which a secret may be written."""

    def __init__(self, form: str, name: str) -> None:
        self.form = form
        self.name = name
        self.unbroken = _BREAKS.sub("", form)
        self.pattern: re.Pattern[str] | None = None

    def sub(self, text: str, whole: bool) -> str:
        """The text with the name in its place; `whole` says that nothing in the text can be a break."""
        mark = f"{_OPEN}{self.name}{_CLOSE}"
        if whole:
            return text.replace(self.form, mark)
        if self.pattern is None:
            self.pattern = re.compile(f"{_BREAK}*".join(re.escape(character) for character in self.form))
        return self.pattern.sub(mark, text)


def tag(value: str, word: str = "redacted") -> str:
    """What stands for a value that has no name; too short to guess it by, long enough to see that two are the same."""
    return f"[{word}:{hashlib.sha256(value.encode()).hexdigest()[:6]}]"


def _replace(text: str, forms: Sequence[_Form], finder: Finder) -> str:
    # A cheap search tells which of the costly patterns are worth trying.
    whole = "\n" not in text and "\\" not in text
    for at in finder.found(text if whole else _BREAKS.sub("", text)):
        text = forms[at].sub(text, whole)
    return text


def _hide_value(found: re.Match[str]) -> str:
    scheme, space, value = found.groups()
    if _WORD.fullmatch(value):  # "Bearer token", "Basic authentication": prose
        return found[0]
    return f"{scheme}{space}{tag(value)}"


def _longest_first(forms: Iterable[_Form]) -> tuple[_Form, ...]:
    return tuple(sorted(forms, key=lambda form: len(form.form), reverse=True))
