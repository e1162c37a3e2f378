"""What was done to a row: its part of the change log."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.selection import field_identity, selected_columns
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.arguments import with_arguments
from jobbot_gql.api.types.entity import NEEDS, entity_of
from jobbot_gql.api.types.lazy_types import Later, row_type
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, MAX_PAGE, checked_size
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.db.sql.selects import first_per_parent, foreign_key_of


def history_of(relationship: QueryableAttribute[Any]) -> Any:
    """A field that gives the changes that were made to a row, the latest first.

    `relationship` leads to the change log, whose rows name their subject by its entity and its id.
    """
    subject = relationship.class_.__name__

    async def resolve(self: Any, info: Info, **asked: Any) -> Sequence[Any]:
        loaders = info.context.loaders
        log = relationship.property.mapper.class_
        entity = entity_of(log)
        place = field_identity(info)
        columns = loaders.remembered(place, lambda: selected_columns(info, entity))

        async def load(rows: list[int]) -> list[list[Any]]:
            statement = first_per_parent(
                info.context.database.dialect,
                foreign_key_of(relationship),
                columns,
                where=log.entity == subject,
                order=[OrderTerm("id", descending=True)],
                limit=checked_size("first", asked.get("first")),
            )
            by_row: dict[int, list[Any]] = {key: [] for key in rows}
            for key, *values in await loaders.rows(statement, {"keys": rows}):
                by_row[key].append(instance(entity.type, columns, values))
            return [by_row[key] for key in rows]

        changes: list[Any] = await loaders.batched(place, load).load(self.id)
        return changes

    size = argument(int | None, f"Number of changes to return, 0 to {MAX_PAGE}. Default {DEFAULT_PAGE}.")
    return strawberry.field(
        resolver=with_arguments(resolve, {"first": (size, DEFAULT_PAGE)}),
        description="Changes of this row in the change log, newest first.",
        graphql_type=list_of(Later(row_type, relationship)),
        metadata={NEEDS: ("id",)},
    )
