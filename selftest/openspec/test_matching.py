"""Whether a path that is asked is a route that is stated."""

from __future__ import annotations

import pytest

from stagecheck.openspec.matching import bare, reaches, same_route


@pytest.mark.parametrize(
    ("asked", "stated", "same"),
    [
        ("/items/7", "/items/{id}", True),
        ("/items/{slug}", "/items/{id}", True),
        ("/items/{id}", "/items/search", False),
        ("/items/search", "/items/search", True),
        ("/items", "/items/{id}", False),
        ("/items/", "/items", True),
    ],
)
def test_an_open_part_takes_any_value_and_is_met_by_an_open_one_only(asked: str, stated: str, same: bool) -> None:
    assert same_route(asked, stated) is same


@pytest.mark.parametrize(("path", "told"), [("/api/v1/items/", "/items"), ("/v2/items", "/items"), ("/api", "/api")])
def test_versions_are_left_out(path: str, told: str) -> None:
    assert bare(path) == told


def test_a_gateway_may_drop_or_keep_the_key() -> None:
    assert reaches("shop", "/items", "/api/v1/items/")
    assert reaches("auth", "/login", "/auth/login")
    assert not reaches("shop", "/items", "/baskets")
