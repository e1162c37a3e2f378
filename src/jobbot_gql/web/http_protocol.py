"""uvicorn's HTTP/1.1 protocol with additional bounds and deadlines.

uvicorn bounds only the idle time between two requests of a connection (5 s). It does not bound the number of headers,
the time to receive a request, or the time to send a response to a client that does not read it.
"""

import asyncio

import orjson

from jobbot_gql.web.protocols import Config
from jobbot_gql.web.rejected_requests import HEADERS, JSON
from jobbot_gql.web.unread_output import UnreadOutput
from jobbot_gql.web.uvicorn_internals import HttpConnection
from jobbot_gql.web.websocket_protocol import HANDSHAKE_BYTES, HANDSHAKE_LINE_BYTES, WebSocketProtocol

MAX_HEAD_BYTES = 262_144
"""Maximum size of request line and headers. A document of JOBBOT_MAX_QUERY_LENGTH in a URL takes about 150,000."""
MAX_HEADERS = 100
"""Maximum number of headers, including trailers."""
LINGER_SECONDS = 5
"""How long input is discarded after a rejection. A client that is still sending would lose the response otherwise."""
MAX_PATH_BYTES = 8_192
"""Maximum size of a URL without its query string."""
MAX_PIPELINED = 50
"""Maximum number of pipelined requests that wait on one connection."""
REASONS = {400: "Bad Request", 408: "Request Timeout", 414: "URI Too Long", 503: "Service Unavailable"}
REASONS[431] = "Request Header Fields Too Large"


class ResponseTransport:
    """Transport of one response. Sends the head and the first part of the body in one system call and packet.

    Output is dropped after the client has disconnected.
    """

    __slots__ = ("_head", "_protocol", "_transport", "_whole")

    def __init__(self, transport: asyncio.Transport, protocol: "HttpProtocol", *, whole: bool) -> None:
        """`whole` says whether a body follows the head."""
        self._transport = transport
        self._protocol = protocol
        self._whole = whole
        self._head: bytes | None = None

    def write(self, data: bytes) -> None:
        """Write an interim response, the head, or a part of the body, in this order."""
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
        """Close the connection after the pending output."""
        if self.is_closing():
            return
        if self._head:
            self._transport.write(self._head)
        self._protocol.close_after_response()


class _Rejected(Exception):
    """Stops the parser. `HttpProtocol._problem` holds the reason."""


class HttpProtocol(HttpConnection):
    """HTTP/1.1 in which a request must arrive within JOBBOT_RECEIVE_TIMEOUT.

    The time of the first request starts with the connection, that of later requests with their first byte.
    """

    config: Config

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._output = UnreadOutput(transport, self.config.send_seconds, self.config.unread)
        self._problem = (400, "BAD_REQUEST", "The request must be HTTP/1.1.")
        self._is_broken = False
        """Whether the input after the pending requests is invalid and will be rejected."""
        self._in_head = True
        self._began = self._took_body = False
        """Whether a request began, and whether body data came, in the data being parsed."""
        self._header_count = self._head_bytes = self._outside_bytes = self._body_bytes = 0
        self._lingering: asyncio.TimerHandle | None = None
        self.is_receiving = True
        """Whether the next request is awaited or incomplete."""
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
            # The parser buffers incomplete headers, trailers and chunk sizes.
            self._outside_bytes += size
        # If a request began in this data, only a part of the data belongs to its head.
        if self._outside_bytes > MAX_HEAD_BYTES and not self._began:
            self._reject_head()
        elif self._in_head:
            self._hold_input(self._head_bytes + self._outside_bytes, 0)
        else:
            # The application keeps at most `max_body_bytes` of a body and discards the rest.
            kept = self._body_bytes if self._body_bytes <= self.config.max_body_bytes else self.kept_body_bytes
            self._hold_input(0, kept)

    def _hold_input(self, unauthenticated: int, unfinished: int) -> None:
        self.config.unauthenticated.hold(self, unauthenticated)
        self.config.unfinished.hold(self, unfinished)

    def shed(self) -> None:
        """Reject the current request to free memory."""
        if not self.is_ending:
            self._reject(503, "UNAVAILABLE", "The server holds too many incomplete requests. Try again later.")

    @property
    def is_ending(self) -> bool:
        """Whether nothing more can be written."""
        return self._lingering is not None or self.transport.is_closing()

    @property
    def has_begun(self) -> bool:
        """Whether there is an unanswered request, complete or not."""
        return self.is_responding or (self.is_receiving and self._head_bytes + self._outside_bytes > 0)

    @property
    def is_sending(self) -> bool:
        """Whether a part of a response is still in the write buffer."""
        return self.transport.get_write_buffer_size() > 0

    def close_after_current_response(self) -> None:
        """Close the connection after the response to the current request, if there is one."""
        self.end_keep_alive()

    # Called by the parser

    def on_message_begin(self) -> None:
        if self.queued_requests >= MAX_PIPELINED:
            # One packet may hold thousands of requests. The queued ones are answered, then the connection is closed.
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
            # httptools cannot parse a URL longer than 65,535 bytes.
            self.url, _, query = url.partition(b"#")[0].partition(b"?")
            if len(self.url) > MAX_PATH_BYTES:
                self._problem = (414, "URI_TOO_LONG", f"The path of the URL exceeds {MAX_PATH_BYTES:,} bytes.")
                raise _Rejected
        super().on_headers_complete()
        self.scope["query_string"], self.url = query, url
        self._in_head, self._outside_bytes = False, 0
        if self.is_upgrade:
            return
        if self.config.draining:
            self.end_keep_alive()
        if self.scope["http_version"] == "1.0":
            self.suppress_continue()  # RFC 9110, section 10.1.1
        whole = self.scope["method"] != "HEAD"
        self.redirect_response(ResponseTransport(self.transport, self, whole=whole))

    def on_body(self, body: bytes) -> None:
        self._took_body, self._outside_bytes = True, 0
        if not self.is_response_complete:
            self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self.is_receiving = False

    def handle_websocket_upgrade(self) -> None:
        if self.queued_requests or self.is_executing:
            self._reject_later()  # the response would be written into the WebSocket
            return
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
                # websockets' parser is stricter than httptools and sends no response.
                self._reject(400, "BAD_REQUEST", "The WebSocket handshake is invalid; see RFC 6455.")

    def send_400_response(self, msg: str) -> None:
        """Reject input that is not a valid request. Called by uvicorn."""
        if self.queued_requests or self.is_executing:
            self._reject_later()
        else:
            self._reject(*self._problem)

    def _reject_later(self) -> None:
        """Reject the input after the responses to earlier requests, which may be writes, and close the connection."""
        self._is_broken = True
        self.end_keep_alive()
        self.pause_input()

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
        if self.is_executing or self.is_input_paused:  # the server causes the delay, not the client
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
        """Send an error response, count the rejection, and close the connection."""
        self.config.operations.reject(status, code)
        self._answer(status, code, message)
        self._linger()

    def close_after_response(self) -> None:
        """Close the connection. If the request body is incomplete, discard its rest for a while first."""
        if self.is_body_incomplete and not self.queued_requests:
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
        """Close the connection after an error response, unless a response has begun."""
        self._answer(status, code, message)
        self.transport.close()

    def _answer(self, status: int, code: str, message: str) -> None:
        if self.is_ending:
            return
        if not self.has_response_started:
            body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": code}}]})
            headers = {**HEADERS, "Content-Type": JSON, "Content-Length": len(body), "Connection": "close"}
            if status == 503:
                headers["Retry-After"] = 1
            lines = [f"HTTP/1.1 {status} {REASONS[status]}", *(f"{name.lower()}: {headers[name]}" for name in headers)]
            self.transport.write("\r\n".join((*lines, "", "")).encode() + body)
        if self.is_responding:
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
