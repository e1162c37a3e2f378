"""What the project uses of asyncpg beyond its documented API; nothing else in it does.

pyproject.toml holds asyncpg to the minor version that this was tested with. `tests/library_contracts` says what each
piece must do.
"""

import asyncio
import socket
from math import inf
from typing import Any

import asyncpg  # type: ignore[import-untyped]

PATIENCE_SECONDS = 5
"""How long a PostgreSQL server may take to finish a statement of which nothing is kept."""
KEEP_ALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 15_000}
"""Socket options: a peer that acknowledges nothing for 15 to 25 s is lost. TCP_USER_TIMEOUT is in milliseconds."""


class WireMeter:
    """Counts the bytes that arrive on a connection of asyncpg, and breaks it off at a limit.

    asyncpg gives the rows of a statement when all of them have arrived: they would have no limit.
    """

    def __init__(self, protocol: Any, transport: asyncio.Transport) -> None:
        self.left = inf
        """Bytes that may still arrive."""
        self._protocol = protocol
        self._transport = transport
        self.eof_received = protocol.eof_received
        self.connection_lost = protocol.connection_lost
        self.pause_writing = protocol.pause_writing
        self.resume_writing = protocol.resume_writing

    @property
    def is_exceeded(self) -> bool:
        """Whether the connection was broken off."""
        return self.left < 0

    def data_received(self, data: bytes) -> None:
        """Count and pass on."""
        if self.left < 0:
            return
        self.left -= len(data)
        if self.left < 0:
            self._transport.abort()
        else:
            self._protocol.data_received(data)


class PatientConnection(asyncpg.Connection):  # type: ignore[misc] # untyped
    """asyncpg's connection with a `WireMeter`, whose `executemany` ends before it is cancelled.

    Cancelled while it sends, asyncpg would wait for an answer to what it never sent (`bind_execute_many` of its
    protocol.pyx). A transaction that is cancelled ends one statement later instead.
    """

    def __init__(self, protocol: Any, transport: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(protocol, transport, *args, **kwargs)
        self.meter = WireMeter(protocol, transport)
        transport.set_protocol(self.meter)

    async def executemany(self, command: str, args: Any, *, timeout: float | None = None) -> None:  # noqa: ASYNC109 - asyncpg's
        sending = asyncio.ensure_future(super().executemany(command, args, timeout=timeout))
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait([sending], timeout=PATIENCE_SECONDS)
            if not sending.done():  # the server is silent
                self.terminate()
                await asyncio.wait([sending])
            sending.exception()  # seen: whoever cancels undoes all of it
            raise


def keep_alive(connection: asyncpg.Connection) -> None:
    """Have the operating system notice a peer that has vanished, as far as it has these options."""
    connected: socket.socket = connection._transport.get_extra_info("socket")
    if connected.family == socket.AF_UNIX:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE.items():
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
