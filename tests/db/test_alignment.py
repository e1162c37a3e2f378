"""JobBot databases whose indexes, constraints and columns are not quite those of its code."""

import re

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.models import Base
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.upkeep import doctor
from jobbot_gql.upkeep.adoption import Settlement, Unsettled
from jobbot_gql.upkeep.findings import FindingKind
from jobbot_gql.upkeep.migrations import migrate
from tests.conftest import api_of
from tests.db import jobbot
from tests.db.jobbot_databases import as_stored_by_us, believable_rows, jobbot_creates
from tests.db.looking import rows_of, schema_of, sql

ANYWHERE = [
    "DROP INDEX ix_jobs_id",
    "DROP INDEX ix_applications_status",
    "DROP INDEX ix_jobs_title",
    "CREATE INDEX idx_job_titles ON jobs (title)",
]
ON_POSTGRESQL = [
    *ANYWHERE,
    "ALTER TABLE jobs RENAME CONSTRAINT jobs_pkey TO pk_of_jobs",
    "ALTER TABLE jobs DROP CONSTRAINT jobs_job_url_key",
    "ALTER TABLE applications RENAME CONSTRAINT applications_job_id_fkey TO fk_a",
    "ALTER TABLE employer_responses DROP CONSTRAINT employer_responses_application_id_fkey",
    "ALTER TABLE jobs ALTER title DROP NOT NULL",
]
REWRITTEN = [
    ("jobs", r"title VARCHAR\(255\) NOT NULL", "title TEXT"),
    ("jobs", r",\s*UNIQUE \(job_url\)", ""),
    ("jobs", r"PRIMARY KEY \(id\)", "CONSTRAINT pk_of_jobs PRIMARY KEY (id)"),
    ("applications", r"FOREIGN KEY\(job_id\)", "CONSTRAINT fk_a FOREIGN KEY(job_id)"),
    ("employer_responses", r",\s*FOREIGN KEY\(application_id\) REFERENCES applications \(id\)", ""),
]


async def bend(database: DatabaseUrl) -> None:
    """Change indexes and constraints, and no rows."""
    if not database.is_sqlite:
        await sql(database, *ON_POSTGRESQL)
        return
    await sql(database, *ANYWHERE)
    for table, pattern, replacement in REWRITTEN:
        ((definition,),) = await sql(database, f"SELECT sql FROM sqlite_master WHERE name = '{table}'")  # noqa: S608
        changed = re.sub(pattern, replacement, definition)
        assert changed != definition
        indexes = await sql(
            database,
            f"SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{table}' AND sql <> ''",  # noqa: S608
        )
        await sql(
            database,
            "PRAGMA legacy_alter_table = ON",
            f"ALTER TABLE {table} RENAME TO before",
            changed,
            f"INSERT INTO {table} SELECT * FROM before",  # noqa: S608
            "DROP TABLE before",
            *(index for (index,) in indexes),
        )


async def test_indexes_and_constraints_make_no_difference(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE, *believable_rows())
    await migrate(empty)
    wanted = await schema_of(empty)
    await sql(empty, *([] if empty.is_sqlite else ["DROP SCHEMA public CASCADE", "CREATE SCHEMA public"]))
    if empty.sqlite_path:
        empty.sqlite_path.unlink()
    await jobbot_creates(empty, jobbot.FIVE, *believable_rows())
    await bend(empty)
    before = await rows_of(empty)
    assert await doctor.examine(empty, Base) == []

    await migrate(empty)

    after = await rows_of(empty)
    assert {table: after[table] for table in before} == as_stored_by_us(before, empty.is_sqlite)
    assert await doctor.examine(empty, Base, DOCUMENTS.values()) == []
    assert await schema_of(empty) == wanted


async def test_repeated_addresses_are_listed_first(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE)
    await bend(empty)
    urls = ["https://a.example/1", "https://a.example/2", "https://a.example/1", "https://a.example/1", "", ""]
    for url in urls:
        await sql(empty, "INSERT INTO jobs (title, company, job_url) VALUES ('a', 'b', :url)", url=url)
    found = await doctor.examine(empty, Base)
    duplicates = next(finding for finding in found if finding.kind is FindingKind.DUPLICATE)
    assert (duplicates.ids, duplicates.count, duplicates.values) == ((3, 4), 2, ("https://a.example/1",))
    assert duplicates.options == ("--map 'jobs.job_url.*='",)
    with pytest.raises(Unsettled):
        await migrate(empty)
    await migrate(empty, settlement=Settlement.parse(["jobs.job_url.*="]))
    assert await sql(empty, "SELECT job_url FROM jobs ORDER BY id") == [(urls[0],), (urls[1],), *[(None,)] * 4]


async def test_extra_columns_are_kept_and_named(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE, *believable_rows())
    blob = "BLOB" if empty.is_sqlite else "BYTEA"
    await sql(
        empty,
        "ALTER TABLE jobs ADD COLUMN rating INTEGER NOT NULL DEFAULT 3",
        f"ALTER TABLE jobs ADD COLUMN photo {blob}",
        "UPDATE jobs SET rating = id + 5",
    )
    found = [finding for finding in await doctor.examine(empty, Base) if finding.kind is FindingKind.EXTRA]
    assert [(finding.table, finding.column, finding.blocks) for finding in found] == [
        ("jobs", "rating", False),
        ("jobs", "photo", False),
    ]
    migration = await migrate(empty)
    assert [finding.column for finding in migration.findings] == ["rating", "photo"]
    photo = "x'ff'" if empty.is_sqlite else "'\\xff'"
    await sql(empty, f"UPDATE jobs SET photo = {photo}, title = 'new' WHERE id = 1")  # noqa: S608
    assert await sql(empty, "SELECT rating FROM jobs ORDER BY id") == [(6,), (7,)]
    ((photo_logged,),) = await sql(empty, "SELECT after ->> 'photo' FROM change_log")
    assert photo_logged == ("FF" if empty.is_sqlite else "\\xff")
    database = Database(empty)
    async with api_of(database) as api:
        data = await api.data('mutation { createJob(input: {title: "T", company: "C"}) { job { databaseId } } }')
        assert data["createJob"]["job"] == {"databaseId": 3}
    await database.dispose()
    assert [finding.column for finding in await doctor.examine(empty, Base)] == ["rating", "photo"]


async def test_deletes_name_the_foreign_table_that_is_in_the_way(empty: DatabaseUrl) -> None:
    await jobbot_creates(empty, jobbot.FIVE, *believable_rows())
    await sql(
        empty,
        "CREATE TABLE my_notes (id INTEGER PRIMARY KEY, application_id INTEGER REFERENCES applications (id))",
        "INSERT INTO my_notes VALUES (1, 1)",
    )
    await migrate(empty)
    (finding,) = await doctor.examine(empty, Base)
    assert (finding.kind, finding.table, finding.column) == (FindingKind.EXTRA, "my_notes", "application_id")
    database = Database(empty)
    async with api_of(database) as api:
        job = (await api.data("{ job(by: {databaseId: 1}) { id } }"))["job"]["id"]
        delete = (
            "mutation D($id: ID!) { deleteJob(input: {id: $id}) { change { id } userErrors { code message path } } }"
        )
        rejected = (await api.data(delete, {"id": job}))["deleteJob"]
        assert rejected["change"] is None
        assert [(error["code"], error["path"]) for error in rejected["userErrors"]] == [
            ("REFERENCED_ELSEWHERE", ["input", "id"])
        ]
        assert rejected["userErrors"][0]["message"].startswith("Rows of my_notes refer to it")
        assert (await api.data("{ job(by: {databaseId: 1}) { title } }"))["job"] == {"title": "Tester"}
        await sql(empty, "DELETE FROM my_notes")
        assert (await api.data(delete, {"id": job}))["deleteJob"]["userErrors"] == []
    await database.dispose()
