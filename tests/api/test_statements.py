"""SQL statements do not grow with rows: every field of every list, for 1 parent as for 250."""

import pytest
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_composite_type,
    is_leaf_type,
    is_required_argument,
)
from sqlalchemy import text

from jobbot_gql.demo import load_if_empty
from jobbot_gql.schema import schema
from tests.conftest import Api

TYPES = schema._schema.type_map


def object_type(name: str) -> GraphQLObjectType:
    kind = TYPES[name]
    assert isinstance(kind, GraphQLObjectType)
    return kind


def needs_arguments(field: GraphQLField) -> bool:
    return any(is_required_argument(argument) for argument in field.args.values())


def selection(kind: GraphQLNamedType) -> str:
    """Something of everything that a type has, one level deep; the first rows of a connection and figures over it."""
    if is_leaf_type(kind):
        return ""
    if kind.name.endswith("Connection"):
        return "{ totalCount aggregate { count } nodes { id } }"
    if not isinstance(kind, GraphQLObjectType):
        return "{ __typename id }"
    parts = [
        name if is_leaf_type(inner) else f"{name} {{ __typename id }}"
        for name, field in kind.fields.items()
        if not needs_arguments(field) and (is_leaf_type(inner := get_named_type(field.type)) or inner.name == "Node")
    ]
    return f"{{ {' '.join(parts)} }}"


FIELDS = [
    (root, name, selection(get_named_type(field.type)))
    for root, connection in object_type("Query").fields.items()
    if get_named_type(connection.type).name.endswith("Connection")
    for name, field in object_type(
        get_named_type(object_type(get_named_type(connection.type).name).fields["nodes"].type).name
    ).fields.items()
    if not needs_arguments(field) and (is_composite_type(get_named_type(field.type)) or field.args)
] + [("applications", "daysSinceActivity", "")]


@pytest.mark.slow
async def test_statements_do_not_grow_with_rows(api: Api) -> None:
    assert len(FIELDS) > 30
    assert await load_if_empty(api.database)

    counts = {}
    for root, name, inner in FIELDS:
        operation = f"query Some($first: Int!) {{ {root}(first: $first) {{ nodes {{ {name} {inner} }} }} }}"
        for first in (1, 20, 50, 250):
            await api.data(operation, {"first": first})
            counts[root, name, first] = len(api.statements)

    for root, name, inner in FIELDS:
        for_all = counts[root, name, 250]
        # The parents, and one for each table that a timeline is made of, or for each number of child rows.
        expected = 10 if name == "timeline" else 5 + inner.count("Count")
        assert for_all <= expected, (root, name)
        for first in (1, 20, 50):
            # Few parents may have nothing to follow, such as uses of references without an application.
            assert counts[root, name, first] in (1, for_all), (root, name, first)


@pytest.mark.parametrize("first", [1, 50])
@pytest.mark.slow
async def test_four_levels_take_a_statement_each_or_one_together(api: Api, engine: str, first: int) -> None:
    assert await load_if_empty(api.database)

    await api.data(
        """query Levels($first: Int!) {
             companies(first: $first, filter: {opportunities: {some: {campaigns: {some: {}}}}}) { nodes {
               opportunities(first: 9) { nodes { campaigns(first: 9) { nodes { statusEvents(first: 9) { id } } } } }
             } }
           }""",
        {"first": first},
    )

    assert len(api.statements) == (1 if engine == "postgresql" else 4)


async def test_postgresql_keeps_its_plan_of_a_long_statement(api: Api, engine: str) -> None:
    columns = selection(TYPES["EmployerResponse"])
    responses = " ".join(f"r{number}: responses {columns}" for number in range(12))
    kept = text("SELECT count(*) FROM pg_prepared_statements WHERE length(statement) > 15 * 1024")

    assert await load_if_empty(api.database)
    for _ in range(2):
        await api.data(f"{{ applications {{ nodes {{ {responses} }} }} }}")

    assert len(api.statements) == (1 if engine == "postgresql" else 13)
    if engine == "postgresql":
        snapshot = api.database.snapshot()
        assert await snapshot.rows(kept) == [(1,)]
        await snapshot.close()
