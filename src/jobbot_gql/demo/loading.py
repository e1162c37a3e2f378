"""Loading the demo data."""

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random
from typing import Any

from sqlalchemy import exists, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.applications.models import Application
from jobbot_gql.contacts.models import Contact
from jobbot_gql.db.base import Base, Editable
from jobbot_gql.db.database import Database
from jobbot_gql.demo.applications import apply_to_jobs
from jobbot_gql.demo.contacts import contacts
from jobbot_gql.demo.documents import documents
from jobbot_gql.demo.follow_ups import follow_ups
from jobbot_gql.demo.interviews import interviews
from jobbot_gql.demo.outreach import companies
from jobbot_gql.demo.postings import postings
from jobbot_gql.demo.references import references
from jobbot_gql.demo.tags import tags
from jobbot_gql.demo.vacancies import jobs
from jobbot_gql.documents.models import AttachedDocument
from jobbot_gql.jobs.models import Job
from jobbot_gql.outreach.models import Company, Opportunity, OutreachCampaign
from jobbot_gql.references.models import Reference


async def load_if_empty(database: Database) -> bool:
    """Load the demo data if the database is empty. Returns whether it was."""
    async with database.transaction() as session:
        if not await is_empty(session):
            return False
        await load(session, now=datetime.now(UTC))
    return True


async def load(session: AsyncSession, *, now: datetime) -> None:
    """Add the demo data in the caller's transaction.

    The same `now` gives the same rows (see `rows`), with new ids. A second load fails, because job URLs are unique.

    Raises ValueError on a naive `now`.
    """
    new = rows(now)
    await _assign_ids(session, new)
    session.add_all(new)
    await session.flush()


def rows(now: datetime) -> list[Base]:
    """Rows of the demo data, by table and in chronological order.

    All times are relative to `now`, truncated to seconds, so that the data always contain recent applications, due and
    future follow-ups, and future interviews and deadlines. Past events are before `now`. Jobs, their order and their
    outcomes do not depend on `now`. Status events have `recorded_at` set to `now`.

    Raises ValueError on a naive `now`.
    """
    if now.tzinfo is None:
        raise ValueError(f"now needs a time zone: {now.isoformat()}")
    now = now.astimezone(UTC).replace(microsecond=0)
    found = jobs(_generator("jobs"), now)
    apply_to_jobs(_generator("applications"), now, found)
    applications = [application for job in found for application in job.applications]
    applications.sort(key=lambda application: application.application_date or now)
    responses = [response for application in applications for response in application.responses]
    people = references(_generator("references"), now, applications)
    usages = [usage for person in people for usage in person.usages]
    researched = companies(_generator("outreach"), now)
    opportunities = [opportunity for company in researched for opportunity in company.opportunities]
    campaigns = [campaign for company in researched for campaign in company.campaigns]
    subjects: list[Job | Application | Opportunity | OutreachCampaign]
    subjects = [*found, *applications, *opportunities, *campaigns]
    known = contacts(_generator("contacts"), now, found, applications, researched)
    files = documents(_generator("documents"), now, applications)
    attached = [link for file in files for link in file.links]
    history = [event for subject in subjects for event in subject.status_events]
    return [
        *found,
        *(source for job in found for source in job.sources),
        *postings(now, applications),
        *applications,
        *sorted(responses, key=lambda response: response.response_date or now),
        *(claim for application in applications for claim in application.experience_claims),
        *people,
        *sorted(usages, key=lambda usage: usage.used_on),
        *researched,
        *opportunities,
        *sorted(campaigns, key=lambda campaign: campaign.sent_date or now),
        *interviews(_generator("interviews"), now, applications),
        *known,
        *(link for contact in known for link in contact.links),
        *files,
        *sorted(attached, key=lambda link: link.attached_at),
        *sorted(history, key=lambda event: event.occurred_at),
        *follow_ups(_generator("follow-ups"), now, applications, campaigns),
        *tags(_generator("tags"), now, found, applications, [*researched, *known]),
    ]


async def is_empty(session: AsyncSession) -> bool:
    """Whether the database has no jobs, applications, references, companies, contacts and documents."""
    holds = [
        exists(select(column))
        for column in (Job.id, Application.id, Reference.id, Company.id, Contact.id, AttachedDocument.id)
    ]
    return not any((await session.execute(select(*holds))).one())


def _generator(part: str) -> Random:
    """Random generator for one part of the data, so that a change of one part does not affect the others."""
    return Random(part)  # noqa: S311 - not for secrets


async def _assign_ids(session: AsyncSession, new: list[Base]) -> None:
    """Assign ids and versions, so that SQLAlchemy inserts the rows of a table with one statement.

    On SQLite it would insert row by row to read generated ids and defaults.
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
    """Allocate new ids, ascending. They were never used before."""
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.nextval(func.pg_get_serial_sequence(f'"{table}"', "id"))
        return await session.scalars(select(sequence).select_from(func.generate_series(1, count)))
    # The transaction holds the write lock, and the insert updates sqlite_sequence.
    mark = text("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = :table), 0)")
    last: int = (await session.scalars(mark, {"table": table})).one()
    return range(last + 1, last + 1 + count)
