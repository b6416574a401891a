"""Asks what the checks of a plan need to hear, and judges what was heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from stagecheck import evidence, release
from stagecheck.errors import Blocked, CheckFailed, Inconclusive
from stagecheck.exchange import Answers, Exchange, Trouble
from stagecheck.isolation import PROCEDURES
from stagecheck.isolation.tokens import forge
from stagecheck.matchers import values
from stagecheck.model import Environment, Step
from stagecheck.outcome import Finding, Outcome, Reason, inconclusive
from stagecheck.placeholders import Unfilled, fill
from stagecheck.plan import Check, Plan
from stagecheck.probes import PROBES
from stagecheck.probes.wire import Wire
from stagecheck.procedure import Procedure
from stagecheck.proofs import PROOFS
from stagecheck.ready import is_ready
from stagecheck.setting import Setting

# A host that does not answer one request of a check is not asked the others: one time-out a check is enough.
DEAD = frozenset({Reason.DNS, Reason.CONNECT, Reason.TIMEOUT})


def procedure_of(check: Check) -> Procedure:
    """How that check is asked and judged."""
    if check.proof in release.PROCEDURES:
        return release.PROCEDURES[check.proof]
    return PROCEDURES[check.proof] if check.kind == "isolation" else PROOFS[check.proof]


class Runner:
    """One process's way from checks to findings. Every question is asked once; what was heard is kept by check id.

    `told` are findings that another process made before, by check id: of what the run waited for in vain. Where it is
    given, what a run waits for is never asked here.
    """

    def __init__(
        self,
        environment: Environment,
        plan: Plan,
        run_id: str,
        variables: Mapping[str, str],
        schemas: Mapping[str, object] | None = None,
        env_option: str = "",
        told: Mapping[str, Finding] | None = None,
    ) -> None:
        self.setting = Setting(environment, run_id, schemas or {})
        self.plan = plan
        self.wire = Wire(environment, variables=variables, run_id=run_id, forge=forge)
        self._env_option = env_option or environment.name
        self._heard: dict[str, Answers] = {}
        self._told = told
        self._roots = {root for check in plan.checks for root in check.roots}

    def answers(self, check: Check) -> Answers:
        """What the check heard; raises Blocked when a root is down, Inconclusive when nothing was proven."""
        for root in check.roots:
            finding = self._root_finding(self.plan.get(root))
            if finding is not None:
                told = replace(finding, outcome=Outcome.BLOCKED)
                raise Blocked(told, self.wire.redactor.text(f"blocked by {root}: {finding.reason}: {finding.seen}"))
        heard = self._ask(check)
        finding = self._judge(check, heard)
        if finding is not None and finding.outcome is Outcome.INCONCLUSIVE:
            raise Inconclusive(finding, self.message(check, finding, heard))
        return heard

    def must_hold(self, check: Check, answers: Answers) -> None:
        """Raises CheckFailed, with a text that says everything, when what must hold does not."""
        finding = procedure_of(check).holds(check, self.setting, answers)
        if finding is not None:
            raise CheckFailed(finding, self.message(check, finding, answers))

    def heard(self, check: Check) -> Answers | None:
        """What was heard so far of that check; None before it was asked."""
        return self._heard.get(check.id)

    def forget(self, check: Check) -> None:
        """Let go of what the check heard, once it is told: bodies of a whole run would not fit into memory.

        What others stand on is kept, since each of them asks for it again.
        """
        if check.id not in self._roots:
            self._heard.pop(check.id, None)

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
            lines.append(f"  request    {evidence.curl(exchange, self.wire.credentials)}")
            lines.append(f"  answer     {evidence.answer(exchange, self.wire.credentials, check.personal)}")
        runbook = f"  runbook {check.runbook}" if check.runbook else ""
        lines.append(f"  target     {check.source}  owner {check.owner}{runbook}")
        lines.append(f"  again      pytest --env {self._env_option} {_again(check)}")
        return self.wire.redactor.text("\n".join(lines))

    def evidence(self, check: Check, answers: Answers) -> list[dict[str, object]]:
        """The exchanges of a check as plain redacted data, in the order of asking."""
        return [evidence.of(exchange, self.wire.credentials, check.personal) for exchange in answers.exchanges.values()]

    def look(self, check: Check, timeout: float) -> tuple[Answers, Finding | None]:
        """Ask anew over new connections, each step once and for `timeout` seconds at most; nothing is remembered."""
        self.wire.close()
        answers = self._asked(check, once_within=timeout)
        return answers, self._judge(check, answers)

    def close(self) -> None:
        """Close all connections."""
        self.wire.close()

    def _root_finding(self, root: Check) -> Finding | None:
        if self._told is not None and is_ready(root):
            return self._told.get(root.id)
        return self._judge(root, self._ask(root))

    def _judge(self, check: Check, answers: Answers) -> Finding | None:
        procedure = procedure_of(check)
        return (
            unmeasured(check, answers)
            or procedure.controls(check, self.setting, answers)
            or procedure.holds(check, self.setting, answers)
        )

    def _ask(self, check: Check) -> Answers:
        if check.id not in self._heard:
            self._heard[check.id] = self._asked(check)
        return self._heard[check.id]

    def _asked(self, check: Check, once_within: float | None = None) -> Answers:
        procedure = procedure_of(check)
        steps = procedure.steps(check, self.setting)
        if once_within is not None:
            steps = tuple(replace(step, retry=False, timeout=once_within) for step in steps)
        talk = _Talk(self.wire)
        try:
            talk.ask(step for step in steps if not step.cleanup)
            while more := procedure.follow(check, self.setting, talk.answers()):
                talk.ask(more)
        finally:
            talk.ask(step for step in steps if step.cleanup)
        return talk.answers()


class _Talk:
    """One check's own sequence of steps, with what it captured on the way."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._exchanges: dict[str, Exchange] = {}
        self._captured: dict[str, str] = {}
        self._unsent: dict[str, str] = {}
        self._dead: dict[str, Trouble] = {}

    def answers(self) -> Answers:
        return Answers(dict(self._exchanges), dict(self._captured), dict(self._unsent))

    def ask(self, steps: Iterable[Step]) -> None:
        for step in steps:
            try:
                filled = fill(step, self._captured)
            except Unfilled as lacking:
                self._unsent[step.name] = lacking.name
                continue
            self._exchanges[step.name] = self._exchange(filled)
            self._capture(step)

    def _exchange(self, step: Step) -> Exchange:
        dead = self._dead.get(step.base)
        if dead is not None and not step.cleanup:
            return Exchange(step, step.base + step.request.path, trouble=dead)
        exchange = PROBES[step.probe](step, self._wire)
        if exchange.trouble is not None and exchange.trouble.reason in DEAD:
            self._dead[step.base] = exchange.trouble
        return exchange

    def _capture(self, step: Step) -> None:
        for name, path in step.capture:
            found = values(path, self._exchanges[step.name].json)
            if found and found[0] is not None:
                self._captured[name] = str(found[0])


def unmeasured(check: Check, answers: Answers) -> Finding | None:
    """An inconclusive finding when an accident of the run, and not the platform, decided an answer."""
    for name, exchange in answers.exchanges.items():
        if exchange.trouble is not None and exchange.trouble.reason is Reason.CREDENTIAL_MISSING:
            cause = "the environment's credentials are not set where the suite runs, or the login refuses them"
            must_hold = f"the credential of {exchange.step.identity} is at hand"
            return inconclusive(Reason.CREDENTIAL_MISSING, must_hold, exchange.trouble.detail, cause, name)
        if exchange.trouble is not None and exchange.trouble.reason is Reason.WRITE_REFUSED:
            cause = "the suite's own fuse stopped a request that its plan should not hold: the target, not the platform"
            must_hold = "nothing that may write is sent where nothing may be written"
            return inconclusive(Reason.WRITE_REFUSED, must_hold, exchange.trouble.detail, cause, name)
        if exchange.status == 429 and check.proof != "limited":
            cause = "the suite, or somebody with the same tenant, is over the limit: nothing is proven"
            must_hold = "the platform's limiter lets the suite through"
            return inconclusive(Reason.RATE_LIMITED, must_hold, "429", cause, name)
    return None


def _again(check: Check) -> str:
    """What asks just that check; what a run waits for is asked by the run itself."""
    if check.release:
        return f"--revision {check.release}"
    return "--wait 180" if is_ready(check) else f"'{node_id(check)}'"


def node_id(check: Check) -> str:
    """The pytest node id of a check."""
    return f"tests/test_{check.kind}.py::test_{check.kind}[{check.name}]"
