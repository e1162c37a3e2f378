"""Reading: one connection and one snapshot for everything that an operation asks."""

import asyncio
import logging
import sqlite3
from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeVar

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Dialect, Executable, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from jobbot_gql.db.queries import Query, Row

log = logging.getLogger("jobbot_gql.sql")
"""Every statement that reads, at INFO."""

T = TypeVar("T")
Read = tuple[Query, Sequence[Any]]
"""A query and its arguments."""
Walk = Generator[Read, Sequence[Row], T]
"""Work that needs rows on its way: it yields what it wants read, and is sent the rows as the driver gives them.

It knows no connection, so one and the same walk runs between the awaits of asyncpg and in the thread of SQLite.
"""


def show_reads() -> None:
    """Log every statement that reads, as SQLAlchemy's echo logs those that write."""
    log.setLevel(logging.INFO)
    if not log.hasHandlers():
        log.addHandler(logging.StreamHandler())


CLOSED = "the snapshot was closed"


class ReadError(Exception):
    """The database could not be read; `__cause__` says why."""


class Unreachable(ReadError):
    """There was no connection to be had."""


class Snapshot:
    """A read-only view of the database at one moment, shared by everything that one operation reads.

    The connection is taken at the first read and given back by `close`. Reads that come at the same time wait for one
    another: a connection per loader would let operations wait for each other's connections until none is left.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()
        self._pooled: PoolProxiedConnection | None = None
        self._transaction: _PostgresqlTransaction | _SqliteTransaction | None = None
        self._reading: set[asyncio.Future[Any]] = set()
        self._closed = False

    @property
    def dialect(self) -> Dialect:
        """The dialect of SQL that is read in."""
        return self._engine.dialect

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """All rows of a SELECT, as SQLAlchemy's rows of Python values. Raises ReadError."""
        query = Query(statement, self.dialect, parameters)
        return query.decoded(await self.walk(_single(query, query.arguments((parameters or {}).get("keys")))))

    async def walk(self, walk: Walk[T], *, statements: int | None = None) -> T:
        """Run a walk to its end, and give what it returns. Raises ReadError, and whatever the walk raises itself.

        `statements` says that the walk is all that will be read, and how many statements it takes at most: a single
        one is a snapshot by itself, without a transaction around it.
        """
        if statements is not None:
            return await self._walk(walk, statements)
        # A statement that is cut off takes the transaction with it, and others still read there: it is finished for
        # nobody, unless the whole snapshot is closed.
        reading = asyncio.ensure_future(self._walk(walk, None))
        self._reading.add(reading)
        reading.add_done_callback(self._finished)
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            if reading.cancelled():  # by `close`, not by whoever waits
                raise ReadError(CLOSED) from None
            raise

    def _finished(self, reading: asyncio.Future[Any]) -> None:
        self._reading.discard(reading)
        if not reading.cancelled():
            reading.exception()  # seen, even where nobody waits for it any more

    async def _walk(self, walk: Walk[T], statements: int | None) -> T:
        async with self._lock:
            if self._closed:
                raise ReadError(CLOSED)
            transaction = self._transaction or await self._open()
            try:
                return await transaction.run(walk, statements)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, sqlite3.Error, OSError) as error:
                raise ReadError(str(error)) from error

    async def close(self) -> None:
        """End the snapshot for good: whoever still waits for rows gets a ReadError."""
        self._closed = True
        for reading in self._reading:
            reading.cancel()
        await self.renew()

    async def renew(self) -> None:
        """Give the connection back; the next read begins a new snapshot."""
        async with self._lock:
            pooled, transaction = self._pooled, self._transaction
            self._pooled = self._transaction = None
            if pooled is None or transaction is None:
                return
            try:
                await transaction.end()
            except BaseException as error:
                pooled.invalidate()
                if not isinstance(error, asyncpg.PostgresError | asyncpg.InterfaceError | sqlite3.Error | OSError):
                    raise
            finally:
                pooled.close()

    async def _open(self) -> "_PostgresqlTransaction | _SqliteTransaction":
        try:
            self._pooled = await greenlet_spawn(self._engine.sync_engine.raw_connection)
        except (SQLAlchemyError, OSError) as error:
            raise Unreachable(str(error)) from error
        driver: Any = self._pooled.driver_connection
        self._transaction = (
            _SqliteTransaction(driver) if self._engine.dialect.name == "sqlite" else _PostgresqlTransaction(driver)
        )
        return self._transaction


def _single(query: Query, arguments: Sequence[Any]) -> Walk[Sequence[Row]]:
    rows = yield query, arguments
    return rows


class _PostgresqlTransaction:
    """REPEATABLE READ on asyncpg's connection: the server's snapshot is that of the first statement."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self._begun = False

    async def run(self, walk: Walk[T], statements: int | None) -> T:
        if not self._begun and statements != 1:
            self._begun = True
            await self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        try:
            query, arguments = next(walk)
            while True:
                log.info("%s", query.sql)
                query, arguments = walk.send(await self._connection.fetch(query.sql, *arguments))
        except StopIteration as finished:
            result: T = finished.value
            return result

    async def end(self) -> None:
        if self._begun:
            await self._connection.execute("ROLLBACK")


class _SqliteTransaction:
    """BEGIN on aiosqlite's connection, which in WAL mode is a snapshot.

    A walk runs whole in the connection's thread, because a hop from thread to thread costs more than a short SELECT.
    """

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._connection = connection
        self._abandoned = False

    async def run(self, walk: Walk[T], statements: int | None) -> T:
        try:
            result: T = await self._connection._execute(self._run, walk, statements)  # type: ignore[no-untyped-call]
        except asyncio.CancelledError:
            # Nobody waits for the rows any more, but the next user of the connection waits for the thread.
            self._abandoned = True
            await self._connection.interrupt()
            raise
        return result

    def _run(self, walk: Walk[T], statements: int | None) -> T:
        sqlite = self._connection._conn
        if statements != 1 and not sqlite.in_transaction:
            sqlite.execute("BEGIN")
        try:
            query, arguments = next(walk)
            while not self._abandoned:
                log.info("%s", query.sql)
                query, arguments = walk.send(sqlite.execute(query.sql, arguments).fetchall())
            raise sqlite3.OperationalError("interrupted")
        except StopIteration as finished:
            result: T = finished.value
            return result
        finally:
            if statements is not None:
                self._rollback()

    async def end(self) -> None:
        if self._abandoned or self._connection._conn.in_transaction:
            # Behind whatever the thread may still be at.
            await self._connection._execute(self._rollback)  # type: ignore[no-untyped-call]

    def _rollback(self) -> None:
        if self._connection._conn.in_transaction:
            self._connection._conn.rollback()
