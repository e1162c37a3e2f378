"""The session that writes: SQLAlchemy's, in a transaction on the driver's own connection, with a short way to it.

SQLAlchemy takes some 300 us to build, compile, execute and read what the driver does in 35. What every write does goes
the short way, by `rows` and `send_many`; what is written seldom, or as objects, goes SQLAlchemy's. Both are the
same transaction, on the same connection. The short way sends no changes of objects first: whoever needs that flushes.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import count
from time import perf_counter
from typing import Any, NamedTuple, Protocol, Self

import aiosqlite
import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from jobbot_gql.db.aiosqlite_internals import in_thread, sqlite_connection
from jobbot_gql.db.failures import DRIVER_ERRORS
from jobbot_gql.db.read.connection_cache import ConnectionCache, discard
from jobbot_gql.db.read.read_transaction import END_SECONDS, log_statement, postgresql_rows, sqlite_rows
from jobbot_gql.db.sql import work_counter
from jobbot_gql.db.sql.compiled_query import KeyedStatement, Row, Statement
from jobbot_gql.db.sql.work_counter import Work
from jobbot_gql.db.sqlalchemy_internals import connection_on, set_autocommit
from jobbot_gql.db.sqlite_file import OpenFiles

FIRST_PLACEHOLDER_ID = -1_000_000_000
"""Of a row that a dry run creates; the ones after it are higher."""
FIRST_PLACEHOLDER_SEQUENCE = -2_000_000_000
"""Added to the sequence of a change in a dry run."""


class Signature(NamedTuple):
    """Who writes, and in which request: the change log tells."""

    actor: str
    request_id: str | None


class Driver(Protocol):
    """A transaction on a driver's connection."""

    async def begin(self, signature: Signature) -> None:
        """Begin; what is written is signed, by the triggers of the change log or at the end."""

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Row]:
        """Send a statement, and give the rows that it gives."""

    async def commit(self) -> None:
        """End with what was written."""

    async def rollback(self) -> None:
        """End without. Raises where that cannot be said of the connection, which is lost then."""

    async def begin_reading(self) -> None:
        """Set a savepoint to read from, and have the log tell what was written so far.

        Its rows are signed, and numbered from FIRST_PLACEHOLDER_SEQUENCE on: the numbers that they would have are those
        of other changes later.
        """

    async def read(self, sql: str, arguments: Sequence[Any], max_bytes: float) -> Sequence[Row]:
        """Send a SELECT, and give the rows that it gives. Raises TooMuchRead where they have more bytes."""

    async def end_reading(self) -> None:
        """Go back to the savepoint."""


# From its first change on, the transaction has kept all others from the log.
_NUMBER_PLACEHOLDERS = """
UPDATE change_log
SET sequence = sequence + $1, transaction_id = transaction_id + $1
WHERE sequence >= nullif(current_setting('jobbot.transaction', true), '')::bigint"""


class PostgresqlDriver:
    """asyncpg's connection."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def begin(self, signature: Signature) -> None:
        """Begin. The triggers read the signature from settings of the transaction."""
        # In one message with BEGIN, which takes no parameters.
        actor, request_id = _literal(signature.actor), _literal(signature.request_id or "")
        await self._connection.execute(
            f"BEGIN; SET LOCAL jobbot.actor = {actor}; SET LOCAL jobbot.request_id = {request_id}"
        )

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Row]:
        """Send a statement."""
        rows: Sequence[Row] = await self._connection.fetch(sql, *arguments)
        return rows

    async def commit(self) -> None:
        """End with what was written."""
        await self._connection.execute("COMMIT")

    async def rollback(self) -> None:
        """End without, unless the server takes too long."""
        async with asyncio.timeout(END_SECONDS):
            await self._connection.execute("ROLLBACK")

    async def begin_reading(self) -> None:
        """Have the triggers write the log now. What they write and lock is given up at the savepoint."""
        await self._connection.execute("SAVEPOINT jobbot_read; SET CONSTRAINTS ALL IMMEDIATE")
        await self._connection.execute(_NUMBER_PLACEHOLDERS, FIRST_PLACEHOLDER_SEQUENCE)

    async def read(self, sql: str, arguments: Sequence[Any], max_bytes: float) -> Sequence[Row]:
        """Send a SELECT."""
        return await postgresql_rows(self._connection, sql, arguments, max_bytes)

    async def end_reading(self) -> None:
        """Go back to the savepoint."""
        await self._connection.execute("ROLLBACK TO SAVEPOINT jobbot_read; RELEASE SAVEPOINT jobbot_read")


class SqliteDriver:
    """aiosqlite's connection; each call is one piece of work for its thread.

    A trigger of SQLite cannot know who writes, nor in which transaction. Nobody else does meanwhile: whatever is new in
    the log is signed at the end.
    """

    def __init__(self, connection: aiosqlite.Connection, files: OpenFiles) -> None:
        self._connection = connection
        self._files = files
        self._sqlite = sqlite_connection(connection)
        self._signature = Signature("", None)
        self._last = 0

    async def _in_thread(self, work: Any, *arguments: Any) -> Any:
        return await in_thread(self._connection, work, *arguments)

    async def begin(self, signature: Signature) -> None:
        """Begin, when no other process writes any more, and see where the log ends."""
        self._signature = signature
        self._last = await self._in_thread(self._begin)

    def _begin(self) -> int:
        self._sqlite.execute("BEGIN IMMEDIATE")
        found = self._sqlite.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change_log'").fetchone()
        return found[0] if found else 0

    async def fetch(self, sql: str, arguments: Sequence[Any]) -> Sequence[Row]:
        """Send a statement."""
        rows: Sequence[Row] = await self._in_thread(lambda: self._sqlite.execute(sql, arguments).fetchall())
        return rows

    async def commit(self) -> None:
        """Sign what was written, and end with it. Raises FileReplaced where it would be lost."""
        await self._in_thread(self._commit)

    def _commit(self) -> None:
        sign = "UPDATE change_log SET actor = ?, request_id = ?, transaction_id = ? WHERE sequence > ?"
        self._sqlite.execute(sign, (*self._signature, self._last + 1, self._last))
        self._files.require_same()
        self._sqlite.execute("COMMIT")

    async def rollback(self) -> None:
        """End without, cutting off what the thread may still be at."""
        await self._connection.interrupt()
        await self._in_thread(self._sqlite.rollback)

    async def begin_reading(self) -> None:
        """Sign what is new in the log, as at the end."""
        await self._in_thread(self._begin_reading)

    def _begin_reading(self) -> None:
        self._sqlite.execute("SAVEPOINT jobbot_read")
        self._sqlite.execute(
            "UPDATE change_log SET sequence = sequence + ?, actor = ?, request_id = ?, transaction_id = ?"
            " WHERE sequence > ?",
            (
                FIRST_PLACEHOLDER_SEQUENCE,
                *self._signature,
                self._last + 1 + FIRST_PLACEHOLDER_SEQUENCE,
                self._last,
            ),
        )

    async def read(self, sql: str, arguments: Sequence[Any], max_bytes: float) -> Sequence[Row]:
        """Send a SELECT."""
        rows: Sequence[Row] = await self._in_thread(sqlite_rows, self._sqlite, sql, arguments, max_bytes)
        return rows

    async def end_reading(self) -> None:
        """Go back to the savepoint."""
        for sql in ("ROLLBACK TO SAVEPOINT jobbot_read", "RELEASE SAVEPOINT jobbot_read"):
            await self.fetch(sql, ())


class WriteSession(AsyncSession):
    """One write transaction."""

    def __init__(self, connection: AsyncConnection, outer: "WriteSession | None" = None) -> None:
        """The connection's transaction is begun and ended by `write_session`, and not by SQLAlchemy.

        A session with an `outer` one is a part of its transaction, see `savepoint`.
        """
        super().__init__(
            connection,
            expire_on_commit=False,
            join_transaction_mode="create_savepoint" if outer else "conditional_savepoint",
        )
        sync_connection: Any = connection.sync_connection
        self.dialect: Dialect = connection.dialect
        """The dialect of SQL that is written in."""
        pooled = sync_connection.connection
        self.driver: Driver = (
            outer.driver
            if outer
            else SqliteDriver(pooled.driver_connection, pooled.info["files"])
            if self.dialect.name == "sqlite"
            else PostgresqlDriver(pooled.driver_connection)
        )
        """The transaction itself."""
        self.locked_rows: dict[Any, Any] = {}
        """Locked rows by their identity keys. Most do not change, and are spared becoming the session's own, which
        takes longer than reading them: those that do become so when the session is flushed."""
        self.placeholder_ids: Iterator[int] | None = outer.placeholder_ids if outer else None
        """Ids for rows that are created in a dry run; None: the tables give theirs."""
        self._connection = connection
        self._work = work_counter.current.get()

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator["WriteSession"]:
        """A session for a part of the transaction of a dry run, undone whole on any error."""
        if self.placeholder_ids is None:
            self.placeholder_ids = count(FIRST_PLACEHOLDER_ID)
            await self.connection()  # SQLAlchemy's idea of the transaction is this session's, whatever parts do
        part = WriteSession(self._connection, self)
        part.sync_session.autoflush = False
        with _Sending("SAVEPOINT"):
            await self.driver.fetch("SAVEPOINT jobbot_write", ())
        try:
            yield part
            await part.flush()
            await part.commit()  # which ends SQLAlchemy's own savepoint
        except Exception:
            await part.close()
            with _Sending("ROLLBACK TO SAVEPOINT"):
                await self.driver.fetch("ROLLBACK TO SAVEPOINT jobbot_write", ())
            raise

    def sequence_shown(self, sequence: int) -> int:
        """The sequence of a change of this transaction, as whoever reads it is shown it."""
        return sequence if self.placeholder_ids is None else sequence + FIRST_PLACEHOLDER_SEQUENCE

    async def rows(self, statement: Statement, **values: Any) -> Sequence[Any]:
        """Send a statement with these values of its parameters, and give the rows that it gives."""
        compiled = statement.compiled(self.dialect)
        arguments = compiled.arguments(values)
        with _Counted(compiled.sql, arguments, self._work) as sent:
            rows = await self.driver.fetch(compiled.sql, arguments)
            sent.rows = len(rows)
        return compiled.decoded(rows)

    async def rows_by_key(self, statement: KeyedStatement, keys: Sequence[Any]) -> Sequence[Any]:
        """Send a statement for these keys, and give the rows that it gives."""
        for_these, value = statement.of(keys)
        return await self.rows(for_these, keys=value)

    async def send_many(self, statement: Statement, rows: Sequence[Mapping[str, Any]]) -> None:
        """Send a statement about the VALUES of one row for many rows together; it is told of as that of one."""
        compiled = statement.compiled(self.dialect)
        with _Counted(compiled.sql, rows, self._work) as sent:
            for sql, arguments in compiled.together(rows):
                await self.driver.fetch(sql, arguments)
            sent.rows = len(rows)

    async def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what was changed in objects and in locked rows."""
        self.add_all(row for row in self.locked_rows.values() if self.is_modified(row))
        if self.placeholder_ids is not None:
            for row in self.new:
                if row.id is None:
                    row.id = next(self.placeholder_ids)
        if self.new or self.dirty or self.deleted:
            await super().flush(objects)

    async def send(self, sql: str) -> None:
        """Send a statement that takes and gives nothing."""
        with _Counted(sql, (), self._work):
            await self.driver.fetch(sql, ())


class _Sending:
    """Has the failure of a statement look like SQLAlchemy's."""

    __slots__ = ("_sql",)

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if isinstance(error, DRIVER_ERRORS):
            raise DBAPIError(self._sql, None, error, hide_parameters=True) from error


class _Counted(_Sending):
    """Also counts and logs the statement."""

    __slots__ = ("_arguments", "_started", "_work", "rows")

    def __init__(self, sql: str, arguments: Sequence[Any], work: Work | None) -> None:
        super().__init__(sql)
        self._arguments = arguments
        self._started = perf_counter()
        self._work = work
        self.rows = 0

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        if self._work is not None:
            self._work.add(self._sql, self._started, self.rows)
        log_statement(self._sql, self._arguments)
        super().__exit__(kind, error, traceback)


@asynccontextmanager
async def write_session(
    engine: AsyncEngine, connection_cache: ConnectionCache, signature: Signature
) -> AsyncIterator[WriteSession]:
    """A write transaction, undone whole on any error, on one of the engine's connections."""
    try:
        pooled = await connection_cache.take()
    except engine.dialect.loaded_dbapi.Error as error:
        raise DBAPIError(None, None, error, hide_parameters=True) from error
    connection = connection_on(engine, pooled)
    session = WriteSession(connection)
    if session.dialect.name == "postgresql":
        set_autocommit(pooled, True)  # that SQLAlchemy begins nothing; on SQLite our engine sees to that
    try:
        with _Sending("BEGIN"):
            await session.driver.begin(signature)
        yield session
        await session.flush()
        with _Sending("COMMIT"):
            await session.driver.commit()
    except BaseException:
        await _roll_back(connection, session.driver, connection_cache)
        raise
    finally:
        if connection.in_transaction():  # SQLAlchemy's idea of it
            await session.close()
        if not pooled.is_valid:
            pooled.close()
        else:
            if session.dialect.name == "postgresql":
                set_autocommit(pooled, False)
            connection_cache.give_back(pooled)


async def _roll_back(connection: AsyncConnection, driver: Driver, connection_cache: ConnectionCache) -> None:
    """Undo whatever was written, and be it by giving the connection up."""
    try:
        if not connection.invalidated:
            await driver.rollback()
    except (*DRIVER_ERRORS, OSError, asyncio.CancelledError) as error:
        if connection.dialect.name == "sqlite":
            await connection.invalidate(error)
            return
        # Not through SQLAlchemy's connection, which would wait for the server once more.
        discard(await connection.get_raw_connection(), error)
        if isinstance(error, TimeoutError):
            connection_cache.drop_idle()


def _literal(value: str) -> str:
    """A text in PostgreSQL's SQL, whatever the server takes a backslash for."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"E'{escaped}'"
