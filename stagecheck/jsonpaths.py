"""JSONPaths as RFC 9535 has them: where they lead in a body, and which are none."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from iregexp_check import check
from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError, JSONPathNodeList, JSONPathTypeError
from jsonpath_rfc9535.filter_expressions import Expression, StringLiteral
from jsonpath_rfc9535.function_extensions import FilterFunction, Match, Search
from jsonpath_rfc9535.tokens import Token

# What is filled in when a step is asked, as a pattern of a path may have it too: see `placeholders`.
# `unlike:` before `unlike:` is yet another id.
PLACEHOLDER = re.compile(r"\{((?:unlike:)*)([a-z_]+)\}")


class _Environment(JSONPathEnvironment):
    """Refuses a pattern that is no I-Regexp (RFC 9485), such as `(?i)x` or `\\d`: by the standard it finds nothing."""

    def check_well_typedness(self, token: Token, func: FilterFunction, args: list[Expression]) -> None:
        super().check_well_typedness(token, func, args)
        patterns = args[1:] if isinstance(func, Match | Search) else ()
        for pattern in patterns:
            if isinstance(pattern, StringLiteral) and not check(PLACEHOLDER.sub("x", pattern.value)):
                sentence = f"{token.value}: '{pattern.value}' is no I-Regexp (RFC 9485)"
                raise JSONPathTypeError(sentence, token=token)


# A path is read once, however many answers it is held against.
_compiled = lru_cache(maxsize=1024)(_Environment().compile)


def refused(path: str) -> str:
    """Why that is no JSONPath; empty where it is one."""
    if not path.startswith("$"):
        return "a JSONPath begins with `$`"
    try:
        _compiled(path)
    except JSONPathError as error:
        return f"not a JSONPath: {str(error).partition(', line ')[0]}"
    except RecursionError:
        return "not a JSONPath: nested too deeply"
    except OverflowError:
        return "not a JSONPath: a number in it is too large"
    return ""


def found(path: str, data: Any) -> JSONPathNodeList:
    """All that a path leads to in an object or a list: each with its `value` and its `location` (keys and indices)."""
    return _compiled(path).find(data)
