"""Fields that follow a relationship without paging: to one row, or to the parts of a whole."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.annotations import argument, list_of
from jobbot_gql.api.arguments import with_arguments
from jobbot_gql.api.connections import MAX_PAGE, checked_size
from jobbot_gql.api.context import Info
from jobbot_gql.api.entity import NEEDS, RELATED, entity_of
from jobbot_gql.api.loaders import instance
from jobbot_gql.api.registry import Later, row_type
from jobbot_gql.api.selection import field_identity, selected_columns
from jobbot_gql.db.ordering import OrderTerm
from jobbot_gql.db.selects import first_per_parent, foreign_key_of, target_key_of


def to_one(
    relationship: QueryableAttribute[Any],
    foreign_key: QueryableAttribute[Any],
    description: str,
    *,
    optional: bool | None = None,
) -> Any:
    """A field that gives the one row that `foreign_key` names; nullable where the key is, unless said otherwise."""
    key = foreign_key.key
    if optional is None:
        optional = foreign_key.property.columns[0].nullable
    target: Any = Later(row_type, relationship)

    async def resolve(self: Any, info: Info) -> Any:
        value = getattr(self, key)
        if value is None:
            return None
        entity = entity_of(relationship.property.mapper.class_)
        columns = info.context.loaders.remembered(field_identity(info), lambda: selected_columns(info, entity))
        return await info.context.loaders.one(entity.type, entity.model, target_key_of(relationship), value, columns)

    return strawberry.field(
        resolver=resolve,
        description=description,
        graphql_type=target | None if optional else target,
        metadata={RELATED: relationship, NEEDS: (key,)},
    )


def to_many(relationship: QueryableAttribute[Any], *order: OrderTerm, description: str) -> Any:
    """A field that gives the parts of a whole as a plain list, in the given order with the id as its last term."""
    terms = (*order, OrderTerm("id"))

    async def resolve(self: Any, info: Info, **asked: Any) -> Sequence[Any]:
        loaders = info.context.loaders
        entity = entity_of(relationship.property.mapper.class_)
        place = field_identity(info)
        columns = loaders.remembered(place, lambda: selected_columns(info, entity))

        async def load(parents: list[int]) -> list[list[Any]]:
            statement = first_per_parent(
                info.context.database.dialect,
                foreign_key_of(relationship),
                columns,
                where=None,
                order=terms,
                limit=checked_size("first", asked.get("first"), default=MAX_PAGE),
            )
            by_parent: dict[int, list[Any]] = {key: [] for key in parents}
            for key, *row in await loaders.rows(statement, {"keys": parents}):
                by_parent[key].append(instance(entity.type, columns, row))
            return [by_parent[key] for key in parents]

        rows: list[Any] = await loaders.batched(place, load).load(self.id)
        return rows

    size = argument(int | None, f"How many, {MAX_PAGE} if not given and at most.")
    return strawberry.field(
        resolver=with_arguments(resolve, {"first": (size, strawberry.UNSET)}),
        description=description,
        graphql_type=list_of(Later(row_type, relationship)),
        metadata={RELATED: relationship, NEEDS: ("id",)},
    )
