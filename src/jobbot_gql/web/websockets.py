"""GraphQL over WebSocket, sub-protocol graphql-transport-ws: Strawberry's handler behind a check of every message.

Close codes are those of the protocol (https://github.com/graphql/graphql-over-http, rfcs/GraphQLOverWebSocket.md).
"""

from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any, cast

import orjson
from graphql import GraphQLError
from starlette.websockets import WebSocketDisconnect, WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler
from strawberry.subscriptions.protocols.graphql_transport_ws.types import Message, SubscribeMessage

from jobbot_gql.web.refusals import Refusal
from jobbot_gql.web.requests import GraphQLRequest, from_parameters

if TYPE_CHECKING:
    from jobbot_gql.web.endpoint import Endpoint

MESSAGE_TOO_BIG = 1009
REASON_BYTES = 123
"""The longest reason that a frame can carry that closes a WebSocket (RFC 6455, section 5.5)."""


class Adapter(ASGIWebSocketAdapter):
    """JSON in text frames, none longer than the body of an HTTP request may be."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        max_bytes = cast("Endpoint", self.view).max_bytes
        try:
            while self.ws.application_state != WebSocketState.DISCONNECTED:
                text = await self.ws.receive_text()
                if len(text) > max_bytes:
                    await self.close(MESSAGE_TOO_BIG, f"a message has at most {max_bytes} characters")
                    return
                yield orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise NonJsonMessageReceived from error
        except KeyError as error:
            raise NonTextMessageReceived from error
        except WebSocketDisconnect:
            return

    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self.ws.send_text(orjson.dumps(message).decode())
        except WebSocketDisconnect as error:
            raise WebSocketDisconnected from error


class Handler(BaseGraphQLTransportWSHandler[Any, None]):
    """Messages of a wrong shape close the connection; a document with a syntax error fails its operation only."""

    async def handle_message(self, message: Message) -> None:
        if problem := _problem(message):
            await self.handle_invalid_message(problem)
        else:
            await super().handle_message(message)

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """An operation begins; its document may be one that the message only names."""
        if self.connection_acknowledged:
            try:
                query = cast("Endpoint", self.view).documents.text(_asked(message))
            except Refusal as refusal:
                reason = f"subscribe: {refusal.detail}".encode()[:REASON_BYTES]
                await self.handle_invalid_message(reason.decode(errors="ignore"))
                return
            except GraphQLError as error:
                await self.send_message({"id": message["id"], "type": "error", "payload": [error.formatted]})
                return
            message = {**message, "payload": {**message["payload"], "query": query}}
        await super().handle_subscribe(message)

    @staticmethod
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        return None


def _problem(message: Any) -> str | None:
    """What is wrong with a message's shape, its payload apart, in the few bytes that a close frame can carry."""
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return "a message must be an object with a type"
    kind = message["type"]
    if kind in ("subscribe", "complete") and not (isinstance(message.get("id"), str) and message["id"]):
        return f"{kind}: id must be a text"
    return None


def _asked(message: Any) -> GraphQLRequest:
    payload = message.get("payload")
    if not isinstance(payload, dict):
        raise Refusal(400, "payload: must be an object")
    return from_parameters(payload)
