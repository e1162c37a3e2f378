"""Subscriptions need a scope, and end with the token that they were begun with."""

from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed

from jobbot_gql.db.database import Database
from tests.access.conftest import Make, revoke
from tests.access.websocket_client import FORBIDDEN
from tests.live.conftest import Serve, Server, Socket, opened, serve, streamed
from tests.rows import new_company

__all__ = ["serve"]

CHANGES = "subscription { changes { upToDate } }"


@pytest.fixture
async def server(serve: Serve) -> AsyncIterator[Server]:
    """A server that requires tokens."""
    async with serve(JOBBOT_REQUIRE_TOKEN="yes") as server:
        yield server


async def until_closed(socket: Socket) -> tuple[int, str]:
    """Code and reason of the frame that closes the WebSocket."""
    with pytest.raises(ConnectionClosed) as closed:
        await socket.message()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_a_subscription_ends_with_its_token(server: Server, database: Database, make: Make) -> None:
    async with opened(server, await make("staying", "read")) as other:
        await other.subscribe(CHANGES)
        await other.next()
        async with opened(server, await make("revoked", "read")) as socket:
            await socket.subscribe(CHANGES)
            await socket.next()
            await revoke(database, "revoked")
            assert await until_closed(socket) == FORBIDDEN
        async with opened(server, await make("brief", "read", seconds=3)) as socket:
            await socket.subscribe(CHANGES)
            await socket.next()
            assert await until_closed(socket) == FORBIDDEN
        async with database.transaction() as session:
            session.add(new_company())
        assert await other.next() == {"upToDate": True}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_an_event_stream_ends_with_its_token(server: Server, database: Database, make: Make) -> None:
    headers = {"Authorization": f"Bearer {await make('revoked', 'read')}"}
    async with streamed(server, CHANGES, headers=headers) as stream:
        await stream.part()
        await revoke(database, "revoked")
        assert '"code":"UNAUTHENTICATED"' in await stream.part()
        assert await stream.part() == "event: complete\ndata: "


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_scopes_of_subscriptions(server: Server, make: Make) -> None:
    async with opened(server, await make("writer", "write", "import", "admin")) as socket:
        await socket.subscribe(CHANGES)
        rejected = await socket.message()

    assert rejected["type"] == "error"
    assert [error["extensions"] for error in rejected["payload"]] == [{"code": "FORBIDDEN", "scope": "read"}]
