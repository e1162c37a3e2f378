"""Indexes for the orders of `db/sql/column_values.py` that a column's own index does not have.

These are the declared order of words, and on PostgreSQL the order of text by code point. The indexes follow from the
models: one for each indexed column of words or of limited text. A changed vocabulary replaces its index.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Enum, String, Table, inspect, text
from sqlalchemy.orm import Mapper, QueryableAttribute

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_values import sort_key

SUFFIX = "_sorted"


def owns(index: str) -> bool:
    """Whether an index is one of an order. They are not part of the models."""
    return index.startswith("ix_") and index.endswith(SUFFIX)


def install(connection: Connection, models: Iterable[type[Base]]) -> None:
    """Create missing indexes, and replace those with another definition. Skips columns that do not exist."""
    inspector = inspect(connection)
    present = _present(connection)
    for model in models:
        table: Any = model.__table__
        columns = {one["name"] for one in inspector.get_columns(table.name)} if inspector.has_table(table.name) else ()
        for attribute in sorted_columns(model, connection.dialect.name):
            name, definition = _index(connection, attribute)
            if attribute.key not in columns or present.get(name) == definition:
                continue
            connection.exec_driver_sql(f'DROP INDEX IF EXISTS "{name}"')
            connection.exec_driver_sql(definition)
            if connection.dialect.name == "postgresql":  # whose catalog has no definition as it was written
                connection.execute(text(f'COMMENT ON INDEX "{name}" IS {_quoted(definition)}'))


def sorted_columns(model: type[Base], dialect: str) -> Iterator[QueryableAttribute[Any]]:
    """The columns of a model that have such an index."""
    table: Any = model.__table__
    indexed = _indexed(table)
    mapper: Mapper[Any] = inspect(model)
    for prop in mapper.column_attrs:
        attribute: QueryableAttribute[Any] = getattr(model, prop.key)
        kind = attribute.type
        is_text = isinstance(kind, String) and not isinstance(kind, Enum)
        if prop.columns[0].name in indexed and (
            isinstance(kind, Enum) or (is_text and kind.length and dialect == "postgresql")
        ):
            yield attribute


def _indexed(table: Table) -> set[str]:
    """The columns that come first in an index, or are unique."""
    first = (next(iter(index.columns), None) for index in table.indexes)
    return {column.name for column in first if column is not None} | {
        column.name for column in table.columns if column.unique
    }


def _index(connection: Connection, attribute: QueryableAttribute[Any]) -> tuple[str, str]:
    """Name and definition of the index for the order by a column and the id."""
    table = attribute.class_.__tablename__
    name = f"ix_{table}_{attribute.key}{SUFFIX}"
    key = sort_key(attribute).compile(
        dialect=connection.dialect, compile_kwargs={"include_table": False, "literal_binds": True}
    )
    return name, f'CREATE INDEX "{name}" ON "{table}" (({key}), id)'


def _present(connection: Connection) -> dict[str, str | None]:
    """The definitions of the indexes in the database, as they were written."""
    if connection.dialect.name == "sqlite":
        found = "SELECT name, sql FROM sqlite_schema WHERE type = 'index'"
    else:
        found = (
            "SELECT relname, obj_description(oid, 'pg_class') FROM pg_class"
            " WHERE relkind = 'i' AND relnamespace = current_schema()::regnamespace"
        )
    return {name: sql for name, sql in connection.exec_driver_sql(found) if owns(name)}


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
