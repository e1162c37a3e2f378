"""Operations on both routes: graphql-core's own execution, and the engine's plan."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLObjectType
from strawberry.types import ExecutionResult

from jobbot_gql.access.clients import LOCAL
from jobbot_gql.api.engine import engine
from jobbot_gql.api.engine.context import Context, OperationRequest
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.api.engine.route import FallbackReason, Route
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.mutations.user_errors import error_types
from jobbot_gql.api.strawberry_internals import field_metadata
from jobbot_gql.api.types.entity import PLAN
from jobbot_gql.db.database import Database
from jobbot_gql.schema import schema as served
from jobbot_gql.settings import Settings
from jobbot_gql.telemetry.operations import Record

BOUNDLESS = Limits(**dict.fromkeys(Limits._fields, 10**9))
PLANNED = {Route.PLANNED_TREE, Route.PLANNED_LEVELS}


class BareSchema(Schema):
    """Our schema with errors as they are: hidden ones could not be compared."""

    def publish(self, errors: list[GraphQLError], record: Record | None) -> None:
        """Leave them alone."""


schema = BareSchema(query=served.query, mutation=served.mutation, types=error_types(), config=served.config)
guard = Guard(schema.graphql, BOUNDLESS)
FAULTS: dict[tuple[str, str], int] = {}
"""The computed fields that fail, by type and name: for the rows whose numbers this divides."""


def _can_fail(kind: str, name: str) -> None:
    """Have a computed field fail as FAULTS says, on both routes."""
    found = schema.graphql.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    make: partial[Any] = field_metadata(found.fields[name])[PLAN]
    function: Callable[..., Any] = make.keywords["function"]

    def fail(parent: Any, *given: Any, **arguments: Any) -> Any:
        every = FAULTS.get((kind, name))
        if every is not None and parent.id % every == 0:
            raise RuntimeError(f"{name} of {parent.id}")
        return function(parent, *given, **arguments)

    make.keywords["function"] = fail


for one in (("Job", "salary"), ("Application", "timeline"), ("Application", "daysSinceActivity")):
    _can_fail(*one)


@contextmanager
def failing(kind: str, name: str, *, every: int) -> Iterator[None]:
    """Meanwhile a computed field fails for the rows whose numbers `every` divides."""
    FAULTS[kind, name] = every
    try:
        yield
    finally:
        del FAULTS[kind, name]


@dataclass
class Answer:
    """Data with the order of its fields, errors in a fixed order, and extensions."""

    data: bytes
    errors: list[Any]
    extensions: Any

    def by_null(self) -> dict[tuple[Any, ...] | None, list[Any]]:
        """The errors by the place in the data that became null because of them; None: before the execution."""
        found: dict[tuple[Any, ...] | None, list[Any]] = {}
        for error in self.errors:
            found.setdefault(self._null_of(error[1]), []).append(error)
        return found

    def _null_of(self, path: list[Any] | None) -> tuple[Any, ...] | None:
        if path is None:
            return None
        value = orjson.loads(self.data)
        for depth, key in enumerate(path):
            if value is None:
                return tuple(path[:depth])
            value = value[key]
        return tuple(path)


@dataclass
class Executors:
    """Both routes on one database."""

    database: Database
    route: Route | None = None
    """The route of the last operation."""
    reason: FallbackReason | None = None
    """Why it took the fallback."""

    async def core(self, text: str, variables: dict[str, Any] | None = None) -> Answer:
        """The answer of graphql-core."""
        return await self._answer(text, variables, Route.FALLBACK)

    async def planned(self, text: str, variables: dict[str, Any] | None = None) -> Answer:
        """The answer of the engine. See `tests/routes.py` for what is checked of its route."""
        return await self._answer(text, variables, None)

    def foreseen(self, text: str) -> int:
        """How many statements the plan takes at most, of a query without variables."""
        document = guard.known(text)
        assert document is not None
        operation = document.prepared(None, LOCAL)
        variables = operation.variables({})
        assert variables is not None
        root = operation.plan(variables, self.database.reader.dialect, Settings()).root
        assert root is not None
        return root.statements

    async def _answer(self, text: str, variables: dict[str, Any] | None, forced: Route | None) -> Answer:
        context = Context(self.database, guard, TimeLimit(60), request_id="test", client=LOCAL)
        result = await engine.execute(schema, context, OperationRequest(text, variables or {}), forced=forced)
        self.route, self.reason = context.route, context.reason
        return _answer(result)


def _answer(result: ExecutionResult) -> Answer:
    errors = [(error.message, error.path, error.locations) for error in result.errors or ()]
    return Answer(orjson.dumps(result.data, option=orjson.OPT_NAIVE_UTC), sorted(errors, key=repr), result.extensions)
