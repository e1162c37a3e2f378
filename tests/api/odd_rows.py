"""Random rows for every table: sound ones, and odd ones that no database of ours lets in but an old one may hold."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Enum, Float, Integer, Table, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection

from jobbot_gql.db.database import Database
from jobbot_gql.db.sql.column_types import StringList, UtcDateTime
from jobbot_gql.models import Base

ROWS = 12
"""Rows of each table; foreign keys name them by their numbers."""
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ["Acme", "acme gmbh", "Ünder_score", "100 %", "C++", "", "a\nb", 'say "hi"', "Ωmega", "x" * 300]
LISTS = [[], ["C++"], ["a", "b, c"], ['say "hi"', "ü"]]
UNTOUCHED = {"change_log"}
Rows = list[tuple[Table, dict[str, Any]]]


async def fill(database: Database, seed: int, *, odd: bool) -> None:
    """Fill the tables of an empty database; odd rows take the database's own checks away first."""
    rng = Random(seed)  # noqa: S311 - test data
    engine = database.dialect
    rows = [
        (table, _row(rng, table, number, engine, odd=odd))
        for table in Base.metadata.sorted_tables
        if table.name not in UNTOUCHED
        for number in range(1, ROWS + 1)
    ]
    if engine == "sqlite":
        with closing(sqlite3.connect(str(database.url.sqlite_path), isolation_level=None)) as connection:
            _fill_sqlite(connection, rows, odd=odd)
    else:
        async with database.writer.begin() as connection:
            await _fill_postgresql(connection, rows, odd=odd)


def _fill_sqlite(connection: sqlite3.Connection, rows: Rows, *, odd: bool) -> None:
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    if odd:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'")
        connection.execute("PRAGMA writable_schema = RESET")
        connection.execute("PRAGMA ignore_check_constraints = ON")
    for table, row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        insert = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608 - names of ours
        connection.execute(insert, list(row.values()))


async def _fill_postgresql(connection: AsyncConnection, rows: Rows, *, odd: bool) -> None:
    await connection.execute(text("SET LOCAL session_replication_role = replica"))  # neither triggers nor foreign keys
    for table in Base.metadata.sorted_tables if odd else ():
        for constraint in await connection.run_sync(lambda sync, name=table.name: _checks(sync, name)):  # type: ignore[misc]
            await connection.execute(text(f'ALTER TABLE "{table.name}" DROP CONSTRAINT "{constraint}"'))
        for column in table.columns:
            if not column.primary_key and not column.nullable:
                await connection.execute(text(f'ALTER TABLE "{table.name}" ALTER "{column.name}" DROP NOT NULL'))
    for table, row in rows:
        names = ", ".join(f'"{name}"' for name in row)
        kinds = {name: table.columns[name].type.compile(connection.dialect) for name in row}
        # Through text, which every type of PostgreSQL reads.
        values = ", ".join(f"CAST(CAST(:{name} AS TEXT) AS {kind})" for name, kind in kinds.items())
        await connection.execute(
            text(f'INSERT INTO "{table.name}" ({names}) VALUES ({values})'),  # noqa: S608 - names of ours
            {name: None if value is None else str(value) for name, value in row.items()},
        )


def _checks(connection: Any, table: str) -> list[Any]:
    return [check["name"] for check in inspect(connection).get_check_constraints(table)]


def _row(rng: Random, table: Table, number: int, engine: str, *, odd: bool) -> dict[str, Any]:
    if any(str(check.name).endswith("one_subject") for check in table.constraints):
        subjects = [column.name for column in table.columns if column.foreign_keys and column.nullable]
        subject = rng.choice(subjects)
        return {
            name: value
            for name, value in _values(rng, table, number, engine, odd=odd).items()
            if name not in subjects or name == subject
        } | {subject: rng.randint(1, ROWS)}
    return _values(rng, table, number, engine, odd=odd)


def _values(rng: Random, table: Table, number: int, engine: str, *, odd: bool) -> dict[str, Any]:
    return {
        column.name: number if column.primary_key else _value(rng, column, number, engine, odd=odd)
        for column in table.columns
        if not column.computed
    }


def _value(rng: Random, column: Column[Any], number: int, engine: str, *, odd: bool) -> Any:
    if odd and not column.unique and rng.random() < 0.05:
        found: Any = rng.choice(_odd_values(column, engine))
        return found
    if (column.nullable or (column.foreign_keys and odd)) and rng.random() < 0.2:
        return None
    if column.foreign_keys:
        return rng.randint(1, ROWS)
    value = _sound_value(rng, column, engine)
    if isinstance(value, str) and (column.unique or column.name == "external_id"):
        value = f"{value[:50]}{number}"
    length = getattr(column.type, "length", None)
    return value[:length] if isinstance(value, str) and length and engine == "postgresql" else value


def _sound_value(rng: Random, column: Column[Any], engine: str) -> Any:
    value: Any = rng.choice(WORDS)
    match column.type:
        case UtcDateTime():
            moment = EPOCH + timedelta(seconds=rng.randint(0, 3), microseconds=rng.choice([0, 0, 1, 123456]))
            value = moment.strftime("%Y-%m-%d %H:%M:%S.%f") + ("" if engine == "sqlite" else "+00")
        case Date():
            value = (EPOCH + timedelta(days=rng.randint(0, 2))).date().isoformat()
        case StringList():
            value = json.dumps(rng.choice(LISTS), ensure_ascii=False)
        case Enum():
            value = rng.choice(list(column.type.enums))
        case Boolean():
            value = int(rng.random() < 0.5) if engine == "sqlite" else rng.random() < 0.5
        case Integer():
            value = rng.choice([0, 1, 50_000, 2**31 - 1])
        case Float():
            value = rng.choice([0.0, 0.5, 1.0, -1.25, 1e300])
        case JSON():
            value = "{}"
    return value


def _odd_values(column: Column[Any], engine: str) -> list[Any]:
    """What a column may hold in a database without constraints, and in SQLite also without types."""
    if column.foreign_keys:
        return [None, 999]
    odd: list[Any] = [None]
    match column.type:
        case Enum():
            odd += ["nonsense", ""]
        case StringList():
            odd += ["", "null", '{"a": 1}', "[1]", "[null]", '["a"']
        case Float():
            odd += ["NaN", "Infinity"] if engine == "postgresql" else [float("inf"), 7]
        case Integer() if engine == "sqlite":
            odd += [2**40, "abc", 1.5]
        case Boolean() if engine == "sqlite":
            odd += [2, "yes"]
        case UtcDateTime() | Date() if engine == "sqlite":
            odd += ["", "yesterday", "2026-02-30", "2026-01-31 12:00:00", "2026-01-31 12:00:00.000000+02:00", 5]
        case Date() | UtcDateTime() | Integer() | Boolean():
            pass
        case _ if engine == "sqlite":
            odd += [b"bytes", 5, 1.5]
    return odd
