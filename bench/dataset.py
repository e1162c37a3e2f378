"""The rows of the benchmark: the same on every machine and at any time.

Rows are generated one by one. The workloads depend on this: dates increase with the ids of one parent, times are whole
seconds, and jobs with an odd id have no application, so that W7 can create one.
"""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import asyncpg  # type: ignore[import-untyped] # has no types
import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from jobbot_gql.db.triggers import change_log, search_index
from jobbot_gql.db.url import normalise
from jobbot_gql.models import Base
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.upkeep.migrations import migrate

Row = tuple[Any, ...]

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
YEAR = 365 * 24 * 3600

SKILLS = ("Python", "PostgreSQL", "GraphQL", "Kubernetes", "TypeScript", "Go", "Terraform", "React", "Kafka", "Rust")
TITLES = ("Backend Engineer", "Data Analyst", "Platform Engineer", "Product Manager", "Site Reliability Engineer")
CITIES = ("Berlin", "Lisbon", "Toronto", "Austin", "Nairobi", "Osaka", "Gdańsk", "São Paulo")
INDUSTRIES = ("Software", "Logistics", "Health Care", "Energy", "Retail", "Banking")
SENTENCES = (
    "You will own a service from its first sketch to the pager, with two colleagues who review what you write.",
    "Our customers move parcels, and every minute that we save them is a minute that somebody gets home earlier.",
    "We expect you to have run a relational database in production and to know what its query plans say.",
    "The team meets on Tuesdays; the rest of the week is yours to arrange, from wherever you can concentrate.",
    "Salary, budget for learning and thirty days of leave are written into the contract, not into a promise.",
    "We release every day, behind flags, and we look at the graphs afterwards; a rollback is nobody's shame.",
    "Tell us about a system that you made simpler, what you took away, and how you knew that nobody missed it.",
    "There is a test suite that runs in four minutes, and an agreement that it will not take five.",
    "Travel is rare, on-call is one week in eight and paid, and nobody is asked to answer mail at night.",
    "We read every application ourselves and answer within two weeks, also when the answer is no.",
)
CLOSED = ("rejected", "ghosted", "withdrawn")
ANY_STATUS = ("submitted", "acknowledged", "under_review", "phone_screen", "technical_interview", *CLOSED)
JOB_STATUS = ("discovered",) * 6 + ("targeted", "applied", "rejected", "archived")
WRITTEN = ("experience_claims", "employer_responses", "status_events", "applications", "change_log")
"""Tables to which creating an application may add rows."""
ANSWERS = ("acknowledgment", "info_request", "interview_request", "rejection", "other")
CLAIMS = (("embellishment", 1.25, "medium"), ("omission", 1.0, "low"), ("fabrication", 3.0, "high"))


@dataclass(frozen=True)
class Sizes:
    """Number of rows of each table."""

    companies: int = 2_000
    jobs: int = 20_000
    applications: int = 50_000
    responses: int = 100_000
    claims: int = 150_000
    opportunities: int = 5_000
    campaigns: int = 10_000

    @classmethod
    def of(cls, jobs: int) -> "Sizes":
        """Sizes in proportion to the number of jobs, which is rounded to hundreds."""
        unit = max(1, round(jobs / 100))
        return cls(
            companies=10 * unit,
            jobs=100 * unit,
            applications=250 * unit,
            responses=500 * unit,
            claims=750 * unit,
            opportunities=25 * unit,
            campaigns=50 * unit,
        )


@dataclass(frozen=True)
class Table:
    """The rows of one table."""

    name: str
    columns: tuple[str, ...]
    rows: Callable[[Sizes], Iterator[Row]]


def _times(rows: int, years: int = 2) -> Callable[[int], datetime]:
    """Evenly distributed times of the last years, increasing with the number of the row."""
    start = NOW - timedelta(seconds=years * YEAR)
    step = years * YEAR / rows
    return lambda row: start + timedelta(seconds=int(row * step))


def _rng(table: str) -> Random:
    return Random(f"bench {table}")  # noqa: S311 - the same rows each time, not secrets


def _companies(sizes: Sizes) -> Iterator[Row]:
    rng, at = _rng("companies"), _times(sizes.companies)
    for number in range(1, sizes.companies + 1):
        yield (
            number,
            f"{rng.choice(INDUSTRIES)} Works {number:06}",
            rng.choice(INDUSTRIES),
            rng.choice(("small", "medium", "large")),
            rng.choice(CITIES),
            f"https://company-{number}.example",
            json.dumps(["invoice matching"]),
            json.dumps(rng.sample(SKILLS, 2)),
            json.dumps([]),
            json.dumps([]),
            at(number),
            round(rng.random(), 2),
        )


def _jobs(sizes: Sizes) -> Iterator[Row]:
    rng, at = _rng("jobs"), _times(sizes.jobs)
    for number in range(1, sizes.jobs + 1):
        low = rng.randrange(40, 120) * 1000
        paid = rng.random() < 0.6
        yield (
            number,
            f"{rng.choice(TITLES)} ({rng.choice(SKILLS)})",
            f"{rng.choice(INDUSTRIES)} Works {rng.randint(1, sizes.companies):06}",
            rng.choice(CITIES),
            low if paid else None,
            low + 20_000 if paid else None,
            " ".join(rng.choices(SENTENCES, k=15)),
            " ".join(rng.choices(SENTENCES, k=2)),
            None,
            f"https://board.example/jobs/{number}",
            rng.choice(("indeed", "linkedin", "glassdoor")),
            at(number),
            at(number).date(),
            rng.random() < 0.3,
            rng.choice(("fulltime", "parttime", "contract", None)),
            rng.choice(("entry", "mid", "senior", None)),
            rng.choice(INDUSTRIES),
            json.dumps(rng.sample(SKILLS, 3)),
            rng.choice(JOB_STATUS),
        )


def _applications(sizes: Sizes) -> Iterator[Row]:
    rng, at = _rng("applications"), _times(sizes.applications)
    half = max(1, sizes.jobs // 2)
    for number in range(1, sizes.applications + 1):
        last_to_this_job = number > sizes.applications - half
        answered = rng.random() < 0.5
        yield (
            number,
            2 * (number * 7919 % half) + 2,
            at(number),
            rng.choice(ANY_STATUS if last_to_this_job else CLOSED),
            rng.choice(("formal", "short", None)),
            f"2026-{rng.randint(1, 10):02}",
            at(number) + timedelta(days=9) if answered else None,
            at(number) + timedelta(days=4) if answered else None,
            rng.choice((*SENTENCES, None)),
            round(rng.uniform(0.3, 1), 3),
            round(rng.uniform(0, 0.5), 3),
            round(rng.uniform(10, 100), 2),
        )


def _children(parents: int, children: int, most: int) -> Iterator[tuple[int, int, int]]:
    """Numbers of the child and its parent, and its index below it; parents have 0 to `most` children."""
    number, kinds = count(1), most + 1
    for parent in range(1, parents + 1):
        # Each `most + 1` consecutive parents have different numbers of children; the last parent has the rest.
        wanted = children if parent == parents else (parent // kinds - parent) % kinds
        for place in range(wanted):
            child = next(number)
            if child > children:
                return
            yield child, parent, place


def _responses(sizes: Sizes) -> Iterator[Row]:
    rng, at = _rng("responses"), _times(sizes.applications)
    for number, application, place in _children(sizes.applications, sizes.responses, most=4):
        yield (
            number,
            application,
            at(application) + timedelta(days=2 + 5 * place, seconds=rng.randrange(3600)),
            rng.choice(ANSWERS),
            "Your application",
            " ".join(rng.choices(SENTENCES, k=4)),
            "people@employer.example",
            round(rng.uniform(-1, 1), 3),
            rng.random() < 0.2,
            None,
            at(application) + timedelta(days=20) if place else None,
        )


def _claims(sizes: Sizes) -> Iterator[Row]:
    rng = _rng("claims")
    for number, application, _ in _children(sizes.applications, sizes.claims, most=6):
        kind, multiplier, risk = rng.choice(CLAIMS)
        yield (
            number,
            application,
            kind,
            f"{rng.randint(1, 4)} years with {rng.choice(SKILLS)}",
            f"{rng.randint(4, 9)} years with {rng.choice(SKILLS)}",
            multiplier,
            round(rng.uniform(0, 0.5), 3),
            risk,
            rng.choice((*SENTENCES, None)),
        )


def _opportunities(sizes: Sizes) -> Iterator[Row]:
    rng = _rng("opportunities")
    for number, company, _ in _children(sizes.companies, sizes.opportunities, most=5):
        yield (
            number,
            company,
            rng.choice(SENTENCES),
            rng.choice(SENTENCES),
            rng.randrange(5, 200) * 1000,
            rng.choice(("low", "medium", "high")),
            round(rng.random(), 2),
            rng.random() < 0.2,
            rng.choice(("identified", "researched", "pitched")),
        )


def _campaigns(sizes: Sizes) -> Iterator[Row]:
    rng, at = _rng("campaigns"), _times(sizes.campaigns)
    companies = [row[1] for row in _opportunities(sizes)]
    for number, opportunity, _ in _children(sizes.opportunities, sizes.campaigns, most=4):
        yield (
            number,
            companies[opportunity - 1],
            opportunity,
            rng.choice(("email", "linkedin", "phone")),
            f"Contact {rng.randint(1, 999)}",
            " ".join(rng.choices(SENTENCES, k=3)),
            at(number),
            rng.choice(("sent", "opened", "replied", "interested", "rejected")),
        )


TABLES = (
    Table(
        "companies",
        (
            *("id", "name", "industry", "size", "location", "website", "automation_opportunities"),
            *("technology_stack", "pain_points", "decision_makers", "research_date", "confidence_score"),
        ),
        _companies,
    ),
    Table(
        "jobs",
        (
            *("id", "title", "company", "location", "salary_min", "salary_max", "description", "requirements"),
            *("benefits", "job_url", "source_site", "scraped_date", "posting_date", "remote_option", "job_type"),
            *("experience_level", "industry", "keywords", "status"),
        ),
        _jobs,
    ),
    Table(
        "applications",
        (
            *("id", "job_id", "application_date", "status", "cover_letter_version", "resume_version"),
            *("interview_date", "response_date", "notes", "credibility_rating", "exaggeration_level"),
            "integrity_score",
        ),
        _applications,
    ),
    Table(
        "employer_responses",
        (
            *("id", "application_id", "response_date", "response_type", "subject_line", "email_content"),
            *("sender_email", "sentiment_score", "requires_action", "action_taken", "follow_up_scheduled"),
        ),
        _responses,
    ),
    Table(
        "experience_claims",
        (
            *("id", "application_id", "claim_type", "original_experience", "claimed_experience"),
            *("exaggeration_multiplier", "credibility_impact", "risk_level", "justification"),
        ),
        _claims,
    ),
    Table(
        "opportunities",
        (
            *("id", "company_id", "problem_description", "solution_approach", "estimated_value"),
            *("implementation_complexity", "confidence_score", "proof_of_concept_created", "status"),
        ),
        _opportunities,
    ),
    Table(
        "outreach_campaigns",
        (
            *("id", "company_id", "opportunity_id", "contact_method", "contact_person", "message_content"),
            *("sent_date", "response_status"),
        ),
        _campaigns,
    ),
)


async def build(database_url: str, sizes: Sizes, *, searchable: bool = True) -> None:
    """Create the project's schema in an empty database, and fill it. PostgreSQL's search index is optional.

    The change log's triggers are disabled meanwhile, because 300,000 log entries would serve no purpose. Later writes
    are logged.
    """
    database = normalise(database_url)
    await migrate(database)
    if database.is_sqlite:
        await asyncio.to_thread(_fill_sqlite, str(database.sqlite_path), sizes)
    else:
        await _fill_postgresql(libpq_url(database_url), sizes, searchable)


async def _fill_postgresql(url: str, sizes: Sizes, searchable: bool) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET session_replication_role = replica")  # no triggers, no checks of foreign keys
        for table in TABLES:
            await connection.copy_records_to_table(table.name, records=table.rows(sizes), columns=table.columns)
            await connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), (SELECT max(id) FROM {table.name}))"  # noqa: S608 - our own names
            )
        if searchable:
            await _fill_search_index(url)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


async def _fill_search_index(url: str) -> None:
    """Build the search index of rows that were added without its triggers."""
    engine = create_async_engine(normalise(url).url)
    async with engine.begin() as connection:
        await connection.run_sync(search_index.fill, DOCUMENTS.values())
    await engine.dispose()


def _fill_sqlite(path: str, sizes: Sizes) -> None:
    engine = sqlalchemy.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        change_log.remove(connection)
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA journal_mode = WAL")
        for table in TABLES:
            marks = ", ".join("?" * len(table.columns))
            raw.executemany(
                f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})",  # noqa: S608 - our own names
                map(_as_sqlite, table.rows(sizes)),
            )
        raw.execute("ANALYZE")
        raw.commit()
    with engine.begin() as connection:
        change_log.install(connection, Base)
    engine.dispose()


def _as_sqlite(row: Row) -> Row:
    """Values in the form in which `UtcDateTime` and SQLAlchemy's Date store them."""
    return tuple(
        f"{value:%Y-%m-%d %H:%M:%S.%f}"
        if isinstance(value, datetime)
        else value.isoformat()
        if isinstance(value, date)
        else value
        for value in row
    )


def libpq_url(database_url: str) -> str:
    """The URL for asyncpg and node-postgres, without SQLAlchemy's driver."""
    return make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)


async def undo_writes(database_url: str, sizes: Sizes) -> None:
    """Remove the applications that W7 created, with their log entries and dead rows."""
    new = f"application_id > {sizes.applications}"
    statements = [
        *(f"DELETE FROM {table} WHERE {new}" for table in WRITTEN if table not in ("applications", "change_log")),  # noqa: S608 - our own names
        f"DELETE FROM applications WHERE id > {sizes.applications}",  # noqa: S608 - a number of ours
        "DELETE FROM change_log",
    ]
    database = normalise(database_url)
    if database.is_sqlite:
        with closing(sqlite3.connect(str(database.sqlite_path), timeout=10)) as raw, raw:
            for statement in statements:
                raw.execute(statement)
        return
    connection = await asyncpg.connect(libpq_url(database_url))
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
        # The newest applications were among the dead rows; reading the newest ones would have to skip those.
        await connection.execute(f"VACUUM ANALYZE {', '.join(WRITTEN)}")
    finally:
        await connection.close()
