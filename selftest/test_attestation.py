"""Real keys, real envelopes: what one changed byte does, and what a statement says of each outcome."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from selftest.yesterday import SHA, issue, plain, row, shard
from stagecheck import attestation, past
from stagecheck.attestation import Subject
from stagecheck.errors import BadInput

IMAGE = Subject("registry.example/brain", "ab" * 32)


def keys(folder: Path, private: Any, password: bytes = b"") -> tuple[Path, Path]:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    secret, public = folder / "key.pem", folder / "key.pub"
    secret.write_bytes(private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock))
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public.write_bytes(private.public_key().public_bytes(serialization.Encoding.PEM, form))
    return secret, public


def written(told: dict[str, Any]) -> tuple[past.PastRun, bytes]:
    content = json.dumps(told).encode()
    return past.parse(content, Path("verdict.json")), content


def envelope(folder: Path, told: dict[str, Any] | None = None) -> tuple[Path, Path, bytes]:
    """A signed file, the public key, and the verdict's bytes."""
    secret, public = keys(folder, ed25519.Ed25519PrivateKey.generate())
    run, content = written(told or plain())
    path = folder / "attestation.json"
    path.write_bytes(attestation.signed(attestation.statement(run, content, [IMAGE]), secret))
    return path, public, content


def test_outcomes_become_tests_and_a_result() -> None:
    rows = [
        row("a[x]"),
        row("b[x]", flaky=True),
        row("c[x]", "known", ledger=issue()),
        row("d[x]", "inconclusive"),
        row("e[x]", "blocked"),
        row("f[x]", "failed", required=False),
    ]
    run, content = written(plain(*rows, verdict="inconclusive", reasons=["x"]))
    told = attestation.statement(run, content, [IMAGE])

    assert (told["_type"], told["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://in-toto.io/attestation/test-result/v0.1",
    )
    assert told["subject"] == [
        {"name": "registry.example/brain", "digest": {"sha256": "ab" * 32}},
        {"name": "revision", "digest": {"gitCommit": SHA}},
    ]
    predicate = told["predicate"]
    assert (predicate["result"], predicate["passedTests"], predicate["warnedTests"], predicate["failedTests"]) == (
        "FAILED",
        ["a[x]"],
        ["b[x]", "c[x]"],
        ["d[x]", "e[x]", "f[x]"],
    )
    assert predicate["configuration"][0]["digest"] == {"sha256": hashlib.sha256(content).hexdigest()}


@pytest.mark.parametrize(
    ("rows", "result"),
    [
        ([row()], "PASSED"),
        ([row(), row("b[x]", flaky=True)], "WARNED"),
        ([row("c[x]", "known", ledger=issue())], "WARNED"),
        ([row("d[x]", "failed", required=False)], "WARNED"),
        ([row("d[x]", "failed")], "FAILED"),
    ],
)
def test_the_result_is_of_what_is_required(rows: list[Any], result: str) -> None:
    assert attestation.statement(*written(plain(*rows)), [IMAGE])["predicate"]["result"] == result


def test_nothing_is_attested_of_a_part() -> None:
    with pytest.raises(BadInput, match="attest: this run is partial: merge all of its shards first"):
        attestation.statement(*written(plain(partial=True, shard=shard(1, 2))), [IMAGE])


def test_a_statement_is_about_something() -> None:
    with pytest.raises(BadInput, match="attest: name an image"):
        attestation.statement(*written(plain(revision="v1.2")), [])


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_any_common_key_signs(tmp_path: Path, kind: str) -> None:
    private = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
    }[kind]()
    secret, public = keys(tmp_path, private, b"a password")
    run, content = written(plain())
    path = tmp_path / "attestation.json"
    path.write_bytes(attestation.signed(attestation.statement(run, content, [IMAGE]), secret, "a password"))
    found = attestation.verified(path, public)

    assert attestation.refusals(found, content, [IMAGE]) == []
    assert (found.result, found.subjects) == ("PASSED", (IMAGE,))
    with pytest.raises(BadInput, match="not a private key"):
        attestation.signed({}, secret, "another")


def test_openssl_verifies_the_same_signature(tmp_path: Path) -> None:
    """Another implementation reads what we wrote: DSSE's pre-authentication encoding, made here by hand."""
    path, public, _ = envelope(tmp_path)
    told = json.loads(path.read_text())
    payload, kind = base64.b64decode(told["payload"]), told["payloadType"].encode()
    (tmp_path / "pae").write_bytes(b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload))
    (tmp_path / "sig").write_bytes(base64.b64decode(told["signatures"][0]["sig"]))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin"]
    files = ["-in", str(tmp_path / "pae"), "-sigfile", str(tmp_path / "sig")]
    ran = subprocess.run([*command, *files], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_one_changed_byte_is_refused_wherever_it_is(tmp_path: Path) -> None:
    path, public, content = envelope(tmp_path)
    data = path.read_bytes()
    dice = random.Random(7)
    for place in dice.sample(range(len(data)), 200):
        changed = bytearray(data)
        changed[place] ^= 1 << dice.randrange(8)
        path.write_bytes(bytes(changed))

        with pytest.raises(BadInput):
            attestation.verified(path, public)

    path.write_bytes(data)
    reasons = attestation.refusals(attestation.verified(path, public), content.replace(b"shop", b"shap", 1), [])
    assert reasons == ["the attestation is about another verdict.json, or this one was changed since"]


def test_another_key_and_another_image_are_refused(tmp_path: Path) -> None:
    path, public, content = envelope(tmp_path)
    other = Subject("registry.example/brain", "cd" * 32)
    found = attestation.verified(path, public)

    assert attestation.refusals(found, content, [other]) == [
        f"the attestation does not vouch for registry.example/brain@sha256:{'cd' * 32}"
    ]
    (tmp_path / "other").mkdir()
    stranger = keys(tmp_path / "other", ed25519.Ed25519PrivateKey.generate())[1]
    with pytest.raises(BadInput, match=r"attestation.json: not signed by .*key.pub, or changed since"):
        attestation.verified(path, stranger)


def test_a_failed_run_is_attested_as_failed_and_vouches_for_nothing(tmp_path: Path) -> None:
    path, public, content = envelope(tmp_path, plain(row(outcome="failed"), verdict="hold", reasons=["x"]))

    assert attestation.refusals(attestation.verified(path, public), content, []) == ["the attestation says FAILED"]


@pytest.mark.parametrize("statement", [{}, {"_type": "x", "predicateType": "y"}, [], {"_type": attestation.STATEMENT}])
def test_a_signed_statement_of_another_kind_is_refused(tmp_path: Path, statement: Any) -> None:
    secret, public = keys(tmp_path, ed25519.Ed25519PrivateKey.generate())
    path = tmp_path / "attestation.json"
    path.write_bytes(attestation.signed(statement, secret))

    with pytest.raises(BadInput, match=r"attestation\.json: not a "):
        attestation.verified(path, public)


@pytest.mark.parametrize("text", ["brain", "brain@sha256:ab", "brain@md5:" + "ab" * 32, "a b@sha256:" + "ab" * 32, ""])
def test_a_subject_is_an_image_by_digest(text: str) -> None:
    with pytest.raises(BadInput, match="--subject: expected NAME@sha256:"):
        attestation.subject(text)
