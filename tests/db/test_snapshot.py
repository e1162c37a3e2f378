"""Snapshots: one moment for everything that is read, one connection, and nothing left behind."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import QueuePool, bindparam, func, insert, select, text

from jobbot_gql.db.database import Database
from jobbot_gql.db.read.read_transaction import ReadSteps
from jobbot_gql.db.read.snapshot import ReadError, Unreachable
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.compiled_query import CompiledQuery, Row
from jobbot_gql.db.url import normalise
from jobbot_gql.jobs.models import JobStatus
from jobbot_gql.models import Job
from tests.conftest import recorded

HOW_MANY = select(func.count()).select_from(Job)


async def add_job(database: Database, **columns: Any) -> None:
    async with database.transaction() as session:
        await session.execute(insert(Job).values(title="Job", company="Firm", **columns))


def counting(database: Database, times: int) -> ReadSteps[list[int]]:
    """Counts the jobs several times."""
    query = CompiledQuery(HOW_MANY, database.reader.dialect)
    counted = []
    for _ in range(times):
        rows: Sequence[Row] = yield query, None
        counted.append(rows[0][0])
    return counted


async def test_rows_have_the_column_types_values_and_names(database: Database) -> None:
    await add_job(database, keywords=["C++"], remote_option=True, status=JobStatus.OFFER, salary_min=None)
    snapshot = database.snapshot()

    (row,) = await snapshot.rows(select(Job.id, Job.keywords, Job.remote_option, Job.status, Job.salary_min))

    await snapshot.close()
    assert tuple(row) == (1, ["C++"], True, JobStatus.OFFER, None)
    assert row.status is JobStatus.OFFER
    assert type(row.remote_option) is bool


async def test_a_snapshot_does_not_see_what_is_written_after_its_first_read(database: Database) -> None:
    snapshot = database.snapshot()
    await add_job(database)
    before = (await snapshot.rows(HOW_MANY))[0][0]

    await add_job(database)
    during = (await snapshot.rows(HOW_MANY))[0][0], await snapshot.run(counting(database, 2))
    await snapshot.renew()
    after = (await snapshot.rows(HOW_MANY))[0][0]

    await snapshot.close()
    assert (before, during, after) == (1, (1, [1, 1]), 2)


@pytest.mark.parametrize("statements", [None, 1, 2])
async def test_a_walk_is_sent_the_rows_that_it_asks_for(database: Database, statements: int | None) -> None:
    await add_job(database)
    snapshot = database.snapshot()

    counted = await snapshot.run(counting(database, statements or 3), statements=statements)

    await snapshot.close()
    assert counted == [1] * (statements or 3)


async def test_what_a_walk_raises_is_raised_and_the_snapshot_goes_on(database: Database) -> None:
    def failing() -> ReadSteps[None]:
        yield from counting(database, 1)
        raise LookupError("no")

    snapshot = database.snapshot()
    with pytest.raises(LookupError, match="no"):
        await snapshot.run(failing())

    assert await snapshot.run(counting(database, 1)) == [0]
    await snapshot.close()


async def test_keys_and_moving_values_are_taken_anew_each_time(database: Database) -> None:
    for salary in (10, 20, 30):
        await add_job(database, salary_min=salary)
    floor = [0]
    statement = (
        select(Job.salary_min)
        .where(
            is_among(Job.id, key_list("keys", Job.id.type)),
            Job.salary_min >= bindparam(None, callable_=lambda: floor[0]),
        )
        .order_by(Job.id)
    )
    query = CompiledQuery(statement, database.reader.dialect)
    snapshot = database.snapshot()

    def read(keys: list[int]) -> ReadSteps[list[int]]:
        rows = yield query, keys
        return [row[0] for row in rows]

    first = await snapshot.run(read([1, 2, 99]))
    floor[0] = 20
    second = await snapshot.run(read([1, 2, 3]))
    none = await snapshot.run(read([]))

    await snapshot.close()
    assert (first, second, none) == ([10, 20], [20, 30], [])


async def test_statements_that_differ_in_values_keep_them_apart(database: Database) -> None:
    await add_job(database, salary_min=1)
    dialect = database.reader.dialect
    queries = [CompiledQuery(select(Job.id).where(Job.salary_min.in_(values)), dialect) for values in ([1], [2, 3], [])]
    snapshot = database.snapshot()

    def read() -> ReadSteps[list[int]]:
        found = []
        for query in queries:
            rows = yield query, None
            found.append(len(rows))
        return found

    assert await snapshot.run(read()) == [1, 0, 0]
    await snapshot.close()


async def test_a_failing_statement_is_a_read_error(database: Database) -> None:
    snapshot = database.snapshot()
    with pytest.raises(ReadError, match="nothing"):
        await snapshot.rows(text("SELECT nothing"))
    await snapshot.close()

    healthy = database.snapshot()
    assert (await healthy.rows(HOW_MANY))[0][0] == 0
    await healthy.close()


async def test_later_reads_of_an_aborted_transaction_name_its_first_error(database: Database, engine: str) -> None:
    snapshot = database.snapshot()
    with pytest.raises(ReadError, match="nothing"):
        await snapshot.rows(text("SELECT nothing"))
    if engine == "postgresql":
        with pytest.raises(ReadError, match="nothing"):
            await snapshot.rows(HOW_MANY)
    else:  # an error aborts no transaction of SQLite
        assert (await snapshot.rows(HOW_MANY))[0][0] == 0
    await snapshot.close()


async def test_an_unreachable_database_is_said_to_be_so() -> None:
    database = Database(normalise("postgresql://nobody@127.0.0.1:1/nothing"))
    snapshot = database.snapshot()
    with pytest.raises(Unreachable):
        await snapshot.rows(HOW_MANY)
    await snapshot.close()
    await database.dispose()


async def test_a_closed_snapshot_reads_no_more_and_lets_nobody_wait(database: Database, engine: str) -> None:
    snapshot = database.snapshot()
    waiting = asyncio.ensure_future(snapshot.rows(endless(engine)))
    behind = asyncio.ensure_future(snapshot.rows(HOW_MANY))
    await asyncio.sleep(0.1)

    async with asyncio.timeout(5):
        await snapshot.close()
        results = await asyncio.gather(waiting, behind, return_exceptions=True)
    with pytest.raises(ReadError, match="closed"):
        await snapshot.rows(HOW_MANY)

    assert [type(result) for result in results] == [ReadError, ReadError]
    pool = database.reader.pool
    assert isinstance(pool, QueuePool)
    assert (pool.checkedout() - len(database.connection_cache), pool.checkedin() + len(database.connection_cache)) == (
        0,
        1,
    )


async def test_a_reader_that_is_cancelled_does_not_disturb_the_others(database: Database, engine: str) -> None:
    snapshot = database.snapshot()
    await snapshot.rows(HOW_MANY)
    slow = asyncio.ensure_future(snapshot.rows(slow_statement(engine)))
    await asyncio.sleep(0.05)

    slow.cancel()
    with pytest.raises(asyncio.CancelledError):
        await slow

    assert (await snapshot.rows(HOW_MANY))[0][0] == 0
    await snapshot.close()


async def test_a_walk_that_is_cancelled_ends_at_the_database(database: Database, engine: str) -> None:
    def reading() -> ReadSteps[None]:
        query = CompiledQuery(endless(engine), database.reader.dialect)
        yield query, None

    snapshot = database.snapshot()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await snapshot.run(reading(), statements=2)

    async with asyncio.timeout(5):
        await snapshot.close()
    healthy = database.snapshot()
    assert (await healthy.rows(HOW_MANY))[0][0] == 0
    await healthy.close()


async def test_many_snapshots_at_once_all_get_their_turn(database_url: str) -> None:
    database = Database(normalise(database_url), pool_size=2, max_overflow=0)

    async def read() -> int:
        snapshot = database.snapshot()
        try:
            counts = await asyncio.gather(*(snapshot.rows(HOW_MANY) for _ in range(3)))
            return sum(int(rows[0][0]) for rows in counts)
        finally:
            await snapshot.close()

    assert await asyncio.gather(*(read() for _ in range(20))) == [0] * 20
    await database.dispose()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_connections_that_the_server_has_closed_are_replaced(database: Database) -> None:
    async def pids() -> set[int]:
        """Two connections at once."""
        snapshots = database.snapshot(), database.snapshot()
        found = {(await snapshot.rows(text("SELECT pg_backend_pid()")))[0][0] for snapshot in snapshots}
        for snapshot in snapshots:
            await snapshot.close()
        return found

    before = await pids()
    async with database.transaction() as session:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        await session.execute(text(f"{others} AND pid <> pg_backend_pid()"))
    await asyncio.sleep(0.1)
    after = await pids()

    assert [len(before), len(after), len(before & after)] == [2, 2, 1]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_single_statement_has_no_transaction_around_it(database: Database) -> None:
    query = CompiledQuery(text("SELECT current_setting('transaction_isolation')"), database.reader.dialect)

    def read() -> ReadSteps[str]:
        rows = yield query, ()
        return str(rows[0][0])

    alone, together = database.snapshot(), database.snapshot()
    isolation = await alone.run(read(), statements=1), await together.run(read())
    await alone.close()
    await together.close()

    assert isolation == ("read committed", "repeatable read")


async def test_reads_are_recorded(database: Database) -> None:
    snapshot = database.snapshot()
    with recorded(database) as statements:
        await snapshot.rows(select(Job.title))
    await snapshot.close()

    assert [" ".join(statement.split()) for statement in statements] == ["SELECT jobs.title FROM jobs"]


def endless(engine: str) -> Any:
    """A statement that takes a minute."""
    if engine == "postgresql":
        return text("SELECT pg_sleep(60)")
    return text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT max(i) FROM n"
    )


def slow_statement(engine: str) -> Any:
    """A statement that takes a good while."""
    if engine == "postgresql":
        return text("SELECT pg_sleep(0.3)")
    return text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT max(i) FROM n"
    )
