"""Reading: one connection and one snapshot for everything that an operation asks."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, TypeVar

from sqlalchemy import Dialect, Executable, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from jobbot_gql.db.failures import DRIVER_ERRORS
from jobbot_gql.db.read.connection_cache import ConnectionCache, discard
from jobbot_gql.db.read.read_transaction import PostgresqlTransaction, Read, ReadSteps, SqliteTransaction, log
from jobbot_gql.db.sql import work_counter
from jobbot_gql.db.sql.compiled_query import Query, Row
from jobbot_gql.db.sql.work_counter import Work

T = TypeVar("T")
CLOSED = "the snapshot was closed"


def show_statements() -> None:
    """Log every statement that goes to a driver, with its arguments, as SQLAlchemy's echo logs those that it sends."""
    log.setLevel(logging.DEBUG)
    if not log.hasHandlers():
        log.addHandler(logging.StreamHandler())


class ReadError(Exception):
    """The database could not be read; `__cause__` says why."""


class Unreachable(ReadError):
    """There was no connection to be had."""


class Snapshot:
    """A read-only view of the database at one moment, shared by everything that one operation reads.

    The connection is taken at the first read and given back by `close`. Reads that come at the same time wait for one
    another: a connection per loader would let operations wait for each other's connections until none is left.
    """

    def __init__(self, connections: ConnectionCache, max_bytes: float = inf) -> None:
        """`max_bytes` are those of one statement's rows; more raise TooMuchRead."""
        self._connections = connections
        self._max_bytes = max_bytes
        self._work = work_counter.current.get() or Work()
        self._lock = asyncio.Lock()
        self._pooled: PoolProxiedConnection | None = None
        self._transaction: PostgresqlTransaction | SqliteTransaction | None = None
        self._failed: ReadError | None = None
        """The error that aborted the transaction: what PostgreSQL says of later statements in it hides the cause."""
        self._reading: set[asyncio.Future[Any]] = set()
        self._closed = False

    @property
    def dialect(self) -> Dialect:
        """The dialect of SQL that is read in."""
        return self._connections.engine.dialect

    async def rows(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None, *, marked: bool = False
    ) -> Sequence[Any]:
        """All rows of a SELECT, as SQLAlchemy's rows of Python values; for `marked` see `Query.decoded`.

        Raises ReadError.
        """
        query = Query(statement, self.dialect, parameters)
        return query.decoded(await self.read((query, (parameters or {}).get("keys"))), marked=marked)

    async def read(self, read: Read) -> Sequence[Row]:
        """All rows of a query, as the driver gives them. Raises ReadError."""
        return await self.run(_single(read))

    async def run(self, steps: ReadSteps[T], *, statements: int | None = None) -> T:
        """Run a walk to its end, and give what it returns. Raises ReadError, and whatever the walk raises itself.

        `statements` says that the walk is all that will be read, and how many statements it takes at most: a single
        one is a snapshot by itself, without a transaction around it.
        """
        if statements is not None:
            return await self._run_steps(steps, statements)
        # A statement that is cut off takes the transaction with it, and others still read there: it is finished for
        # nobody, unless the whole snapshot is closed.
        reading = asyncio.ensure_future(self._run_steps(steps, None))
        self._reading.add(reading)
        reading.add_done_callback(self._finished)
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            if reading.cancelled() and self._closed:  # by `close`, not by whoever waits or ends the event loop
                raise ReadError(CLOSED) from None
            raise

    def _finished(self, reading: asyncio.Future[Any]) -> None:
        self._reading.discard(reading)
        if not reading.cancelled():
            reading.exception()  # seen, even where nobody waits for it any more

    async def _run_steps(self, steps: ReadSteps[T], statements: int | None) -> T:
        async with self._lock:
            if self._closed:
                raise ReadError(CLOSED)
            if self._failed:
                raise self._failed
            transaction = self._transaction or await self._open()
            try:
                return await transaction.run(steps, alone=statements is not None, single=statements == 1)
            except (*DRIVER_ERRORS, OSError) as error:
                failure = ReadError(str(error))
                if transaction.is_aborted_by_errors:
                    self._failed = failure
                raise failure from error

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
            self._pooled = self._transaction = self._failed = None
            if pooled is None:
                return
            try:
                if transaction is not None:
                    await transaction.end()
            except BaseException as error:
                discard(pooled)
                if isinstance(error, TimeoutError):
                    self._connections.drop_idle()
                if not isinstance(error, (*DRIVER_ERRORS, OSError)):
                    raise
            else:
                self._connections.give_back(pooled)

    async def _open(self) -> "PostgresqlTransaction | SqliteTransaction":
        try:
            self._pooled = await self._connections.take()
        except (SQLAlchemyError, OSError, self.dialect.loaded_dbapi.Error) as error:
            raise Unreachable(str(error)) from error
        driver: Any = self._pooled.driver_connection
        if self.dialect.name == "sqlite":
            self._transaction = SqliteTransaction(driver, self._pooled.info, self._work, self._max_bytes)
        else:
            self._transaction = PostgresqlTransaction(driver, self._work, self._max_bytes)
        return self._transaction


def _single(read: Read) -> ReadSteps[Sequence[Row]]:
    rows = yield read
    return rows
