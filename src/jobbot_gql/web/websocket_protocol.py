"""uvicorn's WebSocket protocol with additional bounds and deadlines."""

import asyncio
from typing import Any

from jobbot_gql.web.protocols import Config
from jobbot_gql.web.unread_output import UnreadOutput
from jobbot_gql.web.uvicorn_internals import ClientDisconnected, Frame, Request, WebSocketConnection

HANDSHAKE_LINE_BYTES = 8_000
"""websockets parses lines up to 8,192 bytes and does not respond to a longer one."""
HANDSHAKE_BYTES = 32_768
"""Maximum size of a handshake's request line and headers."""
UNAUTHENTICATED_BYTES = 65_536
"""Maximum input of one WebSocket, including the handshake, until its `connection_init` is accepted."""
ACCEPTED = "jobbot_gql.accepted"
"""Name of the ASGI scope's extension that is called when the client is authenticated."""
INVALID_DATA = 1007
POLICY_VIOLATION = 1008
MESSAGE_TOO_BIG = 1009
TRY_AGAIN_LATER = 1013


class WebSocketProtocol(WebSocketConnection):
    """A WebSocket that is closed if it holds too much memory, misses a ping or does not read its output.

    A message has at most JOBBOT_MAX_BODY_BYTES in all its fragments and must arrive within JOBBOT_RECEIVE_TIMEOUT.
    """

    config: Config

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
        self.discard_input()
        super().connection_lost(exc)

    # Input

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if self.is_handshake_accepted:
            self.offer(ACCEPTED, self._accept)

    def _accept(self) -> None:
        self._is_accepted = True
        self.config.unauthenticated.hold(self, 0)
        self._measure()

    def data_received(self, data: bytes) -> None:
        if not self._is_accepted:
            self._received += len(data)
            if self._received > UNAUTHENTICATED_BYTES:
                self._end(
                    MESSAGE_TOO_BIG, f"At most {UNAUTHENTICATED_BYTES:,} bytes are allowed before connection_ack."
                )
                return
            self.config.unauthenticated.hold(self, self._received)
        super().data_received(data)
        if not self.transport.is_closing():
            self._measure()

    def _measure(self) -> None:
        """Count the bytes of an incomplete message, and set or drop its deadline."""
        unfinished = self.unfinished_bytes
        if self._is_accepted:
            self.config.unfinished.hold(self, unfinished)
        if not unfinished and not self.is_within_message:
            self._drop_deadline()
        elif self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.config.receive_seconds, self._too_late)

    def _drop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_late(self) -> None:
        self._deadline = None
        if self.read_paused:  # the server causes the delay, not the client
            self._measure()
        else:
            self._end(POLICY_VIOLATION, f"The message was not complete after {self.config.receive_seconds:g} s.")

    def shed(self) -> None:
        """Close the connection to free memory."""
        self._end(TRY_AGAIN_LATER, "The server holds too many incomplete messages.")

    def _end(self, code: int, reason: str) -> None:
        """Close the connection with a code, without waiting for the client's close frame."""
        if self.transport.is_closing():
            return
        self.close_with(code, reason)
        # The protocol's objects form a reference cycle, so their memory is not freed at once.
        self.discard_input()
        self.transport.close()
        self._output.watch()

    # Called with every frame

    def handle_text(self, event: Frame) -> None:
        super().handle_text(event)
        self.buffer_fragments()

    def handle_bytes(self, event: Frame) -> None:
        super().handle_bytes(event)
        self.buffer_fragments()

    def handle_cont(self, event: Frame) -> None:
        self.append_fragment(event)
        if event.fin:
            self.send_receive_event_to_app()

    def send_receive_event_to_app(self) -> None:
        self._drop_deadline()
        if self.text is not None:
            try:
                self.text.decode()
            except UnicodeDecodeError:
                self.discard_message()
                self._end(INVALID_DATA, "A text message must be UTF-8.")
                return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        pongs = self.take_pongs()
        if self.is_writable:  # a client that does not read may miss pongs (RFC 6455, section 5.5.3)
            self.transport.write(pongs)

    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._output.watch()

    # Output

    async def send(self, message: Any) -> None:
        """Send a message of the application when the write buffer has room. Raises ClientDisconnected."""
        if not self.is_writable:
            size = len(message.get("text") or "")
            self._output.queue(size)
            try:
                while not self.is_writable:
                    await self.wait_until_writable()
            finally:
                self._output.queue(-size)
        if self.transport.is_closing():
            raise ClientDisconnected
        await super().send(message)

    def keepalive_timeout(self) -> None:
        if not self.is_writable:  # the ping is queued behind output that the client reads slowly
            self.postpone_ping()
            return
        super().keepalive_timeout()
        self._output.watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._output.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._output.forget()
