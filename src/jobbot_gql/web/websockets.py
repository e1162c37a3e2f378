"""GraphQL over WebSocket with the sub-protocol graphql-transport-ws.

The handler checks every message and then uses Strawberry's. A connection and its operations end when its token becomes
invalid. Close codes follow the protocol (https://github.com/graphql/graphql-over-http, rfcs/GraphQLOverWebSocket.md).
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

from jobbot_gql.access.clients import Client
from jobbot_gql.access.token_checker import RECHECK_SECONDS
from jobbot_gql.api.engine.context import dry_run_requested
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
from jobbot_gql.web.headers import headers_of
from jobbot_gql.web.rejected_requests import STOPPING, RejectedRequest
from jobbot_gql.web.requests import GraphQLRequest, dry_run_header, from_parameters
from jobbot_gql.web.websocket_protocol import ACCEPTED

if TYPE_CHECKING:
    from jobbot_gql.web.endpoint import Endpoint

TRY_AGAIN_LATER = 1013
FORBIDDEN = 4403
LEFT = (WebSocketDisconnect, starlette.websockets.WebSocketDisconnected)
"""Starlette's exceptions for a closed or closing connection."""
REASON_BYTES = 123
"""Maximum size of the reason in a close frame (RFC 6455, section 5.5)."""


class Adapter(ASGIWebSocketAdapter):
    """Sends and receives JSON in text frames. uvicorn limits their size to that of an HTTP body."""

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
            await self.ws.send_text(orjson.dumps(message, option=orjson.OPT_NAIVE_UTC).decode())
        except LEFT as error:
            raise WebSocketDisconnected from error

    async def close(self, code: int, reason: str) -> None:
        with suppress(*LEFT):
            await super().close(code, reason)


class Handler(TransportHandler):
    """Handles messages. A malformed message closes the connection; an invalid document fails only its operation."""

    _watch: asyncio.Task[None] | None = None
    """Checks the token of the connection periodically."""

    @property
    def _scope(self) -> Any:
        return cast("Adapter", self.websocket).ws.scope

    async def shutdown(self) -> None:
        if self._watch:
            self._watch.cancel()
        await super().shutdown()

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Authenticate the client."""
        payload = message.get("payload", {})
        if isinstance(payload, dict) and not self.connection_init_received:
            endpoint = cast("Endpoint", self.view)
            try:
                client = await endpoint.authentication.websocket_client(self._scope, payload)
            except RejectedRequest as rejection:
                endpoint.operations.reject(rejection.status_code, rejection.extensions["code"], rejection.logged)
                unavailable = rejection.status_code == 503
                await self.websocket.close(*((TRY_AGAIN_LATER, "") if unavailable else (FORBIDDEN, "Forbidden")))
                return
            self.context.client = client
            self._scope.get("extensions", {}).get(ACCEPTED, _ignore)()
            if client.digest:
                self._watch = asyncio.create_task(self._watch_over(client))
                self.ignore_failure_of(self._watch)
        await super().handle_connection_init(message)

    async def _watch_over(self, client: Client) -> None:
        """Close the connection when the client's token becomes invalid."""
        authentication = cast("Endpoint", self.view).authentication
        while await authentication.is_still_valid(client):  # noqa: ASYNC110 - tokens are revoked in the database
            await asyncio.sleep(min(RECHECK_SECONDS, max(0.0, client.expires_at - time())))
        for name in list(self.operations):
            await self.cleanup_operation(name)
        await self.websocket.close(FORBIDDEN, "Forbidden")

    async def handle_message(self, message: Message) -> None:
        if problem := _problem(message):
            await self.handle_invalid_message(problem)
        else:
            await super().handle_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Start an operation. Its document may be given by id."""
        if self.connection_acknowledged:
            if not cast("Endpoint", self.view).operations.accepting:
                error = GraphQLError(STOPPING, extensions={"code": "UNAVAILABLE"})
                await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
                return
            try:
                request = _request_of(message)
                query = cast("Endpoint", self.view).documents.text(request)
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
            # The operation's task begins with a copy of what is set here.
            dry_run_requested.set(request.dry_run or dry_run_header(headers_of(self._scope)))
            message = {**message, "payload": {**message["payload"], "query": query}}
        await super().handle_subscribe(message)

    async def handle_task_exception(self, error: Exception) -> None:
        if not isinstance(error, WebSocketDisconnected):  # a disconnect is not an error
            await super().handle_task_exception(error)


def _ignore() -> None:
    """Default for the extension ACCEPTED, which servers other than ours do not offer."""


def _problem(message: Any) -> str | None:
    """The error in a message's shape, without its payload. The text fits into a close frame."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "A message must be an object with a type."
    kind = message["type"]
    if kind in ("subscribe", "complete") and not (isinstance(message.get("id"), str) and message["id"]):
        return f"{kind}: id must be a string."
    return None


def _request_of(message: Any) -> GraphQLRequest:
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise RejectedRequest(400, "payload must be an object.")
    return from_parameters(payload)
