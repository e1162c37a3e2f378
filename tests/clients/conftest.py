"""What makes the generated clients, and a live server for them, on a migrated SQLite file with a few rows.

The tools are npm packages, pinned in package-lock.json and installed once per checkout. In CI they must run; elsewhere
the tests are skipped where there is no Node.js that can run them.
"""

import hashlib
import os
import re
import shutil
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import uvicorn

from jobbot_gql.app import create_app
from jobbot_gql.applications.models import (
    Application,
    ApplicationStatus,
    EmployerResponse,
    ExperienceClaim,
    ResponseType,
    RiskLevel,
)
from jobbot_gql.db.base import Base
from jobbot_gql.db.database import Database
from jobbot_gql.jobs.models import Job, JobStatus
from jobbot_gql.outreach.models import (
    Company,
    CompanySize,
    Complexity,
    ContactMethod,
    Opportunity,
    OpportunityStatus,
    OutreachCampaign,
    OutreachStatus,
)
from jobbot_gql.settings import load_settings
from jobbot_gql.upkeep.migrations import migrate
from tests.clients.running import HERE, Tool, run

OLDEST_NODE = (20, 19)
"""The first version that package.json's `engines` allows."""


@pytest.fixture(scope="session")
def node() -> str:
    """Path of a Node.js that is new enough."""
    paths = {name: shutil.which(name) for name in ("node", "npm")}
    missing = [name for name, path in paths.items() if not path]
    if not missing:
        path = str(paths["node"])
        version = run([path, "--version"]).strip()
        if tuple(int(number) for number in re.findall(r"\d+", version)[:2]) >= OLDEST_NODE:
            return path
    found = f"not on the PATH: {', '.join(missing)}" if missing else f"{path} is {version}"
    reason = f"the TypeScript clients need Node.js {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer, and npm; {found}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)  # in CI it fails, above; a contributor without it still runs the rest


@pytest.fixture(scope="session")
def tool(node: str) -> Tool:
    """Runs one of the npm packages' programs, such as `tool("tsc", "--version")`, and gives what it prints."""
    modules = HERE / "node_modules"
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    installed = modules / ".installed"
    if not installed.exists() or installed.read_text() != lock:
        run(["npm", "ci", "--loglevel=error"])
        installed.write_text(lock)
    return lambda name, *arguments, cwd=HERE: run([modules / ".bin" / name, *arguments], cwd)


@pytest.fixture(scope="session")
async def filled_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a database with the rows of this module."""
    url = f"sqlite:///{tmp_path_factory.mktemp('clients')}/clients.db"
    settings = load_settings(env={"DATABASE_URL": url}, dotenv=None)
    await migrate(settings.database)
    database = Database.from_settings(settings)
    async with database.transaction() as session:
        for row in rows():
            session.add(row)
            await session.flush()  # ids in the order of the rows
    await database.dispose()
    return url


@contextmanager
def served(url: str) -> Iterator[str]:
    """Address of the GraphQL endpoint of a server for a database, such as http://127.0.0.1:45123/graphql."""
    settings = load_settings(env={"DATABASE_URL": url}, dotenv=None)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def endpoint(filled_url: str) -> Iterator[str]:
    """A server with the rows of this module, for programs that only read."""
    with served(filled_url) as address:
        yield address


@pytest.fixture
def own_endpoint(filled_url: str, tmp_path: Path) -> Iterator[str]:
    """A server with a copy of these rows, for a program that writes."""
    copy = tmp_path / "copy.db"
    with (
        closing(sqlite3.connect(filled_url.removeprefix("sqlite:///"))) as source,
        closing(sqlite3.connect(copy)) as to,
    ):
        source.backup(to)
    with served(f"sqlite:///{copy}") as address:
        yield address


def rows() -> list[Base]:
    """The rows that `SCREENS` and `STORE` tell of."""
    offered = Job(
        title="Python developer",
        company="Feldweg Software",
        remote_option=True,
        salary_min=58_000,
        salary_max=71_000,
        posting_date=date(2026, 11, 5),
        job_url="https://jobs.example/python-developer",
        keywords=["Python", "SQL"],
        status=JobStatus.TARGETED,
    )
    applied = Job(title="Backend developer", company="Kranich Logistics", location="Leipzig", status=JobStatus.APPLIED)
    tie = date(2026, 11, 4)
    kranich = Company(name="Kranich Logistics", size=CompanySize.MEDIUM, technology_stack=["SAP", "Excel"])
    notes = Opportunity(
        company=kranich,
        problem_description="Delivery notes are typed in by hand",
        solution_approach="Read them from the scanner",
        estimated_value=40_000,
        implementation_complexity=Complexity.LOW,
        status=OpportunityStatus.PITCHED,
    )
    return [
        offered,
        Job(title="Analyst", company="Ahorn Bank", location="Köln", posting_date=tie, status=JobStatus.DISCOVERED),
        Job(title="Tester", company="Ahorn Bank", location="Köln", posting_date=tie, status=JobStatus.DISCOVERED),
        Job(title="Data engineer", company="Nordlicht GmbH", posting_date=tie, status=JobStatus.DISCOVERED),
        Job(title="Operator", company="Ulme Energy", posting_date=date(2026, 11, 3), status=JobStatus.DISCOVERED),
        Job(title="Librarian", company="Ulme Energy", status=JobStatus.DISCOVERED),
        Job(title="Archivist", company="Ulme Energy", status=JobStatus.ARCHIVED),
        applied,
        Application(
            job=offered, status=ApplicationStatus.WITHDRAWN, application_date=datetime(2026, 11, 6, 9, tzinfo=UTC)
        ),
        Application(
            job=offered,
            status=ApplicationStatus.OFFER_RECEIVED,
            application_date=datetime(2026, 11, 7, 9, tzinfo=UTC),
            credibility_rating=0.75,
            exaggeration_level=0.5,
            integrity_score=37.5,
            responses=[
                EmployerResponse(
                    response_type=ResponseType.ACKNOWLEDGMENT, response_date=datetime(2026, 11, 7, 10, tzinfo=UTC)
                ),
                EmployerResponse(
                    response_type=ResponseType.OFFER,
                    response_date=datetime(2026, 11, 17, 15, tzinfo=UTC),
                    subject_line="Unser Angebot: „Willkommen“",
                    sentiment_score=0.9,
                    requires_action=True,
                ),
            ],
            experience_claims=[
                ExperienceClaim(
                    claim_type="embellishment",
                    original_experience="Two years of PostgreSQL",
                    claimed_experience="Four years of PostgreSQL",
                    exaggeration_multiplier=2.0,
                    credibility_impact=0.25,
                    risk_level=RiskLevel.HIGH,
                )
            ],
        ),
        Application(job=applied, application_date=datetime(2026, 11, 8, 9, tzinfo=UTC)),
        kranich,
        Company(name="Ahorn Bank", size=CompanySize.LARGE),
        notes,
        OutreachCampaign(
            company=kranich,
            opportunity=notes,
            contact_method=ContactMethod.PHONE,
            contact_person="Head of dispatch",
            response_status=OutreachStatus.INTERESTED,
            sent_date=datetime(2026, 11, 9, 8, tzinfo=UTC),
        ),
    ]
