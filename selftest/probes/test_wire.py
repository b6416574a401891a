"""What the probes share: connections, contexts and deadlines."""

from __future__ import annotations

import ssl
import threading
import time
from pathlib import Path

import pytest
import trustme

from selftest.speaker import SENTINEL, environment, reply, speaking, wired
from stagecheck.credentials import CredentialMissing
from stagecheck.errors import BadInput
from stagecheck.model import Identity, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES
from stagecheck.probes.wire import Wire

HOST = "www.acme.test"


def test_a_connection_is_used_again_by_the_same_identity_only() -> None:
    variables = {"ACME_TOKEN": "token-of-acme"}

    with speaking(lambda asked, connection: reply(200, str(connection.getpeername()).encode())) as gateway, \
            wired(gateway, variables) as wire:  # fmt: skip
        first, second = (PROBES["http"](Step("s"), wire).text for _ in range(2))
        other = PROBES["http"](Step("s", identity=Identity("acme")), wire).text

    assert first == second
    assert other != first


def test_the_deadline_is_the_steps_or_the_environments() -> None:
    with wired(budgets={"timeout": 7.0}) as wire:
        assert wire.timeout(Step("s")) == 7.0
        assert wire.timeout(Step("s", timeout=0.5)) == 0.5


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_ca_file_that_cannot_be_read_is_bad_input(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)

    with pytest.raises(BadInput, match=r"ca_file: .*ca\.pem: "):
        Wire(environment(ca_file=str(file)), {})


def test_a_client_certificate_without_its_variable_is_a_missing_credential() -> None:
    edge = {"edge": {"client_certificate": {"certificate": "EDGE_CERTIFICATE", "key": "EDGE_KEY"}}}

    with wired(**edge) as wire, pytest.raises(CredentialMissing, match="EDGE_CERTIFICATE"):
        wire.certificate(HOST)

    with wired(**edge) as wire:
        assert wire.certificate("cdn.test") is None


def test_a_wire_names_no_secret() -> None:
    with wired(variables={"ACME_TOKEN": "token-of-acme"}) as wire:
        assert "token-of-acme" not in repr(wire) + repr(vars(wire))


def test_a_login_does_not_wait_for_who_measures_alone_and_needs_its_token() -> None:
    login = {"path": "/login", "user": "ACME_USER", "password": "ACME_PASSWORD", "token": "$.token"}
    acme = {"id": "acme", "host": HOST, "sentinel": SENTINEL, "login": login}
    secrets = {"ACME_USER": "somebody", "ACME_PASSWORD": "opensesame"}
    told: list[str] = []

    with speaking(lambda asked, _: reply(200, b'{"token": "token-of-acme"}')) as gateway, \
            wired(gateway, secrets, tenants=[acme]) as wire:  # fmt: skip
        thread = threading.Thread(target=lambda: told.append(wire.credentials.token("acme")))
        with wire.crowd.alone(time.monotonic() + 5):
            thread.start()
            thread.join(5)
            in_time = list(told)
        thread.join(5)

    assert in_time == ["token-of-acme"]


def test_a_client_certificate_is_shown_to_the_own_hosts(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    ca_file = str(tmp_path / "ca.pem")
    client = authority.issue_cert("stagecheck@acme.test")
    client.private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(ca_file)
    edge = {"edge": {"client_certificate": {"certificate": "EDGE_CERTIFICATE", "key": "EDGE_CERTIFICATE"}}}
    variables = {"EDGE_CERTIFICATE": str(tmp_path / "client.pem")}
    step = Step("s", base=f"https://{HOST}", retry=False)

    with speaking(lambda asked, _: reply(200, b"in"), context) as server:
        connect = {f"{HOST}:443": server.address}
        with wired(connect=connect, ca_file=ca_file) as wire:
            without = PROBES["http"](step, wire)
        with wired(variables=variables, connect=connect, ca_file=ca_file, **edge) as wire:
            shown = PROBES["http"](step, wire)
            read = PROBES["tls"](step, wire)

    assert without.trouble is not None
    assert without.trouble.reason is Reason.TLS_PROTOCOL
    assert shown.text == "in"
    assert read.trouble is None
