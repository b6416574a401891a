"""A run's verdict as an in-toto test result, signed: what a promotion elsewhere can check without believing a file.

The statement is that of in-toto's attestation framework, "Predicate type: Test Result" 0.1; the envelope is DSSE, made
and verified by securesystemslib (extra `attest`), the library of TUF and in-toto.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from stagecheck import document, extras, past
from stagecheck.errors import BadInput
from stagecheck.outcome import Outcome, Verdict
from stagecheck.past import PastRun, Row

if TYPE_CHECKING:
    from securesystemslib.dsse import Envelope

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
PAYLOAD = "application/vnd.in-toto+json"
MAX_BYTES = 16 * 1024 * 1024
_SUBJECT = re.compile(r"(?P<name>[\w./:-]+)@sha256:(?P<sha256>[0-9a-f]{64})", re.ASCII)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class Subject:
    """An image by its name and the SHA-256 of its manifest, as 64 hexadecimal digits."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Attested:
    """What a statement says, once its signature has been verified: the result, its images, and the verdict's digest."""

    result: str
    subjects: tuple[Subject, ...]
    verdict_sha256: str


def subject(text: str) -> Subject:
    """`NAME@sha256:DIGEST`; raises BadInput for anything else."""
    found = _SUBJECT.fullmatch(text)
    if found is None:
        raise BadInput(f"--subject: expected NAME@sha256:, and 64 hexadecimal digits, got {text!r}")
    return Subject(found["name"], found["sha256"])


def statement(run: PastRun, content: bytes, subjects: Sequence[Subject]) -> dict[str, Any]:
    """The statement about a run whose verdict.json has that content.

    Inconclusive and blocked checks are failed tests, flaky and known ones warned. Where `result` is not FAILED, each
    required check passed or is known. Raises BadInput for a partial run, and where there is nothing that the statement
    could be about.
    """
    if run.partial:
        raise BadInput("attest: this run is partial: merge all of its shards first")
    about = [{"name": one.name, "digest": {"sha256": one.sha256}} for one in subjects]
    if _COMMIT.fullmatch(run.revision):
        about.append({"name": "revision", "digest": {"gitCommit": run.revision}})
    if not about:
        raise BadInput("attest: name an image (--subject NAME@sha256:...): the run's revision is no commit's SHA")
    tests: dict[str, list[str]] = {"passedTests": [], "warnedTests": [], "failedTests": []}
    for row in run.checks:
        tests[_test(row)].append(row.id)
    annotations = {name: getattr(run, name) for name in ("environment", "revision", "profile", "plan", "run")}
    verdict = {"name": past.FILE, "digest": {"sha256": hashlib.sha256(content).hexdigest()}, "annotations": annotations}
    return {
        "_type": STATEMENT,
        "subject": about,
        "predicateType": PREDICATE,
        "predicate": {"result": _result(run), "configuration": [verdict], **tests},
    }


def signed(told: dict[str, Any], key: Path, password: str = "") -> bytes:
    """The statement in a DSSE envelope, signed with a private key (PEM: Ed25519, ECDSA or RSA); raises BadInput."""
    _needs_extra()
    from securesystemslib.dsse import Envelope
    from securesystemslib.signer import CryptoSigner

    pem = _read(key)
    try:
        signer = CryptoSigner(load_pem_private_key(pem, password.encode() or None))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput(
            f"{document.relative(key)}: not a private key (PEM) that can be used with this password"
        ) from None
    envelope = Envelope(json.dumps(told, separators=(",", ":"), sort_keys=True).encode(), PAYLOAD, {})
    envelope.sign(signer)
    return _written(envelope)


def verified(path: Path, key: Path) -> Attested:
    """What an envelope says, whose signature by that public key (PEM) holds; raises BadInput with one line.

    The file must be written as `signed` writes it: what could be changed in it without being seen is refused, too.
    """
    _needs_extra()
    from securesystemslib.dsse import Envelope
    from securesystemslib.exceptions import VerificationError
    from securesystemslib.signer import SSlibKey

    name, data = document.relative(path), _read(path)
    try:
        public = SSlibKey.from_crypto(load_pem_public_key(_read(key)))
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadInput(f"{document.relative(key)}: not a public key (PEM)") from None
    try:
        envelope = Envelope.from_dict(json.loads(data))
        whole = _written(envelope) == data
    except Exception as error:  # the library lets through what its parts raise on bytes that anybody may have written
        raise BadInput(f"{name}: not a DSSE envelope: {type(error).__name__}") from None
    if not whole:
        raise BadInput(f"{name}: not written as it was signed")
    try:
        envelope.verify([public], 1)
    except VerificationError:
        raise BadInput(f"{name}: not signed by {document.relative(key)}, or changed since") from None
    if envelope.payload_type != PAYLOAD:
        raise BadInput(f"{name}: not an in-toto statement: {envelope.payload_type}")
    return _attested(name, envelope.payload)


def refusals(found: Attested, content: bytes, wanted: Sequence[Subject]) -> list[str]:
    """Why a verified statement does not vouch for these images and this verdict.json; nothing when it does."""
    reasons = []
    if found.result not in ("PASSED", "WARNED"):
        reasons.append(f"the attestation says {found.result}")
    if found.verdict_sha256 != hashlib.sha256(content).hexdigest():
        reasons.append("the attestation is about another verdict.json, or this one was changed since")
    known = {(one.name, one.sha256) for one in found.subjects}
    reasons += [
        f"the attestation does not vouch for {one.name}@sha256:{one.sha256}"
        for one in wanted
        if (one.name, one.sha256) not in known
    ]
    return reasons


def _test(row: Row) -> str:
    if row.outcome == Outcome.KNOWN or row.flaky:
        return "warnedTests"
    return "passedTests" if row.outcome == Outcome.PASSED else "failedTests"


def _result(run: PastRun) -> str:
    if run.verdict != Verdict.PROMOTE or any(row.is_red and row.required for row in run.checks):
        return "FAILED"
    return "WARNED" if any(_test(row) != "passedTests" for row in run.checks) else "PASSED"


def _attested(name: str, payload: bytes) -> Attested:
    """The statement's own words; a signer may sign anything, so its shape is looked at too."""
    try:
        told = json.loads(payload)
        if (told["_type"], told["predicateType"]) != (STATEMENT, PREDICATE):
            raise BadInput(f"{name}: not a test result of in-toto: {str(told['predicateType'])[:100]}")
        images = [one for one in told["subject"] if "sha256" in one["digest"]]
        (verdict,) = (one for one in told["predicate"]["configuration"] if one["name"] == past.FILE)
        return Attested(
            result=str(told["predicate"]["result"]),
            subjects=tuple(Subject(str(one["name"]), str(one["digest"]["sha256"])) for one in images),
            verdict_sha256=str(verdict["digest"]["sha256"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{name}: not a statement of ours: {type(error).__name__}") from None


def _written(envelope: Envelope) -> bytes:
    return (json.dumps(envelope.to_dict(), indent=2, sort_keys=True) + "\n").encode()


def _read(path: Path) -> bytes:
    return document.content(path, document.relative(path), MAX_BYTES)


def _needs_extra() -> None:
    if sentence := extras.lacking("securesystemslib", "attest"):
        raise BadInput(sentence)
