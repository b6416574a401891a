"""What proofs share: an answer that must be as expected, and a control that must hold first."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, said, setting, silent, steps
from stagecheck.exchange import Answers
from stagecheck.isolation import PROCEDURES
from stagecheck.model import Expect, Proofs
from stagecheck.outcome import Finding, Outcome, Reason
from stagecheck.plan import PROBES
from stagecheck.procedure import control, meets, no_controls, nothing_more
from stagecheck.proofs import PROOFS

CHECK = check("answers", expect={"status": 200})
HERE = setting()
OK = Expect(status=200)


def met(answer: Said, reason: Reason | None = None) -> Finding | None:
    return meets(CHECK, HERE, answer.to(steps(CHECK)["answer"]), OK, "must hold", reason)


def controlled(answer: Said) -> Finding | None:
    return control(CHECK, HERE, Answers({"answer": answer.to(steps(CHECK)["answer"])}), "answer", OK, "what")


def test_every_word_of_a_target_has_its_proof_and_every_probe_its_procedure() -> None:
    assert set(PROOFS) == set(Proofs.model_fields)
    assert set(PROCEDURES) == {*PROBES, "preflight", "logged-out", "privileged", "administered"}


def test_an_answer_as_expected_has_no_finding() -> None:
    assert met(said({})) is None
    assert controlled(said({})) is None


def test_an_answer_that_is_not_is_failed_with_the_matchers_reason_or_the_proofs() -> None:
    found = met(said({}, 404))
    named = met(said({}, 404), Reason.METHOD_LOST)

    assert found is not None
    assert named is not None
    assert (found.outcome, found.reason, found.must_hold, found.step) == (
        Outcome.FAILED,
        Reason.STATUS,
        "must hold",
        "answer",
    )
    assert found.seen == named.seen == "status: expected 200, got 404"
    assert found.cause == named.cause
    assert named.reason is Reason.METHOD_LOST


@pytest.mark.parametrize(
    ("answer", "reason"), [(silent(Reason.TIMEOUT), Reason.TIMEOUT), (said({}, 502), Reason.UPSTREAM_DOWN)]
)
def test_what_happened_on_the_wire_keeps_its_own_reason(answer: Said, reason: Reason) -> None:
    found = met(answer, Reason.METHOD_LOST)

    assert found is not None
    assert found.reason is reason


def test_a_control_that_is_not_as_expected_is_inconclusive() -> None:
    found = controlled(said({}, 500))

    assert found is not None
    assert (found.outcome, found.reason, found.step) == (Outcome.INCONCLUSIVE, Reason.CONTROL_FAILED, "answer")
    assert (found.must_hold, found.seen) == ("what", "control 'answer': status: expected 200, got 500")
    assert "fails inside" in found.cause


def test_a_control_that_could_not_be_asked_says_what_is_to_be_planted() -> None:
    found = control(CHECK, HERE, Answers(unsent={"answer": "victim_id"}), "answer", OK, "what")

    assert found is not None
    assert (found.outcome, found.reason, found.step) == (Outcome.INCONCLUSIVE, Reason.CONTROL_FAILED, "answer")
    assert found.seen == "the step 'answer' could not be asked: no victim id was found"
    assert found.cause.startswith("shop shows no record of the tenant")


def test_a_procedure_needs_neither_controls_nor_more_steps() -> None:
    assert no_controls(CHECK, HERE, Answers()) is None
    assert nothing_more(CHECK, HERE, Answers()) == ()
