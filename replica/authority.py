"""A certificate authority made at start: a root, an intermediate, and server certificates, good and bad."""

from __future__ import annotations

import datetime
import secrets
import ssl
import tempfile
from functools import cached_property

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

ORGANIZATION = "Replica"
DAY = datetime.timedelta(days=1)


class Authority:
    """Issues server certificates from an intermediate; clients trust the root alone."""

    def __init__(self) -> None:
        self.root = trustme.CA(organization_name=ORGANIZATION, organization_unit_name="Root")
        self._intermediate = trustme.CA(
            self.root, path_length=0, organization_name=ORGANIZATION, organization_unit_name="Intermediate"
        )

    @property
    def root_pem(self) -> bytes:
        return self.root.cert_pem.bytes()

    @cached_property
    def _stranger(self) -> trustme.CA:
        return trustme.CA(organization_name="Another Authority", organization_unit_name="Root")

    def good(self, name: str, days: int = 60) -> ssl.SSLContext:
        """A certificate for `name` with its intermediate, valid for `days` from now (negative: expired)."""
        return _serving(*_parts(_issue(self._intermediate, name, days)))

    def of_stranger(self, name: str) -> ssl.SSLContext:
        """A certificate for `name` from an authority that nobody trusts."""
        return _serving(*_parts(_issue(self._stranger, name, 60)))

    def without_intermediate(self, name: str) -> ssl.SSLContext:
        """A good certificate for `name`, sent alone: only clients that fetch or remember intermediates trust it."""
        key, chain = _parts(_issue(self._intermediate, name, 60))
        return _serving(key, chain[:1])


def default_certificate() -> ssl.SSLContext:
    """What Traefik serves where it has no certificate: self-signed, for a random name of its own.

    https://doc.traefik.io/traefik/https/tls/#default-certificate
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "TRAEFIK DEFAULT CERT")])
    now = datetime.datetime.now(datetime.UTC)
    alternative = x509.DNSName(f"{secrets.token_hex(16)}.{secrets.token_hex(16)}.traefik.default")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + 365 * DAY)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _serving(key_pem, [certificate.public_bytes(serialization.Encoding.PEM)])


def old_protocol(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same context, speaking TLS 1.0 and 1.1 only; OpenSSL 3 does so at security level 0 alone.

    A client that speaks neither sees the connection end: asyncio closes it without sending OpenSSL's alert.
    """
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    return context


def _issue(ca: trustme.CA, name: str, days: int) -> trustme.LeafCert:
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    return ca.issue_cert(
        name,
        common_name=name,
        organization_name=ORGANIZATION,
        not_before=now + (min(days, 0) - 30) * DAY,
        not_after=now + days * DAY,
    )


def _parts(leaf: trustme.LeafCert) -> tuple[bytes, list[bytes]]:
    return leaf.private_key_pem.bytes(), [pem.bytes() for pem in leaf.cert_chain_pems]


def _serving(key: bytes, chain: list[bytes]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # A resumed session would hide a certificate that was changed meanwhile.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    context.set_alpn_protocols(["http/1.1"])
    with tempfile.NamedTemporaryFile() as file:  # mode 0600; load_cert_chain reads files only
        file.write(key + b"".join(chain))
        file.flush()
        context.load_cert_chain(file.name)
    return context
