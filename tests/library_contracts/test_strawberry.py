"""What the project uses of Strawberry beyond its documented API."""

from enum import Enum
from typing import Any

import strawberry

from jobbot_gql.api import strawberry_internals as internals
from tests.library_contracts.contract import contract


@strawberry.enum
class Colour(Enum):
    RED = "red"


@strawberry.input
class Named:
    first_name: str


SEEN: dict[str, Any] = {}


@strawberry.type
class Query:
    @strawberry.field(metadata={"key": "value"})  # type: ignore[untyped-decorator] # as its own documentation does
    def greeting(self, info: strawberry.Info, to: Named, colour: Colour) -> str:
        SEEN["info"] = internals.raw_info(info)
        return f"{to.first_name} {colour.value}"


DOCUMENT = 'query Greet { greeting(to: {firstName: "Ada"}, colour: RED) } query Other { __typename }'


async def test_a_resolver_can_be_told_what_graphql_core_knows() -> None:
    with contract("strawberry", "Info._raw_info"):
        result = await internals.GraphQLCoreSchema(Query).execute(DOCUMENT, operation_name="Greet")
        assert result.data == {"greeting": "Ada red"}
        assert SEEN["info"].parent_type.name == "Query"
        assert [node.name.value for node in SEEN["info"].field_nodes] == ["greeting"]
        assert SEEN["info"].fragments == {}


def test_fields_and_types_lead_to_their_definitions() -> None:
    with contract("strawberry", "extensions['strawberry-definition']"):
        schema = internals.GraphQLCoreSchema(Query).graphql
        assert schema.query_type is not None
        field = schema.query_type.fields["greeting"]
        assert internals.definition_of(field).metadata == {"key": "value"}
        assert internals.definition_of(schema.type_map["Named"]).is_one_of is False
        assert internals.definition_of(schema.type_map["__Schema"]) is None


def test_classes_lead_to_their_definitions() -> None:
    with contract("strawberry", "__strawberry_definition__"):
        assert [field.name for field in internals.definition_of_class(Named).fields] == ["first_name"]
        assert [value.name for value in internals.definition_of_class(Colour).values] == ["RED"]
        assert internals.definition_of_class(int) is None


def test_an_input_is_made_by_a_function_that_can_be_replaced() -> None:
    @strawberry.input
    class Plain:
        name: str

    with contract("strawberry", "StrawberryObjectDefinition.from_input"):
        internals.definition_of_class(Plain).from_input = lambda kind, given, context: given

        @strawberry.type
        class Root:
            @strawberry.field
            def kind(self, plain: Plain) -> str:
                return f"{type(plain).__name__} {plain}"

        result = strawberry.Schema(Root).execute_sync('{ kind(plain: {name: "x"}) }')
        assert result.data is not None
        assert "'name': 'x'" in result.data["kind"]
        assert not result.data["kind"].startswith("Plain")


def test_arguments_become_what_resolvers_get() -> None:
    with contract("strawberry", "GraphQLSchema._strawberry_schema and convert_arguments"):
        schema = internals.GraphQLCoreSchema(Query).graphql
        assert schema.query_type is not None
        definition = internals.definition_of(schema.query_type.fields["greeting"])
        coerced = {"to": {"firstName": "Ada"}, "colour": "red"}
        made = internals.converted_arguments(schema, coerced, definition.arguments)
        assert isinstance(made["to"], Named)
        assert made["to"].first_name == "Ada"


def test_names_are_written_as_graphql_does() -> None:
    with contract("strawberry", "utils.str_converters"):
        assert internals.to_camel_case("first_name") == "firstName"
        assert internals.to_snake_case("firstName") == "first_name"
