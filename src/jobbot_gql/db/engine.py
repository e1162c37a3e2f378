"""Engines for SQLite and PostgreSQL, set up so that both keep the same promises."""

import asyncio
import sqlite3
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from jobbot_gql.db.asyncpg_internals import PatientConnection, keep_alive
from jobbot_gql.db.failures import FileReplaced
from jobbot_gql.db.sql.date_buckets import bucket_start
from jobbot_gql.db.sqlalchemy_internals import await_only
from jobbot_gql.db.sqlite_file import SqliteFile
from jobbot_gql.db.url import DatabaseUrl

BUSY_TIMEOUT_MS = 10_000
CONNECT_SECONDS = 5
"""How long opening a PostgreSQL connection may take, unless DATABASE_URL says otherwise."""


def sqlite_engine(
    url: DatabaseUrl, file: SqliteFile, *, readonly: bool, pool_size: int, pool_timeout: float, echo: bool
) -> AsyncEngine:
    """An engine on a SQLite file that exists. Connecting raises FileReplaced if it is not the one from before.

    A read-only engine begins with BEGIN, which in WAL mode is a snapshot; a writing one with BEGIN IMMEDIATE, which
    waits for the write lock at the start, where nothing is lost, and not in the middle, where everything would be.
    """
    engine = create_async_engine(
        url.url,
        connect_args=url.connect_args,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        pool_use_lifo=True,
        pool_reset_on_return=None,  # snapshots and write sessions end their own transactions
        echo=echo,
        hide_parameters=not echo,  # in the messages of exceptions, which end up in logs
    )

    open_existing(engine)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # The driver's own BEGIN comes too late for a snapshot, and never before a SELECT.
        connection.isolation_level = None
        connection.create_function("unicode_lower", 1, _unicode_lower, deterministic=True)
        connection.create_function("bucket_start", -1, bucket_start, deterministic=True)
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        _use_wal(cursor)
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        if readonly:
            cursor.execute("PRAGMA query_only = ON")
        else:
            # A statement that sets off triggers keeps a journal of its own; as a file it doubles the change log's cost.
            cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("PRAGMA schema_version")  # opens the write-ahead log
        cursor.close()
        try:
            record.info["files"] = file.opened()
        except FileReplaced:
            connection.close()
            raise

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        if not driver.in_transaction:  # `write_session` has begun it
            connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "invalidate")
    def stop(connection: Any, record: ConnectionPoolEntry, reason: BaseException | None) -> None:
        # A task that is cancelled lets go of its connection, whose thread would go on with the statement, and keep the
        # write lock for as long as anyone holds a reference to it.
        if isinstance(reason, asyncio.CancelledError):
            connection.run_async(lambda driver: driver.interrupt())
            connection.run_async(lambda driver: driver.rollback())

    return engine


def open_existing(engine: AsyncEngine) -> None:
    """Have connections of an engine fail where there is no SQLite file, and not create an empty one."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        arguments[0] = f"{Path(arguments[0]).absolute().as_uri()}?mode=rw"
        options["uri"] = True


def _use_wal(cursor: DBAPICursor) -> None:
    """Have the file in WAL mode, which it stays in once any connection has changed it.

    Where several connections change it at the same moment, all but one are refused at once: the busy timeout is not for
    that.
    """
    deadline = monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return  # it can be read as it is
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            await_only(asyncio.sleep(0.01))


def _unicode_lower(text: str | None) -> str | None:
    return None if text is None else str(text).lower()


def postgresql_engine(
    url: DatabaseUrl, *, pool_size: int, max_overflow: int, pool_timeout: float, echo: bool
) -> AsyncEngine:
    """An engine on a PostgreSQL database. It survives the server's restart."""
    engine = create_async_engine(
        url.url,
        connect_args={
            "timeout": CONNECT_SECONDS,
            **url.connect_args,
            "connection_class": PatientConnection,
            # asyncpg would prepare anew, each time, what is longer than 15 kB, as a tree with many columns is.
            "max_cacheable_statement_size": 0,
        },
        # A pool with room for every connection closes none by itself, for which it would need a greenlet. The
        # connection cache decides how many stay open.
        pool_size=pool_size + max_overflow,
        max_overflow=0,
        pool_timeout=pool_timeout,
        echo=echo,
        hide_parameters=not echo,  # in the messages of exceptions, which end up in logs
    )

    @event.listens_for(engine.sync_engine, "connect")
    def notice_loss(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        keep_alive(record.driver_connection)

    @event.listens_for(engine.sync_engine, "checkout")
    def reject_closed(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: Any) -> None:
        # asyncpg knows when the server has hung up; a ping would be three round trips before each use.
        driver: Any = record.driver_connection
        if driver.is_closed():
            raise DisconnectionError("the server has closed the connection")

    return engine
