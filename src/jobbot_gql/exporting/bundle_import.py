"""The command `jobbot-gql import-bundle`: a bundle into an empty database of either engine.

It is the one import that does not go through the business rules. All rows keep their ids, versions and times, and the
change log is the bundle's. The database's constraints, `doctor` and `verify` check the rows instead.
"""

import asyncio
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import click
from pydantic import ValidationError
from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError, StatementError

from jobbot_gql.console import err
from jobbot_gql.db.base import Base
from jobbot_gql.db.maintenance_connection import DatabaseProblem, exclusive, label
from jobbot_gql.db.triggers import change_log
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.exporting import bundle
from jobbot_gql.exporting.bundle import Manifest, TableEntry
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.settings import Settings
from jobbot_gql.undo.verify import disagreements
from jobbot_gql.upkeep import doctor, sequences
from jobbot_gql.upkeep.migrations import head_revision
from jobbot_gql.upkeep.startup_check import prepare

AT_ONCE = 500
"""Rows that are inserted at a time."""
MAX_LINE_BYTES = 256_000_000


def import_bundle(settings: Settings, file: Path) -> None:
    """Import a bundle, and say what it held. Raises ClickException and DatabaseProblem; nothing is written then."""
    try:
        with ZipFile(file) as archive:
            manifest = _manifest(archive)
            asyncio.run(_import(settings.database, archive, manifest))
    except KeyError as error:
        raise click.ClickException(f"{file}: {error.args[0]}") from None
    except (BadZipFile, ValueError, EOFError) as error:
        raise click.ClickException(f"{file}: {error}") from None
    rows = sum(entry.rows for entry in manifest.tables)
    err.print(f"imported {rows:,} rows of {len(manifest.tables)} tables", markup=False)


def _manifest(archive: ZipFile) -> Manifest:
    """The manifest of a bundle that this version can import. Raises ValueError, and what zipfile raises."""
    try:
        manifest = Manifest.model_validate_json(archive.read(bundle.MANIFEST))
    except ValidationError as error:
        problem = error.errors()[0]
        raise ValueError(f"{bundle.MANIFEST}: {'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None
    if manifest.format != bundle.FORMAT:
        raise ValueError(f"the format must be {bundle.FORMAT!r}; got {manifest.format!r}")
    if manifest.revision != head_revision():
        raise ValueError(
            f"the bundle is of revision {manifest.revision}; this version imports revision {head_revision()}."
            " Import it with the version that wrote it, then run `jobbot-gql migrate`."
        )
    if [entry.table for entry in manifest.tables] != list(bundle.tables()):
        raise ValueError(f"{bundle.MANIFEST}: tables must be {', '.join(bundle.tables())}, in this order")
    return manifest


async def _import(database: DatabaseUrl, archive: ZipFile, manifest: Manifest) -> None:
    await prepare(database)
    async with exclusive(database) as connection:
        await connection.run_sync(_fill, database, archive, manifest)


def _fill(connection: Connection, database: DatabaseUrl, archive: ZipFile, manifest: Manifest) -> None:
    for table in bundle.tables():
        stored = bundle.stored(table)
        if connection.scalar(select(stored.c[bundle.key_of(table)]).limit(1)) is not None:
            raise DatabaseProblem(f"{label(database)} has rows in {table}: import a bundle into an empty database")
    change_log.remove(connection)
    for entry in manifest.tables:
        _insert(connection, archive, entry)
    change_log.install(connection, Base)
    sequences.continue_after(connection, {entry.table: entry.last_id for entry in manifest.tables})
    found = doctor.findings_in(connection, database, Base, DOCUMENTS.values()) + disagreements(connection)
    if blocking := [finding for finding in found if finding.blocks]:
        one = blocking[0]
        where = ".".join(filter(None, (one.table, one.column)))
        rows = ", ".join(map(str, one.ids))
        raise DatabaseProblem(f"the bundle was not imported: {where} {one.rule} (rows {rows})")


def _insert(connection: Connection, archive: ZipFile, entry: TableEntry) -> None:
    rows = _rows(archive, entry)
    done = 0
    while batch := list(islice(rows, AT_ONCE)):
        try:
            connection.execute(insert(bundle.stored(entry.table)), batch)
        except (DBAPIError, StatementError) as error:
            lines = f"lines {done + 1:,} to {done + len(batch):,}"
            raise ValueError(
                f"{bundle.data_file(entry.table)}: {lines} have a row that the database rejects: {error.orig}"
            ) from None
        done += len(batch)


def _rows(archive: ZipFile, entry: TableEntry) -> Iterator[dict[str, object]]:
    """The rows of a table's file. Raises ValueError at the latest at its end, if it is not what the manifest says."""
    digest, count = sha256(), 0
    name = bundle.data_file(entry.table)
    with archive.open(name) as lines:
        while line := lines.readline(MAX_LINE_BYTES):
            digest.update(line)
            count += 1
            try:
                yield bundle.decode(entry.table, line)
            except (ValueError, TypeError, AttributeError) as error:
                raise ValueError(f"{name}: line {count:,}: {error}") from None
    if count != entry.rows:
        raise ValueError(f"{name} must have {entry.rows:,} rows, as the manifest says; got {count:,}")
    if digest.hexdigest() != entry.sha256:
        raise ValueError(f"{name} was changed: its SHA-256 must be that of the manifest")
