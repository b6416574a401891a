"""The grpc probe against a real server of the health protocol on loopback, and against what is none."""

from __future__ import annotations

import contextlib
import importlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
import trustme
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from selftest.probes.test_temporal import DESCRIBED
from selftest.speaker import closed_port, wired
from stagecheck.exchange import Exchange
from stagecheck.model import Grpc, Request, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES, temporal

STATES = health_pb2.HealthCheckResponse


@contextmanager
def serving(credentials: grpc.ServerCredentials | None = None, **states: int) -> Iterator[int]:
    """A gRPC server with these services."""
    servicer = health.HealthServicer()
    for name, state in states.items():
        servicer.set(name, state)
    server = grpc.server(futures.ThreadPoolExecutor(1))
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    there = "127.0.0.1:0"
    port = server.add_secure_port(there, credentials) if credentials else server.add_insecure_port(there)
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait(5)


@contextmanager
def saying(say: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that does that with each connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with contextlib.suppress(OSError), connection:
                    connection.settimeout(3)
                    say(connection)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def ask(
    port: int,
    service: str = "",
    scheme: str = "http",
    timeout: float = 5.0,
    namespace: str = "",
    task_queue: str = "",
    **more: Any,
) -> Exchange:
    asked = Grpc(service=service, namespace=namespace, task_queue=task_queue)
    step = Step("s", Request(grpc=asked), base=f"{scheme}://flows.test:7233", timeout=timeout)
    with wired(connect={"flows.test:7233": f"127.0.0.1:{port}"}, **more) as wire:
        return PROBES["grpc"](step, wire)


def test_what_a_server_says_of_a_service() -> None:
    with serving(flows=STATES.SERVING, jobs=STATES.NOT_SERVING) as port:
        told = [ask(port, name) for name in ("flows", "jobs", "")]

    assert [exchange.json for exchange in told] == [
        {"service": "flows", "status": "SERVING"},
        {"service": "jobs", "status": "NOT_SERVING"},
        {"service": "", "status": "SERVING"},
    ]
    assert [(exchange.trouble, exchange.url) for exchange in told] == [(None, "grpc://flows.test:7233")] * 3


def test_a_service_that_the_server_does_not_have() -> None:
    with serving() as port:
        exchange = ask(port, "flows")

    assert exchange.facts == {"code": "NOT_FOUND"}
    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.STATUS


def test_nobody_there() -> None:
    trouble = ask(closed_port()).trouble

    assert trouble is not None
    assert trouble.reason is Reason.CONNECT


def test_a_server_of_another_protocol() -> None:
    with saying(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        trouble = ask(port).trouble

    assert trouble is not None
    assert trouble.reason is Reason.PROTOCOL
    assert trouble.detail.startswith("flows.test:7233: UNAVAILABLE: ")


def test_a_server_that_says_nothing_ends_at_the_deadline() -> None:
    with saying(lambda connection: time.sleep(1.5)) as port:
        began = time.monotonic()
        trouble = ask(port, timeout=0.4).trouble
        took = time.monotonic() - began

    assert trouble is not None
    assert trouble.reason is Reason.TIMEOUT
    assert took < 1.4


@pytest.mark.parametrize("trusted", [True, False])
def test_over_tls_the_certificate_is_for_the_name(tmp_path: Path, trusted: bool) -> None:
    authority, other = trustme.CA(), trustme.CA()
    (authority if trusted else other).cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    own = authority.issue_cert("flows.test")
    pair = (own.private_key_pem.bytes(), b"".join(blob.bytes() for blob in own.cert_chain_pems))

    with serving(grpc.ssl_server_credentials([pair]), flows=STATES.SERVING) as port:
        exchange = ask(port, "flows", "https", ca_file=str(tmp_path / "ca.pem"))

    assert (exchange.trouble is None) is trusted
    if trusted:
        assert exchange.json == {"service": "flows", "status": "SERVING"}


@contextmanager
def describing(answer: bytes) -> Iterator[int]:
    """A gRPC server that describes every namespace, and every task queue, so."""
    method = grpc.unary_unary_rpc_method_handler(lambda raw, context: answer)
    handler = grpc.method_handlers_generic_handler(
        temporal.SERVICE, {"DescribeNamespace": method, "DescribeTaskQueue": method}
    )
    server = grpc.server(futures.ThreadPoolExecutor(1), handlers=(handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(None).wait(5)


@pytest.mark.parametrize(("answer", "state", "retention"), [(DESCRIBED, "REGISTERED", 259200), (b"", "UNSPECIFIED", 0)])
def test_a_namespace_of_temporal(answer: bytes, state: str, retention: int) -> None:
    with describing(answer) as port:
        exchange = ask(port, namespace="default")

    assert exchange.trouble is None
    assert exchange.json == {"namespace": "default" if answer else "", "state": state, "retention": retention}


def test_a_task_queue_of_temporal() -> None:
    with describing(b"") as port:
        exchange = ask(port, namespace="default", task_queue="mail")

    assert exchange.trouble is None
    assert exchange.json == {"task_queue": "mail", "pollers": 0, "polled_ago": None}


def test_a_server_that_describes_none() -> None:
    with serving() as port:
        exchange = ask(port, namespace="default")

    assert exchange.facts == {"code": "UNIMPLEMENTED"}


def test_a_description_that_is_none() -> None:
    with describing(b"\xff\xff") as port:
        exchange = ask(port, namespace="default")

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.STATUS


def test_the_import_of_the_library_is_no_time_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    probe = importlib.import_module("stagecheck.probes.grpc")
    now = [time.monotonic()]  # a clock that only the import moves
    monkeypatch.setattr(probe, "time", SimpleNamespace(monotonic=lambda: now[-1]))
    monkeypatch.setattr(probe, "_load", lambda: now.append(now[-1] + 100))

    with serving(**{"": STATES.SERVING}) as port:
        exchange = ask(port)

    assert (exchange.trouble, exchange.seconds) == (None, 0)
