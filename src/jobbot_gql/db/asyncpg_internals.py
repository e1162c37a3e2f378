"""The only module that uses undocumented parts of asyncpg.

`pyproject.toml` limits asyncpg to the tested minor version. `tests/library_contracts` tests each part.
"""

import asyncio
import socket
from math import inf
from typing import Any

import asyncpg  # type: ignore[import-untyped]

PATIENCE_SECONDS = 5
"""Time limit for a cancelled `executemany` to finish."""
KEEP_ALIVE = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 15_000}
"""Socket options that detect a lost peer within 15 to 25 s. TCP_USER_TIMEOUT is in milliseconds, the others in s."""


class WireMeter:
    """Counts the bytes that a connection receives, and aborts it at a limit.

    asyncpg buffers all rows of a statement before it returns them, and has no limit of its own.
    """

    def __init__(self, protocol: Any, transport: asyncio.Transport) -> None:
        self.left = inf
        """Number of bytes that may still arrive."""
        self._protocol = protocol
        self._transport = transport
        self.eof_received = protocol.eof_received
        self.connection_lost = protocol.connection_lost
        self.pause_writing = protocol.pause_writing
        self.resume_writing = protocol.resume_writing

    @property
    def is_exceeded(self) -> bool:
        """Whether the connection was aborted."""
        return self.left < 0

    def data_received(self, data: bytes) -> None:
        """Count the bytes and forward them to asyncpg."""
        if self.left < 0:
            return
        self.left -= len(data)
        if self.left < 0:
            self._transport.abort()
        else:
            self._protocol.data_received(data)


class CancellableConnection(asyncpg.Connection):  # type: ignore[misc] # untyped
    """asyncpg's connection with a `WireMeter` and a cancellable `executemany`.

    If asyncpg is cancelled while it sends, it waits for the reply to a message that it has not sent
    (`bind_execute_many` in protocol.pyx). Here a cancelled `executemany` finishes first.
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
            sending.exception()  # retrieved, because the caller rolls back
            raise


def keep_alive(connection: asyncpg.Connection) -> None:
    """Set the socket options of `KEEP_ALIVE` that the operating system has."""
    connected: socket.socket = connection._transport.get_extra_info("socket")
    if connected.family == socket.AF_UNIX:
        return
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in KEEP_ALIVE.items():
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
