"""`jobbot-gql verify`: what doctor sees, and whether the change log and the rows tell the same story."""

import json
from pathlib import Path
from typing import Any

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.db.triggers import change_log
from jobbot_gql.models import Application, Base, EmployerResponse, Job
from jobbot_gql.undo.purge import purge
from tests.commands import run
from tests.db.looking import sql

pytestmark = pytest.mark.process

GONE = "must not exist: the change log has its deletion"
THERE = "must exist: the change log has no deletion of it"
LAST = "must match the change log"


@pytest.fixture
async def filled(database: Database) -> Database:
    """Three jobs, one edited and deleted, one edited; an application with an answer; a job that was purged."""
    async with database.transaction() as session:
        jobs = [Job(title=f"T{number}", company="C", keywords=["a", "ü"], remote_option=True) for number in range(4)]
        session.add_all(jobs)
        await session.flush()
        session.add(
            Application(job=jobs[0], integrity_score=1 / 3, responses=[EmployerResponse(response_type="offer")])
        )
    async with database.transaction() as session:
        for job in jobs[:3]:
            (await session.get_one(Job, job.id)).title = "edited"
    async with database.transaction() as session:
        await session.delete(await session.get_one(Job, jobs[2].id))
    async with database.transaction() as session:
        await purge(session, "Job", jobs[3].id)
    return database


def verified(database: Database, folder: Path, *arguments: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and findings."""
    url = database.url.url.render_as_string(hide_password=False)
    done = run(folder, "verify", "--json", *arguments, DATABASE_URL=url)
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout)


async def past_the_log(database: Database, *statements: str) -> None:
    """Write as a program does that has taken the triggers away, and put them back."""
    async with database.writer.begin() as connection:
        await connection.run_sync(change_log.remove)
    await sql(database.url, *statements)
    async with database.writer.begin() as connection:
        await connection.run_sync(change_log.install, Base)


async def test_nothing_is_wrong(filled: Database, tmp_path: Path) -> None:
    assert verified(filled, tmp_path) == (0, [])


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE jobs SET title = 'other' WHERE id <= 2", ("jobs", "title", [1, 2], LAST)),
        ("UPDATE jobs SET remote_option = NULL WHERE id = 1", ("jobs", "remote_option", [1], LAST)),
        ("UPDATE applications SET integrity_score = 0.25", ("applications", "integrity_score", [1], LAST)),
        ("DELETE FROM employer_responses", ("employer_responses", "", [1], THERE)),
        ("INSERT INTO jobs (id, title, company) VALUES (3, 'T', 'C')", ("jobs", "", [3], GONE)),
        ("INSERT INTO jobs (id, title, company) VALUES (4, 'T', 'C')", ("jobs", "", [4], GONE)),
    ],
)
async def test_writes_past_the_log(filled: Database, tmp_path: Path, statement: str, found: Any) -> None:
    await past_the_log(filled, statement)

    code, (finding,) = verified(filled, tmp_path)

    assert code == 1
    assert finding["kind"] == "log"
    assert (finding["table"], finding["column"], finding["ids"], finding["rule"]) == found
    assert finding["count"] == len(finding["ids"])


async def test_rows_older_than_the_log_are_left_alone(filled: Database, tmp_path: Path) -> None:
    await past_the_log(filled, "INSERT INTO jobs (id, title, company) VALUES (70, 'T', 'C')")

    assert verified(filled, tmp_path) == (0, [])


async def test_what_doctor_finds(filled: Database, tmp_path: Path) -> None:
    async with filled.writer.begin() as connection:
        await connection.run_sync(change_log.remove)

    code, findings = verified(filled, tmp_path)

    assert code == 0  # a backup in which triggers are missing is of use
    assert {finding["kind"] for finding in findings} == {"trigger"}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = run(tmp_path, "verify", "none.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "jobbot-gql: none.db does not exist: `jobbot-gql migrate` creates it\n"
    assert list(tmp_path.iterdir()) == []


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    done = run(tmp_path, "verify", "empty.db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "jobbot-gql: empty.db has no tables: name a database or backup of jobbot-gql\n"
