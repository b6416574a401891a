"""GraphQL documents that were parsed and validated before: a client sends the same few, over and over."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate

KEPT = 256


class Documents:
    """The documents that one schema has seen; `parsed` and `validated` are what ariadne asks for."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._parsed = lru_cache(maxsize=KEPT)(parse)
        # By the document's own identity: to hash one costs as much as to validate it.
        self._errors: dict[int, tuple[DocumentNode, list[GraphQLError]]] = {}

    def parsed(self, context: object, data: dict[str, Any]) -> DocumentNode:
        """The document of a request; raises GraphQLError for what is none."""
        return self._parsed(data["query"])

    def validated(self, schema: GraphQLSchema, document: DocumentNode, **more: Any) -> list[GraphQLError]:
        """What is wrong with a document."""
        known = self._errors.get(id(document))
        if known is None or known[0] is not document:
            if len(self._errors) >= KEPT:
                self._errors.clear()
            known = self._errors[id(document)] = (document, validate(self._schema, document, **more))
        return known[1]
