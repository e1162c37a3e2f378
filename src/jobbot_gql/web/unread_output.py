"""Output that a client does not read fast enough."""

import asyncio
import sys

from jobbot_gql.web.held_bytes import HeldBytes

if sys.platform != "win32":
    import fcntl
    import termios

LEAST_BYTES = 65_536
"""What a client must take of what is sent to it within JOBBOT_SEND_TIMEOUT, if that much is left."""
WINDOWS = 16
"""How many times JOBBOT_SEND_TIMEOUT a client has to take a large answer: an equal part of it each time."""


class UnreadOutput:
    """Ends a connection whose other end does not take what is sent to it, in proportion to the memory that it holds."""

    def __init__(self, transport: asyncio.Transport, seconds: float, held: HeldBytes) -> None:
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        self._seconds = seconds
        self._held = held
        self._size = 0
        """The most bytes that waited since this was watched: the event loop keeps an answer until all of it is sent."""
        self._queued = 0
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look from now on whether the bytes that wait become fewer."""
        self._size = max(self._size, self._transport.get_write_buffer_size())
        if self._timer is None:
            self._begin()
        self._held.hold(self, self._size + self._queued)

    def forget(self) -> None:
        """Stop looking: nothing waits any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._size = 0
        self._held.hold(self, self._queued)

    def queue(self, size: int) -> None:
        """Count `size` bytes more, or fewer where it is negative, that wait to be sent behind the others."""
        self._queued += size
        self._held.hold(self, self._size + self._queued)

    def shed(self) -> None:
        """Cut the connection."""
        self._transport.abort()

    def _begin(self) -> None:
        self._left = self._waiting()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look)

    def _waiting(self) -> int:
        """The bytes that the other end has not acknowledged, those that the kernel keeps included."""
        waiting: int = self._transport.get_write_buffer_size()
        if sys.platform != "win32" and self._socket is not None and self._socket.fileno() >= 0:
            # The kernel takes megabytes before it asks for more: without them a slow reader seems to stand still.
            waiting += int.from_bytes(fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        return waiting

    def _look(self) -> None:
        self._timer = None
        left = self._waiting()
        if left == 0:
            return
        if self._left - left < max(LEAST_BYTES, self._size // WINDOWS):
            self._transport.abort()
        else:
            self._begin()
