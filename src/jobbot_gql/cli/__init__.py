"""The command line `jobbot-gql COMMAND`. Commands only parse options, call other modules and print."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import click
from sqlalchemy.exc import SQLAlchemyError

from jobbot_gql import __version__
from jobbot_gql.cli import data, documents, inspection, serving, tokens, upkeep
from jobbot_gql.console import Group, discard_output, flush, show, show_problem
from jobbot_gql.db.failures import DRIVER_ERRORS, is_full, is_read_only, is_unavailable
from jobbot_gql.db.maintenance_connection import DatabaseProblem, explain
from jobbot_gql.db.read.snapshot import ReadError
from jobbot_gql.settings import SettingsError, load_settings


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


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="jobbot-gql")
def commands() -> None:
    """jobbot-gql: the data layer of a job-search bot, one typed GraphQL endpoint.

    The database is DATABASE_URL, sqlite:///./jobbot.db if that is not set; `jobbot-gql settings` lists all settings.
    """


for command in (
    serving.serve,
    data.import_scrapes,
    data.export,
    data.import_bundle,
    documents.document,
    inspection.print_schema,
    inspection.print_settings,
    tokens.token,
    upkeep.migrate,
    upkeep.doctor,
    upkeep.backup,
    upkeep.restore,
    upkeep.continue_after,
    upkeep.verify,
):
    commands.add_command(command)
