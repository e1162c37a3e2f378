"""The rows that a list is about, and figures over them: for many parents at once, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, asc, func, nulls_last, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.loaders import Loaders
from jobbot_gql.api.types.entity import Entity
from jobbot_gql.db.sql.array_params import is_among, key_list


@dataclass(frozen=True)
class ResultSet:
    """The rows of one table under a filter: all of them, or those of one parent."""

    entity: Entity
    where: ColumnElement[bool] | None
    loaders: Loaders
    place: tuple[Any, ...] = ()
    """What tells the field in the operation from others; the same for every parent."""
    foreign_key: QueryableAttribute[Any] | None = None
    parent: Any = None

    async def figures(
        self,
        name: tuple[Any, ...],
        figures: Sequence[ColumnElement[Any]],
        groups: Sequence[ColumnElement[Any]] = (),
        limit: int | None = None,
    ) -> list[Sequence[Any]]:
        """The figures over the rows: one row of values, or one for each group, the group's keys first.

        Groups come in the order of their keys, `limit` of them at most. A parent without rows has no row of values.
        `name` tells these figures from others of the same field.
        """
        statement = select_figures(self.entity, self.where, figures, groups, self.foreign_key)
        if self.foreign_key is None:
            return list(await self.loaders.rows(statement.limit(limit)))

        async def load(parents: list[Any]) -> list[list[Sequence[Any]]]:
            by_parent: dict[Any, list[Sequence[Any]]] = {parent: [] for parent in parents}
            for *values, parent in await self.loaders.rows(statement, {"keys": parents}):
                by_parent[parent].append(values)
            return [by_parent[parent][:limit] for parent in parents]

        found: list[Sequence[Any]] = await self.loaders.batched((*self.place, *name), load).load(self.parent)
        return found

    async def count(self) -> int:
        """Number of rows."""
        found = await self.figures(("count",), [func.count()])
        return int(found[0][0]) if found else 0


def select_figures(
    entity: Entity,
    where: ColumnElement[bool] | None,
    figures: Sequence[ColumnElement[Any]],
    groups: Sequence[ColumnElement[Any]] = (),
    foreign_key: QueryableAttribute[Any] | None = None,
) -> Select[Any]:
    """The groups' keys and the figures over rows; with a foreign key for each parent among `keys`, which comes last."""
    labels = [f"group_{number}" for number in range(len(groups))]
    keys = [group.label(label) for group, label in zip(groups, labels, strict=True)]
    statement = select(*keys, *figures).select_from(entity.model)
    if where is not None:
        statement = statement.where(where)
    if foreign_key is not None:
        keys_given = key_list("keys", foreign_key.type)
        statement = statement.add_columns(foreign_key.label("parent")).where(is_among(foreign_key, keys_given))
        labels = ["parent", *labels]
    # By label: an expression with parameters would not be seen to equal itself.
    return statement.group_by(*labels).order_by(*(nulls_last(asc(label)) for label in labels)) if labels else statement
