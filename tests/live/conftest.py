"""A server in this event loop, and clients that subscribe."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.settings import load_settings

PATIENCE_SECONDS = 30


class Server:
    """The application, served on a port."""

    def __init__(self, app: Any, url: str) -> None:
        self.app = app
        self.url = url


Serve = Callable[..., AbstractAsyncContextManager[Server]]


@pytest.fixture
def serve(database: Database) -> Serve:
    """Serves the test's database with settings: `async with serve(JOBBOT_MAX_SUBSCRIPTIONS="2") as server`."""

    @asynccontextmanager
    async def serve(**settings: str) -> AsyncIterator[Server]:
        app = create_app(load_settings(settings, dotenv=None), database)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
            running = asyncio.create_task(server.serve([listener]))
            yield Server(app, f"http://127.0.0.1:{listener.getsockname()[1]}")
            server.should_exit = True
            app.state.operations.stop()
            await running
        assert app.state.operations.in_progress == set()

    return serve


@pytest.fixture
async def server(serve: Serve) -> AsyncIterator[Server]:
    """The test's database, served with the default settings."""
    async with serve() as server:
        yield server


class Socket:
    """A WebSocket whose operations have names."""

    def __init__(self, websocket: ClientConnection) -> None:
        self._websocket = websocket

    async def subscribe(self, query: str, name: str = "1", **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self._websocket.send(json.dumps({"id": name, "type": "subscribe", "payload": payload}))

    async def complete(self, name: str = "1") -> None:
        await self._websocket.send(json.dumps({"id": name, "type": "complete"}))

    async def message(self) -> Any:
        """The next message."""
        return json.loads(await asyncio.wait_for(self._websocket.recv(), PATIENCE_SECONDS))

    async def next(self, field: str = "changes") -> Any:
        """The value of the subscription's field in the next message."""
        message = await self.message()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"][field]

    async def is_quiet(self, seconds: float = 0.5) -> bool:
        """Whether no message comes for a while."""
        try:
            await asyncio.wait_for(self._websocket.recv(), seconds)
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def opened(server: Server, token: str | None = None) -> AsyncIterator[Socket]:
    """A WebSocket that was acknowledged."""
    url = server.url.replace("http://", "ws://") + "/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as websocket:
        payload = {} if token is None else {"payload": {"Authorization": f"Bearer {token}"}}
        await websocket.send(json.dumps({"type": "connection_init", **payload}))
        made = Socket(websocket)
        assert await made.message() == {"type": "connection_ack"}
        yield made


class Stream:
    """A response that streams events."""

    def __init__(self, response: httpx.Response, separator: str) -> None:
        self.response = response
        self._separator = separator
        self._chunks = response.aiter_text()
        self._rest = ""

    async def part(self) -> str:
        """The next part that is no heartbeat; empty at the end."""
        while True:
            while self._separator not in self._rest:
                chunk = await asyncio.wait_for(anext(self._chunks, None), PATIENCE_SECONDS)
                if chunk is None:
                    return self._rest
                self._rest += chunk
            part, _, self._rest = self._rest.partition(self._separator)
            if part not in (":", ""):
                return part


@asynccontextmanager
async def streamed(
    server: Server, query: str, accept: str = "text/event-stream", headers: dict[str, str] | None = None
) -> AsyncIterator[Stream]:
    """The response to an operation whose results are streamed."""
    separator = "\n\n" if accept == "text/event-stream" else "\r\n--graphql"
    async with (
        httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client,
        client.stream(
            "POST", f"{server.url}/graphql", json={"query": query}, headers={"Accept": accept, **(headers or {})}
        ) as response,
    ):
        yield Stream(response, separator)
