"""Global ids: base64 of `Type:key`, as Saleor writes them."""

from __future__ import annotations

import base64
import binascii


class BadId(Exception):
    """A string that is no global id, or one of another type; the text is what Saleor says of it."""


def write(type: str, key: object) -> str:
    """The global id of a record."""
    return base64.b64encode(f"{type}:{key}".encode()).decode()


def read(text: str, type: str) -> str:
    """The key inside a global id of that type; raises BadId."""
    try:
        found, separator, key = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        raise BadId(f"Invalid ID: {text}. Expected: {type}.") from None
    if not separator or not key:
        raise BadId(f"Invalid ID: {text}. Expected: {type}.")
    if found != type:
        raise BadId(f"Invalid ID: {text}. Expected: {type}, received: {found}.")
    return key
