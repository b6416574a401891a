"""QuantTrade's backend: strategies and portfolios of tenants, and prices of the market. Nothing here trades."""

from __future__ import annotations

import uuid
from typing import Any

from fastapi import FastAPI, HTTPException

from replica import switch
from replica.backends.caller import Tenant
from replica.backends.store import EVERYBODY, Row, Store, missing, recent, total
from replica.settings import TENANTS

STORE = Store("quanttrade-backend", "quanttrade")
NAMES = ("Moving average", "Mean reversion", "Breakout")
# Closing prices of ten days; the last one is what a portfolio is worth.
CLOSES = {
    "AAPL": (214.1, 215.6, 213.0, 216.4, 218.9, 217.2, 219.5, 221.0, 220.3, 222.8),
    "MSFT": (431.7, 429.9, 433.2, 436.0, 434.1, 437.8, 440.6, 439.2, 442.5, 444.0),
    "TSLA": (248.3, 251.9, 246.7, 244.2, 249.8, 253.4, 250.1, 255.6, 258.0, 256.3),
}
CANNED = (100.0, 101.0, 102.0, 103.0, 104.0)
NAMESPACE = uuid.UUID("7ade0000-0000-4000-8000-000000000000")


def build() -> FastAPI:
    """The ASGI app; what it holds is seeded anew with it."""
    _seed()
    app = STORE.app()

    @app.get("/strategies")
    async def strategies(tenant: Tenant, search: str = "") -> dict[str, Any]:
        found = _strategies(EVERYBODY if switch.is_on("quanttrade-lists-all") else tenant, f"%{search}%")
        return {"count": total(found, _strategies(EVERYBODY), bool(search)), "strategies": found}

    @app.get("/strategies/{id}/backtest")
    async def backtest(tenant: Tenant, id: str) -> dict[str, Any]:
        whose = EVERYBODY if switch.is_on("quanttrade-backtest-any") else tenant
        found = next((one for one in _strategies(whose) if one["id"] == id), None)
        if found is None:
            raise await missing("no such strategy", any(one["id"] == id for one in _strategies(EVERYBODY)))
        closes = _closes(found["symbol"])
        return {**found, "days": len(closes), "return": round(closes[-1] / closes[0] - 1, 4)}

    @app.get("/portfolio")
    async def portfolio(tenant: Tenant) -> dict[str, Any]:
        held = STORE.rows("SELECT symbol, quantity FROM positions WHERE tenant = ?", tenant)
        value = sum(one["quantity"] * _closes(one["symbol"])[-1] for one in held)
        return {"positions": held, "value": round(value, 2), "currency": "USD"}

    @app.get("/market-data/{symbol}")
    async def market(tenant: Tenant, symbol: str) -> dict[str, Any]:
        if switch.is_on("quanttrade-market-lost"):
            raise HTTPException(503, "the feed of prices gives no answer")
        closes = list(CANNED) if switch.is_on("quanttrade-canned-market") else _closes(symbol)
        if not closes:
            raise HTTPException(404, "no such symbol")
        return {"symbol": symbol, "closes": closes}

    return app


def _strategies(tenant: str, name: str = "%") -> list[Row]:
    query = "SELECT id, name, symbol FROM strategies WHERE tenant LIKE ? AND name LIKE ? ORDER BY id"
    return recent(STORE.rows(query, tenant, name))


def _closes(symbol: str) -> list[float]:
    return [row["close"] for row in STORE.rows("SELECT close FROM prices WHERE symbol = ? ORDER BY day", symbol)]


def _seed() -> None:
    symbols = tuple(CLOSES)
    STORE.create(
        "strategies",
        ("id", "tenant", "name", "symbol"),
        (
            (str(uuid.uuid5(NAMESPACE, f"{tenant.id}/{name}")), tenant.id, name, symbols[place % len(symbols)])
            for tenant in TENANTS
            for place, name in enumerate((*NAMES, f"Sentinel {tenant.sentinel}"))
        ),
    )
    STORE.create(
        "positions",
        ("tenant", "symbol", "quantity"),
        ((tenant.id, symbol, 10 * (place + 1)) for tenant in TENANTS for place, symbol in enumerate(symbols)),
    )
    STORE.create(
        "prices",
        ("symbol", "day", "close"),
        ((symbol, day, close) for symbol, closes in CLOSES.items() for day, close in enumerate(closes)),
    )
