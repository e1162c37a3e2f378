"""A client of graphql-transport-ws, and raw WebSocket frames."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.web.serving import Server

ACKNOWLEDGED = {"type": "connection_ack"}


@asynccontextmanager
async def connected(server: Server, *protocols: str, begin: bool = True) -> AsyncIterator[ClientConnection]:
    """A WebSocket, acknowledged unless told otherwise."""
    url = server.url.replace("http://", "ws://") + "/graphql"
    names = [Subprotocol(name) for name in protocols or ("graphql-transport-ws",)]
    async with connect(url, subprotocols=names, max_size=None) as websocket:
        if begin:
            await websocket.send('{"type": "connection_init"}')
            assert await answer(websocket) == ACKNOWLEDGED
        yield websocket


async def answer(websocket: ClientConnection) -> Any:
    """The next message, which comes as text."""
    message = await asyncio.wait_for(websocket.recv(), 10)
    assert isinstance(message, str)
    return json.loads(message)


async def close_code(websocket: ClientConnection) -> tuple[int, str]:
    """Code and reason of the frame that closes the WebSocket, which must be the next one."""
    with pytest.raises(ConnectionClosed) as closed:
        await asyncio.wait_for(websocket.recv(), 10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


def subscribe(name: str, query: Any, **more: Any) -> str:
    return json.dumps({"id": name, "type": "subscribe", "payload": {"query": query, **more}})


UPGRADE = (
    b"GET /graphql HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)


def frame(message: object) -> bytes:
    """A text frame as a client sends it, masked with zeros."""
    text = json.dumps(message).encode()
    return b"\x81\xfe" + len(text).to_bytes(2) + bytes(4) + text
