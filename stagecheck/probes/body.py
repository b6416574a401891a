"""A body as it comes off the wire, decoded within bounds: nothing grows past the cap, and a cut end is seen."""

from __future__ import annotations

import zlib
from typing import Any

from stagecheck.exchange import Trouble, Troubled
from stagecheck.outcome import Reason

CAP = 8 * 1024 * 1024  # bytes, after decompression
KEPT = 64 * 1024  # bytes of a body over the cap: it is shown and never judged, and many may come at once
# Wagtail says "None" of a document that is not encoded (`wagtail/utils/sendfile.py`).
_PLAIN = ("identity", "none", "")
_OVER = "body over 8 MiB"


class Body:
    """Takes the chunks of one body; `so_far` is what they hold.

    `add` and `end` raise `Troubled`: protocol for a body over the cap or an encoding that nobody asked for, truncated
    for compressed data that is broken or ends early.
    """

    def __init__(self, encoding: str | None) -> None:
        self._parts: list[bytes] = []
        self._raw = 0
        self._size = 0
        self._encoding = (encoding or "identity").strip().lower()
        self._inflater = _inflater(self._encoding)

    def add(self, chunk: bytes) -> None:
        """One more chunk."""
        self._raw += len(chunk)
        if self._raw > CAP:
            raise self._over()
        if self._inflater is None:
            self._keep(chunk)
            return
        try:
            while chunk:
                if self._inflater.eof:  # a gzip file may have several members (RFC 1952, 2.2)
                    self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
                self._keep(self._inflater.decompress(chunk, CAP - self._size + 1))
                chunk = self._inflater.unconsumed_tail or self._inflater.unused_data
        except zlib.error as error:
            raise _truncated(f"the {self._encoding} body cannot be decoded: {error}") from None

    def end(self) -> None:
        """No more chunks."""
        unknown = self._inflater is None and self._encoding not in _PLAIN
        if unknown and self._raw:
            raise _protocol(f"content-encoding {self._encoding} is not one that was asked for")
        if self._inflater is not None and self._raw and not self._inflater.eof:
            raise _truncated(f"the {self._encoding} body ends early, after {self._size} bytes of text")

    def so_far(self) -> bytes:
        """What came, decoded as far as it went; of a body over the cap its first 64 KiB."""
        return b"".join(self._parts)

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        self._parts.append(part)
        if self._size > CAP:
            raise self._over()

    def _over(self) -> Troubled:
        self._parts = _beginning(self._parts, KEPT)
        return _protocol(_OVER)


def _beginning(parts: list[bytes], most: int) -> list[bytes]:
    """Parts that hold the first `most` bytes."""
    kept: list[bytes] = []
    for part in parts:
        if most <= 0:
            break
        kept.append(part[:most])
        most -= len(part)
    return kept


def _inflater(encoding: str) -> Any:
    """A `zlib.decompressobj`, whose class has no public name; None for what is not compressed."""
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    return zlib.decompressobj() if encoding == "deflate" else None


def _protocol(detail: str) -> Troubled:
    return Troubled(Trouble(Reason.PROTOCOL, detail))


def _truncated(detail: str) -> Troubled:
    return Troubled(Trouble(Reason.TRUNCATED, detail))
