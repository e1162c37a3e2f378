"""Fields that follow a relationship without paging: to one row, or to the parts of a whole."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, partial
from typing import Any

import strawberry
from sqlalchemy import Select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.planner import Layout, Planner, Reads, set_field
from jobbot_gql.api.engine.row_codegen import Incomplete
from jobbot_gql.api.engine.selected_field import Run, SelectedField
from jobbot_gql.api.engine.selection import field_identity, selected_columns
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.arguments import with_arguments
from jobbot_gql.api.types.entity import NEEDS, PLAN, RELATED, entity_of
from jobbot_gql.api.types.lazy_types import Later, row_type
from jobbot_gql.api.types.page_size import MAX_PAGE, checked_size
from jobbot_gql.db.sql.compiled_query import KeyedQuery, Row
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.db.sql.lateral_tree import Branch
from jobbot_gql.db.sql.selects import Columns, by_key, first_per_parent, foreign_key_of, target_key_of


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
        metadata={RELATED: relationship, NEEDS: (key,), PLAN: partial(ToOneNode, relationship=relationship, key=key)},
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
            statement = _parts(info.context.database.dialect, relationship, columns, terms, **asked)
            by_parent: dict[int, list[Any]] = {key: [] for key in parents}
            for key, *row in await loaders.rows(statement, {"keys": parents}):
                by_parent[key].append(instance(entity.type, columns, row))
            return [by_parent[key] for key in parents]

        rows: list[Any] = await loaders.batched(place, load).load(self.id)
        return rows

    size = argument(int | None, f"Number of rows to return, 0 to {MAX_PAGE}. Default {MAX_PAGE}.")
    return strawberry.field(
        resolver=with_arguments(resolve, {"first": (size, strawberry.UNSET)}),
        description=description,
        graphql_type=list_of(Later(row_type, relationship)),
        metadata={
            RELATED: relationship,
            NEEDS: ("id",),
            PLAN: partial(ToManyNode, relationship=relationship, terms=terms),
        },
    )


def _parts(
    dialect: str,
    relationship: QueryableAttribute[Any],
    columns: Columns,
    terms: Sequence[OrderTerm],
    *,
    first: int | None = None,
    single: bool = False,
) -> Select[Any]:
    limit = checked_size("first", first, default=MAX_PAGE)
    foreign_key = foreign_key_of(relationship)
    return first_per_parent(dialect, foreign_key, columns, where=None, order=terms, limit=limit, single=single)


class ToOneNode:
    """A field made by `to_one`, for all objects of a level."""

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        layout: Layout,
        *,
        relationship: QueryableAttribute[Any],
        key: str,
    ) -> None:
        self.selected = selected
        self._parents = layout
        self._key = key
        layout.need((key,))
        self._target_key = target_key_of(relationship)
        self._rows = Layout(entity_of(relationship.property.mapper.class_), offset=1)
        self._level = planner.level(self._rows.entity, selected.details, self._rows)
        self._dialect = planner.dialect

    @property
    def statements(self) -> int:
        """How many statements the related rows take at most."""
        return 1 + self._level.statements

    is_fixed = True
    """The related row has no arguments."""

    @property
    def statements_apart(self) -> int:
        """How many statements it takes at most beside a tree's."""
        return self._level.statements_apart

    def branch(self, run: Run) -> Branch:
        """The related rows, by the foreign key."""
        return Branch(self._key, self._query, self._level.branches(run))

    @cached_property
    def _query(self) -> KeyedQuery:
        entity = self._rows.entity
        return KeyedQuery(partial(by_key, entity.model, self._target_key, self._rows.columns), self._dialect)

    def run(self, run: Run, rows: Sequence[Row], out: list[dict[str, Any]]) -> Reads[None]:
        """Set the field on each object: the one related row's object, which objects with the same key share."""
        place = self._parents.place(self._key)
        keys = [row[place] for row in rows]
        wanted = list({key: None for key in keys if key is not None})
        found: dict[Any, Any] = {}
        if wanted:
            read = yield self._query, wanted
            objects = yield from self._level.objects(run, read)
            # Where the key is not unique after all, the oldest row stands for its value.
            found = {row[0]: made for row, made in zip(reversed(read), reversed(objects), strict=True)}
        values = [found.get(key) for key in keys]
        if self.selected.required and None in values:
            raise Incomplete
        set_field(out, self.selected.name, values)


class ToManyNode:
    """A field made by `to_many`, for all objects of a level."""

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        layout: Layout,
        *,
        relationship: QueryableAttribute[Any],
        terms: Sequence[OrderTerm],
    ) -> None:
        self.selected = selected
        self._parents = layout
        layout.need(("id",))
        self._relationship = relationship
        self._terms = terms
        self._rows = Layout(entity_of(relationship.property.mapper.class_), offset=1)
        self._level = planner.level(self._rows.entity, selected.details, self._rows)
        self._dialect = planner.dialect
        self._asked = planner.arguments(selected, self._ask)

    @property
    def statements(self) -> int:
        """How many statements the parts take at most."""
        return 1 + self._level.statements

    @property
    def is_fixed(self) -> bool:
        """Whether the number of the parts is the same each time."""
        return self._asked.are_constant

    @property
    def statements_apart(self) -> int:
        """How many statements it takes at most beside a tree's."""
        return self._level.statements_apart

    def branch(self, run: Run) -> Branch:
        """The parts, by the id."""
        return Branch("id", self._asked.of(run), self._level.branches(run))

    def _ask(self, **asked: Any) -> KeyedQuery:
        parts = partial(_parts, self._dialect.name, self._relationship, self._rows.columns, self._terms, **asked)
        return KeyedQuery(parts, self._dialect)

    def run(self, run: Run, rows: Sequence[Row], out: list[dict[str, Any]]) -> Reads[None]:
        """Set the field on each object: the list of its parts' objects."""
        query = self._asked.of(run)
        place = self._parents.place("id")
        keys = [row[place] for row in rows]
        read = yield query, list(dict.fromkeys(keys))
        objects = yield from self._level.objects(run, read)
        found: defaultdict[Any, list[Any]] = defaultdict(list)
        for row, made in zip(read, objects, strict=True):
            found[row[0]].append(made)
        set_field(out, self.selected.name, [found[key] for key in keys])
