"""Closed vocabularies as GraphQL enums."""

import inspect
from typing import TypeVar

import strawberry

from jobbot_gql.db.sql.column_types import Vocabulary

V = TypeVar("V", bound=Vocabulary)


def graphql_enum(words: type[V]) -> type[V]:
    """Register a vocabulary as a GraphQL enum with its docstring and its members' descriptions; idempotent."""
    if not hasattr(words, "__strawberry_definition__"):
        strawberry.enum(words, description=inspect.getdoc(words))
        for value in words.__strawberry_definition__.values:  # type: ignore[attr-defined]
            value.description = words[value.name].description
    return words
