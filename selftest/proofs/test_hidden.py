"""The proof `hidden`: what is for operators answers nobody, on a host that answers others."""

from __future__ import annotations

import pytest

from selftest.told import Said, check, fails, html, identities, page_check, passes, said, silent, steps, unproven
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
    assert {name: step.follow for name, step in asked.items()} == {
        "open": False,
        "nobody's": False,
        "path-01": True,
        "path-02": True,
    }
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


def test_the_paths_are_those_of_the_host_whose_page_is_open() -> None:
    direct = check("hidden", {"paths": ["/metrics"]}, request={"path": "/", "via": "direct"})

    assert {step.base for step in steps(direct).values()} == {"http://shop.invalid:8000"}


@pytest.mark.parametrize(("status", "served"), [(200, True), (299, True), (300, False)])
def test_a_success_is_what_is_served(status: int, served: bool) -> None:
    assert passes(CHECK, {**GOOD, "path-02": said({}, status)}) is not served


def test_a_word_of_error_in_a_control_is_another_checks_business() -> None:
    assert passes(CHECK, {**GOOD, "open": said({"error": "x"}), "nobody's": said({"error": "not found"}, 404)})


CONTROLS = (("open", silent()), ("open", html("", 503)), ("nobody's", html("<h1>Home</h1>")), ("nobody's", silent()))


@pytest.mark.parametrize(("step", "answer"), CONTROLS)
def test_a_host_that_does_not_answer_or_answers_anything_proves_nothing(step: str, answer: Said) -> None:
    found = unproven(CHECK, {**GOOD, step: answer})

    assert found.step == step
    assert (
        found.must_hold
        == {
            "open": "the host answers, so that silence about the others means something",
            "nobody's": "a path that cannot exist is refused, so that an answer means that something is there",
        }[step]
    )


@pytest.mark.parametrize(
    ("answer", "told"), [(silent(Reason.TIMEOUT), "timeout"), (said({}, 502), "502"), (said({}, 500), "500")]
)
def test_a_path_that_cannot_be_seen_proves_nothing(answer: Said, told: str) -> None:
    found = unproven(CHECK, {**GOOD, "path-02": answer})

    assert (found.step, found.cause) == ("path-02", "whether it is served could not be seen")
    assert found.seen.startswith("/metrics answered ")
    assert told in found.seen
