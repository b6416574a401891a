from __future__ import annotations

from typing import Any

from selftest.yesterday import row, run
from stagecheck import comparison


def lines(before: Any, after: Any) -> list[str]:
    return list(comparison.of(before, after).lines())


def host(address: str = "203.0.113.1", until: str = "2031-01-01T00:00:00+00:00", days: float = 200.0) -> dict[str, Any]:
    certificate = {"issuer": "CN=R11", "not_after": until, "days_left": days}
    return {"host": "www.acme.example", "addresses": [address], "certificate": certificate}


def speed(p95: float, answers: int = 40) -> dict[str, Any]:
    return {"service": "shop", "answers": answers, "p95": p95, "limit": None}


def test_the_same_is_no_news() -> None:
    told = run(row(), row("b[x]", "failed"), hosts=[host()], latency=[speed(0.2)])

    assert lines(told, told) == []


def test_failures_come_and_go_and_blocked_is_none_of_its_own() -> None:
    root = {"id": "a[x]", "outcome": "failed", "reason": "status", "message": "down"}
    before = run(row("a[x]"), row("b[x]", "failed"), row("c[x]"), row("d[x]"))
    after = run(row("a[x]", "failed"), row("b[x]"), row("c[x]", "blocked", root=root), row("e[x]", "failed"))

    assert lines(before, after) == [
        "new failures (2): a[x], e[x]",
        "fixed (1): b[x]",
        "missing (1): d[x]",
        "added (1): e[x]",
    ]


def test_what_was_not_heard_is_missing_and_no_failure() -> None:
    unheard = row("b[x]", "inconclusive", reason="filtered")

    assert lines(run(row("b[x]")), run(unheard)) == ["missing (1): b[x]"]
    assert lines(run(row("b[x]", "failed")), run(unheard)) == ["missing (1): b[x]"]
    assert lines(run(unheard), run(row("b[x]", "failed"))) == ["new failures (1): b[x]"]


def test_another_profile_plans_other_checks() -> None:
    assert lines(run(row("a[x]"), row("b[x]")), run(row("a[x]"), profile="post-deploy")) == []


def test_slower_is_by_half_and_by_more_than_a_servers_unsteadiness() -> None:
    assert lines(run(latency=[speed(0.2)]), run(latency=[speed(0.4)])) == ["slower: shop: p95 0.400 s, was 0.200 s"]
    assert lines(run(latency=[speed(0.01)]), run(latency=[speed(0.03)])) == []
    assert lines(run(latency=[speed(0.2, 3)]), run(latency=[speed(0.9)])) == []


def test_flakier() -> None:
    assert lines(run(row("a[x]")), run(row("a[x]", flaky=True))) == ["flakier (1): a[x]"]


def test_addresses_and_certificates() -> None:
    after = run(hosts=[host("203.0.113.2", "2030-06-01T00:00:00+00:00", 12.0)])

    assert lines(run(hosts=[host()]), after) == [
        "addresses of www.acme.example: 203.0.113.2, were 203.0.113.1",
        "certificate of www.acme.example: CN=R11 until 2030-06-01T00:00, was CN=R11 until 2031-01-01T00:00",
        "certificate of www.acme.example: 12 days left",
    ]


def test_many_are_a_number() -> None:
    (line,) = lines(run(*(row(f"a[{n}]") for n in range(9))), run(*(row(f"a[{n}]", "failed") for n in range(9))))

    assert line == "new failures (9): a[0], a[1], a[2], a[3], a[4] and 4 more"
