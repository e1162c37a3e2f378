"""The command line `jobbot-gql COMMAND`. Commands only parse options, call other modules and print."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from jobbot_gql import __version__
from jobbot_gql.console import Group, discard_output, echo, echo_json, err, flush, out, show, show_problem
from jobbot_gql.db.failures import DRIVER_ERRORS, is_full, is_read_only, is_unavailable
from jobbot_gql.db.maintenance_connection import DatabaseProblem, explain, label
from jobbot_gql.db.read.snapshot import ReadError
from jobbot_gql.db.url import DatabaseUrlError, mask_password, normalise
from jobbot_gql.settings import Settings, SettingsError, describe, load_settings, traces_exporter
from jobbot_gql.upkeep.findings import Finding, repair_command

if TYPE_CHECKING:
    from jobbot_gql.db.database import Database
    from jobbot_gql.telemetry.logs import Log
    from jobbot_gql.telemetry.tracing import Traces


def main() -> NoReturn:
    """Run the command line. Errors the user can correct are one line on standard error, with exit code 1."""
    try:
        with _interruptible():
            code = commands(standalone_mode=False)
        flush()
    except click.ClickException as problem:
        show(problem)
        sys.exit(problem.exit_code)
    except (SettingsError, DatabaseProblem) as problem:
        _end(str(problem))
    except (SQLAlchemyError, ReadError, *DRIVER_ERRORS) as error:
        if not (is_unavailable(error) or is_full(error) or is_read_only(error)):
            raise
        _end(explain(load_settings().database, error))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except OSError as problem:
        discard_output()
        what = problem.filename or "cannot write the output"
        _end(f"{what}: {problem.strerror or problem}")
    sys.exit(code if isinstance(code, int) else 0)


def _end(problem: str) -> NoReturn:
    with suppress(OSError):
        show_problem(problem)
    sys.exit(1)


@contextmanager
def _interruptible() -> Iterator[None]:
    """Make Ctrl-C raise KeyboardInterrupt, so that commands can clean up."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _ended_by_interrupts() -> Iterator[None]:
    """Make Ctrl-C end the process during imports, where libraries might swallow KeyboardInterrupt."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jobbot-gql")
def commands() -> None:
    """jobbot-gql: the data layer of a job-search bot, one typed GraphQL endpoint.

    The database is DATABASE_URL, sqlite:///./jobbot.db if that is not set; `jobbot-gql settings` lists all settings.
    """


@commands.command()
@click.option("--host", help="Address to listen on. [JOBBOT_HOST, 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on. [JOBBOT_PORT, 8000]")
@click.option("--root-path", metavar="PATH", help="Path prefix that a reverse proxy removes. [JOBBOT_ROOT_PATH]")
@click.option("--demo", is_flag=True, help="Load a demo data set first, if the database is empty.")
@click.option(
    "--trusted-documents", metavar="DIR", type=click.Path(path_type=Path),
    help="Execute only the operations of the manifests in DIR. [JOBBOT_TRUSTED_DOCUMENTS]",
)  # fmt: skip
@click.option("--insecure-no-auth", is_flag=True, help="Allow access without a token, on any address.")
@click.option("--slow-ms", type=float, help="Mark operations that take this long in the log. [JOBBOT_SLOW_MS, 1000]")
def serve(  # noqa: PLR0917 - click passes the options by name
    host: str | None,
    port: int | None,
    root_path: str | None,
    demo: bool,
    trusted_documents: Path | None,
    insecure_no_auth: bool,
    slow_ms: float | None,
) -> None:
    """Serve GraphQL and GraphiQL at /graphql until Ctrl-C."""
    # Imported here, because the application takes most of a second and other commands do not need it.
    with _ended_by_interrupts():
        from jobbot_gql.app import create_app
        from jobbot_gql.db.database import Database
        from jobbot_gql.telemetry import logs
        from jobbot_gql.web.garbage_collection import raise_collection_thresholds
        from jobbot_gql.web.protocols import Config
        from jobbot_gql.web.server import Server

    settings = load_settings(
        host=host,
        port=port,
        root_path=root_path,
        trusted_documents=trusted_documents,
        insecure_no_auth=insecure_no_auth or None,
        slow_ms=slow_ms,
    )
    listening = _listen(settings)
    database = Database.from_settings(settings)
    as_text = settings.log_format == "text" or (settings.log_format == "auto" and os.isatty(logs.STANDARD_ERROR))
    log = logs.configure(as_json=not as_text)
    traces = _traces(log)
    app = create_app(settings, database, log, traces.add if traces else None)
    server = Server(Config(app, settings), app, database, log, traces.flush if traces else None)
    raise_collection_thresholds()
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        try:
            runner.run(_prepare(database, settings, log, demo=demo))
            runner.run(server.serve(sockets=[listening]))
        finally:
            runner.run(database.dispose())
            log.flush()


def _traces(log: "Log") -> "Traces | None":
    exporter = traces_exporter()
    if exporter is None:
        return None
    try:
        from jobbot_gql.telemetry.tracing import configure

        return configure(exporter)
    except ImportError:
        message = "no traces: the exporter is not installed, see jobbot-gql[opentelemetry]"
        log.write("warning", message, {"exporter": exporter})
        return None


async def _prepare(database: "Database", settings: Settings, log: "Log", *, demo: bool) -> None:
    from jobbot_gql.access.command import require_a_token
    from jobbot_gql.demo import load_if_empty
    from jobbot_gql.upkeep.startup_check import prepare

    is_new = await prepare(database.url)
    if settings.needs_token:
        await require_a_token(database)
    elif settings.insecure_no_auth:
        log.write("warning", "no token is required: anyone who can reach this server can read and write everything", {})
    stored = settings.database.sqlite_path
    shown = "in memory" if database.is_in_memory else str(stored.resolve()) if stored else label(database.url)
    log.write("info", "database", {"place": shown, "new": is_new})
    if demo:
        loaded = await load_if_empty(database)
        log.write("info", "demo data loaded" if loaded else "the database already has data: no demo data loaded", {})


def _listen(settings: Settings) -> socket.socket:
    """The listening socket. It is bound before any migration, so that a used port is reported first."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise click.ClickException(
            f"cannot listen on {settings.host} port {settings.port} ({error.strerror}):"
            " is it in use? --port names another, --host another address"
        ) from None
    return listening


@commands.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--dry-run", is_flag=True, help="Import, report the result, and roll back.")
@click.option(
    "--rejects", metavar="FILE", type=click.Path(path_type=Path),
    help="Write rejected rows to FILE as JSON Lines, with the reason; import the file once corrected.",
)  # fmt: skip
@click.option(
    "--warnings", metavar="FILE", type=click.Path(path_type=Path),
    help="Write every warning to FILE as JSON Lines.",
)  # fmt: skip
@click.option(
    "--placeholder-company", metavar="NAME",
    help="Keep rows without a company under this name instead of rejecting them.",
)  # fmt: skip
@click.option(
    "--date-order", type=click.Choice(["dmy", "mdy"]),
    help="Order of day and month in ambiguous dates such as 9/1/2026.",
)  # fmt: skip
@click.option(
    "--without-identity", is_flag=True,
    help="Import files whose rows have neither an id nor a URL; changed rows become new jobs.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="One JSON object with the counts on standard output.")
def import_scrapes(  # noqa: PLR0917 - click passes the options by name
    files: tuple[Path, ...],
    dry_run: bool,
    rejects: Path | None,
    warnings: Path | None,
    placeholder_company: str | None,
    date_order: str | None,
    without_identity: bool,
    as_json: bool,
) -> None:
    """Import scraped jobs: python-jobspy's CSV, JSON or JSON Lines; `-` is standard input.

    Existing jobs are updated, not duplicated; your edits are kept. A bad row is reported and does not affect other
    rows. Importing a file again changes nothing.
    """
    from jobbot_gql.importing.command import import_files
    from jobbot_gql.importing.dates import DayMonthOrder
    from jobbot_gql.importing.examination import Options

    options = Options(
        None if placeholder_company is None else placeholder_company.strip(),
        DayMonthOrder(date_order) if date_order else None,
        without_identity,
    )
    import_files(load_settings(), files, options, dry_run=dry_run, rejects=rejects, warnings=warnings, as_json=as_json)


@commands.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--filter", "filter_", metavar="JSON", help="Filter, as the API's connections take it. [all rows]")
@click.option("--order-by", metavar="JSON", help="Order, as the API's connections take it. [newest first]")
@click.option("--columns", metavar="NAMES", help="Columns, separated by commas, such as title,company. [all]")
@click.option("--excel-safe", is_flag=True, help="Escape text that spreadsheets would execute as formulas.")
@click.option("--force", is_flag=True, help="Replace FILE if it exists.")
def export(  # noqa: PLR0917 - click names them
    name: str,
    file: Path | None,
    filter_: str | None,
    order_by: str | None,
    columns: str | None,
    excel_safe: bool,
    force: bool,
) -> None:
    """Export rows as the file NAME, such as jobs.csv or applications.jsonl, to FILE or standard output.

    A NAME is a list of the API and a format: csv, jsonl or json. Columns may follow relations to one row, such as
    job.company. bundle.zip holds everything, with ids, history and the change log; see import-bundle.
    """
    from jobbot_gql.exporting import command
    from jobbot_gql.schema import schema

    given = {"filter": filter_, "order_by": order_by, "columns": columns, "excel_safe": "true" if excel_safe else None}
    parameters = {name: value for name, value in given.items() if value is not None}
    command.export(schema, load_settings(), name, file, force=force, **parameters)


@commands.command("import-bundle")
@click.argument("file", type=click.Path(path_type=Path))
def import_bundle(file: Path) -> None:
    """Import the bundle FILE, which `export bundle.zip` wrote, into an empty database of either engine.

    Ids, versions, times, status history and the change log stay as they are. If anything is wrong, nothing is written.
    """
    from jobbot_gql.exporting import bundle_import

    bundle_import.import_bundle(load_settings(), file)


@commands.command("schema")
@click.option("--check", is_flag=True, help="Compare with FILE instead; exit code 1 if they differ.")
@click.option("--json", "as_json", is_flag=True, help="The result of the introspection query instead, in JSON.")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def print_schema(check: bool, as_json: bool, file: Path | None) -> None:
    """Print the GraphQL schema in its definition language.

    FILE requires --check. Default: ./schema.graphql, or the packaged schema if that does not exist.
    """
    if check and as_json:
        raise click.UsageError("--check and --json must not be given together")
    if file and not check:
        raise click.UsageError(f"FILE requires --check; `jobbot-gql schema > {file}` writes the schema to a file")
    from jobbot_gql.schema import schema

    if as_json:
        echo_json({"data": schema.introspect()}, indent=2)
        return
    printed = schema.as_str() + "\n"
    if not check:
        click.echo(printed, nl=False)
        return
    target = file or Path("schema.graphql")
    packaged = files("jobbot_gql") / "schema.graphql"
    try:
        stored = target.read_text("utf-8") if file or target.exists() else packaged.read_text("utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot read {target}: {error.strerror}") from None
    if stored != printed:
        raise click.ClickException(
            f"{target} is not the schema of this version: `jobbot-gql schema > {target}` renews it"
        )


@commands.command("settings")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def print_settings(as_json: bool) -> None:
    """Print every setting with its value, its source and its default; secrets are masked."""
    rows = describe(load_settings())
    if as_json:
        echo_json({row.variable: row._asdict() for row in rows}, indent=2)
        return
    for row in rows:
        origin = "" if row.source == "default" else f"   ({row.source}; default {row.default})"
        echo(f"{row.variable} = {row.value}{origin}\n    {row.description}")


@commands.group(cls=Group)
def token() -> None:
    """Create, list and revoke API tokens; see docs/access.md."""


@token.command("create")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, type=click.Choice(["read", "write", "import", "admin"]),
    help="Scope of the token; repeatable.",
)  # fmt: skip
@click.option("--expires", metavar="TIME", help="When the token expires: after 30m, 12h, 90d or 52w. [never]")
def create_token(name: str, scopes: tuple[str, ...], expires: str | None) -> None:
    """Create a token NAME and print it. It cannot be printed again."""
    from jobbot_gql.access import command

    command.create(load_settings(), name, scopes, expires)


@token.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array on standard output.")
def list_tokens(as_json: bool) -> None:
    """Print all tokens: scopes, creation, expiry and last use."""
    from jobbot_gql.access import command

    command.print_all(load_settings(), as_json=as_json)


@token.command("revoke")
@click.argument("name_or_id", metavar="NAME|ID")
def revoke_token(name_or_id: str) -> None:
    """Revoke a token. Its name cannot be reused."""
    from jobbot_gql.access import command

    command.revoke(load_settings(), name_or_id)


@commands.command()
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


@commands.command()
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


@commands.command()
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


@commands.command()
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


@commands.command("continue-after")
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


@commands.command()
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
