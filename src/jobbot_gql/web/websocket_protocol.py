"""WebSockets as uvicorn speaks them, by the sans-I/O part of websockets, with bounds and deadlines that they have not.

Only this module touches what is private in uvicorn's class and in websockets: the parser's buffer, the fragments.
"""

import asyncio
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame
from websockets.http11 import Request

from jobbot_gql.web.unread_output import UnreadOutput

if TYPE_CHECKING:
    from jobbot_gql.web.protocols import Config

HANDSHAKE_LINE_BYTES = 8_000
"""websockets parses lines of 8,192 bytes, and leaves a connection with a longer one without an answer."""
HANDSHAKE_BYTES = 32_768
"""Of a handshake's request line and headers."""
UNAUTHENTICATED_BYTES = 65_536
"""Input of one WebSocket until its `connection_init` is accepted, the handshake included."""
ACCEPTED = "jobbot_gql.accepted"
"""The extension of the ASGI scope to call when it is known who opened the WebSocket."""
INVALID_DATA = 1007
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
TRY_AGAIN_LATER = 1013


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets, closed when they hold too much, do not answer a ping in time or do not take what they are sent.

    A message has at most JOBBOT_MAX_BODY_BYTES, whatever its fragments, and comes within JOBBOT_RECEIVE_TIMEOUT.
    """

    config: "Config"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._output = UnreadOutput(self.transport, self.config.send_seconds, self.config.unread)
        self._received = 0
        self._is_accepted = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_deadline()
        self._output.forget()
        self.config.unauthenticated.hold(self, 0)
        self.config.unfinished.hold(self, 0)
        self._free_input()
        super().connection_lost(exc)

    # Input

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.response.status_code == 101:
            cast("dict[str, Any]", self.scope["extensions"])[ACCEPTED] = self._accept

    def _accept(self) -> None:
        self._is_accepted = True
        self.config.unauthenticated.hold(self, 0)
        self._measure()

    def data_received(self, data: bytes) -> None:
        if not self._is_accepted:
            self._received += len(data)
            if self._received > UNAUTHENTICATED_BYTES:
                self._end(MESSAGE_TOO_BIG, f"at most {UNAUTHENTICATED_BYTES} bytes before connection_ack")
                return
            self.config.unauthenticated.hold(self, self._received)
        super().data_received(data)
        if not self.transport.is_closing():
            self._measure()

    def _measure(self) -> None:
        """Count the bytes of a message that is not complete, and give it a deadline."""
        fragments = len(self.frames[0]) if self.frames else 0
        unfinished = len(self.conn.reader.buffer) + fragments
        if self._is_accepted:
            self.config.unfinished.hold(self, unfinished)
        if not unfinished and self.conn.current_size is None:
            self._drop_deadline()
        elif self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.config.receive_seconds, self._too_late)

    def _drop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.read_paused:  # it is we who do not read
            self._measure()
        else:
            self._end(POLICY_VIOLATION, f"the message was not complete after {self.config.receive_seconds:g} s")

    def shed(self) -> None:
        """Close the connection, for want of memory."""
        self._end(TRY_AGAIN_LATER, "the server holds too many incomplete messages")

    def _end(self, code: int, reason: str) -> None:
        """Close the connection with a code, without waiting for the other end to agree."""
        if self.transport.is_closing():
            return
        if self.handshake_complete and not self.close_sent:
            self.conn.fail(code, reason)
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self._free_input()
        self.transport.close()
        self._output.watch()

    def _free_input(self) -> None:
        # The objects refer to one another: they live on until the garbage collector comes.
        self.frames = []
        self.conn.reader.buffer.clear()

    # Called with every frame

    def handle_text(self, event: Frame) -> None:
        super().handle_text(event)
        self._keep_as_one()

    def handle_bytes(self, event: Frame) -> None:
        super().handle_bytes(event)
        self._keep_as_one()

    def _keep_as_one(self) -> None:
        # A message may come in fragments of one byte, each of which would be an object of some sixty.
        if self.frames:
            self.frames = [cast("bytes", bytearray(self.frames[0]))]

    def handle_cont(self, event: Frame) -> None:
        cast("bytearray", self.frames[0]).extend(event.data)
        if event.fin:
            self.send_receive_event_to_app()

    def send_receive_event_to_app(self) -> None:
        self._drop_deadline()
        if self.curr_msg_data_type == "text":
            try:
                self.frames[0].decode()
            except UnicodeDecodeError:
                self.frames = []
                self._end(INVALID_DATA, "a text message must be UTF-8")
                return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        pongs = self.conn.data_to_send()
        if self.writable.is_set():  # else the client does not read, and may leave them unanswered (RFC 6455, 5.5.3)
            self.transport.write(b"".join(pongs))

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._output.watch()

    # Output

    async def send(self, message: Any) -> None:
        """Send what the application says, when there is room for it. Raises ClientDisconnected."""
        if not self.writable.is_set():
            size = len(message.get("text") or "")
            self._output.queue(size)
            try:
                while not self.writable.is_set():
                    await self.writable.wait()
            finally:
                self._output.queue(-size)
        if self.transport.is_closing():
            raise ClientDisconnected
        await super().send(message)

    def keepalive_timeout(self) -> None:
        if not self.writable.is_set():  # the ping waits behind what the client reads slowly
            self.pong_timer = None
            self.schedule_ping()
            return
        super().keepalive_timeout()
        self._output.watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._output.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._output.forget()
