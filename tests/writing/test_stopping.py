"""A write that is stopped, by the time limit or because its client is gone, is undone whole and holds nobody up."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import bindparam, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.models import Job
from jobbot_gql.settings import load_settings
from tests.conftest import Api, everything
from tests.writing.conftest import World

SLOW = {
    "sqlite": [
        "CREATE TRIGGER slow BEFORE UPDATE OF description ON jobs BEGIN SELECT"
        " (WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n); END"
    ],
    "postgresql": [
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(600); RETURN new; END $$",
        "CREATE TRIGGER slow BEFORE UPDATE OF description ON jobs EXECUTE FUNCTION slow()",
    ],
}
"""What makes a change of a description take for ever."""


async def test_a_mutation_that_takes_too_long_is_undone(api: Api, world: World) -> None:
    job = await world.job()
    async with api.database.writer.begin() as connection:
        for statement in SLOW[api.database.dialect]:
            await connection.exec_driver_sql(statement)
    before = await everything(api.database)
    app = create_app(load_settings({"JOBBOT_EXECUTION_TIMEOUT": "0.4"}, dotenv=None), api.database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        query = """mutation($job: ID!) {
          updateJob(input: {id: $job, version: 1, title: "Tester", description: "T"}) { userErrors { code } } }"""
        error = await Api(client, api.database).error(query, {"job": job})

    assert error == ("TIMEOUT", "The operation exceeded its time limit of 0.4 s and was stopped.")
    assert await everything(api.database) == before
    changed = await api.mutate("updateJob", "job { version }", id=job, version=1, title="Tester")
    assert changed == {"job": {"version": 2}}


# asyncpg's executemany() alone would wait for an answer to what it never sent.
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_many_statements_that_are_being_sent_are_undone(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Job(id=1, title="A", company="Firm"))
    begun = asyncio.Event()

    async def work(session: AsyncSession) -> None:
        await session.execute(text("UPDATE jobs SET title = 'B'"))
        # More than the sockets hold, while the server is busy with the first.
        rows: list[dict[str, Any]] = [
            {"row": 1, "text": "x" * 100_000, "seconds": 1 if n == 0 else 0} for n in range(200)
        ]
        slowly = update(Job).where(Job.id == bindparam("row"), text("pg_sleep(:seconds) IS NOT NULL"))
        asyncio.get_running_loop().call_later(0.3, begun.set)
        await (await session.connection()).execute(slowly.values(description=bindparam("text")), rows)

    writing = asyncio.create_task(database.write(work))
    await begun.wait()
    writing.cancel()
    done, _ = await asyncio.wait([writing], timeout=30)

    assert done == {writing}
    assert writing.cancelled()
    async with database.transaction() as session:
        assert (await session.get_one(Job, 1)).title == "A"


# On SQLite writers queue in the process, for as long as their time limit lets them.
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_a_write_that_gets_no_connection_says_so(database_url: str) -> None:
    database = Database(normalise(database_url), pool_size=1, max_overflow=0, pool_timeout=0.2)
    app = create_app(load_settings(env={}, dotenv=None), database)
    add = 'mutation { createJob(input: {title: "T", company: "C"}) { job { version } } }'
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        async with database.transaction() as session:
            await session.connection()
            response = await client.post("/graphql", json={"query": add})
        (error,) = response.json()["errors"]
        assert (response.status_code, error["extensions"], error["path"]) == (
            503,
            {"code": "UNAVAILABLE"},
            ["createJob"],
        )
        assert await Api(client, database).data(add) == {"createJob": {"job": {"version": 1}}}
        assert await Api(client, database).data("{ jobs { totalCount } }") == {"jobs": {"totalCount": 1}}
    await database.dispose()
