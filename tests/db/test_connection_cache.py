"""Connections that are kept between two reads: they are used again, and nobody waits for what nobody uses."""

import asyncio

import pytest
from sqlalchemy import QueuePool, func, select, text

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.models import Job

HOW_MANY = select(func.count()).select_from(Job)
WHO = text("SELECT pg_backend_pid()")


async def read(database: Database) -> int:
    snapshot = database.snapshot()
    try:
        return int((await snapshot.rows(HOW_MANY))[0][0])
    finally:
        await snapshot.close()


async def test_a_connection_is_used_again(database: Database) -> None:
    for _ in range(5):
        assert await read(database) == 0

    assert isinstance(database.reader.pool, QueuePool)
    assert (len(database.connection_cache), database.reader.pool.checkedout(), database.reader.pool.checkedin()) == (
        1,
        1,
        0,
    )


async def test_who_waits_for_the_pool_gets_what_others_give_back(database_url: str) -> None:
    database = Database(normalise(database_url), pool_size=2, max_overflow=0, pool_timeout=5)
    long = [database.snapshot() for _ in range(2)]
    for snapshot in long:
        await snapshot.rows(HOW_MANY)
    waiting = asyncio.ensure_future(read(database))
    await asyncio.sleep(0.05)

    await long[0].close()
    async with asyncio.timeout(10):
        assert await waiting == 0

    await long[1].close()
    await database.dispose()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_writer_gets_a_connection_that_nobody_uses(database_url: str) -> None:
    database = Database(normalise(database_url), pool_size=2, max_overflow=0, pool_timeout=0.5)
    await read(database)
    assert len(database.connection_cache) == 1

    async with database.transaction() as one, database.transaction() as other:
        one.add(Job(title="Developer", company="Feldweg Software"))
        other.add(Job(title="Tester", company="Feldweg Software"))

    assert await read(database) == 2
    await database.dispose()


async def test_the_last_connection_goes_back_to_the_pool(database_url: str) -> None:
    database = Database(normalise(database_url), pool_size=1, max_overflow=0, pool_timeout=0.5)
    await read(database)

    assert len(database.connection_cache) == 0
    async with database.reader.connect():
        pass
    await database.dispose()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_connection_that_the_server_has_closed_is_replaced(database: Database) -> None:
    async def pid() -> int:
        snapshot = database.snapshot()
        try:
            return int((await snapshot.rows(WHO))[0][0])
        finally:
            await snapshot.close()

    first = await pid()
    assert await pid() == first

    async with database.writer.connect() as connection:
        await connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    await asyncio.sleep(0.05)

    assert await pid() != first
    assert len(database.connection_cache) == 1
