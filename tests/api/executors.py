"""Queries on both executors: graphql-core's own, as Strawberry has it, and the one that goes level by level."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLObjectType
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from jobbot_gql.access.clients import LOCAL
from jobbot_gql.api.engine import prepared_operation
from jobbot_gql.api.engine.context import Context
from jobbot_gql.api.engine.core_executor import CoreExecutor
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.api.engine.executor import LevelExecutor
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.mutations.user_errors import error_types
from jobbot_gql.db.database import Database
from jobbot_gql.schema import schema as served

BOUNDLESS = Limits(**dict.fromkeys(Limits._fields, 10**9))


class Watched(LevelExecutor):
    """Tells how often it gave a level up."""

    given_up = 0

    def _alone(self) -> LevelExecutor:
        Watched.given_up += 1
        return super()._alone()


class BareSchema(Schema):
    """Our schema with errors as they are: hidden ones could not be compared."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave them alone."""


schema = BareSchema(
    query=served.query,
    mutation=served.mutation,
    types=error_types(),
    extensions=served.extensions,
    config=served.config,
)
guard = Guard(schema.graphql, BOUNDLESS)


@contextmanager
def failing(kind: str, name: str, *, every: int) -> Iterator[None]:
    """Meanwhile the resolver of a field fails for the rows whose numbers `every` divides."""
    found = schema.graphql.type_map[kind]
    assert isinstance(found, GraphQLObjectType)
    field = found.fields[name]
    resolve: Any = field.resolve

    def fail(source: Any, info: Any, **arguments: Any) -> Any:
        if source.id % every == 0:
            raise RuntimeError(f"{name} of {source.id}")
        return resolve(source, info, **arguments)

    field.resolve = fail
    try:
        yield
    finally:
        field.resolve = resolve


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
    """Both executors on one database."""

    database: Database

    async def core(self, text: str, variables: dict[str, Any] | None = None) -> Answer:
        """The answer of graphql-core's."""
        schema.execution_context_class = CoreExecutor
        return await self._answer(text, variables)

    async def levels(self, text: str, variables: dict[str, Any] | None = None) -> Answer:
        """The answer of ours; `Watched.given_up` tells how often it gave a level up."""
        schema.execution_context_class = Watched
        Watched.given_up = 0
        return await self._answer(text, variables)

    async def prepared(self, text: str, variables: dict[str, Any] | None = None) -> Answer | None:
        """The answer on the short road, which a query that was seen before takes if it can."""
        result = await prepared_operation.answer(self._context, text, variables, None, {OperationType.QUERY})
        return None if result is None else _answer(result)

    def foreseen(self, text: str) -> int:
        """How many statements the short road expects at most of a query without variables."""
        document = guard.known(text)
        assert document is not None
        operation = document.prepared(None, LOCAL)
        variables = operation.variables({})
        assert variables is not None
        root = operation.root(variables, self.database.reader.dialect)
        assert root is not None
        return root.statements

    async def written(self, text: str, variables: dict[str, Any] | None = None) -> tuple[Answer, bool]:
        """The answer to a mutation that was seen before, and whether the short road gave it."""
        schema.execution_context_class = Watched
        context, allowed = self._context, {OperationType.MUTATION}
        result = await prepared_operation.answer(context, text, variables, None, allowed)
        if result is not None:
            return _answer(result), True
        return _answer(await schema.execute(text, variable_values=variables, context_value=context)), False

    async def _answer(self, text: str, variables: dict[str, Any] | None) -> Answer:
        return _answer(await schema.execute(text, variable_values=variables, context_value=self._context))

    @property
    def _context(self) -> Context:
        return Context(self.database, guard, TimeLimit(60), request_id="test", client=LOCAL)


def _answer(result: ExecutionResult) -> Answer:
    errors = [(error.message, error.path, error.locations) for error in result.errors or ()]
    return Answer(orjson.dumps(result.data, option=orjson.OPT_NAIVE_UTC), sorted(errors, key=repr), result.extensions)
