"""The grpc probe: what a gRPC server says of the health of one of its services, or Temporal of a namespace.

https://github.com/grpc/grpc/blob/master/doc/health-checking.md
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi

from stagecheck.exchange import Exchange, Trouble, Troubled
from stagecheck.model import Grpc, Step
from stagecheck.outcome import Reason
from stagecheck.probes import dial, temporal

if TYPE_CHECKING:
    from stagecheck.probes.wire import Wire

# By the name of gRPC's status code; every other one is an answer that the target does not expect.
_TROUBLES = {"DEADLINE_EXCEEDED": Reason.TIMEOUT, "UNAVAILABLE": Reason.PROTOCOL}
# The library must neither talk on our terminal nor read a proxy from our environment.
_OPTIONS = (("grpc.enable_http_proxy", 0), ("grpc.enable_retries", 0), ("grpc.max_receive_message_length", 65536))


def probe(step: Step, wire: Wire) -> Exchange:
    """Ask the server at `step.base` (https:// is TLS); the body is `{"service": ..., "status": "SERVING"}`.

    Of a namespace it is `{"namespace": ..., "state": "REGISTERED", "retention": 259200}`, the last in seconds; of a
    task queue `{"task_queue": ..., "pollers": 2, "polled_ago": 12}`, the last in seconds or null.
    A refusal is trouble, its code (`NOT_FOUND`, ...) the fact `code`.
    """
    _load()
    began = time.monotonic()
    ends = began + wire.timeout(step)
    origin = dial.origin(step.base)
    _, host, port = origin
    trouble, facts, body = None, {}, b""
    assert step.request.grpc is not None
    try:
        with wire.place(origin, ends):
            address = _listening(wire, host, port, ends)
            body = json.dumps(_asked(step.request.grpc, wire, origin, address, ends)).encode()
    except Troubled as troubled:
        trouble = troubled.trouble
    except _Refused as refused:
        facts = {"code": refused.code}
        trouble = Trouble(_TROUBLES.get(refused.code, Reason.STATUS), f"{host}:{port}: {refused}")
    seconds = time.monotonic() - began
    return Exchange(step, f"grpc://{host}:{port}", body=body, trouble=trouble, seconds=seconds, facts=facts)


def _load() -> None:
    """Import the libraries before the clock runs: that takes long, and would count as the server's time."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    import grpc  # noqa: F401
    from grpc_health.v1 import health_pb2_grpc  # noqa: F401


class _Refused(Exception):
    """The call failed: the name of gRPC's status code, and what it says."""

    def __init__(self, code: str, said: str) -> None:
        super().__init__(f"{code}: {' '.join(said.split())}")
        self.code = code


def _listening(wire: Wire, host: str, port: int, ends: float) -> tuple[str, int]:
    """The first address that accepts a connection: the library's own words for one that does not are no closed list."""
    with dial.connect_any(wire.environment, host, port, ends) as connection:
        address: tuple[str, int] = connection.getpeername()[:2]
        return address


def _asked(
    asked: Grpc, wire: Wire, origin: tuple[str, str, int], address: tuple[str, int], ends: float
) -> dict[str, Any]:
    import grpc

    scheme, host, port = origin
    there = f"ipv6:[{address[0]}]:{address[1]}" if ":" in address[0] else f"ipv4:{address[0]}:{address[1]}"
    options: list[tuple[str, Any]] = [*_OPTIONS, ("grpc.default_authority", f"{host}:{port}")]
    if scheme == "https":
        trusted = Path(wire.environment.ca_file or certifi.where()).read_bytes()
        options.append(("grpc.ssl_target_name_override", host))
        channel = grpc.secure_channel(there, grpc.ssl_channel_credentials(trusted), options)
    else:
        channel = grpc.insecure_channel(there, options)
    try:
        left = max(ends - time.monotonic(), 0.001)
        if asked.task_queue:
            return _task_queue(channel, asked, left)
        return _namespace(channel, asked.namespace, left) if asked.namespace else _health(channel, asked.service, left)
    except grpc.RpcError as error:
        raise _Refused(error.code().name, error.details() or "") from None
    except ValueError:
        raise _Refused("UNKNOWN", "a status that the protocol does not have") from None
    finally:
        channel.close()


def _health(channel: Any, service: str, timeout: float) -> dict[str, Any]:
    from grpc_health.v1 import health_pb2, health_pb2_grpc

    asked = health_pb2.HealthCheckRequest(service=service)
    answer = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=timeout)
    return {"service": service, "status": health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)}


def _namespace(channel: Any, name: str, timeout: float) -> dict[str, Any]:
    call = channel.unary_unary(f"/{temporal.NAMESPACE}", temporal.request, temporal.response)
    told: dict[str, Any] = call(name, timeout=timeout)
    return told


def _task_queue(channel: Any, asked: Grpc, timeout: float) -> dict[str, Any]:
    call = channel.unary_unary(f"/{temporal.TASK_QUEUE}", None, temporal.queue_response)
    told = call(temporal.queue_request(asked.namespace, asked.task_queue), timeout=timeout)
    return {"task_queue": asked.task_queue, **told}
