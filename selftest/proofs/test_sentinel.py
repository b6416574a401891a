"""The proof `sentinel`: the planted record of the tenant is in the answer, and no other tenant's is."""

from __future__ import annotations

import pytest

from selftest.told import ACME, ZETA, Said, check, fails, identities, passes, said, setting, silent, steps
from stagecheck.exchange import Answers
from stagecheck.model import Step
from stagecheck.outcome import Reason
from stagecheck.plan import Check
from stagecheck.proofs.sentinel import PROCEDURE

CHECK = check("sentinel", {"at": "$.results[*].name"}, request={"path": "/leads", "query": {"search": "{sentinel}"}})


def names(*found: str) -> Said:
    return said({"results": [{"name": name} for name in found]})


def heard(answer: Said, nonsense: Said | None = None) -> dict[str, Said]:
    return {"answer": answer, "nonsense": nonsense or names()}


def test_looks_for_the_tenants_own_sentinel_and_for_a_word_that_nobody_has() -> None:
    needles = {name: dict(step.fill)["sentinel"] for name, step in steps(CHECK).items()}

    assert identities(CHECK) == {"answer": "acme", "nonsense": "acme"}
    assert needles == {"answer": ACME, "nonsense": setting().nonsense(CHECK)}
    assert steps(CHECK)["answer"].shared is True, "other checks ask the same"


def test_asks_its_own_request_where_it_has_one() -> None:
    own = check("sentinel", {"at": "$.name", "request": {"path": "/planted"}})

    assert {step.request.path for step in steps(own).values()} == {"/planted"}


def test_passes_when_the_record_is_among_others() -> None:
    assert passes(CHECK, heard(names("Somebody", f"Sentinel {ACME}")))
    assert passes(CHECK, heard(names(f"Sentinel {ACME}"), silent()))


def test_an_answer_without_the_record_fails() -> None:
    for answer, nonsense in ((names("Somebody", "Other"), names("Third")), (names(), names())):
        found = fails(CHECK, heard(answer, nonsense))

        assert (found.reason, found.step) == (Reason.NO_SENTINEL, "answer")
        assert found.seen.endswith(f"values at $.results[*].name, none holds {ACME}")
        assert found.cause == (
            "the answer does not come from the shop that was seeded: stale content, or another database "
            "(never seeded? run `python -m stagecheck seed --dry-run`)"
        )


SAME = heard(names("Somebody", "Other"), names("Somebody", "Other"))


@pytest.mark.parametrize("other", [names("Somebody", "Other"), said({}, 403), silent()])
def test_the_same_answer_for_a_word_that_nobody_has_is_canned(other: Said) -> None:
    found = fails(CHECK, {**SAME, "other": other})

    assert (found.reason, found.step) == (Reason.CANNED_ANSWER, "answer")
    assert found.seen.startswith(f"2 values at $.results[*].name, none holds {ACME}")
    assert found.cause.startswith("brain-gateway answers for shop out of its own stock")


def test_the_same_answer_for_every_word_but_not_for_every_tenant_is_a_lost_query() -> None:
    found = fails(CHECK, {**SAME, "other": names("Third")})

    assert (found.reason, found.step) == (Reason.QUERY_LOST, "nonsense")
    assert found.seen.endswith("; a word that nobody has gets the same, and zeta gets something else")
    assert found.cause == "the query does not reach shop: brain-gateway drops it, or shop ignores it"


def test_another_tenant_is_asked_only_where_the_words_change_nothing() -> None:
    found = names(f"Sentinel {ACME}")
    deaf = check("sentinel", {"at": "$.results[*].name"}, request={"path": "/leads"})

    (other,) = more(CHECK, SAME)
    assert (other.identity.tenant, dict(other.fill)["sentinel"]) == ("zeta", setting().nonsense(CHECK))
    assert more(CHECK, {**SAME, "other": names()}) == ()
    assert more(CHECK, heard(names("Somebody"), names())) == ()
    assert more(CHECK, heard(found, found)) == ()
    assert more(deaf, SAME) == ()


def more(check: Check, told: dict[str, Said]) -> tuple[Step, ...]:
    answers = Answers({name: answer.to(Step(name)) for name, answer in told.items()})
    return PROCEDURE.follow(check, setting(), answers)


def test_the_record_at_another_place_is_an_echo_and_fails() -> None:
    assert fails(CHECK, heard(said({"results": [], "query": ACME}))).reason is Reason.NO_SENTINEL


def test_another_tenants_record_is_a_leak_even_beside_the_own() -> None:
    found = fails(CHECK, heard(names(f"Sentinel {ACME}", f"Sentinel {ZETA}")))

    assert (found.reason, found.seen) == (Reason.LEAK, "the sentinel of zeta is in the answer to acme")
    assert "data of zeta reached acme" in found.cause


def test_no_answer_fails_with_the_matchers_reason() -> None:
    assert fails(CHECK, heard(said({"results": [{"name": ACME}]}, 500))).reason is Reason.STATUS
    assert fails(CHECK, heard(said({}, 502))).reason is Reason.UPSTREAM_DOWN


def test_a_word_of_error_beside_the_record_is_another_checks_business() -> None:
    assert passes(CHECK, heard(said({"results": [{"name": ACME}], "success": False})))
