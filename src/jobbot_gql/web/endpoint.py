"""The GraphQL endpoint: HTTP and WebSocket in, operations out."""

import secrets
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema import BaseSchema
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from jobbot_gql.api.context import Context
from jobbot_gql.db.database import Database
from jobbot_gql.web import graphiql


class Endpoint(GraphQL[Context, None]):
    """Serves one schema on one database; browsers that ask for a page get GraphiQL."""

    def __init__(self, schema: BaseSchema, database: Database) -> None:
        super().__init__(
            schema,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=10),
        )
        self.database = database

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return Context(database=self.database, request_id=secrets.token_hex(8))

    async def render_graphql_ide(self, request: Request) -> Response:
        return graphiql.page(request)

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data)

    def decode_json(self, data: str | bytes) -> Any:
        return super().decode_json(data)
