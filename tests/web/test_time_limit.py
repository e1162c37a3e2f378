"""The execution time limit ends an operation, and what the database does for it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from sqlalchemy import text

from jobbot_gql.app import create_app
from jobbot_gql.applications.models import Application
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.jobs.models import Job
from jobbot_gql.outreach.models import Company
from jobbot_gql.settings import load_settings
from tests.conftest import Api, api_of

SECONDS = 1
ENDLESS = {
    "sqlite": "(WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n)",
    "postgresql": "pg_sleep(600)",
}
"""A table that takes for ever to read."""
STRICT = {"Accept": "application/graphql-response+json"}


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With one connection only: what is still at work in it holds up the next operation."""
    database = Database(normalise(database_url), pool_size=1, max_overflow=0, pool_timeout=5)
    yield database
    await database.dispose()


@pytest.fixture
async def api(database: Database) -> AsyncIterator[Api]:
    """An application to a job; reading a job takes for ever."""
    async with database.transaction() as session:
        session.add(Application(job=Job(title="Developer", company="Feldweg Software")))
    async with database.writer.begin() as connection:
        await connection.execute(text("ALTER TABLE jobs RENAME TO jobs_table"))
        await connection.execute(
            text(f"CREATE VIEW jobs AS SELECT jobs_table.* FROM jobs_table, {ENDLESS[database.dialect]} AS n")  # noqa: S608
        )
    async with served(database, {"JOBBOT_EXECUTION_TIMEOUT": str(SECONDS)}) as api:
        yield api


@asynccontextmanager
async def served(database: Database, settings: dict[str, str]) -> AsyncIterator[Api]:
    """The application on the database."""
    app = create_app(load_settings(settings, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield Api(client, database)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("{ jobs { nodes { title } } }", id="in a resolver"),
        pytest.param("{ applications { nodes { job { title } } } }", id="in a loader"),
        pytest.param("{ a: jobs { nodes { title } } b: jobs { totalCount } }", id="in one of two, the other waiting"),
    ],
)
async def test_an_operation_ends_in_time_and_leaves_nothing_at_work(api: Api, query: str) -> None:
    before = asyncio.all_tasks()
    started = time.monotonic()
    async with asyncio.timeout(60):  # without an end of its own it would never end
        response = await api.http.post("/graphql", json={"query": query}, headers=STRICT)
    elapsed = time.monotonic() - started

    assert response.status_code == 504
    (error,) = response.json()["errors"]
    assert (error["message"], error["extensions"]) == (
        "The operation exceeded its time limit of 1 s and was stopped.",
        {"code": "TIMEOUT", "seconds": SECONDS},
    )
    assert "data" not in response.json()
    assert SECONDS <= elapsed < SECONDS + 3
    async with served(api.database, {}) as patient:
        assert await patient.data("{ applications { totalCount } }") == {"applications": {"totalCount": 1}}
    assert asyncio.all_tasks() - before == set()
    if api.database.dialect == "postgresql":
        async with api.database.writer.connect() as connection:
            at_work = await connection.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity"
                    " WHERE state = 'active' AND query LIKE '%FROM jobs%' AND pid <> pg_backend_pid()"
                )
            )
        assert at_work == 0


async def test_a_write_that_is_stopped_leaves_nothing_behind(api: Api, database: Database) -> None:
    async def write() -> None:
        async with database.transaction() as session:
            session.add(Company(name="Kranich Logistics"))
            await session.execute(text("SELECT count(*) FROM jobs"))

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(write(), SECONDS)
    async with database.transaction() as session:
        session.add(Company(name="Ahorn Bank"))
    async with served(database, {}) as patient:
        assert await patient.data("{ companies { nodes { name } } }") == {
            "companies": {"nodes": [{"name": "Ahorn Bank"}]}
        }


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("setting", "code"), [("statement_timeout", "TIMEOUT"), ("lock_timeout", "UNAVAILABLE")])
async def test_the_limits_of_an_administrator(database_url: str, setting: str, code: str) -> None:
    locking, database = Database(normalise(database_url)), Database(normalise(database_url))
    set_limit = f"EXECUTE format('ALTER DATABASE %I SET {setting} = 200', current_database())"
    async with locking.writer.begin() as connection:
        await connection.execute(text(f"DO $$ BEGIN {set_limit}; END $$"))
    async with api_of(database) as api:
        async with locking.writer.begin() as connection:
            await connection.execute(text("LOCK TABLE jobs IN ACCESS EXCLUSIVE MODE"))
            create = 'mutation { createJob(input: {title: "T", company: "C"}) { job { id } } }'
            assert [(await api.error(query))[0] for query in ("{ jobs { nodes { id } } }", create)] == [code, code]
        assert await api.data("{ jobs { totalCount } }") == {"jobs": {"totalCount": 0}}
    await locking.dispose()
    await database.dispose()
