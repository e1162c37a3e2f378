"""Read transactions of both engines on the driver's own connection, and the read generators that run in them."""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Generator, Sequence
from math import inf
from time import perf_counter
from typing import Any, ClassVar, Generic, TypeVar
from weakref import WeakKeyDictionary

import aiosqlite
import asyncpg  # type: ignore[import-untyped]

from jobbot_gql.db.aiosqlite_internals import in_thread, sqlite_connection
from jobbot_gql.db.asyncpg_internals import WireMeter
from jobbot_gql.db.failures import DRIVER_ERRORS
from jobbot_gql.db.sql.compiled_query import CompiledQuery, KeyedQuery, QueryWithValues, Row, UnreadableValue
from jobbot_gql.db.sql.work_counter import Work

log = logging.getLogger("jobbot_gql.sql")
"""Logs every statement that is sent to a driver, at INFO, and its arguments, at DEBUG."""


def log_statement(sql: str, arguments: Sequence[Any]) -> None:
    """Log a statement that was sent."""
    if log.isEnabledFor(logging.INFO):
        log.info("%s", sql)
        log.debug("%r", arguments)


T = TypeVar("T")
Read = tuple[CompiledQuery | KeyedQuery | QueryWithValues, Any]
"""A query and its keys, None if it has none."""
ReadSteps = Generator[Read, Sequence[Row], T]
"""A read generator: yields queries, and is sent their rows as the driver returns them.

It is independent of the connection, so that the same generator runs with asyncpg and in a thread with SQLite.
"""

SHORT_SECONDS = 0.005
"""How long a read generator on SQLite may block the event loop before it continues in a thread."""
END_SECONDS = 1
"""Time limit for PostgreSQL to roll back."""
THREADS = 4
"""Number of threads that read at the same time. More would compete for the GIL."""
UNCOUNTED_ROWS = 200
"""Number of SQLite rows whose bytes are not counted, because counting takes as long as reading."""
BUSY_TIMEOUT_MS = 10_000
"""How long a thread waits for a lock on the SQLite file. Readers wait only in rare cases, such as a recovery."""


def next_query(steps: ReadSteps[T], rows: Sequence[Row] | None) -> tuple[CompiledQuery, Sequence[Any]]:
    """Next query of a read generator and its encoded arguments. Raises StopIteration at its end."""
    read, keys = next(steps) if rows is None else steps.send(rows)
    while True:
        try:
            return read.to_send(keys)
        except Exception as error:  # such as an argument out of range, which the generator can attribute to a field
            read, keys = steps.throw(error)


async def run_reads(
    steps: ReadSteps[T], read: Callable[[str, Sequence[Any]], Awaitable[Sequence[Row]]], work: Work
) -> T:
    """Run a read generator to its end. `read` sends one statement to the driver."""
    try:
        query, arguments = next_query(steps, None)
        while True:
            started = perf_counter()
            rows = await read(query.sql, arguments)
            work.add(query.sql, started, len(rows))
            log_statement(query.sql, arguments)
            query, arguments = next_query(steps, rows)
    except StopIteration as finished:
        result: T = finished.value
        return result


class TooMuchRead(Exception):
    """The rows of a statement exceed `max_bytes`."""


async def postgresql_rows(
    connection: asyncpg.Connection, sql: str, arguments: Sequence[Any], max_bytes: float
) -> Sequence[Row]:
    """All rows of a statement. Raises TooMuchRead and aborts the connection if they exceed `max_bytes`.

    Raises UnreadableValue for a date or time outside of the years 1 to 9999, which Python does not have.
    """
    meter: WireMeter = connection.meter
    meter.left = max_bytes
    try:
        rows: Sequence[Row] = await connection.fetch(sql, *arguments)
    except DRIVER_ERRORS as error:
        if meter.is_exceeded:
            raise TooMuchRead from error
        raise
    except (ValueError, OverflowError) as error:
        raise UnreadableValue("date or time") from error
    finally:
        if not meter.is_exceeded:
            meter.left = inf
    return rows


class PostgresqlTransaction:
    """A REPEATABLE READ transaction on a connection of asyncpg."""

    def __init__(self, connection: asyncpg.Connection, work: Work, max_bytes: float = inf) -> None:
        """`max_bytes` limits the bytes received for a statement. Above it, the connection is aborted."""
        self._connection = connection
        self._max_bytes = max_bytes
        self._work = work
        self._begun = False
        self._is_answered = True
        """Whether no reply of the server is pending."""

    @property
    def is_aborted_by_errors(self) -> bool:
        """Whether later statements fail after a failed one."""
        return self._begun

    async def run(self, steps: ReadSteps[T], *, single: bool) -> T:
        """Run a read generator; see `SqliteTransaction.run`."""
        if not self._begun and not single:
            self._begun = True
            await self._connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return await run_reads(steps, self._read, self._work)

    async def _read(self, sql: str, arguments: Sequence[Any]) -> Sequence[Row]:
        self._is_answered = False
        rows = await postgresql_rows(self._connection, sql, arguments, self._max_bytes)
        self._is_answered = True
        return rows

    async def end(self) -> None:
        """End the transaction. Raises TimeoutError if the server does not reply; the connection must be discarded."""
        if self._begun or not self._is_answered:
            async with asyncio.timeout(END_SECONDS):
                await self._connection.execute("ROLLBACK")


class SqliteTransaction:
    """A read transaction on a connection of aiosqlite, which is a snapshot in WAL mode.

    A read generator starts in the event loop, because a thread switch takes longer than a short SELECT. If it is not
    finished after `SHORT_SECONDS`, its present statement is interrupted and repeated in the connection's thread.
    """

    is_aborted_by_errors = False
    _threads: ClassVar[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]] = WeakKeyDictionary()

    def __init__(
        self, connection: aiosqlite.Connection, info: dict[Any, Any], work: Work, max_bytes: float = inf
    ) -> None:
        """`info` is kept with the connection across transactions. `max_bytes` limits the text bytes of a statement."""
        self._connection = connection
        self._max_bytes = max_bytes
        self._work = work
        self._sqlite = sqlite_connection(connection)
        if "deadline" not in info:
            info["deadline"] = _Deadline(self._sqlite)
        self._deadline: _Deadline = info["deadline"]
        self._abandoned = False

    async def run(self, steps: ReadSteps[T], *, single: bool) -> T:
        """Run a read generator, and return its result.

        `single`: the generator sends at most one statement, which needs no transaction to be a snapshot.
        """
        if not single and not self._sqlite.in_transaction:
            self._sqlite.execute("BEGIN")
        work = _Interruptible(steps, self._sqlite, self._deadline, self._work, self._max_bytes)
        try:
            return work.run(SHORT_SECONDS)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode not in (sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_BUSY):
                raise
        return await self._in_thread(work)

    async def _in_thread(self, work: "_Interruptible[T]") -> T:
        loop = asyncio.get_running_loop()
        turns = self._threads.get(loop) or self._threads.setdefault(loop, asyncio.Semaphore(THREADS))
        async with turns:
            try:
                result = await in_thread(self._connection, work.wait)
            except asyncio.CancelledError:
                # Interrupt the statement, because the next user of the connection waits for the thread.
                self._abandoned = True
                self._deadline.at = 0
                await self._connection.interrupt()
                raise
            return result

    async def end(self) -> None:
        """End the transaction, after the statement of a cancelled thread."""
        if self._abandoned:
            await in_thread(self._connection, self._sqlite.rollback)
        elif self._sqlite.in_transaction:
            self._sqlite.rollback()


class _Deadline:
    """Interrupts statements of a connection that run past a deadline."""

    def __init__(self, sqlite: sqlite3.Connection) -> None:
        self.at = inf
        sqlite.set_progress_handler(self.has_passed, 1_000)
        sqlite.execute("PRAGMA busy_timeout = 0")

    def has_passed(self) -> bool:
        """Whether the deadline has passed."""
        return perf_counter() > self.at


class _Interruptible(Generic[T]):
    """A read generator on SQLite that can be interrupted and repeats its present statement."""

    def __init__(
        self, steps: ReadSteps[T], sqlite: sqlite3.Connection, deadline: _Deadline, work: Work, max_bytes: float
    ) -> None:
        self._steps = steps
        self._max_bytes = max_bytes
        self._work = work
        self._sqlite = sqlite
        self._deadline = deadline
        self._read: tuple[CompiledQuery, Sequence[Any]] | None = None

    def run(self, seconds: float) -> T:
        """Run the generator. Raises sqlite3.OperationalError with SQLITE_INTERRUPT at the deadline."""
        deadline = self._deadline
        deadline.at = perf_counter() + seconds
        try:
            if self._read is None:
                self._read = next_query(self._steps, None)
            while not deadline.has_passed():
                query, arguments = self._read
                started = perf_counter()
                rows = sqlite_rows(self._sqlite, query.sql, arguments, self._max_bytes)
                self._work.add(query.sql, started, len(rows))
                log_statement(query.sql, arguments)
                self._read = next_query(self._steps, rows)
        except StopIteration as finished:
            result: T = finished.value
            return result
        finally:
            deadline.at = inf
        interrupted = sqlite3.OperationalError("interrupted")
        interrupted.sqlite_errorcode = sqlite3.SQLITE_INTERRUPT
        raise interrupted

    def wait(self) -> T:
        """Run the generator in a thread, without a deadline and waiting for locks."""
        self._sqlite.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        try:
            return self.run(inf)
        finally:
            self._sqlite.execute("PRAGMA busy_timeout = 0")


def sqlite_rows(sqlite: sqlite3.Connection, sql: str, arguments: Sequence[Any], max_bytes: float) -> list[Any]:
    """All rows of a statement. Text that is not valid UTF-8 is returned as bytes. Raises TooMuchRead."""
    try:
        return _fetch(sqlite.execute(sql, arguments), max_bytes)
    except sqlite3.OperationalError as error:
        if "UTF-8" not in str(error):
            raise
    sqlite.text_factory = _text_or_bytes
    try:
        return _fetch(sqlite.execute(sql, arguments), max_bytes)
    finally:
        sqlite.text_factory = str


def _text_or_bytes(stored: bytes) -> str | bytes:
    try:
        return stored.decode()
    except UnicodeDecodeError:
        return stored


def _fetch(cursor: sqlite3.Cursor, max_bytes: float) -> list[Any]:
    """All rows of a statement. Raises TooMuchRead; the first `UNCOUNTED_ROWS` do not count."""
    rows = cursor.fetchmany(UNCOUNTED_ROWS)
    left, more = max_bytes, rows
    while len(more) == UNCOUNTED_ROWS:
        left -= sum(len(value) for row in more for value in row if type(value) is str)
        if left < 0:
            raise TooMuchRead
        more = cursor.fetchmany(UNCOUNTED_ROWS)
        rows += more
    return rows
