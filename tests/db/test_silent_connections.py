"""PostgreSQL behind a TCP proxy that goes silent, and more operations than connections."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg  # type: ignore[import-untyped]
import httpx
import pytest
from sqlalchemy import text

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.read.snapshot import ReadError
from jobbot_gql.db.url import normalise
from jobbot_gql.settings import load_settings
from jobbot_gql.telemetry.metrics import exposition
from jobbot_gql.telemetry.operations import Operations

pytestmark = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
QUERY = {"query": "{ jobs { totalCount } }"}
CREATE = {"query": 'mutation { createJob(input: { title: "T", company: "C" }) { job { id } } }'}


class Proxy:
    """Passes bytes on between clients and a server; connections that are open can be made silent."""

    def __init__(self, host: str, port: int) -> None:
        self._target = host, port
        self._writers: list[asyncio.StreamWriter] = []
        self._open = asyncio.Event()
        self.silenced: set[int] = set()
        self.connections = 0

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        number = self.connections
        self.connections += 1
        server_reader, server_writer = await asyncio.open_connection(*self._target)
        self._writers += [writer, server_writer]
        with suppress(ConnectionError):
            await asyncio.gather(
                self._pass_on(number, reader, server_writer), self._pass_on(number, server_reader, writer)
            )

    async def _pass_on(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            if number not in self.silenced:
                writer.write(data)
        writer.close()

    def silence(self) -> None:
        """Let nothing through on the connections that are open now."""
        self.silenced = set(range(self.connections))

    def close(self) -> None:
        """Close every connection."""
        for writer in self._writers:
            writer.close()


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy before the test's database, and the database's URL through it."""
    url = normalise(database_url).url
    proxy = Proxy(url.host or "127.0.0.1", url.port or 5432)
    server = await asyncio.start_server(proxy.accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    yield proxy, url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
    proxy.close()
    server.close()


@asynccontextmanager
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    database = Database(normalise(url))
    app = create_app(load_settings({"JOBBOT_EXECUTION_TIMEOUT": "2"}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        yield http
    await database.dispose()


@pytest.mark.parametrize("request_body", [QUERY, CREATE], ids=["read", "write"])
async def test_a_silent_connection_fails_one_operation(proxy: tuple[Proxy, str], request_body: dict[str, str]) -> None:
    between, url = proxy
    async with client(url) as http:
        # Several idle connections, all of which go silent.
        answers = await asyncio.gather(*(http.post("/graphql", json=request_body) for _ in range(3)))
        assert [answer.status_code for answer in answers] == [200] * 3
        between.silence()

        failed = await http.post("/graphql", json=request_body)
        async with asyncio.timeout(60):
            then = [await http.post("/graphql", json=request_body) for _ in range(3)]

        assert failed.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
        assert [answer.json().get("errors") for answer in then] == [None] * 3


async def test_readiness_fails_where_requests_would(proxy: tuple[Proxy, str]) -> None:
    between, url = proxy
    async with client(url) as http:
        assert (await http.post("/graphql", json=QUERY)).status_code == 200
        between.silence()

        async with asyncio.timeout(10):  # 2 s, on a machine that is not busy
            ready = await http.get("/health/ready")
        assert (ready.status_code, ready.json()["database"]) == (503, "does not answer")

        async with asyncio.timeout(60):
            while (await http.get("/health/ready")).status_code != 200:  # noqa: ASYNC110 - of the check
                await asyncio.sleep(0.2)
            assert "errors" not in (await http.post("/graphql", json=QUERY)).json()


async def test_the_operating_system_watches_the_connections(database: Database) -> None:
    async with database.writer.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver
        connected: socket.socket = driver._transport.get_extra_info("socket")
        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000


async def test_slow_operations_stay_within_the_bound(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Ten times as many operations as connections, some of which are stopped while they read."""
    caplog.set_level(logging.ERROR)
    database = Database(normalise(database_url), pool_size=10, max_overflow=10, pool_timeout=60)
    watching = await asyncpg.connect(normalise(database_url).url.set(drivername="postgresql").render_as_string(False))
    backends: list[int] = []
    loop_errors: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: loop_errors.append(context))

    async def slow(number: int) -> None:
        snapshot = database.snapshot()
        try:
            with suppress(TimeoutError, ReadError):
                async with asyncio.timeout(0.1 if number % 5 == 0 else None):
                    await snapshot.rows(text("SELECT pg_sleep(0.2)"))
        finally:
            await snapshot.close()

    async def count() -> int:
        return int(
            await watching.fetchval(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                " AND backend_type = 'client backend'"
            )
        )

    is_over = False

    async def watch() -> None:
        while not is_over:
            backends.append(await count())
            await asyncio.sleep(0.01)

    watcher = asyncio.create_task(watch())
    await asyncio.gather(*(slow(number) for number in range(210)))
    is_over = True
    await watcher

    assert 10 < max(backends) <= 20
    async with asyncio.timeout(30):
        while (idle := await count()) > 10:  # noqa: ASYNC110 - of the server
            await asyncio.sleep(0.05)
    shown = [line for line in exposition(Operations(), database).decode().splitlines() if "jobbot_pool" in line[:11]]
    assert [line for line in shown if not line.startswith("#")] == [
        'jobbot_pool_connections{pool="both",state="used"} 0.0',
        f'jobbot_pool_connections{{pool="both",state="idle"}} {idle:.1f}',
        'jobbot_pool_connections_max{pool="both"} 20.0',
    ]
    await database.dispose()
    async with asyncio.timeout(30):
        while await count():  # noqa: ASYNC110 - of the server
            await asyncio.sleep(0.05)
    await watching.close()
    assert (loop_errors, [record.getMessage() for record in caplog.records]) == ([], [])
