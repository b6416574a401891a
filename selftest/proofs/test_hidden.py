"""The proof `hidden`: what is for operators answers nobody, on a host that answers others."""

from __future__ import annotations

import pytest

from selftest.told import Said, fails, html, identities, page_check, passes, said, silent, steps, unproven
from stagecheck.outcome import Reason

CHECK = page_check("hidden", {"paths": ["/.env", "/metrics"]})
GOOD: dict[str, Said] = {
    "open": html("<h1>Home</h1>"),
    "nobody's": html("<h1>404</h1>", 404),
    "path-01": html("<h1>404</h1>", 404),
    "path-02": said({}, 403),
}


def test_asks_each_path_by_get_and_as_nobody() -> None:
    asked = steps(CHECK)

    assert {step.request.method for step in asked.values()} == {"GET"}
    assert set(identities(CHECK).values()) == {"anonymous"}
    assert [step.request.path for step in asked.values()] == ["/", "/{nonsense}", "/.env", "/metrics"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 421])
def test_passes_when_each_is_refused(status: int) -> None:
    assert passes(CHECK, {**GOOD, "path-01": said({}, status)})


def test_a_page_that_asks_for_a_password_is_a_refusal() -> None:
    assert passes(CHECK, {**GOOD, "path-02": html('<form><input type="password"></form>')})


def test_what_is_served_is_told_with_all_others() -> None:
    found = fails(CHECK, {**GOOD, "path-01": said(b"KEY=1", type="text/plain"), "path-02": said(b"up 1", 206)})

    assert (found.reason, found.step) == (Reason.PUBLISHED, "path-01")
    assert found.seen == "/.env, /metrics answered 200"


CONTROLS = (("open", silent()), ("open", html("", 503)), ("nobody's", html("<h1>Home</h1>")), ("nobody's", silent()))


@pytest.mark.parametrize(("step", "answer"), CONTROLS)
def test_a_host_that_does_not_answer_or_answers_anything_proves_nothing(step: str, answer: Said) -> None:
    assert unproven(CHECK, {**GOOD, step: answer}).step == step


@pytest.mark.parametrize("answer", [silent(Reason.TIMEOUT), said({}, 502)])
def test_a_path_that_cannot_be_seen_proves_nothing(answer: Said) -> None:
    assert unproven(CHECK, {**GOOD, "path-02": answer}).step == "path-02"
