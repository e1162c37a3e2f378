"""Read-only check of a database: rows that violate rules, missing triggers, a damaged file."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection
from sqlalchemy.orm import DeclarativeBase

from jobbot_gql.db.maintenance_connection import exclusive, reading
from jobbot_gql.db.triggers import change_log, search_index
from jobbot_gql.db.triggers.search_index import SearchDocument
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep import alignment, findings, jobbot_tables, legacy, migrations, row_scan
from jobbot_gql.upkeep.backup import sqlite_at
from jobbot_gql.upkeep.findings import Finding
from jobbot_gql.upkeep.sqlite_copy import copy_into


async def examine(
    database: DatabaseUrl, base: type[DeclarativeBase], documents: Iterable[SearchDocument] = ()
) -> list[Finding]:
    """Find all problems of a database of this project or of JobBot.

    Args:
        database: The database.
        base: The base class of all models. A model's `__checks__` receive the connection and the table, and find
            problems that involve more than one column.
        documents: The searched documents.

    Raises:
        DatabaseProblem: The database belongs to another program, is newer than this code, or cannot be read.
    """
    async with reading(database) as connection:
        if not await connection.run_sync(legacy.is_legacy):
            return await connection.run_sync(findings_in, database, base, documents)
    return await _as_adopted(database)


async def _as_adopted(database: DatabaseUrl) -> list[Finding]:
    """Findings of a legacy database, determined on a converted copy."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "copy.db"
        file.touch()
        await asyncio.to_thread(copy_into, Path(str(database.sqlite_path)), file)
        async with exclusive(sqlite_at(file)) as connection:
            await connection.run_sync(legacy.convert)
            found = await connection.run_sync(row_scan.in_tables, jobbot_tables.metadata.sorted_tables)
            return found + await connection.run_sync(legacy.notes)


def findings_in(
    connection: Connection, database: DatabaseUrl, base: type[DeclarativeBase], documents: Iterable[SearchDocument]
) -> list[Finding]:
    """The findings of `examine`, as a transaction sees the database."""
    state = migrations.state_of(connection)
    migrations.require_ours(database, state)
    found = _damage(connection) if database.is_sqlite else []
    if state.kind is migrations.DatabaseKind.CURRENT:
        found += row_scan.in_tables(connection, base.metadata.sorted_tables)
        if not any(finding.blocks for finding in found):  # blocked rows may be unreadable
            models = {mapper.local_table: mapper.class_ for mapper in base.registry.mappers}
            for table in base.metadata.sorted_tables:
                for check in getattr(models.get(table), "__checks__", ()):
                    found += check(connection, table)
        found += legacy.notes(connection)
        found += alignment.extras(connection, base.metadata.sorted_tables)
    elif state.revision:
        tables = (*jobbot_tables.BUILT, *(() if state.revision == "0001" else jobbot_tables.PLANNED))
        found += row_scan.in_tables(connection, tables)
        if state.kind is migrations.DatabaseKind.SEED:
            found += alignment.extras(connection, tables)
    found += [_without_triggers(table, "write the change log") for table in change_log.missing(connection, base)]
    if search_index.exists(connection):
        unsearched = search_index.missing(connection, documents)
        found += [_without_triggers(table, "keep the search index") for table in unsearched]
    return found


def _without_triggers(table: str, purpose: str) -> Finding:
    return Finding(
        findings.FindingKind.TRIGGER,
        table,
        column="",
        ids=(),
        count=0,
        values=(),
        rule=f"must have the triggers that {purpose}",
        fix="A migration creates them.",
        options=("--to head",),
    )


def _damage(connection: Connection) -> list[Finding]:
    verdicts = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
    return [
        Finding(
            findings.FindingKind.INTEGRITY,
            table="",
            column="",
            ids=(),
            count=0,
            values=(verdict,),
            rule="the file must be undamaged",
            fix="Restore a backup, or save what sqlite3's .recover still finds.",
            blocks=True,
        )
        for verdict in verdicts
        if verdict != "ok"
    ]
