"""Migrating up and down, what a database is told to be, and what happens when it goes wrong."""

import asyncio
import os
import shutil
import socket
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import create_async_engine

from jobbot_gql.db.database import Database
from jobbot_gql.db.maintenance_connection import DatabaseProblem, exclusive, reading
from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.db.write.bulk_dml import new_ids
from jobbot_gql.db.write.idempotency import claim
from jobbot_gql.models import (
    Application,
    EmployerResponse,
    ExperienceClaim,
    Job,
    JobSource,
    OutreachCampaign,
    Reference,
    StatusEvent,
)
from jobbot_gql.upkeep.migrations import DatabaseKind, SchemaState, migrate, schema_state, scripts_folder
from tests.db.looking import HEAD, NEXT, REVISIONS, rows_of, schema_of, sql
from tests.rows import new_company, new_opportunity, new_reference

REPOSITORY = Path(__file__).parents[2]
FIVE = {"jobs", "applications", "employer_responses", "references", "experience_claims"}
EIGHT = FIVE | {"companies", "opportunities", "outreach_campaigns"}


async def fill(url: DatabaseUrl) -> None:
    """Rows in every table, with a gap before the next id."""
    database = Database(url)
    async with database.transaction(actor="bot", request_id="r-1") as session:
        claim = ExperienceClaim(claim_type="omission", original_experience="none", claimed_experience="some")
        response = EmployerResponse(response_type="offer", requires_action=True)
        application = Application(experience_claims=[claim], responses=[response])
        job = Job(title="Tester", company="Acmé", keywords=["a"], applications=[application])
        job.sources = [JobSource(raw={"site": "indeed"})]
        company = new_company(pain_points=["slow"])
        opportunity = new_opportunity(company=company)
        campaign = OutreachCampaign(company=company, opportunity=opportunity)
        session.add_all([job, company, campaign, new_reference(consent_given=True), Job(title="B", company="C")])
        await session.flush()
        session.add(StatusEvent(job_id=job.id, to_status="applied"))
    await database.dispose()
    await sql(url, "DELETE FROM jobs WHERE id = 2")


async def alembic(url: DatabaseUrl, *commands: str, folder: Path = REPOSITORY) -> tuple[int | None, str, str]:
    """Run alembic's commands as a developer does, one after the other: exit code, output, error output."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "import sys; from alembic.config import main; [main(command.split()) for command in sys.argv[1:]]",
        *commands,
        cwd=folder,
        env=os.environ | {"DATABASE_URL": url.url.render_as_string(hide_password=False)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    return process.returncode, output.decode(), errors.decode()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of alembic's scripts, to add revisions to."""
    return shutil.copytree(scripts_folder(), tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))


def unordered(schema: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """The schema without the order of the lines inside a CREATE TABLE."""
    return {tuple(frozenset(line.strip(",\t ") for line in str(part).splitlines()) for part in row) for row in schema}


def add_revision(scripts: Path, upgrade: str, downgrade: str = "pass") -> None:
    """Add a revision behind the newest; the bodies are code for one line each."""
    (scripts / "versions" / f"{NEXT}_later.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f"revision = '{NEXT}'\ndown_revision = '{HEAD}'\n\n"
        f"def upgrade():\n    {upgrade}\n\ndef downgrade():\n    {downgrade}\n"
    )


@contextmanager
def as_it_was(path: Path | None) -> Iterator[None]:
    """Check that a SQLite file has not changed by a single byte, and that no file has come to stand beside it."""
    if path is None:
        yield
        return
    content, beside = path.read_bytes(), sorted(path.parent.iterdir())
    yield
    assert path.read_bytes() == content
    assert sorted(path.parent.iterdir()) == beside


async def test_up_down_and_up_again_loses_no_row_that_the_older_schema_can_hold(empty: DatabaseUrl) -> None:
    assert (await migrate(empty)).revision == HEAD
    fresh = await schema_of(empty)
    await fill(empty)
    rows = await rows_of(empty)
    assert {table: len(found) for table, found in rows.items() if table in EIGHT} == dict.fromkeys(EIGHT, 1)

    def older(found: dict[str, list[dict[str, Any]]], tables: set[str]) -> dict[str, Any]:
        return {
            table: [
                {name: row[name] for name in row if name not in ("version", "url_key", "posting_digest")}
                for row in found[table]
            ]
            for table in tables
        }

    assert (await migrate(empty, "0002")).revision == "0002"
    at_two = await rows_of(empty)
    assert at_two.keys() == EIGHT | {"alembic_version"}
    assert {table: at_two[table] for table in EIGHT} == older(rows, EIGHT)
    assert not any("version" in row for table in EIGHT for row in at_two[table])

    assert (await migrate(empty, "-1")).revision == "0001"
    at_one = await rows_of(empty)
    assert at_one.keys() == FIVE | {"alembic_version"}

    assert (await migrate(empty)).revision == HEAD
    again = await rows_of(empty)
    assert older(again, FIVE) == older(rows, FIVE)
    assert all(row["version"] == 1 for table in FIVE for row in again[table])
    assert await schema_of(empty) == fresh

    assert (await migrate(empty, "base")).revision is None
    assert (await rows_of(empty)).keys() == {"alembic_version"}
    assert (await schema_state(empty)).kind is DatabaseKind.EMPTY
    await migrate(empty)
    assert await schema_of(empty) == fresh


async def test_the_older_schemas_take_writes_after_a_downgrade(empty: DatabaseUrl) -> None:
    await migrate(empty)
    await migrate(empty, "0002")
    await sql(empty, "INSERT INTO jobs (title, company, status) VALUES ('A', 'B', 'anything')", "DELETE FROM jobs")


async def test_the_log_goes_on_without_transactions_after_a_downgrade(empty: DatabaseUrl) -> None:
    add = "INSERT INTO jobs (title, company) VALUES ('A', 'B')"
    await migrate(empty, "0008")
    await sql(empty, add)
    logged = await sql(empty, "SELECT * FROM change_log")
    await migrate(empty)
    assert await sql(empty, "SELECT * FROM change_log") == [(*row, None) for row in logged]
    await sql(empty, add, add)

    await migrate(empty, "0008")
    await sql(empty, add)

    rows = await sql(empty, "SELECT * FROM change_log ORDER BY sequence")
    assert rows[:1] == logged
    assert [row[0] for row in rows] == [1, 2, 3, 4]


@pytest.mark.process
async def test_there_is_no_drift_and_alembic_s_own_commands_work(empty: DatabaseUrl) -> None:
    code, output, errors = await alembic(empty, "upgrade head", "check", "downgrade 0002")
    assert code == 0, errors
    assert output == "No new upgrade operations detected.\n"
    assert await schema_state(empty) == SchemaState(DatabaseKind.BEHIND, "0002", HEAD)
    by_alembic = await schema_of(empty)
    await migrate(empty)
    await migrate(empty, "0002")
    assert await schema_of(empty) == by_alembic


@pytest.mark.process
async def test_a_generated_revision_says_what_the_models_say(empty: DatabaseUrl, tmp_path: Path) -> None:
    shutil.copytree(scripts_folder(), tmp_path / "alembic", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "alembic.ini", tmp_path)
    await migrate(empty)
    before = await schema_of(empty)
    await sql(empty, "DROP TABLE job_sources", "DROP INDEX ix_jobs_title")
    code, _, errors = await alembic(empty, "revision --autogenerate -m sources", folder=tmp_path)
    assert code == 0, errors
    revision = (tmp_path / "alembic" / "versions" / f"{NEXT}_sources.py").read_text()
    on_sqlite = "(strftime('%Y-%m-%d %H:%M:%f000', 'now'))"
    now = f'sa.text("{on_sqlite}" if op.get_bind().dialect.name == "sqlite" else "now()")'
    assert f"sa.Column('first_seen', sa.DateTime(timezone=True), server_default={now}, nullable=False)" in revision
    assert "jobbot_gql" not in revision
    assert (await migrate(empty, scripts=tmp_path / "alembic")).revision == NEXT
    assert unordered(await schema_of(empty)) == unordered(before)
    assert (await migrate(empty, "-1", scripts=tmp_path / "alembic")).revision == HEAD
    await migrate(empty, scripts=tmp_path / "alembic")


@pytest.mark.process
async def test_alembic_rejects_what_it_cannot_do_in_one_line(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/other.db")
    await sql(url, "CREATE TABLE users (id INTEGER)")
    code, output, _ = await alembic(url, "upgrade head")
    assert code == 255
    assert (
        output == "FAILED: this database belongs to another program: tables users; not JobBot's: it has no table jobs\n"
    )
    code, output, _ = await alembic(url, "upgrade head --sql")
    assert code == 255
    assert output == "FAILED: no --sql: the migrations look at the rows before they change a table\n"


STORED = {
    "status": "'active'",
    "salary_min": "'50k'",
    "scraped_date": "'yesterday'",
    "posting_date": "'2026-02-31'",
    "remote_option": "2",
    "benefits": "CAST(x'ff41' AS TEXT)",
    "requirements": "x'ff41'",
    # These are no obstacle.
    "location": "x'41'",
    "application_deadline": "'2026-02-28'",
    "keywords": "'no list'",
}
"""What SQLite stores in columns of jobs."""


@pytest.mark.process
async def test_alembic_upgrades_no_rows_that_break_a_rule(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await migrate(url, "0002")
    await sql(url, "INSERT INTO jobs (title, company) VALUES ('A', 'B')")
    for column, value in STORED.items():
        await sql(url, f"UPDATE jobs SET {column} = {value}")  # noqa: S608 - values of ours
    await sql(url, "INSERT INTO applications (job_id, exaggeration_level) VALUES (7, 9e999)")
    with pytest.raises(DatabaseProblem, match="9 values") as raised:
        await migrate(url)
    with as_it_was(url.sqlite_path):
        code, output, _ = await alembic(url, "upgrade head")
    assert (code, output) == (255, f"FAILED: {raised.value}\n")


@pytest.mark.process
async def test_alembic_upgrades_no_dates_that_cannot_be_shown(empty: DatabaseUrl) -> None:
    if empty.is_sqlite:
        return
    await migrate(empty, "0002")
    await sql(
        empty,
        "INSERT INTO jobs (title, company, posting_date, scraped_date) VALUES ('A', 'B', 'infinity', '-infinity')",
        "INSERT INTO jobs (title, company, posting_date) VALUES ('A', 'B', '9999-12-30')",
        "INSERT INTO companies (name, confidence_score, size) VALUES ('A', 'NaN', 'Small')",
    )
    with pytest.raises(DatabaseProblem, match="4 values") as raised:
        await migrate(empty)
    code, output, _ = await alembic(empty, "upgrade head")
    assert (code, output) == (255, f"FAILED: {raised.value}\n")


async def test_times_and_texts_of_the_older_schemas_are_stored_in_the_present_form(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await migrate(url, "0002")
    times = ["2026-01-02 03:04:05", "2026-01-02 03:04:05.600000", "2026-01-02T03:04:05.6+02:00", "2026-01-02"]
    for time in [*times, None]:
        await sql(url, "INSERT INTO jobs (title, company, scraped_date) VALUES (x'41', 'B', :time)", time=time)
    await migrate(url)
    assert await sql(url, "SELECT scraped_date, typeof(title) FROM jobs ORDER BY id") == [
        ("2026-01-02 03:04:05.000000", "text"),
        ("2026-01-02 03:04:05.600000", "text"),
        ("2026-01-02 01:04:05.600000", "text"),
        ("2026-01-02 00:00:00.000000", "text"),
        (None, "text"),
    ]
    assert await sql(url, "SELECT * FROM change_log") == []


async def test_a_revision_s_reason_not_to_go_on_is_told_in_one_line(empty: DatabaseUrl, scripts: Path) -> None:
    await migrate(empty)
    schema = await schema_of(empty)
    add_revision(scripts, "from alembic.util import CommandError; raise CommandError('this server is too old')")
    with pytest.raises(DatabaseProblem, match=r"^this server is too old$"):
        await migrate(empty, scripts=scripts)
    assert await schema_of(empty) == schema


@pytest.mark.process
async def test_several_processes_can_migrate_at_once(empty: DatabaseUrl) -> None:
    program = (
        "import asyncio, sys; from jobbot_gql.upkeep.migrations import migrate;"
        " from jobbot_gql.db.url import normalise;"
        " print(asyncio.run(migrate(normalise(sys.argv[1]))).before.kind)"
    )
    url = empty.url.render_as_string(hide_password=False)
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    answers = await asyncio.gather(*(process.communicate() for process in processes))
    assert [error for _, error in answers] == [b""] * 3
    assert sorted(answer for answer, _ in answers) == [b"current\n", b"current\n", b"empty\n"]
    assert (await schema_state(empty)).kind is DatabaseKind.CURRENT


async def test_a_failing_migration_leaves_everything_as_it_was(empty: DatabaseUrl, scripts: Path) -> None:
    await migrate(empty)
    await fill(empty)
    schema, rows = await schema_of(empty), await rows_of(empty)
    change = (
        "op.create_table('later', sa.Column('id', sa.Integer, primary_key=True));"
        " op.execute(\"UPDATE jobs SET title = 'lost'\");"
        " b = op.batch_alter_table('jobs', recreate='auto'); o = b.__enter__();"
        " o.alter_column('title', nullable=True); o.drop_column('benefits'); b.__exit__(None, None, None); "
    )
    for failure in ("op.execute('SELECT no_such_function()')", "1 / 0"):
        add_revision(scripts, change + failure)
        with as_it_was(empty.sqlite_path), pytest.raises((DatabaseProblem, ZeroDivisionError)) as raised:
            await migrate(empty, scripts=scripts)
        if raised.type is DatabaseProblem:
            assert "no_such_function" in str(raised.value)
            assert "\n" not in str(raised.value)
        assert await schema_of(empty) == schema
        assert await rows_of(empty) == rows


async def test_a_failing_downgrade_leaves_everything_as_it_was(empty: DatabaseUrl, scripts: Path) -> None:
    add_revision(scripts, "pass", "op.drop_table('reference_usages'); 1 / 0")
    await migrate(empty, scripts=scripts)
    schema = await schema_of(empty)
    with pytest.raises(ZeroDivisionError):
        await migrate(empty, "-1", scripts=scripts)
    assert await schema_of(empty) == schema
    assert (await schema_state(empty, scripts=scripts)).revision == NEXT


async def test_a_migration_that_breaks_a_reference_is_undone(empty: DatabaseUrl, scripts: Path) -> None:
    await migrate(empty)
    await fill(empty)
    add_revision(scripts, "op.execute('DELETE FROM jobs')")
    if empty.is_sqlite:
        with pytest.raises(
            DatabaseProblem, match="left row 1 of applications without its row of jobs; it was rolled back"
        ):
            await migrate(empty, scripts=scripts)
        assert len((await rows_of(empty))["jobs"]) == 1
    else:  # keeps its foreign keys in migrations too
        await migrate(empty, scripts=scripts)
        assert (await rows_of(empty))["applications"] == []


async def test_a_later_column_is_logged_and_rules_and_ids_survive_the_rebuilding(
    empty: DatabaseUrl, scripts: Path
) -> None:
    await migrate(empty)
    await fill(empty)
    rows = await rows_of(empty)
    add_revision(
        scripts,
        "batch = op.batch_alter_table('jobs', recreate='auto', table_kwargs={'sqlite_autoincrement': True});"
        " o = batch.__enter__(); o.add_column(sa.Column('seen_at', sa.DateTime(timezone=True)));"
        " o.alter_column('benefits', new_column_name='perks'); batch.__exit__(None, None, None)",
    )
    await migrate(empty, scripts=scripts)
    after = await rows_of(empty)
    assert after["jobs"] == [
        {"perks" if name == "benefits" else name: value for name, value in row.items()} | {"seen_at": None}
        for row in rows["jobs"]
    ]
    assert after["change_log"] == rows["change_log"]
    assert after["applications"] == rows["applications"]

    database = Database(empty)
    with pytest.raises(Exception, match="ck_jobs_status"):
        await sql(empty, "INSERT INTO jobs (title, company, status) VALUES ('A', 'B', 'anything')")
    await sql(
        empty,
        "INSERT INTO jobs (title, company, perks, seen_at) VALUES ('A', 'B', 'fruit', '2026-01-02 03:04:05+00')"
        if not empty.is_sqlite
        else "INSERT INTO jobs (title, company, perks, seen_at) VALUES ('A', 'B', 'fruit', '2026-01-02 03:04:05')",
    )
    (logged,) = await sql(
        empty,
        "SELECT entity_id, after ->> 'perks', after ->> 'seen_at', after ->> 'version' FROM change_log"
        " ORDER BY sequence DESC LIMIT 1",
    )
    next_id = 4 if not empty.is_sqlite else 3  # PostgreSQL counts the rejected row
    assert (logged[0], logged[1], logged[2], str(logged[3])) == (
        next_id,
        "fruit",
        "2026-01-02T03:04:05.000000+00:00",
        "1",
    )
    await database.dispose()


async def test_a_migration_can_change_rows_and_then_their_table(empty: DatabaseUrl, scripts: Path) -> None:
    await migrate(empty)
    await sql(empty, "INSERT INTO companies (name) VALUES ('Acme')")
    add_revision(
        scripts,
        "op.execute(\"UPDATE companies SET location = 'Bern'\");"
        " op.add_column('companies', sa.Column('founded', sa.Integer))",
    )
    await migrate(empty, scripts=scripts)
    logged = await sql(empty, "SELECT operation, entity, after ->> 'location' FROM change_log ORDER BY sequence")
    assert logged == [("create", "Company", None), ("update", "Company", "Bern")]


async def test_the_last_sequence_is_kept_when_an_empty_log_is_rebuilt(empty: DatabaseUrl, scripts: Path) -> None:
    await migrate(empty)
    await fill(empty)
    (last,) = (await sql(empty, "SELECT max(sequence) FROM change_log"))[0]
    await sql(empty, "DELETE FROM change_log")
    add_revision(
        scripts,
        "batch = op.batch_alter_table('change_log', table_kwargs={'sqlite_autoincrement': True});"
        " o = batch.__enter__(); o.alter_column('request_id', type_=sa.String(100)); batch.__exit__(None, None, None)",
    )
    await migrate(empty, scripts=scripts)
    await sql(empty, "UPDATE jobs SET title = 'later'")
    assert await sql(empty, "SELECT sequence, entity FROM change_log") == [(last + 1, "Job")]


async def test_states(empty: DatabaseUrl, scripts: Path) -> None:
    assert await schema_state(empty) == SchemaState(DatabaseKind.EMPTY, None, HEAD)
    if empty.sqlite_path:
        assert not empty.sqlite_path.exists()
    assert (await migrate(empty, "0001")).before == SchemaState(DatabaseKind.EMPTY, None, HEAD)
    assert await schema_state(empty) == SchemaState(DatabaseKind.BEHIND, "0001", HEAD)
    await migrate(empty, "+1")
    assert await schema_state(empty) == SchemaState(DatabaseKind.BEHIND, "0002", HEAD)
    await migrate(empty)
    assert await schema_state(empty) == SchemaState(DatabaseKind.CURRENT, HEAD, HEAD)
    add_revision(scripts, "pass")
    assert await schema_state(empty, scripts=scripts) == SchemaState(DatabaseKind.BEHIND, HEAD, NEXT)
    await migrate(empty, scripts=scripts)
    assert await schema_state(empty) == SchemaState(DatabaseKind.AHEAD, NEXT, HEAD)


async def test_idempotency_keys_become_digests_that_are_still_recognised(empty: DatabaseUrl) -> None:
    await migrate(empty, "0006")
    columns = "INSERT INTO idempotency_keys (actor, key, fingerprint, answer) VALUES"
    await sql(empty, f"{columns} ('a', 'k', 'f', '[]'), ('b', 'k', 'g', '[]'), ('a', 'é', 'h', '[]')")
    await migrate(empty)

    database = Database(empty)
    async with database.transaction() as session:
        found = [await claim(session, *key, "f") for key in (("a", "k"), ("b", "k"), ("a", "é"), ("b", "é"))]
    await database.dispose()
    assert found == [("f", "[]"), ("g", "[]"), ("h", "[]"), None]


async def test_ids_are_found_whatever_their_sequence_was_called(empty: DatabaseUrl) -> None:
    if empty.is_sqlite:  # has no sequences
        return
    await migrate(empty, "0002")
    await sql(empty, "ALTER SEQUENCE references_id_seq RENAME TO people")
    await migrate(empty)

    database = Database(empty)
    async with database.transaction() as session:
        assert await new_ids(session, {Reference: 2, Job: 10}) == {Reference: [1, 2], Job: [*range(1, 11)]}
        assert await new_ids(session, {Reference: 10, Job: 1}) == {Reference: [*range(3, 13)], Job: [11]}
    await database.dispose()


@pytest.mark.parametrize("target", ["9999", f"-{len(REVISIONS) + 1}", "+1", "", "heads", "-", "1"])
async def test_a_revision_that_is_not_there_is_named(empty: DatabaseUrl, target: str) -> None:
    await migrate(empty)
    schema = await schema_of(empty)
    with pytest.raises(DatabaseProblem) as raised:
        await migrate(empty, target)
    assert str(raised.value) == (
        f"no revision {target!r} from {HEAD}: name head, base, {', '.join(REVISIONS)}, or steps such as +1 and -1"
    )
    assert await schema_of(empty) == schema


async def test_a_newer_database_is_left_alone(empty: DatabaseUrl, scripts: Path) -> None:
    add_revision(scripts, "pass")
    await migrate(empty, scripts=scripts)
    with as_it_was(empty.sqlite_path), pytest.raises(DatabaseProblem) as raised:
        await migrate(empty)
    assert str(raised.value).endswith(
        f" is at revision {NEXT}, which this version does not know (its latest is {HEAD}):"
        " use the version that migrated it"
    )
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("tables", "why"),
    [
        (["users (id INTEGER)"], "tables users; not JobBot's: it has no table jobs"),
        (
            ["jobs (id INTEGER, cron TEXT)"],
            "tables jobs; not JobBot's: its table jobs has no column application_deadline",
        ),
        (
            [
                "alembic_version (version_num TEXT)",
                "a (id INTEGER)",
                "b (id INTEGER)",
                "c (id INTEGER)",
                "d (id INTEGER)",
            ],
            "tables a, b, c, …; not JobBot's: it has no table jobs",
        ),
    ],
)
async def test_another_program_s_database_is_left_alone(empty: DatabaseUrl, tables: list[str], why: str) -> None:
    await sql(empty, *(f"CREATE TABLE {table}" for table in tables))
    schema = await schema_of(empty)
    with as_it_was(empty.sqlite_path), pytest.raises(DatabaseProblem) as raised:
        await migrate(empty)
    assert str(raised.value).endswith(
        f" belongs to another program ({why}): name a database of its own in DATABASE_URL"
    )
    assert await schema_of(empty) == schema
    assert (await schema_state(empty)).kind is DatabaseKind.FOREIGN


async def test_another_program_s_revision_is_not_taken_for_ours(empty: DatabaseUrl) -> None:
    await sql(
        empty,
        "CREATE TABLE alembic_version (version_num VARCHAR(32))",
        "INSERT INTO alembic_version VALUES ('0002')",
        "CREATE TABLE users (id INTEGER)",
    )
    assert (await schema_state(empty)).kind is DatabaseKind.FOREIGN


async def test_a_locked_database_is_waited_for_and_then_named(empty: DatabaseUrl) -> None:
    await migrate(empty, "0002")
    async with exclusive(empty):
        with pytest.raises(DatabaseProblem) as raised:
            await migrate(empty, wait=0.2)
    assert str(raised.value).endswith(" is locked by another program: end that program, or try again")
    assert "\n" not in str(raised.value)
    assert (await migrate(empty, wait=0.2)).revision == HEAD


async def test_a_new_sqlite_file_is_its_owner_s_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        await migrate(normalise(f"sqlite:///{tmp_path}/new/jobbot.db"))
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new" / "jobbot.db").stat().st_mode) == 0o600


async def test_a_downgrade_copies_a_sqlite_file_first(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await migrate(url)
    await fill(url)
    rows = await rows_of(url)
    copy = (await migrate(url, "-1")).copy
    assert copy is not None
    assert await rows_of(normalise(f"sqlite:///{copy}")) == rows


async def test_files_that_are_no_database_are_named(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("no database, " * 1000)
    with as_it_was(notes), pytest.raises(DatabaseProblem) as raised:
        await migrate(normalise(f"sqlite:///{notes}"))
    assert str(raised.value) == f"{notes} is not a SQLite database: name another file in DATABASE_URL"

    with pytest.raises(DatabaseProblem) as raised:
        await migrate(normalise(f"sqlite:///{tmp_path}"))
    assert str(raised.value) == f"cannot open {tmp_path}: it must be a file that you may read and write"

    with pytest.raises(DatabaseProblem, match=f"cannot open {notes}/jobbot.db: File exists"):
        await migrate(normalise(f"sqlite:///{notes}/jobbot.db"))


async def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await migrate(url, "0002")
    path = tmp_path / "jobbot.db"
    content = bytearray(path.read_bytes())
    content[1000:4096] = b"\xff" * 3096
    path.write_bytes(content)
    with as_it_was(path), pytest.raises(DatabaseProblem) as raised:
        await migrate(url)
    assert str(raised.value).startswith(f"{path} is damaged (")


async def test_a_database_in_memory_is_rejected() -> None:
    with pytest.raises(DatabaseProblem, match="a SQLite database in memory ends with its connection: name a file"):
        await migrate(normalise("sqlite:///:memory:"))


async def test_a_server_that_cannot_be_reached_is_named() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(DatabaseProblem) as raised:
        await migrate(normalise(f"postgresql://ada:secret@127.0.0.1:{port}/jobs"))
    assert str(raised.value).startswith(f"cannot reach PostgreSQL at 127.0.0.1:{port}/jobs (")
    assert str(raised.value).endswith("): is it running, and is DATABASE_URL right?")
    assert "secret" not in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_a_database_that_the_server_has_not_is_named(postgres: str) -> None:
    url = normalise(postgres)
    with pytest.raises(DatabaseProblem, match=r'\(database "no_such" does not exist\): is it running'):
        await schema_state(DatabaseUrl(url.url.set(database="no_such"), url.connect_args))


async def test_a_migration_does_not_wait_for_a_reader_without_end(empty: DatabaseUrl) -> None:
    await migrate(empty, "0002")
    engine = create_async_engine(empty.url, connect_args=empty.connect_args, poolclass=NullPool)
    async with engine.connect() as reader:
        if empty.is_sqlite:
            await reader.execute(text("BEGIN"))  # which its driver does not for a SELECT
        await reader.execute(text("SELECT * FROM jobs"))
        with pytest.raises(DatabaseProblem, match="is locked by another program"):
            await migrate(empty, wait=0.2)
    await engine.dispose()
    assert (await migrate(empty, wait=0.2)).revision == HEAD


async def test_migrating_leaves_a_sqlite_file_s_journal_mode_alone(tmp_path: Path) -> None:
    await migrate(normalise(f"sqlite:///{tmp_path}/jobbot.db"))
    with closing(sqlite3.connect(tmp_path / "jobbot.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # SQLite has no pooler
@pytest.mark.parametrize("statement", ["PREPARE one AS SELECT 1", "EXECUTE two"])
async def test_a_pooler_that_changes_sessions_is_named(database_url: str, statement: str) -> None:
    database = normalise(database_url)

    async def twice() -> None:
        async with reading(database) as connection:
            for _ in range(2):
                await connection.execute(text(statement))

    with pytest.raises(
        DatabaseProblem, match=r"is behind a pooler in transaction mode: connect to PostgreSQL directly$"
    ):
        await twice()
