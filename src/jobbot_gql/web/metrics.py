"""The Prometheus endpoint `/metrics`."""

from importlib import import_module

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobbot_gql.access.clients import Scope
from jobbot_gql.db.database import Database
from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web.authentication import Authentication
from jobbot_gql.web.rejected_requests import RejectedRequest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def routes(operations: Operations, database: Database, authentication: Authentication) -> list[Route]:
    """The route `/metrics`. It raises RejectedRequest for clients without the scope `admin`."""

    async def metrics(request: Request) -> Response:
        client = await authentication.client(request.scope)
        if Scope.ADMIN not in client.scopes:
            raise RejectedRequest(
                403, "Metrics require the scope `admin`, which the token does not have.", scope=Scope.ADMIN.value
            )
        # Imported on first use, because this import takes half of the server's start-up time.
        loaded = await run_in_threadpool(import_module, "jobbot_gql.telemetry.metrics")
        body: bytes = loaded.exposition(operations, database)
        return Response(body, headers={"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE})

    return [Route("/metrics", metrics)]
