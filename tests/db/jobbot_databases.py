"""Databases as JobBot creates them."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import NullPool, Table, null
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.upkeep import jobbot_tables
from tests.db import jobbot

NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, UTC)


async def jobbot_creates(database: DatabaseUrl, tables: list[Table], *rows: jobbot.Base) -> None:
    """What JobBot does: create_all, and objects added to a session."""
    if database.sqlite_path:
        database.sqlite_path.touch()
    engine = create_async_engine(database.url, connect_args=database.connect_args, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(jobbot.Base.metadata.create_all, tables)
    async with AsyncSession(engine) as session, session.begin():
        for row in rows:
            session.add(row)
            await session.flush()
    await engine.dispose()


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def believable_rows() -> list[jobbot.Base]:
    return [
        jobbot.Job(
            title="Tester",
            company="Acmé",
            salary_min=50_000,
            job_url="https://jobs.example/1",
            scraped_date=NOON,
            posting_date=date(2026, 1, 1),
            remote_option=True,
            keywords='["C++", "SQL"]',
            status="applied",
        ),
        jobbot.Job(title="Baker", company="Bread", status=null()),
        jobbot.Application(job_id=1, application_date=NOON, interview_date=NOON, notes="hopeful"),
        jobbot.EmployerResponse(application_id=1, response_type="interview_request", sentiment_score=0.1 + 0.2),
        jobbot.Reference(name="Ada", consent_given=True, consent_date=date(2026, 1, 1)),
        jobbot.ExperienceClaim(
            application_id=1, claim_type="embellishment", original_experience="one year", claimed_experience="two years"
        ),
    ]


def planned_rows() -> list[jobbot.Base]:
    return [
        jobbot.Company(name="Acme", size="small", pain_points='["slow"]', last_updated=NOON),
        jobbot.Opportunity(company_id=1, problem_description="slow", solution_approach="script"),
        jobbot.OutreachCampaign(company_id=1, opportunity_id=1, contact_method="email", sent_date=NOON),
    ]


def as_stored_by_us(rows: dict[str, list[dict[str, Any]]], sqlite: bool) -> dict[str, list[dict[str, Any]]]:
    """JobBot's rows as they must look afterwards: with a version, and SQLite's times with a fraction."""
    stored = {}
    for table, found in rows.items():
        times = [
            column.name
            for column in jobbot_tables.metadata.tables[table].columns
            if sqlite and column.server_default is not None
        ]
        stored[table] = [
            {
                name: f"{value}.000000" if name in times and value and len(value) == 19 else value
                for name, value in row.items()
            }
            | {"version": 1}
            | ({"url_key": url_key(row["job_url"]) or ""} if table == "jobs" else {})
            | ({"posting_digest": None} if table == "applications" else {})  # no job has a description
            for row in found
        ]
    return stored
