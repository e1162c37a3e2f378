"""Fields that follow a relationship without paging: to one row, or to all child rows."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import strawberry
from sqlalchemy import Select, func, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.parents import Parents
from jobbot_gql.api.engine.plan_node import BatchedNode, Reads, set_field
from jobbot_gql.api.engine.planned_field import planned
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.row_codegen import Incomplete
from jobbot_gql.api.engine.selected_field import Run, SelectedField
from jobbot_gql.api.fields.computed import ParentBatch, computed
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.entity import RELATED, entity_of
from jobbot_gql.api.types.lazy_types import Later, row_type
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, MAX_PAGE, checked_size
from jobbot_gql.db.sql.compiled_query import KeyedQuery, Row
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.db.sql.lateral_tree import Branch
from jobbot_gql.db.sql.selects import Columns, by_key, first_per_parent, foreign_key_of, is_key, target_key_of


def to_one(
    relationship: QueryableAttribute[Any],
    foreign_key: QueryableAttribute[Any],
    description: str,
    *,
    optional: bool | None = None,
) -> Any:
    """A field that returns the row that `foreign_key` refers to. By default nullable if the key is."""
    if optional is None:
        optional = foreign_key.property.columns[0].nullable
    target: Any = Later(row_type, relationship)
    return planned(
        partial(ToOneNode, relationship=relationship, key=foreign_key.key),
        target | None if optional else target,
        description,
        needs=[foreign_key.key],
        metadata={RELATED: relationship},
    )


def to_many(relationship: QueryableAttribute[Any], *order: OrderTerm, description: str, newest: bool = True) -> Any:
    """A field that returns child rows as a plain list, in the given order, with the id as its last term.

    If there are more than `first`, the last ones are returned if `newest`, else the first ones.
    """
    which = (
        "If there are more, the last ones are returned, in the same order."
        if newest
        else "If there are more, the first ones are returned."
    )
    size = argument(int | None, f"Number of rows to return, 0 to {MAX_PAGE}. Default {MAX_PAGE}. {which}")
    terms = (*order, OrderTerm("id"))
    if newest:
        terms = tuple(term.reversed() for term in terms)
    return planned(
        partial(
            ToManyNode,
            select=partial(_parts, relationship, terms),
            relationship=relationship,
            is_reversed=newest,
        ),
        list_of(Later(row_type, relationship)),
        description,
        {"first": (size, strawberry.UNSET)},
        needs=["id"],
        metadata={RELATED: relationship},
    )


def count_of(relationship: QueryableAttribute[Any], description: str) -> Any:
    """A field that returns the number of child rows."""

    def select_counts(dialect: str, columns: Columns, *, single: bool = False) -> Select[Any]:
        foreign_key = foreign_key_of(relationship)
        return select(foreign_key, func.count()).where(is_key(foreign_key, single=single)).group_by(foreign_key)

    def count(self: Any, rows: Sequence[Any]) -> int:
        return rows[0][0] if rows else 0

    return computed(batch=ParentBatch(select_counts), description=description)(count)


def history_of(relationship: QueryableAttribute[Any]) -> Any:
    """A field that returns the changes of a row, newest first.

    `relationship` leads to the change log, whose rows refer to theirs by entity and id.
    """
    size = argument(int | None, f"Number of changes to return, 0 to {MAX_PAGE}. Default {DEFAULT_PAGE}.")
    return planned(
        partial(ToManyNode, select=partial(_changes, relationship), relationship=relationship),
        list_of(Later(row_type, relationship)),
        "Changes of this row in the change log, newest first.",
        {"first": (size, DEFAULT_PAGE)},
        needs=["id"],
    )


def _parts(
    relationship: QueryableAttribute[Any],
    terms: Sequence[OrderTerm],
    dialect: str,
    columns: Columns,
    *,
    first: int | None = None,
    single: bool = False,
) -> Select[Any]:
    limit = checked_size("first", first, default=MAX_PAGE)
    foreign_key = foreign_key_of(relationship)
    return first_per_parent(dialect, foreign_key, columns, where=None, order=terms, limit=limit, single=single)


def _changes(
    relationship: QueryableAttribute[Any],
    dialect: str,
    columns: Columns,
    *,
    first: int | None = None,
    single: bool = False,
) -> Select[Any]:
    return first_per_parent(
        dialect,
        foreign_key_of(relationship),
        columns,
        where=relationship.property.mapper.class_.entity == relationship.class_.__name__,
        order=[OrderTerm("id", descending=True)],
        limit=checked_size("first", first),
        single=single,
    )


class _RelatedNode(BatchedNode):
    """A field that follows a relationship by a key of the parents."""

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        parents: Parents,
        relationship: QueryableAttribute[Any],
        key: str,
    ) -> None:
        self.selected = selected
        self._parents = parents
        self._key = key
        parents.need((key,))
        self._rows = planner.layout(entity_of(relationship.property.mapper.class_), offset=1)
        self._level = planner.level(selected.details, self._rows)
        self._dialect = planner.dialect

    @property
    def statements(self) -> int:
        """Maximum number of statements of the related rows."""
        return 1 + self._level.statements

    @property
    def statements_apart(self) -> int:
        """Maximum number of statements in addition to a tree's."""
        return self._level.statements_apart

    def branches(self, run: Run) -> list[Branch]:
        """The related rows, by the key."""
        return [Branch(self._key, self._query(run), self._level.branches(run))]

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field on each object."""
        keys = self._parents.keys(rows, self._key)
        read = yield from self._read(run, keys)
        objects = yield from self._level.objects(run, read)
        set_field(out, self.selected.name, self._of_each(keys, read, objects))

    def values(self, run: Run, rows: Sequence[Any]) -> Reads[list[Any]]:
        """The related rows as instances."""
        keys = self._parents.keys(rows, self._key)
        read = yield from self._read(run, keys)
        return self._of_each(keys, read, self._rows.instances(read))

    def _read(self, run: Run, keys: Sequence[Any]) -> Reads[Sequence[Row]]:
        query = self._query(run)
        distinct = list({key: None for key in keys if key is not None})
        return (yield query, distinct) if distinct else ()

    @abstractmethod
    def _query(self, run: Run) -> KeyedQuery:
        """The SELECT of the related rows by their keys."""

    @abstractmethod
    def _of_each(self, keys: Sequence[Any], read: Sequence[Row], made: Sequence[Any]) -> list[Any]:
        """The value of each key; `made` has an object for each row that was read."""


class ToOneNode(_RelatedNode):
    """A field made by `to_one`."""

    is_fixed = True

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        parents: Parents,
        *,
        relationship: QueryableAttribute[Any],
        key: str,
    ) -> None:
        super().__init__(planner, selected, parents, relationship, key)
        select = partial(by_key, self._rows.entity.model, target_key_of(relationship), self._rows.columns)
        self._by_key = KeyedQuery(select, planner.dialect)

    def _query(self, run: Run) -> KeyedQuery:
        return self._by_key

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field on each object to the related row's object, which objects with the same key share."""
        yield from super().run(run, rows, out)
        if self.selected.required and any(one[self.selected.name] is None for one in out):
            raise Incomplete

    def _of_each(self, keys: Sequence[Any], read: Sequence[Row], made: Sequence[Any]) -> list[Any]:
        # If several rows have the key, the oldest one counts.
        found: Mapping[Any, Any] = {row[0]: one for row, one in zip(reversed(read), reversed(made), strict=True)}
        return [found.get(key) for key in keys]


class ToManyNode(_RelatedNode):
    """A field that returns the rows of `select` for each parent's id, with the arguments of the field."""

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        parents: Parents,
        *,
        select: Callable[..., Select[Any]],
        relationship: QueryableAttribute[Any],
        is_reversed: bool = False,
    ) -> None:
        """`is_reversed`: the rows of `select` are in the reverse order of the field's."""
        super().__init__(planner, selected, parents, relationship, "id")
        self._select = select
        self._is_reversed = is_reversed
        self._queries = planner.arguments(selected, self._made)

    @property
    def is_fixed(self) -> bool:  # type: ignore[override] # depends on the arguments
        """Whether the number of rows is the same for each execution."""
        return self._queries.are_constant

    def _made(self, **arguments: Any) -> KeyedQuery:
        select = partial(self._select, self._dialect.name, self._rows.columns, **arguments)
        return KeyedQuery(select, self._dialect)

    def _query(self, run: Run) -> KeyedQuery:
        return self._queries.of(run)

    def _of_each(self, keys: Sequence[Any], read: Sequence[Row], made: Sequence[Any]) -> list[Any]:
        found: defaultdict[Any, list[Any]] = defaultdict(list)
        for row, one in zip(read, made, strict=True):
            found[row[0]].append(one)
        if self._is_reversed:
            for of_parent in found.values():
                of_parent.reverse()
        return [found[key] for key in keys]
