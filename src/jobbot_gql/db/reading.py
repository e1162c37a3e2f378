"""Reading: one connection and one snapshot for everything that an operation asks."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

from sqlalchemy import Executable, Row
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Snapshot:
    """A read-only view of the database at one moment, shared by the loaders of one operation.

    The connection is taken at the first read and given back by `close`. Reads that come at the same time wait for one
    another: a connection per loader would let operations wait for each other's connections until none is left.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._connection: AsyncConnection | None = None
        self.statements = 0
        """How many statements were sent so far."""

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of a SELECT."""
        async with self._lock:
            connection = self._connection or await self._open()
            self.statements += 1
            result = await connection.execute(statement, parameters)
            return result.all()

    async def close(self) -> None:
        """End the snapshot and give the connection back; the next read would begin a new one."""
        async with self._lock:
            self._connection = None
            await self._stack.aclose()

    async def _open(self) -> AsyncConnection:
        connection = await self._stack.enter_async_context(self._engine.connect())
        self._stack.push_async_callback(connection.rollback)
        self._connection = connection
        return connection
