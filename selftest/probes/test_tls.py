"""Each way in which a certificate is wrong has its own reason, for the tls probe and for http alike."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from selftest.speaker import Speaker, closed_port, reply, reset, speaking, wired
from stagecheck.exchange import Exchange
from stagecheck.model import Request, Step
from stagecheck.outcome import Reason
from stagecheck.probes import PROBES

HOST = "www.acme.test"
NOW = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
DAY = datetime.timedelta(days=1)


class Authorities:
    """A trusted root with an intermediate, and one that nobody knows."""

    def __init__(self, folder: Path) -> None:
        self.root = trustme.CA(organization_name="Selftest")
        self.intermediate = trustme.CA(self.root, path_length=0, organization_name="Selftest")
        self.stranger = trustme.CA(organization_name="Another")
        self.file = str(folder / "ca.pem")
        self.root.cert_pem.write_to_path(self.file)

    def serving(
        self,
        ca: trustme.CA | None = None,
        name: str = HOST,
        days: float = 60,
        certificates: int = 9,
        root: bool = False,
    ) -> ssl.SSLContext:
        """A server's context; `certificates` is how many of the chain it presents, `root` adds its authority's."""
        ca = ca or self.intermediate
        leaf = ca.issue_cert(name, not_before=NOW - 90 * DAY, not_after=NOW + days * DAY)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pems = [pem.bytes() for pem in leaf.cert_chain_pems][:certificates]
        pems += [ca.cert_pem.bytes()] if root else []
        with trustme.Blob(leaf.private_key_pem.bytes() + b"".join(pems)).tempfile() as path:
            context.load_cert_chain(path)
        return context


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    return Authorities(tmp_path_factory.mktemp("ca"))


def old_protocol(authorities: Authorities) -> ssl.SSLContext:
    context = authorities.serving()
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


BAD: dict[str, tuple[Callable[[Authorities], ssl.SSLContext], Reason]] = {
    "expired": (lambda made: made.serving(days=-1), Reason.TLS_EXPIRED),
    "name": (lambda made: made.serving(name="www.zeta.test"), Reason.TLS_NAME),
    "wildcard of another level": (lambda made: made.serving(name="*.test"), Reason.TLS_NAME),
    "unknown authority": (lambda made: made.serving(made.stranger), Reason.TLS_UNTRUSTED),
    "unknown authority, presented": (lambda made: made.serving(made.stranger, root=True), Reason.TLS_UNTRUSTED),
    "unknown authority's intermediate": (
        lambda made: made.serving(made.stranger.create_child_ca()),
        Reason.TLS_UNTRUSTED,
    ),
    "incomplete chain": (lambda made: made.serving(certificates=1), Reason.TLS_CHAIN),
    "unknown authority and expired": (lambda made: made.serving(made.stranger, days=-1), Reason.TLS_UNTRUSTED),
}


@contextmanager
def no_tls(how: str) -> Iterator[Speaker]:
    """A server that takes one connection and answers a TLS greeting in its own way."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        with contextlib.suppress(OSError):
            connection, _ = listener.accept()
            with connection:
                connection.settimeout(2)
                connection.recv(65536)
                if how == "plain http":
                    connection.sendall(reply(400))
                if how == "silent":
                    connection.recv(1)
                if how == "reset":
                    reset(connection)

    thread = threading.Thread(target=talk)
    thread.start()
    with listener:
        yield Speaker(listener.getsockname()[1])
    thread.join(5)


def ask(probe: str, server: Speaker, ca_file: str, base: str = f"https://{HOST}", timeout: float = 5) -> Exchange:
    with wired(connect={f"{HOST}:443": server.address}, ca_file=ca_file, budgets={"attempts": 1}) as wire:
        return PROBES[probe](Step("s", Request(), base=base, timeout=timeout), wire)


@pytest.mark.parametrize("probe", ["tls", "http"])
@pytest.mark.parametrize("bad", BAD)
def test_a_bad_certificate_has_its_reason(authorities: Authorities, bad: str, probe: str) -> None:
    serve, reason = BAD[bad]

    with speaking(lambda asked, _: reply(), serve(authorities)) as server:
        exchange = ask(probe, server, authorities.file)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is reason, exchange.trouble.detail
    assert HOST in exchange.trouble.detail
    assert exchange.status is None
    assert server.asked == []
    assert exchange.facts.get("verified") is (False if probe == "tls" else None)


def test_a_good_certificate_is_read(authorities: Authorities) -> None:
    with speaking(lambda asked, _: reply(), authorities.serving()) as server:
        exchange = ask("tls", server, authorities.file)

    assert exchange.trouble is None
    assert exchange.url == "tls://www.acme.test:443"
    facts = dict(exchange.facts)
    assert 59.9 < facts.pop("days_left") <= 60
    assert facts.pop("not_after").startswith(str((NOW + 60 * DAY).date()))
    assert "O=Selftest" in facts.pop("issuer")
    assert "Testing cert" in facts.pop("subject")
    assert facts == {"protocol": "TLSv1.3", "names": [HOST], "chain": 2, "verified": True}


def test_a_good_certificate_lets_http_through(authorities: Authorities) -> None:
    with speaking(lambda asked, _: reply(200, b"in"), authorities.serving(name="*.acme.test")) as server:
        exchange = ask("http", server, authorities.file)
        seen = ask("tls", server, authorities.file)

    assert exchange.text == "in"
    assert server.asked[0].header("host") == HOST
    assert seen.trouble is None


def test_the_roots_of_the_system_do_not_know_a_private_authority(authorities: Authorities) -> None:
    with speaking(lambda asked, _: reply(), authorities.serving()) as server:
        exchange = ask("tls", server, "")

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TLS_UNTRUSTED


def test_an_outdated_protocol_is_read_by_tls_and_refused_by_http(authorities: Authorities) -> None:
    with speaking(lambda asked, _: reply(), old_protocol(authorities)) as server:
        seen = ask("tls", server, authorities.file)
        exchange = ask("http", server, authorities.file)

    assert seen.facts["protocol"] == "TLSv1.1"
    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TLS_PROTOCOL


@pytest.mark.parametrize("probe", ["tls", "http"])
@pytest.mark.parametrize("how", ["plain http", "end", "reset"])
def test_a_server_that_speaks_no_tls_is_told(authorities: Authorities, how: str, probe: str) -> None:
    with no_tls(how) as server:
        exchange = ask(probe, server, authorities.file)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TLS_PROTOCOL


@pytest.mark.parametrize("probe", ["tls", "http"])
def test_a_silent_handshake_ends_at_the_deadline(authorities: Authorities, probe: str) -> None:
    with no_tls("silent") as server:
        exchange = ask(probe, server, authorities.file, timeout=0.3)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.TIMEOUT
    assert 0.25 < exchange.seconds < 0.8


def test_nobody_there_is_connect(authorities: Authorities) -> None:
    exchange = ask("tls", Speaker(closed_port()), authorities.file)

    assert exchange.trouble is not None
    assert exchange.trouble.reason is Reason.CONNECT


def test_a_plain_base_is_asked_at_the_port_of_https(authorities: Authorities) -> None:
    with speaking(lambda asked, _: reply(), authorities.serving()) as server:
        exchange = ask("tls", server, authorities.file, base=f"http://{HOST}")

    assert exchange.url == f"tls://{HOST}:443"
