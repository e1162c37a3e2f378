"""Loading the demo data."""

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.applications.models import Application
from jobbot_gql.db.base import Base, Editable
from jobbot_gql.db.database import Database
from jobbot_gql.demo.applications import search
from jobbot_gql.demo.outreach import companies
from jobbot_gql.demo.references import references
from jobbot_gql.demo.tags import tags
from jobbot_gql.demo.vacancies import jobs
from jobbot_gql.jobs.models import Job
from jobbot_gql.outreach.models import Company, Opportunity, OutreachCampaign
from jobbot_gql.references.models import Reference


async def load_if_empty(database: Database) -> bool:
    """Load the demo data, as of now, if the database is empty; whether it was."""
    async with database.transaction() as session:
        if not await is_empty(session):
            return False
        await load(session, now=datetime.now(UTC))
    return True


async def load(session: AsyncSession, *, now: datetime) -> None:
    """Add the demo data to a database that does not hold it, in the caller's transaction.

    The same `now` gives the same rows, see `rows`; their ids begin where each table's ids ended. A second load with
    the first one's data still there fails, because jobs of the same address exist.

    Raises ValueError on a naive `now`.
    """
    new = rows(now)
    await _give_ids(session, new)
    session.add_all(new)
    await session.flush()


def rows(now: datetime) -> list[Base]:
    """The demo data, each table's rows in the order in which they came about.

    It depends on nothing but `now` (an aware time, of which whole seconds count). Every date is counted from there, so
    that whenever the data is loaded some applications are fresh, some wait for a follow-up and some have gone quiet,
    and interviews, follow-ups and deadlines lie ahead. Nothing that has happened lies after `now`. Which jobs there
    are, in which order, and what became of each does not depend on `now`. In the history of statuses `occurred_at`
    tells the story, and `recorded_at` is `now`.

    Raises ValueError on a naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError(f"now needs a time zone: {now.isoformat()}")
    now = now.astimezone(UTC).replace(microsecond=0)
    found = jobs(_dice("jobs"), now)
    search(_dice("applications"), now, found)
    applications = [application for job in found for application in job.applications]
    applications.sort(key=lambda application: application.application_date or now)
    responses = [response for application in applications for response in application.responses]
    people = references(_dice("references"), now, applications)
    usages = [usage for person in people for usage in person.usages]
    researched = companies(_dice("outreach"), now)
    opportunities = [opportunity for company in researched for opportunity in company.opportunities]
    campaigns = [campaign for company in researched for campaign in company.campaigns]
    subjects: list[Job | Application | Opportunity | OutreachCampaign]
    subjects = [*found, *applications, *opportunities, *campaigns]
    history = [event for subject in subjects for event in subject.status_events]
    return [
        *found,
        *(source for job in found for source in job.sources),
        *applications,
        *sorted(responses, key=lambda response: response.response_date or now),
        *(claim for application in applications for claim in application.experience_claims),
        *people,
        *sorted(usages, key=lambda usage: usage.used_on),
        *researched,
        *opportunities,
        *sorted(campaigns, key=lambda campaign: campaign.sent_date or now),
        *sorted(history, key=lambda event: event.occurred_at),
        *tags(_dice("tags"), now, found, applications, researched),
    ]


async def is_empty(session: AsyncSession) -> bool:
    """Whether the database holds no job, application, reference and company."""
    holds = [exists(select(column)) for column in (Job.id, Application.id, Reference.id, Company.id)]
    return not any((await session.execute(select(*holds))).one())


def _dice(part: str) -> Random:
    """A generator for one part of the data, so that a change to that part leaves the others as they were."""
    return Random(part)  # noqa: S311 - chance for stories, not for secrets


async def _give_ids(session: AsyncSession, new: list[Base]) -> None:
    """Give new rows their ids, so that each table takes one statement and not one for each row.

    On SQLite a flush inserts row by row where it has to ask which id, or which default, each row got.
    """
    tables: dict[str, list[Any]] = {}
    for row in new:
        tables.setdefault(row.__tablename__, []).append(row)
        if isinstance(row, Editable):
            row.version = 1
    for table, its_rows in tables.items():
        for row, number in zip(its_rows, await _next_ids(session, table, len(its_rows)), strict=True):
            row.id = number


async def _next_ids(session: AsyncSession, table: str, count: int) -> Iterable[int]:
    """Ids that the table has never given out, in ascending order; nobody else will get them."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.nextval(func.pg_get_serial_sequence(f'"{table}"', "id"))
        return await session.scalars(select(sequence).select_from(func.generate_series(1, count)))
    # The transaction holds the write lock, and the insert moves the mark.
    mark = text("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = :table), 0)")
    last: int = (await session.scalars(mark, {"table": table})).one()
    return range(last + 1, last + 1 + count)
