"""Watches the platform until it is ready, at every address of each name, and remembers what was seen on the way."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import tenacity

from stagecheck import record
from stagecheck.causes import blame
from stagecheck.exchange import Answers, Exchange, Trouble, Troubled
from stagecheck.model import Environment, Step
from stagecheck.outcome import Finding, Outcome, Reason, failed
from stagecheck.plan import Check, Plan
from stagecheck.probes import dial
from stagecheck.ready import REPORTED, STABLE, UNCHANGED
from stagecheck.record import Record
from stagecheck.runner import Runner, procedure_of

MakeRunner = Callable[[Environment], Runner]
Tell = Callable[[str], None]

SHORTEST = 2.0  # seconds that a question gets, however little of the wait is left
GROWTH = 1.5  # how much longer each pause is than the one before
SHOWN = 6  # changes that a message shows: the first half and the last
READY = "ready"


@dataclass(frozen=True)
class Watched:
    """What became of one check: `finding` is None where it holds, `text` its whole message, `exchanges` its evidence.

    `root` is the id of the check that blocks it, and what was found there. `seconds` is how long it was watched.
    """

    check: Check
    finding: Finding | None = None
    text: str = ""
    exchanges: Sequence[dict[str, Any]] = ()
    root: tuple[str, Finding] | None = None
    seconds: float = 0.0

    def record(self) -> Record:
        """The check's record; nothing of it is known to the ledger, since a run waits for what must be."""
        if self.root is None:
            found, shown = self.finding, self.exchanges
            return record.of(self.check, found, text=self.text, exchanges=shown, seconds=self.seconds)
        id, finding = self.root
        plain = {"id": id, "outcome": str(finding.outcome), "reason": str(finding.reason), "message": finding.cause}
        text = f"blocked by {id}: {finding.reason}: {first_line(finding.seen)}"
        blocked = replace(finding, outcome=Outcome.BLOCKED, seen=first_line(finding.seen))
        return record.of(self.check, blocked, text=text, root=plain, seconds=self.seconds)


@dataclass(frozen=True)
class _Seen:
    """What one look saw of one check, in one line; `runner` and `answers` are of the first address that is not good."""

    said: str
    runner: Runner
    answers: Answers
    finding: Finding | None = None


@dataclass
class _State:
    """What was seen of a check so far: spans of looks that saw the same, and how often in a row it was good."""

    check: Check
    streak: int = 0
    looks: int = 0
    spans: list[tuple[float, float, int, str]] = field(default_factory=list)
    last: _Seen | None = None
    bad: _Seen | None = None

    def note(self, at: float, said: str, seen: _Seen | None = None) -> bool:
        """Remember a look at so many seconds; returns whether it saw something else than the look before."""
        good = seen is not None and seen.finding is None
        self.looks += 1
        self.streak = self.streak + 1 if good else 0
        self.last = seen or self.last
        self.bad = self.bad if good or seen is None else seen
        if self.spans and self.spans[-1][3] == said:
            since, _, looks, _ = self.spans.pop()
            self.spans.append((since, at, looks + 1, said))
            return False
        self.spans.append((at, at, 1, said))
        return True

    def history(self) -> list[str]:
        """One line for each change that was seen, with its times since the beginning."""
        lines = []
        for since, until, looks, said in self.spans:
            when = f"{since:.1f} s" if looks == 1 else f"{since:.1f} to {until:.1f} s, {looks} looks"
            lines.append(f"{when}: {said}")
        if len(lines) > SHOWN:
            lines[SHOWN // 2 : -SHOWN // 2] = [f"({len(lines) - SHOWN} more changes)"]
        return lines


class Watch:
    """Looks at what a run waits for; use it as a context, or `close` it.

    `runner` makes the runner of an environment: one is made for each address, so that each is asked with the name's own
    Host and TLS name. `tell` is called with one redacted line for each change that is seen.
    """

    def __init__(self, environment: Environment, plan: Plan, runner: MakeRunner, tell: Tell) -> None:
        self._environment = environment
        self._plan = plan
        self._make = runner
        self._tell = tell
        self._runners: dict[str, Runner] = {}
        self._states = [_State(check) for check in _by_ladder(plan)]
        self._began = time.monotonic()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        for runner in self._runners.values():
            runner.close()
        self._runners.clear()

    def wait(self, seconds: float) -> list[Watched]:
        """Look until all is good often enough in a row, for so many seconds; what became of each check, lowest first.

        A look that is all good when the time is over is followed by those that it needs to be believed.
        """
        self._began = time.monotonic()
        ends = self._began + seconds
        tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda ready: not ready),
            stop=lambda state: time.monotonic() >= ends and not self._all_good(),
            wait=lambda state: self._pause(state, ends),
            retry_error_callback=lambda state: False,
        )(self._look, ends)
        return self._judged()

    def again(self, before: Iterable[Watched] = ()) -> list[Watched]:
        """Ask each service for its release at the end of the run; `before` is what became of all at its beginning."""
        red = {one.check.id: one.finding for one in before if one.finding is not None}
        red |= {one.check.id: one.root[1] for one in before if one.root is not None}
        return [self._still(check, red) for check in self._plan.checks if check.proof == UNCHANGED]

    # -- one look at all

    def _look(self, ends: float) -> bool:
        """Look once at everything; returns whether all was good often enough in a row."""
        bad: set[str] = set()
        for state in self._states:
            check = state.check
            below = next((root for root in check.roots if root in bad), "")
            seen = None if below else self._seen(check, ends)
            said = seen.said if seen else f"waits for {self._plan.get(below).service}"
            changed = state.note(time.monotonic() - self._began, said, seen)
            if seen is None or seen.finding is not None:
                bad.add(check.id)
            if changed and seen is not None and (seen.finding is not None or state.bad is not None):
                self._tell(f"{time.monotonic() - self._began:6.1f} s  {check.service} {check.proof}: {said}")
        return all(self._is_ready(state) for state in self._states)

    def _all_good(self) -> bool:
        return all(state.streak for state in self._states)

    def _is_ready(self, state: _State) -> bool:
        return state.streak >= self._environment.ready.stable

    def _pause(self, state: tenacity.RetryCallState, ends: float) -> float:
        """Seconds until the next look: few while all is good, growing while it is not; the last look is at the end."""
        ready = self._environment.ready
        if self._all_good():
            return ready.interval
        growing = tenacity.wait_exponential(multiplier=ready.interval, exp_base=GROWTH, max=ready.longest)
        return max(0.0, min(growing(state), ends - time.monotonic()))

    # -- one look at one check

    def _seen(self, check: Check, ends: float) -> _Seen:
        """Ask a check at every address of its host."""
        step = procedure_of(check).steps(check, self._runner("").setting)[0]
        seconds = min(self._environment.budgets.timeout, max(ends - time.monotonic(), SHORTEST))
        try:
            places = self._places(step, time.monotonic() + seconds)
        except Troubled as troubled:
            exchange = Exchange(step, step.base, trouble=troubled.trouble)
            answers = Answers({step.name: exchange})
            return self._bad(check, self._runner(""), answers, _unreached(check, exchange, troubled.trouble), "")
        found = [self._at(check, place, seconds, len(places) > 1) for place in places]
        bad = next((seen for seen in found if seen.finding is not None), None)
        if bad is None:
            return found[0]
        return replace(bad, said="; ".join(dict.fromkeys(seen.said for seen in found)))

    def _at(self, check: Check, place: tuple[str, str], seconds: float, several: bool) -> _Seen:
        """Ask a check at one address."""
        runner = self._runner(*place)
        answers, finding = runner.look(check, seconds)
        if finding is None:
            return _Seen(f"{place[1]} {READY}" if several else READY, runner, answers)
        if finding.reason is Reason.CREDENTIAL_MISSING:
            # A login that failed is kept; the next look makes a new one.
            self._runners.pop("=".join(place)).close()
        return self._bad(check, runner, answers, finding, f"{place[1]} " if several else "")

    def _bad(self, check: Check, runner: Runner, answers: Answers, finding: Finding, where: str) -> _Seen:
        redact = runner.wire.redactor.text
        finding = replace(finding, seen=redact(f"{where}{finding.seen}"), cause=redact(finding.cause))
        said = finding.seen if finding.reason is Reason.WRONG_REVISION else f"{finding.reason}: {finding.seen}"
        return _Seen(said, runner, answers, finding)

    def _places(self, step: Step, ends: float) -> list[tuple[str, str]]:
        """HOST:PORT and ADDRESS:PORT for every address of a host.

        One without an address where a proxy dials, and for a database, whose URL its probe alone reads.
        """
        if self._environment.proxy or step.probe != "http":
            return [("", "")]
        _, host, port = dial.origin(step.base)
        found = dial.addresses(self._environment, host, port, ends)
        return [(f"{host}:{port}", f"[{to}]:{at}" if ":" in to else f"{to}:{at}") for to, at in routed(found)]

    def _runner(self, name: str, address: str = "") -> Runner:
        """The runner for which that HOST:PORT is one address alone."""
        key = f"{name}={address}"
        if key not in self._runners:
            connect = {**self._environment.connect, **({name: address} if name else {})}
            self._runners[key] = self._make(self._environment.model_copy(update={"connect": connect}))
        return self._runners[key]

    # -- what became of it

    def _judged(self) -> list[Watched]:
        found: list[Watched] = []
        red: dict[str, Finding] = {}
        for state in self._states:
            watched = self._became(state, red)
            if watched.finding is not None:
                red[state.check.id] = watched.finding
            found.append(watched)
        return found

    def _became(self, state: _State, red: Mapping[str, Finding]) -> Watched:
        check, seconds = state.check, time.monotonic() - self._began
        root = _blocking(check, red)
        if root is not None:
            return Watched(check, root=root, seconds=seconds)
        if state.bad is None or state.bad.finding is None or self._is_ready(state):
            seen = state.last
            return Watched(check, exchanges=_evidence(check, seen) if seen else (), seconds=seconds)
        bad, bounds = state.bad.finding, state.bad.runner.wire.bounds
        if bounds.over and bad.outcome is not Outcome.INCONCLUSIVE:
            # The wait was cut short by the run's own deadline: the platform was not given its time.
            bad = replace(bad, outcome=Outcome.INCONCLUSIVE, reason=Reason.DEADLINE, seen=bounds.sentence)
        needed = self._environment.ready.stable
        times = f"{state.looks} looks in {seconds:.0f} s, {needed} good ones in a row are needed"
        lines = [f"{bad.seen} ({times})", *state.history()]
        kept = bad.outcome is Outcome.INCONCLUSIVE or bad.reason is Reason.WRONG_REVISION
        reason = bad.reason if kept else Reason.NOT_READY
        finding = replace(bad, reason=reason, must_hold=check.title, seen="\n             ".join(lines))
        return self._told(check, finding, state.bad, seconds)

    def _still(self, check: Check, red: Mapping[str, Finding]) -> Watched:
        root = _blocking(check, red)
        if root is not None:
            return Watched(check, root=root)
        began = time.monotonic()
        seen = self._seen(check, began)
        if seen.finding is not None and seen.finding.reason is not Reason.WRONG_REVISION:
            seen = self._seen(check, began)  # one accident at the very end is not a change of release
        finding = seen.finding
        if finding is None:
            return Watched(check, exchanges=_evidence(check, seen), seconds=time.monotonic() - began)
        if finding.reason is Reason.WRONG_REVISION:
            cause = f"the release of {check.service} changed while the checks ran: what they saw is of more than one"
            finding = replace(finding, cause=cause)
        return self._told(check, finding, seen, time.monotonic() - began)

    def _told(self, check: Check, finding: Finding, seen: _Seen, seconds: float) -> Watched:
        text = seen.runner.message(check, finding, seen.answers)
        return Watched(check, finding, text, _evidence(check, seen), seconds=seconds)


def routed(found: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """The addresses to which this machine has a route, or all where it has none to any; nothing is sent.

    A machine without IPv6 cannot ask the IPv6 addresses of a name, which are no less ready for that.
    """
    return [address for address in found if _has_route(address)] or list(found)


def _has_route(address: tuple[str, int]) -> bool:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as unsent:
            unsent.connect(address)
    except OSError:
        return False
    return True


def first_line(text: str) -> str:
    """What was seen last, without the history."""
    return text.partition("\n")[0]


def _blocking(check: Check, red: Mapping[str, Finding]) -> tuple[str, Finding] | None:
    return next(((root, red[root]) for root in check.roots if root in red), None)


def _evidence(check: Check, seen: _Seen) -> list[dict[str, Any]]:
    return seen.runner.evidence(check, seen.answers)


def _unreached(check: Check, exchange: Exchange, trouble: Trouble) -> Finding:
    cause = blame(check, exchange, trouble.reason)
    return failed(trouble.reason, check.title, trouble.detail, cause, exchange.step.name)


def _by_ladder(plan: Plan) -> list[Check]:
    """What is waited for, each below what stands on it."""
    waited = [check for check in plan.checks if check.proof in (STABLE, REPORTED)]
    return sorted(waited, key=lambda check: (check.proof == REPORTED, len(check.roots), check.id))
