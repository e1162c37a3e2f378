"""Connections that are kept between two operations: taking one from the pool takes longer than the shortest read."""

from typing import Any

import aiosqlite
from sqlalchemy import PoolProxiedConnection, QueuePool
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn


class AtHand:
    """Connections of an engine's pool that nobody uses now, though the pool thinks so."""

    def __init__(self, engine: AsyncEngine, *, pool_size: int, max_overflow: int) -> None:
        self.engine = engine
        self._most = pool_size
        self._capacity = pool_size + max_overflow
        self._kept: list[PoolProxiedConnection] = []
        self._waiting = 0
        """How many ask the pool at the moment."""

    def __len__(self) -> int:
        return len(self._kept)

    async def take(self) -> PoolProxiedConnection:
        """A connection that is open, as far as can be told. Raises what the pool and the driver raise."""
        while self._kept:
            connection = self._kept.pop()
            if not _is_closed(connection.driver_connection):
                return connection
            connection.invalidate()
            connection.close()
        self._waiting += 1
        try:
            return await greenlet_spawn(self.engine.sync_engine.raw_connection)
        finally:
            self._waiting -= 1

    def give_back(self, connection: PoolProxiedConnection) -> None:
        """Keep a connection, on which no transaction is open, for whoever is next, if the pool can do without."""
        pool = self.engine.pool
        can_give = not isinstance(pool, QueuePool) or pool.checkedout() < self._capacity
        if can_give and not self._waiting and len(self._kept) < self._most:
            self._kept.append(connection)
        else:
            connection.close()

    def close(self) -> None:
        """Give all of them back to the pool, which may be closed then."""
        while self._kept:
            self._kept.pop().close()


def _is_closed(driver: Any) -> bool:
    # asyncpg knows when the server has hung up. A file does not.
    return not isinstance(driver, aiosqlite.Connection) and driver.is_closed()
