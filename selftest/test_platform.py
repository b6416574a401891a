"""A platform is started by its command, told of by one line, and stopped when nobody listens any more."""

from __future__ import annotations

import sys
import textwrap
import time
from pathlib import Path

import pytest

from stagecheck import platform
from stagecheck.errors import BadInput
from stagecheck.model import Environment, Tenant

TENANT = Tenant(id="acme", host="acme.example", sentinel="sentinel-acme-0123456789abcdef", token="ACME_TOKEN")


def environment(script: str) -> Environment:
    command = ["python", "-c", textwrap.dedent(script)]
    return Environment(name="lab", gateway="http://gateway:8001", tenants=[TENANT], writes="never", start=command)


def test_the_ready_line_gives_addresses_and_variables(tmp_path: Path) -> None:
    lab = environment("""
        import json, os, sys
        told = {"connect": {"gateway:8001": "127.0.0.1:9"}, "variables": {"ACME_TOKEN": "made up"}, "cwd": os.getcwd()}
        print(json.dumps(told), flush=True)
        sys.stdin.read()
    """)

    with platform.start(lab, folder=tmp_path) as started:
        placed = platform.placed(lab, started.told)

    assert placed.connect == {"gateway:8001": "127.0.0.1:9"}
    assert started.variables == {"ACME_TOKEN": "made up"}
    assert started.told["cwd"] == str(tmp_path)
    assert started.process.returncode == 0


def test_faults_are_passed_on() -> None:
    lab = environment("import json, sys; print(json.dumps({'given': sys.argv[1:]}), flush=True); sys.stdin.read()")

    with platform.start(lab, ["one", "two"]) as started:
        assert started.told["given"] == ["--fault", "one", "--fault", "two"]


def test_a_platform_that_does_not_start_is_refused_with_its_last_word() -> None:
    lab = environment("import sys; print('no room left', file=sys.stderr); sys.exit(2)")

    with pytest.raises(BadInput, match=r"^environment 'lab': .* did not start: no room left$"):
        platform.start(lab)


def test_a_program_that_is_not_there_is_refused() -> None:
    lab = environment("").model_copy(update={"start": ["./no-such-program"]})

    with pytest.raises(BadInput, match=r"^environment 'lab': ./no-such-program did not start: .*No such file"):
        platform.start(lab)


def test_one_that_says_something_else_is_refused() -> None:
    lab = environment("print('hello', flush=True); import sys; sys.stdin.read()")

    with pytest.raises(BadInput, match=r"it said b'hello.n' instead of its addresses"):
        platform.start(lab)


def test_one_that_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "STOP_WITHIN", 0.2)
    lab = environment("import json, time; print(json.dumps({}), flush=True); time.sleep(600)")
    started = platform.start(lab)
    began = time.monotonic()

    started.stop()

    assert started.process.returncode == -9
    assert time.monotonic() - began < 60


def test_python_is_the_running_interpreter() -> None:
    lab = environment("import json, sys; print(json.dumps({'python': sys.executable}), flush=True); sys.stdin.read()")

    with platform.start(lab) as started:
        assert started.told["python"] == sys.executable


def test_one_that_ends_by_itself_is_told_to_every_process_of_the_run_with_its_last_word(tmp_path: Path) -> None:
    lab = environment("""
        import json, sys
        print(json.dumps({}), flush=True)
        sys.stdin.readline()
        print("out of memory", file=sys.stderr)
        sys.exit(7)
    """)
    with platform.start(lab) as started:
        started.watch(tmp_path)
        before = platform.ended(str(tmp_path))
        started.process.stdin.write(b"end\n")
        started.process.stdin.flush()
        until = time.monotonic() + 30
        while not platform.ended(str(tmp_path)) and time.monotonic() < until:
            time.sleep(0.01)

    assert before == ""
    assert platform.ended(str(tmp_path)) == (
        "the platform that this run started ended by itself (exit code 7): out of memory"
    )


def test_one_that_is_stopped_has_not_ended_by_itself(tmp_path: Path) -> None:
    lab = environment("import json, sys; print(json.dumps({}), flush=True); sys.stdin.read()")
    with platform.start(lab) as started:
        started.watch(tmp_path)
    time.sleep(0.1)

    assert platform.ended(str(tmp_path)) == ""
    assert platform.ended("") == ""
