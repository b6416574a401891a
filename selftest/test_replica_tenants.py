"""The replica's tenants: the two brands, and as many made-up ones as are asked for."""

from __future__ import annotations

import pytest

from replica.__main__ import main
from replica.settings import BRANDS, TENANTS, tenants


def test_the_first_are_the_brands_and_the_others_differ_in_all_that_tells_tenants_apart() -> None:
    many = tenants(50)

    assert many[:2] == BRANDS == TENANTS
    for name in ("id", "host", "sentinel", "email"):
        assert len({getattr(one, name) for one in many}) == 50
    assert {one.brand for one in many} == {one.id for one in BRANDS}
    assert tenants(50)[:10] == tenants(10)


@pytest.mark.parametrize("number", ["1", "0", "many", "-3"])
def test_fewer_than_two_are_refused(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--tenants", number])

    assert ended.value.code == 2
    assert "a number of at least 2" in capsys.readouterr().err
