"""What `doctor` prints: one finding for each rule that a column breaks, and commands that can be pasted."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import process_time

import pytest

from jobbot_gql.db.maintenance_connection import DatabaseProblem
from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.models import Base
from jobbot_gql.upkeep import doctor
from jobbot_gql.upkeep.adoption import Settlement
from jobbot_gql.upkeep.findings import FindingKind, shell_word
from jobbot_gql.upkeep.migrations import migrate
from tests.commands import run
from tests.db import jobbot
from tests.db.jobbot_databases import files, jobbot_creates

MANY = 100_000
SECONDS = 10
ODD_WORDS = ["it's", "line\nbreak", "a\\b", "tab\there", "$HOME `id`", "new=old", "a.b", "ü", "!x", "-v"]


@contextmanager
def opened(url: DatabaseUrl) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(str(url.sqlite_path))) as connection:
        yield connection
        connection.commit()


@pytest.fixture
async def url(tmp_path: Path) -> DatabaseUrl:
    """JobBot's five tables, empty."""
    found = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await jobbot_creates(found, jobbot.FIVE)
    return found


def in_bash(program: str, folder: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - a command that this test made
        ["/bin/bash", "-c", program],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def test_many_different_values_take_linear_time(url: DatabaseUrl) -> None:
    insert = "INSERT INTO jobs (title, company, salary_min, scraped_date) VALUES ('a', 'b', ?, ?)"
    with opened(url) as connection:
        rows = ((f"{number}k", f"2026-01-02T03:04:05.{number:06}+02:00") for number in range(MANY))
        connection.executemany(insert, rows)

    started = process_time()
    found = await doctor.examine(url, Base)
    assert process_time() - started < SECONDS
    assert [(finding.kind, finding.column, finding.count) for finding in found] == [
        (FindingKind.NUMBER, "salary_min", MANY),
        (FindingKind.TIME_FORM, "scraped_date", MANY),
    ]
    assert found[0].values == ("0k", "1k", "2k", "3k", "4k")
    assert found[0].ids == (1, 2, 3, 4, 5)

    maps = [f"jobs.salary_min.{number}k={number}" for number in range(0, MANY, 2)] + ["jobs.salary_min.*="]
    started = process_time()
    await migrate(url, settlement=Settlement.parse(maps))
    assert process_time() - started < 2 * SECONDS  # 50,000 maps, too
    with opened(url) as connection:
        read = connection.execute("SELECT count(*), count(salary_min), sum(salary_min), max(scraped_date) FROM jobs")
        assert read.fetchone() == (MANY, MANY // 2, sum(range(0, MANY, 2)), "2026-01-02 01:04:05.099999")


@pytest.mark.process
@pytest.mark.parametrize("columns", ["20", "80", "1000"])
async def test_the_command_is_one_line_that_a_shell_takes(url: DatabaseUrl, tmp_path: Path, columns: str) -> None:
    with opened(url) as connection:
        rows = [(word,) for word in ODD_WORDS[:5] for _ in range(2)]
        connection.executemany("INSERT INTO jobs (title, company, status) VALUES ('a', 'b', ?)", rows)
        rows = [(word,) for word in ODD_WORDS[5:]]
        connection.executemany("INSERT INTO jobs (title, company, posting_date) VALUES ('a', 'b', ?)", rows)
    done = run(tmp_path, "doctor", DATABASE_URL=str(url.url), COLUMNS=columns)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert all(character.isprintable() for line in lines for character in line)
    assert [line.startswith("    jobbot-gql migrate --map ") for line in lines].count(True) == 2
    assert lines[-2] == "All repairs in one command:"
    command = lines[-1].replace("=WORD", "=targeted").replace("=VALUE", "=2026-01-02")
    program = f'jobbot-gql() {{ {sys.executable} -m jobbot_gql "$@"; }}; {command}'
    pasted = in_bash(program, tmp_path, DATABASE_URL=str(url.url))
    assert pasted.returncode == 0, pasted.stderr
    with opened(url) as connection:
        assert connection.execute("SELECT DISTINCT status FROM jobs WHERE id <= 10").fetchall() == [("targeted",)]
        dates = connection.execute("SELECT DISTINCT posting_date FROM jobs WHERE id > 10").fetchall()
        assert dates == [("2026-01-02",)]


@pytest.mark.process
def test_words_for_a_shell(tmp_path: Path) -> None:
    for word in [*ODD_WORDS, "\x1b[31m", "\u2028", ""]:
        written = shell_word(word)
        assert written.isprintable()
        assert in_bash(f"printf %s {written}", tmp_path).stdout == word


@pytest.mark.process
async def test_json_has_the_command(url: DatabaseUrl, tmp_path: Path) -> None:
    with opened(url) as connection:
        connection.execute("INSERT INTO jobs (title, company, status) VALUES ('a', 'b', 'active')")
    (finding,) = json.loads(run(tmp_path, "doctor", "--json", DATABASE_URL=str(url.url)).stdout)
    assert finding["command"] == "jobbot-gql migrate --map jobs.status.active=WORD"


async def test_a_failed_migration_leaves_no_copy(url: DatabaseUrl, tmp_path: Path) -> None:
    with opened(url) as connection:
        connection.execute("INSERT INTO jobs (title, company) VALUES (CAST(x'c3' AS TEXT), 'b')")
    content = (tmp_path / "jobbot.db").read_bytes()
    with pytest.raises(DatabaseProblem, match="is not in this encoding"):
        await migrate(url, settlement=Settlement.parse(encoding="ascii"))
    assert files(tmp_path) == ["jobbot.db"]
    assert (tmp_path / "jobbot.db").read_bytes() == content
