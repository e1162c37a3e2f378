"""Send timeout for clients that read too slowly."""

import asyncio
import sys

from jobbot_gql.web.held_bytes import HeldBytes

if sys.platform != "win32":
    import fcntl
    import termios

MIN_BYTES = 65_536
"""Minimum number of bytes a client must read within JOBBOT_SEND_TIMEOUT, if that much is left."""
WINDOWS = 16
"""A large response must be read within this many periods of JOBBOT_SEND_TIMEOUT, an equal part in each."""


class UnreadOutput:
    """Aborts a connection whose client does not read its output at the minimum rate.

    The rate is proportional to the output held in memory.
    """

    def __init__(self, transport: asyncio.Transport, seconds: float, held: HeldBytes) -> None:
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        self._seconds = seconds
        self._held = held
        self._size = 0
        """Largest write buffer since watching began. The event loop keeps a response until all of it is sent."""
        self._queued = 0
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Start to check the progress of pending output."""
        self._size = max(self._size, self._transport.get_write_buffer_size())
        if self._timer is None:
            self._begin()
        self._held.hold(self, self._size + self._queued)

    def forget(self) -> None:
        """Stop checking, because no output is pending."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._size = 0
        self._held.hold(self, self._queued)

    def queue(self, size: int) -> None:
        """Add `size` bytes, which may be negative, to the output that waits outside the write buffer."""
        self._queued += size
        self._held.hold(self, self._size + self._queued)

    def shed(self) -> None:
        """Abort the connection."""
        self._transport.abort()

    def _begin(self) -> None:
        self._left = self._waiting()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look)

    def _waiting(self) -> int:
        """Bytes that the client has not acknowledged, including those in the kernel's send buffer."""
        waiting: int = self._transport.get_write_buffer_size()
        if sys.platform != "win32" and self._socket is not None and self._socket.fileno() >= 0:
            # The kernel buffers megabytes. Without counting them, a slow reader would seem to make no progress.
            waiting += int.from_bytes(fcntl.ioctl(self._socket, termios.TIOCOUTQ, bytes(4)), sys.byteorder)
        return waiting

    def _look(self) -> None:
        self._timer = None
        left = self._waiting()
        if left == 0:
            return
        if self._left - left < max(MIN_BYTES, self._size // WINDOWS):
            self._transport.abort()
        else:
            self._begin()
