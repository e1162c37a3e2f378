"""Payloads of mutations: what was changed, and what was refused."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import strawberry

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.mutation_node import NoUserErrorsNode, PayloadsNode, RowNode, ValueNode
from jobbot_gql.api.engine.selection import field_identity, selected_columns
from jobbot_gql.api.mutations.idempotent import Result
from jobbot_gql.api.mutations.user_errors import UserError, as_user_error
from jobbot_gql.api.types.annotations import list_of
from jobbot_gql.api.types.entity import PLAN, entity_of
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.lazy_types import Later, row_type
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.writing.rules import prefixed


def row_field(model: type[Base], key: str, description: str) -> Any:
    """A field that gives the row whose number is in the attribute `key`, or null: as it is after the write."""

    async def resolve(self: Any, info: Info) -> Any:
        row_id = vars(self).get(key)
        if row_id is None:
            return None
        entity = entity_of(model)
        loaders = info.context.loaders
        columns = loaders.remembered(field_identity(info), lambda: selected_columns(info, entity))
        return await loaders.one(entity.type, model, "id", row_id, columns)

    return strawberry.field(
        resolver=resolve,
        description=description,
        graphql_type=Later(row_type, model) | None,
        metadata={PLAN: partial(RowNode, model=model, key=key)},
    )


def rows_field(model: type[Base], key: str, description: str) -> Any:
    """A field that gives the rows whose numbers the attribute `key` holds, in their order; none where it is missing."""

    async def resolve(self: Any, info: Info) -> Any:
        entity = entity_of(model)
        loaders = info.context.loaders
        columns = loaders.remembered(field_identity(info), lambda: selected_columns(info, entity))
        found = await loaders.several(entity.type, model, "id", vars(self).get(key) or (), columns)
        return [row for row in found if row is not None]

    return strawberry.field(resolver=resolve, description=description, graphql_type=list_of(Later(row_type, model)))


def value_field(kind: Any, key: str, description: str) -> Any:
    """A field that gives the value of the attribute `key`, or null."""
    is_vocabulary = isinstance(kind, type) and issubclass(kind, Vocabulary)

    def resolve(self: Any) -> Any:
        value = vars(self).get(key)
        return kind(value) if is_vocabulary and value is not None else value

    annotation: Any = graphql_enum(kind) if is_vocabulary else kind
    return strawberry.field(
        resolver=resolve,
        description=description,
        graphql_type=annotation | None,
        metadata={PLAN: partial(ValueNode, value_of=resolve)},
    )


def payloads_field(kind: Any, key: str, description: str) -> Any:
    """A field that gives the payloads, of the type `kind`, that the attribute `key` holds."""
    return strawberry.field(
        resolver=lambda self: getattr(self, key),
        graphql_type=list_of(kind),
        description=description,
        metadata={PLAN: partial(PayloadsNode, key=key)},
    )


def action_fields(gives: Mapping[str, tuple[Any, str]]) -> dict[str, Any]:
    """The fields of an action's payload, from their models or types and descriptions; `[Model]` stands for many rows.

    The id of the one row of a field `job` is read from `job_id`.
    """
    return {
        key: rows_field(kind[0], key, text)
        if isinstance(kind, list)
        else row_field(kind, f"{key}_id", text)
        if isinstance(kind, type) and issubclass(kind, Base)
        else value_field(kind, key, text)
        for key, (kind, text) in gives.items()
    }


def _user_errors(self: Any) -> list[Any]:
    return [as_user_error(violation) for violation in self.violations]


def payload_type(name: str, description: str, fields: Mapping[str, Any]) -> Any:
    """The GraphQL type of a payload with these fields and `userErrors`."""
    user_errors = strawberry.field(
        resolver=_user_errors,
        graphql_type=list_of(UserError),
        description="Why the request was rejected. If not empty, nothing was saved.",
        metadata={PLAN: NoUserErrorsNode},
    )
    namespace = {**fields, "user_errors": user_errors, "__module__": __name__}
    return strawberry.type(type(name, (), namespace), description=description)


def payload(kind: Any, result: Result, *path: str) -> Any:
    """The payload that shows a result, its refusals being about what the path leads to."""
    made: Any = object.__new__(kind)
    made.__dict__.update(result.values, violations=[prefixed(path, violation) for violation in result.violations])
    return made
