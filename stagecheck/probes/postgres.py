"""The postgres probe: one query in a transaction that only reads and is rolled back, over the server's own protocol.

libpq does the talking, by its calls that do not wait (https://www.postgresql.org/docs/current/libpq-async.html): so the
deadline is ours, whatever the server does.
"""

from __future__ import annotations

import contextlib
import json
import re
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from stagecheck.exchange import Exchange, Trouble, Troubled
from stagecheck.model import Sql, Step
from stagecheck.outcome import Reason
from stagecheck.probes import dial

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn, PGresult

    from stagecheck.probes.wire import Wire

PORT = 5432
# What libpq or the server says of a connection that does not come about, and what that means; the first that is found.
_REFUSALS = (
    (re.compile("password authentication failed|no password supplied|pg_hba"), Reason.CREDENTIAL_MISSING),
    (re.compile("SASL|no such user|role .* does not exist|not permitted to log in"), Reason.CREDENTIAL_MISSING),
    (re.compile("FATAL"), Reason.UPSTREAM_DOWN),
    (re.compile("certificate"), Reason.TLS_UNTRUSTED),
    (re.compile("SSL|TLS"), Reason.TLS_PROTOCOL),
    (re.compile("refused|unreachable|No route"), Reason.CONNECT),
)
# Classes of SQLSTATE (Appendix A of PostgreSQL's manual): connection lost, no resources left, an operator stepped in.
_NOT_NOW = ("08", "53", "57", "58")
_CANCELED = "57014"


class _Refused(Exception):
    """The server's own error: its SQLSTATE and what it says."""

    def __init__(self, state: str, said: str) -> None:
        super().__init__(f"{state}: {said}")
        self.state = state


def probe(step: Step, wire: Wire) -> Exchange:
    """Ask the query of the server whose URL (postgresql://) the variable `step.base` holds.

    The body is a JSON list with one object for each row. An error is trouble, its SQLSTATE the fact `sqlstate`.
    """
    with wire.crowd.turn(("postgresql", step.base, PORT), wire.ends(step)):
        return _probe(step, wire)


def _probe(step: Step, wire: Wire) -> Exchange:
    began = time.monotonic()
    ends = began + wire.timeout(step)
    url, trouble, facts, body = "postgresql:", None, {}, b""
    assert step.request.sql is not None
    try:
        place = _place(wire.credentials.value(step.base), step.base)
        url = f"postgresql://{place['host']}:{place['port']}"
        with _connected(place, wire, ends) as talk:
            body = talk.rows(step.request.sql)
    except Troubled as troubled:
        trouble = troubled.trouble
    except _Refused as refused:
        facts = {"sqlstate": refused.state}
        trouble = Trouble(_reason(refused.state), f"refuses the query: {refused}")
    return Exchange(step, url, body=body, trouble=trouble, seconds=time.monotonic() - began, facts=facts)


def _place(url: str, variable: str) -> dict[str, Any]:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    with contextlib.suppress(ProgrammingError, ValueError):  # told below, without the value
        given = conninfo_to_dict(url)
        host, port = str(given.get("host", "")), int(given.get("port") or PORT)
        if host and "," not in host and "/" not in host:
            return {**given, "host": host, "port": port}
    told = f"the variable {variable} does not hold a URL as postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    raise Troubled(Trouble(Reason.CREDENTIAL_MISSING, told))


@contextmanager
def _connected(place: dict[str, Any], wire: Wire, ends: float) -> Iterator[_Talk]:
    host, port = place["host"], place["port"]
    with wire.place(("postgresql", host, port), ends):
        found = dial.addresses(wire.environment, host, port, ends)
        talk = dial.first(found, ends, lambda address, share: _Talk(place, address, share))
        talk.ends = ends
        try:
            yield talk
        finally:
            talk.close()


class _Talk:
    """A connection to one address; everything that the server does not say itself raises `Troubled`."""

    def __init__(self, place: dict[str, Any], address: tuple[str, int], ends: float) -> None:
        from psycopg import pq
        from psycopg.conninfo import make_conninfo

        self.ends = ends
        self._where = f"{place['host']}:{place['port']}"
        # The host stays for TLS; what is dialled is the address.
        own = {"hostaddr": address[0], "port": address[1], "gssencmode": "disable", "client_encoding": "UTF8"}
        info = make_conninfo(**{**place, **own, "application_name": "stagecheck"})
        self._connection: PGconn = pq.PGconn.connect_start(info.encode())
        try:
            self._shake_hands()
        except Troubled:
            self.close()
            raise

    def close(self) -> None:
        self._connection.finish()

    def rows(self, asked: Sql) -> bytes:
        """The rows of the query as JSON; raises `_Refused` for an error of the server."""
        self._ask("BEGIN READ ONLY")
        limit = str(max(int((self.ends - time.monotonic()) * 1000), 1))
        for name, value in {"statement_timeout": limit, **asked.settings}.items():
            self._ask("SELECT set_config($1, $2, true)", name, value)
        found = self._ask(f"SELECT coalesce(json_agg(asked), '[]') FROM ({asked.query}) AS asked")  # noqa: S608
        self._ask("ROLLBACK")
        body = found.get_value(0, 0) or b""
        try:
            json.loads(body)
        except ValueError:
            raise self._trouble(Reason.PROTOCOL, "gave rows that are no JSON") from None
        return bytes(body)

    def _shake_hands(self) -> None:
        from psycopg.pq import ConnStatus, PollingStatus

        while True:
            bad = self._connection.status == ConnStatus.BAD
            state = PollingStatus.FAILED if bad else self._connection.connect_poll()
            if state == PollingStatus.OK:
                self._connection.nonblocking = 1
                return
            if state == PollingStatus.FAILED:
                said = self._connection.error_message.decode("utf-8", "replace")
                raise _unconnected(self._where, " ".join(said.rpartition("failed: ")[2].split()))
            self._wait(writes=state == PollingStatus.WRITING, what="did not finish its greeting in time")

    def _ask(self, query: str, *values: str) -> PGresult:
        from psycopg.errors import OperationalError
        from psycopg.pq import ExecStatus

        try:
            self._connection.send_query_params(query.encode(), [value.encode() for value in values])
            while self._connection.flush():
                self._wait(writes=True)
            results = list(self._results())
        except OperationalError as error:
            raise self._trouble(Reason.PROTOCOL, f"broke the connection off: {' '.join(str(error).split())}") from None
        for result in results:
            if result.status not in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
                raise _refused(result)
        if len(results) != 1:
            raise self._trouble(Reason.PROTOCOL, f"gave {len(results)} results to one query")
        return results[0]

    def _results(self) -> Iterator[PGresult]:
        while True:
            while self._connection.is_busy():
                self._wait()
                self._connection.consume_input()
            result = self._connection.get_result()
            if result is None:
                return
            yield result

    def _wait(self, writes: bool = False, what: str = "did not finish its answer in time") -> None:
        left = self.ends - time.monotonic()
        socket = [self._connection.socket]
        if left <= 0 or not any(select.select([] if writes else socket, socket if writes else [], [], left)):
            raise self._trouble(Reason.TIMEOUT, what)

    def _trouble(self, reason: Reason, said: str) -> Troubled:
        return Troubled(Trouble(reason, f"{self._where}: {said}"))


def _unconnected(where: str, said: str) -> Troubled:
    reason = next((reason for pattern, reason in _REFUSALS if pattern.search(said)), Reason.PROTOCOL)
    return Troubled(Trouble(reason, f"{where}: {said}"))


def _refused(result: PGresult) -> _Refused:
    from psycopg.pq import DiagnosticField

    def told(field: int) -> str:
        return (result.error_field(field) or b"").decode("utf-8", "replace")

    return _Refused(told(DiagnosticField.SQLSTATE), told(DiagnosticField.MESSAGE_PRIMARY))


def _reason(state: str) -> Reason:
    if state == _CANCELED:
        return Reason.TIMEOUT
    return Reason.UPSTREAM_DOWN if state.startswith(_NOT_NOW) else Reason.STATUS
