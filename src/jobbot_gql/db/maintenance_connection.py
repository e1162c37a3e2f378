"""Single connections for migrations and checks of the whole database.

Unlike the engines of `engine.py`, they do not set WAL mode on a SQLite file, and do not enforce foreign keys.
"""

import os
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, NullPool, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from jobbot_gql import private_files
from jobbot_gql.db.engine import open_existing
from jobbot_gql.db.failures import is_full, is_read_only
from jobbot_gql.db.url import DatabaseUrl

MIGRATION_LOCK = 0x6A6F62626F74
"""Key of the advisory lock: "jobbot" in ASCII."""
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL documentation, Appendix A
POOLED = {"42P05", "26000"}
"""A prepared statement already exists, or does not exist: a pooler has switched the server session."""


class DatabaseProblem(Exception):
    """A problem that the user must solve. The message is one line that says how."""


@asynccontextmanager
async def exclusive(database: DatabaseUrl, *, wait: float = 30) -> AsyncIterator[AsyncConnection]:
    """A write transaction that excludes other migrations, rolled back on any error.

    Creates a SQLite file that does not exist. Raises DatabaseProblem, also if the lock is not free within `wait`
    seconds.
    """
    path = _file(database)
    if path:
        try:
            private_files.create_folders(path)
            private_files.create_if_missing(path)
        except OSError as error:
            raise DatabaseProblem(f"cannot open {path}: {error.strerror}") from error
    async with _connection(database, readonly=False, wait=wait) as connection, connection.begin():
        if not path:
            await connection.execute(
                text("SELECT set_config('lock_timeout', :ms, true)"), {"ms": str(int(wait * 1000))}
            )
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        yield connection


@asynccontextmanager
async def reading(database: DatabaseUrl) -> AsyncIterator[AsyncConnection]:
    """A read-only snapshot. Raises DatabaseProblem."""
    path = _file(database)
    if path and not path.exists():
        raise DatabaseProblem(f"{path} does not exist: `jobbot-gql migrate` creates it")
    async with _connection(database, readonly=True, wait=10) as connection, connection.begin():
        yield connection


def label(database: DatabaseUrl) -> str:
    """Name of the database for messages, without the password: the SQLite file, or host, port and database."""
    if database.is_sqlite:
        return str(database.url.database)
    return f"{database.url.host or 'localhost'}:{database.url.port or 5432}/{database.url.database or ''}"


def _file(database: DatabaseUrl) -> Path | None:
    if database.is_sqlite and not database.sqlite_path:
        raise DatabaseProblem("a SQLite database in memory ends with its connection: name a file in DATABASE_URL")
    return database.sqlite_path


@asynccontextmanager
async def _connection(database: DatabaseUrl, *, readonly: bool, wait: float) -> AsyncIterator[AsyncConnection]:
    path = database.sqlite_path
    if path and (path.is_dir() or not os.access(path, os.R_OK)):
        # Otherwise aiosqlite's thread may report the failure to a closed event loop, with a traceback.
        raise DatabaseProblem(_cannot_open(database))
    engine = _engine(database, readonly=readonly, wait=wait)
    try:
        try:
            connection = await engine.connect()
        except (OSError, DBAPIError) as error:
            if database.is_sqlite:
                raise
            if _sqlstate(error) in POOLED:
                raise DatabaseProblem(explain(database, error)) from error
            raise DatabaseProblem(
                f"cannot reach PostgreSQL at {label(database)} ({_reason(error) or type(error).__name__}):"
                " is it running, and is DATABASE_URL right?"
            ) from error
        async with aclosing(connection):
            yield connection
    except DBAPIError as error:
        raise DatabaseProblem(explain(database, error)) from error
    finally:
        await engine.dispose()


def _engine(database: DatabaseUrl, *, readonly: bool, wait: float) -> AsyncEngine:
    engine = create_async_engine(
        database.url, connect_args=database.connect_args, poolclass=NullPool, hide_parameters=True
    )
    if not database.is_sqlite:
        if readonly:
            return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        return engine

    open_existing(engine)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late
        connection.create_function("is_utf8", 1, _is_utf8, deterministic=True)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(wait * 1000)}")
        # Migrations rebuild tables: with foreign keys on, dropping the old table would delete the rows that refer to
        # it. The pragma has no effect inside a transaction.
        cursor.execute("PRAGMA foreign_keys = OFF")
        # Without it, renaming the rebuilt table fails if a view or trigger refers to the old one.
        cursor.execute("PRAGMA legacy_alter_table = ON")
        if readonly:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def explain(database: DatabaseUrl, error: Exception) -> str:  # noqa: PLR0911 - one for each reason
    """One line about the meaning of an error and how to fix it."""
    reason = _reason(error)
    if _sqlstate(error) in POOLED:
        return f"{label(database)} is behind a pooler in transaction mode: connect to PostgreSQL directly"
    if _sqlstate(error) == LOCK_NOT_AVAILABLE or "is locked" in reason:
        return f"{label(database)} is locked by another program: end that program, or try again"
    if is_full(error):
        return f"{label(database)} has no space left; unfinished work was rolled back: free some space and try again"
    if is_read_only(error):
        return f"{label(database)} is not writable ({reason}): allow writing, or name another database"
    if "not a database" in reason:
        return f"{label(database)} is not a SQLite database: name another file in DATABASE_URL"
    if "malformed" in reason:
        return f"{label(database)} is damaged ({reason}): restore a copy, or save what sqlite3's .recover still finds"
    if "unable to open" in reason:
        return _cannot_open(database)
    return f"{label(database)}: {reason}"


def _cannot_open(database: DatabaseUrl) -> str:
    return f"cannot open {label(database)}: it must be a file that you may read and write"


def _sqlstate(error: Exception) -> str | None:
    return getattr(getattr(error, "orig", None), "sqlstate", None)


def _reason(error: Exception) -> str:
    """The driver's message in one line, without SQLAlchemy's additions."""
    return " ".join(str(error.orig if isinstance(error, DBAPIError) else error).split())
