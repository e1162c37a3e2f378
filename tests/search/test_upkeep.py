"""The search index follows every write, whoever does it, and every migration."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped] # has no types
import pytest
from sqlalchemy import delete, select, text, update

from jobbot_gql.db.database import Database
from jobbot_gql.db.maintenance_connection import DatabaseProblem
from jobbot_gql.db.sql.column_types import StringList
from jobbot_gql.db.triggers import search_index
from jobbot_gql.db.triggers.search_index import Term, matching
from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.models import (
    Application,
    AttachedDocument,
    Change,
    Company,
    Contact,
    EmployerResponse,
    Interview,
    Job,
    Opportunity,
    Reference,
)
from jobbot_gql.search.documents import DOCUMENTS, SearchType
from jobbot_gql.upkeep.migrations import migrate, scripts_folder
from tests.conftest import Api, database_at
from tests.db.looking import schema_of, sql
from tests.postgres import drop_database
from tests.rows import new_job

JOB, APPLICATION, RESPONSE, REFERENCE, COMPANY, OPPORTUNITY, INTERVIEW, CONTACT, DOCUMENT = (
    DOCUMENTS[kind].kind for kind in SearchType
)
KINDS = [document.kind for document in DOCUMENTS.values()]


async def found(database: Database, word: str, kinds: list[int] = KINDS) -> set[tuple[int, int]]:
    """The index's entries that have a word, as (kind, id)."""
    snapshot = database.snapshot()
    try:
        rows = await snapshot.rows(matching(database.dialect, [Term(word)], [], kinds, 1000))
        return {(row.kind, row.row_id) for row in rows}
    finally:
        await snapshot.close()


async def found_at(url: DatabaseUrl, word: str) -> set[tuple[int, int]]:
    """The same of a database that is not open."""
    database = Database(url)
    try:
        return await found(database, word)
    finally:
        await database.dispose()


def full() -> list[Any]:
    """A row of each kind with a word of its own in each text that is indexed."""

    def words(kind: SearchType) -> dict[str, Any]:
        texts = {attribute: f"{kind}{attribute.key}" for attribute in DOCUMENTS[kind].columns}
        return {
            attribute.key: [word] if isinstance(attribute.type, StringList) else word
            for attribute, word in texts.items()
        }

    response = EmployerResponse(response_type="offer", **words(SearchType.EMPLOYER_RESPONSE))
    interview = Interview(starts_at=datetime(2026, 3, 1, 9, tzinfo=UTC), **words(SearchType.INTERVIEW))
    application = Application(responses=[response], interviews=[interview], **words(SearchType.APPLICATION))
    company = Company(opportunities=[Opportunity(**words(SearchType.OPPORTUNITY))], **words(SearchType.COMPANY))
    return [
        Job(applications=[application], **words(SearchType.JOB)),
        company,
        Reference(**words(SearchType.REFERENCE)),
        Contact(**words(SearchType.CONTACT)),
        AttachedDocument(sha256="0" * 64, **words(SearchType.ATTACHED_DOCUMENT)),
    ]


ALL_WORDS = [
    (document.kind, f"{kind}{attribute.key}".replace("_", " "))
    for kind, document in DOCUMENTS.items()
    for attribute in document.columns
]


async def test_every_text_is_indexed_and_leaves_with_its_row(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all(full())
    for kind, words in ALL_WORDS:
        assert await found(database, words) == {(kind, 1)}, words
    async with database.transaction() as session:
        for model in (Job, Company, Reference, Contact, AttachedDocument):  # the others go with them
            await session.execute(delete(model))
    for _, words in ALL_WORDS:
        assert await found(database, words) == set(), words


async def test_a_changed_text_is_found_by_its_new_words_only(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all([Job(title="old hat", company="Acme"), Job(title="old", company="Acme")])
    async with database.transaction() as session:
        job = await session.get_one(Job, 1)
        job.title = "new hat"
        job.keywords = ["fresh"]
    async with database.transaction() as session:
        await session.execute(update(Job).values(status="archived", salary_min=1))

    assert await found(database, "old") == {(JOB, 2)}
    for word in ("new", "hat", "fresh"):
        assert await found(database, word) == {(JOB, 1)}
    assert await found(database, "acme") == {(JOB, 1), (JOB, 2)}
    assert await found(database, "acme", [COMPANY]) == set()


async def test_nothing_of_what_is_undone_is_indexed(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            session.add(Job(title="ghost", company="Acme"))
            await session.flush()
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fail()
    assert await found(database, "ghost") == set()


async def test_other_programs_writes_are_indexed(database: Database) -> None:
    await sql(
        database.url,
        "INSERT INTO jobs (title, company, keywords) VALUES ('one', 'Acme', '[\"na\\u00efve\", \"x\"]'),"
        " ('two', 'Acme', 'no [JSON'), ('three', 'Acme', '{\"key\": \"value\"}')",
        "UPDATE jobs SET title = 'four', id = 7 WHERE title = 'three'",
        "DELETE FROM jobs WHERE title = 'two'",
    )

    assert await found(database, "naive") == {(JOB, 1)}
    assert await found(database, "acme") == {(JOB, 1), (JOB, 7)}
    assert await found(database, "four") == {(JOB, 7)}
    for word in ("two", "three", "json", "value", "u00efve"):
        assert await found(database, word) == set(), word


async def test_every_row_of_a_statement_over_many_is_indexed(database: Database) -> None:
    await sql(
        database.url,
        "INSERT INTO companies (name) WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)"
        " SELECT 'number ' || n FROM n",
        "UPDATE companies SET name = name || ' even' WHERE id % 2 = 0",
        "DELETE FROM companies WHERE id > 200",
    )

    assert len(await found(database, "number")) == 200
    assert len(await found(database, "even")) == 100
    assert await found(database, "77") == {(COMPANY, 77)}


async def test_postgresql_s_truncate_empties_the_index(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all(full())
    if database.dialect == "postgresql":
        await sql(database.url, "TRUNCATE jobs CASCADE")
    else:
        await sql(database.url, "PRAGMA foreign_keys = ON", "DELETE FROM jobs")

    assert await found(database, "jobtitle") == set()
    assert await found(database, "applicationnotes") == set()
    assert await found(database, "companyname") == {(COMPANY, 1)}


async def test_the_change_log_knows_nothing_of_the_index(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_job())
    async with database.transaction() as session:
        await session.execute(update(Job).values(title="C"))
    async with database.transaction() as session:
        logged = (await session.execute(select(Change.entity, Change.operation))).all()

    assert [tuple(row) for row in logged] == [("Job", "create"), ("Job", "update")]


@pytest.mark.parametrize(
    "description",
    ["x" * 2_000_000, "".join(f"{n:x} " for n in range(200_000)), "漢 " * 200_000],
    ids=["one word", "many words", "one word many times"],  # a process cannot be started with the text in its name
)
async def test_a_text_of_any_size_can_be_written(database: Database, description: str) -> None:
    texts = dict.fromkeys(("description", "requirements", "benefits"), description)
    async with database.transaction() as session:
        session.add(Job(title="long", company="Acme", keywords=[description], **texts))

    assert await found(database, "long") == {(JOB, 1)}


async def test_the_first_50000_characters_of_a_text_are_indexed(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_job(description="- " * 24_990 + "within" + " " * 20 + "beyond"))

    assert await found(database, "within") == {(JOB, 1)}
    assert await found(database, "beyond") == set()


# Migrations


async def test_rows_that_are_there_already_are_indexed_by_the_migration(empty: DatabaseUrl) -> None:
    await migrate(empty, "0003")
    await sql(empty, "INSERT INTO jobs (title, company) VALUES ('early', 'Acme')")
    await migrate(empty)

    assert await found_at(empty, "early") == {(JOB, 1)}


async def test_a_downgrade_leaves_nothing_behind(empty: DatabaseUrl) -> None:
    await migrate(empty, "0003")
    before = await schema_of(empty)
    await migrate(empty)
    await sql(empty, "INSERT INTO jobs (title, company) VALUES ('kept', 'Acme')")
    await migrate(empty, "0003")

    assert await schema_of(empty) == before
    await sql(empty, "UPDATE jobs SET title = 'still kept'")
    await migrate(empty)
    assert await found_at(empty, "still") == {(JOB, 1)}


async def test_rebuilding_a_table_does_not_end_the_upkeep(empty: DatabaseUrl, tmp_path: Path) -> None:
    scripts = shutil.copytree(scripts_folder(), tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    (scripts / "versions" / "9999_later.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"  # noqa: S608 - a revision, no SQL
        f"revision = '9999'\ndown_revision = '{(await migrate(empty)).revision}'\n\n"
        "def upgrade():\n"
        "    op.execute(\"UPDATE jobs SET company = 'Renamed'\")\n"
        "    with op.batch_alter_table('jobs') as batch:\n"
        "        batch.alter_column('title', type_=sa.String(300))\n"
        "    op.execute(\"UPDATE jobs SET title = 'moved'\")\n"
    )
    await sql(empty, "INSERT INTO jobs (title, company) VALUES ('first', 'Acme')")
    await migrate(empty, scripts=scripts)
    await sql(empty, "INSERT INTO jobs (title, company) VALUES ('second', 'Acme')")

    for word, ids in (("first", set()), ("acme", {2}), ("renamed", {1}), ("moved", {1}), ("second", {2})):
        assert await found_at(empty, word) == {(JOB, row_id) for row_id in ids}, word


async def test_triggers_that_somebody_dropped_are_missed_and_made_again(database: Database) -> None:
    drop = 'DROP TRIGGER "search_index_references_create"'
    if database.dialect == "postgresql":
        drop = 'DROP TRIGGER search_index ON "references"'
    async with database.writer.begin() as connection:
        assert await connection.run_sync(search_index.missing, DOCUMENTS.values()) == []
        await connection.execute(text(drop))
        await connection.execute(text("INSERT INTO \"references\" (name) VALUES ('Ada')"))
        assert await connection.run_sync(search_index.missing, DOCUMENTS.values()) == ["references"]
    await migrate(database.url)
    async with database.writer.begin() as connection:
        assert await connection.run_sync(search_index.missing, DOCUMENTS.values()) == []

    assert await found(database, "ada") == {(REFERENCE, 1)}


async def test_the_index_can_be_filled_anew(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all(full())
    async with database.writer.begin() as connection:
        await connection.run_sync(search_index.remove)
        await connection.execute(text("UPDATE jobs SET title = 'silent'"))
        await connection.run_sync(search_index.install, DOCUMENTS.values())

    assert await found(database, "silent") == {(JOB, 1)}
    assert await found(database, "jobtitle") == set()
    assert await found(database, "referencenotes") == {(REFERENCE, 1)}


async def test_stale_entries_of_a_replaced_row_do_no_harm(api: Api) -> None:
    if api.database.dialect == "postgresql":  # has no REPLACE
        return
    insert = "INSERT OR REPLACE INTO jobs (title, company, job_url) VALUES ('{}', 'Acme', 'https://a.example')"
    await sql(api.database.url, insert.format("gone"), insert.format("kept"))

    data = await api.data('{ gone: search(query: "gone") { score } kept: search(query: "kept") { snippet } }')
    assert data == {"gone": [], "kept": [{"snippet": "<mark>kept</mark>"}]}


async def test_an_encoding_that_is_too_small_is_rejected(postgres: str) -> None:
    await drop_database(postgres, "latin1")
    connection = await asyncpg.connect(postgres)
    await connection.execute("CREATE DATABASE latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    await connection.close()
    try:
        with pytest.raises(DatabaseProblem, match="this database's encoding is LATIN1, which most texts do not fit in"):
            await migrate(normalise(database_at(postgres, "latin1")))
    finally:
        await drop_database(postgres, "latin1")
