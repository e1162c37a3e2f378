"""SQLAlchemy engines for SQLite and PostgreSQL."""

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

from jobbot_gql.db.asyncpg_internals import CancellableConnection, keep_alive
from jobbot_gql.db.failures import FileReplaced
from jobbot_gql.db.sql.date_buckets import bucket_start
from jobbot_gql.db.sqlalchemy_internals import await_only
from jobbot_gql.db.sqlite_file import SqliteFile
from jobbot_gql.db.url import DatabaseUrl

BUSY_TIMEOUT_MS = 10_000
CONNECT_SECONDS = 5
"""Default of PostgreSQL's connection timeout. DATABASE_URL may set another."""


def sqlite_engine(
    url: DatabaseUrl, file: SqliteFile, *, readonly: bool, pool_size: int, pool_timeout: float, echo: bool
) -> AsyncEngine:
    """Engine on an existing SQLite file. Connecting raises FileReplaced if the file was replaced.

    A read-only transaction begins with BEGIN, which is a snapshot in WAL mode. A write transaction begins with BEGIN
    IMMEDIATE, so that it waits for the write lock at its start and cannot fail for it later.
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
        hide_parameters=not echo,  # in exceptions, which are logged
    )

    open_existing(engine)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        # The driver's own BEGIN does not precede a SELECT, so it does not start a snapshot.
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
            # Statements with triggers use a statement journal. In a file, it doubles the cost of the change log.
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
        if not driver.in_transaction:  # unless `write_session` has begun it
            connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    @event.listens_for(engine.sync_engine, "invalidate")
    def stop(connection: Any, record: ConnectionPoolEntry, reason: BaseException | None) -> None:
        # After a cancellation the connection's thread would continue the statement and keep the write lock.
        if isinstance(reason, asyncio.CancelledError):
            connection.run_async(lambda driver: driver.interrupt())
            connection.run_async(lambda driver: driver.rollback())

    return engine


def open_existing(engine: AsyncEngine) -> None:
    """Make connections fail if the SQLite file does not exist, instead of creating an empty one."""

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(dialect: Any, record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        arguments[0] = f"{Path(arguments[0]).absolute().as_uri()}?mode=rw"
        options["uri"] = True


def _use_wal(cursor: DBAPICursor) -> None:
    """Set WAL mode, which is persistent.

    Retries on SQLITE_BUSY, because the busy timeout does not apply when several connections set it at the same time.
    """
    deadline = monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_READONLY:
                return  # reading works in any mode
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > deadline:
                raise
            await_only(asyncio.sleep(0.01))


def _unicode_lower(text: str | None) -> str | None:
    return None if text is None else str(text).lower()


def postgresql_engine(
    url: DatabaseUrl, *, pool_size: int, max_overflow: int, pool_timeout: float, echo: bool
) -> AsyncEngine:
    """Engine on a PostgreSQL database. It reconnects after a restart of the server."""
    engine = create_async_engine(
        url.url,
        connect_args={
            "timeout": CONNECT_SECONDS,
            **url.connect_args,
            "connection_class": CancellableConnection,
            # asyncpg does not cache statements longer than 15 kB by default. Lateral trees can be longer.
            "max_cacheable_statement_size": 0,
        },
        # Without overflow the pool closes no connections by itself, which would need a greenlet. The connection cache
        # decides how many stay open.
        pool_size=pool_size + max_overflow,
        max_overflow=0,
        pool_timeout=pool_timeout,
        echo=echo,
        hide_parameters=not echo,  # in exceptions, which are logged
    )

    @event.listens_for(engine.sync_engine, "connect")
    def notice_loss(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        keep_alive(record.driver_connection)

    @event.listens_for(engine.sync_engine, "checkout")
    def reject_closed(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: Any) -> None:
        # asyncpg knows whether the server has closed the connection. A ping would take three round trips.
        driver: Any = record.driver_connection
        if driver.is_closed():
            raise DisconnectionError("the server has closed the connection")

    return engine
