"""Counts, distinct counts, minima, maxima, averages and sums of a list, as a whole or in groups.

Only selected figures are computed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import partial
from inspect import Parameter
from math import isfinite
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import strawberry
from sqlalchemy import ColumnElement, Float, String, case, cast, distinct, func, true
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.parents import Parents
from jobbot_gql.api.engine.plan_node import Reads
from jobbot_gql.api.engine.planned_field import planned
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.selected_field import Arguments, Run, SelectedField
from jobbot_gql.api.fields.connection_node import PageNode
from jobbot_gql.api.fields.paging import ListQuery
from jobbot_gql.api.fields.result_set import select_figures
from jobbot_gql.api.strawberry_internals import definition_of_class, to_camel_case
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.entity import Entity, entity_of, fields_of, python_type
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.errors import BadRequest, InvalidStoredData, shown
from jobbot_gql.api.types.lazy_types import made_once
from jobbot_gql.db.sql.column_types import Ratio, Vocabulary, shown_ratio
from jobbot_gql.db.sql.column_values import read_value, sort_key
from jobbot_gql.db.sql.compiled_query import UNREADABLE, CompiledQuery
from jobbot_gql.db.sql.date_buckets import Bucket, bucket_of_day, bucket_of_time
from jobbot_gql.db.sql.selects import foreign_key_to_one
from jobbot_gql.db.sql.utc_offsets import utc_offsets

MAX_GROUPS = 1_000
"""Maximum number of groups of a response."""
MAX_GROUP_TERMS = 3
"""Maximum number of columns by which a list can be grouped."""


@dataclass(frozen=True)
class Measure:
    """One aggregate function: its type's name, the columns that it applies to, the type of its results, its SQL."""

    type_name: str
    description: str
    takes: Callable[[type], bool]
    gives: Callable[[type], Any]
    sql: Callable[[ColumnElement[Any]], ColumnElement[Any]]


LARGEST = 1e100
"""Largest float that aggregates accept. The square of a larger one may overflow in PostgreSQL's `avg`."""
_TOO_LARGE = "Also null if a stored value is too large to compute with; `jobbot-gql doctor` lists such values."


def _finite(function: Callable[[Any], ColumnElement[Any]], value: ColumnElement[Any]) -> ColumnElement[Any]:
    """An aggregate of a column; NULL if a float in it would make it overflow, which is an error on PostgreSQL."""
    if not isinstance(value.type, Float):
        return function(value)
    computable = func.abs(value) <= LARGEST
    all_computable = func.coalesce(func.max(func.abs(value)) <= LARGEST, true())
    return case((all_computable, function(case((computable, value)))))


MEASURES = {
    "distinct": Measure(
        "DistinctCounts",
        "Number of distinct values in each column, nulls excluded.",
        lambda kind: kind != list[str],
        lambda kind: int,
        lambda value: func.count(distinct(value)),
    ),
    "min": Measure(
        "Minimums",
        "Smallest or earliest value of each column; null if no row has one.",
        lambda kind: kind in (int, float, date, datetime),
        lambda kind: kind | None,
        func.min,
    ),
    "max": Measure(
        "Maximums",
        "Largest or latest value of each column; null if no row has one.",
        lambda kind: kind in (int, float, date, datetime),
        lambda kind: kind | None,
        func.max,
    ),
    "avg": Measure(
        "Averages",
        f"Mean of each column's values; null if no row has one. {_TOO_LARGE}",
        lambda kind: kind in (int, float),
        lambda kind: float | None,
        lambda value: cast(_finite(func.avg, value), Float),
    ),
    "sum": Measure(
        "Sums",
        f"Sum of each column's values; null if no row has one. {_TOO_LARGE}",
        lambda kind: kind in (int, float),
        lambda kind: float | None,
        lambda value: cast(_finite(func.sum, value), Float),
    ),
}


@made_once
def measure_types(entity: Entity) -> dict[str, Any]:
    """The GraphQL types of the measures that apply to the entity, such as `JobAverages`, by measure."""
    made = {}
    for name, measure in MEASURES.items():
        fields: dict[str, Any] = {}
        for column, (attribute, description) in entity.shown.items():
            kind = python_type(attribute)
            if measure.takes(kind) and column != "version":
                fields[column] = strawberry.field(graphql_type=measure.gives(kind), description=description)
        if fields:
            namespace = {**fields, "__module__": __name__}
            made[name] = strawberry.type(
                type(f"{entity.name}{measure.type_name}", (), namespace), description=measure.description
            )
    return made


def _figure_fields(entity: Entity) -> dict[str, Any]:
    return {
        "count": strawberry.field(graphql_type=int, description="Number of rows."),
        **{
            name: strawberry.field(graphql_type=kind, description=MEASURES[name].description)
            for name, kind in measure_types(entity).items()
        },
        "__module__": __name__,
    }


@made_once
def aggregate_type(entity: Entity) -> Any:
    """The GraphQL type of figures over a list of the entity's rows, such as `JobAggregate`."""
    return strawberry.type(
        type(f"{entity.name}Aggregate", (), _figure_fields(entity)),
        description=f"Aggregates over a list of {entity.name} rows; only selected ones are computed.",
    )


@made_once
def group_type(entity: Entity) -> Any:
    """The GraphQL type of one group of the entity's rows with its figures, such as `JobGroup`."""
    key = strawberry.field(
        graphql_type=list[str | None],
        description="Values that the rows of the group share, one string for each column of `by`: an enum"
        " value, true or false, a text, a global id, or the first day of a period; null if the"
        " rows have no value.",
    )
    return strawberry.type(
        type(f"{entity.name}Group", (), {"key": key, **_figure_fields(entity)}),
        description=f"A group of {entity.name} rows, with aggregates over them.",
    )


@made_once
def group_field(entity: Entity) -> Any:
    """The GraphQL enum of the columns by which the entity's rows can be grouped, such as `JobGroupField`."""
    descriptions = {
        **{
            name: text
            for name, (attribute, text) in entity.shown.items()
            if issubclass(python_type(attribute), Vocabulary | bool | date)
            or (isinstance(attribute.type, String) and attribute.type.length)
        },
        **{
            name: text
            for name, (relation, text) in entity.related.items()
            if not (relation.property.uselist or relation.property.viewonly)
        },
    }
    kinds = StrEnum(f"{entity.name}GroupField", {name.upper(): name for name in descriptions})  # type: ignore[misc] # made from the entity's columns
    strawberry.enum(kinds, description=f"Columns by which {entity.name} rows can be grouped.")
    for value in definition_of_class(kinds).values:
        value.description = descriptions[value.value]
    return kinds


@dataclass(frozen=True)
class _Grouping:
    expression: ColumnElement[Any]
    shown: Callable[[Any], str]


def _grouping(
    entity: Entity, name: str, bucket: Bucket, of_time: Callable[[QueryableAttribute[Any]], ColumnElement[Any]]
) -> _Grouping:
    if name in entity.related:
        relationship = entity.related[name][0]
        target = entity_of(relationship.property.mapper.class_).name
        return _Grouping(foreign_key_to_one(relationship), lambda value: global_ids.encode(target, value))
    attribute = entity.shown[name][0]
    kind = python_type(attribute)
    if kind is datetime:
        return _Grouping(of_time(attribute), date.isoformat)
    if kind is date:
        return _Grouping(bucket_of_day(attribute, bucket), date.isoformat)
    if kind is bool:
        return _Grouping(sort_key(attribute), lambda value: "true" if value else "false")
    if issubclass(kind, Vocabulary):
        return _Grouping(sort_key(attribute), lambda value: str(value.name))
    return _Grouping(sort_key(attribute), str)


@dataclass(eq=False)
class _Groups:
    """The groups of a field by its arguments; without groupings the whole list is one group."""

    groupings: Mapping[str, _Grouping] = field(default_factory=dict)
    """By the names of the columns."""
    limit: int | None = None
    queries: WeakKeyDictionary[ListQuery, CompiledQuery] = field(default_factory=WeakKeyDictionary)
    """The query of the figures, by list."""


def _groups(entity: Entity, dialect: str, *, by: Sequence[Any], bucket: Bucket, time_zone: str, first: int) -> _Groups:
    """The groups that the arguments of `groupBy` name, in the order of their keys. Raises BadRequest."""
    names = [term.value for term in by]
    if not 1 <= len(names) <= MAX_GROUP_TERMS or len(set(names)) < len(names):
        raise BadRequest(f"by must have 1 to {MAX_GROUP_TERMS} distinct columns; got {shown(names)}.")
    if not 0 <= first <= MAX_GROUPS:
        raise BadRequest(f"first must be 0 to {MAX_GROUPS}; got {first}.")
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadRequest(f"timeZone must be an IANA name such as Europe/Berlin; got {shown(time_zone)}.") from None
    offsets = utc_offsets(zone) if dialect == "postgresql" else None
    of_time = partial(bucket_of_time, bucket=bucket, time_zone=time_zone, offsets=offsets)
    return _Groups({name: _grouping(entity, name, bucket, of_time) for name in names}, first)


class FiguresNode(PageNode):
    """The field `aggregate`, and with groups the field `groupBy`."""

    def __init__(self, planner: Planner, selected: SelectedField, parents: Parents, *, entity: Entity) -> None:
        super().__init__(planner, selected, parents)
        self._entity = entity
        self._in_groups = bool(selected.field.args)
        make = partial(_groups, entity, planner.dialect.name) if self._in_groups else _Groups
        self._groups: Arguments[_Groups] = planner.arguments(selected, make)
        self._selected = _selected_figures(planner, selected, entity)

    def _of_list(self, run: Run, query: ListQuery, parents: Sequence[Any]) -> Reads[Mapping[Any, Any]]:
        groups = self._groups.of(run)
        figures = groups.queries.get(query)
        if figures is None:
            figures = groups.queries[query] = self._query(query, groups)
        read = figures.decoded((yield query.with_values(figures), parents), marked=True)
        by_parent: dict[Any, list[Any]] = {parent: [] for parent in parents}
        for row in read:
            by_parent[None if query.foreign_key is None else row[-1]].append(self._figures(row, groups))
        if self._in_groups:
            return {parent: of_parent[: groups.limit] for parent, of_parent in by_parent.items()}
        return {parent: of_parent[0] if of_parent else self._of_none() for parent, of_parent in by_parent.items()}

    def _query(self, query: ListQuery, groups: _Groups) -> CompiledQuery:
        expressions = [
            func.count() if measure == "count" else MEASURES[measure].sql(read_value(self._entity.shown[column][0]))
            for measure, column in self._selected
        ]
        # SQL needs a selected expression even if the client selects only `key` or `__typename`.
        statement = select_figures(
            self._entity,
            query.request.where,
            expressions or [func.count()],
            [grouping.expression for grouping in groups.groupings.values()],
            query.foreign_key,
        )
        statement = query.request.reading(statement)
        return CompiledQuery(
            statement if query.foreign_key is not None else statement.limit(groups.limit), self._dialect
        )

    def _figures(self, row: Sequence[Any], groups: _Groups) -> Any:
        count = len(groups.groupings)
        key = [self._key(*one, value) for one, value in zip(groups.groupings.items(), row, strict=False)]
        figures = (
            _as_shown(self._entity, *one, figure) for one, figure in zip(self._selected, row[count:], strict=False)
        )
        return self._object(figures, key)

    def _key(self, name: str, grouping: _Grouping, value: Any) -> str | InvalidStoredData | None:
        """A part of a group's key; the error if the stored values cannot be read."""
        if value is UNREADABLE:
            return InvalidStoredData(self._entity.name, None, to_camel_case(name), "is not a value of its type")
        return None if value is None else grouping.shown(value)

    def _of_none(self) -> Any:
        """The figures of an empty list."""
        return self._object((0 if measure in {"count", "distinct"} else None for measure, _ in self._selected), [])

    def _object(self, figures: Iterable[Any], key: Sequence[Any]) -> Any:
        """An object of the aggregate types: an attribute for each measure, with one for each column."""
        made = SimpleNamespace(key=key, **{name: SimpleNamespace() for name in measure_types(self._entity)})
        for (measure, column), figure in zip(self._selected, figures, strict=False):
            if measure == "count":
                made.count = int(figure)
            else:
                setattr(getattr(made, measure), column, figure)
        return made


def _as_shown(entity: Entity, measure: str, column: str, figure: Any) -> Any:
    """A figure as in responses: None for infinity or NaN, which other programs may have stored."""
    if not isinstance(figure, float):
        return figure
    if not isfinite(figure):
        return None
    is_ratio = measure == "avg" or isinstance(entity.shown[column][0].type, Ratio)
    return shown_ratio(figure) if is_ratio else figure


def _selected_figures(planner: Planner, selected: SelectedField, entity: Entity) -> list[tuple[str, str]]:
    """The figures that a field selects, as (measure, column)."""
    figures: list[tuple[str, str]] = [("count", "")] if planner.selected_at(selected, ["count"]) else []
    for measure, kind in measure_types(entity).items():
        chosen = {
            sub.field_name
            for one in planner.selected_at(selected, [measure])
            for sub in planner.selected_fields(one.named_type, one.details)
        }
        figures += [
            (measure, field.python_name) for field in fields_of(kind) if to_camel_case(field.python_name) in chosen
        ]
    return figures


def aggregate_fields(entity: Entity) -> dict[str, Any]:
    """The fields `aggregate` and `groupBy` of the entity's connection type."""
    make = partial(FiguresNode, entity=entity)
    arguments = {
        "by": (
            argument(list_of(group_field(entity)), f"Columns to group by, at most {MAX_GROUP_TERMS}."),
            Parameter.empty,
        ),
        "bucket": (
            argument(graphql_enum(Bucket), "Length of the period by which dates and times are grouped."),
            Bucket.MONTH,
        ),
        "time_zone": (argument(str, "IANA time zone in which times are grouped, such as `Europe/Berlin`."), "UTC"),
        "first": (argument(int, f"Number of groups to return, 0 to {MAX_GROUPS}. Default 100."), 100),
    }
    return {
        "aggregate": planned(
            make,
            aggregate_type(entity),
            "Aggregates over all rows that match the filter, not only over this page.",
        ),
        "group_by": planned(
            make,
            list_of(group_type(entity)),
            "All rows that match the filter, in groups, ordered by key.",
            arguments,
        ),
    }
