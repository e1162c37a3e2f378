"""Clients that are too slow, in either direction, are cut off; others go on meanwhile."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.web.conftest import Process, serving
from tests.web.websocket_client import UPGRADE, frame

pytestmark = pytest.mark.process

HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
TOO_LATE = {"message": "The request was not complete after 1 s.", "extensions": {"code": "REQUEST_TIMEOUT"}}
LONG = "{ " + " ".join(f"a{number}: jobs(first: 250) {{ nodes {{ description }} }}" for number in range(40)) + " }"


class Server(NamedTuple):
    """A running server."""

    process: Process
    url: str
    idle: int
    """How many sockets it has open when it has no client."""

    def sockets(self) -> int:
        """How many sockets it has open."""
        return sockets_of(self.process)


def sockets_of(process: Process) -> int:
    count = 0
    for link in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            count += str(link.readlink()).startswith("socket:")
    return count


def post(query: str, header: str = "X: y") -> bytes:
    """A request."""
    body = json.dumps({"query": query}).encode()
    return HEAD + f"{header}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true. Raises TimeoutError."""
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.05)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits a second for requests, readers, and pongs."""
    settings = {f"JOBBOT_{name}_TIMEOUT": "1" for name in ("RECEIVE", "SEND", "PING")}
    folder = tmp_path_factory.mktemp("slow")
    with serving(folder, "--demo", said=None, JOBBOT_MAX_COST="1000000", **settings) as (process, url):
        yield Server(process, url, sockets_of(process))


@pytest.fixture
def url(server: Server) -> str:
    return server.url


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection that takes in little ahead of being read."""
    host, port = url.removeprefix("http://").split(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((host, int(port)))
        reader, writer = await asyncio.open_connection(sock=client.dup(), limit=4096)
    try:
        yield reader, writer
    finally:
        writer.close()


async def trickle(writer: asyncio.StreamWriter, line: bytes) -> None:
    """Send a byte now and then, until that is not possible any more."""
    try:
        for byte in line * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.1)
    except ConnectionError:
        pass


async def is_served(url: str) -> bool:
    async with httpx.AsyncClient() as client:
        return (await client.get(f"{url}/health/ready")).status_code == 200


@pytest.mark.parametrize(
    ("begin", "rest"),
    [
        pytest.param(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n", b"X-Y: z\r\n", id="headers"),
        pytest.param(b"GET /", b"x", id="request line"),
        pytest.param(HEAD + b"Content-Length: 500\r\n\r\n{", b" ", id="body"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", id="chunks"),
    ],
)
async def test_a_request_that_trickles_in(url: str, begin: bytes, rest: bytes) -> None:
    async with connected(url) as (reader, writer):
        writer.write(begin)
        trickling = asyncio.create_task(trickle(writer, rest))
        head, _, body = (await asyncio.wait_for(reader.read(-1), 10)).partition(b"\r\n\r\n")
        await trickling

    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["errors"] == [TOO_LATE]
    assert await is_served(url)


async def test_a_second_request_that_stops_in_the_middle(url: str) -> None:
    body = json.dumps({"query": "{ jobs { totalCount } }"}).encode()
    async with connected(url) as (reader, writer):
        writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body + HEAD)
        answers = await asyncio.wait_for(reader.read(-1), 10)

    assert answers.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answers


async def test_a_connection_without_a_request(url: str) -> None:
    async with connected(url) as (reader, _):
        assert await asyncio.wait_for(reader.read(-1), 10) == b""


async def test_headers_without_end(url: str) -> None:
    async with connected(url) as (reader, writer):
        writer.write(HEAD)
        try:
            for _ in range(400):
                writer.write(b"X-Filler: " + b"x" * 1000 + b"\r\n")
                await writer.drain()
            answer = await asyncio.wait_for(reader.read(200), 10)
            assert answer.startswith(b"HTTP/1.1 431 ")
        except ConnectionError:
            pass  # it was closed while this side still sent
    assert await is_served(url)


async def test_a_client_that_does_not_read_its_answer(server: Server) -> None:
    await until(lambda: server.sockets() == server.idle)
    async with connected(server.url) as (reader, writer):
        writer.write(post(LONG))
        await until(lambda: server.sockets() > server.idle)
        await until(lambda: server.sockets() == server.idle)
        announced, received = await _answer(reader, pause=0)

    assert received < announced
    assert await is_served(server.url)


async def test_a_client_that_reads_slowly_gets_everything(server: Server) -> None:
    async with connected(server.url) as (reader, writer):
        writer.write(post(LONG, "Connection: close"))
        announced, received = await _answer(reader, pause=0.01)

    assert received == announced


async def _answer(reader: asyncio.StreamReader, *, pause: float) -> tuple[int, int]:
    """The length that an answer announces, and that of the body until the connection ends."""
    head = await reader.readuntil(b"\r\n\r\n")
    announced = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
    received = 0
    while part := await asyncio.wait_for(reader.read(100_000), 10):
        received += len(part)
        await asyncio.sleep(pause)
    return announced, received


async def upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Make a connection a WebSocket that may send operations."""
    writer.write(UPGRADE)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    writer.write(frame({"type": "connection_init", "payload": {"filler": "x" * 200}}))


async def test_a_websocket_that_answers_no_ping(server: Server) -> None:
    async with connected(server.url) as (reader, writer):
        await upgrade(reader, writer)
        received = await asyncio.wait_for(reader.read(-1), 10)

    assert b"connection_ack" in received
    assert received.endswith(b"keepalive ping timeout")


async def test_a_websocket_that_does_not_read(server: Server) -> None:
    await until(lambda: server.sockets() == server.idle)
    async with connected(server.url) as (reader, writer):
        await upgrade(reader, writer)
        writer.write(frame({"id": "1", "type": "subscribe", "payload": {"query": LONG}}))
        await until(lambda: server.sockets() > server.idle)
        await until(lambda: server.sockets() == server.idle)
    assert await is_served(server.url)


async def test_a_large_answer_must_be_read_in_proportion(server: Server) -> None:
    """64 KiB in each second would do for a small answer; this one has 6 MB."""
    await until(lambda: server.sockets() == server.idle)
    async with connected(server.url) as (reader, writer):
        writer.write(post(LONG))
        received = 0
        with suppress(ConnectionError):
            while part := await asyncio.wait_for(reader.read(16_384), 30):
                received += len(part)
                await asyncio.sleep(0.12)
        assert received < 5_000_000
    assert await is_served(server.url)


async def test_slow_readers_hold_a_bounded_amount_of_memory(tmp_path: Path) -> None:
    """24 answers of 6 MB wait for clients that read nothing, where 20 MB may."""
    settings = {"JOBBOT_MAX_UNREAD_BYTES": "20000000", "JOBBOT_MAX_COST": "1000000", "JOBBOT_EXECUTION_TIMEOUT": "60"}
    with serving(tmp_path, "--demo", said=None, **settings) as (process, url):
        async with AsyncExitStack() as clients:
            first_reader, first_writer = await clients.enter_async_context(connected(url))
            first_writer.write(post(LONG))
            await first_reader.readuntil(b"\r\n\r\n")
            before = memory(process)
            for _ in range(24):
                reader, writer = await clients.enter_async_context(connected(url))
                writer.write(post(LONG))
                await reader.readuntil(b"\r\n\r\n")
            held = memory(process) - before
            await until(lambda: sockets_of(process) < 12)

        assert held < 60_000_000
        assert await is_served(url)


def memory(process: Process) -> int:
    """Bytes of physical memory that a process takes now."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split(maxsplit=1)[0])
