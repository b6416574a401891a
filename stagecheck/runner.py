"""Asks what the checks of a plan need to hear, and judges what was heard."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from stagecheck import eventually, evidence, platform, release, workflow
from stagecheck.bounds import CLEANUP, Bounds
from stagecheck.errors import Blocked, CheckFailed, Inconclusive
from stagecheck.eventually import Persistence
from stagecheck.exchange import Answers, Exchange, Trouble
from stagecheck.isolation import PROCEDURES
from stagecheck.known import Ledger
from stagecheck.leaks import leaked
from stagecheck.matchers import values
from stagecheck.model import Environment, Identity, Step
from stagecheck.once import Once
from stagecheck.outcome import STOPPED, Finding, Outcome, Reason, inconclusive
from stagecheck.placeholders import Unfilled, fill
from stagecheck.plan import Check, Plan
from stagecheck.planted import Planted
from stagecheck.probes import PROBES
from stagecheck.probes.wire import Wire
from stagecheck.procedure import Procedure
from stagecheck.proofs import PROOFS
from stagecheck.ready import is_ready
from stagecheck.rerun import Rerun
from stagecheck.setting import Setting
from stagecheck.shared import Shared
from stagecheck.turns import Turns

# A host that does not answer one request of a check is not asked the others: one time-out a check is enough.
DEAD = frozenset({Reason.DNS, Reason.CONNECT, Reason.TIMEOUT})


def _forge(token: str, identity: Identity) -> str:
    from stagecheck.isolation.tokens import forge  # its library is heavy, and only isolation needs it

    return forge(token, identity)


def procedure_of(check: Check) -> Procedure:
    """How that check is asked and judged."""
    if check.proof in release.PROCEDURES:
        return release.PROCEDURES[check.proof]
    if check.workflow is not None:
        return workflow.PROCEDURE
    procedure = PROOFS[check.proof] if check.word is not None else PROCEDURES[check.proof]
    wanted = eventually.word(check)
    return eventually.judged(procedure, wanted) if wanted else procedure


class Runner:
    """One process's way from checks to findings. Every question is asked once; what was heard is kept by check id.

    Safe to use from several threads. Checks go side by side, unless they name the same `serial` key; one that writes is
    alone among those of its service, since they would meet its records, and one that goes beyond a limiter's bound is
    alone.

    `told` are findings that another process made before, by check id: of what the run waited for in vain. Where it is
    given, what a run waits for is never asked here. A root whose failure the `ledger` knows blocks nothing.
    """

    def __init__(
        self,
        environment: Environment,
        plan: Plan,
        run_id: str,
        variables: Mapping[str, str],
        schemas: Mapping[str, object] | None = None,
        rerun: Rerun | None = None,
        told: Mapping[str, Finding] | None = None,
        bounds: Bounds | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self.setting = Setting(environment, run_id, schemas or {})
        self.plan = plan
        issuer = next((check.issuer for check in plan.checks if check.issuer), "")
        self.wire = Wire(environment, variables, run_id, _forge, bounds=bounds, issuer=issuer)
        self._rerun = rerun or Rerun(("--env", environment.name))
        self._shared = Shared(environment.gateway)
        self._planted = Planted(run_id)
        self._heard: Once[Answers] = Once()
        self._stood: Once[Finding | None] = Once()  # what was made of a root: most checks stand on the same few
        self._took: dict[str, float] = {}
        # By check id, what was made of these answers, by themselves and with what leaks.
        self._judged: dict[str, tuple[Answers, Finding | None]] = {}
        self._found: dict[str, tuple[Answers, Finding | None]] = {}
        self._turns = Turns()
        self._told = told
        self._ledger = ledger
        self._roots = {root for check in plan.checks for root in check.roots}

    def answers(self, check: Check) -> Answers:
        """What the check heard; raises Blocked when a root is down, Inconclusive when nothing was proven."""
        if not self._heard.begun(check.id):
            self._must_go_on(check)
        for root in check.roots:
            finding = self._root_finding(self.plan.get(root))
            if finding is not None and finding.reason in STOPPED:
                raise self._unasked(check, finding.reason, finding.seen)
            if finding is not None and finding.outcome is Outcome.INCONCLUSIVE:
                raise self._baseless(check, root, finding)
            if finding is not None:
                told = replace(finding, outcome=Outcome.BLOCKED)
                raise Blocked(told, self.wire.redactor.text(f"blocked by {root}: {finding.reason}: {finding.seen}"))
        heard = self._ask(check)
        self._must_be_there(check)
        finding = self._judge_own(check, heard)
        if finding is not None and finding.outcome is Outcome.INCONCLUSIVE:
            raise Inconclusive(finding, self.message(check, finding, heard))
        return heard

    def must_hold(self, check: Check, answers: Answers) -> None:
        """Raises CheckFailed, with a text that says everything, when what must hold does not."""
        finding = self._judge_own(check, answers)
        if finding is not None:
            raise CheckFailed(finding, self.message(check, finding, answers))

    def heard(self, check: Check) -> Answers | None:
        """What was heard so far of that check; None before it was asked."""
        return self._heard.known(check.id)

    def took(self, check: Check) -> float:
        """Seconds that asking the check took, from its first request to its last answer; 0 where nothing was asked."""
        return self._took.get(check.id, 0.0)

    def forget(self, check: Check) -> None:
        """Let go of what the check heard, once it is told: bodies of a whole run would not fit into memory.

        What others stand on is kept, since each of them asks for it again.
        """
        if check.id not in self._roots:
            self._heard.drop(check.id)
        self._judged.pop(check.id, None)
        self._found.pop(check.id, None)

    def blocked_by(self, check: Check) -> tuple[str, Finding] | None:
        """The id and the finding of the lowest root that is down."""
        for root in check.roots:
            finding = self._root_finding(self.plan.get(root))
            if finding is not None:
                return root, finding
        return None

    def message(self, check: Check, finding: Finding, answers: Answers) -> str:
        """One redacted screen for whoever is on call: what must hold, what was seen, why, and how to see it again."""
        lines = [
            f"{check.id} {finding.outcome.upper()}: {finding.reason}",
            f"  must hold  {finding.must_hold}",
            f"  seen       {finding.seen}",
            f"  cause      {finding.cause}",
        ]
        if finding.step in answers:
            exchange = answers[finding.step]
            request = evidence.curl(exchange, self.wire.credentials)
            lines += [f"  login      {line}" for line in evidence.logins(request, self.wire.credentials)]
            lines.append(f"  request    {request}")
            lines.append(f"  answer     {evidence.answer(exchange, self.wire.credentials, check.personal)}")
            if "trace_id" in exchange.facts:
                lines.append(f"  trace      {exchange.facts['trace_id']}  run {self.setting.run_id}")
        runbook = f"  runbook {check.runbook}" if check.runbook else ""
        lines.append(f"  target     {check.source}  owner {check.owner}{runbook}")
        lines.append(f"  again      {self._rerun.command(check)}")
        return self.wire.redactor.text("\n".join(lines))

    def evidence(self, check: Check, answers: Answers) -> list[dict[str, object]]:
        """The exchanges of a check as plain redacted data, in the order of asking."""
        return [evidence.of(exchange, self.wire.credentials, check.personal) for exchange in answers.exchanges.values()]

    def look(self, check: Check, timeout: float) -> tuple[Answers, Finding | None]:
        """Ask anew over new connections, each step once and for `timeout` seconds at most; nothing is remembered."""
        self.wire.hang_up()
        try:
            answers = self._asked(check, once_within=timeout)
        finally:
            self.wire.hang_up()  # a runner that looks at another address needs the place
        finding = self._judge(check, answers)
        self._judged.pop(check.id, None)
        return answers, finding

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self.wire.stopped.is_set()

    def stop(self) -> None:
        """Ask nothing more, but for what removes what was planted."""
        self.wire.stopped.set()

    def close(self) -> None:
        """Close all connections."""
        self.wire.close()

    def _must_go_on(self, check: Check) -> None:
        """Raises Inconclusive when the run is over, before anything of the check was asked."""
        self._must_be_there(check)
        if self.wire.bounds.over:
            raise self._unasked(check, Reason.DEADLINE, self.wire.bounds.sentence)
        if sentence := self.wire.pace.overload():
            raise self._unasked(check, Reason.OVERLOAD, sentence)

    def _must_be_there(self, check: Check) -> None:
        """Raises Inconclusive when the platform that the run started is gone: what was heard of it is no answer."""
        if self.setting.environment.start and (sentence := platform.ended(self.wire.bounds.folder)):
            raise self._unasked(check, Reason.PLATFORM_ENDED, sentence)

    def _unasked(self, check: Check, reason: Reason, why: str) -> Inconclusive:
        finding = inconclusive(reason, "every planned check is heard", why, "the run stopped before this check")
        # One line: the reason is the run's, and the same for all that were left.
        text = f"{check.id} INCONCLUSIVE: {reason}: {why}; it was not asked, or not to the end"
        return Inconclusive(finding, self.wire.redactor.text(text))

    def _baseless(self, check: Check, root: str, finding: Finding) -> Inconclusive:
        """For what stands on a root of which nobody knows: it is not blocked, since nothing is known to be down."""
        seen = self.wire.redactor.text(f"{root}: {finding.seen}")
        told = replace(finding, must_hold="what the check stands on is known to hold", seen=seen, step="")
        text = f"{check.id} INCONCLUSIVE: {finding.reason}: it stands on {seen}; it was not asked"
        return Inconclusive(told, text)

    def _root_finding(self, root: Check) -> Finding | None:
        if self._told is not None and is_ready(root):
            return self._told.get(root.id)
        return self._stood.get(root.id, partial(self._stands, root))

    def _stands(self, root: Check) -> Finding | None:
        finding = self._judge(root, self._ask(root))
        # What is known holds nothing up: all that stands on it is asked, and fails by itself where it does.
        if finding is not None and self._ledger is not None and self._ledger.knows(root.id, finding):
            return None
        return finding

    def _judge(self, check: Check, answers: Answers) -> Finding | None:
        """Whoever asks judges, whether to ask again, and so does whoever tells: what was heard is judged once."""
        known = self._judged.get(check.id)
        if known is not None and known[0] is answers:
            return known[1]
        procedure = procedure_of(check)
        finding = (
            unmeasured(check, answers)
            or procedure.controls(check, self.setting, answers)
            or procedure.holds(check, self.setting, answers)
        )
        if finding is not None and finding.reason is Reason.LEFT_BEHIND:
            finding = _unfinished(answers) or finding
        self._judged[check.id] = answers, finding
        return finding

    def _judge_own(self, check: Check, answers: Answers) -> Finding | None:
        """As `_judge`, and what leaks fails, also where nothing else is proven; as a root it lets others be asked."""
        known = self._found.get(check.id)
        if known is not None and known[0] is answers:
            return known[1]
        finding = self._judge(check, answers)
        if finding is None or finding.outcome is Outcome.INCONCLUSIVE:
            finding = leaked(check, self.setting, answers, self._planted.owners) or finding
        self._found[check.id] = answers, finding
        return finding

    def _ask(self, check: Check) -> Answers:
        return self._heard.get(check.id, partial(self._in_turn, check))

    def _in_turn(self, check: Check) -> Answers:
        with self._turns.taken(*self._places(check)):
            began = time.monotonic()
            answers = self._until_it_holds(check)
            self._took[check.id] = time.monotonic() - began
            return answers

    def _places(self, check: Check) -> tuple[set[str], set[str]]:
        """What the check needs for itself alone, and where others may be beside it."""
        steps = procedure_of(check).steps(check, self.setting)
        alone = {f"service {step.service}" for step in steps if step.request.writes}
        alone |= {f"serial {check.serial}"} if check.serial else set()
        # What asks beyond a limiter's bound must be quick, and whoever asks beside it would be refused; what asks as
        # several tenants at once opens and closes the connections of all.
        alone |= {"run"} if any(step.beside or not step.paced for step in steps) else set()
        return alone, {"run", f"service {check.service}"} - alone

    def _until_it_holds(self, check: Check) -> Answers:
        wanted = eventually.word(check)
        if wanted is None:
            return self._asked(check)
        ask, judge = partial(self._asked, check), partial(self._judge, check)
        return Persistence(wanted, self.setting, self.wire.bounds, ask, judge, self.wire.pause).answers()

    def _asked(self, check: Check, once_within: float | None = None) -> Answers:
        procedure = procedure_of(check)
        steps = procedure.steps(check, self.setting)
        if once_within is not None:
            steps = tuple(replace(step, retry=False, timeout=once_within, awaits=True) for step in steps)
        # What is looked at again, or is given time to come true, wants to know what is so now.
        now = once_within is not None or eventually.word(check) is not None
        talk = _Talk(self.wire, self._shared, self._planted, self.setting.schemas, now)
        try:
            talk.ask(self._while_it_goes_on(check, procedure, steps, talk))
            while more := talk.untried(procedure.follow(check, self.setting, talk.answers())):
                talk.ask(more)
        finally:
            talk.ask(step for step in steps if step.cleanup)
        return self._with_second_looks(check, procedure, talk) if once_within is None else talk.answers()

    def _while_it_goes_on(
        self, check: Check, procedure: Procedure, steps: Iterable[Step], talk: _Talk
    ) -> Iterator[Step]:
        for step in steps:
            if step.cleanup or procedure.stops(check, self.setting, talk.answers()) is not None:
                return
            yield step

    def _with_second_looks(self, check: Check, procedure: Procedure, talk: _Talk) -> Answers:
        """What is too slow, or momentary, is asked once more, alone: the suite's own load must not fail it."""
        again: set[str] = set()
        answers, goes_on = talk.answers(), True
        while goes_on and (finding := self._judge(check, answers)) is not None:
            if finding.reason is not Reason.SLOW and not procedure.momentary:
                break
            steps = list(answers.exchanges) if procedure.momentary else [finding.step]
            steps = [step for step in steps if step not in again]
            again.update(steps)
            if not steps or self.wire.bounds.over or self.stopped:
                break
            goes_on = talk.repeat(steps)
            answers = talk.answers()
        return answers


class _Talk:
    """One check's own sequence of steps, with what it captured on the way."""

    def __init__(
        self, wire: Wire, shared: Shared, planted: Planted, schemas: Mapping[str, object], now: bool = False
    ) -> None:
        self._wire = wire
        self._shared = shared
        self._planted = planted
        self._schemas = schemas
        self._anew = now  # also from the first write on: what is read after it is read for what it did
        self._exchanges: dict[str, Exchange] = {}
        self._captured: dict[str, str] = {}
        self._unsent: dict[str, str] = {}
        self._dead: dict[str, Trouble] = {}
        self._cleaning = CLEANUP

    def answers(self) -> Answers:
        return Answers(dict(self._exchanges), dict(self._captured), dict(self._unsent))

    def ask(self, steps: Iterable[Step]) -> None:
        for step in steps:
            try:
                filled = fill(step, self._captured)
            except Unfilled as lacking:
                self._unsent[step.name] = lacking.name
                continue
            self._exchanges[step.name] = self._exchange_in_time(filled)
            self._capture(filled)

    def untried(self, steps: Iterable[Step]) -> list[Step]:
        """Those that were neither asked nor found to lack what they name: asking on has an end."""
        return [step for step in steps if step.name not in self._exchanges and step.name not in self._unsent]

    def repeat(self, names: Sequence[str]) -> bool:
        """Ask these steps again, in their order, while nothing else of the run is on its way, nor between them.

        It ends with False at one that may change something.
        """
        known = [self._exchanges[name].step for name in names if name in self._exchanges]
        # Others' requests end within their own deadline, which is as long.
        longest = max((self._wire.timeout(step) for step in known), default=0.0)
        with self._wire.crowd.alone(time.monotonic() + longest):
            return all(map(self._repeat, names))

    def _repeat(self, name: str) -> bool:
        first = self._exchanges.get(name)
        if first is None or first.step.request.writes or first.step.probe != "http":
            return False
        second = PROBES[first.step.probe](first.step, self._wire)
        facts = {**second.facts, "not_alone_s": round(first.seconds, 4)}
        self._exchanges[name] = replace(second, facts=facts, attempts=(*first.attempts, *second.attempts), first=first)
        return True

    def _exchange_in_time(self, step: Step) -> Exchange:
        if step.eventually is None:
            return self._exchange(step)
        ask = partial(self._exchange, step)
        return eventually.patiently(step.eventually, step.expect, self._schemas, ask, self._wire.pause)

    def _exchange(self, step: Step) -> Exchange:
        trouble = self._cut(step) or (None if step.cleanup else self._dead.get(step.base))
        if trouble is not None:
            return Exchange(step, step.base + step.request.path, trouble=trouble)
        if step.pause:
            self._wire.pause(max(0.0, min(step.pause, self._wire.ends(step) - time.monotonic())))
        if step.cleanup:
            step = replace(step, timeout=min(self._wire.timeout(step), self._cleaning))
        exchange = self._heard(step)
        if step.cleanup:
            # What it waits for the run's pace is not taken from it.
            self._cleaning -= sum(attempt.seconds for attempt in exchange.attempts)
        if exchange.trouble is not None:
            # Where it was cut off, the platform was not given the time that it has by rights.
            exchange = replace(exchange, trouble=self._cut(step) or exchange.trouble)
        if exchange.trouble is not None and exchange.trouble.reason in DEAD:
            self._dead[step.base] = exchange.trouble
        return exchange

    def _heard(self, step: Step) -> Exchange:
        def ask(step: Step) -> Exchange:
            return PROBES[step.probe](step, self._wire)

        if step.request.writes:
            self._anew = True
            self._planted.note(step)
            try:
                return ask(step)
            finally:
                self._shared.forget()
        return ask(step) if self._anew else self._shared.ask(step, ask)

    def _cut(self, step: Step) -> Trouble | None:
        """Why that step gets no more time; None while it does."""
        if step.cleanup and (self._cleaning <= 0 or time.monotonic() >= self._wire.ends(step)):
            return Trouble(Reason.DEADLINE, f"the clean-up's deadline of {CLEANUP:g} s was over")
        if not step.cleanup and time.monotonic() >= self._wire.ends(step):
            return Trouble(Reason.DEADLINE, self._wire.bounds.sentence)
        if not step.cleanup and self._wire.stopped.is_set():
            return Trouble(Reason.DEADLINE, "the run was stopped")
        return None

    def _capture(self, step: Step) -> None:
        for name, path in step.capture:
            found = values(path, self._exchanges[step.name].json)
            if found and found[0] is not None:
                self._captured[name] = found[0] if isinstance(found[0], str) else json.dumps(found[0])
                if name in step.secrets:
                    self._wire.redactor.learn(name.upper(), self._captured[name])


def unmeasured(check: Check, answers: Answers) -> Finding | None:
    """An inconclusive finding when an accident of the run, and not the platform, decided an answer."""
    for name, exchange in answers.exchanges.items():
        if exchange.trouble is not None and exchange.trouble.reason in STOPPED and not exchange.step.cleanup:
            return _cut_off(exchange, exchange.trouble)
        if exchange.trouble is not None and exchange.trouble.reason is Reason.CREDENTIAL_MISSING:
            cause = "the environment's credentials are not set where the suite runs, or the login refuses them"
            must_hold = f"the credential of {exchange.step.identity} is at hand"
            return inconclusive(Reason.CREDENTIAL_MISSING, must_hold, exchange.trouble.detail, cause, name)
        if exchange.trouble is not None and exchange.trouble.reason is Reason.WRITE_REFUSED:
            cause = "the suite's own fuse stopped a request that its plan should not hold: the target, not the platform"
            must_hold = "nothing that may write is sent where nothing may be written"
            return inconclusive(Reason.WRITE_REFUSED, must_hold, exchange.trouble.detail, cause, name)
        if exchange.status == 429 and check.proof != "limited" and not (check.entry and check.entry.cause(429)):
            cause = "the suite, or somebody with the same tenant, is over the limit: nothing is proven"
            must_hold = "the platform's limiter lets the suite through"
            return inconclusive(Reason.RATE_LIMITED, must_hold, "429", cause, name)
    return None


def _unfinished(answers: Answers) -> Finding | None:
    """Instead of blaming the platform for what a clean-up that was cut off left behind."""
    for exchange in answers.exchanges.values():
        if exchange.trouble is not None and exchange.trouble.reason in STOPPED:
            return _cut_off(exchange, exchange.trouble)
    return None


def _cut_off(exchange: Exchange, trouble: Trouble) -> Finding:
    cause = "the run was stopped, and not the platform decided this: nothing is proven"
    if exchange.step.cleanup:
        cause = "the clean-up was stopped: a record of this run may be left behind, remove it by hand"
    return inconclusive(trouble.reason, "the check is asked to its end", trouble.detail, cause, exchange.step.name)
