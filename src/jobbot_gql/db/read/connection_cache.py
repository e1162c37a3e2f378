"""Cache of idle connections that stay checked out of the pool, because a checkout takes longer than a short read.

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
    """Idle connections that the engine's pool considers checked out."""

    def __init__(self, engine: AsyncEngine, *, pool_size: int, max_overflow: int) -> None:
        self.engine = engine
        self._max_idle = pool_size
        self.capacity = pool_size + max_overflow
        """Maximum number of open connections."""
        self._opened = 0
        # The pool's own counters include records whose connection was discarded.
        event.listen(engine.sync_engine, "connect", self._count_opened)
        event.listen(engine.sync_engine, "close", self._count_closed)
        self._idle: list[PoolProxiedConnection] = []
        self._dropped_at = 0.0
        """Connections opened before this time are not used again."""
        self._checkouts: set[asyncio.Future[PoolProxiedConnection]] = set()
        """Pending checkouts from the pool."""

    def __len__(self) -> int:
        return len(self._idle)

    @property
    def used(self) -> int:
        """Number of connections in use or being opened."""
        pool = self.engine.pool
        return pool.checkedout() - len(self._idle) if isinstance(pool, QueuePool) else 0

    @property
    def idle(self) -> int:
        """Number of open connections that are not in use, in the cache and in the pool."""
        return max(0, self._opened - self.used)

    @property
    def is_exhausted(self) -> bool:
        """Whether all `capacity` connections are in use."""
        return self.used >= self.capacity

    async def take(self) -> PoolProxiedConnection:
        """An open connection, from the cache or the pool. Raises errors of the pool and the driver."""
        while True:
            connection = self._idle.pop() if self._idle else await self._from_pool()
            opened_at = connection.info.setdefault("opened_at", monotonic())
            if opened_at > self._dropped_at and not _is_closed(connection.driver_connection):
                return connection
            discard(connection)

    async def _from_pool(self) -> PoolProxiedConnection:
        # Shielded, because a cancellation during a checkout may lose the connection.
        checkout = asyncio.ensure_future(greenlet_spawn(self.engine.sync_engine.raw_connection))
        self._checkouts.add(checkout)
        checkout.add_done_callback(self._checkouts.discard)
        try:
            return await asyncio.shield(checkout)
        except asyncio.CancelledError:
            checkout.add_done_callback(self._keep_result)
            raise

    def _keep_result(self, checkout: asyncio.Future[PoolProxiedConnection]) -> None:
        if not checkout.cancelled() and checkout.exception() is None:
            self.give_back(checkout.result())

    def _count_opened(self, connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        self._opened += 1

    def _count_closed(self, connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        self._opened -= 1

    def drop_idle(self) -> None:
        """Discard all idle connections. If one connection to a server is lost, the others probably are too."""
        self._dropped_at = monotonic()
        while self._idle:
            discard(self._idle.pop())

    def give_back(self, connection: PoolProxiedConnection) -> None:
        """Cache a connection without an open transaction, unless the pool needs it or the cache is full."""
        if self.idle >= self._max_idle:
            discard(connection)
        elif self._checkouts or self.used + len(self._idle) >= self.capacity:
            connection.close()
        else:
            self._idle.append(connection)

    def close(self) -> None:
        """Return all connections to the pool, so that it can be closed."""
        for checkout in self._checkouts:
            checkout.cancel()
        while self._idle:
            self._idle.pop().close()


def discard(connection: PoolProxiedConnection, error: BaseException | None = None) -> None:
    """Close a connection at once, without a message to the server, and remove it from the pool.

    Does not wait for the server, so it needs no greenlet.
    """
    connection.invalidate(error)
    connection.close()


def _is_closed(driver: Any) -> bool:
    # asyncpg knows whether the server has closed the connection. SQLite has no server.
    return not isinstance(driver, aiosqlite.Connection) and driver.is_closed()
