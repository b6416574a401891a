"""The tls probe: the certificates that are presented, and what a client that checks them thinks of them.

The standard library gives the presented chain only from Python 3.13 on, so pyOpenSSL reads it.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import certifi
from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtensionOID, NameOID
from OpenSSL import SSL

from stagecheck.exchange import Exchange, Trouble, Troubled
from stagecheck.model import Environment, Step
from stagecheck.outcome import Reason
from stagecheck.probes import dial, names

if TYPE_CHECKING:
    from stagecheck.probes.wire import Wire

# X509_V_ERR_* of OpenSSL's x509_vfy.h.
_NOT_YET_VALID, _EXPIRED = 9, 10
_NO_ISSUER = frozenset({20, 21})  # the issuer of the last certificate is neither presented nor trusted
_OTHER_NAME = frozenset({62, 64})
_SAID = {
    _NOT_YET_VALID: "not yet valid",
    _EXPIRED: "expired",
    18: "self-signed",
    19: "its authority is not trusted (self-signed certificate in the chain)",
}


@dataclass(frozen=True)
class Presented:
    """What one server presented: certificates, leaf first, and OpenSSL's errors as (X509_V_ERR code, depth)."""

    host: str
    protocol: str
    chain: tuple[x509.Certificate, ...]
    errors: tuple[tuple[int, int], ...]

    @property
    def leaf(self) -> x509.Certificate:
        return self.chain[0]

    @property
    def names(self) -> tuple[str, ...]:
        """The DNS names and addresses that the leaf is for."""
        try:
            found = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (x509.ExtensionNotFound, ValueError):
            return ()
        return (*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress)))


def probe(step: Step, wire: Wire) -> Exchange:
    """Shake hands with the host and port of `step.base` (443 when it names none) and send nothing.

    Facts: `protocol` (`TLSv1.3`), `subject`, `issuer`, `names`, `not_after` (ISO 8601), `days_left`, `chain` (how many
    certificates were presented), `verified`. The trouble says what a client would refuse; the facts are there all the
    same, and also for protocols that a current client no longer speaks.
    """
    scheme, host, port = dial.origin(step.base)
    port = 443 if scheme == "http" and port == 80 else port
    with wire.crowd.turn((scheme, host, port), wire.ends(step)):
        return _probe(step, wire, (scheme, host, port))


def _probe(step: Step, wire: Wire, origin: tuple[str, str, int]) -> Exchange:
    began = time.monotonic()
    _, host, port = origin
    url = f"tls://{host}:{port}"
    try:
        ends = began + wire.timeout(step)
        with wire.place(origin, ends):
            presented = read(wire.environment, host, port, ends, wire.certificate(host))
    except Troubled as troubled:
        return Exchange(step, url, trouble=troubled.trouble, seconds=time.monotonic() - began)
    trouble = judge(presented, wire.environment.ca_file)
    seconds = time.monotonic() - began
    return Exchange(step, url, trouble=trouble, seconds=seconds, facts=_facts(presented, trouble is None))


def read(
    environment: Environment, host: str, port: int, ends: float, certificate: tuple[str, str] | None = None
) -> Presented:
    """What the server presents; raises `Troubled` (connect, dns, timeout, tls_protocol)."""
    errors: list[tuple[int, int]] = []

    def note(_connection: Any, _certificate: Any, code: int, depth: int, fine: int) -> bool:
        if not fine and (code, depth) not in errors:
            errors.append((code, depth))
        return True  # go on: the handshake is for reading, and nothing is sent over it

    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")  # an outdated server is to be read, not only refused
    context.load_verify_locations(environment.ca_file or certifi.where())
    context.set_verify(SSL.VERIFY_PEER, note)
    if certificate is not None:
        context.use_certificate_chain_file(certificate[0])
        context.use_privatekey_file(certificate[1])
    connection = SSL.Connection(context, None)
    if not names.is_address(host):
        connection.set_tlsext_host_name(host.encode("idna"))
    connection.set_connect_state()
    with dial.connect_any(environment, host, port, ends) as wire:
        _shake_hands(connection, wire, ends, f"{host}:{port}")
    chain = connection.get_peer_cert_chain(as_cryptography=True) or []
    if not chain:
        raise Troubled(Trouble(Reason.TLS_PROTOCOL, f"{host}:{port}: presented no certificate"))
    return Presented(host, connection.get_protocol_version_name(), tuple(chain), tuple(errors))


def judge(presented: Presented, ca_file: str) -> Trouble | None:
    """What a client refuses, in the order in which OpenSSL does: the chain, the name, the dates."""
    host, errors = presented.host, presented.errors
    dates = [(code, depth) for code, depth in errors if code in (_NOT_YET_VALID, _EXPIRED)]
    others = [code for code, _ in errors if code not in (_NOT_YET_VALID, _EXPIRED)]
    if others and not set(others) <= _NO_ISSUER:
        code = next(code for code in others if code not in _NO_ISSUER)
        said = _SAID.get(code, f"OpenSSL's verification error {code}")
        return Trouble(Reason.TLS_UNTRUSTED, f"{host}: {said}; issuer {_text(presented.leaf.issuer)}")
    if others:
        return _without_issuer(presented, ca_file)
    if not _is_for(host, presented.names):
        listed = ", ".join(presented.names) or "no name"
        return Trouble(Reason.TLS_NAME, f"{host}: the certificate is for {listed}")
    if dates:
        code, depth = dates[0]
        certificate = presented.chain[depth] if depth < len(presented.chain) else presented.leaf
        since = certificate.not_valid_after_utc if code == _EXPIRED else certificate.not_valid_before_utc
        which = "the certificate" if depth == 0 else f"the authority's certificate {_text(certificate.subject)}"
        return Trouble(Reason.TLS_EXPIRED, f"{host}: {which} is {_SAID[code]}: {since.isoformat()}")
    return None


def explain(error: ssl.SSLError, environment: Environment, host: str, port: int, ends: float) -> Trouble:
    """The reason of a handshake that the standard library's `ssl` refused; asks the server again where it's unclear."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Trouble(Reason.TLS_PROTOCOL, f"{host}:{port}: {_reason(error)}")
    detail = f"{host}: {error.verify_message}"
    if error.verify_code in (_NOT_YET_VALID, _EXPIRED):
        return Trouble(Reason.TLS_EXPIRED, detail)
    if error.verify_code in _OTHER_NAME:
        return Trouble(Reason.TLS_NAME, detail)
    try:
        presented = read(environment, host, port, ends)
    except Troubled:
        return Trouble(Reason.TLS_UNTRUSTED, detail)
    return judge(presented, environment.ca_file) or Trouble(Reason.TLS_UNTRUSTED, detail)


def _shake_hands(connection: SSL.Connection, wire: socket.socket, ends: float, where: str) -> None:
    """A handshake over memory, so that the deadline holds for all of it."""
    while True:
        finished = False
        refusal = ""
        try:
            connection.do_handshake()
            finished = True
        except SSL.WantReadError:
            pass  # what is to be sent is sent below, then the answer is read
        except SSL.Error as error:
            refusal = "; ".join(part[-1] for part in error.args[0]) if error.args else "the handshake failed"
        left = ends - time.monotonic()
        try:
            if left <= 0:
                raise TimeoutError
            wire.settimeout(left)
            _send(connection, wire)
            if refusal:
                raise Troubled(Trouble(Reason.TLS_PROTOCOL, f"{where}: {refusal}"))
            if finished:
                return
            received = wire.recv(16384)
        except TimeoutError:
            raise Troubled(Trouble(Reason.TIMEOUT, f"{where}: no TLS handshake in time")) from None
        except OSError as error:
            told = refusal or dial.said(error)
            raise Troubled(Trouble(Reason.TLS_PROTOCOL, f"{where}: {told} in the TLS handshake")) from None
        if not received:
            raise Troubled(Trouble(Reason.TLS_PROTOCOL, f"{where}: the connection ended in the TLS handshake"))
        connection.bio_write(received)


def _send(connection: SSL.Connection, wire: socket.socket) -> None:
    try:
        while True:
            wire.sendall(connection.bio_read(16384))
    except SSL.WantReadError:
        return  # all is sent


def _without_issuer(presented: Presented, ca_file: str) -> Trouble:
    """An incomplete chain told apart from an unknown authority: both end in a certificate whose issuer isn't there.

    The missing issuer is taken for an intermediate one that the server should send (RFC 8446, 4.4.2) when the leaf
    comes alone and either says where its issuer's certificate is found (AIA, as public authorities' leaves do) or was
    issued by an organization that is trusted; also when certificates came that do not link to the leaf.
    """
    leaf, host = presented.leaf, presented.host
    issuer = _text(leaf.issuer)
    linked = any(certificate.subject == leaf.issuer for certificate in presented.chain[1:])
    lone = len(presented.chain) == 1 and (_says_where(leaf) or _organization(leaf.issuer) in _trusted(ca_file))
    if lone or (len(presented.chain) > 1 and not linked):
        detail = f"{host}: incomplete chain, the certificate of its issuer is not presented: {issuer}"
        return Trouble(Reason.TLS_CHAIN, detail)
    last = _text(presented.chain[-1].issuer)
    return Trouble(Reason.TLS_UNTRUSTED, f"{host}: issued by an authority that is not trusted: {last}")


def _says_where(certificate: x509.Certificate) -> bool:
    try:
        found = certificate.extensions.get_extension_for_oid(ExtensionOID.AUTHORITY_INFORMATION_ACCESS).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return isinstance(found, x509.AuthorityInformationAccess) and any(
        description.access_method == AuthorityInformationAccessOID.CA_ISSUERS for description in found
    )


def _organization(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else ""


def _trusted(ca_file: str) -> frozenset[str]:
    """The organizations of the trusted roots."""
    roots = x509.load_pem_x509_certificates(Path(ca_file or certifi.where()).read_bytes())
    return frozenset(_organization(root.subject) for root in roots) - {""}


def _is_for(host: str, listed: Sequence[str]) -> bool:
    """Whether one of the names covers the host; a wildcard stands for the whole first label and nothing else."""
    if names.is_address(host):
        return str(ip_address(host.strip("[]"))) in listed
    wanted = host.lower().rstrip(".")
    wildcard = "*." + wanted.partition(".")[2]
    return any(name.lower() in (wanted, wildcard) for name in listed)


def _facts(presented: Presented, verified: bool) -> dict[str, Any]:
    leaf = presented.leaf
    left = leaf.not_valid_after_utc - datetime.now(UTC)
    return {
        "protocol": presented.protocol,
        "subject": _text(leaf.subject),
        "issuer": _text(leaf.issuer),
        "names": list(presented.names),
        "not_after": leaf.not_valid_after_utc.isoformat(),
        "days_left": round(left.total_seconds() / 86400, 2),
        "chain": len(presented.chain),
        "verified": verified,
    }


def _text(name: x509.Name) -> str:
    return name.rfc4514_string() or "(no name)"


def _reason(error: ssl.SSLError) -> str:
    said = error.reason or (str(error.args[-1]) if error.args else "the TLS handshake failed")
    return said.replace("_", " ").lower()
