from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from selftest.test_attestation import IMAGE, keys
from selftest.yesterday import SHA, plain
from stagecheck.__main__ import main

WHOLE = f"{IMAGE.name}@sha256:{IMAGE.sha256}"


def fresh(folder: Path, **changes: Any) -> Path:
    """A verdict that ended a moment ago."""
    moment = datetime.now(UTC)
    path = folder / "verdict.json"
    started, ended = (moment - timedelta(minutes=1)).isoformat(), moment.isoformat()
    path.write_text(json.dumps({**plain(started=started, ended=ended), **changes}))
    return path


def gate(path: Path, *more: str, age: str = "30m") -> int:
    return main(["gate", str(path), "--revision", SHA, "--environment", "staging", "--max-age", age, *more])


def test_promote_prints_what_it_vouches_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = gate(fresh(tmp_path), "--subject", WHOLE, "--tag", "live")

    assert (code, capsys.readouterr().out.splitlines()) == (
        0,
        [
            f"promote: {SHA}, proven in staging by run r1: 1 checks, plan 0123456789abcdef",
            f"docker pull {WHOLE}",
            f"docker tag {WHOLE} {IMAGE.name}:live",
            f"docker push {IMAGE.name}:live",
        ],
    )


def test_each_reason_is_a_line_and_no_command_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = gate(fresh(tmp_path, profile="all", filtered=True), "--subject", WHOLE, age="0s")
    told = capsys.readouterr().out

    assert (code, told.splitlines()[0]) == (1, "do not promote:")
    assert told.count("\n  - ") == 3
    assert "docker" not in told


def test_a_signed_run_brings_its_images(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from cryptography.hazmat.primitives.asymmetric import ed25519

    secret, public = keys(tmp_path, ed25519.Ed25519PrivateKey.generate())
    path, out = fresh(tmp_path), tmp_path / "attestation.json"
    made = main(["attest", str(path), "--subject", WHOLE, "--key", str(secret), "--out", str(out)])
    signed = ("--attestation", str(out), "--key", str(public))

    assert (made, gate(path, *signed)) == (0, 0)
    assert f"docker push {IMAGE.name}:production" in capsys.readouterr().out
    path.write_text(path.read_text().replace('"seconds": 0.1', '"seconds": 0.2'))
    assert gate(path, *signed) == 1
    assert "the attestation is about another verdict.json" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--max-age", "soon"], "gate: --max-age: expected a time such as 30m, 2h or 90s, got 'soon'"),
        (["--subject", "brain"], "--subject: expected NAME@sha256:"),
        (["--key", "k.pub"], "gate: --attestation and --key go together"),
        (["--attestation", "a", "--key", "b"], "a: cannot be read: No such file or directory"),
        (["--colour"], "python -m stagecheck: unrecognized arguments: --colour"),
    ],
)
def test_bad_input_is_one_line_and_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    code = gate(fresh(tmp_path), *more)
    told = capsys.readouterr()

    assert (code, told.out, told.err.count("\n")) == (4, "", 1)
    assert told.err.startswith(sentence)


def test_what_it_needs_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["gate", "verdict.json"]) == 4
    assert "--revision, --environment, --max-age" in capsys.readouterr().err
