"""The benchmark compares like with like: every server gives the same answers from the same rows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest
from sqlalchemy import text
from starlette.applications import Starlette

from bench import dataset
from bench.dataset import Sizes
from bench.load import Load, drive
from bench.peers import naive, postgresql_json, postgresql_rows, sqlite_json, sqlite_rows
from bench.peers.asgi import Open
from bench.workloads import WORKLOADS, Dialect, Workload, bodies, disagreement, meaning, not_served_by
from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.schema import schema
from jobbot_gql.settings import load_settings

SIZES = Sizes.of(1_000)
"""Enough for whole pages in all workloads but some of W2."""

Ask = Callable[[bytes], Awaitable[bytes]]
HAND_WRITTEN: dict[str, list[Open]] = {
    "postgresql": [postgresql_json.open_answers, postgresql_rows.open_answers],
    "sqlite": [sqlite_json.open_answers, sqlite_rows.open_answers],
}


@asynccontextmanager
async def graphql_server(app: Starlette) -> AsyncIterator[Ask]:
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client,
    ):

        async def ask(body: bytes) -> bytes:
            answer = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
            return answer.content

        yield ask


@asynccontextmanager
async def hand_written_server(open_answers: Open, database_url: str) -> AsyncIterator[Ask]:
    async with open_answers(database_url) as answer:

        async def ask(body: bytes) -> bytes:
            request = orjson.loads(body)
            return await answer(request["operationName"], request["variables"])

        yield ask


@pytest.fixture
async def servers(engine: str, database: Database, database_url: str) -> AsyncIterator[list[tuple[Dialect, Ask]]]:
    """Every server that can be had without Node, on one filled database; ours comes first."""
    await dataset.build(database_url, SIZES)
    async with AsyncExitStack() as stack:
        ours = create_app(load_settings(env={}, dotenv=None), database)
        started: list[tuple[Dialect, Ask]] = [("jobbot", await stack.enter_async_context(graphql_server(ours)))]
        for open_answers in HAND_WRITTEN[engine]:
            ask = await stack.enter_async_context(hand_written_server(open_answers, database_url))
            started.append(("jobbot", ask))
        application = naive.application(database_url)
        started.append(("naive", await stack.enter_async_context(graphql_server(application))))
        yield started


async def test_every_server_gives_the_same_answers(servers: list[tuple[Dialect, Ask]], database_url: str) -> None:
    missing = not_served_by(schema.as_str())
    for workload in WORKLOADS:
        asked = servers[1:] if workload.name in missing else servers[:1] if workload.computes else servers
        answers: list[list[Any]] = []
        for dialect, ask in asked:
            requests = bodies(workload, dialect, SIZES, limit=10)
            answers.append([meaning(await ask(request), workload) for request in requests])
            if workload.writes:
                await dataset.undo_writes(database_url, SIZES)
        reference = answers[0]
        assert rows_of(workload, reference) > 0
        for other in answers[1:]:
            assert disagreement(reference, other) is None, workload.name


async def test_the_load_generator_counts_whole_answers_and_failures() -> None:
    """Answers come whole, in pieces, in chunks, and as an error, in turn."""
    heads = b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    answers = {
        b"whole": [heads[0] + b'{"data":{}}'],
        b"split": [heads[0][:20], heads[0][20:] + b'{"data"', b":{}}"],
        b"chunked": [heads[1] + b'b\r\n{"data":{}}\r\n', b"0\r\n\r\n"],
        b"refused": [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"],
    }
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.read(4096):
            asked.append(head.rpartition(b"\r\n")[2])
            for piece in answers[asked[-1]]:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.001)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        words = [word.decode() for word in answers]
        measured = await drive(Load(port, words, connections=1, seconds=60, warm_up=0, requests=20))
    assert asked == 5 * list(answers)
    assert (measured.requests, measured.failed) == (20, 5)
    assert measured.failure.startswith("HTTP/1.1 503 Busy")
    assert 0 < measured.p50 <= measured.p99 <= measured.seconds


async def test_the_change_log_is_awake_again_after_the_rows_were_loaded(database: Database, database_url: str) -> None:
    await dataset.build(database_url, Sizes.of(100))
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM change_log")) == 0
        await session.execute(text("UPDATE jobs SET title = 'new' WHERE id = 1"))
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM change_log")) == 1


def test_a_difference_is_found_and_named() -> None:
    w3 = next(workload for workload in WORKLOADS if workload.name == "W3")

    def said(nodes: Any) -> Any:
        return meaning(orjson.dumps({"data": {"applications": {"nodes": nodes}}}), w3)

    same = said([{"status": "rejected", "responseDate": "2026-01-01T00:00:00+00:00"}])
    assert disagreement(same, said([{"status": "REJECTED", "responseDate": "2026-01-01T00:00:00.000Z"}])) is None
    other = said([{"status": "GHOSTED", "responseDate": "2026-01-01T00:00:00+00:00"}])
    assert disagreement(same, other) == "at .0.status: REJECTED and GHOSTED"
    assert disagreement(same, same[::-1] * 2) == "at the top: 1 rows and 2 rows"
    with pytest.raises(ValueError, match="W3: "):
        meaning(b'{"data": null, "errors": [{"message": "no"}]}', w3)


def rows_of(workload: Workload, answers: list[Any]) -> int:
    """How many rows the answers have at the top: pages must not be empty, and single rows must be there."""
    return sum(len(answer) if isinstance(answer, list) else answer is not None for answer in answers)
