"""uvicorn's protocols with deadlines: a client that is too slow, in either direction, is cut off.

uvicorn bounds the time between two requests of a connection (5 s), and that in which a WebSocket must answer a ping. It
has no bound for receiving a request, and none for sending an answer to somebody who does not read it.
"""

import asyncio
import logging
import sys
from typing import Any

import orjson
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from jobbot_gql.settings import Settings

if sys.platform != "win32":
    import fcntl
    import termios

MAX_HEAD_BYTES = 262_144
"""Of the request line and headers. A document of JOBBOT_MAX_QUERY_LENGTH in a URL takes some 150,000."""
LEAST_BYTES = 65_536
"""What a client must take of what is sent to it within JOBBOT_SEND_TIMEOUT, if that much is left."""


class Config(uvicorn.Config):
    """uvicorn's configuration, and what its protocols are to know of the settings and of the server."""

    def __init__(self, app: Any, settings: Settings) -> None:
        super().__init__(
            app,
            http=HttpProtocol,
            ws=WebSocketProtocol,
            ws_ping_interval=settings.ping_timeout,
            ws_ping_timeout=settings.ping_timeout,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=settings.graceful_shutdown,
        )
        self.receive_seconds = settings.receive_timeout
        self.send_seconds = settings.send_timeout
        self.draining = False
        """Whether the server is about to stop: connections end with the answer that they are at."""
        # Where people watch, at INFO, uvicorn tells of paths and query strings.
        logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


class Outgoing:
    """Cuts a connection off whose other end does not take what is sent to it."""

    def __init__(self, transport: asyncio.Transport, seconds: float) -> None:
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        self._seconds = seconds
        self._left = 0
        self._timer: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look from now on whether the bytes that wait become fewer."""
        if self._timer is None:
            self._begin()

    def forget(self) -> None:
        """Stop looking: nothing waits any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

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
        if self._left - left < LEAST_BYTES:
            self._transport.abort()
        else:
            self._begin()


class Whole:
    """Where one answer is written: its head goes out with the beginning of its body, in one system call and packet."""

    __slots__ = ("_head", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Write the head, and then, any number of times, the body."""
        if self._head is None:
            self._head = data
        elif self._head:
            self._transport.writelines((self._head, data))
            self._head = b""
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Close the connection behind what was written."""
        if self._head:
            self._transport.write(self._head)
        self._transport.close()


class HttpProtocol(HttpToolsProtocol):
    """HTTP/1.1, each request within JOBBOT_RECEIVE_TIMEOUT of its first byte, the first one of its connection."""

    config: Config

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._outgoing = Outgoing(transport, self.config.send_seconds)
        self._head_bytes = 0
        self._in_head = True
        self.is_receiving = True
        """Whether a request is awaited or has come in part."""
        self._deadline: asyncio.TimerHandle | None = None
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_deadline()
        self._outgoing.forget()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.is_receiving:
            self._drop_deadline()
            return
        if self._deadline is None:
            self._set_deadline()
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
                self.refuse(431, "HEADERS_TOO_LARGE", f"the headers have more than {MAX_HEAD_BYTES} bytes")

    @property
    def has_begun(self) -> bool:
        """Whether there is a request, be it in part, that was not answered yet."""
        answering = self.cycle is not None and not self.cycle.response_complete
        return answering or (self.is_receiving and self._head_bytes > 0)

    # Called by the parser

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.is_receiving = self._in_head = True
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self._in_head = False
        if self.config.draining and self.cycle is not None:
            self.cycle.keep_alive = False
        if self.cycle is not None and self.scope["method"] != "HEAD":
            self.cycle.transport = Whole(self.transport)  # type: ignore[assignment] # all that a cycle calls

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.is_receiving = False

    def handle_websocket_upgrade(self) -> None:
        self._drop_deadline()
        self._outgoing.forget()
        super().handle_websocket_upgrade()

    # Deadlines

    def _set_deadline(self) -> None:
        self._deadline = self.loop.call_later(self.config.receive_seconds, self._too_late)

    def _drop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.transport.is_closing():
            return
        executing = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        if executing or self.flow.read_paused:  # the next request waits for us, or it is we who do not read
            self._set_deadline()
        elif self.has_begun:
            self.refuse(408, "REQUEST_TIMEOUT", f"the request was not there after {self.config.receive_seconds:g} s")
        else:
            self.transport.close()

    def refuse(self, status: int, code: str, message: str) -> None:
        """Answer the request at hand with an error, unless its answer has begun, and close the connection."""
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
            head = (
                f"HTTP/1.1 {status} {code.replace('_', ' ').title()}\r\ncontent-type: application/json\r\n"
                f"content-length: {len(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True  # whatever the application still sends is for nobody
            self.cycle.message_event.set()
        self.transport.close()
        self._outgoing.watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._outgoing.watch()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._outgoing.watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._outgoing.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._outgoing.forget()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets, closed when they do not answer a ping in time or do not take what they are sent."""

    config: Config

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._outgoing = Outgoing(self.transport, self.config.send_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._outgoing.forget()
        super().connection_lost(exc)

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        self._outgoing.watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._outgoing.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._outgoing.forget()
