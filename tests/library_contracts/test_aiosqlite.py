"""What the project uses of aiosqlite beyond its documented API."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import aiosqlite
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from jobbot_gql.db.aiosqlite_internals import in_thread, sqlite_connection
from tests.library_contracts.contract import contract


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[aiosqlite.Connection]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'contract.db'}")
    with contract("aiosqlite", "Connection._execute, which SQLAlchemy needs too"):
        connected = await engine.connect()
        driver = (await connected.get_raw_connection()).driver_connection
        assert isinstance(driver, aiosqlite.Connection)
    yield driver
    await connected.close()
    await engine.dispose()


async def test_the_connection_within_works_in_any_thread(connection: aiosqlite.Connection) -> None:
    with contract("aiosqlite", "Connection._conn"):
        within = sqlite_connection(connection)
        assert isinstance(within, sqlite3.Connection)
        assert within.execute("SELECT 1").fetchone() == (1,)
        assert await in_thread(connection, within.execute, "SELECT 1") is not None


async def test_work_runs_in_one_thread_in_the_order_in_which_it_was_asked(connection: aiosqlite.Connection) -> None:
    with contract("aiosqlite", "Connection._execute"):
        ran: list[int] = []

        def work(number: int) -> int:
            ran.append(number)
            return threading.get_ident()

        threads = await asyncio.gather(*(in_thread(connection, work, number) for number in range(20)))
        assert ran == list(range(20))
        assert len(set(threads)) == 1
        assert threads[0] != threading.get_ident()
        with pytest.raises(sqlite3.OperationalError, match="no such table"):
            await in_thread(connection, sqlite_connection(connection).execute, "SELECT * FROM missing")


async def test_work_can_be_interrupted_from_another_thread(connection: aiosqlite.Connection) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with contract("aiosqlite", "Connection.interrupt beside Connection._execute"):
        running = asyncio.ensure_future(in_thread(connection, sqlite_connection(connection).execute, endless))
        async with asyncio.timeout(10):
            while not running.done():
                await asyncio.sleep(0.01)
                await connection.interrupt()
        with pytest.raises(sqlite3.OperationalError, match="interrupted"):
            await running
