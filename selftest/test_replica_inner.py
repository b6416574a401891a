"""The services that only other services ask: what they answer when they are well, and what each fault changes."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from replica import catalog, published, temporal
from replica.agents import AGENTS, TAKES
from replica.dokploy import SHARED
from selftest.replica_light import STORE_PASSWORD, A, B, Platform, running
from selftest.speaker import environment
from stagecheck import document, evidence
from stagecheck.credentials import Credentials
from stagecheck.exchange import Exchange
from stagecheck.model import Step
from stagecheck.probes import temporal as messages

PARTS = ("vault", "temporal", "superset", "agents", "dokploy")
HEALTH, SEAL = ("vault", "/v1/sys/health"), ("vault", "/v1/sys/seal-status")
NAMESPACES, PAGE = ("temporal", "/api/v1/namespaces"), ("temporal", "/")
LOGIN, OK = ("superset", "/login/"), ("superset", "/health")
AGENTS_HEALTH, REGISTRY = ("agents", "/health"), ("agents", "/agents")

Seen = Callable[[Platform], Any]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with running(
        tmp_path_factory.mktemp("state"), light=("auth", *PARTS, "temporal-server", *published.PORTS)
    ) as started:
        yield started


def ask(platform: Platform, where: tuple[str, str]) -> httpx.Response:
    return platform.client.get(platform.url(*where))


def status(*places: tuple[str, str]) -> Seen:
    return lambda platform: [ask(platform, place).status_code for place in places]


def value(where: tuple[str, str], *keys: str) -> Seen:
    def seen(platform: Platform) -> list[Any]:
        body = ask(platform, where).json()
        return [body[key] for key in keys]

    return seen


def task(platform: Platform, reader: str = A.id) -> dict[str, Any]:
    """What a tenant hears of a task of the first one's once it is over; its status alone where it hears nothing."""
    order = {"integration": "integration-single-01", "action": "ping", "data": {"note": "x"}}
    accepted = platform.client.post(
        platform.url("agents", "/agents/execute"), json=order, headers=platform.bearer(A.id)
    )
    where = platform.url("agents", f"/agents/execution/{accepted.json()['execution_id']}")
    time.sleep(2 * TAKES)
    answer = platform.client.get(where, headers=platform.bearer(reader))
    return {"status": answer.json().get("status", answer.status_code), "output": answer.json().get("output")}


def agents(platform: Platform) -> list[dict[str, str]]:
    found: list[dict[str, str]] = ask(platform, REGISTRY).json()["agents"]
    return found


def shown(platform: Platform) -> tuple[int, ...]:
    """How many agents each tenant is shown."""
    where = platform.url(*REGISTRY)
    return tuple(
        len(platform.client.get(where, headers=platform.bearer(tenant.id)).json()["agents"]) for tenant in (A, B)
    )


def patterns(platform: Platform) -> Counter[str]:
    return Counter(one["pattern"] for one in agents(platform))


UP = ["running", "Up 2 hours (healthy)"]
DONE = {"status": "completed", "output": {"action": "ping", "note": "x"}}
NOT_FOUND = {"status": 404, "output": None}


def chart(platform: Platform, id: int = 1, token: str = STORE_PASSWORD) -> httpx.Response:
    """What Superset says of the data of a chart to that token."""
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    return platform.client.get(platform.url("superset", f"/api/v1/chart/{id}/data/"), headers=bearer)


def dokploy(platform: Platform, path: str) -> Any:
    answer = platform.client.get(platform.url("dokploy", path), headers={"x-api-key": STORE_PASSWORD})
    return answer.raise_for_status().json()


def container(name: str) -> Seen:
    """What Dokploy says of that container: its state, and its status."""

    def seen(platform: Platform) -> list[str]:
        listed = dokploy(platform, "/api/docker.getContainers")
        return [one[key] for one in listed if name in one["name"] for key in ("state", "status")]

    return seen


def deploys(platform: Platform) -> list[str]:
    project = next(one for one in dokploy(platform, "/api/project.all") if one["name"] == "bizosaas")
    return [stack["composeStatus"] for stack in project["environments"][0]["compose"]]


def projects(platform: Platform) -> list[str]:
    return [project["name"] for project in dokploy(platform, "/api/project.all")]


def ids(platform: Platform) -> int:
    """How many ids Vault's container has in two looks."""
    looks = [dokploy(platform, "/api/docker.getContainers") for _ in range(2)]
    return len({one["containerId"] for look in looks for one in look if "vault" in one["name"]})


def serving(platform: Platform) -> str:
    """What the Temporal server says of itself to the official client of the health protocol."""
    with grpc.insecure_channel(f"127.0.0.1:{platform.ports['temporal-server']}") as channel:
        asked = health_pb2.HealthCheckRequest(service=temporal.SERVICE)
        answer = health_pb2_grpc.HealthStub(channel).Check(asked, timeout=5)
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))


def described(platform: Platform) -> tuple[Any, ...]:
    """What the Temporal server says of the platform's namespace: name, state and retention; or a code of gRPC."""
    with grpc.insecure_channel(f"127.0.0.1:{platform.ports['temporal-server']}") as channel:
        call = channel.unary_unary(f"/{temporal.SERVICE}/DescribeNamespace", messages.request, messages.response)
        try:
            return tuple(call(temporal.OWN, timeout=5).values())
        except grpc.RpcError as error:
            return (error.code().name,)


def polled(platform: Platform, queue: str) -> tuple[int, bool]:
    """How many poll a queue of the platform's namespace, and whether one did within the last minute."""
    with grpc.insecure_channel(f"127.0.0.1:{platform.ports['temporal-server']}") as channel:
        call = channel.unary_unary(f"/{messages.TASK_QUEUE}", None, messages.queue_response)
        told = call(messages.queue_request(temporal.OWN, queue), timeout=5)
        return told["pollers"], told["pollers"] > 0 and told["polled_ago"] < 60


def queues(*names: str) -> Seen:
    return lambda platform: [polled(platform, name) for name in names]


def test_a_queue_that_nobody_has_heard_of_is_polled_by_nobody(platform: Platform) -> None:
    assert polled(platform, "no-such-tasks") == (0, False)


def test_the_temporal_server_can_be_absent(platform: Platform) -> None:
    with platform.fault("temporal-server-down"), pytest.raises(grpc.RpcError):
        serving(platform)
    assert serving(platform) == "SERVING"


# What is asked, what a healthy replica says, and what it says under the fault.
FAULTS: dict[str, tuple[Seen, Any, Any]] = {
    "vault-sealed": (status(HEALTH), [200], [503]),
    "vault-not-initialized": (value(HEALTH, "initialized", "sealed"), [True, False], [False, True]),
    "vault-standby": (status(HEALTH), [200], [429]),
    "vault-performance-standby": (status(HEALTH), [200], [473]),
    "vault-recovery-secondary": (status(HEALTH), [200], [472]),
    "vault-dev-mode": (value(SEAL, "storage_type", "n"), ["raft", 5], ["inmem", 1]),
    "vault-open": (status(("vault", "/v1/sys/mounts")), [403], [200]),
    "temporal-server-down": (status(PAGE, NAMESPACES), [200, 200], [200, 503]),
    "temporal-server-not-serving": (serving, "SERVING", "NOT_SERVING"),
    "temporal-no-namespace": (lambda p: (len(ask(p, NAMESPACES).json()["namespaces"]), described(p)),
                              (2, ("bizosaas", "REGISTERED", 259200)), (0, ("NOT_FOUND",))),
    "temporal-queue-no-worker": (queues("campaign-tasks", "analytics-tasks"), [(1, True)] * 2, [(0, False)] * 2),
    "temporal-worker-gone": (queues("ai-agent-tasks", "brain-gateway-tasks"), [(1, True)] * 2, [(1, False)] * 2),
    "temporal-namespace-not-made": (lambda p: described(p)[0], "bizosaas", "NOT_FOUND"),
    "temporal-namespace-deprecated": (lambda p: described(p)[1], "REGISTERED", "DEPRECATED"),
    "temporal-namespace-forgets": (lambda p: described(p)[2], 259200, 60),
    "temporal-server-store-lost": (lambda p: (serving(p), described(p)[0]),
                                   ("SERVING", "bizosaas"), ("SERVING", "INTERNAL")),
    "superset-database-refused": (status(OK, LOGIN), [200, 200], [200, 500]),
    "superset-query-fails": (lambda p: chart(p).status_code, 200, 400),
    "superset-data-empty": (lambda p: chart(p).json()["result"][0]["rowcount"], 1, 0),
    "superset-open": (status(("superset", "/api/v1/dashboard/")), [401], [200]),
    "dokploy-deploy-failed": (deploys, ["done"] * 3, ["done", "done", "error"]),
    "dokploy-project-renamed": (projects, ["playground", "bizosaas"], ["playground", "platform"]),
    "dokploy-container-exited": (container("amazon"), UP, ["exited", "Exited (137) 4 minutes ago"]),
    "dokploy-container-unhealthy": (container("superset"), UP, ["running", "Up 12 minutes (unhealthy)"]),
    "dokploy-container-restarting": (container("temporal-server"), UP, ["restarting", "Restarting (1) 6 seconds ago"]),
    "dokploy-container-loops": (ids, 1, 2),
    "dokploy-container-absent": (container("client-portal"), UP, []),
    "agents-registry-short": (lambda p: len(ask(p, REGISTRY).json()["agents"]), AGENTS, 9),
    "agents-mock-mode": (value(AGENTS_HEALTH, "status", "engine"), ["healthy", {"mode": "live"}],
                         ["healthy", {"mode": "mock_mode"}]),
    "agents-ids-doubled": (lambda p: len({one["id"] for one in agents(p)}), AGENTS, AGENTS - 1),
    "agents-crews-short": (lambda p: patterns(p)["single"], 21, 20),
    "agents-registry-by-tenant": (shown, (AGENTS, AGENTS), (AGENTS, 24)),
    "agents-registry-tells": (lambda p: A.sentinel in ask(p, REGISTRY).text, False, True),
    "agents-one-mock": (lambda p: agents(p)[0]["status"], "operational", "mock"),
    "agents-task-stuck": (task, DONE, {"status": "pending", "output": None}),
    "agents-task-failed": (task, DONE, {"status": "failed", "output": None}),
    "agents-task-invented": (task, DONE, NOT_FOUND),
    "agents-task-any": (lambda p: task(p, B.id), NOT_FOUND, DONE),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_fault(platform: Platform, fault: str) -> None:
    seen, well, broken = FAULTS[fault]

    assert platform.seen(fault, seen) == (well, broken)


@pytest.mark.parametrize("part", PARTS)
def test_each_can_be_absent(platform: Platform, part: str) -> None:
    with platform.fault(f"{part}-down"), pytest.raises(httpx.TransportError):
        ask(platform, (part, "/"))


def test_a_task_needs_a_token_and_an_agent_that_works_for_it(platform: Platform) -> None:
    where = platform.url("agents", "/agents/execute")
    order = {"integration": "nobody's", "action": "ping"}

    assert platform.client.post(where, json=order).status_code == 401
    assert platform.client.post(where, json=order, headers=platform.bearer(A.id)).status_code == 404


@pytest.mark.parametrize("part", published.PORTS)
def test_an_inner_service_is_on_the_public_address_under_its_fault_alone(platform: Platform, part: str) -> None:
    path = "/v1/sys/health" if part == published.VAULT else "/api/v1/nothing"
    with pytest.raises(httpx.ConnectError):
        ask(platform, (part, path))
    with platform.fault(published.FAULTS[part]):
        assert ask(platform, (part, path)).status_code == (200 if part == published.VAULT else 404)


def test_every_fault_of_these_parts_is_asked_about_here() -> None:
    names = {fault.name for fault in catalog.faults().values() if fault.part == "inner"}

    assert names == {*FAULTS, *(f"{part}-down" for part in PARTS)}


def test_superset_runs_the_query_of_a_chart_that_it_has_for_a_token_of_its_own(platform: Platform) -> None:
    asked = (chart(platform), chart(platform, token=""), chart(platform, token="of-another"), chart(platform, 2))

    assert [answer.status_code for answer in asked] == [200, 401, 422, 404]


def test_dokploy_answers_nobody_without_its_key(platform: Platform) -> None:
    assert [ask(platform, ("dokploy", path)).status_code for path in ("/api/project.all", "/api/health")] == [401, 200]


def test_what_dokploy_says_of_a_project_is_published_without_its_variables(platform: Platform) -> None:
    said = platform.client.get(platform.url("dokploy", "/api/project.all"), headers={"x-api-key": STORE_PASSWORD})
    personal = document.read(Path(__file__).parents[1] / "targets" / "dokploy.yaml").data["personal"]
    exchange = Exchange(Step("s"), "", 200, headers=(("content-type", "application/json"),), body=said.content)

    shown = json.dumps(evidence.of(exchange, Credentials(environment(), {}), personal))

    assert SHARED in said.text
    assert SHARED not in shown
    assert "composeStatus" in shown
