"""Makes the databases of version 0.1 that test_upgrade.py upgrades. Runs with 0.1's own code, not with the present one.

    git worktree add --detach /some/folder e873a72
    PYTHONPATH=/some/folder/src:/some/folder python tests/upgrade/make_0_1.py tests/upgrade
    git worktree remove /some/folder

The interpreter needs 0.1's dependencies and httpx; initdb, postgres and pg_dump must be on this machine.
"""

# mypy: ignore-errors
import asyncio
import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from jobbot_gql.access import tokens
from jobbot_gql.access.clients import Scope
from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.migrating import migrate
from jobbot_gql.db.url import normalise
from jobbot_gql.importing.service import import_scrape
from jobbot_gql.models import Job
from jobbot_gql.settings import load_settings
from tests.postgres import running_postgres

SQLITE, POSTGRESQL = "0.1.sqlite.gz", "0.1.postgresql.sql"
FILES = Path(__file__).parents[1] / "importing" / "files"

UNI = "https://jobs.uni.example/Vacancy.aspx"
BANK = "https://careers.bank.example/Vacancy.aspx"
# One job each in 0.1, but for u-3, whose title differs. 0.1 dropped `ref`, `source`, `from` and every fragment.
MERGED_BY_URL: list[dict[str, Any]] = [
    {"site": "uni", "id": "u-1", "job_url": f"{UNI}?ref=X1", "title": "Lecturer", "company": "Uni", "location": "Bonn"},
    {"site": "uni", "id": "u-2", "job_url": f"{UNI}?ref=X2", "title": "Lecturer", "company": "Uni", "location": "Bonn"},
    {"site": "uni", "id": "u-3", "job_url": f"{UNI}?ref=X3", "title": "Dean", "company": "Uni", "location": "Bonn"},
    {"site": "moka", "job_url": "https://app.example/46903#/job/aaa", "title": "Engineer", "company": "Moka"},
    {"site": "moka", "job_url": "https://app.example/46903#/job/bbb", "title": "Engineer", "company": "Moka"},
]
MERGED_BY_DIRECT_URL: list[dict[str, Any]] = [
    {
        "site": "linkedin",
        "id": "li-4191815023",
        "job_url": "https://www.linkedin.com/jobs/view/4191815023",
        "job_url_direct": f"{BANK}?id=1&ref=A&urlHash=AZ9R",
        "title": "Teller",
        "company": "Bank",
    },
    {
        "site": "indeed",
        "id": "in-51e0f6a1b2c3d4e5",
        "job_url": "https://www.indeed.com/viewjob?jk=51e0f6a1b2c3d4e5&from=serp&vjk=51e0f6a1b2c3d4e5",
        "job_url_direct": f"{BANK}?id=1&ref=B&urlHash=AZ9R",
        "title": "Teller",
        "company": "Bank",
    },
    # The page of all vacancies: only the hash made it look like one vacancy.
    {
        "site": "linkedin",
        "id": "li-4191815024",
        "job_url": "https://www.linkedin.com/jobs/view/4191815024",
        "job_url_direct": "https://acme.example/careers?urlHash=BX12",
        "title": "Cook",
        "company": "Acme",
    },
    {
        "site": "glassdoor",
        "id": "gd-1009689595379",
        "job_url": "https://www.glassdoor.com/job-listing/j?jl=1009689595379",
        "job_url_direct": "https://acme.example/careers?urlHash=BX12",
        "title": "Waiter",
        "company": "Acme",
    },
]
# One vacancy each, which 0.1 took for two jobs.
SPELLINGS = {
    "LinkedIn": [
        "https://de.linkedin.com/jobs/view/data-analyst-at-globex-4202020202",
        "https://www.linkedin.com/jobs/search/?currentJobId=4202020202&refId=abc%3D%3D",
    ],
    "Indeed": [
        "https://uk.indeed.com/viewjob?jk=aaaabbbbccccdddd",
        "https://uk.indeed.com/rc/clk?jk=aaaabbbbccccdddd&bb=x&fccid=1",
    ],
    "Greenhouse": [
        "https://boards.greenhouse.io/globex/jobs/5460339004",
        "https://job-boards.greenhouse.io/globex/jobs/5460339004?gh_src=abc",
    ],
    "Lever": [
        "https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11",
        "https://jobs.lever.co/globex/6f2b1f0e-0a4c-4d6e-9b0e-3a1e5f7c9d11/apply",
    ],
    "Ashby": [
        "https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d",
        "https://jobs.ashbyhq.com/globex/0b1c2d3e-4f50-4a6b-8c7d-9e0f1a2b3c4d/application",
    ],
    "Workday": [
        "https://globex.wd5.myworkdayjobs.com/en-US/Careers/job/Bonn/Data-Analyst_R-1234",
        "https://globex.wd5.myworkdayjobs.com/Careers/job/Bonn/Data-Analyst_R-1234",
    ],
    "Example": ["https://xn--bcher-kva.example/%7Ejobs/%c3%a9", "https://bücher.example/~jobs/%C3%A9"],
}


async def fill(database: Database) -> None:
    """Rows of every table, written as a person, a bot and an import of version 0.1 wrote them."""
    client = Client(database)
    forgotten = await client.send("createJob", "job", title="Forgotten", company="Void")
    await client.send("purge", "changeCount", id=forgotten)
    for name in ("jobspy-cli.jsonl", "jobspy-readme.csv"):
        await import_scrape(database, FILES / name, placeholder_company="(unknown)")
    for rows in (MERGED_BY_URL, MERGED_BY_DIRECT_URL):
        lines = "\n".join(json.dumps(row) for row in rows)
        await import_scrape(database, io.BytesIO(lines.encode()), actor="scraper")
    no_address = [{"title": "Baker", "company": "Mill", "job_url_direct": "https://mill.example/7?source=x"}]
    await import_scrape(
        database, io.BytesIO(json.dumps([*no_address, {"title": "Miller", "company": "Mill"}]).encode())
    )
    for company, urls in SPELLINGS.items():
        for url in urls:
            await client.send("createJob", "job", title=f"Job at {company}", company="Globex", jobUrl=url)
    async with database.transaction(actor="local") as session:  # JobBot's own code knows of no sources
        session.add(Job(title="Editor", company="Paper", job_url="https://paper.example/jobs?from=home&id=3"))

    # A second vacancy overwrote the first.
    for title in ("Reader", "Professor"):
        url = f"https://vacancies.example/show?ref={title}"
        job = await client.send("upsertJob", "job", title=title, company="Uni", jobUrl=url, idempotencyKey=f"k-{title}")
    await client.send("updateJob", "job", id=job, version=2, location="Köln", keywords=["a", "b, c"])

    claims = [
        {"claimType": "embellishment", "originalExperience": "2 years", "claimedExperience": "4 years"},
        {"claimType": "omission", "originalExperience": "a gap", "claimedExperience": "none"},
    ]
    application = await client.send(
        "submitApplication", "application", jobId=job, experienceClaims=claims, idempotencyKey="apply-1",
        occurredAt="2026-09-01T08:00:00Z", notes="first",
    )  # fmt: skip
    # The later answer is entered first.
    for kind, at in (("REJECTION", "2026-09-20T10:00:00Z"), ("INTERVIEW_REQUEST", "2026-09-10T10:00:00Z")):
        await client.send(
            "recordEmployerResponse", "employerResponse", applicationId=application, responseType=kind, occurredAt=at,
            subjectLine=f"{kind} ✓", sentimentScore=0.25, applyProposedStatus=kind == "REJECTION",
        )  # fmt: skip
    reference = await client.send("createReference", "reference", name="Ada", consentGiven=True, email="a@b.example")
    await client.send("recordReferenceUse", "reference", referenceId=reference, applicationId=application)
    await client.send("recordReferenceUse", "reference", referenceId=reference, context="by phone")

    company = await client.send("createCompany", "company", name="Söhne & Co", painPoints=["slow", "paper"])
    opportunity = await client.send(
        "createOpportunity", "opportunity", companyId=company, problemDescription="slow", solutionApproach="script"
    )
    await client.send(
        "createOutreachCampaign", "outreachCampaign", companyId=company, opportunityId=opportunity,
        contactMethod="EMAIL", messageContent="Hello",
    )  # fmt: skip

    gone = await client.send("createJob", "job", title="Gone", company="Void", jobUrl="https://void.example/1?ref=6")
    await client.send("submitApplication", "application", jobId=gone)
    await client.send("deleteJob", "change { id }", id=gone)
    back = await client.send("createJob", "job", title="Back", company="Void", jobUrl="https://void.example/2?ref=7")
    deleted = await client.send("deleteJob", "change { id }", id=back)
    await client.send("undoChange", "changes { id }", id=deleted)

    async with database.transaction(actor="local") as session:
        await tokens.create(session, "bot", frozenset({Scope.READ, Scope.WRITE}), None)
        await tokens.create(session, "old", frozenset({Scope.READ}), datetime(2026, 1, 1, tzinfo=UTC))
        await tokens.revoke(session, "old")


class Client:
    """Sends mutations to 0.1 over HTTP."""

    def __init__(self, database: Database) -> None:
        self.app = create_app(load_settings({}, dotenv=None), database)

    async def send(self, mutation: str, result: str, **given: Any) -> str:
        """The id of the row or of the change that a mutation, which must succeed, gives."""
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        selection = result if " " in result or result == "changeCount" else f"{result} {{ id }}"
        query = (
            f"mutation($input: {kind}!) {{ done: {mutation}(input: $input)"
            f" {{ {selection} userErrors {{ code message }} }} }}"
        )
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            answer = (
                await client.post("/graphql", json={"query": query, "variables": {"input": given}}, timeout=60)
            ).json()
        if "errors" in answer or answer["data"]["done"]["userErrors"]:
            sys.exit(f"{mutation} {given}: {answer}")
        found = answer["data"]["done"][selection.split()[0]]
        return str(found["id"] if isinstance(found, dict) else found)


async def make(url: str) -> None:
    """Fill an empty database."""
    await migrate(normalise(url))
    database = Database(normalise(url))
    await fill(database)
    await database.dispose()


def make_sqlite(file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobbot.db"
        asyncio.run(make(f"sqlite:///{path}"))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        file.write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))


def make_postgresql(file: Path) -> None:
    with running_postgres() as url:
        asyncio.run(make(url))
        dump = subprocess.run(  # noqa: S603 - a program of PostgreSQL, arguments of ours
            [shutil.which("pg_dump"), "--no-owner", "--no-privileges", "--rows-per-insert=100", url],
            check=True,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PGCLIENTENCODING": "UTF8"},
        ).stdout
    # Commands of psql's own, which newer versions of pg_dump write and drivers do not know.
    kept = [line for line in dump.splitlines(keepends=True) if not line.startswith(("\\restrict", "\\unrestrict"))]
    file.write_text("".join(kept), encoding="utf-8")


if __name__ == "__main__":
    target = Path(sys.argv[1])
    make_sqlite(target / SQLITE)
    make_postgresql(target / POSTGRESQL)
