"""What the project uses of asyncpg beyond its documented API."""

import asyncio
import socket
from collections.abc import AsyncIterator
from math import inf

import asyncpg  # type: ignore[import-untyped]
import pytest

from jobbot_gql.db.asyncpg_internals import CancellableConnection, keep_alive
from tests.library_contracts.contract import contract


@pytest.fixture
async def connection(postgres: str) -> AsyncIterator[CancellableConnection]:
    with contract("asyncpg", "Connection.__init__(protocol, transport, ...)"):
        url = postgres.replace("postgresql+asyncpg://", "postgresql://")
        connection = await asyncpg.connect(url, connection_class=CancellableConnection, max_cacheable_statement_size=0)
    yield connection
    connection.terminate()


async def test_a_connection_has_the_socket_s_transport(connection: CancellableConnection) -> None:
    with contract("asyncpg", "Connection._transport"):
        connected: socket.socket = connection._transport.get_extra_info("socket")
        assert connected.getpeername()

    keep_alive(connection)
    if connected.family != socket.AF_UNIX:
        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1


async def test_everything_that_arrives_passes_the_protocol_that_was_put_before(
    connection: CancellableConnection,
) -> None:
    with contract("asyncpg", "the protocol that a connection's transport calls"):
        connection.meter.left = 1_000_000
        assert await connection.fetchval("SELECT repeat('x', 100000)") == "x" * 100_000
        assert 800_000 < connection.meter.left < 900_000


async def test_a_connection_that_was_broken_off_fails(connection: CancellableConnection) -> None:
    with contract("asyncpg", "what a lost connection raises"):
        connection.meter.left = 1_000
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)):
            await connection.fetchval("SELECT repeat('x', 100000)")
        assert connection.meter.is_exceeded
        assert connection.is_closed()


async def test_a_cancelled_executemany_ends_and_leaves_the_connection_usable(connection: CancellableConnection) -> None:
    with contract("asyncpg", "Connection.executemany"):
        await connection.execute("CREATE TEMPORARY TABLE numbers (number integer)")
        sending = asyncio.ensure_future(
            connection.executemany("INSERT INTO numbers VALUES ($1)", [(number,) for number in range(20_000)])
        )
        await asyncio.sleep(0.01)
        sending.cancel()
        async with asyncio.timeout(10):
            with pytest.raises(asyncio.CancelledError):
                await sending
            assert await connection.fetchval("SELECT 1") == 1
    assert connection.meter.left == inf
