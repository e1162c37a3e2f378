"""What the project uses of graphql-core beyond its documented API."""

from typing import Any

import pytest
import strawberry
from graphql import (
    FragmentDefinitionNode,
    GraphQLError,
    OperationDefinitionNode,
    Undefined,
    build_schema,
    coerce_input_value,
    parse,
)
from graphql.execution import VariableValues, get_variable_values
from graphql.pyutils import Path

from jobbot_gql.api import graphql_core_internals as internals
from tests.library_contracts.contract import contract

SCHEMA = build_schema(
    "type Query { job(id: Int): Job, jobs: [Job!]! } type Job { id: Int!, title: String, other: Job }"
)
DOCUMENT = parse(
    "query ($id: Int = 7, $skip: Boolean!) { job(id: $id) { ...Fields id @skip(if: $skip) } job(id: $id) { title } }"
    " fragment Fields on Job { id }"
)
NO_VARIABLES = VariableValues({}, {})


def operation() -> OperationDefinitionNode:
    (found,) = (node for node in DOCUMENT.definitions if isinstance(node, OperationDefinitionNode))
    return found


def fragments() -> dict[str, internals.FragmentDetails]:
    return {
        node.name.value: internals.FragmentDetails(node)
        for node in DOCUMENT.definitions
        if isinstance(node, FragmentDefinitionNode)
    }


def variables() -> VariableValues:
    given = get_variable_values(SCHEMA, operation().variable_definitions or (), {"skip": True})
    assert isinstance(given, VariableValues)
    return given


def test_fields_are_collected_by_response_name() -> None:
    with contract("graphql", "execution.collect_fields"):
        assert SCHEMA.query_type is not None
        collected = internals.collect_fields(SCHEMA, fragments(), variables(), SCHEMA.query_type, operation(), True)
        assert collected.new_defer_usages == []
        assert list(collected.grouped_field_set) == ["job"]
        details = collected.grouped_field_set["job"]
        assert [detail.node.name.value for detail in details] == ["job", "job"]


def test_fields_below_a_field_are_collected_with_fragments_and_without_what_is_skipped() -> None:
    with contract("graphql", "execution.collect_subfields"):
        assert SCHEMA.query_type is not None
        job: Any = SCHEMA.type_map["Job"]
        given = variables()
        collected = internals.collect_fields(SCHEMA, fragments(), given, SCHEMA.query_type, operation(), True)
        details = collected.grouped_field_set["job"]
        below = internals.collect_subfields(SCHEMA, fragments(), given, operation(), job, details, True)
        assert {name: len(nodes) for name, nodes in below.grouped_field_set.items()} == {"id": 1, "title": 1}


def test_a_variable_s_signature_and_default_make_the_values_that_graphql_core_makes() -> None:
    with contract("graphql", "get_variable_signature, VariableValueSource and coerce_default_value"):
        sources, coerced = {}, {}
        given = {"skip": True}
        for node in operation().variable_definitions or ():
            signature = internals.get_variable_signature(SCHEMA, node)
            assert isinstance(signature, internals.GraphQLVariableSignature)
            value = given.get(signature.name, Undefined)
            sources[signature.name] = internals.VariableValueSource(signature, value)
            if value is Undefined:
                assert signature.default is not None
                coerced[signature.name] = internals.coerce_default_value(signature)
            else:
                coerced[signature.name] = coerce_input_value(value, signature.type)
        expected = variables()
        assert coerced == expected.coerced == {"id": 7, "skip": True}
        assert {name: source.value for name, source in sources.items()} == {
            name: source.value for name, source in expected.sources.items()
        }


def test_a_variable_of_an_unknown_type_has_no_signature() -> None:
    with contract("graphql", "get_variable_signature"):
        (found,) = parse("query ($id: Missing) { job { id } }").definitions
        assert isinstance(found, OperationDefinitionNode)
        assert found.variable_definitions
        signature = internals.get_variable_signature(SCHEMA, found.variable_definitions[0])
        assert isinstance(signature, GraphQLError)


# The executor


@strawberry.type
class Item:
    id: int

    @strawberry.field
    async def name(self) -> str:
        return f"item {self.id}"

    @strawberry.field
    def broken(self) -> str | None:
        raise ValueError("broken")


@strawberry.type
class Query:
    @strawberry.field
    async def items(self) -> list[Item]:
        return [Item(id=1), Item(id=2)]

    @strawberry.field
    def item(self) -> Item:
        return Item(id=3)


class Recording(internals.GraphQLCoreExecutor):
    """Writes down which of the methods that the engine overrides are called, and with what."""

    calls: list[tuple[str, Any]]
    """Of the operation that was executed last."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        type(self).calls = []

    def complete_iterable_value(self, item_type: Any, details: Any, info: Any, path: Any, items: Any, ctx: Any) -> Any:  # noqa: PLR0917
        self.calls.append(("complete_iterable_value", (str(item_type), path.as_list(), len(items))))
        return super().complete_iterable_value(item_type, details, info, path, items, ctx)

    def execute_field(self, parent_type: Any, source: Any, details: Any, path: Any, context: Any) -> Any:
        self.calls.append(("execute_field", (parent_type.name, details[0].node.name.value, path.as_list())))
        return super().execute_field(parent_type, source, details, path, context)

    def handle_field_error(self, error: Exception, return_type: Any, details: Any, path: Any) -> None:
        self.calls.append(("handle_field_error", (type(error).__name__, str(return_type), path.as_list())))
        super().handle_field_error(error, return_type, details, path)


@pytest.fixture
def schema() -> strawberry.Schema:
    with contract("graphql", "Executor"):
        return strawberry.Schema(Query, execution_context_class=Recording)


async def called(schema: strawberry.Schema, text: str) -> list[tuple[str, Any]]:
    result = await schema.execute(text)
    assert result.data is not None
    return Recording.calls


async def test_a_list_is_completed_by_one_call(schema: strawberry.Schema) -> None:
    with contract("graphql", "Executor.complete_iterable_value"):
        calls = await called(schema, "{ items { id name } }")
        assert ("complete_iterable_value", ("Item!", ["items"], 2)) in calls


async def test_a_field_is_executed_by_one_call(schema: strawberry.Schema) -> None:
    with contract("graphql", "Executor.execute_field"):
        calls = await called(schema, "{ item { id } }")
        assert ("execute_field", ("Item", "id", ["item", "id"])) in calls


async def test_a_field_that_fails_is_told_with_its_type_and_path(schema: strawberry.Schema) -> None:
    with contract("graphql", "Executor.handle_field_error"):
        calls = await called(schema, "{ item { broken } }")
        told = [what for name, what in calls if name == "handle_field_error"]
        assert [(kind, path) for _, kind, path in told] == [("String", ["item", "broken"])]


async def test_an_executor_can_be_given_an_error() -> None:
    with contract("graphql", "Executor.collected_errors"):

        class Telling(internals.GraphQLCoreExecutor):
            def execute_field(self, *args: Any) -> Any:
                self.collect_error(GraphQLError("wrong"), Path(None, "item", "Query"))
                return super().execute_field(*args)

        result = await strawberry.Schema(Query, execution_context_class=Telling).execute("{ item { id } }")
        assert [error.message for error in result.errors or ()] == ["wrong"]
