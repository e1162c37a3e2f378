"""The ASGI application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import RedirectResponse
from starlette.routing import Route, WebSocketRoute

from jobbot_gql.db.connecting import DatabaseProblem, place
from jobbot_gql.db.database import Database
from jobbot_gql.db.migrating import Kind, migrate, schema_state
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.schema import schema
from jobbot_gql.settings import Settings
from jobbot_gql.web import graphiql, health
from jobbot_gql.web.endpoint import Endpoint


def create_app(settings: Settings, database: Database | None = None) -> Starlette:
    """The application over a database.

    A `database` that is given must be migrated, and stays the caller's to dispose of. Without one the settings name
    it; it is then prepared at start-up (see `prepare`) and closed at shutdown.
    """
    served = database or Database.from_settings(settings)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if database is None:
            await prepare(served.url)
        try:
            yield
        finally:
            if database is None:
                await served.dispose()

    endpoint = Endpoint(schema, served)
    return Starlette(
        routes=[
            Route("/", lambda request: RedirectResponse("/graphql")),
            Route("/graphql", endpoint),
            WebSocketRoute("/graphql", endpoint),
            *graphiql.routes(),
            *health.routes(served),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.allowed_hosts), www_redirect=False)],
        lifespan=lifespan,
    )


async def prepare(url: DatabaseUrl) -> None:
    """Make sure that a database can be served: SQLite is migrated, PostgreSQL must have been.

    A database that JobBot's own code made is left to `jobbot-gql migrate`, which tells what it would change. Raises
    DatabaseProblem.
    """
    state = await schema_state(url)
    if state.kind is Kind.CURRENT:
        return
    if state.kind is Kind.SEED:
        raise DatabaseProblem(f"{place(url)} was made by JobBot itself: `jobbot-gql migrate` adopts it")
    if not url.is_sqlite and state.kind in (Kind.EMPTY, Kind.BEHIND):
        raise DatabaseProblem(
            f"{place(url)} is at revision {state.revision or 'none'}, this version needs {state.head}:"
            " run `jobbot-gql migrate`"
        )
    await migrate(url)
