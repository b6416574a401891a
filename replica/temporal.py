"""Temporal's server, which speaks gRPC: its health and its namespaces, as the real one tells them.

The messages are written byte by byte (https://protobuf.dev/programming-guides/encoding), with the numbers that their
fields have in https://github.com/temporalio/api.
"""

from __future__ import annotations

from typing import Any

from replica import serving, switch

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
STOPPED = "temporal-server-not-serving"
# The set-up of Temporal itself makes `default` alone.
MADE, OWN = "default", "bizosaas"
REGISTERED, DEPRECATED = 1, 2
DAY = 24 * 3600


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
        self._server.add_generic_rpc_handlers((_namespaces(),))
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


def _namespaces() -> Any:
    """WorkflowService.DescribeNamespace."""
    import grpc

    async def describe(name: str, context: Any) -> bytes:
        if switch.is_on("temporal-server-store-lost"):
            await context.abort(grpc.StatusCode.INTERNAL, "GetNamespace operation failed: driver: bad connection")
        if name not in registered():
            await context.abort(grpc.StatusCode.NOT_FOUND, f"Namespace {name} is not found.")
        state = DEPRECATED if switch.is_on("temporal-namespace-deprecated") else REGISTERED
        kept = 60 if switch.is_on("temporal-namespace-forgets") else 3 * DAY
        info = _text(1, name) + _number(2, state)
        return _message(1, info) + _message(2, _message(1, _number(1, kept)))

    method = grpc.unary_unary_rpc_method_handler(describe, request_deserializer=_first_text)
    return grpc.method_handlers_generic_handler(SERVICE, {"DescribeNamespace": method})


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
