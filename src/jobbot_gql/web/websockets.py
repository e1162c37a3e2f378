"""GraphQL over WebSocket, sub-protocol graphql-transport-ws: Strawberry's handler behind a check of every message.

A connection ends when the token that opened it does, with all operations on it.

Close codes are those of the protocol (https://github.com/graphql/graphql-over-http, rfcs/GraphQLOverWebSocket.md).
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from time import time
from typing import TYPE_CHECKING, Any, cast

import orjson
import starlette.websockets
from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect, WebSocketState

from jobbot_gql.access.checking import WATCH_SECONDS
from jobbot_gql.access.clients import Client
from jobbot_gql.api.strawberry_internals import (
    ASGIWebSocketAdapter,
    ConnectionInitMessage,
    Message,
    NonJsonMessageReceived,
    NonTextMessageReceived,
    SubscribeMessage,
    TransportHandler,
    WebSocketDisconnected,
)
from jobbot_gql.api.types.errors import make_public
from jobbot_gql.web.rejected_requests import STOPPING, RejectedRequest
from jobbot_gql.web.requests import GraphQLRequest, from_parameters
from jobbot_gql.web.websocket_protocol import ACCEPTED

if TYPE_CHECKING:
    from jobbot_gql.web.endpoint import Endpoint

TRY_AGAIN_LATER = 1013
FORBIDDEN = 4403
LEFT = (WebSocketDisconnect, starlette.websockets.WebSocketDisconnected)
"""What Starlette raises where the client has left, or the connection is being closed."""
REASON_BYTES = 123
"""The longest reason that a frame can carry that closes a WebSocket (RFC 6455, section 5.5)."""


class Adapter(ASGIWebSocketAdapter):
    """JSON in text frames. The server holds them to the length that the body of an HTTP request may have."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        try:
            while self.ws.application_state != WebSocketState.DISCONNECTED:
                yield orjson.loads(await self.ws.receive_text())
        except orjson.JSONDecodeError as error:
            raise NonJsonMessageReceived from error
        except KeyError as error:
            raise NonTextMessageReceived from error
        except LEFT:
            return

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self.ws.send_text(orjson.dumps(message).decode())
        except LEFT as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        with suppress(*LEFT):
            await super().close(code, reason)


class Handler(TransportHandler):
    """Messages of a wrong shape close the connection; a document with a syntax error fails its operation only."""

    _watch: asyncio.Task[None] | None = None
    """Watches over the token that opened the connection."""

    @property
    def _scope(self) -> Any:
        return cast("Adapter", self.websocket).ws.scope

    async def shutdown(self) -> None:
        if self._watch:
            self._watch.cancel()
        await super().shutdown()

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """The client says who it is; without a token where none is needed."""
        payload = message.get("payload", {})
        if isinstance(payload, dict) and not self.connection_init_received:
            endpoint = cast("Endpoint", self.view)
            try:
                client = await endpoint.authentication.client_of_websocket(self._scope, payload)
            except RejectedRequest as rejection:
                endpoint.operations.reject(rejection.status_code, rejection.extensions["code"])
                unavailable = rejection.status_code == 503
                await self.websocket.close(*((TRY_AGAIN_LATER, "") if unavailable else (FORBIDDEN, "Forbidden")))
                return
            self.context.client = client
            self._scope.get("extensions", {}).get(ACCEPTED, _nobody_asks)()
            if client.digest:
                self._watch = asyncio.create_task(self._watch_over(client))
                self.ignore_failure_of(self._watch)
        await super().handle_connection_init(message)

    async def _watch_over(self, client: Client) -> None:
        """Close the connection when the client's token is not valid any more."""
        authentication = cast("Endpoint", self.view).authentication
        while await authentication.is_still(client):  # noqa: ASYNC110 - what ends a token happens in the database
            await asyncio.sleep(min(WATCH_SECONDS, max(0.0, client.expires_at - time())))
        for name in list(self.operations):
            await self.cleanup_operation(name)
        await self.websocket.close(FORBIDDEN, "Forbidden")

    async def handle_message(self, message: Message) -> None:
        if problem := _problem(message):
            await self.handle_invalid_message(problem)
        else:
            await super().handle_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """An operation begins; its document may be one that the message only names."""
        if self.connection_acknowledged:
            if not cast("Endpoint", self.view).operations.accepting:
                error = GraphQLError(STOPPING, extensions={"code": "UNAVAILABLE"})
                await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
                return
            try:
                query = cast("Endpoint", self.view).documents.text(_asked(message))
            except RejectedRequest as rejection:
                reason = f"subscribe: {rejection.detail}".encode()[:REASON_BYTES]
                await self.handle_invalid_message(reason.decode(errors="ignore"))
                return
            except GraphQLError as error:
                operations = cast("Endpoint", self.view).operations
                record = operations.begin(self.context.request_id, self.context.actor, "websocket")
                make_public([error], record)
                operations.end(record)
                await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
                return
            message = {**message, "payload": {**message["payload"], "query": query}}
        await super().handle_subscribe(message)

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):  # a client may leave whenever it likes
            await super().handle_task_exception(error)


def _nobody_asks() -> None:
    """In the place of ACCEPTED, where another server than ours runs the application."""


def _problem(message: Any) -> str | None:
    """What is wrong with a message's shape, its payload apart, in the few bytes that a close frame can carry."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message must be an object with a type."
    kind = message["type"]
    if kind in ("subscribe", "complete") and not (isinstance(message.get("id"), str) and message["id"]):
        return f"{kind}: id must be a string."
    return None


def _asked(message: Any) -> GraphQLRequest:
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise RejectedRequest(400, "payload must be an object.")
    return from_parameters(payload)
