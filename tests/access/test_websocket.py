"""Tokens over WebSocket: in `connection_init`, or in the header of the handshake; for as long as they are valid."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from jobbot_gql.db.database import Database
from tests.access.conftest import Make, bad_tokens, revoke
from tests.access.forbidden import MUTATIONS, READ_FORBIDDEN, WRITE_FORBIDDEN
from tests.access.websocket_client import FORBIDDEN, answer, asked, opened
from tests.web.serving import Server, serving

pytestmark = pytest.mark.process

QUERY = "{ jobs { totalCount } }"


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Any:
    """A server that asks everyone for a token."""
    with serving(tmp_path / "log", DATABASE_URL=database_url, JOBBOT_REQUIRE_TOKEN="yes") as server:
        yield server
        assert server.log.read_text() == ""


async def closed(websocket: ClientConnection) -> tuple[int, str]:
    """Code and reason of the frame that closes the WebSocket, which must be the next one."""
    with pytest.raises(ConnectionClosed) as raised:
        await asyncio.wait_for(websocket.recv(), 30)
    assert raised.value.rcvd is not None
    return raised.value.rcvd.code, raised.value.rcvd.reason


async def test_a_token_opens_a_connection(server: Server, make: Make) -> None:
    token = f"Bearer {await make('bot', 'read')}"
    for payload, header in (
        ({"Authorization": token}, None),
        ({"authorization": token, "more": 1}, None),
        (None, token),
        ({"Authorization": None}, token),
        ({"Authorization": token}, "Bearer of bad news"),
    ):
        async with opened(server.url, payload, header) as websocket:
            assert await answer(websocket) == {"type": "connection_ack"}
            assert (await asked(websocket, query=QUERY))["payload"]["data"] == {"jobs": {"totalCount": 0}}


async def test_what_opens_none(server: Server, database: Database, make: Make) -> None:
    good = f"Bearer {await make('reader', 'read')}"
    bad = await bad_tokens(database, make)
    payloads: list[Any] = [{"Authorization": value} for value in bad.values()]
    payloads += [None, {}, {"Authorization": None}, {"Authorization": 1}, {"Authorization": [good]}]
    payloads += [{"Authorization": good, "authorization": good}, {"token": good}, {"headers": {"Authorization": good}}]
    for payload in payloads:
        async with opened(server.url, payload) as websocket:
            assert await closed(websocket) == FORBIDDEN, payload
    async with opened(server.url, {}, bad["revoked"]) as websocket:
        assert await closed(websocket) == FORBIDDEN
    async with opened(server.url, {"Authorization": bad["revoked"]}, good) as websocket:
        assert await closed(websocket) == FORBIDDEN


async def test_scopes(server: Server, database: Database, make: Make) -> None:
    async with opened(server.url, {"Authorization": f"Bearer {await make('reader', 'read', 'admin')}"}) as websocket:
        assert await answer(websocket) == {"type": "connection_ack"}
        for parameters in MUTATIONS:
            rejected = await asked(websocket, **parameters)
            (error,) = rejected["payload"]
            assert rejected["type"] == "error"
            assert (error["extensions"]["code"], error["message"], error["extensions"]["scope"]) == WRITE_FORBIDDEN
        assert (await asked(websocket, query=QUERY))["payload"]["data"] == {"jobs": {"totalCount": 0}}

    async with opened(server.url, {"Authorization": f"Bearer {await make('writer', 'write')}"}) as websocket:
        assert await answer(websocket) == {"type": "connection_ack"}
        for query in (QUERY, "subscription { __typename }", "{ __schema { queryType { name } } }"):
            (error,) = (await asked(websocket, query=query))["payload"]
            assert (error["extensions"]["code"], error["message"], error["extensions"]["scope"]) == READ_FORBIDDEN
        assert (await asked(websocket, **MUTATIONS[0]))["payload"]["data"] == {"createJob": {"userErrors": []}}
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT DISTINCT actor FROM change_log"))).all() == [("writer",)]


async def test_a_connection_ends_with_its_token(server: Server, database: Database, make: Make) -> None:
    other = {"Authorization": f"Bearer {await make('other', 'read')}"}
    async with opened(server.url, other) as staying:
        assert await answer(staying) == {"type": "connection_ack"}

        async with opened(server.url, {"Authorization": f"Bearer {await make('bot', 'read')}"}) as websocket:
            assert await answer(websocket) == {"type": "connection_ack"}
            await revoke(database, "bot")
            assert await closed(websocket) == FORBIDDEN

        async with opened(
            server.url, {"Authorization": f"Bearer {await make('brief', 'read', seconds=2)}"}
        ) as websocket:
            assert await answer(websocket) == {"type": "connection_ack"}
            assert await closed(websocket) == FORBIDDEN

        assert (await asked(staying, query=QUERY))["payload"]["data"] == {"jobs": {"totalCount": 0}}


async def test_this_machine_needs_none_but_what_it_sends_is_checked(database_url: str, tmp_path: Path) -> None:
    with serving(tmp_path / "log", DATABASE_URL=database_url) as server:
        for payload in (None, {}, {"Authorization": None}):
            async with opened(server.url, payload) as websocket:
                assert await answer(websocket) == {"type": "connection_ack"}
        async with opened(server.url, {"Authorization": f"Bearer jobbot_{'x' * 43}"}) as websocket:
            assert await closed(websocket) == FORBIDDEN
        async with opened(server.url, header="Basic eDp5") as websocket:
            assert await closed(websocket) == FORBIDDEN
