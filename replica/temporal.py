"""Temporal's server, which speaks gRPC: its health, its namespaces and task queues, as the real one tells them.

The messages are written byte by byte (https://protobuf.dev/programming-guides/encoding), with the numbers that their
fields have in https://github.com/temporalio/api.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from replica import clock, serving, switch

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
STOPPED = "temporal-server-not-serving"
# The set-up of Temporal itself makes `default` alone.
MADE, OWN = "default", "bizosaas"
REGISTERED, DEPRECATED = 1, 2
DAY = 24 * 3600
# Whose workers take work; by fault, the queues whose worker is not there, or has gone four minutes ago.
QUEUES = ("campaign-tasks", "brain-gateway-tasks", "ai-agent-tasks", "analytics-tasks")
NO_WORKER = ("temporal-queue-no-worker", ("campaign-tasks", "analytics-tasks"))
GONE = ("temporal-worker-gone", ("ai-agent-tasks", "brain-gateway-tasks"))


class TemporalPart:
    """A gRPC server with the health protocol; gone while `temporal-server-down` is on."""

    name = "temporal-server"

    def __init__(self, port: int) -> None:
        self.port = port
        self._server: Any = None

    def mode(self) -> str:
        if switch.is_on("temporal-server-down"):
            return "down"
        return STOPPED if switch.is_on(STOPPED) else "up"

    async def start(self) -> None:
        """Nothing to make ready."""

    async def open(self, mode: str) -> None:
        import grpc.aio
        from grpc_health.v1 import health_pb2, health_pb2_grpc
        from grpc_health.v1._async import HealthServicer

        servicer = HealthServicer()
        states = health_pb2.HealthCheckResponse
        await servicer.set(SERVICE, states.NOT_SERVING if mode == STOPPED else states.SERVING)
        # The port is reserved by a socket that does not share it.
        self._server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        health_pb2_grpc.add_HealthServicer_to_server(servicer, self._server)
        self._server.add_generic_rpc_handlers((_workflow_service(),))
        self._server.add_insecure_port(f"{serving.HOST}:{self.port}")
        await self._server.start()

    async def close(self) -> None:
        if self._server is not None:
            await self._server.stop(None)
            self._server = None

    async def stop(self) -> None:
        await self.close()

    async def tick(self) -> None:
        """Nothing here goes with the time."""


def part(port: int) -> TemporalPart:
    """The part on that port."""
    return TemporalPart(port)


def _workflow_service() -> Any:
    """WorkflowService.DescribeNamespace and DescribeTaskQueue."""
    import grpc

    async def queue(raw: bytes, context: Any) -> bytes:
        asked = next((name for name in QUEUES if name.encode() in raw), "")
        if _first_text(raw) not in registered():
            await context.abort(grpc.StatusCode.NOT_FOUND, f"Namespace {_first_text(raw)} is not found.")
        if not asked or _is_on(NO_WORKER, asked):
            return b""  # a queue that nobody has heard of is one that nobody polls
        polled = int(clock.seconds()) - (240 if _is_on(GONE, asked) else 7)
        return _message(1, _message(1, _number(1, polled)) + _text(2, f"7@{asked}-worker"))

    async def describe(name: str, context: Any) -> bytes:
        if switch.is_on("temporal-server-store-lost"):
            await context.abort(grpc.StatusCode.INTERNAL, "GetNamespace operation failed: driver: bad connection")
        if name not in registered():
            await context.abort(grpc.StatusCode.NOT_FOUND, f"Namespace {name} is not found.")
        state = DEPRECATED if switch.is_on("temporal-namespace-deprecated") else REGISTERED
        kept = 60 if switch.is_on("temporal-namespace-forgets") else 3 * DAY
        info = _text(1, name) + _number(2, state)
        return _message(1, info) + _message(2, _message(1, _number(1, kept)))

    methods = {
        "DescribeNamespace": grpc.unary_unary_rpc_method_handler(describe, request_deserializer=_first_text),
        "DescribeTaskQueue": grpc.unary_unary_rpc_method_handler(queue),
    }
    return grpc.method_handlers_generic_handler(SERVICE, methods)


def _is_on(fault: tuple[str, Sequence[str]], queue: str) -> bool:
    name, queues = fault
    return queue in queues and switch.is_on(name)


def registered() -> list[str]:
    """The names of the namespaces."""
    if switch.is_on("temporal-no-namespace"):
        return []
    return [MADE] if switch.is_on("temporal-namespace-not-made") else [MADE, OWN]


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _message(field: int, raw: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _text(field: int, value: str) -> bytes:
    return _message(field, value.encode())


def _varint(value: int) -> bytes:
    low, rest = value & 0x7F, value >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def _first_text(raw: bytes) -> str:
    """The text of field 1 of a request that begins with it, shorter than 128 bytes; empty where it does not."""
    return raw[2 : 2 + raw[1]].decode() if raw[:1] == b"\x0a" else ""
