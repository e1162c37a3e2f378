"""HTTP/1.1 as uvicorn speaks it, with bounds and deadlines that it has not.

uvicorn bounds the time between two requests of a connection (5 s). It has no bound for the number of headers, for the
time in which a request must come, and for sending an answer to somebody who does not read it.
"""

import asyncio
from typing import TYPE_CHECKING

import orjson

from jobbot_gql.web.rejected_requests import HEADERS, JSON
from jobbot_gql.web.unread_output import UnreadOutput
from jobbot_gql.web.uvicorn_internals import HttpConnection
from jobbot_gql.web.websocket_protocol import HANDSHAKE_BYTES, HANDSHAKE_LINE_BYTES, WebSocketProtocol

if TYPE_CHECKING:
    from jobbot_gql.web.protocols import Config

MAX_HEAD_BYTES = 262_144
"""Of the request line and headers. A document of JOBBOT_MAX_QUERY_LENGTH in a URL takes some 150,000."""
MAX_HEADERS = 100
"""Lines of headers; trailers behind a body are counted with them."""
LINGER_SECONDS = 5
"""How long input is thrown away behind a rejection: a client that still sends would lose the answer otherwise."""
MAX_PATH_BYTES = 8_192
"""Of a URL, without its query string."""
MAX_PIPELINED = 50
"""Requests that wait for the answers to those before them on their connection."""
REASONS = {400: "Bad Request", 408: "Request Timeout", 414: "URI Too Long", 503: "Service Unavailable"}
REASONS[431] = "Request Header Fields Too Large"


class ResponseTransport:
    """Where one response is written: its head goes out with the beginning of its body, in one system call and packet.

    What is written after the client has left is dropped.
    """

    __slots__ = ("_head", "_protocol", "_transport", "_whole")

    def __init__(self, transport: asyncio.Transport, protocol: "HttpProtocol", *, whole: bool) -> None:
        """`whole` says whether a body follows the head."""
        self._transport = transport
        self._protocol = protocol
        self._whole = whole
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Write an interim response, or the head, and then, any number of times, the body."""
        if self.is_closing():
            return
        if not self._whole or (self._head is None and data.startswith(b"HTTP/1.1 100 ")):
            self._transport.write(data)
        elif self._head is None:
            self._head = data
        elif self._head:
            self._transport.writelines((self._head, data))
            self._head = b""
        else:
            self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether nothing more can be written."""
        return self._protocol.is_ending

    def close(self) -> None:
        """Close the connection behind what was written."""
        if self.is_closing():
            return
        if self._head:
            self._transport.write(self._head)
        self._protocol.close_behind_answer()


class _Rejected(Exception):
    """Ends the parser; the protocol knows why."""


class HttpProtocol(HttpConnection):
    """HTTP/1.1, each request within JOBBOT_RECEIVE_TIMEOUT of its first byte, the first one of its connection."""

    config: "Config"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._output = UnreadOutput(transport, self.config.send_seconds, self.config.unread)
        self._problem = (400, "BAD_REQUEST", "The request must be HTTP/1.1.")
        self._is_broken = False
        """Whether what follows the requests at hand is to be rejected."""
        self._in_head = True
        self._began = self._took_body = False
        """What happened while the data at hand was parsed."""
        self._header_count = self._head_bytes = self._outside_bytes = self._body_bytes = 0
        self._lingering: asyncio.TimerHandle | None = None
        self.is_receiving = True
        """Whether a request is awaited or has come in part."""
        self._deadline: asyncio.TimerHandle | None = None
        self._set_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._drop_deadline()
        if self._lingering is not None:
            self._lingering.cancel()
        self._output.forget()
        self._hold_input(0, 0)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._lingering is not None:
            return
        self._began = self._took_body = False
        super().data_received(data)
        if self._lingering is not None or self.transport.get_protocol() is not self or self.transport.is_closing():
            self._hold_input(0, 0)
        elif not self.is_receiving:
            self._drop_deadline()
            self._hold_input(0, 0)
        else:
            self._still_receiving(len(data))

    def _still_receiving(self, size: int) -> None:
        if self._deadline is None:
            self._set_deadline()
        if not self._took_body:
            # The parser keeps a header that is not complete; so these are headers, trailers, or between two chunks.
            self._outside_bytes += size
        # The request may have begun anywhere in the data.
        if self._outside_bytes > MAX_HEAD_BYTES and not self._began:
            self._reject_head()
        elif self._in_head:
            self._hold_input(self._head_bytes + self._outside_bytes, 0)
        else:
            # The application keeps no more of a body than it may have, and throws the rest away.
            kept = self._body_bytes if self._body_bytes <= self.config.max_body_bytes else self.kept_body_bytes
            self._hold_input(0, kept)

    def _hold_input(self, unauthenticated: int, unfinished: int) -> None:
        self.config.unauthenticated.hold(self, unauthenticated)
        self.config.unfinished.hold(self, unfinished)

    def shed(self) -> None:
        """Reject the request at hand, for want of memory."""
        if not self.is_ending:
            self._reject(503, "UNAVAILABLE", "The server holds too many incomplete requests. Try again later.")

    @property
    def is_ending(self) -> bool:
        """Whether nothing more can be written."""
        return self._lingering is not None or self.transport.is_closing()

    @property
    def has_begun(self) -> bool:
        """Whether there is a request, be it in part, that was not answered yet."""
        return self.is_answering or (self.is_receiving and self._head_bytes + self._outside_bytes > 0)

    @property
    def is_sending(self) -> bool:
        """Whether some of an answer was not sent yet."""
        return self.transport.get_write_buffer_size() > 0

    def end_after_answer(self) -> None:
        """Close the connection behind the answer to the request at hand, if there is one."""
        self.end_keep_alive()

    # Called by the parser

    def on_message_begin(self) -> None:
        if self.queued_requests >= MAX_PIPELINED:
            # One packet may bring ten thousand. Those that wait are answered, then the connection is closed.
            raise _Rejected
        super().on_message_begin()
        self.is_receiving = self._in_head = self._began = True
        self._header_count = self._head_bytes = self._outside_bytes = self._body_bytes = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_count += 1
        if self._header_count > MAX_HEADERS:
            self._problem = (431, "HEADERS_TOO_LARGE", f"The request has more than {MAX_HEADERS} headers.")
            raise _Rejected
        self._count_head(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count_head(self, size: int) -> None:
        self._head_bytes += size
        if self._head_bytes > MAX_HEAD_BYTES:
            self._problem = self._too_large
            raise _Rejected

    def on_headers_complete(self) -> None:
        url, query = self.url, b""
        if not self.is_upgrade:
            # httptools parses no URL of more than 65,535 bytes.
            self.url, _, query = url.partition(b"#")[0].partition(b"?")
            if len(self.url) > MAX_PATH_BYTES:
                self._problem = (414, "URI_TOO_LONG", f"The path of the URL exceeds {MAX_PATH_BYTES:,} bytes.")
                raise _Rejected
        super().on_headers_complete()
        self.scope["query_string"], self.url = query, url
        self._in_head, self._outside_bytes = False, 0
        if not self.has_request:  # an upgrade
            return
        if self.config.draining:
            self.end_keep_alive()
        if self.scope["http_version"] == "1.0":
            self.send_no_continue()  # RFC 9110, section 10.1.1
        whole = self.scope["method"] != "HEAD"
        self.answer_through(ResponseTransport(self.transport, self, whole=whole))

    def on_body(self, body: bytes) -> None:
        self._took_body, self._outside_bytes = True, 0
        if not self.is_answered:
            self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.is_receiving = False

    def handle_websocket_upgrade(self) -> None:
        self._drop_deadline()
        self._output.forget()
        longest = max(len(name) + len(value) for name, value in self.headers)
        if self._head_bytes > HANDSHAKE_BYTES:
            message = f"The head of a WebSocket handshake must not exceed {HANDSHAKE_BYTES:,} bytes."
            self._reject(431, "HEADERS_TOO_LARGE", message)
        elif len(self.url) > HANDSHAKE_LINE_BYTES:
            self._reject(414, "URI_TOO_LONG", f"The URL of a WebSocket must not exceed {HANDSHAKE_LINE_BYTES:,} bytes.")
        elif longest > HANDSHAKE_LINE_BYTES:
            message = f"A header of a WebSocket handshake must not exceed {HANDSHAKE_LINE_BYTES:,} bytes."
            self._reject(431, "HEADERS_TOO_LARGE", message)
        else:
            super().handle_websocket_upgrade()
            protocol = self.transport.get_protocol()
            if isinstance(protocol, WebSocketProtocol) and not protocol.has_handshake:
                # Its parser is stricter than that for HTTP, and says nothing.
                self._reject(400, "BAD_REQUEST", "The WebSocket handshake is invalid; see RFC 6455.")

    def send_400_response(self, msg: str) -> None:
        """Called where the data is no request."""
        if self.queued_requests or self.is_executing:
            # The requests before may be writes: their answers come first.
            self._is_broken = True
            self.end_keep_alive()
            self.pause_input()
        else:
            self._reject(*self._problem)

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
        if self.is_executing or self.is_input_paused:  # the next request waits for us, or it is we who do not read
            self._set_deadline()
        elif self.has_begun:
            self._reject(
                408, "REQUEST_TIMEOUT", f"The request was not complete after {self.config.receive_seconds:g} s."
            )
        else:
            self.transport.close()

    @property
    def _too_large(self) -> tuple[int, str, str]:
        return 431, "HEADERS_TOO_LARGE", f"The headers exceed {MAX_HEAD_BYTES:,} bytes."

    def _reject_head(self) -> None:
        self._reject(*self._too_large)

    def _reject(self, status: int, code: str, message: str) -> None:
        """Answer a request that gets no further, count it, and close the connection."""
        self.config.operations.reject(status, code)
        self._answer(status, code, message)
        self._linger()

    def close_behind_answer(self) -> None:
        """Close the connection; not yet for input where the request did not come whole."""
        if self.lacks_body and not self.queued_requests:
            self._linger()
        else:
            self.transport.close()

    def _linger(self) -> None:
        self._drop_deadline()
        self._hold_input(0, 0)
        if self.is_ending:
            return
        self.transport.write_eof()
        self.resume_input()
        self._lingering = self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def reject(self, status: int, code: str, message: str) -> None:
        """Answer the request at hand with an error, unless its answer has begun, and close the connection."""
        self._answer(status, code, message)
        self.transport.close()

    def _answer(self, status: int, code: str, message: str) -> None:
        if self.is_ending:
            return
        if not self.has_begun_answer:
            body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
            headers = {**HEADERS, "Content-Type": JSON, "Content-Length": len(body), "Connection": "close"}
            if status == 503:
                headers["Retry-After"] = 1
            lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{name.lower()}: {headers[name]}" for name in headers)]
            self.transport.write("\r\n".join((*lines, "", "")).encode() + body)
        if self.is_answering:
            self.disconnect_application()
        self._output.watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_broken and not self.queued_requests and not self.is_executing:
            self._reject(*self._problem)
        if self.transport.is_closing():
            self._output.watch()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._output.watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._output.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._output.forget()
