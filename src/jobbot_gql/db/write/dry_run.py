"""Dry runs: all writes of an operation in one transaction, which is rolled back.

Each write has a savepoint instead of a transaction of its own. Reads use the same transaction, to see the writes. New
rows get placeholder ids, so that their sequences do not advance. PostgreSQL's sequence of the change log does.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from math import inf
from typing import NamedTuple, TypeVar

from jobbot_gql.db.failures import DRIVER_ERRORS
from jobbot_gql.db.read.connection_cache import ConnectionCache
from jobbot_gql.db.read.read_transaction import ReadSteps, run_reads
from jobbot_gql.db.read.snapshot import ReadTransaction, Snapshot
from jobbot_gql.db.sql.work_counter import Work
from jobbot_gql.db.write.retries import with_retries
from jobbot_gql.db.write.write_session import Driver, WriteSession

T = TypeVar("T")

LOGGED_CHANGES = """
SELECT entity, entity_id, operation, CAST(before AS TEXT), CAST(after AS TEXT)
FROM change_log WHERE sequence < 0 ORDER BY sequence LIMIT """


class LoggedChange(NamedTuple):
    """A change that would be logged."""

    entity: str
    entity_id: int
    operation: str
    before: str | None
    """JSON."""
    after: str | None
    """JSON."""


class _RolledBack(Exception):
    """Raised to roll back the transaction."""


class DryRun:
    """Dry run of an operation. Its transaction begins with the first write and ends with `close`."""

    def __init__(self, transaction: AbstractAsyncContextManager[WriteSession], connections: ConnectionCache) -> None:
        """`connections` serve the reads before the first write."""
        self._transaction = transaction
        self._connections = connections
        self._session: WriteSession | None = None
        self._is_closed = False

    async def write(self, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        """Run `work` in a savepoint, which is rolled back on an error. See `Database.write`."""
        if self._session is None:
            self._session = await self._transaction.__aenter__()
        return await with_retries(partial(self._attempt, self._session, work))

    async def _attempt(self, outer: WriteSession, work: Callable[[WriteSession], Awaitable[T]]) -> T:
        async with outer.savepoint() as session:
            return await work(session)

    def snapshot(self, max_bytes: float = inf) -> Snapshot:
        """A snapshot that includes the writes so far. See `Database.snapshot`."""
        return _Snapshot(self._connections, max_bytes, self)

    async def logged(self, limit: int, max_bytes: float = inf) -> list[LoggedChange]:
        """The first `limit` changes that the writes so far would log. Raises TooMuchRead."""
        if self._session is None:
            return []
        driver = self._session.driver
        await driver.begin_reading()
        rows = await driver.read(f"{LOGGED_CHANGES}{int(limit)}", (), max_bytes)
        await driver.end_reading()
        return [LoggedChange(*row) for row in rows]

    async def close(self) -> None:
        """Roll back. Further calls do nothing."""
        if self._session is None or self._is_closed:
            return
        self._is_closed = True
        rollback = _RolledBack()
        await self._transaction.__aexit__(_RolledBack, rollback, rollback.__traceback__)

    @property
    def driver(self) -> Driver | None:
        """Driver of the transaction; None before the first write."""
        return self._session.driver if self._session else None


class _Snapshot(Snapshot):
    """Snapshot that reads in the transaction of a dry run after its first write."""

    def __init__(self, connections: ConnectionCache, max_bytes: float, dry_run: DryRun) -> None:
        super().__init__(connections, max_bytes)
        self._dry_run = dry_run

    async def _open(self) -> ReadTransaction:
        if self._dry_run.driver is None:
            return await super()._open()
        self._transaction = _DryRunTransaction(self._dry_run.driver, self._work, self._max_bytes)
        return self._transaction


class _DryRunTransaction:
    """Reads between two writes in the transaction of a dry run."""

    is_aborted_by_errors = True

    def __init__(self, driver: Driver, work: Work, max_bytes: float) -> None:
        self._driver = driver
        self._work = work
        self._max_bytes = max_bytes
        self._begun = False

    async def run(self, steps: ReadSteps[T], *, single: bool) -> T:
        """Run a read generator; see `SqliteTransaction.run`."""
        if not self._begun:
            self._begun = True
            await self._driver.begin_reading()
        return await run_reads(steps, partial(self._driver.read, max_bytes=self._max_bytes), self._work)

    async def end(self) -> None:
        """Continue the transaction. If that fails, its next statement fails too."""
        if self._begun:
            with suppress(*DRIVER_ERRORS):
                await self._driver.end_reading()
