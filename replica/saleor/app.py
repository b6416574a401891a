"""Saleor's outside: POST /graphql/, one operation or a list of some, and GET /health/."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import ariadne
from ariadne import ObjectType, ScalarType, make_executable_schema
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema

from replica import bearer, release, settings, switch
from replica.saleor import checkouts, drafts, orders, store
from replica.saleor.documents import Documents
from replica.saleor.queries import PermissionDenied, query, user

LOG = logging.getLogger("replica.saleor")
# Ariadne logs each error of each client with a traceback; ours tells only of what was not meant.
UNUSED_LOG = logging.getLogger("replica.saleor.ariadne")
UNUSED_LOG.disabled = True


def schema() -> GraphQLSchema:
    """The executable subset of Saleor's schema."""
    types: list[ObjectType] = []
    for name in ("Product", "Order", "Checkout"):
        type = ObjectType(name)
        type.set_field("metafield", _metafield)
        types.append(type)
    scalars = [ScalarType(name) for name in ("DateTime", "JSONString", "PositiveDecimal", "UUID")]
    text = Path(__file__).with_name("schema.graphql").read_text()
    mutations = (drafts.mutation, checkouts.mutation, orders.mutation)
    return make_executable_schema(text, query, user, *mutations, *types, *scalars)


def build() -> FastAPI:
    """The ASGI app; what it holds is seeded anew with it."""
    executable = schema()
    documents = Documents(executable)
    held = store.seeded()
    checkouts.plant(held)
    verifier = bearer.Verifier(settings.load().url("auth") + "/auth/jwks")
    app = FastAPI(title="saleor", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health/")
    @app.get("/health", include_in_schema=False)
    async def health() -> dict[str, Any]:
        return {"service": "saleor", "status": "ok", "products": len(held.products), "revision": release.current()}

    @app.post("/graphql/")
    async def graphql(request: Request) -> JSONResponse:
        if switch.is_on("saleor-graphql-400"):
            return _refusal("Must provide query string.")
        if switch.is_on("saleor-errors-200"):
            error = {"message": "Internal Server Error", "extensions": {"exception": {"code": "OperationalError"}}}
            return JSONResponse({"errors": [error], "data": None})
        try:
            data = await request.json()
        except ValueError:
            return _refusal("Unable to parse query.")
        operations = data if isinstance(data, list) else [data]
        if not operations or not all(isinstance(one, dict) and isinstance(one.get("query"), str) for one in operations):
            return _refusal("Must provide a query string.")
        tenant = await _tenant(request, verifier)
        answers = [await answered(one, tenant, place) for place, one in enumerate(operations)]
        status = 200 if all(understood for understood, _ in answers) else 400
        told = [answer for _, answer in answers]
        return JSONResponse(told if isinstance(data, list) else told[0], status)

    async def answered(operation: dict[str, Any], tenant: str, place: int) -> tuple[bool, Any]:
        anyone = place > 0 and switch.is_on("saleor-batch-any")
        context = {"tenant": tenant, "store": held, "anyone": anyone, "told": {}}
        understood, answer = await ariadne.graphql(
            executable,
            operation,
            context_value=context,
            query_parser=documents.parsed,
            query_validator=documents.validated,
            error_formatter=_formatted,
            logger=UNUSED_LOG.name,
        )
        return understood, {**answer, "extensions": context["told"]} if context["told"] else answer

    return app


async def _tenant(request: Request, verifier: bearer.Verifier) -> str:
    """The tenant of the token; as for Saleor, a token that is not believed makes the caller anonymous."""
    try:
        claims = await verifier.claims(bearer.of(request.headers.getlist("authorization")))
    except (bearer.BadToken, bearer.NoKeys):
        return ""
    return str(claims["tenant_id"])


def _refusal(message: str) -> JSONResponse:
    error = {"message": message, "extensions": {"exception": {"code": "GraphQLError"}}}
    return JSONResponse({"errors": [error]}, 400)


def _formatted(error: GraphQLError, debug: bool) -> dict[str, Any]:
    """An error with Saleor's code for it, and nothing of what went on inside."""
    cause = error.original_error or error
    known = isinstance(cause, GraphQLError)
    code = "PermissionDenied" if isinstance(cause, PermissionDenied) else "GraphQLError"
    told = {**error.formatted, "extensions": {"exception": {"code": code if known else "InternalError"}}}
    if known:
        return told
    LOG.error("a resolver failed", exc_info=cause)
    return {**told, "message": "Internal Server Error"}


def _metafield(record: dict[str, Any], info: GraphQLResolveInfo, key: str) -> str | None:
    return next((item["value"] for item in record["metadata"] if item["key"] == key), None)
