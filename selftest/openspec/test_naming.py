"""Which service a text means."""

from __future__ import annotations

import pytest

from stagecheck.openspec import naming
from stagecheck.openspec.facts import Published, Registered, Service, Stated
from stagecheck.openspec.markdown import Place

HERE = Place("a.md", 1)


def service(id: str, name: str = "", kind: str = "backend", domain: str = "", port: int = 0) -> Service:
    ports = (Published(port, port, "", HERE),) if port else ()
    domains = (Stated(domain, HERE),) if domain else ()
    return Service(id, kind, "a.md", HERE, name=name, ports=ports, domains=domains)


SERVICES = (
    service("wagtail-cms", "Wagtail CMS"),
    service("acme-backend", "Acme Shop Backend"),
    service("acme-frontend", "Acme Shop Frontend", "frontend", "www.acme.example"),
    service("portal", "Client Portal (Multi-Tenant)", "frontend"),
    service("flow-server", "Flow", port=7233),
    service("flow-api", "Flow API", port=8080),
)


@pytest.mark.parametrize(
    ("name", "url", "id"),
    [
        ("Wagtail CMS (content)", "", "wagtail-cms"),
        ("Client Portal", "", "portal"),
        ("Acme Shop", "http://www.acme.example", "acme-frontend"),
        ("Acme Shop", "", None),
        ("Acme Backend", "", "acme-backend"),
        ("Billing", "", None),
        ("", "", None),
    ],
)
def test_a_display_name_is_a_service_where_it_is_plain_which(name: str, url: str, id: str | None) -> None:
    found = naming.by_display(name, SERVICES, url)

    assert (found.id if found else None) == id


@pytest.mark.parametrize(
    ("key", "id"),
    [
        ("wagtail-cms", "wagtail-cms"),
        ("wagtail", "wagtail-cms"),
        ("acme", "acme-backend"),
        ("portal", None),
        ("flow", "flow-server"),
        ("flow-server-backend", "flow-server"),
        ("acme-frontend", None),
        ("wag", None),
    ],
)
def test_a_key_is_a_service_behind_the_gateway(key: str, id: str | None) -> None:
    registry = (Registered("flow", 7233, "", False, HERE, "a.md"),)
    found = naming.by_key(key, SERVICES, registry)

    assert (found.id if found else None) == id


def test_aliases_leave_out_the_ending() -> None:
    assert naming.aliases(SERVICES[0]) == {"wagtail-cms", "wagtail"}
    assert naming.aliases(SERVICES[3]) == {"portal"}
