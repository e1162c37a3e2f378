"""Databases that version 0.1 made, one of each engine, are upgraded to this version and taken back.

`make_0_1.py` says how they were made and what they hold.
"""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.models import Base
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.undo.verify import verify
from jobbot_gql.upkeep.migrations import Kind, migrate, schema_state
from tests.conftest import api_of, database_at
from tests.db.looking import HEAD, rows_of, sql
from tests.postgres import create_database, drop_database

FOLDER = Path(__file__).parent
HEAD_0_1 = "0008"
TABLES_0_1 = {
    "api_tokens", "applications", "change_log", "companies", "employer_responses", "experience_claims",
    "idempotency_keys", "job_sources", "jobs", "opportunities", "outreach_campaigns", "reference_usages", "references",
    "status_events",
}  # fmt: skip
COMPUTED_ANEW: dict[str, set[str]] = {}
"""The columns whose values a revision computes anew, by table."""

Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
async def of_0_1(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseUrl]:
    """A database that version 0.1 made."""
    if engine == "sqlite":
        path = tmp_path / "jobbot.db"
        path.write_bytes(gzip.decompress((FOLDER / "0.1.sqlite.gz").read_bytes()))
        yield normalise(f"sqlite:///{path}")
        return
    server = request.getfixturevalue("postgres")
    name = f"upgrade_{uuid4().hex}"
    await create_database(server, name)
    url = database_at(server, name)
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    await connection.execute((FOLDER / "0.1.postgresql.sql").read_text("utf-8"))
    await connection.close()
    yield normalise(url)
    await drop_database(server, name)


async def test_upgrading_keeps_every_row_and_writes_no_change(of_0_1: DatabaseUrl) -> None:
    before = await rows_of(of_0_1)
    assert before.keys() >= TABLES_0_1
    assert all(before[table] for table in TABLES_0_1)

    assert (await migrate(of_0_1)).revision == HEAD
    assert common(await rows_of(of_0_1), before, COMPUTED_ANEW) == common(before, before, COMPUTED_ANEW)
    assert await verify(of_0_1, Base, DOCUMENTS.values()) == []


async def test_downgrading_gives_the_rows_of_0_1_back(of_0_1: DatabaseUrl) -> None:
    before = await rows_of(of_0_1)
    await migrate(of_0_1)
    assert (await migrate(of_0_1, HEAD_0_1)).revision == HEAD_0_1
    after = await rows_of(of_0_1)
    assert {table: after[table] for table in TABLES_0_1} == {table: before[table] for table in TABLES_0_1}

    await migrate(of_0_1)
    assert (await schema_state(of_0_1)).kind is Kind.CURRENT
    assert common(await rows_of(of_0_1), before, COMPUTED_ANEW) == common(before, before, COMPUTED_ANEW)


async def test_an_upgraded_database_is_read_and_written(of_0_1: DatabaseUrl) -> None:
    (last,) = await sql(of_0_1, "SELECT max(entity_id) FROM change_log WHERE entity = 'Job'")
    await migrate(of_0_1)
    database = Database(of_0_1)
    async with api_of(database) as api:
        applications = "applications { nodes { status responses { responseType } experienceClaims { claimType } } }"
        jobs = (await api.data(f"{{ jobs(first: 100) {{ nodes {{ title timeline {{ at }} {applications} }} }} }}"))[
            "jobs"
        ]
        titles = {job["title"]: job for job in jobs["nodes"]}
        assert len(titles["Professor"]["applications"]["nodes"]) == 1
        new = await api.mutate("createJob", "job { id title }", title="New", company="Globex")
        assert new["job"]["title"] == "New"
        feed = (await api.data("{ changes(first: 250) { nodes { entity operation } } }"))["changes"]["nodes"]
        deleted = [change["entity"] for change in feed if change["operation"] == "DELETE"]
        assert (deleted.count("Job"), deleted.count("Application")) == (3, 1)
    await database.dispose()
    assert await sql(of_0_1, "SELECT max(id) FROM jobs") == [(last[0] + 1,)]


def common(rows: Rows, old: Rows, without: dict[str, set[str]]) -> Rows:
    """The rows in the tables of 0.1 as far as both have their columns, but for some columns."""
    return {
        table: [
            {name: value for name, value in row.items() if name in old[table][0] and name not in without.get(table, ())}
            for row in rows[table]
        ]
        for table in sorted(TABLES_0_1)
    }
