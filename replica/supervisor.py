"""Starts the replica's processes, waits until every part answers, switches faults, and stops them all."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from replica import by_hand, dokploy, published, settings, switch
from replica.postgres import parts as postgres
from replica.serve import PROCESSES, STORES
from replica.storefront.brands import BRANDS

HOST = "127.0.0.1"
ADDRESSES = {
    "bizosaas-brain-staging:8001": "gateway",
    "bizosaas-wagtail-staging:4000": "wagtail",
    "bizosaas-django-crm-staging:8000": "crm",
    "bizosaas-saleor-staging:8000": "saleor",
    "bizosaas-auth-staging:8007": "auth",
    "bizosaas-vault-staging:8200": "vault",
    "bizosaas-temporal-ui-staging:8080": "temporal",
    "bizosaas-temporal-server-staging:7233": "temporal-server",
    "bizosaas-superset-staging:8088": "superset",
    "bizosaas-ai-agents-staging:8000": "agents",
    "dokploy-staging:3000": "dokploy",
    "bizosaas-redis-staging:6379": "redis",
    "bizosaas-quanttrade-backend-staging:8012": "quanttrade",
    "bizosaas-amazon-sourcing-staging:8000": "amazon-sourcing",
    "bizosaas-business-directory-staging:8000": "business-directory",
    "bizosaas-coreldove-backend-staging:8000": "coreldove-backend",
    "bizosaas-postgres-staging:5432": "postgresql",
    "bizosaas-pgbouncer-staging:6432": "pool",
}
HEALTH = {
    "gateway": "/health",
    "wagtail": "/health/",
    "crm": "/health/",
    "saleor": "/health/",
    "auth": "/health",
    "limited": "/health",
    "vault": "/v1/sys/health",
    "temporal": "/api/v1/namespaces",
    "superset": "/health",
    "agents": "/health",
    "dokploy": "/api/health",
    "quanttrade": "/health",
    "amazon-sourcing": "/health",
    "business-directory": "/health",
    "coreldove-backend": "/health",
    "https": "/api/health",
    "http": "/",
}
NOWHERE = ":9"  # the discard port, which nothing serves
# Where nothing may listen on the public host: ports of services that only the platform itself may ask.
SHUT = (5432, 5433, 6379, 6380, 7233, 7234, 8000, 8002, 8003, 8004, 8006, 8007, 8008, 8009, 8012, 8083, 8201)
START = 120.0  # seconds; the first start builds the databases
STOP = 3.0


class NotStarted(Exception):
    """The replica did not come up, or did not follow; one line, with the last words of the process at fault."""


@dataclass(frozen=True)
class Ready:
    """What a caller needs to reach the replica; see the ready line in `python -m replica --help`."""

    connect: dict[str, str]
    resolver: str
    ca_file: str
    variables: dict[str, str]
    state: str

    @property
    def line(self) -> str:
        return json.dumps(asdict(self))


class Replica:
    """The processes of one replica and its state folder. `stop` ends all of it, however far the start came."""

    def __init__(self, state: str = "", rate_limit: int = 6000, tenants: int = len(settings.BRANDS)) -> None:
        self._tenants = settings.tenants(tenants)
        self._state = _folder(state)
        self._reserved = {name: _reserve(udp=name == "dns") for parts in PROCESSES.values() for name in parts}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        names = (tenant.id for tenant in self._tenants)
        self._settings = settings.Settings(
            state=str(self._state),
            ports={name: sock.getsockname()[1] for name, sock in self._reserved.items()},
            passwords={name: secrets.token_urlsafe(18) for name in (*names, *STORES, dokploy.PART, "superset")},
            rate_limit=rate_limit,
        )

    def start(self, faults: Iterable[str] = (), stopped: Callable[[], bool] = lambda: False) -> Ready:
        """Start everything healthy, wait for each part's answer, then turn on the faults; raises NotStarted.

        `stopped` is asked while waiting: when it says yes, the start is given up.
        """
        self._settings.write()
        switch.put((), str(self._state))
        for process, parts in PROCESSES.items():
            self._processes[process] = self._spawn(process, parts)
        until = time.monotonic() + START
        waiting = dict.fromkeys(self._settings.ports)
        while waiting:
            self._look(stopped, until, f"no answer from {', '.join(waiting)}")
            for name in [name for name in waiting if self._answers(name)]:
                del waiting[name]
            time.sleep(0.05)
        switch_faults(self._state, faults)
        ready = self.ready
        by_hand.write(self._state, ready.connect, ready.ca_file, ready.variables)
        return ready

    @property
    def _ca_file(self) -> str:
        return str(self._state / "ca.pem")

    @property
    def ready(self) -> Ready:
        ports = {part: f"{HOST}:{port}" for part, port in self._settings.ports.items()}
        connect = {address: ports[part] for address, part in ADDRESSES.items() if part in ports}
        for brand in BRANDS:
            # The port alone: the addresses are those that the name server gives, as on a real host.
            own = self._settings.ports
            connect |= {f"{brand.host}:443": f":{own['https']}", f"{brand.host}:80": f":{own['http']}"}
        connect |= {f"{BRANDS[0].host}:{port}": NOWHERE for port in SHUT}
        for part, port in published.PORTS.items():
            connect[f"{BRANDS[0].host}:{port}"] = f":{self._settings.ports[part]}"
        variables: dict[str, str] = {}
        for tenant in self._tenants:
            name, password = tenant.id.upper(), self._settings.passwords[tenant.id]
            variables |= {f"{name}_USER": tenant.email, f"{name}_PASSWORD": password}
        variables |= json.loads((self._state / "tokens.json").read_text())
        variables["DOKPLOY_KEY"] = self._settings.passwords[dokploy.PART]
        variables["SUPERSET_AUTHORIZATION"] = f"Bearer {self._settings.passwords['superset']}"
        if "redis" in STORES:
            variables["REDIS_URL"] = f"redis://:{self._settings.passwords['redis']}@bizosaas-redis-staging:6379/0"
        if "postgresql" in STORES:
            variables |= postgres.urls(self._settings.passwords["postgresql"])
        return Ready(connect, ports["dns"], self._ca_file, variables, str(self._state))

    def dead(self) -> str:
        """What the first process that ended by itself said last; empty while all run."""
        for name, process in self._processes.items():
            if process.poll() is not None:
                return f"process '{name}' ended with {process.returncode}: {self._last_words(name)}"
        return ""

    def stop(self) -> None:
        """End every process and remove the state folder."""
        for process in self._processes.values():
            process.terminate()
        until = time.monotonic() + STOP
        for process in self._processes.values():
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()
        for sock in self._reserved.values():
            sock.close()
        shutil.rmtree(self._state, ignore_errors=True)

    def _spawn(self, process: str, parts: Iterable[str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "replica.serve", "--as", process, "--parent", str(os.getpid()), *parts]
        root = str(Path(__file__).parents[1])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
        environment = {
            **os.environ,
            "REPLICA_STATE": str(self._state),
            "REPLICA_TENANTS": str(len(self._tenants)),
            "PYTHONPATH": path,
        }
        with (self._state / f"{process}.log").open("wb") as log:
            # Its standard input is the rope by which it hangs on us: see `lifeline`.
            return subprocess.Popen(  # noqa: S603
                command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd=root
            )

    def _look(self, stopped: Callable[[], bool], until: float, late: str) -> None:
        if stopped():
            raise NotStarted("stopped before it was ready")
        if dead := self.dead():
            raise NotStarted(dead)
        if time.monotonic() > until:
            raise NotStarted(f"{late} after {START:.0f} s")

    def _last_words(self, process: str) -> str:
        lines = (self._state / f"{process}.log").read_text(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")

    def _answers(self, name: str) -> bool:
        port = self._settings.ports[name]
        try:
            if name in published.PORTS:
                return True  # it answers under a fault alone
            if name in (*STORES, "temporal-server"):
                socket.create_connection((HOST, port), timeout=5).close()
                return True
            return _resolves(port) if name == "dns" else self._is_well(name, port)
        except (OSError, http.client.HTTPException):
            return False

    def _is_well(self, name: str, port: int) -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        with contextlib.closing(connection):
            connection.connect()
            host = BRANDS[0].host
            if name == "https":
                context = ssl.create_default_context(cafile=self._ca_file)
                connection.sock = context.wrap_socket(connection.sock, server_hostname=host)
            connection.request("GET", HEALTH[name], headers={"Host": host})
            answer = connection.getresponse()
            # The gateway remembers for a moment what it found; it must have found the others by now.
            return answer.status < 500 and (name != "gateway" or json.load(answer)["status"] == "healthy")


def switch_faults(state: str | os.PathLike[str], names: Iterable[str], timeout: float = 5) -> None:
    """Turn on exactly these faults in the replica of that state folder, and wait until every process acts on them.

    The gateway then asks the others anew how they are, unless somebody asks it meanwhile.

    The names are taken as they are (see `catalog.check`). Raises NotStarted where no replica runs or one of its
    processes does not follow within `timeout` seconds.
    """
    folder = Path(state)
    wanted = frozenset(names)
    if not (folder / "settings.json").exists():
        raise NotStarted(f"{folder}: no replica runs there")
    switch.put(wanted, str(folder))
    until = time.monotonic() + timeout
    waiting = set(PROCESSES)
    while True:
        waiting = {process for process in waiting if _acknowledged(folder, process) != wanted}
        if not waiting:
            return
        if time.monotonic() > until:
            raise NotStarted(f"no word from {', '.join(sorted(waiting))} on the faults after {timeout:g} s")
        time.sleep(0.01)


def run(
    json_line: bool,
    state: str = "",
    faults: Iterable[str] = (),
    rate_limit: int = 6000,
    tenants: int = len(settings.BRANDS),
) -> int:
    """The replica in the foreground until SIGTERM, SIGINT, or (with `json_line`) the end of standard input."""
    import signal

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    if json_line:
        threading.Thread(target=_until_end_of_input, args=(stop,), daemon=True).start()
    try:
        replica = Replica(state, rate_limit, tenants)
    except NotStarted as error:
        return _complain(error)
    try:
        ready = replica.start(faults, stop.is_set)
        print(ready.line if json_line else _for_a_human(ready), flush=True)
        while not stop.wait(0.2):
            if dead := replica.dead():
                raise NotStarted(dead)
    except (NotStarted, BrokenPipeError) as error:
        return 0 if stop.is_set() else _complain(error)
    finally:
        replica.stop()
    return 0


def _complain(error: Exception) -> int:
    print(f"replica: {error}", file=sys.stderr)
    return 1


def _for_a_human(ready: Ready) -> str:
    width = max(len(address) for address in ready.connect)
    lines = [f"{name:<{width}}  {where}" for name, where in by_hand.places(ready.connect).items()]
    lines += [f"{'DNS':<{width}}  {ready.resolver}", f"{'root certificate':<{width}}  {ready.ca_file}"]
    lines += [f"{name:<{width}}  {value}" for name, value in ready.variables.items()]
    shell = f"{'for a shell':<{width}}  . {ready.state}/{by_hand.ENV}   # then curl finds all of it under its own names"
    return "\n".join([*lines, f"{'state':<{width}}  {ready.state}", shell, "ready; stop with Ctrl-C"])


def _until_end_of_input(stop: threading.Event) -> None:
    while os.read(0, 1024):
        continue
    stop.set()


def _folder(asked: str) -> Path:
    """A new folder that only we can read; raises NotStarted when the one asked for is in use."""
    if not asked:
        return Path(tempfile.mkdtemp(prefix="replica-"))
    folder = Path(asked).absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise NotStarted(f"{folder}: not empty; the state folder is made at start and removed at the end")
        folder.chmod(0o700)
    except OSError as error:
        raise NotStarted(f"{folder}: {error.strerror}") from None
    return folder


def _reserve(udp: bool = False) -> socket.socket:
    """A free loopback port, held by a socket that is bound and never listens.

    So nobody takes the port while a part is down, and a connection to it is refused then.
    """
    while True:
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, 0))
        if not udp:
            return sock
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams:
            try:
                datagrams.bind(sock.getsockname())
                return sock
            except OSError:
                sock.close()


def _resolves(port: int) -> bool:
    import dns.exception
    import dns.message
    import dns.query

    try:
        query = dns.message.make_query(BRANDS[0].host, "A")
        return bool(dns.query.udp(query, HOST, timeout=0.5, port=port).answer)
    except dns.exception.DNSException:
        return False


def _acknowledged(folder: Path, process: str) -> frozenset[str] | None:
    try:
        return frozenset((folder / f"ack-{process}").read_text().split())
    except FileNotFoundError:
        return None
