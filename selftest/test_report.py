"""The page of `make report`, opened in a real browser whose only way out is a proxy of ours."""

from __future__ import annotations

import json
import shutil
import socketserver
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from selftest.project import ROOT, Project

# What a browser asks on its own account, without any page.
ITS_OWN = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
CALLED = "www.googletagmanager.com"


BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# The suite needs neither, so a machine without them is no fault of it; CI installs both, and takes no skip.
pytestmark = pytest.mark.skipif(
    not (BROWSER and shutil.which("npm")), reason="needs node, npm and chromium: apt-get install nodejs npm chromium"
)


@dataclass
class Proxy:
    """Answers nobody, and notes whom the browser wanted."""

    port: int
    wanted: list[str] = field(default_factory=list)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    class Refuse(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            told.wanted.append(self.rfile.readline().decode("latin-1").split(" ")[1])
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refuse) as server:
        told = Proxy(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield told
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reports of a run of the real plugin, with the page that the tool made of it; the history is of two runs."""
    project = Project(tmp_path_factory.mktemp("report") / "p")
    for word in ("passed", "flaky", "failed", "inconclusive"):
        project.entry(word, word)
    project.run()
    made(project.folder / "reports")
    project.script["failed"] = "passed"
    project.run()
    made(project.folder / "reports")
    return project.folder / "reports"


def made(reports: Path) -> None:
    history = reports.parent / "history.jsonl"
    command = ["make", "report", f"REPORTS={reports}", f"HISTORY={history}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def opened(page: Path, proxy: Proxy, folder: Path) -> str:
    """What the page is in a browser once its scripts have run."""
    assert BROWSER is not None
    command = [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", *ITS_OWN, f"--user-data-dir={folder}"]
    way = [f"--proxy-server=127.0.0.1:{proxy.port}", "--virtual-time-budget=10000", "--dump-dom", page.as_uri()]
    ran = subprocess.run([*command, *way], capture_output=True, text=True, timeout=120, check=False)
    return ran.stdout


def test_the_page_opens_offline_from_one_file_and_calls_nobody(report: Path, proxy: Proxy, tmp_path: Path) -> None:
    alone = tmp_path / "alone.html"
    shutil.copy(report / "allure-report" / "index.html", alone)
    page = opened(alone, proxy, tmp_path / "profile")

    for text in ("routing", "shop", "routing[shop/inconclusive/answers]", "Categories", "verdict"):
        assert text in page
    assert [host for host in proxy.wanted if CALLED in host] == []
    assert "googletagmanager" not in alone.read_text()


def test_the_tools_own_page_does_call_so_the_proxy_would_see_it(report: Path, proxy: Proxy, tmp_path: Path) -> None:
    page = tmp_path / "call.html"
    page.write_text(f'<html><head><script async src="https://{CALLED}/gtag/js?id=X"></script></head></html>')
    opened(page, proxy, tmp_path / "profile")

    assert [host for host in proxy.wanted if CALLED in host] == [f"{CALLED}:443"]


def test_a_page_that_would_still_call_is_refused(report: Path, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text('<html><head><link rel="stylesheet" href="https://fonts.example/x.css"></head></html>')
    seal = ["node", "report/seal.mjs", str(page)]
    ran = subprocess.run(seal, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert ran.returncode == 1
    assert "the page still calls somebody" in ran.stderr


def test_the_history_joins_the_runs_of_a_check(report: Path) -> None:
    lines = (report.parent / "history.jsonl").read_text().splitlines()

    assert len(lines) == 2
    assert all("routing[shop/failed/answers]" in line for line in lines)


def test_the_lock_file_pins_by_digest_and_names_no_registry() -> None:
    packages = json.loads((ROOT / "report" / "package-lock.json").read_text())["packages"]

    assert [name for name, told in packages.items() if "resolved" in told] == []
    assert [name for name, told in packages.items() if name and "integrity" not in told] == []
