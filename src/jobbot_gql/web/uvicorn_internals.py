"""What the project uses of uvicorn, and of websockets within it, beyond their documented API; nothing else in it does.

The protocols also override methods of these classes. `tests/library_contracts` lists them, and says what each piece
must do. pyproject.toml holds uvicorn and websockets to the minor versions that this was tested with.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

__all__ = ["ClientDisconnected", "ConnectionServer", "Frame", "HttpConnection", "Request", "WebSocketConnection"]


class HttpConnection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, and what it knows of the request at hand: the last one whose headers have come."""

    @property
    def has_request(self) -> bool:
        """Whether there has been a request, other than to upgrade, on this connection."""
        return self.cycle is not None

    @property
    def is_answered(self) -> bool:
        """Whether the request at hand has its whole answer."""
        return self.cycle.response_complete

    @property
    def is_answering(self) -> bool:
        """Whether there is a request at hand that has not."""
        return self.cycle is not None and not self.cycle.response_complete

    @property
    def is_executing(self) -> bool:
        """Whether a request that came whole was not answered yet."""
        return self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body

    @property
    def has_begun_answer(self) -> bool:
        """Whether some of an answer was sent and more will follow."""
        return self.is_answering and self.cycle.response_started

    @property
    def lacks_body(self) -> bool:
        """Whether more is to come of the body of the request at hand."""
        return self.cycle.more_body

    @property
    def kept_body_bytes(self) -> int:
        """The bytes of the body that the application has not taken yet."""
        return len(self.cycle.body)

    @property
    def queued_requests(self) -> int:
        """The requests that wait for the answers to those before them."""
        return len(self.pipeline)

    @property
    def is_upgrade(self) -> bool:
        """Whether the headers that are read ask for a WebSocket."""
        return self.parser.should_upgrade() and self._should_upgrade()

    @property
    def is_input_paused(self) -> bool:
        """Whether input is left in the socket."""
        return self.flow.read_paused

    def pause_input(self) -> None:
        """Leave input in the socket."""
        self.flow.pause_reading()

    def resume_input(self) -> None:
        """Read on."""
        self.flow.resume_reading()

    def end_keep_alive(self) -> None:
        """Close the connection behind the answer to the request at hand, if there is one."""
        if self.cycle is not None:
            self.cycle.keep_alive = False

    def send_no_continue(self) -> None:
        """Answer the request at hand without `100 Continue` before."""
        self.cycle.waiting_for_100_continue = False

    def answer_through(self, transport: Any) -> None:
        """Have the answer written to something that has `write`, `is_closing` and `close` of a transport."""
        self.cycle.transport = transport

    def disconnect_application(self) -> None:
        """Have what the application still sends go to nobody, and its `receive` give `http.disconnect`."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()


class WebSocketConnection(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, and what it and the parser of websockets hold."""

    @property
    def is_handshake_accepted(self) -> bool:
        """Whether the handshake is valid, once it has come."""
        return self.response.status_code == 101

    @property
    def has_handshake(self) -> bool:
        """Whether a handshake has come, valid or not."""
        return self.handshake_initiated

    def close_for_restart(self) -> None:
        """Close the WebSocket with 1012, service restart."""
        self.shutdown()

    def offer(self, extension: str, function: Callable[[], None]) -> None:
        """Add an extension to the ASGI scope."""
        cast("dict[str, Any]", self.scope["extensions"])[extension] = function

    @property
    def unfinished_bytes(self) -> int:
        """The bytes of a message that is not complete."""
        fragments = len(self.frames[0]) if self.frames else 0
        return len(self.conn.reader.buffer) + fragments

    @property
    def is_within_message(self) -> bool:
        """Whether fragments have come of a message that is not complete."""
        return self.conn.current_size is not None

    @property
    def text(self) -> bytes | None:
        """The message that has come, if it is one of text."""
        return self.frames[0] if self.curr_msg_data_type == "text" else None

    def join_fragments(self) -> None:
        """Make the fragments that have come one that can grow."""
        # A message may come in fragments of one byte, each of which would be an object of some sixty.
        if self.frames:
            self.frames = [cast("bytes", bytearray(self.frames[0]))]

    def add_fragment(self, frame: Frame) -> None:
        """Add a fragment to the others."""
        cast("bytearray", self.frames[0]).extend(frame.data)

    def drop_message(self) -> None:
        """Forget the fragments that have come."""
        self.frames = []

    def drop_input(self) -> None:
        """Forget all input that was not given to the application."""
        self.drop_message()
        self.conn.reader.buffer.clear()

    def close_with(self, code: int, reason: str) -> None:
        """Send a close frame, unless one was sent or the handshake is not over; the transport stays open."""
        if self.handshake_complete and not self.close_sent:
            self.conn.fail(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True

    def take_pongs(self) -> bytes:
        """The answers to pings that were not sent yet."""
        return b"".join(self.conn.data_to_send())

    @property
    def is_writable(self) -> bool:
        """Whether the transport takes more output."""
        return self.writable.is_set()

    async def wait_until_writable(self) -> None:
        """Wait until the transport takes more output, or is closed."""
        await self.writable.wait()

    def postpone_ping(self) -> None:
        """Send the next ping a whole interval later, and expect no answer to the last one."""
        self.pong_timer = None
        self.schedule_ping()


class ConnectionServer(uvicorn.Server):
    """uvicorn's server, and what it knows of its connections."""

    @property
    def connections(self) -> list[asyncio.Protocol]:
        """The protocols of all open connections."""
        return list(self.server_state.connections)

    @property
    def tasks(self) -> list[asyncio.Task[None]]:
        """The tasks in which requests are executed."""
        return list(self.server_state.tasks)

    @property
    def is_forced(self) -> bool:
        """Whether it was told to stop at once."""
        return self.force_exit
