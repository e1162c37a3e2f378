"""Subscriptions end with the token that they were begun with, and whatever they hold is let go of."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import ConnectionClosed

from jobbot_gql.access.clients import Scope
from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.guard.authorization import SCOPE
from jobbot_gql.db.database import Database
from jobbot_gql.settings import load_settings
from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web.authentication import Authentication
from jobbot_gql.web.endpoint import Endpoint
from tests.access.conftest import Make, revoke
from tests.access.websocket_client import FORBIDDEN, answer, asked, opened


class Ticking:
    """How many subscriptions are under way."""

    count = 0


async def ticks(info: Info) -> AsyncIterator[str]:
    Ticking.count += 1
    try:
        while True:
            yield info.context.actor
            await asyncio.sleep(0.05)
    finally:
        Ticking.count -= 1


@strawberry.type
class Query:
    ready: bool = True


@strawberry.type
class Subscription:
    tick = strawberry.subscription(ticks)
    watch_server = strawberry.subscription(ticks, metadata={SCOPE: Scope.ADMIN})


@pytest.fixture
async def url(database: Database) -> AsyncIterator[str]:
    """A server of a schema with subscriptions that asks for a token, in this event loop."""
    settings = load_settings({"JOBBOT_REQUIRE_TOKEN": "yes"}, dotenv=None)
    operations = Operations()
    schema = Schema(Query, subscription=Subscription)
    endpoint = Endpoint(schema, database, settings, Authentication(database, settings), operations)
    app = Starlette(routes=[WebSocketRoute("/graphql", endpoint)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        running = asyncio.create_task(server.serve([listener]))
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await running
    assert operations.in_progress == set()


@asynccontextmanager
async def ticking(url: str, token: str) -> AsyncIterator[Any]:
    """A WebSocket on which a subscription is under way."""
    async with opened(url, {"Authorization": f"Bearer {token}"}) as websocket:
        assert await answer(websocket) == {"type": "connection_ack"}
        first = await asked(websocket, query="subscription { tick }")
        assert first["type"] == "next"
        yield websocket


async def until_closed(websocket: Any) -> tuple[int, str]:
    """Code and reason of the frame that closes the WebSocket, after any number of events."""
    try:
        while True:
            assert (await answer(websocket))["type"] == "next"
    except ConnectionClosed as end:
        return (end.rcvd.code, end.rcvd.reason) if end.rcvd else (0, "no frame")


async def test_a_subscription_ends_with_its_token(url: str, database: Database, make: Make) -> None:
    staying = await make("staying", "read")
    async with ticking(url, staying) as other:
        async with ticking(url, await make("revoked", "read")) as websocket:
            assert Ticking.count == 2
            await revoke(database, "revoked")
            assert await until_closed(websocket) == FORBIDDEN
        async with ticking(url, await make("brief", "read", seconds=2)) as websocket:
            assert await until_closed(websocket) == FORBIDDEN
        assert Ticking.count == 1
        assert (await answer(other))["payload"]["data"] == {"tick": "staying"}


async def test_scopes_of_subscriptions(url: str, make: Make) -> None:
    for scopes, query, lacking in (
        (("write", "import", "admin"), "subscription { tick }", "read"),
        (("read", "write", "import"), "subscription { watchServer }", "admin"),
    ):
        token = await make("-".join(scopes), *scopes)
        async with opened(url, {"Authorization": f"Bearer {token}"}) as websocket:
            assert await answer(websocket) == {"type": "connection_ack"}
            rejected = await asked(websocket, query=query)
            assert rejected["type"] == "error"
            assert [error["extensions"] for error in rejected["payload"]] == [{"code": "FORBIDDEN", "scope": lacking}]
    assert Ticking.count == 0
