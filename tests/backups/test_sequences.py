"""Ids and sequences that a database has given out are not given out again by the one that replaces it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.models import Application, Base, Company
from jobbot_gql.upkeep.backup import back_up, restore, sqlite_at
from jobbot_gql.upkeep.migrations import migrate
from jobbot_gql.upkeep.sequences import continue_after_database
from tests.commands import run
from tests.db.looking import rows_of, sql
from tests.rows import new_job, new_reference

SAMPLE = ("jobs", "applications", "references", "companies", "change_log")
"""Tables with numbers of their own; what holds for them holds for every table that counts its numbers."""


async def fill(url: DatabaseUrl, times: int = 1) -> None:
    """A row of several kinds, again and again."""
    database = Database(url)
    for _ in range(times):
        async with database.transaction() as session:
            session.add_all([new_job(applications=[Application()]), new_reference(), Company(name="C")])
    await database.dispose()


async def newest(url: DatabaseUrl) -> dict[str, int]:
    """The greatest number in each table."""
    found = {}
    for table in SAMPLE:
        key = "sequence" if table == "change_log" else "id"
        ((found[table],),) = await sql(url, f'SELECT max({key}) FROM "{table}"')  # noqa: S608 - names of this file
    return found


async def emptied(url: DatabaseUrl) -> dict[str, int]:
    """Delete every row, the log's too, so that only counters tell what was given out: the greatest numbers before."""
    issued_numbers = await newest(url)
    await sql(url, *(f'DELETE FROM "{table}"' for table in SAMPLE[:-1]))  # noqa: S608 - names of this file
    ((last,),) = await sql(url, "SELECT max(sequence) FROM change_log")
    await sql(url, "DELETE FROM change_log")
    return issued_numbers | {"change_log": last}


@pytest.fixture
async def url(tmp_path: Path) -> DatabaseUrl:
    """A migrated, empty SQLite database."""
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await migrate(url)
    return url


async def test_every_table_counts_its_numbers(url: DatabaseUrl) -> None:
    """On SQLite a table without AUTOINCREMENT would give a number out again."""
    counting = await sql(url, "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'")
    numbered = {table.name for table in Base.metadata.sorted_tables if table.autoincrement_column is not None}
    assert {name for (name,) in counting} == numbered > set(SAMPLE)


@pytest.mark.parametrize("forgotten", [False, True])
async def test_restoring_continues_above_everything_that_was_given_out(
    url: DatabaseUrl, tmp_path: Path, *, forgotten: bool
) -> None:
    await fill(url, 2)
    back_up(url, tmp_path / "copy.db")
    await fill(url, 5)
    issued_numbers = await emptied(url) if forgotten else await newest(url)
    before = await rows_of(sqlite_at(tmp_path / "copy.db"))

    restore(url, tmp_path / "copy.db", force=True)

    assert await rows_of(url) == before
    await fill(url)
    rows = await rows_of(url)
    for table, last in issued_numbers.items():
        key = "sequence" if table == "change_log" else "id"
        new = [row[key] for row in rows[table] if row[key] > last]
        assert new[0] == last + 1, table
        assert len(new) == len(rows[table]) - len(before[table])

    # Again: what the restored database has given out counts too.
    second = await newest(url)
    restore(url, tmp_path / "copy.db", force=True)
    await fill(url)
    assert await newest(url) == {table: second[table] + second[table] - issued_numbers[table] for table in SAMPLE}


async def test_restoring_a_backup_of_an_older_revision(url: DatabaseUrl, tmp_path: Path) -> None:
    """Its tables do not count yet: they do once they are migrated, from there on."""
    await fill(url, 7)
    issued_numbers = await newest(url)
    old = normalise(f"sqlite:///{tmp_path}/old.db")
    for revision in ("0002", "0003"):
        await migrate(old, revision)
        await sql(old, "INSERT INTO jobs (title, company) VALUES ('A', 'B')")
        restore(url, tmp_path / "old.db", force=True)
        await migrate(url)
        await fill(url)
        rows = await newest(url)
        assert [rows[table] > issued_numbers[table] for table in SAMPLE] == [True] * 5
        assert rows["jobs"] == issued_numbers["jobs"] + 1
        issued_numbers = rows
    assert await sql(url, "SELECT count(*) - count(DISTINCT name) FROM sqlite_sequence") == [(0,)]


async def test_restoring_over_jobbot_s_own_database(url: DatabaseUrl, tmp_path: Path) -> None:
    await fill(url)
    shutil.copy(tmp_path / "jobbot.db", tmp_path / "copy.db")
    other = normalise(f"sqlite:///{tmp_path}/other.db")
    await migrate(other, "0002")
    await sql(other, *["INSERT INTO jobs (title, company) VALUES ('A', 'B')"] * 9)

    restore(other, tmp_path / "copy.db", force=True)

    await fill(other)
    assert (await newest(other))["jobs"] == 10


async def test_restoring_over_another_program_s_database(url: DatabaseUrl, tmp_path: Path) -> None:
    """Its numbers say nothing about ours."""
    await fill(url)
    back_up(url, tmp_path / "copy.db")
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection, connection:
        connection.execute("CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT)")
        connection.execute("INSERT INTO jobs VALUES (5000000000)")

    restore(normalise(f"sqlite:///{tmp_path}/other.db"), tmp_path / "copy.db", force=True)

    assert await sql(sqlite_at(tmp_path / "other.db"), "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'") == [(1,)]


async def test_a_downgrade_forgets_no_number(url: DatabaseUrl) -> None:
    await fill(url, 3)
    issued_numbers = await emptied(url)
    await migrate(url, "0002")
    await migrate(url)

    await fill(url)
    rows = await newest(url)
    assert [rows[table] > issued_numbers[table] for table in SAMPLE] == [True] * 5
    assert rows["jobs"] == issued_numbers["jobs"] + 1


async def test_a_database_continues_after_any_other(database_url: str, tmp_path: Path) -> None:
    """Of either engine, such as one that was copied by hand or a dump that was restored."""
    replaced = normalise(database_url)
    await fill(replaced, 3)
    issued_numbers = await emptied(replaced)
    new = normalise(f"sqlite:///{tmp_path}/new.db")
    await migrate(new)
    await fill(new)

    raised = await continue_after_database(new, replaced)

    assert {table: raised[table] for table in SAMPLE} == issued_numbers
    await fill(new)
    assert (await newest(new))["jobs"] == issued_numbers["jobs"] + 1
    assert await continue_after_database(new, replaced) == {}

    await fill(new, 4)
    last = await newest(new)
    assert (await continue_after_database(replaced, new)).keys() >= set(SAMPLE)
    await fill(replaced)
    assert (await newest(replaced))["jobs"] == last["jobs"] + 1
    assert (await newest(replaced))["change_log"] > last["change_log"]


@pytest.mark.process
async def test_the_command(url: DatabaseUrl, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "jobbot.db", tmp_path / "old.db")
    await fill(sqlite_at(tmp_path / "old.db"), 3)
    (tmp_path / "empty.db").touch()

    done = run(tmp_path, "continue-after", "sqlite:///old.db")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        "applications continues after 3",
        "change_log continues after 12",
        "companies continues after 3",
        "jobs continues after 3",
        "references continues after 3",
    ]
    done = run(tmp_path, "continue-after", "sqlite:///old.db")
    assert done.stderr == "nothing to change: all ids and sequences are already above those of that database\n"
    await fill(url)
    assert (await newest(url))["jobs"] == 4

    for argument, said in (
        ("sqlite:///nothing.db", "jobbot-gql: nothing.db does not exist: `jobbot-gql migrate` creates it"),
        ("sqlite:///empty.db", "jobbot-gql: empty.db has no change log: name a database that jobbot-gql has migrated"),
        ("mysql://x:secret@y/z", "jobbot-gql: URL must start with sqlite:// or postgresql://; got 'mysql://x:***@y/z'"),
    ):
        done = run(tmp_path, "continue-after", argument)
        assert (done.returncode, done.stderr) == (1, f"{said}\n")
