"""The official clients work against the replica's parts, as the services of the platform use them."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import httpx
import hvac
import psycopg
import pytest
import redis
from grpc_health.v1 import health_pb2, health_pb2_grpc
from hvac.exceptions import Forbidden

from replica import redis as replica_redis
from replica import temporal
from replica.postgres import cluster, parts
from selftest.replica_light import STORE_PASSWORD, A, Platform, running

TENANT = "6a0f3c9e-0b1d-4c55-9a43-5d1c9f27a4be"
PARTS = ("auth", "vault", "temporal-server", "agents")
PROGRAMS = {"redis": replica_redis.is_here(), "postgresql": parts.is_here(), "pool": parts.is_here()}


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    here = [part for part, is_here in PROGRAMS.items() if is_here]
    with running(tmp_path_factory.mktemp("state"), light=(*PARTS, *here)) as started:
        yield started


@pytest.mark.skipif(not PROGRAMS["postgresql"], reason="needs: apt-get install postgresql pgbouncer")
@pytest.mark.parametrize("port", ["postgresql", "pool"])
def test_psycopg_sees_the_rows_of_the_tenant_that_it_sets(platform: Platform, port: str) -> None:
    login = f"host=127.0.0.1 port={platform.ports[port]} dbname={cluster.NAME} user={parts.ROLE}"
    with psycopg.connect(login, password=STORE_PASSWORD, prepare_threshold=None) as connection:
        connection.execute("SELECT set_config('app.current_tenant_id', %s, true)", [TENANT])
        found = connection.execute("SELECT DISTINCT tenant_id::text FROM leads").fetchall()

    assert found == [(TENANT,)]


@pytest.mark.skipif(not PROGRAMS["redis"], reason="needs redis-server: apt-get install redis-server")
def test_redis_py_reads_what_it_wrote_and_nobody_else_may(platform: Platform) -> None:
    port = platform.ports["redis"]
    with redis.Redis("127.0.0.1", port, password=STORE_PASSWORD) as client, redis.Redis("127.0.0.1", port) as stranger:
        assert client.set("api:x:client:1", "kept", ex=60)
        assert client.get("api:x:client:1") == b"kept"
        with pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_grpcs_health_client_hears_of_the_service_and_of_no_other(platform: Platform) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{platform.ports['temporal-server']}") as channel:
        health = health_pb2_grpc.HealthStub(channel)
        own = health.Check(health_pb2.HealthCheckRequest(service=temporal.SERVICE), timeout=5)
        with pytest.raises(grpc.RpcError) as other:
            health.Check(health_pb2.HealthCheckRequest(service="nobody's"), timeout=5)

    assert own.status == health_pb2.HealthCheckResponse.SERVING
    assert other.value.code() is grpc.StatusCode.NOT_FOUND


def test_hvac_reads_the_state_of_vault_and_gets_nothing_else_without_a_token(platform: Platform) -> None:
    client = hvac.Client(platform.url("vault", ""), token="")

    def state() -> tuple[bool, bool]:
        return client.sys.is_initialized(), client.sys.is_sealed()

    assert client.sys.read_health_status(method="GET")["version"]
    with pytest.raises(Forbidden):
        client.sys.list_mounted_secrets_engines()
    with pytest.raises(Forbidden):
        client.secrets.kv.v2.read_secret_version("tenant/x", raise_on_deleted_version=True)
    assert state() == (True, False)
    with platform.fault("vault-sealed"):
        assert state() == (True, True)
    with platform.fault("vault-not-initialized"):
        assert state() == (False, True)


def test_an_http_client_signs_in_and_gives_an_agent_a_task(platform: Platform) -> None:
    token = platform.login(A.id)["access_token"]
    with httpx.Client(base_url=platform.url("agents", ""), trust_env=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        crew = client.get("/agents").raise_for_status().json()["agents"][0]["integration"]
        accepted = client.post("/agents/execute", json={"integration": crew, "action": "ping"})

    assert accepted.status_code == 202
