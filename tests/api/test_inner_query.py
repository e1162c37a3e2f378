"""What is selected below a field of another root is executed like the same query sent alone."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
import strawberry
from strawberry.types import ExecutionResult

from jobbot_gql.access.clients import LOCAL, Client, Scope
from jobbot_gql.api.engine.context import Context, Info, OperationRequest
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.api.engine.engine import execute, execute_below, stream
from jobbot_gql.api.engine.route import Route
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.mutations.user_errors import error_types
from jobbot_gql.api.strawberry_internals import raw_info
from jobbot_gql.db.database import Database
from jobbot_gql.schema import schema as served
from jobbot_gql.settings import load_settings
from tests.api.executors import BOUNDLESS
from tests.conftest import recorded
from tests.rows import new_job

found: list[tuple[ExecutionResult, Context]] = []
"""Results of the selections below `latest`, and the contexts in which they were executed."""
clients: list[Client] = []
"""The client of these executions."""


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def latest(self, info: Info, times: int = 1) -> AsyncGenerator[served.query, None]:  # type: ignore[name-defined] # a class
        for _ in range(times):
            context = replace(info.context.of_operation(), guard=guard, client=clients[0], record=None)
            found.append((await execute_below(schema, context, raw_info(info)), context))
            yield served.query()


schema = Schema(query=served.query, subscription=Subscription, types=error_types(), config=served.config)
guard = Guard(schema.graphql, Limits.of(load_settings({}, dotenv=None)))


def shown(result: ExecutionResult, context: Context, path: list[str]) -> dict[str, Any]:
    """What must be equal; the errors' paths begin with `path`."""
    return {
        "data": result.data,
        "errors": [(error.message, error.extensions, [*path, *(error.path or ())]) for error in result.errors or ()],
        "extensions": result.extensions,
        "route": (context.route, context.reason),
    }


EXPENSIVE = "jobs(first: 250) { nodes { applications(first: 250) { nodes { job { title company } } } } }"
QUERIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "planned": (
        "",
        "jobs(first: 2, orderBy: [{field: TITLE}]) { totalCount nodes { title salary { min } } }",
        {},
    ),
    "fragments": ("$first: Int!, $title: Boolean = true", "jobs(first: $first) { ...Page }", {"first": 1}),
    "error": ("", "jobs(first: 251) { totalCount }", {}),
    "expensive": ("", EXPENSIVE, {}),
    "schema": ("", "__schema { queryType { name } }", {}),
}
FRAGMENTS = (
    "fragment Page on JobConnection { nodes { ...Some } } fragment Some on Job { id title @include(if: $title) }"
)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_selection_is_executed_like_the_query_alone(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all(new_job(title=f"Job {n}") for n in range(3))
    reader, writer = (Client("one", frozenset({scope})) for scope in (Scope.READ, Scope.WRITE))

    routes = []
    for name, (definitions, selection, variables) in QUERIES.items():
        for client in (reader, writer):
            fragments = FRAGMENTS if "..." in selection else ""
            query = f"query{f'({definitions})' if definitions else ''} {{ {selection} }} {fragments}"
            alone = Context(database, guard, TimeLimit(60), request_id="alone", client=client)
            with recorded(database) as statements:
                result = await execute(schema, alone, OperationRequest(query, variables))
            routes.append(alone.route)

            clients[:] = [client]
            found.clear()
            lax = Context(database, Guard(schema.graphql, BOUNDLESS), TimeLimit(60), request_id="outer", client=LOCAL)
            times = ", ".join(filter(None, ("$times: Int!", definitions)))
            outer = f"subscription({times}) {{ below: latest(times: $times) {{ {selection} }} }} {fragments}"
            with recorded(database) as statements_below:
                async for _ in stream(schema, lax, OperationRequest(outer, variables | {"times": 1})):
                    break
            ((below, context),) = found

            assert shown(below, context, []) == shown(result, alone, ["below"]), name
            assert statements_below[: len(statements)] == statements, name
    assert {*routes} == {Route.PLANNED_LEVELS, Route.FALLBACK, Route.INTROSPECTION, None}
