"""Adapter for undocumented parts of uvicorn, httptools and websockets. No other module uses them.

The protocols also override methods of these classes. `tests/library_contracts` lists and tests what is used here.
pyproject.toml limits the three libraries to the tested minor versions.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

__all__ = ["ClientDisconnected", "ConnectionServer", "Frame", "HttpConnection", "Request", "WebSocketConnection"]


class _Parser(httptools.HttpRequestParser):
    """httptools' parser. Ignores requests to upgrade to another protocol than WebSocket, such as `h2c`.

    httptools does not parse the body of a request with the header `Upgrade`, nor the requests after it.
    """

    def __init__(self, connection: "HttpConnection") -> None:
        super().__init__(connection)
        self._connection = connection

    def feed_data(self, data: bytes) -> None:  # type: ignore[override] # transports give bytes
        """Parse data. Raises HttpParserUpgrade after the headers of a WebSocket handshake."""
        while True:
            try:
                super().feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                if self._connection.is_websocket or not self._connection.is_upgrade:  # or CONNECT
                    raise
                data = self._connection.head_without_upgrade() + data[upgrade.args[0] :]
            else:
                return


class HttpConnection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol. The current request is the last one whose headers were received."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parser = _Parser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def head_without_upgrade(self) -> bytes:
        """Request line and headers of the parsed head, without the header `Upgrade`."""
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (method, self.url, version)]
        lines += [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join((*lines, b"", b""))

    @property
    def is_response_complete(self) -> bool:
        """Whether the response to the current request is complete."""
        return self.cycle.response_complete

    @property
    def is_responding(self) -> bool:
        """Whether there is a current request whose response is not complete."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def is_executing(self) -> bool:
        """Whether the current request was received completely and its response is not complete."""
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body

    @property
    def has_response_started(self) -> bool:
        """Whether a response was started and is not complete."""
        return self.is_responding and self.cycle.response_started

    @property
    def is_body_incomplete(self) -> bool:
        """Whether the body of the current request is incomplete."""
        return self.cycle.more_body

    @property
    def kept_body_bytes(self) -> int:
        """Bytes of the body that the application has not received yet."""
        return len(self.cycle.body)

    @property
    def queued_requests(self) -> int:
        """Number of pipelined requests that wait."""
        return len(self.pipeline)

    @property
    def is_upgrade(self) -> bool:
        """Whether the parsed headers request an upgrade. No request begins with them."""
        return self.parser.should_upgrade() and self._should_upgrade()

    @property
    def is_websocket(self) -> bool:
        """Whether the parsed headers request an upgrade to WebSocket."""
        return self.is_upgrade and super()._should_upgrade()

    def _should_upgrade(self) -> bool:
        """Whether uvicorn's callbacks ignore a message that the parser considers an upgrade."""
        return any(name == b"upgrade" for name, _ in self.headers)

    @property
    def is_input_paused(self) -> bool:
        """Whether reading from the socket is paused."""
        return self.flow.read_paused

    def pause_input(self) -> None:
        """Pause reading from the socket."""
        self.flow.pause_reading()

    def resume_input(self) -> None:
        """Resume reading from the socket."""
        self.flow.resume_reading()

    def end_keep_alive(self) -> None:
        """Close the connection after the response to the current request, if there is one."""
        if self.cycle is not None:
            self.cycle.keep_alive = False

    def suppress_continue(self) -> None:
        """Do not send `100 Continue` for the current request."""
        self.cycle.waiting_for_100_continue = False

    def redirect_response(self, transport: Any) -> None:
        """Write the response to an object with a transport's `write`, `is_closing` and `close`."""
        self.cycle.transport = transport

    def disconnect_application(self) -> None:
        """Drop further output of the application, and make its `receive` return `http.disconnect`."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket protocol, with access to its buffers and to those of websockets' parser."""

    @property
    def is_handshake_accepted(self) -> bool:
        """Whether the received handshake is valid."""
        return self.response.status_code == 101

    @property
    def has_handshake(self) -> bool:
        """Whether a handshake was received, valid or not."""
        return self.handshake_initiated

    def close_for_restart(self) -> None:
        """Close the WebSocket with 1012 (service restart)."""
        self.shutdown()

    def offer(self, extension: str, function: Callable[[], None]) -> None:
        """Add an extension to the ASGI scope."""
        cast("dict[str, Any]", self.scope["extensions"])[extension] = function

    @property
    def unfinished_bytes(self) -> int:
        """Bytes of the incomplete message."""
        fragments = len(self.frames[0]) if self.frames else 0
        return len(self.conn.reader.buffer) + fragments

    @property
    def is_within_message(self) -> bool:
        """Whether fragments of an incomplete message were received."""
        return self.conn.current_size is not None

    @property
    def text(self) -> bytes | None:
        """The received message, if it is a text message."""
        return self.frames[0] if self.curr_msg_data_type == "text" else None

    def buffer_fragments(self) -> None:
        """Replace the received fragments by one growing buffer."""
        # A message may consist of one-byte fragments, and each bytes object takes about sixty bytes.
        if self.frames:
            self.frames = [cast("bytes", bytearray(self.frames[0]))]

    def append_fragment(self, frame: Frame) -> None:
        """Append a fragment to the buffer."""
        cast("bytearray", self.frames[0]).extend(frame.data)

    def discard_message(self) -> None:
        """Discard the received fragments."""
        self.frames = []

    def discard_input(self) -> None:
        """Discard all input that the application has not received."""
        self.discard_message()
        self.conn.reader.buffer.clear()

    def close_with(self, code: int, reason: str) -> None:
        """Send a close frame, unless one was sent or the handshake is incomplete. The transport stays open."""
        if self.handshake_complete and not self.close_sent:
            self.conn.fail(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True

    def take_pongs(self) -> bytes:
        """Pending answers to pings. The caller sends or drops them."""
        return b"".join(self.conn.data_to_send())

    @property
    def is_writable(self) -> bool:
        """Whether the write buffer has room."""
        return self.writable.is_set()

    async def wait_until_writable(self) -> None:
        """Wait until the write buffer has room or the transport is closed."""
        await self.writable.wait()

    def postpone_ping(self) -> None:
        """Send the next ping after a full interval, and expect no pong for the last one."""
        self.pong_timer = None
        self.schedule_ping()


class ConnectionServer(uvicorn.Server):
    """uvicorn's server, with access to its connections and tasks."""

    @property
    def connections(self) -> list[asyncio.Protocol]:
        """The protocols of all open connections."""
        return list(self.server_state.connections)

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """The tasks that execute requests."""
        return list(self.server_state.tasks)

    @property
    def is_forced(self) -> bool:
        """Whether an immediate stop was requested."""
        return self.force_exit
