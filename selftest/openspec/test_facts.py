"""How facts read in a message, and that a variable's value is not shown by accident."""

from __future__ import annotations

from stagecheck.openspec.facts import Call, Endpoint, Published, Service, Variable
from stagecheck.openspec.markdown import Place

HERE = Place("shop.md", 3)


def test_facts_read_as_a_person_writes_them() -> None:
    assert str(Published(8010, 8000, "", HERE)) == "8010:8000"
    assert str(Published(None, 8000, "", HERE, undecided=True)) == "8000"
    assert str(Endpoint("shop", "", "/items", HERE)) == "any method /items"
    assert str(Call("web", "GET", "/api/shop/items", "shop", "/items", HERE)) == "GET /api/shop/items"


def test_the_value_of_a_variable_is_not_in_its_repr() -> None:
    assert "made-up" not in repr(Variable("SHOP_PASSWORD", "made-up", HERE))


def test_ports_that_are_not_decided_are_none() -> None:
    ports = (Published(8010, 8000, "", HERE), Published(None, 9000, "", HERE))
    service = Service("shop", "backend", "shop.md", HERE, ports=ports)

    assert (service.outer, service.inner) == ({8010}, {8000, 9000})
