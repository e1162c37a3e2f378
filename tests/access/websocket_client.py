"""A WebSocket client that sends tokens."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

FORBIDDEN = (4403, "Forbidden")


@asynccontextmanager
async def opened(url: str, payload: Any = None, header: str | None = None) -> AsyncIterator[ClientConnection]:
    """A WebSocket on which `connection_init` was sent."""
    url = url.replace("http://", "ws://") + "/graphql"
    headers = {"Authorization": header} if header is not None else {}
    async with connect(
        url, subprotocols=[Subprotocol("graphql-transport-ws")], additional_headers=headers
    ) as websocket:
        message = {"type": "connection_init"} | ({"payload": payload} if payload is not None else {})
        await websocket.send(json.dumps(message))
        yield websocket


async def answer(websocket: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(websocket.recv(), 30))


async def asked(websocket: ClientConnection, **payload: Any) -> Any:
    """The first message about an operation."""
    await websocket.send(json.dumps({"id": "1", "type": "subscribe", "payload": payload}))
    return await answer(websocket)
