"""Responses that stream the results of an operation over HTTP.

Two formats: Server-Sent Events in the distinct connections mode of GraphQL over SSE (https://github.com/enisdenjo/
graphql-sse, PROTOCOL.md), and multipart/mixed as Apollo's clients read it (subscriptionSpec 1.0).
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from time import time
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from jobbot_gql.access.clients import Client
from jobbot_gql.access.token_checker import RECHECK_SECONDS
from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web.rejected_requests import HEADERS
from jobbot_gql.web.requests import MULTIPART, SSE

TOKEN_ENDED = {
    "message": "The token has expired or was revoked. Subscribe again with a valid one.",
    "extensions": {"code": "UNAUTHENTICATED"},
}


class Format(ABC):
    """How events are written."""

    content_type: str
    heartbeat: bytes
    heartbeat_seconds: float
    begin: bytes = b""
    end: bytes
    """Written after the last event."""

    @abstractmethod
    def event(self, payload: Mapping[str, Any], event_id: str | None) -> bytes:
        """One result of the operation."""


class ServerSentEvents(Format):
    """Server-Sent Events. Only events from which a client can resume have an id."""

    content_type = f"{SSE}; charset=utf-8"
    heartbeat = b":\n\n"
    heartbeat_seconds = 15.0
    end = b"event: complete\ndata: \n\n"  # EventSource ignores events without data

    def event(self, payload: Mapping[str, Any], event_id: str | None) -> bytes:
        """A `next` event; JSON in one line."""
        name = b"" if event_id is None else b"id: %s\n" % event_id.encode()
        return b"event: next\n%sdata: %s\n\n" % (name, _json(payload))


class Multipart(Format):
    """Parts of JSON. Each is written with the boundary after it, so that a client can read it at once."""

    content_type = f'{MULTIPART};boundary="graphql";subscriptionSpec="1.0"'
    heartbeat_seconds = 5.0
    begin = b"\r\n--graphql"
    end = b"--\r\n"

    @staticmethod
    def _part(body: bytes) -> bytes:
        return b"\r\nContent-Type: application/json\r\n\r\n%s\r\n--graphql" % body

    heartbeat = _part(b"{}")

    def event(self, payload: Mapping[str, Any], event_id: str | None) -> bytes:
        """A part that holds the result as `payload`."""
        return self._part(_json({"payload": payload}))


FORMATS: Mapping[str, Format] = {SSE: ServerSentEvents(), MULTIPART: Multipart()}
"""By media type."""


class EventStream:
    """The ASGI response that streams results until the operation, the client, its token or the server ends it."""

    def __init__(
        self,
        written: Format,
        results: AsyncGenerator[ExecutionResult],
        *,
        client: Client,
        is_still_valid: Callable[[Client], Awaitable[bool]],
        operations: Operations,
    ) -> None:
        self._format = written
        self._results = results
        self._client = client
        self._is_still_valid = is_still_valid
        self._operations = operations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {
            **HEADERS,
            "Cache-Control": "no-store, no-transform",
            "Content-Type": self._format.content_type,
            "Vary": "Accept",
            "X-Accel-Buffering": "no",  # nginx would collect events
        }
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": 200, "headers": raw})
        ends: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(_disconnected(receive)),
            asyncio.ensure_future(self._operations.stopping.wait()),
        ]
        if self._client.digest:
            ends.append(asyncio.ensure_future(self._token_ended()))
        try:
            async with aclosing(self._parts(ends)) as parts:
                async for part in parts:
                    await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            for task in ends:
                task.cancel()

    async def _parts(self, ends: list[asyncio.Future[Any]]) -> AsyncGenerator[bytes]:
        """What is written. `ends` are what ends the stream early: the client, the server, and perhaps the token."""
        written = self._format
        yield written.begin or written.heartbeat  # the client knows at once that it is connected
        slot: asyncio.Queue[ExecutionResult | None] = asyncio.Queue(1)
        executing = asyncio.create_task(self._execute(slot))
        following = asyncio.ensure_future(slot.get())
        try:
            while True:
                await asyncio.wait(
                    {following, *ends}, timeout=written.heartbeat_seconds, return_when=asyncio.FIRST_COMPLETED
                )
                disconnected, stopping, *token_ended = (end.done() for end in ends)
                if disconnected:
                    return
                if any(token_ended):
                    yield written.event({"data": None, "errors": [TOKEN_ENDED]}, None)
                    break
                if stopping:
                    break
                if not following.done():
                    yield written.heartbeat
                    continue
                result = following.result()
                if result is None:
                    break
                yield written.event(_payload(result), getattr(result, "event_id", None))
                following = asyncio.ensure_future(slot.get())
        finally:
            following.cancel()
            executing.cancel()
            await asyncio.wait([following, executing])
        yield written.end

    async def _execute(self, slot: "asyncio.Queue[ExecutionResult | None]") -> None:
        """Execute the operation in one task, whatever ends it, and put its results into the slot."""
        async with aclosing(self._results) as results:
            async for result in results:
                await slot.put(result)
        await slot.put(None)

    async def _token_ended(self) -> None:
        while await self._is_still_valid(self._client):  # noqa: ASYNC110 - tokens are revoked in the database
            await asyncio.sleep(min(RECHECK_SECONDS, max(0.0, self._client.expires_at - time())))


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _payload(result: ExecutionResult) -> dict[str, Any]:
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        payload["extensions"] = result.extensions
    return payload


def _json(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_NAIVE_UTC)
