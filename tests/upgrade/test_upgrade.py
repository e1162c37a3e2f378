"""Databases that version 0.1 made, one of each engine, are upgraded to this version and taken back.

`make_0_1.py` says how they were made and what they hold.
"""

import gzip
import json
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from runpy import run_path
from typing import Any
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.importing.comparison import content_key
from jobbot_gql.importing.rows import parse_row
from jobbot_gql.importing.service import import_scrape
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.models import Job
from jobbot_gql.models import Base
from jobbot_gql.postings.models import KEPT
from jobbot_gql.postings.service import digest_of
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.undo.verify import verify
from jobbot_gql.upkeep import findings
from jobbot_gql.upkeep.doctor import examine
from jobbot_gql.upkeep.migrations import DatabaseKind, migrate, schema_state, scripts_folder
from tests.conftest import api_of, database_at
from tests.db.looking import HEAD, rows_of, schema_of, sql
from tests.importing.url_examples import DIFFERENT, SAME
from tests.postgres import create_database, drop_database

FOLDER = Path(__file__).parent
HEAD_0_1 = "0008"
TABLES_0_1 = {
    "api_tokens", "applications", "change_log", "companies", "employer_responses", "experience_claims",
    "idempotency_keys", "job_sources", "jobs", "opportunities", "outreach_campaigns", "reference_usages", "references",
    "status_events",
}  # fmt: skip
COMPUTED_ANEW = {"job_sources": {"url_key", "direct_url_key"}}
"""The columns whose values a revision computes anew, by table."""

REVISION = run_path(str(scripts_folder() / "versions" / "0009_url_keys.py"))
URLS = [url for urls in (*SAME.values(), *DIFFERENT) for url in urls]

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
    assert {finding.kind for finding in await verify(of_0_1, Base, DOCUMENTS.values())} == {
        findings.FindingKind.DUPLICATE,
        findings.FindingKind.MERGED,
    }


async def test_jobs_get_the_keys_of_their_urls(of_0_1: DatabaseUrl) -> None:
    await migrate(of_0_1)
    jobs = (await rows_of(of_0_1))["jobs"]
    assert {row["job_url"]: row["url_key"] for row in jobs} == {
        row["job_url"]: url_key(row["job_url"]) or "" for row in jobs
    }
    assert len([row for row in jobs if row["url_key"]]) > 20


async def test_interview_dates_become_interviews(of_0_1: DatabaseUrl) -> None:
    zone = "" if of_0_1.is_sqlite else "+00"
    ((application,),) = await sql(of_0_1, "SELECT min(id) FROM applications")
    await sql(
        of_0_1,
        f"UPDATE applications SET interview_date = '2020-01-02 03:04:05.000006{zone}'",  # noqa: S608 - values of ours
        "INSERT INTO applications (job_id, status, interview_date)"  # noqa: S608
        f" SELECT job_id, 'submitted', '2099-01-02 03:04:05.000006{zone}' FROM applications WHERE id = {application}",
    )
    dates = {row["id"]: row["interview_date"] for row in (await rows_of(of_0_1))["applications"]}

    await migrate(of_0_1)

    interviews = (await rows_of(of_0_1))["interviews"]
    assert {row["application_id"]: row["starts_at"] for row in interviews} == dates
    assert [row["status"] for row in interviews] == ["completed"] * (len(dates) - 1) + ["scheduled"]
    assert not [finding for finding in await verify(of_0_1, Base, DOCUMENTS.values()) if finding.blocks]
    await migrate(of_0_1, HEAD_0_1)
    assert {row["id"]: row["interview_date"] for row in (await rows_of(of_0_1))["applications"]} == dates


async def test_applications_get_postings(of_0_1: DatabaseUrl) -> None:
    await sql(of_0_1, "UPDATE jobs SET description = 'Same.' WHERE id % 2 = 0")
    before = await rows_of(of_0_1)
    texts = {row["id"]: [row[name] for name in KEPT] for row in before["jobs"]}
    with_text = {row["id"]: texts[row["job_id"]] for row in before["applications"] if any(texts[row["job_id"]][3:])}
    assert with_text

    await migrate(of_0_1)
    after = await rows_of(of_0_1)
    postings = {row["digest"]: [row[name] for name in KEPT] for row in after["postings"]}
    digests = {row["id"]: row["posting_digest"] for row in after["applications"] if row["posting_digest"]}
    assert {row_id: postings[digest] for row_id, digest in digests.items()} == with_text
    assert postings.keys() == {digest_of(Job(**dict(zip(KEPT, kept, strict=True)))) for kept in with_text.values()}
    assert len(after["change_log"]) == len(before["change_log"])

    await sql(of_0_1, "PRAGMA foreign_keys = ON" if of_0_1.is_sqlite else "SELECT 1", "DELETE FROM jobs")
    assert (await rows_of(of_0_1))["postings"] == []
    await migrate(of_0_1, HEAD_0_1)


async def test_keys_of_urls_are_computed_anew(of_0_1: DatabaseUrl) -> None:
    before = {row["id"]: row for row in (await rows_of(of_0_1))["job_sources"]}
    await migrate(of_0_1)
    for row in (await rows_of(of_0_1))["job_sources"]:
        raw = row["raw"] if isinstance(row["raw"], dict) else json.loads(row["raw"])
        old = before[row["id"]]
        direct = url_key(raw.get("job_url_direct"))
        assert (row["direct_url_key"] or None) == direct
        if row["url"] is not None:
            assert row["url_key"] == url_key(row["url"])
        elif direct is None:
            assert row["url_key"] == old["url_key"]
        else:  # known by its page on the site, see `comparing.content_key`
            assert row["url_key"] == content_key(parse_row(raw)) != old["url_key"]


@pytest.mark.parametrize(
    "damage",
    [
        "url = CAST(x'ff41' AS TEXT)",
        "url = x'ff41'",
        "url = NULL, url_key = CAST(x'ff41' AS TEXT)",
        "raw = '{'",
    ],
)
async def test_a_source_that_cannot_be_read_does_not_stop_the_upgrade(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "jobbot.db"
    path.write_bytes(gzip.decompress((FOLDER / "0.1.sqlite.gz").read_bytes()))
    url = normalise(f"sqlite:///{path}")
    damaging = f"UPDATE job_sources SET {damage} WHERE id = 5"  # noqa: S608 - values of ours
    await sql(url, "DROP TRIGGER log_change_job_sources_update", damaging)

    await migrate(url)

    assert await sql(url, "SELECT url_key FROM job_sources WHERE id = 6") == [("jobs.uni.example/Vacancy.aspx?ref=X2",)]
    assert [finding.ids for finding in await examine(url, Base, DOCUMENTS.values()) if finding.blocks] == [(5,)]


async def test_what_0_1_merged_and_what_collides_now_is_listed_and_stays(of_0_1: DatabaseUrl) -> None:
    await migrate(of_0_1)

    collisions, merged = await examine(of_0_1, Base, DOCUMENTS.values())

    jobs = {row["id"]: row["title"] for row in (await rows_of(of_0_1))["jobs"]}
    told = [value.partition(":")[0] for value in collisions.values]
    assert (collisions.kind, collisions.count, collisions.blocks) == (findings.FindingKind.DUPLICATE, 14, False)
    assert [jobs[int(job)] for job in told] == [
        f"Job at {board}" for board in ("LinkedIn", "Indeed", "Greenhouse", "Lever", "Ashby")
    ]
    assert (merged.kind, merged.count, merged.blocks) == (findings.FindingKind.MERGED, 3, False)
    assert [jobs[job] for job in merged.ids] == ["Lecturer", "Teller", "Cook"]


@pytest.mark.parametrize("url", [*URLS, "https://x.example/" + "a/../" * 500 + "b" * 1500, "http://x:1/?%zz#!a#b", "x"])
def test_stored_keys_follow_the_present_rules(url: str) -> None:
    """Fails when a rule changes: add a revision that computes the stored keys anew, and compare with that one here."""
    assert REVISION["url_key"](url) == url_key(url)


async def test_downgrading_gives_the_schema_and_the_rows_of_0_1_back(of_0_1: DatabaseUrl) -> None:
    before, schema = await rows_of(of_0_1), await schema_of(of_0_1)
    await migrate(of_0_1)
    assert (await migrate(of_0_1, HEAD_0_1)).revision == HEAD_0_1
    assert await schema_of(of_0_1) == schema
    after = await rows_of(of_0_1)
    assert {table: after[table] for table in TABLES_0_1} == {table: before[table] for table in TABLES_0_1}

    await migrate(of_0_1)
    assert (await schema_state(of_0_1)).kind is DatabaseKind.CURRENT
    assert common(await rows_of(of_0_1), before, COMPUTED_ANEW) == common(before, before, COMPUTED_ANEW)


async def test_the_api_and_import_recognise_upgraded_jobs_by_the_present_keys(of_0_1: DatabaseUrl) -> None:
    await migrate(of_0_1)
    database = Database(of_0_1)
    same = "https://www.linkedin.com/jobs/view/4191815023/?refId=x"
    async with api_of(database) as api:
        for url in (same, "https://jobs.uni.example/Vacancy.aspx?ref=X2", "https://xn--bcher-kva.example/~jobs/%C3%A9"):
            assert (await api.rejected("createJob", title="A", company="B", jobUrl=url))[0][0] == "DUPLICATE_JOB_URL"
        for url in ("https://jobs.uni.example/Vacancy.aspx?ref=X4", "https://app.example/46903#/job/bbb"):
            assert await api.mutate("createJob", "job { jobUrl }", title="A", company="B", jobUrl=url) == {
                "job": {"jobUrl": url}
            }
        assert (await api.data(f'{{ job(by: {{jobUrl: "{same}"}}) {{ title }} }}'))["job"] == {"title": "Teller"}
    again = {"site": "linkedin", "job_url": same, "title": "Teller", "company": "Bank"}
    report = await import_scrape(database, BytesIO(json.dumps([again]).encode()))
    await database.dispose()
    assert (report.created, report.duplicates, report.rows) == (0, 0, 1)


async def test_undoing_what_0_1_logged_computes_the_keys_by_the_present_rules(of_0_1: DatabaseUrl) -> None:
    await migrate(of_0_1)
    database = Database(of_0_1)
    async with api_of(database) as api:
        feed = (await api.data("{ changes(first: 250) { nodes { id entity operation } } }"))["changes"]["nodes"]
        gone = [change["id"] for change in feed if (change["entity"], change["operation"]) == ("JOB", "DELETE")][1]
        await api.mutate("undoChange", "undoneChanges { id }", id=gone)
    await database.dispose()
    assert await sql(of_0_1, "SELECT url, url_key FROM job_sources WHERE url LIKE 'https://void.example/1%'") == [
        ("https://void.example/1?ref=6", "void.example/1?ref=6")
    ]
    assert [finding.kind for finding in await verify(of_0_1, Base, DOCUMENTS.values())] == [
        findings.FindingKind.DUPLICATE,
        findings.FindingKind.MERGED,
    ]


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
        assert (deleted.count("JOB"), deleted.count("APPLICATION")) == (3, 1)
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
