"""What the project uses of uvicorn, and of websockets within it, beyond their documented API."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import httptools
import pytest
import uvicorn
from uvicorn.server import ServerState

from jobbot_gql.web import uvicorn_internals as internals
from tests.library_contracts.contract import contract

REQUEST = b"POST /path?a=b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n"
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: " + base64.b64encode(os.urandom(16)) + b"\r\n\r\n"
)
App = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
made: list[Any] = []
"""The protocols of the connections, the last one last."""


class Http(internals.HttpConnection):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        made.append(self)


class WebSocket(internals.WebSocketConnection):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        made.append(self)


@asynccontextmanager
async def connected(app: App) -> AsyncIterator[Streams]:
    """A connection to a server that runs an application."""
    config = uvicorn.Config(
        app, http=Http, ws=WebSocket, log_config=None, ws_per_message_deflate=False, ws_ping_interval=None
    )
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Http(config, state, {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        async with asyncio.timeout(10):
            yield reader, writer
    finally:
        writer.close()
        server.close()
        for task in list(state.tasks):
            task.cancel()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - whatever it is about
        await asyncio.sleep(0.005)


async def test_the_state_of_a_request_is_known() -> None:
    answer, done = asyncio.Event(), asyncio.Event()
    got: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        got.append(scope)
        await answer.wait()
        got.append(await receive())
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await done.wait()
        await send({"type": "http.response.body", "body": b""})

    with contract("uvicorn", "HttpToolsProtocol.cycle"):
        async with connected(app) as (reader, writer):
            await until(lambda: bool(made and made[-1].transport))
            protocol: Http = made[-1]
            assert not protocol.is_responding
            writer.write(REQUEST + b"ab")
            await until(lambda: protocol.is_responding and protocol.kept_body_bytes == 2)
            assert protocol.is_responding
            assert protocol.is_body_incomplete
            assert not protocol.is_executing
            writer.write(b"cd")
            await until(lambda: protocol.is_executing)
            assert (protocol.is_body_incomplete, protocol.has_response_started, protocol.kept_body_bytes) == (
                False,
                False,
                4,
            )
            answer.set()
            await until(lambda: protocol.has_response_started)
            protocol.end_keep_alive()
            done.set()
            assert (await reader.read()).startswith(b"HTTP/1.1 204")
            assert protocol.is_response_complete
            assert got[1] == {"type": "http.request", "body": b"abcd", "more_body": False}
            assert got[0]["query_string"] == b"a=b"


async def test_requests_wait_for_the_answers_before_and_input_can_be_paused() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        assert (await receive())["type"] == "http.disconnect"

    with contract("uvicorn", "HttpToolsProtocol.pipeline and HttpToolsProtocol.flow"):
        async with connected(app) as (_, writer):
            writer.write((REQUEST + b"abcd") * 3)
            await until(lambda: bool(made[-1].queued_requests))
            protocol: Http = made[-1]
            assert protocol.queued_requests == 2
            protocol.pause_input()
            assert protocol.is_input_paused
            protocol.resume_input()
            assert not protocol.is_input_paused
            protocol.disconnect_application()


async def test_the_rest_of_a_request_for_an_upgrade_is_not_parsed() -> None:
    """Otherwise `_Parser` is not needed."""
    called: list[str] = []

    class Connection:
        def on_body(self, body: bytes) -> None:
            called.append("body")

        def on_message_complete(self) -> None:
            called.append("complete")

    with contract("httptools", "HttpParserUpgrade.args"):
        parser = httptools.HttpRequestParser(Connection())
        head = REQUEST.replace(b"Host", b"Connection: Upgrade\r\nUpgrade: h2c\r\nHost")
        with pytest.raises(httptools.HttpParserUpgrade) as upgrade:
            parser.feed_data(head + b"abcd")
        assert (upgrade.value.args, called, parser.should_upgrade()) == ((len(head),), ["complete"], True)
        parser.feed_data(REQUEST + b"abcd")
        assert called == ["complete", "body", "complete"]


async def test_an_answer_can_be_written_through_something_else() -> None:
    written: list[bytes] = []

    class Through:
        def write(self, data: bytes) -> None:
            written.append(data)

        def is_closing(self) -> bool:
            return False

        def close(self) -> None:
            written.append(b"closed")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        made[-1].suppress_continue()
        made[-1].redirect_response(Through())
        made[-1].end_keep_alive()
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    with contract("uvicorn", "RequestResponseCycle.transport"):
        async with connected(app) as (_, writer):
            writer.write(REQUEST.replace(b"\r\n\r\n", b"\r\nExpect: 100-continue\r\n\r\n") + b"abcd")
            await until(lambda: b"closed" in written)
    assert len(written) == 3
    assert written[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert written[1] == b"ok"


def frame(opcode: int, data: bytes, *, last: bool = True) -> bytes:
    """A frame as clients send it, masked with zeros."""
    return bytes([opcode | (0x80 if last else 0), 0x80 | len(data), 0, 0, 0, 0]) + data


async def test_the_input_of_a_websocket_is_known() -> None:
    got: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        got.append(scope)
        await receive()
        await send({"type": "websocket.accept"})
        got.append(await receive())

    with contract("websockets", "ServerProtocol.reader, ServerProtocol.current_size and the protocol's frames"):
        async with connected(app) as (reader, writer):
            writer.write(UPGRADE)
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
            protocol: WebSocket = made[-1]
            assert isinstance(protocol, WebSocket)
            assert protocol.has_handshake
            assert protocol.is_handshake_accepted
            protocol.offer("extension", lambda: None)
            assert "extension" in got[0]["extensions"]
            assert (protocol.unfinished_bytes, protocol.is_within_message, protocol.is_writable) == (0, False, True)
            writer.write(frame(1, b"hello")[:-1])
            await until(lambda: protocol.unfinished_bytes > 0)
            writer.write(b"o" + frame(9, b"ping"))
            await until(lambda: len(got) == 2)
            assert got[1]["text"] == "hello"
            assert await reader.readexactly(6) == b"\x8a\x04ping"


async def test_fragments_are_kept_until_a_message_is_complete() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.sleep(60)

    with contract("uvicorn", "WebSocketsSansIOProtocol.frames"):
        async with connected(app) as (reader, writer):
            writer.write(UPGRADE)
            await reader.readuntil(b"\r\n\r\n")
            protocol: WebSocket = made[-1]
            writer.write(frame(1, b"abc", last=False))
            await until(lambda: protocol.unfinished_bytes == 3)
            assert protocol.is_within_message
            protocol.buffer_fragments()
            assert protocol.text == b"abc"
            protocol.append_fragment(internals.Frame(0, b"def"))  # type: ignore[arg-type] # an opcode
            assert protocol.text == b"abcdef"
            protocol.discard_input()
            assert protocol.unfinished_bytes == 0
            protocol.close_with(1008, "reason")
            assert await reader.readexactly(4) == b"\x88\x08" + (1008).to_bytes(2, "big")
            protocol.close_with(1008, "not again")
            assert protocol.take_pongs() == b""


async def test_a_server_knows_its_connections() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(60)

    with contract("uvicorn", "Server.server_state and Server.force_exit"):
        server = internals.ConnectionServer(uvicorn.Config(app, http=Http, log_config=None, lifespan="off", port=0))
        serving = asyncio.ensure_future(server._serve())
        await until(lambda: server.started)
        _, writer = await asyncio.open_connection(*server.servers[0].sockets[0].getsockname())
        writer.write(REQUEST)
        await until(lambda: bool(server.tasks))
        assert server.connections == [made[-1]]
        assert not server.is_forced
        server.should_exit = server.force_exit = True
        assert server.is_forced
        for task in server.tasks:
            task.cancel()
        writer.close()
        await serving
