"""RESP, the protocol of Redis (https://redis.io/docs/latest/develop/reference/protocol-spec/), version 2: one
conversation over a socket.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from typing import Any

from stagecheck.exchange import Trouble, Troubled
from stagecheck.outcome import Reason
from stagecheck.probes import dial

MOST = 4 * 2**20  # bytes of all replies of one conversation
DEEPEST = 8  # lists within lists


class Refusal(Exception):
    """The server's own error reply, such as `NOAUTH Authentication required.`"""


class Conversation:
    """Commands and replies until `ends`, whatever the server does; everything else raises `Troubled`."""

    def __init__(self, connection: socket.socket, where: str, ends: float) -> None:
        self._connection = connection
        self._where = where
        self._ends = ends
        self._read = b""
        self._left = MOST

    def ask(self, *words: str) -> Any:
        """The reply as builtins (str, int, None, list); raises `Refusal` for an error reply."""
        try:
            self._connection.settimeout(self._until())
            self._connection.sendall(_command(words))
        except OSError as error:
            raise self._broken(error) from None
        return self._reply(DEEPEST)

    def _reply(self, deep: int) -> Any:
        line = self._line()
        kind, said = line[:1], line[1:]
        if kind == b"+":
            return _text(said)
        if kind == b"-":
            raise Refusal(_text(said))
        if kind not in (b":", b"$", b"*") or not said.removeprefix(b"-").isdigit() or not deep:
            raise self._trouble(Reason.PROTOCOL, f"said {_text(line[:60])!r}, which is no reply of Redis")
        number = int(said)
        if kind == b":":
            return number
        if number < 0:
            return None
        if kind == b"*":
            return [self._reply(deep - 1) for _ in range(number)]
        return _text(self._bytes(number + 2)[:-2])

    def _line(self) -> bytes:
        while b"\r\n" not in self._read:
            self._more()
        line, _, self._read = self._read.partition(b"\r\n")
        return line

    def _bytes(self, many: int) -> bytes:
        while len(self._read) < many:
            self._more()
        found, self._read = self._read[:many], self._read[many:]
        return found

    def _more(self) -> None:
        try:
            self._connection.settimeout(self._until())
            piece = self._connection.recv(65536)
        except OSError as error:
            raise self._broken(error) from None
        if not piece:
            raise self._trouble(Reason.PROTOCOL, "closed the connection instead of a reply")
        self._left -= len(piece)
        if self._left < 0:
            raise self._trouble(Reason.PROTOCOL, f"replied with more than {MOST} bytes")
        self._read += piece

    def _until(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise self._trouble(Reason.TIMEOUT, "did not finish its reply in time")
        return left

    def _broken(self, error: OSError) -> Troubled:
        if isinstance(error, TimeoutError):
            return self._trouble(Reason.TIMEOUT, "did not finish its reply in time")
        return self._trouble(Reason.PROTOCOL, f"broke the connection off: {dial.said(error)}")

    def _trouble(self, reason: Reason, said: str) -> Troubled:
        return Troubled(Trouble(reason, f"{self._where}: {said}"))


def _command(words: Sequence[str]) -> bytes:
    raw = [word.encode() for word in words]
    return b"".join((b"*%d\r\n" % len(raw), *(b"$%d\r\n%s\r\n" % (len(word), word) for word in raw)))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
