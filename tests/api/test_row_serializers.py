"""Readers give what the column's and the field's types give, value by value, only faster."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Boolean, Date, Dialect, Enum, Float, Integer
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.sql.type_api import TypeEngine

from jobbot_gql.api.engine.row_codegen import Incomplete, Leaf, row_serializer
from jobbot_gql.api.types.entity import COLUMN, ENTITIES, NEEDS, VALUE
from jobbot_gql.db.sql.column_types import StringList, UtcDateTime
from jobbot_gql.schema import schema

DIALECTS: dict[str, Dialect | None] = {
    "sqlite": sqlite.dialect(),
    "postgresql": asyncpg.dialect(),  # type: ignore[no-untyped-call]
    "python": None,
}
WORDS = st.sampled_from(
    ["", "a", "ü", 'say "hi"', "\\", "\n", "new", "nonsense", '["a"]', "[1]", "null", "[null]", '["a"']
)
TIMES = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))
ANYTHING = st.one_of(
    st.none(),
    WORDS,
    st.integers(-(2**40), 2**40),
    st.floats(),
    st.booleans(),
    st.binary(max_size=3),
    TIMES.map(lambda time: time.isoformat(" ", "microseconds")),
    st.dates().map(date.isoformat),
)


def leaves() -> list[Leaf]:
    """Every field of every entity that shows a column."""
    found = []
    for entity in ENTITIES.values():
        kind = schema.graphql.type_map[entity.name]
        assert isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items():
            metadata = field.extensions["strawberry-definition"].metadata
            if COLUMN in metadata:
                found.append(Leaf(name, metadata[COLUMN].key, metadata[COLUMN].type, field.type))
            elif VALUE in metadata:
                (column,) = metadata[NEEDS]
                found.append(Leaf(name, column, entity.columns[column].type, field.type, metadata[VALUE]))
    return found


LEAVES = leaves()


def given_by(kind: TypeEngine[Any], engine: str) -> st.SearchStrategy[Any]:
    """What a column may hold: on SQLite anything, on PostgreSQL its own type, in Python what the type decodes."""
    if engine == "sqlite":
        return ANYTHING
    values: st.SearchStrategy[Any] = WORDS
    match kind:
        case UtcDateTime():
            zones = [UTC] if engine == "postgresql" else [UTC, timezone(timedelta(hours=2))]
            values = st.builds(lambda time, zone: time.replace(tzinfo=zone), TIMES, st.sampled_from(zones))
        case Date():
            values = st.dates()
        case Boolean():
            values = st.booleans()
        case Integer():
            values = st.integers(-(2**31), 2**31 - 1)
        case Float():
            values = st.floats()
        case Enum() if engine == "python":
            values = st.sampled_from(list(kind.enum_class or ()))
        case StringList() if engine == "python":
            values = st.lists(WORDS)
    return st.none() | values


@st.composite
def cells(draw: st.DrawFn) -> tuple[Leaf, str, Any]:
    """A field, an engine, and a value that the field's column may hold there."""
    leaf, engine = draw(st.sampled_from(LEAVES)), draw(st.sampled_from(list(DIALECTS)))
    return leaf, engine, draw(given_by(leaf.column_type, engine))


def outcome(make: Any) -> Any:
    """What a function gives, as JSON, or the kind of error that it raises."""
    try:
        return orjson.dumps(make(), option=orjson.OPT_NAIVE_UTC)
    except Exception as error:
        return type(error)


@given(cell=cells())
def test_a_reader_does_what_the_types_do(cell: tuple[Leaf, str, Any]) -> None:
    leaf, engine, value = cell
    dialect = DIALECTS[engine]

    expected = outcome(lambda: leaf.slow(dialect)(value))

    for native_times in (False, True):
        read = row_serializer({leaf.name: leaf}, [leaf.column], dialect, native_times=native_times)
        assert outcome(lambda read=read: read([(value,)])[0][leaf.name]) == expected


def test_fields_come_in_their_order_and_the_rest_is_filled_in_later() -> None:
    title = next(leaf for leaf in LEAVES if leaf.column == "title")
    read = row_serializer({"kind": "Job", "title": title, "job": None, "again": title}, ["", "title", "extra"], None)

    (row,) = read([(1, "Job", 3)])

    assert list(row.items()) == [("kind", "Job"), ("title", "Job"), ("job", None), ("again", "Job")]


def test_null_where_there_must_be_a_value_is_incomplete() -> None:
    title = next(leaf for leaf in LEAVES if leaf.column == "title" and str(leaf.field_type) == "String!")

    for dialect in DIALECTS.values():
        with pytest.raises(Incomplete):
            row_serializer({"title": title}, ["title"], dialect)([(None,)])


def test_most_values_are_read_without_a_call() -> None:
    called = {
        leaf.name
        for leaf in LEAVES
        for dialect in DIALECTS.values()
        if leaf.quick(dialect, native_times=False)[0] == "{slow}({v})"
    }

    assert called == {leaf.name for leaf in LEAVES if isinstance(leaf.column_type, StringList)}
