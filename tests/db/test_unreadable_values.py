"""Stored values that a query cannot show: `doctor` and `verify` find each of them, and its command fixes them all."""

import json
import shlex
from pathlib import Path

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.db.triggers import change_log
from jobbot_gql.models import Base
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.upkeep.adoption import Settlement
from jobbot_gql.upkeep.doctor import examine
from jobbot_gql.upkeep.findings import FindingKind, repair_command
from jobbot_gql.upkeep.migrations import migrate
from tests.api.stored_data import filled
from tests.commands import run
from tests.db.looking import sql

SQLITE = [
    ("title = NULL", FindingKind.NULL, "title", "NULL"),
    ("title = x'4142'", FindingKind.BLOB, "title", "AB"),
    ("title = x'41ff'", FindingKind.ENCODING, "title", "A\\xff"),
    ("description = CAST(x'c3' AS TEXT)", FindingKind.ENCODING, "description", "\\xc3"),
    ("keywords = x'5b5d'", FindingKind.BLOB, "keywords", "[]"),
    ("salary_min = 3000000000", FindingKind.NUMBER, "salary_min", "3000000000"),
    ("salary_min = '50k'", FindingKind.NUMBER, "salary_min", "50k"),
    ("scraped_date = '0001-01-01 00:00:00.000000'", FindingKind.TIME, "scraped_date", "0001-01-01 00:00:00.000000"),
    ("scraped_date = '9999-12-31 00:00:00.000000'", FindingKind.TIME, "scraped_date", "9999-12-31 00:00:00.000000"),
    ("scraped_date = '2026-01-02T03:04:05+02:00'", FindingKind.TIME_FORM, "scraped_date", "2026-01-02T03:04:05+02:00"),
    ("posting_date = '10000-01-01'", FindingKind.DATE, "posting_date", "10000-01-01"),
    ("posting_date = 20260102", FindingKind.DATE, "posting_date", "20260102"),
    ("version = NULL", FindingKind.NULL, "version", "NULL"),
    ("remote_option = 'false'", FindingKind.BOOLEAN, "remote_option", "false"),
]
POSTGRESQL = [
    ("title = NULL", FindingKind.NULL, "title", "NULL"),
    ("scraped_date = 'infinity'", FindingKind.TIME, "scraped_date", "infinity"),
    ("scraped_date = '4712-01-01 BC'", FindingKind.TIME, "scraped_date", "4712-01-01 00:00:00+00 BC"),
    ("posting_date = '-infinity'", FindingKind.DATE, "posting_date", "-infinity"),
    ("posting_date = '10000-01-01'", FindingKind.DATE, "posting_date", "10000-01-01"),
]
NEW = {"title": "(untitled)", "version": "1"}


def settlement_of(command: str) -> Settlement:
    """What a pasted command says, its placeholders replaced."""
    words = shlex.split(command)[2:]
    maps, given = [], {"--encoding": "", "--orphans": ""}
    for option, value in zip(words, [*words[1:], ""], strict=True):
        if option == "--map":
            column = value.split(".")[1]
            maps.append(value.rsplit("=", 1)[0] + "=" + NEW.get(column, ""))
        elif option in given:
            given[option] = value
    return Settlement.parse(
        maps,
        given["--orphans"] or None,
        convert="--convert" in words,
        encoding=given["--encoding"] or None,
        metadata=Base.metadata,
    )


async def check(database: Database, changes: list[tuple[str, FindingKind, str, str]], table: str = "jobs") -> None:
    for change, kind, column, value in changes:
        async with database.writer.begin() as connection:
            await connection.run_sync(change_log.remove)
        insert = f"INSERT INTO {table} (id, {NAMES[table]}) VALUES (7, 'T', 'C')"  # noqa: S608 - names of ours
        await sql(database.url, f"DELETE FROM {table}", insert, f"UPDATE {table} SET {change}")  # noqa: S608
        found = [finding for finding in await examine(database.url, Base) if finding.kind is not FindingKind.TRIGGER]
        assert [(f.kind, f.table, f.column, f.ids, f.count, f.values) for f in found] == [
            (kind, table, column, (7,), 1, (value,))
        ], change
        assert found[0].blocks == (kind is not FindingKind.TIME_FORM)
        command = repair_command(found)
        assert command is not None
        await migrate(database.url, settlement=settlement_of(command))
        assert await examine(database.url, Base, DOCUMENTS.values()) == [], change


NAMES = {"jobs": "title, company", "companies": "name, industry"}


async def test_each_is_found_and_fixed(database: Database) -> None:
    await filled(database, "DELETE FROM jobs")
    if database.dialect == "sqlite":
        await check(database, SQLITE)
        assert await sql(database.url, "SELECT typeof(title), typeof(keywords) FROM jobs") == [("text", "null")]
        await check(
            database, [("confidence_score = 9e999", FindingKind.NUMBER, "confidence_score", "Inf")], "companies"
        )
    else:
        await check(database, POSTGRESQL)
        await check(
            database, [("confidence_score = 'NaN'", FindingKind.NUMBER, "confidence_score", "NaN")], "companies"
        )


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # PostgreSQL rejects such text
async def test_text_keeps_its_characters(database: Database) -> None:
    await filled(
        database, "UPDATE jobs SET title = x'4142c3bc' WHERE id = 1", "UPDATE jobs SET title = x'41e9' WHERE id = 2"
    )
    found = [finding for finding in await examine(database.url, Base) if finding.kind is not FindingKind.TRIGGER]
    assert repair_command(found) == "jobbot-gql migrate --encoding cp1252 --convert"
    await migrate(database.url, settlement=settlement_of("jobbot-gql migrate --encoding cp1252 --convert"))
    assert await sql(database.url, "SELECT title FROM jobs ORDER BY id") == [("ABü",), ("Aé",), ("T3",)]


@pytest.mark.process
async def test_verify_fails(database: Database, tmp_path: Path) -> None:
    await filled(database, "UPDATE jobs SET title = NULL WHERE id = 2")
    url = database.url.url.render_as_string(hide_password=False)
    done = run(tmp_path, "verify", "--json", DATABASE_URL=url)
    assert done.returncode == 1
    found = [finding for finding in json.loads(done.stdout) if finding["kind"] == "null"]
    assert [(finding["table"], finding["column"], finding["ids"]) for finding in found] == [("jobs", "title", [2])]
    assert found[0]["command"] == "jobbot-gql migrate --map 'jobs.title.*=VALUE'"
