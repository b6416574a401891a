"""A database cluster with the platform's schema: built once for a version of the server, copied at each start."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import socket
import struct
import subprocess
import tempfile
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from replica import databases, programs

HERE = Path(__file__).parent
SERVER = "/usr/lib/postgresql/*/bin/postgres"
ROOT = "postgres"  # the name of the superuser, whom only the socket in the cluster's own folder lets in
NAME = "bizosaas_staging"
# A small server that may lose all it has: the replica is made anew at each start.
SMALL = {
    "shared_buffers": "16MB",
    "max_connections": "100",
    "fsync": "off",
    "autovacuum": "off",
    "jit": "off",
}
ACCESS = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


@cache
def account() -> pwd.struct_passwd | None:
    """Whom the servers run as where we are root, whom they refuse; None where they run as ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def lowered() -> list[str]:
    """The words of `setpriv` that make a program run as that account."""
    who = account()
    return [] if who is None else [f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]


def own(folder: Path) -> None:
    """Give a folder and all in it to that account."""
    who = account()
    if who is not None:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, who.pw_uid, who.pw_gid, follow_symlinks=False)


def binary(name: str) -> str:
    """A program of the server's own folder."""
    return str(Path(programs.found(SERVER)).with_name(name))


def command(folder: Path, port: int, listens: str = "127.0.0.1") -> list[str]:
    """The server on the cluster in that folder; its socket is there, too."""
    options = {**SMALL, "listen_addresses": listens, "port": str(port), "unix_socket_directories": str(folder)}
    return [binary("postgres"), "-D", str(folder / "data"), *(f"--{name}={value}" for name, value in options.items())]


def told(folder: Path, port: int, *statements: str, database: str = NAME, file: str = "") -> None:
    """Say statements to the server as its superuser; raises CalledProcessError when one fails."""
    words = [word for statement in statements for word in ("-c", statement)]
    words += ["-f", file] if file else []
    client = [
        binary("psql"),
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        str(folder),
        "-p",
        str(port),
        "-U",
        ROOT,
        "-d",
        database,
    ]
    subprocess.run([*client, *words], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603


def place(folder: Path) -> None:
    """Put a cluster into that folder, building it first where no cache has it."""
    built = databases.CACHE / f"postgres-{_key()}"
    if not built.exists():
        _build(built)
    shutil.copytree(built, folder / "data")
    own(folder)
    (folder / "data").chmod(0o700)


def _key() -> str:
    found = hashlib.sha256(os.path.realpath(programs.found(SERVER)).encode())
    version = subprocess.run([binary("postgres"), "--version"], check=True, capture_output=True)  # noqa: S603
    found.update(version.stdout)
    for path in (HERE / "cluster.py", HERE / "schema.sql"):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def _build(target: Path) -> None:
    # In a folder that the servers' account reaches, which a checkout need not be.
    with tempfile.TemporaryDirectory(prefix="replica-cluster-") as made:
        folder = Path(made)
        own(folder)
        _as_account(
            [
                *(binary("initdb"), "-D", str(folder / "data"), "-U", ROOT, "--auth=trust", "--encoding=UTF8"),
                *("--locale=C", "--no-sync", "--wal-segsize=1"),
            ]
        )
        (folder / "data" / "pg_hba.conf").write_text(ACCESS)
        server = subprocess.Popen(  # noqa: S603
            _lowered_words(command(folder, 1, "")), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            _wait(folder, 1)
            told(folder, 1, database=ROOT, file=str(HERE / "schema.sql"))
        finally:
            server.terminate()  # the smart way: it writes all down
            server.wait()
        draft = target.with_name(f"{target.name}.{os.getpid()}")
        shutil.rmtree(draft, ignore_errors=True)
        draft.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(folder / "data", draft)
        try:
            os.replace(draft, target)
        except OSError:  # another replica built it meanwhile
            shutil.rmtree(draft)


def is_ready(folder: Path, port: int) -> bool:
    """Whether the server takes queries."""
    asked = [binary("pg_isready"), "-q", "-h", str(folder), "-p", str(port)]
    return subprocess.run(asked, check=False).returncode == 0  # noqa: S603


def idle(folder: Path, port: int) -> socket.socket:
    """A connection that was let in and does nothing, of the superuser on the platform's database."""
    words = f"user\0{ROOT}\0database\0{NAME}\0\0".encode()
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(programs.START)
    connection.connect(str(folder / f".s.PGSQL.{port}"))
    connection.sendall(struct.pack("!ii", 8 + len(words), 3 << 16) + words)  # version 3.0 of the protocol
    said = b""
    while not said.endswith(b"Z\0\0\0\5I"):  # ready for a query
        part = connection.recv(4096)
        if not part:
            raise RuntimeError(f"postgresql: it lets nobody in: {said[-200:]!r}")
        said += part
    return connection


def _wait(folder: Path, port: int) -> None:
    until = time.monotonic() + programs.START
    while not is_ready(folder, port):
        if time.monotonic() > until:
            raise RuntimeError("postgresql: it does not start")
        time.sleep(0.05)


def _as_account(words: Sequence[str]) -> None:
    subprocess.run(_lowered_words(words), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # noqa: S603


def _lowered_words(words: Sequence[str]) -> list[str]:
    return ["setpriv", *lowered(), *words] if lowered() else list(words)
