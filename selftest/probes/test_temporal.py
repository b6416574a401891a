"""The messages of Temporal's API, held against what Temporal's own Python package (temporalio 1.x) writes."""

from __future__ import annotations

import pytest
from google.protobuf.message import DecodeError

from stagecheck.probes import temporal

# DescribeNamespaceResponse: `default`, registered, with a description and an id, and three days of retention.
DESCRIBED = bytes.fromhex("0a150a0764656661756c7410011a036465763203612d6212060a040880e90f")


def test_a_request_is_as_temporals_own_client_writes_it() -> None:
    assert temporal.request("default") == bytes.fromhex("0a0764656661756c74")


def test_a_response_is_read_and_what_is_not_looked_at_is_left_alone() -> None:
    assert temporal.response(DESCRIBED) == {"namespace": "default", "state": "REGISTERED", "retention": 259200}


def test_a_state_that_nobody_knows_yet_is_its_number() -> None:
    assert temporal.response(bytes.fromhex("0a021009"))["state"] == 9


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(DecodeError):
        temporal.response(b"\xff\xff")


# DescribeTaskQueueResponse: two pollers with identities and rates, which last asked at 1000 s and 1090 s of 1970.
POLLED = bytes.fromhex("0a150a0508e807100512033140611900000000006af8400a150a0508c208100512033240621900000000006af840")


def test_a_request_about_a_queue_is_as_temporals_own_client_writes_it() -> None:
    assert temporal.queue_request("default", "mail") == bytes.fromhex("0a0764656661756c7412060a046d61696c1801")


def test_of_the_pollers_the_last_one_that_asked_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporal.time, "time", lambda: 1100.4)

    assert temporal.queue_response(POLLED) == {"pollers": 2, "polled_ago": 10}


def test_a_queue_that_nobody_polls() -> None:
    assert temporal.queue_response(b"") == {"pollers": 0, "polled_ago": None}
