"""The ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Route

from jobbot_gql.api.engine.subscription import SubscriptionLimits
from jobbot_gql.db.database import Database
from jobbot_gql.live.follower import Follower
from jobbot_gql.schema import schema
from jobbot_gql.settings import Settings
from jobbot_gql.telemetry.logs import Log
from jobbot_gql.telemetry.operations import Operations, Trace
from jobbot_gql.upkeep.startup_check import prepare
from jobbot_gql.web import graphiql, health, metrics
from jobbot_gql.web.authentication import Authentication
from jobbot_gql.web.endpoint import Endpoint, EndpointMiddleware
from jobbot_gql.web.exports import Exports
from jobbot_gql.web.origins import Origins
from jobbot_gql.web.paths import endpoint_of
from jobbot_gql.web.rejected_requests import handle_exception, handle_http_exception


def create_app(
    settings: Settings, database: Database | None = None, log: Log | None = None, trace: Trace | None = None
) -> Starlette:
    """Build the application.

    Args:
        settings: All settings, including the database's URL.
        database: A migrated database, which the caller disposes of. By default the application opens that of
            `settings`, prepares it at start-up (see `upkeep/startup_check.py`) and disposes of it at shutdown.
        log: Receives one event per operation.
        trace: Receives the record of each operation.
    """
    served = database or Database.from_settings(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if database is None:
            await prepare(served.url)
        await served.open()
        try:
            yield
        finally:
            await follower.close()
            await authentication.tokens.close()
            if database is None:
                await served.dispose()

    authentication = Authentication(served, settings)
    operations = Operations(log, settings.slow_ms, trace)
    limits = SubscriptionLimits(
        settings.max_subscriptions_per_connection, settings.max_subscriptions, settings.subscription_seconds
    )
    follower = Follower(served, limits, operations.subscriptions)
    endpoint = Endpoint(schema, served, settings, authentication, operations, follower=follower)
    middleware = [Middleware(Origins, settings.allowed_hosts, settings.allowed_origins, operations)]
    if settings.allowed_origins:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=("GET", "POST"),
                allow_headers=("*",),
            )
        )
    middleware.append(Middleware(EndpointMiddleware, endpoint))
    app = Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse(endpoint_of(request.scope))),
            *graphiql.routes(),
            graphiql.schema_route(schema.as_str),
            *health.routes(served),
            *metrics.routes(operations, served, authentication),
            *Exports(endpoint.guard, served, settings, authentication, operations).routes(),
        ],
        middleware=middleware,
        exception_handlers={HTTPException: handle_http_exception, Exception: handle_exception},
        lifespan=lifespan,
    )
    app.state.operations = operations
    app.state.draining = False
    return app
