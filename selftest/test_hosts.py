from __future__ import annotations

from selftest.told import check
from stagecheck import hosts, record

CHECK = check("answers", expect={"status": 200})


def test_addresses_and_certificate_of_each_name() -> None:
    facts = {"issuer": "CN=R11", "not_after": "2031-01-01T00:00:00+00:00", "days_left": 200.4, "chain": 2}
    exchanges = [
        {"url": "dns://www.acme.example", "facts": {"addresses": ["203.0.113.2", "203.0.113.1"]}},
        {"url": "tls://www.acme.example:443", "facts": facts},
        {"url": "https://www.acme.example/", "facts": {}},
        {"url": "tls://silent.example:443", "facts": {}},
    ]
    found = hosts.plain([record.of(CHECK, None, exchanges=exchanges)])

    certificate = {"issuer": "CN=R11", "not_after": "2031-01-01T00:00:00+00:00", "days_left": 200.4}
    addresses = ["203.0.113.1", "203.0.113.2"]
    assert found == [{"host": "www.acme.example", "addresses": addresses, "certificate": certificate}]
    assert hosts.days_left(found) == ["certificates: www.acme.example 200 days left"]
    assert hosts.days_left([]) == []
