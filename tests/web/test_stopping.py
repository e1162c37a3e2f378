"""Stopping a server: what is under way is finished, what still comes is answered, and no wait has no end."""

import asyncio
import json
import signal
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.web.conftest import Process, serving

pytestmark = pytest.mark.process

SLOW = "{ jobs { totalCount } }"
"""An operation that takes until it is stopped."""
SHORT = "{ companies { totalCount } }"


@asynccontextmanager
async def slow_server(folder: Path, **settings: str) -> AsyncIterator[tuple[Process, str]]:
    """A server that never finishes SLOW."""
    with serving(folder, said=None, **settings) as (process, url):
        with closing(sqlite3.connect(folder / "jobbot.db")) as connection, connection:
            connection.execute("ALTER TABLE jobs RENAME TO kept")
            endless = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n"
            connection.execute(f"CREATE VIEW jobs AS SELECT kept.* FROM kept, ({endless})")  # noqa: S608 - of ours
        yield process, url


async def post(url: str, query: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=60) as client:
        return await client.post(f"{url}/graphql", json={"query": query})


async def in_flight(url: str, transport: str = "http") -> None:
    """Wait until an operation is under way."""
    async with httpx.AsyncClient() as client:
        while f'in_flight{{transport="{transport}"}} 1' not in (await client.get(f"{url}/metrics")).text:  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(0.02)


async def not_ready(url: str) -> httpx.Response:
    """The first answer that says that the server is not ready."""
    async with httpx.AsyncClient() as client:
        while (ready := await client.get(f"{url}/health/ready")).status_code == 200:  # noqa: ASYNC110 - elsewhere
            await asyncio.sleep(0.02)
    return ready


async def ended(process: Process) -> int:
    """The exit code of a process that ends by itself."""
    return await asyncio.to_thread(process.wait, 20)


def code(answer: httpx.Response) -> Any:
    return answer.json()["errors"][0]["extensions"]["code"]


async def test_what_is_under_way_is_finished_and_what_comes_is_answered(tmp_path: Path) -> None:
    async with slow_server(tmp_path, JOBBOT_EXECUTION_TIMEOUT="3") as (process, url):
        under_way = asyncio.create_task(post(url, SLOW))
        await in_flight(url)
        process.send_signal(signal.SIGTERM)
        async with httpx.AsyncClient() as client:
            ready = await not_ready(url)
            live = await client.get(f"{url}/health/live")
            short = await client.post(f"{url}/graphql", json={"query": SHORT})

        assert not under_way.done()
        assert (ready.status_code, ready.json()) == (503, {"status": "draining"})
        assert (live.status_code, short.json()["data"]) == (200, {"companies": {"totalCount": 0}})
        assert [answer.headers.get("Connection") for answer in (live, short)] == ["close", "close"]
        assert code(await under_way) == "TIMEOUT"
        assert await ended(process) == -signal.SIGTERM


async def test_what_takes_too_long_is_answered_too(tmp_path: Path) -> None:
    settings = {"JOBBOT_EXECUTION_TIMEOUT": "60", "JOBBOT_GRACEFUL_SHUTDOWN": "1"}
    async with slow_server(tmp_path, **settings) as (process, url):
        under_way = asyncio.create_task(post(url, SLOW))
        await in_flight(url)
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n")
        await writer.drain()
        await asyncio.sleep(0.2)
        process.send_signal(signal.SIGTERM)

        assert await ended(process) == -signal.SIGTERM
        answer = await under_way
        assert (answer.status_code, code(answer)) == (503, "UNAVAILABLE")
        assert (await reader.read()).startswith(b"HTTP/1.1 503 ")
        writer.close()
        process.end_of_log()
        assert [json.loads(line)["event"].split(":")[0] for line in process.log] == ["stopping", "operation"]


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
async def test_a_second_interrupt_ends_it_at_once(tmp_path: Path, first: signal.Signals) -> None:
    settings = {"JOBBOT_EXECUTION_TIMEOUT": "60", "JOBBOT_GRACEFUL_SHUTDOWN": "60"}
    async with slow_server(tmp_path, **settings) as (process, url):
        under_way = asyncio.create_task(post(url, SLOW))
        await in_flight(url)
        process.send_signal(first)
        await not_ready(url)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()

        assert await ended(process) in (130, -signal.SIGTERM)
        assert time.monotonic() - began < 15
        await asyncio.gather(under_way, return_exceptions=True)


async def test_websockets_are_closed_when_their_operations_are_finished(tmp_path: Path) -> None:
    async with slow_server(tmp_path, JOBBOT_EXECUTION_TIMEOUT="5") as (process, url):
        protocols = [Subprotocol("graphql-transport-ws")]
        async with connect(url.replace("http", "ws") + "/graphql", subprotocols=protocols) as websocket:
            await websocket.send('{"type": "connection_init"}')
            await websocket.recv()
            await websocket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": SLOW}}))
            await in_flight(url, "websocket")
            process.send_signal(signal.SIGTERM)
            answer = json.loads(await asyncio.wait_for(websocket.recv(), 20))
            with suppress(ConnectionClosed):
                while True:
                    await asyncio.wait_for(websocket.recv(), 10)

        assert answer["payload"][0]["extensions"]["code"] == "TIMEOUT"
        assert websocket.close_code == 1012
        assert await ended(process) == -signal.SIGTERM


CREATE = 'mutation { createJob(input: {title: "Developer", company: "C"}) { job { id } } }'
BODY = json.dumps({"query": CREATE}).encode()
HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
WRITE = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


class Answer(NamedTuple):
    """What was answered to a write."""

    status: int
    closes: bool
    body: Any


async def write_until_gone(url: str, answers: list[Answer], cut: list[str]) -> None:
    """Send one write after the other, on connections that are kept as long as the server keeps them, until it is gone.

    The next one is sent as soon as the one before is answered: each connection always has one under way.
    """
    host, port = url.removeprefix("http://").split(":")
    while True:
        try:
            reader, writer = await asyncio.open_connection(host, int(port))
        except OSError:
            return
        is_first, closes = True, False
        while not closes:
            head = b""
            try:
                writer.write(WRITE)
                head = await reader.readuntil(b"\r\n\r\n")
                lines = head.decode().lower().splitlines()
                (length,) = [int(line.split(":")[1]) for line in lines if line.startswith("content-length:")]
                body = json.loads(await reader.readexactly(length))
            except (OSError, asyncio.IncompleteReadError):
                # One that was never taken from the backlog of the closed socket was not begun.
                if head or not is_first:
                    cut.append(repr(head))
                break
            is_first, closes = False, "connection: close" in lines
            answers.append(Answer(int(lines[0].split()[1]), closes, body))
        writer.close()


async def ask_until_closed(url: str) -> list[Any]:
    """Ask over one WebSocket, one operation after the other, until the server closes it; what it has sent."""
    received: list[Any] = []
    protocols = [Subprotocol("graphql-transport-ws")]
    async with connect(url.replace("http", "ws") + "/graphql", subprotocols=protocols) as websocket:
        await websocket.send('{"type": "connection_init"}')
        with suppress(ConnectionClosed):
            while True:
                received.append(json.loads(await websocket.recv()))
                if received[-1]["type"] in ("connection_ack", "complete", "error"):
                    await asyncio.sleep(0.01)
                    message = {"id": "1", "type": "subscribe", "payload": {"query": SHORT}}
                    await websocket.send(json.dumps(message))
        assert websocket.close_code == 1012
    return received


async def test_steady_load(tmp_path: Path) -> None:
    """A server that has writes under way all the time stops soon, and every write that was carried out is answered."""
    answers: list[Answer] = []
    cut: list[str] = []
    with serving(tmp_path, said=None) as (process, url):
        writing = [asyncio.create_task(write_until_gone(url, answers, cut)) for _ in range(24)]
        asking = asyncio.create_task(ask_until_closed(url))
        while len(answers) < 20:  # noqa: ASYNC110 - until the load is steady
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        ready = (await not_ready(url)).json()
        before = len(answers)
        assert await asyncio.to_thread(process.wait, 50) == -signal.SIGTERM
        seconds = time.monotonic() - began
        await asyncio.wait_for(asyncio.gather(*writing), 20)
        received = await asyncio.wait_for(asking, 10)
        process.end_of_log()

    carried_out = [answer for answer in answers if answer.status == 200]
    rejected = [answer for answer in answers if answer.status != 200]
    with closing(sqlite3.connect(tmp_path / "jobbot.db")) as connection:
        (jobs,) = connection.execute("SELECT count(*) FROM jobs").fetchone()
    assert cut == []
    assert jobs == len(carried_out)
    assert all(answer.body["data"]["createJob"]["job"] for answer in carried_out)
    assert rejected
    assert {(answer.status, answer.body["errors"][0]["extensions"]["code"]) for answer in rejected} == {
        (503, "UNAVAILABLE")
    }
    assert all(answer.closes for answer in rejected)
    assert any(answer.status == 200 for answer in answers[before:])  # in the time of grace
    assert any(message["type"] == "next" for message in received)
    assert ready == {"status": "draining"}
    assert seconds < 8  # of the 10 that JOBBOT_GRACEFUL_SHUTDOWN allows
    assert not [line for line in process.log if '"level": "error"' in line]
