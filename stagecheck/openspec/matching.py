"""Whether a path that is asked is a route that is stated."""

from __future__ import annotations

import re

_VERSION = re.compile(r"^/api(?=/)(?:/v\d+(?=/))?|^/v\d+(?=/)")


def bare(path: str) -> str:
    """A path without what differs by taste: `/api/v1` before it, the slash behind it."""
    return _VERSION.sub("", path).rstrip("/") or "/"


def same_route(asked: str, stated: str) -> bool:
    """Whether a request for `asked` reaches the route `stated`; both may have `{name}` for a part.

    A part that the route leaves open takes any value; a part that is asked openly is met by an open one only.
    """
    ours, theirs = _parts(asked), _parts(stated)
    if len(ours) != len(theirs):
        return False
    return all(_open(right) or left == right for left, right in zip(ours, theirs, strict=True))


def reaches(key: str, rest: str, stated: str) -> bool:
    """Whether what a gateway is asked for, `key` and the `rest` of the path, is a service's route.

    A gateway may drop the key (`/pages`) or keep it (`/auth/login`); versions are not compared.
    """
    return any(same_route(bare(path), bare(stated)) for path in (rest, f"/{key}{rest}"))


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")


def _open(part: str) -> bool:
    return part.startswith("{") and part.endswith("}")
