"""Rows as the change log writes them down: from its JSON to values of the columns, and the tables that take them."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cache
from math import isnan
from typing import Any

from sqlalchemy import Date, DateTime, Enum, Float, String, Table, TableClause, Text, UniqueConstraint
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.sql.type_api import TypeEngine

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_types import StringList, UtcDateTime
from jobbot_gql.history.models import Change

Row = dict[str, Any]
RowKey = tuple[str, int]
"""A row of any table: the entity's name, and the row's id."""

# What other programs may store on PostgreSQL is what its driver makes of it.
_INFINITE_DAYS = {"infinity": date.max, "-infinity": date.min}
_INFINITE_TIMES = {"infinity": datetime.max.replace(tzinfo=UTC), "-infinity": datetime.min.replace(tzinfo=UTC)}


@cache
def tables() -> dict[str, Table]:
    """The tables whose rows are logged, by the entity's name; those that others refer to come before them."""
    entities = {mapper.local_table: mapper.class_.__name__ for mapper in Base.registry.mappers}
    logged = (table for table in Base.metadata.sorted_tables if entities.get(table, Change.__name__) != Change.__name__)
    return {entities[table]: table for table in logged}


@cache
def stored(entity: str) -> TableClause:
    """The entity's table with columns that give and take what is stored: texts even where the API has other words."""
    table = tables()[entity]
    return sql_table(table.name, *(sql_column(column.name, _stored_type(column.type)) for column in table.c))


def _stored_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, StringList):
        return Text()
    return String() if isinstance(kind, Enum) else kind


@cache
def parents(entity: str) -> dict[str, str]:
    """Foreign key columns of an entity's table -> the entity that each refers to."""
    entities = {table: name for name, table in tables().items()}
    return {column.name: entities[key.column.table] for column in tables()[entity].c for key in column.foreign_keys}


def children(entity: str) -> list[tuple[str, str]]:
    """The entities that refer to an entity, each with its foreign key column."""
    return [(child, key) for child in tables() for key, parent in parents(child).items() if parent == entity]


@cache
def unique_keys(entity: str) -> list[tuple[str, ...]]:
    """The columns of which no two rows may share the values, the id left out."""
    constraints = tables()[entity].constraints
    return sorted(tuple(one.columns.keys()) for one in constraints if isinstance(one, UniqueConstraint))


def values(entity: str, logged: Mapping[str, Any]) -> Row:
    """The values of the columns that a log row names. What the table has no more is left out."""
    readers = _readers(entity)
    return {
        name: value if value is None or readers[name] is None else readers[name](value)
        for name, value in logged.items()
        if name in readers
    }


@cache
def _readers(entity: str) -> dict[str, Any]:
    """What makes a value of each column from what the log has of it; None where that is the value."""
    return {column.name: _reader(column.type) for column in stored(entity).c}


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    match kind:
        case UtcDateTime() | DateTime():
            return lambda value: _INFINITE_TIMES.get(value) or datetime.fromisoformat(value)
        case Date():
            return lambda value: _INFINITE_DAYS.get(value) or date.fromisoformat(value)
        case Float():
            return float
    return None


@cache
def computed(entity: str) -> dict[str, Callable[[Row], Any]]:
    """The columns whose values are computed from the row, with what computes them."""
    return {column.name: column.info["computed"] for column in tables()[entity].c if "computed" in column.info}


def differing(entity: str, row: Row, expected: Row) -> list[str]:
    """The columns of `expected` that have another value in the row.

    Not among them: the version, which rises by itself, and computed columns, whose rules migrations change.
    """
    ignored = computed(entity).keys() | {"version"}
    return [
        name
        for name, value in expected.items()
        if name not in ignored and row[name] != value and not (_is_nan(row[name]) and _is_nan(value))
    ]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and isnan(value)
