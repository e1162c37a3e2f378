"""Conversion of unambiguous values to the form that their column requires."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    LargeBinary,
    Table,
    Text,
    and_,
    bindparam,
    cast,
    exists,
    func,
    not_,
    select,
    type_coerce,
    update,
)
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

from jobbot_gql.db.maintenance_connection import DatabaseProblem
from jobbot_gql.db.sql.column_types import UtcDateTime
from jobbot_gql.db.triggers import change_log
from jobbot_gql.upkeep.checks import TIME_PATTERN, Check, checks_of, readable_time, utc_text
from jobbot_gql.upkeep.findings import FindingKind

AT_ONCE = 10_000


def convert(connection: Connection, tables: Iterable[Table]) -> None:
    """Convert empty unique texts to NULL, and on SQLite times to UTC and text stored as BLOB to text."""
    for table in tables:
        for column in table.columns:
            for check in checks_of(column, connection.dialect.name):
                if not _found(connection, check):
                    continue
                if check.kind is FindingKind.BLOB:
                    change_log.remove_from(connection, table.name)  # the log cannot hold bytes
                    as_text = cast(type_coerce(column, LargeBinary), Text)
                    connection.execute(update(table).where(check.breaks).values({column: as_text}))
                elif check.kind is FindingKind.EMPTY:
                    connection.execute(update(table).where(check.breaks).values({column: None}))
            if connection.dialect.name == "sqlite" and isinstance(column.type, DateTime | UtcDateTime):
                _store_as_utc(connection, column)


def decode(connection: Connection, tables: Iterable[Table], encoding: str) -> None:
    """Decode text that is not valid UTF-8 with `encoding`, and store it as UTF-8. Raises DatabaseProblem."""
    for table in tables:
        for column in table.columns:
            for check in checks_of(column, connection.dialect.name):
                if check.kind is FindingKind.ENCODING:
                    key = tuple(table.primary_key)
                    rows = connection.execute(select(*key, cast(column, LargeBinary)).where(check.breaks)).all()
                    try:
                        decoded = {tuple(identity): value.decode(encoding) for *identity, value in rows}
                    except UnicodeDecodeError as error:
                        raise DatabaseProblem(
                            f"--encoding {encoding}: {table.name}.{column.name} is not in this encoding"
                            f" ({error.reason}); latin-1 takes any"
                        ) from None
                    if decoded:
                        change_log.remove_from(connection, table.name)
                        set_values(connection, column, decoded)


def set_values(connection: Connection, column: Column[Any], values: Mapping[tuple[Any, ...], Any]) -> None:
    """Set values of a column by primary key. Values are in the database's storage form."""
    names = [key.name for key in column.table.primary_key]
    # without types, which would encode the values again
    table = sql_table(column.table.name, *map(sql_column, [*names, column.name]))
    new: Any = bindparam("new")
    if connection.dialect.name == "postgresql":
        new = cast(bindparam("new", type_=Text()), column.type.dialect_impl(connection.dialect))
    where = and_(*(table.c[name] == bindparam(f"key{at}") for at, name in enumerate(names)))
    statement = update(table).where(where).values({column.name: new})
    rows = [{f"key{at}": part for at, part in enumerate(key)} | {"new": value} for key, value in values.items()]
    for first in range(0, len(rows), AT_ONCE):
        connection.execute(statement, rows[first : first + AT_ONCE])


def _found(connection: Connection, check: Check) -> bool:
    return bool(connection.scalar(select(exists(select(1).select_from(check.column.table).where(check.breaks)))))


def _store_as_utc(connection: Connection, column: Column[Any]) -> None:
    """Rewrite times as `YYYY-MM-DD HH:MM:SS.ffffff` in UTC, whose text order is the time order."""
    table, raw = column.table, type_coerce(column, Text)
    without_fraction = and_(func.coalesce(readable_time(raw), False), raw.op("GLOB")(TIME_PATTERN))
    connection.execute(
        update(table).where(without_fraction).values({column: type_coerce(raw + ".000000", column.type)})
    )
    other = select(*table.primary_key, cast(raw, Text)).where(
        column.is_not(None), func.typeof(raw) == "text", not_(func.coalesce(readable_time(raw), False))
    )
    times = {tuple(key): utc_text(value) for *key, value in connection.execute(other)}
    set_values(connection, column, {key: time for key, time in times.items() if time})
