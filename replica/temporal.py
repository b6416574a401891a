"""Temporal's server, which speaks gRPC: its health, as the real one tells it."""

from __future__ import annotations

from typing import Any

from replica import serving, switch

SERVICE = "temporal.api.workflowservice.v1.WorkflowService"
STOPPED = "temporal-server-not-serving"


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
