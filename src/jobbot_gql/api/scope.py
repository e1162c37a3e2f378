"""The rows that a list is about, and figures over them: for many parents at once, in one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, asc, func, nulls_last, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.entity import Entity
from jobbot_gql.api.loaders import Loaders
from jobbot_gql.db.keys import is_among, key_list


@dataclass(frozen=True)
class Scope:
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
        labels = [f"group_{number}" for number in range(len(groups))]
        keys = [group.label(label) for group, label in zip(groups, labels, strict=True)]
        statement = select(*keys, *figures).select_from(self.entity.model)
        if self.where is not None:
            statement = statement.where(self.where)
        if self.foreign_key is None:
            return list(await self.loaders.rows(_grouped(statement, labels).limit(limit)))
        foreign_key = self.foreign_key

        async def load(parents: list[Any]) -> list[list[Sequence[Any]]]:
            of_parents = statement.add_columns(foreign_key.label("parent")).where(
                is_among(foreign_key, key_list("keys", foreign_key.type))
            )
            by_parent: dict[Any, list[Sequence[Any]]] = {parent: [] for parent in parents}
            rows = await self.loaders.rows(_grouped(of_parents, ["parent", *labels]), {"keys": parents})
            for *values, parent in rows:
                by_parent[parent].append(values)
            return [by_parent[parent][:limit] for parent in parents]

        found: list[Sequence[Any]] = await self.loaders.batched((*self.place, *name), load).load(self.parent)
        return found

    async def count(self) -> int:
        """How many rows there are."""
        found = await self.figures(("count",), [func.count()])
        return int(found[0][0]) if found else 0


def _grouped(statement: Select[Any], labels: Sequence[str]) -> Select[Any]:
    # By label: an expression with parameters would not be seen to equal itself.
    return statement.group_by(*labels).order_by(*(nulls_last(asc(label)) for label in labels)) if labels else statement
