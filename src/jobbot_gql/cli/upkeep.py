"""Commands on the database as a whole: migrations, checks and backups."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import click

from jobbot_gql.console import echo, echo_json, err, out
from jobbot_gql.db.url import DatabaseUrlError, mask_password, normalise
from jobbot_gql.settings import load_settings
from jobbot_gql.upkeep.findings import Finding, repair_command


@click.command()
@click.option("--to", "target", default="head", show_default=True, help="A revision: head, base, 0002, +1, -1.")
@click.option(
    "--map", "maps", multiple=True, metavar="TABLE.COLUMN.VALUE=NEW",
    help="Replacement for a value outside its vocabulary, such as jobs.status.active=discovered; repeatable.",
)  # fmt: skip
@click.option(
    "--orphans", type=click.Choice(["keep", "delete"]),
    help="Handling of rows that refer to a missing row.",
)  # fmt: skip
@click.option(
    "--convert", is_flag=True, help="Convert values with one meaning to the right form, such as times to UTC."
)
@click.option("--encoding", metavar="NAME", help="Encoding of text that is not valid UTF-8, such as cp1252.")
def migrate(target: str, maps: tuple[str, ...], orphans: str | None, convert: bool, encoding: str | None) -> None:
    """Migrate the database to the newest schema, or adopt a database that JobBot created.

    A migration is one transaction. A SQLite file is copied before an adoption or a downgrade. If the migration fails,
    the database is unchanged and the copy is removed.
    """
    from jobbot_gql.models import Base
    from jobbot_gql.upkeep import migrations
    from jobbot_gql.upkeep.adoption import Settlement

    settings = load_settings()
    settlement = Settlement.parse(maps, orphans, convert=convert, encoding=encoding, metadata=Base.metadata)
    done = asyncio.run(migrations.migrate(settings.database, target, settlement=settlement))
    for finding in done.findings:
        echo("\n".join(_lines(finding)[:2]), err=True)
    for table, count in done.deleted.items():
        err.print(f"deleted {count} rows of {table}")
    if done.copy:
        err.print(f"the database as it was before: {done.copy}", markup=False)
    before, after = done.before.revision or "empty", done.revision or "empty"
    err.print(f"already at revision {after}" if before == after else f"migrated from {before} to {after}")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
def doctor(as_json: bool) -> int:
    """List all problems in the stored data with their fixes; change nothing.

    The exit code is 1 if a problem prevents adoption or makes queries fail.
    """
    from jobbot_gql.models import Base
    from jobbot_gql.search.documents import DOCUMENTS
    from jobbot_gql.upkeep.doctor import examine

    return _report(asyncio.run(examine(load_settings().database, Base, DOCUMENTS.values())), as_json=as_json)


def _report(found: Sequence[Finding], *, as_json: bool) -> int:
    """Print findings. The exit code is 1 if one of them blocks."""
    if as_json:
        echo_json([finding.as_dict() for finding in found], indent=2)
    elif found:
        for finding in found:
            echo("\n".join(_lines(finding)))
        commands = {repair_command([finding]) for finding in found} - {None}
        if len(commands) > 1:
            echo(f"\nAll repairs in one command:\n{repair_command(found)}")
    else:
        out.print("no problems found")
    return int(any(finding.blocks for finding in found))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def backup(file: Path, force: bool) -> int:
    """Back up the database to FILE and check the copy. The database may be in use."""
    from jobbot_gql.upkeep import backup, pg_dump

    settings = load_settings()
    if not settings.database.is_sqlite:
        return _by_other_tools(pg_dump.how_to_back_up(settings.database_url, file))
    made = backup.back_up(settings.database, file, force=force)
    err.print(f"backed up to {made.file} ({made.bytes:,} bytes, revision {made.revision})", markup=False)
    return 0


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a database that holds data; it is kept under another name.")
def restore(file: Path, force: bool) -> int:
    """Replace the database by the backup FILE. No program may have the database open."""
    from jobbot_gql.upkeep import backup, pg_dump

    settings = load_settings()
    if not settings.database.is_sqlite:
        return _by_other_tools(pg_dump.how_to_restore(settings.database_url, file))
    restored = backup.restore(settings.database, file, force=force)
    state = restored.state
    if restored.replaced:
        err.print(f"the database as it was before: {restored.replaced}", markup=False)
    due = "" if state.kind == "current" else f"; `jobbot-gql migrate` brings it to revision {state.head}"
    err.print(f"restored {settings.database.sqlite_path} at revision {state.revision}{due}", markup=False)
    return 0


@click.command("continue-after")
@click.argument("url")
def continue_after(url: str) -> None:
    """Continue ids and sequences above those of the replaced database at URL.

    `restore` does this itself. Use it after replacing a database in another way. No program may write to either
    database meanwhile.
    """
    from jobbot_gql.upkeep.sequences import continue_after_database

    try:
        replaced = normalise(url)
    except DatabaseUrlError as problem:
        raise click.ClickException(f"URL {problem.rule}; got {mask_password(url)!r}") from None
    raised = asyncio.run(continue_after_database(load_settings().database, replaced))
    for table, last in sorted(raised.items()):
        err.print(f"{table} continues after {last}", markup=False)
    if not raised:
        err.print("nothing to change: all ids and sequences are already above those of that database")


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
def verify(file: Path | None, as_json: bool) -> int:
    """Check the database or the backup FILE like `doctor`, and compare its rows with the change log.

    The exit code is 1 if a problem would make a backup unusable.
    """
    from jobbot_gql.models import Base
    from jobbot_gql.search.documents import DOCUMENTS
    from jobbot_gql.undo.verify import verify
    from jobbot_gql.upkeep import backup, pg_dump

    settings = load_settings()
    if file and not settings.database.is_sqlite:
        return _by_other_tools(pg_dump.how_to_verify(settings.database_url, file))
    database = backup.sqlite_at(file) if file else settings.database
    return _report(asyncio.run(verify(database, Base, DOCUMENTS.values())), as_json=as_json)


def _by_other_tools(commands: str) -> int:
    """Print the commands of other tools to run. The exit code is 1, because nothing was done."""
    err.print(commands, markup=False)
    return 1


def _lines(finding: Finding) -> list[str]:
    """A finding as unwrapped lines: rule, rows and values, fix, and the command that applies it."""
    ids = ", ".join(map(str, finding.ids)) + (", …" if finding.count > len(finding.ids) else "")
    values = ", ".join(f"'{value}'" for value in finding.values)
    rows = f"{finding.count} {'row' if finding.count == 1 else 'rows'}" if finding.count else ""
    where = ".".join(filter(None, (finding.table, finding.column))) or "database"
    lines = [
        f"{where}: {finding.rule}",
        "    " + ": ".join(filter(None, (f"{rows} (id {ids})" if rows and finding.ids else rows, values))),
        f"    {finding.fix}",
        f"    {repair_command([finding]) or ''}",
    ]
    return [line for line in lines if line.strip()]
