"""Snapshots: one read-only transaction for all reads of an operation."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Protocol, TypeVar

from sqlalchemy import Dialect, Executable, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from jobbot_gql.db.failures import DRIVER_ERRORS
from jobbot_gql.db.read.connection_cache import ConnectionCache, discard
from jobbot_gql.db.read.read_transaction import PostgresqlTransaction, Read, ReadSteps, SqliteTransaction, log
from jobbot_gql.db.sql import work_counter
from jobbot_gql.db.sql.compiled_query import CompiledQuery, Row, UnreadableValue
from jobbot_gql.db.sql.work_counter import Work

T = TypeVar("T")
CLOSED = "the snapshot was closed"


def show_statements() -> None:
    """Log all statements that are sent to a driver, with their arguments. SQLAlchemy's echo logs only its own."""
    log.setLevel(logging.DEBUG)
    if not log.hasHandlers():
        log.addHandler(logging.StreamHandler())


class ReadError(Exception):
    """The database could not be read. `__cause__` is the driver's error."""


class Unreachable(ReadError):
    """No connection was available."""


class ReadTransaction(Protocol):
    """A transaction in which read generators run."""

    @property
    def is_aborted_by_errors(self) -> bool:
        """Whether later statements fail after a failed one."""

    async def run(self, steps: ReadSteps[T], *, single: bool) -> T:
        """Run a read generator; see `SqliteTransaction.run`."""

    async def end(self) -> None:
        """End the transaction."""


class Snapshot:
    """One read-only transaction for all reads of an operation.

    Takes a connection at the first read and gives it back in `close`. Concurrent reads are serialised: with a
    connection per loader, operations could exhaust the pool and deadlock.
    """

    def __init__(self, connections: ConnectionCache, max_bytes: float = inf) -> None:
        """`max_bytes` limits the rows of a statement. Above it, TooMuchRead is raised."""
        self._connections = connections
        self._max_bytes = max_bytes
        self._work = work_counter.current.get() or Work()
        self._lock = asyncio.Lock()
        self._pooled: PoolProxiedConnection | None = None
        self._transaction: ReadTransaction | None = None
        self._failed: ReadError | None = None
        """The error that aborted the transaction. PostgreSQL's errors for later statements do not name the cause."""
        self._reading: set[asyncio.Future[Any]] = set()
        self._closed = False

    @property
    def dialect(self) -> Dialect:
        """SQL dialect of the database."""
        return self._connections.engine.dialect

    async def rows(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None, *, marked: bool = False
    ) -> Sequence[Any]:
        """Rows of a SELECT as SQLAlchemy rows. For `marked` see `CompiledQuery.decoded`.

        Raises ReadError.
        """
        query = CompiledQuery(statement, self.dialect, parameters)
        return query.decoded(await self.read((query, (parameters or {}).get("keys"))), marked=marked)

    async def read(self, read: Read) -> Sequence[Row]:
        """Rows of a query as the driver returns them. Raises ReadError."""
        return await self.run(_single(read))

    async def run(self, steps: ReadSteps[T], *, statements: int | None = None) -> T:
        """Run a read generator, and return its result. Raises ReadError, and errors of the generator.

        `statements`, if given, is the maximum number of statements, and means that nothing else is being read. A single
        statement needs no transaction, and none needs no connection.
        """
        if statements == 0:
            return _without_reading(steps)
        if statements is not None:
            return await self._run_steps(steps, statements)
        # Shielded, because a cancelled statement would abort the transaction of concurrent reads. `close` cancels it.
        reading = asyncio.ensure_future(self._run_steps(steps, None))
        self._reading.add(reading)
        reading.add_done_callback(self._finished)
        try:
            return await asyncio.shield(reading)
        except asyncio.CancelledError:
            if reading.cancelled() and self._closed:  # cancelled by `close`, not by the caller
                raise ReadError(CLOSED) from None
            raise

    def _finished(self, reading: asyncio.Future[Any]) -> None:
        self._reading.discard(reading)
        if not reading.cancelled():
            reading.exception()  # retrieved, even if the caller was cancelled

    async def _run_steps(self, steps: ReadSteps[T], statements: int | None) -> T:
        async with self._lock:
            if self._closed:
                raise ReadError(CLOSED)
            if self._failed:
                raise self._failed
            transaction = self._transaction or await self._open()
            try:
                return await transaction.run(steps, single=statements == 1)
            except (*DRIVER_ERRORS, OSError, UnreadableValue) as error:
                failure = ReadError(str(error))
                if transaction.is_aborted_by_errors:
                    self._failed = failure
                raise failure from error

    async def close(self) -> None:
        """Close the snapshot. Pending and later reads raise ReadError."""
        self._closed = True
        for reading in self._reading:
            reading.cancel()
        await self.renew()

    async def renew(self) -> None:
        """Give the connection back. The next read begins a new transaction."""
        async with self._lock:
            pooled, transaction = self._pooled, self._transaction
            self._pooled = self._transaction = self._failed = None
            if pooled is None:
                if transaction is not None:  # on the connection of a dry run
                    await transaction.end()
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

    async def _open(self) -> ReadTransaction:
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


def _without_reading(steps: ReadSteps[T]) -> T:
    try:
        next(steps)
    except StopIteration as finished:
        result: T = finished.value
        return result
    raise RuntimeError("a read generator without statements sent one")
