"""Computed fields: functions of the row's columns, and of rows that are read for all parents at once.

    LATEST = ParentBatch(latest_events)

    @computed(models.Application.application_date, batch=LATEST, description="Time of the last activity.")
    def last_activity(self, events) -> datetime | None: ...

The function is called for each parent. It gets the parent with the named columns, for each batch the list of the
parent's rows, and the field's arguments by name. One statement per batch reads the rows of all parents.
"""

import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from sqlalchemy import Dialect, Select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.levels import Shape
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.parents import Parents
from jobbot_gql.api.engine.plan_node import BatchedNode, Reads, set_field
from jobbot_gql.api.engine.planned_field import planned
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.root_node import QueryNode
from jobbot_gql.api.engine.selected_field import Arguments, Run, SelectedField
from jobbot_gql.api.engine.subscription import SubscriptionNode
from jobbot_gql.api.types.entity import Entity, entity_of
from jobbot_gql.api.types.errors import InvalidStoredData
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.compiled_query import UNREADABLE, Decode, KeyedQuery, Row, decoder, tolerant
from jobbot_gql.db.sql.lateral_tree import Branch
from jobbot_gql.db.sql.selects import Columns


class ParentBatch:
    """Rows that a computed field reads for all parents, in one statement."""

    def __init__(
        self,
        select: Callable[..., Select[Any]],
        shows: type[Base] | QueryableAttribute[Any] | None = None,
        path: Sequence[str] = (),
        also: Columns = (),
    ) -> None:
        """A statement by the parents' ids.

        Args:
            select: called with the dialect's name, the columns of the shown entity, and `single`; returns the SELECT by
                the parameter `keys`. Its rows have the parent's id, then any values, then the columns.
            shows: the entity whose rows are in the field's value, as a model or a relationship to it.
            path: the fields from the computed one to those rows.
            also: columns of these rows that the function reads.
        """
        self.select = select
        self.path = tuple(path)
        self.also = also
        self._shows = shows

    @property
    def entity(self) -> Entity | None:
        """The entity whose rows are shown."""
        if self._shows is None:
            return None
        return entity_of(self._shows if isinstance(self._shows, type) else self._shows.property.mapper.class_)


class _BatchRows:
    """The rows of a batch for one selection."""

    def __init__(self, planner: Planner, selected: SelectedField, batch: ParentBatch) -> None:
        self._dialect: Dialect = planner.dialect
        self._entity = batch.entity
        self._columns: Columns = ()
        if self._entity is not None:
            self._columns = planner.columns(selected, self._entity, batch.path, batch.also)
        self.query = KeyedQuery(partial(batch.select, planner.dialect.name, self._columns), planner.dialect)

    @cached_property
    def _decoders(self) -> list[tuple[int, Decode]]:
        types = (column.type for column in self.query.select_for_one.selected_columns)
        made = ((index, decoder(kind, self._dialect)) for index, kind in enumerate(types))
        return [(index, tolerant(decode)) for index, decode in made if decode is not None]

    def read(self, ids: Sequence[int]) -> Reads[Mapping[int, list[Any]]]:
        """The rows of each parent: tuples of the values, with the instance of the shown entity as the last."""
        rows: Sequence[Row] = (yield self.query, ids) if ids else ()
        by_parent: defaultdict[int, list[Any]] = defaultdict(list)
        for row in rows:
            values = list(row)
            for index, decode in self._decoders:
                values[index] = decode(values[index])
            if self._entity is not None:
                first = len(values) - len(self._columns)
                values[first:] = [instance(self._entity.type, self._columns, values[first:])]
            by_parent[values[0]].append(tuple(values[1:]))
        return by_parent


class _Computed:
    """One field of a node."""

    def __init__(self, planner: Planner, selected: SelectedField, function: Callable[..., Any], needs: Columns) -> None:
        self.name = selected.name
        self.shape = Shape(planner, selected)
        self._selected = selected
        self._function = function
        self._needs = needs
        self._arguments: Arguments[dict[str, Any]] | None = None
        if selected.field.args:
            self._arguments = planner.arguments(selected, dict)

    def values(self, run: Run, parents: Sequence[Any], rows: Sequence[Sequence[Any]]) -> list[Any]:
        """The value for each parent, or the exception that the function raised."""
        arguments = self._arguments.of(run) if self._arguments else {}
        return [self._value(parent, *of_parent, **arguments) for parent, *of_parent in zip(parents, *rows, strict=True)]

    def _value(self, parent: Any, *rows: Sequence[Any], **arguments: Any) -> Any:
        if UNREADABLE in [vars(parent)[name] for name in self._needs]:
            return self._unreadable(parent)
        try:
            found = self._function(parent, *rows, **arguments)
        except Exception as error:
            is_unreadable = any(value is UNREADABLE for of_batch in rows for row in of_batch for value in row)
            return self._unreadable(parent) if is_unreadable else error
        return self._unreadable(parent) if found is UNREADABLE else found

    def _unreadable(self, parent: Any) -> InvalidStoredData:
        type_name, field = self._selected.parent_type.name, self._selected.field_name
        return InvalidStoredData(type_name, vars(parent).get("id"), field, "follows from a value that cannot be read")


class ComputedNode(BatchedNode):
    """The computed fields of one level that need the same batches."""

    def __init__(
        self,
        planner: Planner,
        selected: SelectedField,
        parents: Parents,
        batches: Sequence[ParentBatch],
    ) -> None:
        self.selected = selected
        self._parents = parents
        parents.need(("id",))
        self._batches = [_BatchRows(planner, selected, batch) for batch in batches]
        self._fields: list[_Computed] = []
        self._needed = {"id"}
        self.is_fixed = bool(batches)

    def add(self, planner: Planner, selected: SelectedField, function: Callable[..., Any], needs: Columns) -> None:
        """Compute one more field, which reads these columns of the parents."""
        self._parents.need(needs)
        self._needed.update(needs)
        self._fields.append(_Computed(planner, selected, function, needs))

    @property
    def statements(self) -> int:
        """Maximum number of statements of the fields."""
        return len(self._batches) + self.statements_apart

    @property
    def statements_apart(self) -> int:
        """Maximum number of statements for showing the values."""
        return sum(field.shape.statements_for_several for field in self._fields)

    def branches(self, run: Run) -> list[Branch]:
        """The batches' rows, by the parents' ids."""
        return [Branch("id", batch.query) for batch in self._batches]

    @cached_property
    def _columns(self) -> Columns:
        return tuple(sorted(self._needed))

    def _given(self, rows: Sequence[Any]) -> Reads[tuple[list[Any], list[list[Any]]]]:
        """The parents, and for each batch the rows of each parent."""
        read: list[list[Any]] = []
        if self._batches:
            ids = self._parents.keys(rows, "id")
            for batch in self._batches:
                of_parent = yield from batch.read(list(dict.fromkeys(ids)))
                read.append([of_parent.get(row_id, []) for row_id in ids])
        return self._parents.instances(rows, self._columns), read

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the fields. Raises the first exception of a function."""
        parents, read = yield from self._given(rows)
        for field in self._fields:
            values = field.values(run, parents, read)
            set_field(out, field.name, (yield from field.shape.objects(run, values)))

    def values(self, run: Run, rows: Sequence[Any]) -> Reads[list[Any]]:
        """The values of the only field."""
        parents, read = yield from self._given(rows)
        return self._fields[0].values(run, parents, read)


def _computed_node(
    planner: Planner,
    selected: SelectedField,
    parents: Parents,
    *,
    function: Callable[..., Any],
    batches: tuple[ParentBatch, ...],
    needs: Columns,
) -> ComputedNode:
    """The node of the field, which other fields of the level may share, so that rows that both need are read once."""
    common: Any = batches if all(batch.entity is None for batch in batches) else selected
    found: ComputedNode | None = parents.shared.get(common)
    if found is None:
        found = parents.shared[common] = ComputedNode(planner, selected, parents, batches)
    found.add(planner, selected, function, needs)
    return found


def computed(
    *needs: QueryableAttribute[Any],
    description: str,
    batch: ParentBatch | Sequence[ParentBatch] = (),
    graphql_type: Any = None,
) -> Callable[[Callable[..., Any]], Any]:
    """A field that the decorated function computes from the columns `needs` of the row and the rows of `batch`.

    The function's keyword-only parameters are the field's arguments. Its return annotation is the field's type, unless
    `graphql_type` is given.
    """
    batches = (batch,) if isinstance(batch, ParentBatch) else tuple(batch)

    def decorate(function: Callable[..., Any]) -> Any:
        columns = tuple(attribute.key for attribute in needs)
        make = partial(_computed_node, function=function, batches=batches, needs=columns)
        given = (*columns, "id") if batches else columns
        kind = graphql_type or inspect.signature(function).return_annotation
        return planned(make, kind, description, _arguments(function), needs=given)

    return decorate


def query_field(
    description: str, metadata: Mapping[str, Any] | None = None
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """A root query field that the decorated function computes; its first parameter is a `Reader`.

    Its keyword-only parameters are the field's arguments, and its return annotation is the field's type.
    """

    def decorate(function: Callable[..., Awaitable[Any]]) -> Any:
        make = partial(QueryNode, function=function)
        graphql_type = inspect.signature(function).return_annotation
        return planned(make, graphql_type, description, _arguments(function), metadata=metadata)

    return decorate


def subscription_field(
    description: str, interest: Callable[..., Any]
) -> Callable[[Callable[..., Awaitable[Any]]], Any]:
    """A root subscription field; see `SubscriptionNode` for the decorated function and `interest`.

    Its keyword-only parameters are the field's arguments, and its return annotation is the field's type.
    """

    def decorate(function: Callable[..., Awaitable[Any]]) -> Any:
        make = partial(SubscriptionNode, function=function, interest=interest)
        graphql_type = inspect.signature(function).return_annotation
        return planned(make, graphql_type, description, _arguments(function))

    return decorate


def _arguments(function: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """The arguments of a field: the keyword-only parameters of its function."""
    parameters = inspect.signature(function).parameters.values()
    return {one.name: (one.annotation, one.default) for one in parameters if one.kind is one.KEYWORD_ONLY}
