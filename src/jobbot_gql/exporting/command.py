"""The command `jobbot-gql export`."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from graphql import GraphQLError

from jobbot_gql import private_files
from jobbot_gql.access.clients import LOCAL
from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.console import err
from jobbot_gql.db.database import Database
from jobbot_gql.exporting.file import UnknownFile, open_file
from jobbot_gql.exporting.pages import Counts
from jobbot_gql.settings import Settings
from jobbot_gql.upkeep.backup import require_other_file
from jobbot_gql.upkeep.startup_check import prepare


def export(schema: Schema, settings: Settings, name: str, file: Path | None, *, force: bool, **parameters: str) -> None:
    """Write the export `name`, such as `jobs.csv`, to a file, or to standard output if there is none.

    `parameters` are those of `open_file`. The file appears under its name when it is complete. Raises ClickException
    and DatabaseProblem.
    """
    with _output(file, settings, force=force) as output:
        counts = asyncio.run(_export(schema, settings, name, output, parameters))
    place = "" if file is None else f" to {file}"
    err.print(f"exported {counts.rows:,} {'row' if counts.rows == 1 else 'rows'}{place}", markup=False)
    if counts.unreadable:
        err.print(
            f"{counts.unreadable:,} cells are null because their stored values cannot be read;"
            " `jobbot-gql doctor` lists such values"
        )


async def _export(
    schema: Schema, settings: Settings, name: str, output: BinaryIO, parameters: dict[str, str]
) -> Counts:
    database = Database.from_settings(settings)
    guard = Guard(schema.graphql, Limits.of(settings))
    await prepare(database.url, create=False)
    snapshot = database.snapshot()
    try:
        exported = open_file(guard, LOCAL, snapshot, name, **parameters)
        async for part in exported.parts():
            output.write(part)
    except UnknownFile as error:
        raise click.ClickException(str(error)) from None
    except GraphQLError as error:
        raise click.ClickException(error.message) from None
    finally:
        await snapshot.close()
        await database.dispose()
    return exported.counts


@contextmanager
def _output(file: Path | None, settings: Settings, *, force: bool) -> Iterator[BinaryIO]:
    if file is None:
        yield sys.stdout.buffer
        return
    if settings.database.sqlite_path is not None:
        require_other_file(settings.database.sqlite_path, file, "cannot hold an export of")
    taken = f"{file} already exists: name another file, or replace it with --force"
    if file.exists() and not force:
        raise click.ClickException(taken)
    try:
        with private_files.unfinished(file) as unfinished:
            with unfinished.open("wb") as output:
                yield output
            private_files.rename(unfinished, file, replace=force)
    except FileExistsError:
        raise click.ClickException(taken) from None
    except BlockingIOError:
        raise click.ClickException(f"another process is writing {file}") from None
