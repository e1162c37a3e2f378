"""A downgrade leaves the triggers of the revision that it reaches: they fill its change log and its search index."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, inspect

from jobbot_gql.db.maintenance_connection import exclusive
from jobbot_gql.db.triggers import change_log, search_index, trigram_indexes
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.models import Base, ImportedFile
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.upkeep.migrations import migrate
from tests.db.looking import HEAD, REVISIONS, rows_of, schema_of, sql

LOGGED_FROM, SEARCHED_FROM, TRANSACTIONS_FROM = "0003", "0004", "0010"
INSERTS = {
    "jobs": "(title, company) VALUES ('Tester', 'Acmé')",
    "job_sources": "(job_id, raw) SELECT id, '{}' FROM jobs",
    "applications": "(job_id, notes) SELECT id, 'first' FROM jobs",
    "employer_responses": "(application_id, response_type) SELECT id, 'offer' FROM applications",
    "experience_claims": "(application_id, claim_type, original_experience, claimed_experience)"
    " SELECT id, 'omission', 'none', 'some' FROM applications",
    "references": "(name) VALUES ('Ada')",
    "reference_usages": """(reference_id, context) SELECT id, 'by phone' FROM "references" """,
    "companies": "(name) VALUES ('Globex')",
    "opportunities": "(problem_description, solution_approach) VALUES ('slow', 'script')",
    "outreach_campaigns": "(notes) VALUES ('later')",
    "status_events": "(job_id, to_status) SELECT id, 'applied' FROM jobs",
    "interviews": "(application_id, starts_at, status) SELECT id, '2026-01-05 10:00:00', 'scheduled' FROM applications",
    "contacts": "(name, title) VALUES ('Grace', 'recruiter')",
    "contact_links": "(contact_id, job_id, role) SELECT contacts.id, jobs.id, 'other' FROM contacts, jobs",
    "follow_ups": "(application_id, due_on, status) SELECT id, '2026-01-12', 'open' FROM applications",
    "attached_documents": "(kind, name, sha256) VALUES ('resume', 'cv.pdf', '0')",
    "document_links": "(application_id, document_id)"
    " SELECT applications.id, attached_documents.id FROM applications, attached_documents",
    "postings": "(digest, title, company) VALUES ('0', 'Tester', 'Acme')",
    "tags": "(name, job_id) SELECT 'local', id FROM jobs",
    "imported_files": "(digest, name, row_count) VALUES ('d', 'jobs.csv', 1)",
}
"""A row of each logged table, all other tables holding one at most."""
ENTITIES: dict[str, str] = {
    mapper.persist_selectable.description: mapper.class_.__name__ for mapper in Base.registry.mappers
}
SEARCHED = {"jobs": (1, "acme", "title"), "applications": (2, "first", "notes"), "companies": (5, "globex", "name")}
"""Number in the search index, a word of the row above, and a column that is indexed."""


def test_every_logged_table_is_written() -> None:
    assert INSERTS.keys() | {change_log.LOG} == Base.metadata.tables.keys() & ENTITIES.keys()


@pytest.mark.slow
async def test_a_downgrade_leaves_the_triggers_of_the_revision_that_it_reaches(empty: DatabaseUrl) -> None:
    schemas = {}
    for revision in REVISIONS:
        await migrate(empty, revision)
        schemas[revision] = await schema_of(empty)

    for revision in reversed(REVISIONS[REVISIONS.index(LOGGED_FROM) :]):
        await migrate(empty, revision)

        assert await schema_of(empty) == schemas[revision], revision
        async with exclusive(empty) as connection:
            assert await connection.run_sync(change_log.missing, Base) == []
            if revision >= SEARCHED_FROM:
                assert await connection.run_sync(search_index.missing, DOCUMENTS.values()) == []
        await writes_are_logged_and_indexed(empty, revision)


async def writes_are_logged_and_indexed(url: DatabaseUrl, revision: str) -> None:
    """Insert, update and delete a row of every table that there is, as another program would."""
    async with exclusive(url) as connection:
        columns = await connection.run_sync(columns_of)
    columns["jobs"].discard("url_key")  # follows from the URL, and is not logged
    tables = [table for table in INSERTS if table in columns]
    searched = SEARCHED if revision >= SEARCHED_FROM else {}

    await sql(url, *(f'INSERT INTO "{table}" {INSERTS[table]}' for table in tables))
    created = await last_entries(url, len(tables), columns["change_log"])
    assert [entry["entity"] for entry in created] == [ENTITIES[table] for table in tables], revision
    ids = {table: entry["entity_id"] for table, entry in zip(tables, created, strict=True)}
    for table, entry in zip(tables, created, strict=True):
        assert (entry["operation"], entry["before"], entry["after"]["id"]) == ("create", None, ids[table])
        assert entry["after"].keys() == columns[table], revision
        assert ("transaction_id" in entry) == (revision >= TRANSACTIONS_FROM)
        if not url.is_sqlite and "transaction_id" in entry:  # on SQLite, whoever signs a transaction writes it
            assert entry["transaction_id"] == created[0]["sequence"]
    for table, (kind, word, _) in searched.items():
        assert await found(url, kind, word) == [ids[table]], (revision, table)

    await sql(url, *(f"UPDATE {table} SET {column} = 'changed'" for table, (_, _, column) in SEARCHED.items()))  # noqa: S608 - names
    updated = await last_entries(url, len(SEARCHED), columns["change_log"])
    assert [(entry["entity"], entry["operation"], entry["after"]) for entry in updated] == [
        (ENTITIES[table], "update", {column: "changed"}) for table, (_, _, column) in SEARCHED.items()
    ], revision
    for table, (kind, _, _) in searched.items():
        assert await found(url, kind, "changed") == [ids[table]], (revision, table)

    await sql(url, *(f'DELETE FROM "{table}"' for table in reversed(tables)))  # noqa: S608 - names
    deleted = await last_entries(url, len(tables), columns["change_log"])
    assert [(entry["entity"], entry["entity_id"], entry["operation"], entry["after"]) for entry in deleted] == [
        (ENTITIES[table], ids[table], "delete", None) for table in reversed(tables)
    ], revision
    assert [entry["before"].keys() for entry in deleted] == [columns[table] for table in reversed(tables)]
    for kind, _, _ in searched.values():
        assert await found(url, kind, "changed") == []


async def last_entries(url: DatabaseUrl, count: int, columns: set[str]) -> list[dict[str, Any]]:
    """The last entries of the log, the newest last; there must be as many."""
    names = sorted(columns)
    rows = await sql(url, f"SELECT {', '.join(names)} FROM change_log ORDER BY sequence DESC LIMIT {count}")  # noqa: S608 - names
    assert len(rows) == count
    entries = [dict(zip(names, row, strict=True)) for row in reversed(rows)]
    for entry in entries:
        for part in ("before", "after"):
            entry[part] = json.loads(entry[part]) if isinstance(entry[part], str) else entry[part]
    return entries


async def found(url: DatabaseUrl, kind: int, word: str) -> list[int]:
    """The rows of a table whose texts have a word, by the index itself."""
    wide = url.is_sqlite and await sql(url, "SELECT 1 FROM sqlite_schema WHERE name = 'contacts'")
    factor = 64 if wide else 8
    query = (
        f"SELECT rowid / {factor} FROM search_index WHERE search_index MATCH :word AND rowid % {factor} = :kind"  # noqa: S608 - a number
        if url.is_sqlite
        else "SELECT row_id FROM search_index WHERE words @@ to_tsquery('simple', :word) AND kind = :kind"
    )
    return [row_id for (row_id,) in await sql(url, query, word=word, kind=kind)]


@pytest.mark.parametrize(("revision", "dropped"), [("0019", "contacts"), ("0016", "interviews")])
async def test_a_downgrade_removes_the_entries_of_dropped_tables(
    empty: DatabaseUrl, revision: str, dropped: str
) -> None:
    kinds = {document.table: document.kind for document in DOCUMENTS.values()}
    await migrate(empty)
    await sql(
        empty,
        f"INSERT INTO jobs {INSERTS['jobs']}",
        f"INSERT INTO applications {INSERTS['applications']}",
        "INSERT INTO interviews (application_id, starts_at, status, debrief)"
        " SELECT id, '2026-01-05 10:00:00', 'scheduled', 'gone' FROM applications",
        "INSERT INTO contacts (name) VALUES ('gone')",
    )
    assert await found(empty, kinds[dropped], "gone") == [1]

    await migrate(empty, revision)
    entries = len((await rows_of(empty))["search_index_docsize" if empty.is_sqlite else "search_index"])
    assert entries == len({"jobs", "applications", "interviews"} - {dropped})
    assert await found(empty, kinds["jobs"], "acme") == [1]

    await migrate(empty)
    await sql(empty, "INSERT INTO contacts (name) VALUES ('new')")
    assert await found(empty, kinds["contacts"], "gone") == []
    assert await found(empty, kinds["contacts"], "new") == [row["id"] for row in (await rows_of(empty))["contacts"]]


async def test_tables_that_an_older_schema_lacks_are_left_out(empty: DatabaseUrl) -> None:
    name = ImportedFile.name
    documents = [document for document in DOCUMENTS.values() if document.kind != 7]  # the largest on SQLite
    documents.append(search_index.SearchDocument(kind=7, model=ImportedFile, heading=[name]))

    def install(connection: Connection) -> list[str]:
        search_index.install(connection, documents)
        trigram_indexes.install(connection, [name])
        return search_index.missing(connection, documents)

    await migrate(empty, "0010")
    assert await run_sync(empty, install) == []
    await migrate(empty, HEAD)
    assert await run_sync(empty, install) == []
    await sql(empty, f"INSERT INTO imported_files {INSERTS['imported_files']}")
    assert await found(empty, 7, "csv") == [1]


async def run_sync(url: DatabaseUrl, act: Callable[[Connection], Any]) -> Any:
    async with exclusive(url) as connection:
        return await connection.run_sync(act)


def columns_of(connection: Connection) -> dict[str, set[str]]:
    """The names of all columns, by table."""
    inspector = inspect(connection)
    return {table: {column["name"] for column in inspector.get_columns(table)} for table in inspector.get_table_names()}
