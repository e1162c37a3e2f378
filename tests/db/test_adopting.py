"""Databases that JobBot's own code made: recognised, checked, and taken over without losing a row."""

import sqlite3
import stat
from contextlib import closing
from dataclasses import replace as replace_finding
from pathlib import Path

import pytest
from sqlalchemy import Table, null, select

from jobbot_gql.db.database import Database
from jobbot_gql.db.maintenance_connection import DatabaseProblem
from jobbot_gql.db.triggers import search_index
from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.models import Application, Base, EmployerResponse, Job
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.upkeep import doctor, jobbot_tables
from jobbot_gql.upkeep.adoption import Settlement, Unsettled
from jobbot_gql.upkeep.findings import Finding, FindingKind, repair_command
from jobbot_gql.upkeep.migrations import DatabaseKind, SchemaState, migrate, schema_state
from tests.db import jobbot
from tests.db.jobbot_databases import NOON, as_stored_by_us, believable_rows, files, jobbot_creates, planned_rows
from tests.db.looking import HEAD, rows_of, schema_of, sql


async def doctor_finds(
    database: DatabaseUrl,
) -> list[tuple[FindingKind, str, tuple[int, ...], int, tuple[str, ...], bool]]:
    return [
        (finding.kind, f"{finding.table}.{finding.column}", finding.ids, finding.count, finding.values, finding.blocks)
        for finding in await doctor.examine(database, Base)
    ]


@pytest.mark.parametrize(("tables", "revision"), [(jobbot.FIVE, "0001"), (jobbot.EIGHT, "0002")])
async def test_the_first_revisions_are_jobbot_s_schema(empty: DatabaseUrl, tables: list[Table], revision: str) -> None:
    await migrate(empty, revision)
    ours = {entry for entry in await schema_of(empty) if "alembic" not in str(entry)}
    await migrate(empty, "base")
    await sql(empty, "DROP TABLE alembic_version")
    await jobbot_creates(empty, tables)
    assert await schema_of(empty) == ours


@pytest.mark.parametrize(("tables", "revision"), [(jobbot.FIVE, "0001"), (jobbot.EIGHT, "0002")])
async def test_a_jobbot_database_is_adopted_without_losing_anything(
    empty: DatabaseUrl, tables: list[Table], revision: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    rows = believable_rows() + (planned_rows() if tables is jobbot.EIGHT else [])
    await jobbot_creates(empty, tables, *rows)
    before = await rows_of(empty)
    assert await schema_state(empty) == SchemaState(DatabaseKind.SEED, revision, HEAD)
    assert await doctor_finds(empty) == []

    migration = await migrate(empty)

    assert migration.before == SchemaState(DatabaseKind.SEED, revision, HEAD)
    assert (migration.revision, migration.findings, migration.deleted) == (HEAD, [], {})
    assert await schema_state(empty) == SchemaState(DatabaseKind.CURRENT, HEAD, HEAD)
    after = await rows_of(empty)
    assert {table: after[table] for table in before} == as_stored_by_us(before, empty.is_sqlite)
    assert {table for table in after if after[table] and not search_index.owns(table)} == before.keys() | {
        "alembic_version",
        "interviews",  # made of `interview_date`
    }
    assert await doctor_finds(empty) == []

    adopted = await schema_of(empty)
    await migrate(empty, "base")
    await migrate(empty)
    assert adopted == await schema_of(empty)


async def test_adopted_rows_read_well_and_new_ones_get_new_ids(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE, *believable_rows())
    await migrate(empty)
    database = Database(empty)
    async with database.transaction() as session:
        job = await session.get_one(Job, 1)
        assert (job.scraped_date, job.keywords, job.status) == (NOON, ["C++", "SQL"], "applied")
        application = await session.get_one(Application, 1)
        assert application.application_date == NOON
        session.add(Job(title="New", company="Acme"))
        await session.flush()
        assert (await session.scalars(select(Job.id).order_by(Job.id))).all() == [1, 2, 3]
        await session.delete(job)
    async with database.transaction() as session:
        assert (await session.scalars(select(EmployerResponse.id))).all() == []
    await database.dispose()


async def test_a_copy_of_a_sqlite_file_is_made_before(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/my.jobs.db")
    await jobbot_creates(url, jobbot.FIVE, *believable_rows())
    rows, schema = await rows_of(url), await schema_of(url)
    copy = (await migrate(url)).copy
    assert copy is not None
    assert copy.parent == tmp_path
    assert copy.name.startswith("my.jobs.2")
    assert copy.suffix == ".db"
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    copied = normalise(f"sqlite:///{copy}")
    assert (await rows_of(copied), await schema_of(copied)) == (rows, schema)
    assert files(tmp_path) == [copy.name, "my.jobs.db"]


async def test_nothing_is_copied_when_there_is_nothing_to_adopt(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    settlement = Settlement.parse(["jobs.status.active=offer"])
    assert (await migrate(url, settlement=settlement)).copy is None
    assert (await migrate(url)).copy is None


async def test_a_database_that_jobbot_s_own_alembic_stamped_is_adopted(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.EIGHT, *believable_rows())
    await sql(
        empty,
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)",
        "INSERT INTO alembic_version VALUES ('3f2a9c1b7d10')",
    )
    assert await schema_state(empty) == SchemaState(DatabaseKind.SEED, "0002", HEAD)
    await migrate(empty)
    assert await sql(empty, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert len((await rows_of(empty))["jobs"]) == 2


async def test_words_outside_a_vocabulary_stop_the_migration_until_they_are_mapped(empty: DatabaseUrl) -> None:
    await jobbot_creates(
        empty,
        jobbot.FIVE,
        *(jobbot.Job(title=f"{n}", company="Acme", status="active") for n in range(1, 8)),
        jobbot.Job(title="8", company="Acme", status="Applied "),
        jobbot.Job(title="9", company="Acme", status="offer"),
        jobbot.Job(title="10", company="Acme", status=null()),
        jobbot.Application(job_id=1, status=""),
        jobbot.Application(job_id=1, status="Phone-Screen"),
        jobbot.EmployerResponse(application_id=1, response_type="it's a no"),
        jobbot.ExperienceClaim(
            application_id=1, claim_type="omission", original_experience="", claimed_experience="", risk_level="HIGH"
        ),
    )
    (of_jobs, *others) = found = await doctor.examine(empty, Base)
    replace = "Replace WORD with what each value means; nothing after the = is NULL."
    assert of_jobs == Finding(
        FindingKind.VOCABULARY,
        "jobs",
        "status",
        (1, 2, 3, 4, 5),
        8,
        ("active", "Applied "),
        "must be one of discovered, targeted, applied, interviewing, offer, rejected, archived",
        replace,
        ("--map jobs.status.active=WORD", "--map 'jobs.status.Applied =applied'"),
        blocks=True,
    )
    assert [(finding.table, finding.values, finding.options) for finding in others] == [
        (
            "applications",
            ("", "Phone-Screen"),
            ("--map applications.status.=WORD", "--map applications.status.Phone-Screen=phone_screen"),
        ),
        (
            "employer_responses",
            ("it's a no",),
            ("--map 'employer_responses.response_type.it'\"'\"'s a no=WORD'",),
        ),
        ("experience_claims", ("HIGH",), ("--map experience_claims.risk_level.HIGH=high",)),
    ]
    assert [finding.fix for finding in others] == [
        replace,
        "Replace WORD with what each value means.",
        "Check the new values; nothing after the = is NULL.",
    ]

    half = replace_finding(of_jobs, ids=(8,), count=1, values=("Applied ",), options=of_jobs.options[1:])
    half = replace_finding(half, fix="Check the new values; nothing after the = is NULL.")
    await rejects(empty, Settlement.parse(["jobs.status.active=discovered"]), [half, *others])

    settlement = Settlement.parse(
        [
            "jobs.status.active=discovered",
            "jobs.status.*=targeted",
            "applications.status.=",
            "applications.status.Phone-Screen=phone_screen",
            "employer_responses.response_type.it's a no=rejection",
            "experience_claims.risk_level.HIGH=high",
        ]
    )
    migration = await migrate(empty, settlement=settlement)
    assert migration.findings == found
    after = await rows_of(empty)
    assert [row["status"] for row in after["jobs"]] == ["discovered"] * 7 + ["targeted", "offer", None]
    assert [row["status"] for row in after["applications"]] == [None, "phone_screen"]
    assert after["employer_responses"][0]["response_type"] == "rejection"
    assert after["experience_claims"][0]["risk_level"] == "high"


async def rejects(database: DatabaseUrl, settlement: Settlement | None, unsettled: list[Finding]) -> None:
    """The migration rejects for these findings, and nothing has changed by a byte."""
    rows, schema = await rows_of(database), await schema_of(database)
    path = database.sqlite_path
    content = path.read_bytes() if path else b""
    with pytest.raises(Unsettled) as raised:
        await migrate(database, settlement=settlement)
    assert raised.value.findings == unsettled
    columns = ", ".join(sorted({f"{finding.table}.{finding.column}" for finding in unsettled}))
    assert str(raised.value) == (
        f"{sum(finding.count for finding in unsettled)} values cannot be taken over as they are, in {columns};"
        " nothing was changed: `jobbot-gql doctor` lists them, with what to tell `jobbot-gql migrate`"
    )
    assert (await rows_of(database), await schema_of(database)) == (rows, schema)
    if path:
        assert path.read_bytes() == content
        assert files(path.parent) == [path.name]


async def test_bad_json_and_an_empty_url_are_told_and_stop_nothing(empty: DatabaseUrl) -> None:
    await jobbot_creates(
        empty,
        jobbot.EIGHT,
        jobbot.Job(title="1", company="Acme", keywords="python, sql", job_url=""),
        jobbot.Job(title="2", company="Acme", keywords='{"a": 1}', job_url=None),
        jobbot.Job(title="3", company="Acme", keywords="[]", job_url="https://jobs.example"),
        jobbot.Job(title="4", company="Acme", keywords="", job_url=" "),
        jobbot.Company(name="Acme", technology_stack="[1]"),
    )
    assert await doctor_finds(empty) == [
        (FindingKind.EMPTY, "jobs.job_url", (1,), 1, ("",), False),
        (FindingKind.JSON, "jobs.keywords", (1, 2, 4), 3, ("python, sql", '{"a": 1}', ""), False),
        (FindingKind.JSON, "companies.technology_stack", (1,), 1, ("[1]",), False),
    ]
    migration = await migrate(empty)
    assert [finding.kind for finding in migration.findings] == [FindingKind.EMPTY, FindingKind.JSON, FindingKind.JSON]
    after = await rows_of(empty)
    assert [(row["keywords"], row["job_url"]) for row in after["jobs"]] == [
        ("python, sql", None),
        ('{"a": 1}', None),
        ("[]", "https://jobs.example"),
        ("", " "),
    ]
    assert [entry[:4] for entry in await doctor_finds(empty)] == [
        (FindingKind.JSON, "companies.technology_stack", (1,), 1),
        (FindingKind.URL, "jobs.job_url", (4,), 1),
        (FindingKind.JSON, "jobs.keywords", (1, 2, 4), 3),
    ]
    database = Database(empty)
    async with database.transaction() as session:
        assert (await session.scalars(select(Job.keywords).order_by(Job.id))).all() == [[], [], [], []]
    await database.dispose()


@pytest.fixture
async def orphaned(tmp_path: Path) -> DatabaseUrl:
    """A SQLite database in which JobBot, which never turns foreign keys on, deleted rows that others refer to."""
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    rows: list[jobbot.Base] = [
        *believable_rows(),
        *planned_rows(),
        jobbot.Application(job_id=2),
        jobbot.EmployerResponse(application_id=2, response_type="offer"),
        jobbot.EmployerResponse(application_id=70, response_type="other"),
        jobbot.ExperienceClaim(application_id=71, claim_type="omission", original_experience="", claimed_experience=""),
        jobbot.Application(job_id=50),
        jobbot.Application(job_id=50),
        jobbot.OutreachCampaign(company_id=9, opportunity_id=1),
        jobbot.Opportunity(company_id=9, problem_description="slow", solution_approach="script"),
    ]
    await jobbot_creates(url, jobbot.EIGHT, *rows)
    await sql(url, "DELETE FROM jobs WHERE id = 2")
    return url


async def test_orphans_stop_the_migration(orphaned: DatabaseUrl) -> None:
    found = await doctor.examine(orphaned, Base)
    assert [(f.table, f.column, f.ids, f.count, f.values, f.rule) for f in found] == [
        ("applications", "job_id", (2, 3, 4), 3, ("50", "2"), "must be the id of a row of jobs"),
        ("employer_responses", "application_id", (3,), 1, ("70",), "must be the id of a row of applications"),
        ("experience_claims", "application_id", (2,), 1, ("71",), "must be the id of a row of applications"),
        ("opportunities", "company_id", (2,), 1, ("9",), "must be the id of a row of companies"),
        ("outreach_campaigns", "company_id", (2,), 1, ("9",), "must be the id of a row of companies"),
    ]
    assert {(f.kind, f.blocks) for f in found} == {(FindingKind.ORPHAN, True)}
    assert found[0].fix == (
        "Keep them (they get a placeholder row in jobs),"
        " or delete them with all rows that refer to them (--orphans delete)."
    )
    assert found[3].fix.startswith("Keep them (they get NULL), or")
    assert repair_command(found) == "jobbot-gql migrate --orphans keep"
    await rejects(orphaned, None, found)


async def test_orphans_can_be_kept(orphaned: DatabaseUrl) -> None:
    before = await rows_of(orphaned)
    migration = await migrate(orphaned, settlement=Settlement.parse(orphans="keep"))
    assert migration.deleted == {}
    after = await rows_of(orphaned)
    placeholder = {"title": "(deleted job)", "company": "(unknown)", "status": "archived", "scraped_date": None}
    made = [{name: row[name] for name in ("id", *placeholder)} for row in after["jobs"] if row["id"] > 1]
    assert made == [{"id": number} | placeholder for number in (2, 50, 51, 52)]
    assert [(row["id"], row["job_id"], row["application_date"]) for row in after["applications"][4:]] == [
        (70, 51, None),
        (71, 52, None),
    ]
    assert [row["company_id"] for row in after["opportunities"]] == [1, None]
    assert [(row["company_id"], row["opportunity_id"]) for row in after["outreach_campaigns"]] == [(1, 1), (None, 1)]
    for table in ("employer_responses", "experience_claims"):
        assert len(after[table]) == len(before[table])
    assert await doctor_finds(orphaned) == []


async def test_orphans_can_be_deleted_with_all_that_hangs_on_them(orphaned: DatabaseUrl) -> None:
    migration = await migrate(orphaned, settlement=Settlement.parse(orphans="delete"))
    assert migration.deleted == {
        "applications": 3,
        "employer_responses": 2,
        "experience_claims": 1,
        "opportunities": 1,
        "outreach_campaigns": 1,
    }
    after = await rows_of(orphaned)
    counts = {table: len(after[table]) for table in jobbot_tables.metadata.tables}
    assert counts == dict.fromkeys(jobbot_tables.metadata.tables, 1)
    assert migration.copy is not None
    assert len((await rows_of(normalise(f"sqlite:///{migration.copy}")))["applications"]) == 4
    assert await doctor_finds(orphaned) == []


async def test_values_that_sqlite_should_not_have_taken_are_settled_one_by_one(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await jobbot_creates(url, jobbot.FIVE)
    await sql(
        url,
        "INSERT INTO jobs (id, title, company, scraped_date, posting_date, salary_min, remote_option) VALUES"
        " (1, 'a', 'b', '2026-01-02 03:04:05', '2026-01-02', 50000, 1),"
        " (2, 'a', 'b', '2026-01-02 03:04:05.678901', NULL, NULL, 0),"
        " (3, 'a', 'b', '2026-01-02T03:04:05+02:00', '2026-02-31', '50k', 'yes'),"
        " (4, 'a', 'b', '2026-01-02T03:04:05.5Z', '02/01/2026', 1.5, 2),"
        " (5, 'a', 'b', 'yesterday', '2026-1-2', 'x', NULL),"
        " (6, 'a', 'b', '2026-02-31 00:00:00', NULL, 'x', NULL),"
        " (7, :long, 'b', 1767322800, NULL, NULL, NULL),"
        " (8, 'a', 'b', '2026-01-02', NULL, NULL, NULL),"
        " (9, 'a', 'b', '0000-01-02 00:00:00', '0000-01-02', NULL, NULL)",
        "INSERT INTO applications (job_id, integrity_score) VALUES (1, 'high'), (1, 99), (1, 12.5)",
        long="t" * 300,
    )
    found = await doctor.examine(url, Base)
    assert [(f.kind, f.column, f.ids, f.count, f.values, f.blocks) for f in found] == [
        (FindingKind.LENGTH, "title", (7,), 1, ("t" * 79 + "…",), False),
        (FindingKind.NUMBER, "salary_min", (3, 4, 5, 6), 4, ("x", "50k", "1.5"), True),
        (
            FindingKind.TIME_FORM,
            "scraped_date",
            (3, 4, 8),
            3,
            ("2026-01-02T03:04:05+02:00", "2026-01-02T03:04:05.5Z", "2026-01-02"),
            False,
        ),
        (
            FindingKind.TIME,
            "scraped_date",
            (5, 6, 7, 9),
            4,
            ("yesterday", "2026-02-31 00:00:00", "1767322800", "0000-01-02 00:00:00"),
            True,
        ),
        (
            FindingKind.DATE,
            "posting_date",
            (3, 4, 5, 9),
            4,
            ("2026-02-31", "02/01/2026", "2026-1-2", "0000-01-02"),
            True,
        ),
        (FindingKind.BOOLEAN, "remote_option", (3, 4), 2, ("yes", "2"), True),
        (FindingKind.NUMBER, "integrity_score", (1,), 1, ("high",), True),
    ]
    assert found[1].options == tuple(f"--map jobs.salary_min.{value}=VALUE" for value in ("x", "50k", "1.5"))
    await rejects(url, None, [finding for finding in found if finding.blocks])

    settlement = Settlement.parse(
        [
            "jobs.salary_min.50k=50000",
            "jobs.salary_min.*=",
            "jobs.scraped_date.yesterday=2026-01-01T12:00:00+01:00",
            "jobs.scraped_date.*=",
            "jobs.posting_date.02/01/2026=2026-01-02",
            "jobs.posting_date.*=",
            "jobs.remote_option.yes=1",
            "jobs.remote_option.2=0",
            "applications.integrity_score.high=99.5",
        ]
    )
    await migrate(url, settlement=settlement)
    columns = "scraped_date, posting_date, salary_min, remote_option"
    assert await sql(url, f"SELECT {columns} FROM jobs ORDER BY id") == [  # noqa: S608 - columns of this test
        ("2026-01-02 03:04:05.000000", "2026-01-02", 50000, 1),
        ("2026-01-02 03:04:05.678901", None, None, 0),
        ("2026-01-02 01:04:05.000000", None, 50000, 1),
        ("2026-01-02 03:04:05.500000", "2026-01-02", None, 0),
        ("2026-01-01 11:00:00.000000", None, None, None),
        (None, None, None, None),
        (None, None, None, None),
        ("2026-01-02 00:00:00.000000", None, None, None),
        (None, None, None, None),
    ]
    assert await sql(url, "SELECT integrity_score FROM applications ORDER BY id") == [(99.5,), (99.0,), (12.5,)]
    assert [entry[0] for entry in await doctor_finds(url)] == [FindingKind.LENGTH]


async def test_times_are_kept_as_the_instants_that_they_are(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await jobbot_creates(url, jobbot.FIVE)
    await sql(
        url,
        "INSERT INTO jobs (title, company, scraped_date) VALUES"
        " ('a', 'b', '2026-01-02T03:04:05+02:00'), ('a', 'b', '2026-01-02T03:04:05.5Z'), ('a', 'b', '2026-01-02')",
    )
    await migrate(url)
    assert await sql(url, "SELECT scraped_date FROM jobs ORDER BY id") == [
        ("2026-01-02 01:04:05.000000",),
        ("2026-01-02 03:04:05.500000",),
        ("2026-01-02 00:00:00.000000",),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("jobs.status", "must be TABLE.COLUMN.VALUE=NEW"),
        ("jobs.status=offer", "must be TABLE.COLUMN.VALUE=NEW"),
        ("job.status.active=offer", "job.status does not exist"),
        ("jobs.state.active=offer", "jobs.state does not exist"),
        ("jobs.id.1=2", "jobs.id is an id and cannot be mapped"),
        (
            "jobs.status.active=open",
            "open must be one of discovered, targeted, applied, interviewing, offer, rejected, archived",
        ),
        ("jobs.status.applied=offer", "applied is a value of jobs.status already"),
        ("employer_responses.response_type.x=", "employer_responses.response_type must not be NULL"),
        ("jobs.scraped_date.x=soon", "soon must be a time, YYYY-MM-DD HH:MM:SS"),
        ("jobs.posting_date.x=soon", "soon must be a date, YYYY-MM-DD"),
        ("jobs.remote_option.x=yes", "yes must be 0 or 1"),
        ("jobs.salary_min.x=50k", "50k must be a whole number"),
        ("applications.integrity_score.x=y", "y must be a number"),
        ("applications.integrity_score.x=nan", "nan must be a number"),
        ("jobs.salary_min.x=9223372036854775808", "9223372036854775808 must be a whole number"),
    ],
)
def test_a_wrong_map_is_rejected_with_the_rule(text: str, message: str) -> None:
    with pytest.raises(DatabaseProblem) as raised:
        Settlement.parse([text])
    assert str(raised.value) == f"--map {text}: {message}"


def test_orphans_take_one_of_two_words() -> None:
    with pytest.raises(DatabaseProblem, match=r"^--orphans drop: must be one of keep, delete$"):
        Settlement.parse(orphans="drop")


async def test_a_map_of_a_value_that_is_not_there_changes_nothing(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE, *believable_rows())
    before = await rows_of(empty)
    await migrate(empty, settlement=Settlement.parse(["jobs.status.active=offer", "jobs.status.*=offer"]))
    after = await rows_of(empty)
    assert {table: after[table] for table in before} == as_stored_by_us(before, empty.is_sqlite)


async def test_a_settlement_is_carried_out_on_a_current_database_too(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await migrate(url)
    await sql(
        url,
        "INSERT INTO jobs (title, company, job_url) VALUES ('a', 'b', '')",
        "INSERT INTO applications (job_id) VALUES (1), (7)",
        "INSERT INTO status_events (application_id, to_status) VALUES (1, 'submitted'), (2, 'submitted')",
        "INSERT INTO job_sources (job_id, raw) VALUES (1, '{}'), (8, '{}')",
        "CREATE TABLE my_notes (application_id INTEGER REFERENCES applications (id))",
        "INSERT INTO my_notes VALUES (2)",
    )
    assert [entry[:4] for entry in await doctor_finds(url)] == [
        (FindingKind.EMPTY, "jobs.job_url", (1,), 1),
        (FindingKind.ORPHAN, "applications.job_id", (2,), 1),
        (FindingKind.ORPHAN, "job_sources.job_id", (2,), 1),
        (FindingKind.EXTRA, "my_notes.application_id", (), 0),
    ]
    found = await doctor.examine(url, Base)
    assert [finding.options for finding in found] == [
        ("--convert",),
        ("--orphans keep",),
        ("--orphans delete",),
        (),
    ]
    assert repair_command(found) == "jobbot-gql migrate --convert --orphans delete"

    settlement = Settlement.parse(orphans="delete", convert=True, metadata=Base.metadata)
    migration = await migrate(url, settlement=settlement)
    assert migration.deleted == {"applications": 1, "job_sources": 1, "status_events": 1}
    assert migration.copy is not None
    assert [entry[0] for entry in await doctor_finds(url)] == [FindingKind.EXTRA]
    after = await rows_of(url)
    assert [row["id"] for table in ("applications", "status_events", "job_sources") for row in after[table]] == [
        1,
        1,
        1,
    ]
    assert after["my_notes"] == [{"application_id": 2}]
    logged = await sql(url, "SELECT operation, entity, entity_id FROM change_log ORDER BY sequence DESC LIMIT 4")
    assert logged[0] == ("delete", "StatusEvent", 2)
    assert sorted(logged[1:3]) == [("delete", "Application", 2), ("delete", "JobSource", 2)]
    assert logged[3] == ("update", "Job", 1)


async def test_the_owner_s_own_tables_indexes_and_views_are_left_alone(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE, *believable_rows())
    await sql(
        empty,
        "CREATE TABLE my_notes (note TEXT)",
        "INSERT INTO my_notes VALUES ('keep me')",
        "CREATE INDEX my_index ON jobs (company, title)",
        "CREATE VIEW my_view AS SELECT title, notes FROM jobs JOIN applications ON jobs.id = job_id",
    )
    await migrate(empty)
    assert await sql(empty, "SELECT * FROM my_notes") == [("keep me",)]
    assert await sql(empty, "SELECT * FROM my_view") == [("Tester", "hopeful")]
    assert "my_index" in str(await schema_of(empty))


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("ALTER TABLE jobs DROP COLUMN benefits", "its table jobs has no column benefits"),
        ("DROP TABLE outreach_campaigns", "it has no table outreach_campaigns"),
    ],
)
async def test_what_is_not_quite_jobbot_s_is_rejected_with_the_difference(
    empty: DatabaseUrl, statement: str, why: str
) -> None:
    await jobbot_creates(empty, jobbot.EIGHT, *believable_rows())
    await sql(empty, statement)
    rows = await rows_of(empty)
    with pytest.raises(DatabaseProblem) as raised:
        await migrate(empty)
    assert f"not JobBot's: {why})" in str(raised.value)
    assert await rows_of(empty) == rows


async def test_other_types_of_columns_are_rejected(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE)
    if empty.is_sqlite:
        await sql(empty, 'DROP TABLE "references"', 'CREATE TABLE "references" AS SELECT 1 AS id')
        why = "its table references has no column company"
    else:
        await sql(empty, "ALTER TABLE jobs ALTER scraped_date TYPE timestamp")
        why = "its column jobs.scraped_date is TIMESTAMP"
    with pytest.raises(DatabaseProblem, match=why):
        await migrate(empty)


async def test_adopting_can_stop_at_jobbot_s_own_schema(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE, jobbot.Job(title="a", company="b", status="active"))
    assert (await migrate(empty, "0002")).revision == "0002"
    assert await schema_state(empty) == SchemaState(DatabaseKind.BEHIND, "0002", HEAD)
    found = await doctor.examine(empty, Base)
    assert [finding.values for finding in found] == [("active",)]
    await rejects(empty, None, found)


@pytest.mark.parametrize("target", ["base", "0001", "-1"])
async def test_a_jobbot_database_is_never_taken_back(empty: DatabaseUrl, target: str) -> None:
    await jobbot_creates(empty, jobbot.EIGHT, *believable_rows(), *planned_rows())
    rows = await rows_of(empty)
    with pytest.raises(DatabaseProblem, match="was created by JobBot: it can be adopted, not downgraded"):
        await migrate(empty, target)
    assert await rows_of(empty) == rows


async def test_the_doctor_changes_nothing_and_sees_missing_triggers(empty: DatabaseUrl) -> None:
    await migrate(empty)
    if empty.is_sqlite:
        await sql(empty, "DROP TRIGGER log_change_jobs_create", "DROP TRIGGER search_index_companies_update")
    else:
        await sql(empty, "DROP TRIGGER log_change ON jobs", "DROP TRIGGER search_index ON companies")
    schema = await schema_of(empty)
    content = empty.sqlite_path.read_bytes() if empty.sqlite_path else b""
    found = await doctor.examine(empty, Base, DOCUMENTS.values())
    assert [(f.kind, f.table, f.rule, f.blocks) for f in found] == [
        (FindingKind.TRIGGER, "jobs", "must have the triggers that write the change log", False),
        (FindingKind.TRIGGER, "companies", "must have the triggers that keep the search index", False),
    ]
    assert await schema_of(empty) == schema
    if empty.sqlite_path:
        assert empty.sqlite_path.read_bytes() == content
        assert files(empty.sqlite_path.parent) == [empty.sqlite_path.name]
    await migrate(empty)
    assert await doctor.examine(empty, Base, DOCUMENTS.values()) == []


async def test_the_doctor_sees_a_damaged_file(tmp_path: Path) -> None:
    url = normalise(f"sqlite:///{tmp_path}/jobbot.db")
    await migrate(url)
    with closing(sqlite3.connect(tmp_path / "jobbot.db")) as connection:
        connection.execute("INSERT INTO jobs (title, company) VALUES ('a', 'b')")
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_schema SET sql = 'CREATE INDEX ix_jobs_title ON jobs (company)' WHERE name = 'ix_jobs_title'"
        )
        connection.commit()
    (finding,) = await doctor.examine(url, Base)
    assert (finding.kind, finding.values) == (FindingKind.INTEGRITY, ("row 1 missing from index ix_jobs_title",))


async def test_the_doctor_rejects_what_is_not_ours(empty: DatabaseUrl) -> None:
    if empty.is_sqlite:
        with pytest.raises(DatabaseProblem, match=r".* does not exist: `jobbot-gql migrate` creates it"):
            await doctor.examine(empty, Base)
    else:
        assert await doctor.examine(empty, Base) == []
    await sql(empty, "CREATE TABLE users (id INTEGER)")
    with pytest.raises(DatabaseProblem, match="belongs to another program"):
        await doctor.examine(empty, Base)


def test_a_finding_goes_into_json() -> None:
    finding = Finding(
        FindingKind.DATE, "jobs", "posting_date", (1, 2), 2, ("soon",), "rule", "fix", ("--convert",), True
    )
    assert finding.as_dict() == {
        "kind": "date",
        "table": "jobs",
        "column": "posting_date",
        "ids": (1, 2),
        "count": 2,
        "values": ("soon",),
        "rule": "rule",
        "fix": "fix",
        "options": ("--convert",),
        "command": "jobbot-gql migrate --convert",
        "blocks": True,
    }
