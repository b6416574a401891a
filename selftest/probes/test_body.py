"""A body is decoded within its cap, and a cut one is seen."""

from __future__ import annotations

import gzip
import zlib

import pytest

from stagecheck.exchange import Troubled
from stagecheck.outcome import Reason
from stagecheck.probes.body import CAP, KEPT, Body

TEXT = b"whole " * 1000


def decoded(encoding: str | None, *chunks: bytes) -> bytes:
    body = Body(encoding)
    for chunk in chunks:
        body.add(chunk)
    body.end()
    return body.so_far()


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        (None, TEXT),
        ("identity", TEXT),
        ("None", TEXT),
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("X-GZIP", gzip.compress(TEXT, mtime=0)),
        ("deflate", zlib.compress(TEXT)),
        ("gzip", gzip.compress(TEXT[:600], mtime=0) + gzip.compress(TEXT[600:], mtime=0)),
    ],
)
def test_a_body_is_whole_however_it_is_cut_into_chunks(encoding: str | None, raw: bytes) -> None:
    assert decoded(encoding, raw) == TEXT
    assert decoded(encoding, *(raw[at : at + 7] for at in range(0, len(raw), 7))) == TEXT


def test_an_empty_body_may_call_itself_compressed() -> None:
    assert decoded("gzip") == b""


@pytest.mark.parametrize(
    ("encoding", "raw", "reason"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)[:-1], Reason.TRUNCATED),
        ("gzip", TEXT, Reason.TRUNCATED),
        ("br", TEXT, Reason.PROTOCOL),
        ("gzip, gzip", gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0), Reason.PROTOCOL),
    ],
)
def test_what_cannot_be_decoded_has_its_reason(encoding: str, raw: bytes, reason: Reason) -> None:
    with pytest.raises(Troubled) as caught:
        decoded(encoding, raw)

    assert caught.value.trouble.reason is reason


@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_nothing_grows_past_the_cap(encoding: str | None) -> None:
    text = bytes(CAP + 1)
    raw = gzip.compress(text, 1, mtime=0) if encoding else text
    body = Body(encoding)
    body.add(raw[: len(raw) // 2])

    with pytest.raises(Troubled, match="body over 8 MiB"):
        body.add(raw[len(raw) // 2 :])

    assert len(body.so_far()) == KEPT


def test_a_body_of_just_the_cap_is_whole() -> None:
    assert len(decoded("gzip", gzip.compress(bytes(CAP), 1, mtime=0))) == CAP
