"""The command `serve`."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from jobbot_gql.db.maintenance_connection import label
from jobbot_gql.settings import Settings, load_settings, traces_exporter

if TYPE_CHECKING:
    from jobbot_gql.db.database import Database
    from jobbot_gql.telemetry.logs import Log
    from jobbot_gql.telemetry.tracing import Traces


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


@click.command()
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
