"""What the project uses of SQLAlchemy beyond its documented API."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Date, Integer, String, bindparam, column, select, table
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    Session,
    configure_mappers,
    make_transient_to_detached,
    mapped_column,
)

from jobbot_gql.db import sqlalchemy_internals as internals
from jobbot_gql.db.read.connection_cache import discard
from tests.library_contracts.contract import contract

DIALECT = sqlite.dialect()
DAYS = table("days", column("id", Integer), column("day", Date), column("name", String))


class Base(DeclarativeBase):
    pass


class Row(Base):
    __tablename__ = "rows"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]

    def __init__(self) -> None:
        raise AssertionError("the constructor was called")


@pytest.fixture
async def engine_on_postgresql(postgres: str) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(postgres.replace("postgresql://", "postgresql+asyncpg://"))
    yield engine
    await engine.dispose()


def test_statements_that_differ_in_values_share_a_compiled_form() -> None:
    with contract("sqlalchemy", "Executable._compile_w_cache"):
        cache: Any = internals.LRUCache(10)
        one, of_one = internals.compile_cached(select(DAYS.c.name).where(DAYS.c.id == 1), DIALECT, cache)
        two, of_two = internals.compile_cached(select(DAYS.c.name).where(DAYS.c.id == 2), DIALECT, cache)
        assert one is two
        assert internals.bind(one, {}, of_one)[2] == [1]
        assert internals.bind(two, {}, of_two)[2] == [2]


def test_a_cache_keeps_the_last_ones() -> None:
    with contract("sqlalchemy", "util.LRUCache"):
        cache: Any = internals.LRUCache(10)
        for number in range(100):
            cache[number] = number
        assert 10 <= len(cache) <= 20
        assert cache[99] == 99


def test_values_become_what_the_driver_takes() -> None:
    with contract("sqlalchemy", "SQLCompiler._bind_processors"):
        statement = select(DAYS.c.name).where(DAYS.c.day == bindparam("day"), DAYS.c.id == bindparam("id"))
        compiled: Any = statement.compile(dialect=DIALECT)
        assert internals.encoders(compiled)["day"](date(2026, 9, 30)) == "2026-09-30"
        assert "id" not in internals.encoders(compiled)
        sql, names, values = internals.bind(compiled, {"day": date(2026, 9, 30), "id": 7}, None)
        assert sql.count("?") == 2
        assert dict(zip(names, values, strict=True)) == {"day": "2026-09-30", "id": 7}


def test_a_list_gets_a_placeholder_for_each_value() -> None:
    with contract("sqlalchemy", "SQLCompiler._process_parameters_for_postcompile"):
        days = [date(2026, 9, 29), date(2026, 9, 30)]
        compiled, values = internals.compile_cached(
            select(DAYS.c.name).where(DAYS.c.day.in_(days)), DIALECT, internals.LRUCache(10)
        )
        sql, names, bound = internals.bind(compiled, {}, values)
        assert sql.endswith("IN (?, ?)")
        assert len(names) == 2
        assert bound == ["2026-09-29", "2026-09-30"]


def test_parameters_without_a_value_are_told_from_others() -> None:
    with contract("sqlalchemy", "BindParameter.required"):
        statement = select(DAYS.c.name).where(DAYS.c.id == bindparam("open"), DAYS.c.name == "x")
        assert internals.open_parameters(statement.compile(dialect=DIALECT)) == ["open"]


def test_parameters_whose_value_a_function_gives_are_told_from_others() -> None:
    with contract("sqlalchemy", "BindParameter.callable"):
        fixed = select(DAYS.c.name).where(DAYS.c.id == 1)
        moving = select(DAYS.c.name).where(DAYS.c.id == bindparam(None, callable_=lambda: 1, type_=Integer))
        for statement, follows in ((fixed, False), (moving, True)):
            compiled, values = internals.compile_cached(statement, DIALECT, internals.LRUCache(10))
            assert internals.follows_clock(compiled, values) is follows
            assert internals.follows_clock(compiled, None) is follows
            assert internals.bind(compiled, {}, values)[2] == [1]


def test_a_compiled_select_names_its_columns() -> None:
    with contract("sqlalchemy", "SQLCompiler._result_columns"):
        found = internals.result_columns(select(DAYS.c.id, DAYS.c.day.label("when")).compile(dialect=DIALECT))
        assert [(name, str(kind)) for name, kind in found] == [("id", "INTEGER"), ("when", "DATE")]


def test_rows_can_be_made_of_values() -> None:
    with contract("sqlalchemy", "SimpleResultMetaData"):
        rows = internals.rows_of(["id", "name"], [(1, "a"), (2, "b")])
        assert [(row.id, row.name, tuple(row)) for row in rows] == [(1, "a", (1, "a")), (2, "b", (2, "b"))]


async def test_a_greenlet_waits_for_what_cannot_be_awaited_there() -> None:
    with contract("sqlalchemy", "util.greenlet_spawn and util.await_only"):
        given = await internals.greenlet_spawn(lambda: internals.await_only(asyncio.sleep(0, result=7)))
        assert given == 7


def test_an_object_can_be_made_without_its_constructor() -> None:
    with contract("sqlalchemy", "orm.attributes.manager_of_class"):
        configure_mappers()
        row: Row = internals.manager_of_class(Row).new_instance()
        row.__dict__.update(id=7, name="before")
        make_transient_to_detached(row)
        with Session() as session:
            session.add(row)
            assert row not in session.dirty
            row.name = "after"
            assert session.is_modified(row)


async def test_a_connection_of_the_pool_takes_no_begin_where_it_is_told_so(engine_on_postgresql: AsyncEngine) -> None:
    with contract("sqlalchemy", "AsyncConnection(engine, Connection(engine, connection=...)) and autocommit"):
        raw = engine_on_postgresql.sync_engine.raw_connection
        pooled = await internals.greenlet_spawn(raw)
        driver: Any = pooled.driver_connection
        for autocommit in (True, False):
            internals.set_autocommit(pooled, autocommit)
            connection = internals.connection_on(engine_on_postgresql, pooled)
            assert (await connection.exec_driver_sql("SELECT 1")).scalar() == 1
            assert driver.is_in_transaction() is not autocommit
            await connection.rollback()
        discard(pooled)


async def test_a_connection_that_is_discarded_is_closed_at_once(engine_on_postgresql: AsyncEngine) -> None:
    """Outside a greenlet, in which alone SQLAlchemy could wait for the server."""
    with contract("sqlalchemy", "PoolProxiedConnection.invalidate outside a greenlet"):
        pooled = await internals.greenlet_spawn(engine_on_postgresql.sync_engine.raw_connection)
        driver: Any = pooled.driver_connection
        discard(pooled)
        assert driver.is_closed()
