"""The proof `tenant_keys`: no key of the cache is without its tenant."""

from __future__ import annotations

from selftest.told import Said, check, fails, passes, said, setting, silent, steps, unproven
from stagecheck.model import Redis
from stagecheck.outcome import Reason
from stagecheck.proofs import tenant_keys

WORD = {"pattern": "api:*", "tenant": "^api:[a-z]+:[0-9]+$"}
CHECK = check("tenant_keys", WORD, kind="isolation", service="cache", request={})
HERE = setting(databases={"cache": {"url": "CACHE_URL"}})


def part(cursor: str, *keys: str) -> Said:
    return said([cursor, list(keys)], None)


def test_begins_with_the_keys_of_the_pattern() -> None:
    (step,) = steps(CHECK, HERE).values()

    assert step.request.redis == Redis(command=["SCAN", "0", "MATCH", "api:*", "COUNT", "500"])


def test_goes_on_until_there_are_no_more() -> None:
    told = {"scan-1": part("17", "api:acme:1"), "scan-2": part("4"), "scan-3": part("0", "api:zeta:2")}

    assert passes(CHECK, told, where=HERE)


def test_of_an_endless_cache_a_sample_is_looked_at() -> None:
    told = {f"scan-{n}": part("9", "api:acme:1") for n in range(1, tenant_keys.MOST_REPLIES + 1)}

    assert passes(CHECK, told, where=HERE)


def test_a_key_without_a_tenant_is_shared() -> None:
    found = fails(CHECK, {"scan-1": part("9", "api:acme:1"), "scan-2": part("0", "api:77", "api:78")}, where=HERE)

    assert (found.reason, found.step) == (Reason.OPEN_DATA, "scan-2")
    assert found.seen == "2 of 3 keys name no tenant, the first is 'api:77'"
    assert found.cause.startswith("the service that writes these keys caches one answer for all tenants: whoever asks")


def test_an_empty_cache_proves_nothing() -> None:
    found = unproven(CHECK, {"scan-1": part("0")}, where=HERE)

    assert found.seen == "no key matches 'api:*'"
    assert found.cause == "nothing was cached yet, or the pattern is not that of this cache: nothing is proven"


def test_a_scan_that_broke_off_proves_nothing() -> None:
    told = {"scan-1": part("9", "api:acme:1"), "scan-2": silent(Reason.TIMEOUT, "did not finish")}

    assert unproven(CHECK, told, where=HERE).step == "scan-2"


def test_an_answer_of_another_shape_proves_nothing() -> None:
    assert unproven(CHECK, {"scan-1": said("OK", None)}, where=HERE).step == "scan-1"
