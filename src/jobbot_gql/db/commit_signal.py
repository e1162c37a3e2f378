"""Signals that transactions may have been committed, by this process or by others.

PostgreSQL: the change log's trigger notifies a channel on which one connection listens. SQLite: this process signals
its own commits, and `PRAGMA data_version` shows those of others. A signal has no content: read the change log.
"""

import asyncio
import logging
from contextlib import suppress
from time import monotonic
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from jobbot_gql.db.aiosqlite_internals import sqlite_connection
from jobbot_gql.db.failures import DRIVER_ERRORS

CHANNEL = "jobbot_change_log"
"""Channel that the trigger `notify_change` on PostgreSQL's change log notifies."""
SAFETY_SECONDS = 5.0
"""How long a signal waits at most, in case a notification was lost."""
POLL_SECONDS = 0.2
"""Interval in which SQLite is checked for commits of other processes."""
RETRY_SECONDS = 1.0
"""How long to wait after no connection could be opened."""

log = logging.getLogger(__name__)


class CommitSignal(Protocol):
    """Waits for commits. One task may wait at a time."""

    async def wait(self) -> None:
        """Return when something may have been committed since the last call returned, or after SAFETY_SECONDS."""

    def committed(self) -> None:
        """This process has committed a transaction."""

    async def close(self) -> None:
        """Close the connection."""


class PostgresqlSignal:
    """Listens on a connection of its own, and reconnects when that is lost."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine is for this connection alone, and belongs to the signal."""
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._is_lost = False
        self._notified = asyncio.Event()

    def committed(self) -> None:
        """Nothing: the trigger notifies this process, too."""

    async def wait(self) -> None:
        """See `CommitSignal`. Returns at once after connecting: what was committed before was not signalled."""
        if self._is_lost and self._connection is not None:
            await self._connection.invalidate()
            await self._connection.close()
            self._connection = None
        if self._connection is None:
            await self._listen()
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(SAFETY_SECONDS):
                await self._notified.wait()
        self._notified.clear()

    async def _listen(self) -> None:
        try:
            self._connection = await self._engine.connect()
            self._is_lost = False
            driver: Any = (await self._connection.get_raw_connection()).driver_connection
            driver.add_termination_listener(self._lost)
            await driver.add_listener(CHANNEL, self._notify)
        except (SQLAlchemyError, *DRIVER_ERRORS, OSError) as error:
            self._is_lost = True
            log.warning("cannot listen for commits: %s", type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    def _notify(self, *_: Any) -> None:
        self._notified.set()

    def _lost(self, *_: Any) -> None:
        self._is_lost = True
        self._notified.set()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.invalidate()
            await self._connection.close()
        await self._engine.dispose()


class SqliteSignal:
    """Asks for the version of the file periodically."""

    def __init__(self, engine: AsyncEngine) -> None:
        """The engine is for this connection alone, and belongs to the signal."""
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._sqlite: Any = None
        self._version: int | None = None
        self._committed = asyncio.Event()

    def committed(self) -> None:
        """Wake the waiting task at once."""
        self._committed.set()

    async def wait(self) -> None:
        """See `CommitSignal`."""
        deadline = monotonic() + SAFETY_SECONDS
        while not self._committed.is_set() and monotonic() < deadline:
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._committed.wait()
            if await self._has_new_version():
                break
        self._committed.clear()

    async def _has_new_version(self) -> bool:
        """Whether another connection has committed since the last call."""
        try:
            if self._connection is None:
                self._connection = await self._engine.connect()
                driver: Any = (await self._connection.get_raw_connection()).driver_connection
                self._sqlite = sqlite_connection(driver)
            before, self._version = self._version, self._sqlite.execute("PRAGMA data_version").fetchone()[0]
        except (SQLAlchemyError, *DRIVER_ERRORS, OSError):  # such as a replaced file: reading the log reports it
            return True
        return before != self._version

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()
        await self._engine.dispose()
