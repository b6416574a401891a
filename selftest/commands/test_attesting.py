from __future__ import annotations

from pathlib import Path

import pytest

from selftest.commands.test_gating import WHOLE, fresh
from stagecheck.__main__ import main


def test_a_key_that_is_none_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "key.pem").write_text("no key")
    code = main(["attest", str(fresh(tmp_path)), "--subject", WHOLE, "--key", str(tmp_path / "key.pem")])
    told = capsys.readouterr()

    assert (code, told.out) == (4, "")
    assert told.err.endswith("key.pem: not a private key (PEM) that can be used with this password\n")
