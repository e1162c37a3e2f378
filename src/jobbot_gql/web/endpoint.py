"""The GraphQL endpoint over HTTP and WebSocket."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any

import orjson
from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from jobbot_gql.access.clients import NOBODY, Client
from jobbot_gql.api.engine import engine, event_stream
from jobbot_gql.api.engine.context import Context, OperationRequest, dry_run_requested, new_request_id
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.engine.subscription import CommitFollower
from jobbot_gql.api.strawberry_internals import InvalidOperationTypeError, PreExecutionError
from jobbot_gql.api.types.errors import make_public
from jobbot_gql.db.database import Database
from jobbot_gql.settings import Settings
from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web import graphiql
from jobbot_gql.web.authentication import Authentication
from jobbot_gql.web.event_streams import FORMATS, EventStream
from jobbot_gql.web.headers import headers_of
from jobbot_gql.web.paths import GRAPHQL, endpoint_of, path_of
from jobbot_gql.web.persisted_queries import PersistedQueries
from jobbot_gql.web.rejected_requests import STOPPING, RejectedRequest
from jobbot_gql.web.requests import GRAPHQL_RESPONSE, SSE, GraphQLRequest, dry_run_header, read_request, response_type
from jobbot_gql.web.responses import JsonResponse
from jobbot_gql.web.trusted_documents import TrustedDocuments
from jobbot_gql.web.websockets import Adapter, Handler

PATHS = frozenset({GRAPHQL, f"{GRAPHQL}/"})
METHODS = "GET, HEAD, OPTIONS, POST"
ALLOWED = {"GET": {OperationType.QUERY}, "POST": {OperationType.QUERY, OperationType.MUTATION}}
STATUS = {"FORBIDDEN": 403, "TIMEOUT": 504, "UNAVAILABLE": 503, "INTERNAL": 500}
"""HTTP status of valid operations that were not executed, by error code."""
PARTIAL_SUCCESS = 294
"""Status of a response with data and errors (GraphQL over HTTP). Only for `application/graphql-response+json`."""


class Endpoint(GraphQL[Context, None]):
    """Serves one schema on one database. A browser that requests HTML gets the GraphiQL page.

    HTTP is implemented here, because Strawberry deviates from GraphQL over HTTP. WebSockets use Strawberry's handler
    with additional checks of messages.
    """

    schema: Schema
    websocket_adapter_class = Adapter
    graphql_transport_ws_handler_class = Handler

    def __init__(
        self,
        schema: Schema,
        database: Database,
        settings: Settings,
        authentication: Authentication,
        operations: Operations,
        *,
        follower: CommitFollower | None = None,
    ) -> None:
        super().__init__(
            schema,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=10),
            allowed_origins=settings.allowed_origins,
        )
        self.database = database
        self.settings = settings
        self.authentication = authentication
        self.operations = operations
        self.follower = follower
        self.max_bytes = settings.max_body_bytes
        self.time_limit = TimeLimit(settings.execution_timeout)
        self.guard = Guard(schema.graphql, Limits.of(settings))
        self.documents: PersistedQueries | TrustedDocuments = PersistedQueries(self.guard)
        if settings.trusted_documents:
            self.documents = TrustedDocuments(settings.trusted_documents, self.guard)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._open_websocket(scope, receive, send)
            return
        response: Response | JsonResponse | EventStream
        try:
            response = await self.respond(scope, receive)
        except RejectedRequest as rejection:
            self.operations.reject(rejection.status_code, rejection.extensions["code"], rejection.logged)
            response = rejection.response()
        await response(scope, receive, send)

    async def _open_websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            dry_run_header(headers_of(scope))
        except RejectedRequest as rejection:
            self.operations.reject(rejection.status_code, rejection.extensions["code"])
            await send({"type": "websocket.close", "code": 1008})  # the server answers 403, as in `Origins`
            return
        await super().__call__(scope, receive, send)

    async def respond(self, scope: Scope, receive: Receive) -> Response | JsonResponse | EventStream:
        """The response to an HTTP request. Raises RejectedRequest."""
        method, headers = scope["method"], headers_of(scope)
        if method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": METHODS})
        is_head = method == "HEAD"
        if is_head:  # answered like GET; the server drops the body
            method = "GET"
            scope = {**scope, "method": method}
        if method not in ALLOWED:
            raise RejectedRequest(
                405, f"Method {method} is not allowed. Use POST, or GET for queries.", {"Allow": METHODS}
            )
        if method == "GET" and "text/html" in headers.get("accept", "").lower():
            page_request = Request(scope)
            if "query" not in page_request.query_params:
                if path_of(scope) != GRAPHQL:  # the page loads its assets from ./graphql/assets
                    return RedirectResponse(endpoint_of(scope))
                return graphiql.page(page_request)
        client = await self.authentication.client(scope)
        media_type = response_type(headers.get("accept"))
        dry_run = dry_run_header(headers)
        request = await read_request(scope, receive, self.max_bytes)
        if not self.operations.accepting:
            raise RejectedRequest(503, STOPPING, {"Retry-After": "1", "Connection": "close"})
        context = self.context(client)
        if dry_run:
            request = replace(request, dry_run=True)
        if media_type in FORMATS and not is_head:
            return self._stream(scope, context, request, media_type)
        return await self._answer(scope, context, request, media_type)

    async def _answer(
        self, scope: Scope, context: Context, request: GraphQLRequest, media_type: str
    ) -> Response | JsonResponse:
        """The response that holds the only result of an operation."""
        method = scope["method"]
        record = context.record = self.operations.begin(context.request_id, context.actor, "http", headers_of(scope))
        if request.dry_run:
            context.begin_dry_run()
        try:
            response = self.encode_result(await self._execute(context, request, ALLOWED[method]), media_type)
            record.bytes = len(response.body)
        except InvalidOperationTypeError as error:
            rejection = _wrong_method(error.operation_type, method)
            record.rejected(rejection.extensions)
            return rejection.response()
        except RejectedRequest as rejection:
            record.rejected(rejection.extensions)
            return rejection.response()
        finally:
            if context.dry_run is not None:
                await context.dry_run.close()
            self.operations.end(record)
        return response

    def _stream(self, scope: Scope, context: Context, request: GraphQLRequest, media_type: str) -> EventStream:
        """The response that streams the results of an operation. Raises RejectedRequest."""
        headers = headers_of(scope)
        try:
            query = self.documents.text(request)
        except GraphQLError as error:
            raise RejectedRequest(400, error.message, **(error.extensions or {})) from None
        operation = OperationRequest(query, request.variables or {}, request.operation_name)
        if scope["method"] == "GET" and event_stream.kind_of(context, operation) == "mutation":
            raise _wrong_method(OperationType.MUTATION, "GET")
        context.progress.resume_after = headers.get("last-event-id") or None
        dry_run_requested.set(request.dry_run)
        return EventStream(
            FORMATS[media_type],
            event_stream.stream(self.schema, context, operation, "sse" if media_type == SSE else "multipart", headers),
            client=context.client,
            is_still_valid=self.authentication.is_still_valid,
            operations=self.operations,
        )

    async def _execute(self, context: Context, request: GraphQLRequest, allowed: set[OperationType]) -> ExecutionResult:
        """The result of an operation over HTTP. Raises InvalidOperationTypeError."""
        record = context.record
        try:
            query = self.documents.text(request)
        except GraphQLError as error:
            make_public([error], record)
            return PreExecutionError(data=None, errors=[error])
        operation = OperationRequest(query, request.variables or {}, request.operation_name)
        result = await engine.execute(self.schema, context, operation, allowed)
        if record is not None:
            record.executed = perf_counter()
        return result

    def encode_result(self, result: ExecutionResult, media_type: str) -> JsonResponse:
        """The HTTP response that carries the result of an operation."""
        errors = [error.formatted for error in result.errors or ()]
        codes = {error["extensions"]["code"] for error in errors}
        body: dict[str, Any] = {"errors": errors} if errors else {}
        headers = []
        strict = media_type == GRAPHQL_RESPONSE
        if _was_executed(result) and not (codes == {"UNAVAILABLE"} and _is_empty(result.data)):
            body["data"] = result.data
            status = PARTIAL_SUCCESS if strict and errors else 200
        else:
            status = next((STATUS[code] for code in codes if code in STATUS), 400 if strict else 200)
            if status == 503:
                headers.append((b"retry-after", b"1"))
        if result.extensions:
            body["extensions"] = result.extensions
        return JsonResponse(status, media_type, self.encode_json(body), headers)

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        """The context of a WebSocket before `connection_init`."""
        return self.context(NOBODY)

    def context(self, client: Client) -> Context:
        """The context in which a client's operations are executed."""
        return Context(
            self.database,
            self.guard,
            self.time_limit,
            request_id=new_request_id(),
            client=client,
            settings=self.settings,
            operations=self.operations,
            follower=self.follower,
        )

    def encode_json(self, data: object) -> bytes:
        return orjson.dumps(data, option=orjson.OPT_NAIVE_UTC)

    def decode_json(self, data: str | bytes) -> Any:
        return orjson.loads(data)


class EndpointMiddleware:
    """ASGI middleware that routes `/graphql` to the endpoint. Starlette's router would try every route first."""

    def __init__(self, app: ASGIApp, endpoint: Endpoint) -> None:
        self.app = app
        self.endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and path_of(scope) in PATHS:
            await self.endpoint(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _was_executed(result: ExecutionResult) -> bool:
    """Whether execution began. Errors of execution have a path; errors of parsing and validation have none."""
    if isinstance(result, PreExecutionError):
        return False
    return result.data is not None or any(error.path for error in result.errors or ())


def _is_empty(data: Mapping[str, Any] | None) -> bool:
    return data is None or all(value is None for value in data.values())


def _wrong_method(kind: OperationType, method: str) -> RejectedRequest:
    if kind is OperationType.SUBSCRIPTION:
        message = (
            f"Subscriptions require a WebSocket with the sub-protocol {GRAPHQL_TRANSPORT_WS_PROTOCOL}, or the header"
            f" `Accept: {SSE}`."
        )
    else:
        message = "Mutations require POST; GET is for queries."
    return RejectedRequest(405, message, {"Allow": "POST"}) if method == "GET" else RejectedRequest(400, message)
