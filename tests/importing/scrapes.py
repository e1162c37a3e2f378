"""Scrape files, and the rows that they are imported to."""

import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from sqlalchemy import Row, select, update

from jobbot_gql.db.database import Database
from jobbot_gql.importing.report import ImportReport
from jobbot_gql.models import Base, Change, Company, Job, JobSource

JOB = {
    "id": "in-1",
    "site": "indeed",
    "job_url": "https://jobs.example.com/view?jk=1&utm_source=serp",
    "title": "Data Engineer",
    "company": "Example Foods",
}


def scrape(*rows: dict[str, Any]) -> BytesIO:
    """A scrape file as JSON Lines."""
    return BytesIO("".join(json.dumps(row) + "\n" for row in rows).encode())


def numbered(count: int, **columns: Any) -> list[dict[str, Any]]:
    """As many different jobs."""
    return [
        {**JOB, "id": f"in-{number}", "job_url": f"https://jobs.example.com/view?jk={number}", **columns}
        for number in range(count)
    ]


def counts(report: ImportReport) -> dict[str, int]:
    """The numbers that are not 0."""
    return {name: number for name, number in report.counts().items() if number}


async def rows(database: Database, model: type[Base]) -> Sequence[Row[Any]]:
    """A table's rows, oldest first."""
    table = model.__table__
    snapshot = database.snapshot()
    found = await snapshot.rows(select(table).order_by(*table.primary_key))
    await snapshot.close()
    return found


async def only(database: Database, model: type[Base]) -> Row[Any]:
    """The one row of a table."""
    (row,) = await rows(database, model)
    return row


async def everything(database: Database) -> dict[str, Sequence[Row[Any]]]:
    """All that the database holds of jobs, with their changes."""
    found = {model.__tablename__: await rows(database, model) for model in (Job, JobSource, Company, Change)}
    return {**found, "change_log": [change for change in found["change_log"] if change.entity != "ImportedFile"]}


async def edit(database: Database, model: type[Base], **values: Any) -> None:
    """Change all rows of a table, as a person does."""
    async with database.transaction() as session:
        await session.execute(update(model).values(values))
