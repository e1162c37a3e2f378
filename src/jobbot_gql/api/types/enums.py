"""Closed vocabularies as GraphQL enums."""

import inspect
from typing import TypeVar

import strawberry

from jobbot_gql.api.strawberry_internals import definition_of_class
from jobbot_gql.db.sql.column_types import Vocabulary

V = TypeVar("V", bound=Vocabulary)


def graphql_enum(words: type[V]) -> type[V]:
    """Register a vocabulary as a GraphQL enum with its docstring and its members' descriptions; idempotent."""
    if definition_of_class(words) is None:
        strawberry.enum(words, description=inspect.getdoc(words))
        for value in definition_of_class(words).values:
            value.description = words[value.name].description
    return words
