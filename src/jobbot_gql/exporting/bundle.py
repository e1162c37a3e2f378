"""The format of bundles: `bundle.zip`, which holds every row of the database.

    data/jobs.jsonl       the rows of a table in the order of their ids, one JSON object of its stored values a line
    schema/jobs.json      JSON Schema of these objects
    manifest.json         format, revision of the database's schema, and for each table its number of rows, the SHA-256
                          of its file, and the highest id that was issued

The same rows give the same bytes on both engines. API tokens and idempotency keys are in none.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from math import isfinite
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Boolean, Date, Enum, Float, Integer, String, Table, TableClause
from sqlalchemy.sql.type_api import TypeEngine

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_types import StringList, UtcDateTime
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import Change

NAME = "bundle.zip"
FORMAT = "jobbot-gql bundle 1"
MANIFEST = "manifest.json"
LOG = Change.__tablename__
LARGEST_EXACT = 2.0**53
"""PostgreSQL's JSON writes larger floats as integers."""

Row = Mapping[str, Any]


class TableEntry(BaseModel):
    """What the manifest says of a table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: str
    rows: int
    sha256: str
    last_id: int
    """Highest id that was ever issued. 0 if none was."""


class Manifest(BaseModel):
    """The content of `manifest.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str
    revision: str
    """Revision of the schema: a bundle is imported by a version with the same one."""
    tables: list[TableEntry]

    def text(self) -> bytes:
        """The file."""
        return self.model_dump_json(indent=2).encode() + b"\n"


@cache
def tables() -> dict[str, Table]:
    """The tables of a bundle by name, parents before children."""
    mapped = {mapper.local_table for mapper in Base.registry.mappers}
    return {table.name: table for table in Base.metadata.sorted_tables if table in mapped}


@cache
def stored(table: str) -> TableClause:
    """A table with the stored types of its columns, so that no value is lost."""
    return row_codec.with_stored_types(tables()[table])


def key_of(table: str) -> str:
    """The name of a table's primary key."""
    (key,) = tables()[table].primary_key
    return key.name


def data_file(table: str) -> str:
    """The name of a table's file."""
    return f"data/{table}.jsonl"


def schema_file(table: str) -> str:
    """The name of the file with the schema of a table's objects."""
    return f"schema/{table}.json"


def encode(table: str, rows: Sequence[Row]) -> bytes:
    """The lines of rows."""
    return b"".join(_line(_log_values(row) if table == LOG else row) for row in rows)


def decode(table: str, line: bytes) -> dict[str, Any]:
    """The row of a line, with its values as SQLAlchemy takes them. Raises ValueError."""
    row = json.loads(line)
    columns = stored(table).c
    if not isinstance(row, dict) or row.keys() != set(columns.keys()):
        raise ValueError(f"must be an object with the columns {', '.join(columns.keys())}")
    return {name: _decoded(columns[name].type, value) for name, value in row.items()}


def json_schema(table: str) -> bytes:
    """JSON Schema of a table's objects."""
    columns = tables()[table].c
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": table,
        "type": "object",
        "properties": {column.name: _property(column.type, nullable=bool(column.nullable)) for column in columns},
        "required": [column.name for column in columns],
        "additionalProperties": False,
    }
    return json.dumps(schema, indent=2).encode() + b"\n"


def _line(row: Row) -> bytes:
    text = json.dumps({name: _encoded(value) for name, value in row.items()}, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # JSON allows halves of surrogate pairs, UTF-8 does not
        return json.dumps(json.loads(text), separators=(",", ":")).encode() + b"\n"


def _encoded(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    return value


def _decoded(kind: TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return float(value) if isinstance(kind, Float) else value


def _log_values(row: Row) -> Row:
    """A row of the change log, whose JSON each engine writes in its own order and with its own numbers."""
    table = row_codec.tables().get(row["entity"])
    floats = {column.name for column in table.c if isinstance(column.type, Float)} if table is not None else set()
    return {**row, **{name: _same_json(row[name], floats) for name in ("before", "after")}}


def _same_json(value: Any, floats: set[str] = frozenset()) -> Any:  # type: ignore[assignment]
    match value:
        case dict():
            return {
                name: float(one) if name in floats and type(one) is int else _same_json(one)
                for name, one in sorted(value.items())
            }
        case list():
            return [_same_json(one) for one in value]
        case float() if abs(value) >= LARGEST_EXACT and value.is_integer():
            return int(value)
    return value


def _property(kind: TypeEngine[Any], *, nullable: bool) -> dict[str, Any]:
    name: str
    more: dict[str, Any] = {}
    match kind:
        case Boolean():
            name = "boolean"
        case Integer():
            name = "integer"
        case Float():
            name = "number"
        case UtcDateTime():
            name, more = "string", {"format": "date-time"}
        case Date():
            name, more = "string", {"format": "date"}
        case Enum():
            name, more = "string", {"enum": [*kind.enums, *([None] if nullable else [])]}
        case StringList():
            name, more = "string", {"contentMediaType": "application/json"}
        case String():
            name, more = "string", {} if kind.length is None else {"maxLength": kind.length}
        case _:
            return {"type": ["object", "null"] if nullable else "object"}
    return {"type": [name, "null"] if nullable else name, **more}
