"""The route `/export/{entity}.{format}`: rows as files, streamed with the scope `read`.

What is wrong before the first part of the file is an error response. What fails later closes the connection before the
file is complete. HTTP clients detect that, because the end mark of the chunked transfer is missing.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from difflib import get_close_matches

from graphql import GraphQLError
from starlette.datastructures import QueryParams
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from jobbot_gql.access.clients import Client
from jobbot_gql.api.engine.context import new_request_id
from jobbot_gql.api.engine.document_cache import Guard
from jobbot_gql.api.types.errors import make_public, shown
from jobbot_gql.db.database import Database
from jobbot_gql.exporting.bundle_writer import BundleFile
from jobbot_gql.exporting.file import ExportFile, UnknownFile, open_file
from jobbot_gql.settings import Settings
from jobbot_gql.telemetry.operations import Operations, Record
from jobbot_gql.web.authentication import Authentication
from jobbot_gql.web.headers import headers_of
from jobbot_gql.web.rejected_requests import HEADERS, STOPPING, RejectedRequest

METHODS = "GET, HEAD"
PARAMETERS = {"filter": "filter", "orderBy": "order_by", "columns": "columns", "excelSafe": "excel_safe"}
"""Query parameters, and the arguments of `open_file` that they give."""
MAX_EXPORTS = 4
"""Exports at a time. Each keeps a database connection and a snapshot as long as its client reads."""
STATUS = {"FORBIDDEN": 403, "TIMEOUT": 504, "UNAVAILABLE": 503, "INTERNAL": 500, "INVALID_STORED_DATA": 500}
"""HTTP status by error code; 400 for others."""
DISCONNECTED = "CLIENT_DISCONNECTED"
"""Code in the log of an export whose client disconnected."""


class ExportInterrupted(Exception):
    """An export failed after its response had begun; raising this closes the connection."""


class ExportTimedOut(GraphQLError):
    """An export took longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The export exceeded its time limit of {seconds:g} s (JOBBOT_EXPORT_TIMEOUT) and was stopped."
            " Export fewer rows, or use `jobbot-gql export`, which has no time limit.",
            extensions={"code": "TIMEOUT", "seconds": seconds},
        )


class Exports:
    """An ASGI application that serves exports. It raises RejectedRequest."""

    def __init__(
        self,
        guard: Guard,
        database: Database,
        settings: Settings,
        authentication: Authentication,
        operations: Operations,
    ) -> None:
        self._guard = guard
        self._database = database
        self._seconds = settings.export_timeout
        self._is_allowed = settings.trusted_documents is None
        self._authentication = authentication
        self._operations = operations
        self._running = 0

    def routes(self) -> list[Route]:
        """The route of all exports."""
        return [Route("/export/{name}", self)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            message = f"Method {scope['method']} is not allowed. Use GET for exports."
            raise RejectedRequest(405, message, {"Allow": METHODS})
        client = await self._authentication.client(scope)
        self._require_room()
        record = self._operations.begin(new_request_id(), client.actor, "http", headers_of(scope))
        record.kind = "export"
        response = _Response(scope, receive, send, record)
        self._running += 1
        try:
            await self._export(client, record, response)
        except Exception as error:
            rejection = _rejection(error, record)
            if response.has_begun:
                interrupted = ExportInterrupted()
                interrupted.add_note("logged with the operation")  # uvicorn logs it again otherwise
                raise interrupted from error
            await rejection.response()(scope, receive, send)
        finally:
            self._running -= 1
            self._operations.end(record)

    def _require_room(self) -> None:
        """Raise RejectedRequest if the server does not accept an export now, or at all."""
        if not self._operations.accepting:
            raise RejectedRequest(503, STOPPING, {"Retry-After": "1", "Connection": "close"})
        if not self._is_allowed:
            message = "This server executes only trusted documents (JOBBOT_TRUSTED_DOCUMENTS), so HTTP exports are off."
            raise RejectedRequest(403, f"{message} Use `jobbot-gql export`.")
        if self._running >= MAX_EXPORTS:
            message = f"At most {MAX_EXPORTS} exports may run at a time. Try again later."
            raise RejectedRequest(503, message, {"Retry-After": "10"})

    async def _export(self, client: Client, record: Record, response: "_Response") -> None:
        snapshot = self._database.snapshot()
        try:
            async with asyncio.timeout(self._seconds):
                file = open_file(
                    self._guard, client, snapshot, response.scope["path_params"]["name"], **_parameters(response.scope)
                )
                record.name = file.name
                async with aclosing(file.parts()) as parts:
                    await response.stream(file, parts)
                record.unreadable = file.counts.unreadable
        except TimeoutError as error:
            raise ExportTimedOut(self._seconds) from error
        finally:
            await snapshot.close()


class _Response:
    """The response to one request for an export."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, record: Record) -> None:
        self.scope = scope
        self.has_begun = False
        self._receive = receive
        self._send = send
        self._record = record

    async def stream(self, file: ExportFile | BundleFile, parts: AsyncGenerator[bytes]) -> None:
        """Send the parts of a file until the end, or until the client disconnects."""
        disconnected = asyncio.create_task(self._disconnected())
        try:
            async for part in parts:
                if disconnected.done():
                    self._record.codes.add(DISCONNECTED)
                    return
                await self._begin(file)
                if self.scope["method"] == "HEAD":
                    break
                if part:
                    self._record.bytes += len(part)
                    await self._send({"type": "http.response.body", "body": part, "more_body": True})
            await self._send({"type": "http.response.body", "body": b""})
        finally:
            disconnected.cancel()

    async def _begin(self, file: ExportFile | BundleFile) -> None:
        if self.has_begun:
            return
        self.has_begun = True
        headers = {
            **HEADERS,
            "Content-Type": file.media_type,
            "Content-Disposition": f'attachment; filename="{file.name}"',
        }
        raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        await self._send({"type": "http.response.start", "status": 200, "headers": raw})

    async def _disconnected(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass


def _parameters(scope: Scope) -> dict[str, str]:
    """The arguments that the query string gives. Raises RejectedRequest."""
    given = QueryParams(scope["query_string"])
    for name in given:
        if name not in PARAMETERS:
            near = get_close_matches(name, PARAMETERS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are {', '.join(PARAMETERS)}."
            raise RejectedRequest(400, f"Unknown parameter {shown(name)}. {hint}")
        if len(given.getlist(name)) > 1:
            raise RejectedRequest(400, f"{name} must be given once; got {len(given.getlist(name))} values.")
    return {PARAMETERS[name]: value for name, value in given.items() if value}


def _rejection(error: Exception, record: Record) -> RejectedRequest:
    """The rejection that tells a client of an error, whose code goes into the record."""
    if isinstance(error, UnknownFile):
        error = RejectedRequest(404, str(error))
    if isinstance(error, RejectedRequest):
        record.rejected(error.extensions)
        return error
    found = error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)
    make_public([found], record)
    extensions = dict(found.extensions or {})
    status = STATUS.get(extensions["code"], 400)
    return RejectedRequest(status, found.message, {"Retry-After": "1"} if status == 503 else None, **extensions)
