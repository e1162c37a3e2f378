"""Conversion of the change log's JSON to column values, and the tables whose rows are logged."""

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
"""Entity name and id of a row."""

# asyncpg reads infinite times, which other programs may store in PostgreSQL, as these values.
_INFINITE_DAYS = {"infinity": date.max, "-infinity": date.min}
_INFINITE_TIMES = {"infinity": datetime.max.replace(tzinfo=UTC), "-infinity": datetime.min.replace(tzinfo=UTC)}


@cache
def tables() -> dict[str, Table]:
    """Logged tables by entity name. Parents come before children."""
    entities = {mapper.local_table: mapper.class_.__name__ for mapper in Base.registry.mappers}
    logged = (table for table in Base.metadata.sorted_tables if entities.get(table, Change.__name__) != Change.__name__)
    return {entities[table]: table for table in logged}


@cache
def stored(entity: str) -> TableClause:
    """The entity's table with the stored types of its columns."""
    return with_stored_types(tables()[entity])


def with_stored_types(table: Table) -> TableClause:
    """A table with the stored types of its columns: enums and lists of strings are strings."""
    return sql_table(table.name, *(sql_column(column.name, _stored_type(column.type)) for column in table.c))


def _stored_type(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(kind, StringList):
        return Text()
    return String() if isinstance(kind, Enum) else kind


@cache
def parents(entity: str) -> dict[str, str]:
    """Entities that an entity refers to, by foreign key column."""
    entities = {table: name for name, table in tables().items()}
    return {column.name: entities[key.column.table] for column in tables()[entity].c for key in column.foreign_keys}


def children(entity: str) -> list[tuple[str, str]]:
    """Entities that refer to an entity, with their foreign key columns."""
    return [(child, key) for child in tables() for key, parent in parents(child).items() if parent == entity]


@cache
def unique_keys(entity: str) -> list[tuple[str, ...]]:
    """Columns of each unique constraint, without the primary key."""
    constraints = tables()[entity].constraints
    return sorted(tuple(one.columns.keys()) for one in constraints if isinstance(one, UniqueConstraint))


def values(entity: str, logged: Mapping[str, Any]) -> Row:
    """Column values of logged JSON. Columns that no longer exist are omitted."""
    decoders = _decoders(entity)
    return {
        name: value if value is None or decoders[name] is None else decoders[name](value)
        for name, value in logged.items()
        if name in decoders
    }


@cache
def _decoders(entity: str) -> dict[str, Any]:
    """Function from JSON to a value for each column; None if they are equal."""
    return {column.name: _decoder(column.type) for column in stored(entity).c}


def _decoder(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
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
    """Columns that are computed from the row, with their functions."""
    return {column.name: column.info["computed"] for column in tables()[entity].c if "computed" in column.info}


def differing(entity: str, row: Row, expected: Row) -> list[str]:
    """Columns of `expected` that have another value in the row.

    Ignores the version, which every write increments, and computed columns, because migrations may change their rules.
    """
    ignored = computed(entity).keys() | {"version"}
    return [
        name
        for name, value in expected.items()
        if name not in ignored and row[name] != value and not (_is_nan(row[name]) and _is_nan(value))
    ]


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and isnan(value)
