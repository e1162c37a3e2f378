"""Idle connections kept checked out of the pool: taking one from the pool takes longer than the shortest read.

The cache and the pool together hold at most `pool_size` idle connections, and open at most `pool_size + max_overflow`.
"""

import asyncio
from time import monotonic
from typing import Any

import aiosqlite
from sqlalchemy import PoolProxiedConnection, QueuePool, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from jobbot_gql.db.sqlalchemy_internals import greenlet_spawn


class ConnectionCache:
    """Connections of an engine's pool that nobody uses now, though the pool thinks so."""

    def __init__(self, engine: AsyncEngine, *, pool_size: int, max_overflow: int) -> None:
        self.engine = engine
        self._most = pool_size
        self.capacity = pool_size + max_overflow
        """The most connections that may be open."""
        self._opened = 0
        # The pool's own figures count records whose connection was discarded.
        event.listen(engine.sync_engine, "connect", self._count_opened)
        event.listen(engine.sync_engine, "close", self._count_closed)
        self._kept: list[PoolProxiedConnection] = []
        self._distrusted_at = 0.0
        """Connections that were opened before are not used again."""
        self._asking: set[asyncio.Future[PoolProxiedConnection]] = set()
        """What asks the pool at the moment."""

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def used(self) -> int:
        """Connections in use, those that are being opened included."""
        pool = self.engine.pool
        return pool.checkedout() - len(self._kept) if isinstance(pool, QueuePool) else 0

    @property
    def idle(self) -> int:
        """Open connections that nobody uses, in the cache and in the pool."""
        return max(0, self._opened - self.used)

    @property
    def is_exhausted(self) -> bool:
        """Whether every connection that may be opened is in use."""
        return self.used >= self.capacity

    async def take(self) -> PoolProxiedConnection:
        """A connection that is open, as far as can be told. Raises what the pool and the driver raise."""
        while True:
            connection = self._kept.pop() if self._kept else await self._from_pool()
            opened_at = connection.info.setdefault("opened_at", monotonic())
            if opened_at > self._distrusted_at and not _is_closed(connection.driver_connection):
                return connection
            discard(connection)

    async def _from_pool(self) -> PoolProxiedConnection:
        # Never cancelled: the pool may lose a connection that it hands out at the moment of a cancellation.
        asking = asyncio.ensure_future(greenlet_spawn(self.engine.sync_engine.raw_connection))
        self._asking.add(asking)
        asking.add_done_callback(self._asking.discard)
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            asking.add_done_callback(self._keep_unwanted)
            raise

    def _keep_unwanted(self, asking: asyncio.Future[PoolProxiedConnection]) -> None:
        if not asking.cancelled() and asking.exception() is None:
            self.give_back(asking.result())

    def _count_opened(self, connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        self._opened += 1

    def _count_closed(self, connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        self._opened -= 1

    def distrust(self) -> None:
        """Use no connection again that is idle now: one has gone silent, and those beside it went the same way."""
        self._distrusted_at = monotonic()
        while self._kept:
            discard(self._kept.pop())

    def give_back(self, connection: PoolProxiedConnection) -> None:
        """Keep a connection, on which no transaction is open, for whoever is next, if the pool can do without."""
        if self.idle >= self._most:
            discard(connection)
        elif self._asking or self.used + len(self._kept) >= self.capacity:
            connection.close()
        else:
            self._kept.append(connection)

    def close(self) -> None:
        """Give all of them back to the pool, which may be closed then."""
        for asking in self._asking:
            asking.cancel()
        while self._kept:
            self._kept.pop().close()


def discard(connection: PoolProxiedConnection, error: BaseException | None = None) -> None:
    """Close a connection at once, without a message to its server, and let the pool open another one.

    It needs no greenlet, in which alone SQLAlchemy could wait for a server that may not answer.
    """
    connection.invalidate(error)
    connection.close()


def _is_closed(driver: Any) -> bool:
    # asyncpg knows when the server has hung up. A file does not.
    return not isinstance(driver, aiosqlite.Connection) and driver.is_closed()
