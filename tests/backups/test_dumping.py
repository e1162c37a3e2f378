"""PostgreSQL is backed up by its own tools: the commands that are told work as they stand, and show no password."""

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.models import Job
from jobbot_gql.upkeep.migrations import migrate
from tests.commands import run
from tests.conftest import database_at
from tests.db.looking import rows_of, sql
from tests.postgres import create_database, drop_database

pytestmark = pytest.mark.process

URL = "postgresql://me:s%40cret@db.example:6432/jobs?sslmode=require&statement_cache_size=0&application_name=a%20b"
SHOWN = "'postgresql://me@db.example:6432/{}?application_name=a%20b&sslmode=require'"


@pytest.fixture
async def jobs(postgres: str) -> AsyncIterator[str]:
    """The URL of a PostgreSQL database with a job."""
    name = f"jobs_{uuid4().hex}"
    await create_database(postgres, name)
    url = database_at(postgres, name).replace("+asyncpg", "")
    await migrate(normalise(url))
    database = Database(normalise(url))
    async with database.transaction() as session:
        session.add(Job(title="Developer", company="Feldweg"))
    await database.dispose()
    yield url
    for ending in ("", "_restored", "_replaced", "_verified"):
        await drop_database(postgres, f"{name}{ending}")


def told(folder: Path, command: str, url: str) -> list[str]:
    """The lines that tell how, for the file x.dump."""
    done = run(folder, command, "x.dump", DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (1, "")  # nothing was done: a script that counts on it must notice
    return done.stderr.splitlines()


def shell(folder: Path, lines: list[str]) -> None:
    """Run the commands among the lines as a person who pastes them."""
    missing = [name for name in ("pg_dump", "pg_restore", "createdb", "dropdb", "psql") if not shutil.which(name)]
    if missing:
        reason = f"not on the PATH: {', '.join(missing)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)  # in CI it fails, above; a contributor without it still runs the rest
    binary = folder / "bin" / "jobbot-gql"
    binary.parent.mkdir(exist_ok=True)
    binary.write_text(f'#!/bin/sh\nexec {sys.executable} -m jobbot_gql "$@"\n')
    binary.chmod(0o700)
    commands = "\n".join(line for line in lines if line.startswith("  "))
    done = subprocess.run(  # noqa: S603 - our own commands
        ["/bin/sh", "-euc", commands],
        cwd=folder,
        env={**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_password_is_shown(tmp_path: Path) -> None:
    jobs, restored, postgres = (SHOWN.format(name) for name in ("jobs", "jobs_restored", "postgres"))

    assert told(tmp_path, "backup", URL) == [
        "pg_dump copies a PostgreSQL database while it is in use:",
        "",
        "  unfinished=$(mktemp -- x.dump.XXXXXX) \\",
        f'    && pg_dump --format=custom --no-owner --file="$unfinished" {jobs} \\',
        '    && pg_restore --file=/dev/null "$unfinished" && mv -- "$unfinished" x.dump',
        "",
        "They ask for the password, unless ~/.pgpass or PGPASSWORD provides it.",
    ]
    assert [line for line in told(tmp_path, "restore", URL) if line.startswith("  ")] == [
        f"  createdb --maintenance-db={postgres} jobs_restored",
        f"  pg_restore --exit-on-error --single-transaction --no-owner --dbname={restored} x.dump",
        f"  DATABASE_URL={restored} jobbot-gql continue-after {jobs}",
        f"  DATABASE_URL={restored} jobbot-gql verify",
        f"""  psql {postgres} --command='ALTER DATABASE "jobs" RENAME TO "jobs_replaced"'"""
        """ --command='ALTER DATABASE "jobs_restored" RENAME TO "jobs"'""",
    ]
    assert "cret" not in "\n".join(told(tmp_path, "verify", URL))


async def test_the_commands_do_what_they_say(tmp_path: Path, jobs: str) -> None:
    before = await rows_of(normalise(jobs))

    shell(tmp_path, told(tmp_path, "backup", jobs))
    shell(tmp_path, told(tmp_path, "verify", jobs))
    database = Database(normalise(jobs))
    async with database.transaction() as session:
        session.add(Job(title="Tester", company="Feldweg"))
    await database.dispose()
    shell(tmp_path, told(tmp_path, "restore", jobs))

    assert await rows_of(normalise(jobs)) == before
    database = Database(normalise(jobs))
    async with database.transaction() as session:
        session.add(Job(title="Manager", company="Feldweg"))
    await database.dispose()
    assert await sql(normalise(jobs), "SELECT max(id) FROM jobs") == [(3,)]  # 2 was given out before
    assert await sql(normalise(jobs), "SELECT max(sequence) FROM change_log") == [(3,)]
