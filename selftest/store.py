"""A small platform that keeps records of two tenants, and calls out before and after each change."""

from __future__ import annotations

import itertools
import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


def _token(tenant: str) -> str:
    parts = ({"alg": "RS256", "typ": "JWT"}, {"tenant_id": tenant, "roles": ["client"]})
    return ".".join(
        [*(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "c2lnbmVk"]
    )


# Tokens in form only: the store knows each by heart, and refuses whatever else is said.
TOKENS = {"ACME_TOKEN": _token("acme"), "ZETA_TOKEN": _token("zeta")}
SENTINELS = {"acme": "sentinel-acme-6f0d2c81b7e94a53", "zeta": "sentinel-zeta-1e97c05da3b84f62"}
Record = dict[str, str]

CREATE = {"method": "POST", "path": "/leads", "body": {"name": "Synthetic {marker}", "mail": "{marker}@example.org"}}
READ = {"path": "/leads/{id}"}
DELETE = {"method": "DELETE", "path": "/leads/{id}"}
# What a target says of it.
RESOURCE = {
    "id": "leads",
    "find": {"request": {"path": "/leads", "query": {"search": "{sentinel}"}}, "id": "$.results[*].id"},
    "list": {"request": {"path": "/leads"}, "items": "$.results[*]"},
    "page": {"number": "page", "size": "size", "largest": 50},
    "read": {"request": READ},
    "create": {"request": CREATE, "id": "$.id"},
    "update": {"request": {"method": "PATCH", "path": "/leads/{id}", "body": {"name": "Synthetic {marker}"}}},
    "delete": {"request": DELETE},
    "etags": False,
}
STORED = {"create": CREATE, "id": "$.id", "read": READ, "delete": DELETE, "expect": {"status": 200}}
TARGET = {
    "checks": [
        {
            "id": "front",
            "kind": "routing",
            "request": {"path": "/leads"},
            "expect": {"status": 200, "type": "application/json"},
            "proofs": {"answers": {"root": True}, "stored": STORED},
        }
    ],
    "resources": [RESOURCE],
}


class Store(ThreadingHTTPServer):
    """`records` are by tenant and id; `moment` is called with what happens, in the order of happening."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.records: dict[str, dict[str, Record]] = {tenant: {} for tenant in SENTINELS}
        self.moment: Callable[[str], None] = lambda what: None
        self.busy = threading.Lock()  # held while a request is answered
        self.keeps = False  # whether DELETE is refused
        self.broken = False  # whether everything is
        self._ids = itertools.count(100)
        for tenant, sentinel in SENTINELS.items():
            self.put(tenant, name=f"Sentinel {sentinel}")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, tenant: str, **fields: str) -> str:
        """Keep one more record; returns its id."""
        id = str(next(self._ids))
        self.records[tenant][id] = {"id": id, **fields}
        return id

    def all(self) -> set[str]:
        """The ids of all records."""
        return {id for records in self.records.values() for id in records}

    def environment(self, **more: Any) -> dict[str, Any]:
        """An environment file for it."""
        tenants = [
            {"id": id, "host": f"www.{id}.test", "sentinel": sentinel, "token": f"{id.upper()}_TOKEN"}
            for id, sentinel in SENTINELS.items()
        ]
        # Runs here are about what is around their questions: a few of those that are asked often are enough.
        budgets = {"requests_per_minute": 6000, "timeout": 5, "attempts": 1, "interleaved": 30}
        return {"gateway": self.url, "tenants": tenants, "budgets": budgets, "writes": "allowed", **more}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a client that is killed goes away in the middle."""


class _Handler(BaseHTTPRequestHandler):
    server: Store
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # an answer in two pieces would wait for the client's acknowledgement of the first

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.busy:
            self.server.moment(f"{self.command} comes")
            # Whose record it is says the token; what a body claims is ignored.
            fields = {key: value for key, value in json.loads(body or b"{}").items() if key != "tenant_id"}
            status, data = self._done(fields)
            self.server.moment(f"{self.command} is done")
        raw = b"" if data is None else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "private")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def _done(self, body: dict[str, Any]) -> tuple[int, Any]:
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        tenant = next((name.partition("_")[0].lower() for name, value in TOKENS.items() if value == token), "")
        if not tenant:
            return 401, {"detail": "who asks?"}
        if self.server.broken:
            return 500, {"detail": "broken"}
        records = self.server.records[tenant]
        parts = urlsplit(self.path)
        id = parts.path.removeprefix("/leads").strip("/")
        if not id and self.command == "POST":
            return 201, records[self.server.put(tenant, **body)]
        if not id:
            return 200, {"results": _page(list(records.values()), parse_qs(parts.query))}
        if id not in records:
            return 404, {"detail": "not found"}
        if self.command == "PATCH":
            records[id].update(body)
        if self.command == "DELETE":
            if self.server.keeps:
                return 500, {"detail": "no"}
            del records[id]
            return 204, None
        return 200, records[id]

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: a selftest speaks by its assertions."""


def _page(records: list[Record], query: dict[str, list[str]]) -> list[Record]:
    needle = query.get("search", [""])[0]
    number, size = (int(query.get(key, [default])[0]) for key, default in (("page", "1"), ("size", "20")))
    found = [record for record in records if any(needle in value for value in record.values())]
    return found[(number - 1) * size : number * size]


@contextmanager
def running() -> Iterator[Store]:
    """The store while it runs."""
    with Store() as store:
        thread = threading.Thread(target=store.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield store
        finally:
            store.shutdown()
            thread.join()
