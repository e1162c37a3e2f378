"""What the guard counts, and what it remembers."""

from typing import Any

import pytest
import strawberry
from graphql import GraphQLError, SourceLocation

from jobbot_gql.api.engine.document_cache import Guard, Invalid, Limits
from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.guard.lexer import scan
from jobbot_gql.api.types.errors import make_public
from jobbot_gql.byte_cache import ENTRY_BYTES
from jobbot_gql.schema import schema
from jobbot_gql.settings import Settings
from tests.conftest import Api

SETTINGS = Settings()
LIMITS = Limits(*(getattr(SETTINGS, f"max_{name}") for name in Limits._fields))


def cost(query: str, variables: dict[str, Any] | None = None, guard: Guard | None = None) -> int:
    guard = guard or Guard(schema.graphql, LIMITS._replace(cost=10**12))
    document = guard.document(query)
    return guard.cost(document, document.operation(None), variables)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ __typename }", 1),
        ("{ job(by: { databaseId: 1 }) { id title } }", 3),
        ("{ jobs { nodes { id } } }", 2 + 25),
        ("{ jobs(first: 100) { nodes { id title } } }", 2 + 100 * 2),
        ("{ jobs(last: 100) { nodes { id title } } }", 2 + 100 * 2),
        ("{ jobs(first: 100) { edges { cursor node { id title } } } }", 2 + 100 * (1 + 1 + 2)),
        ("{ jobs(first: 100) { totalCount pageInfo { hasNextPage } } }", 1 + 1 + 2),
        ("{ jobs(first: 0) { nodes { id } } }", 2),
        ("{ jobs(first: -5) { nodes { id } } }", 2),
        ("{ jobs(first: 2000000000) { nodes { id } } }", 2 + 1_000),  # rejected when executed
        ("{ applications(first: 3) { nodes { job { title } responses { id } } } }", 2 + 3 * (1 + 1 + 1 + 10)),
        ("{ applications(first: 3) { nodes { responses(first: 2) { id } } } }", 2 + 3 * (1 + 2)),
        ("{ applications(first: 3) { nodes { responses(first: 250) { id } } } }", 2 + 3 * (1 + 10)),
        ("{ companies(first: 2) { nodes { opportunities(first: 3) { nodes { id } } } } }", 2 + 2 * (2 + 3)),
        ("{ jobs { groupBy(by: [STATUS]) { key count } } }", 2 + 100 * 2),
        ("{ jobs { groupBy(by: [STATUS], first: 7) { key count } } }", 2 + 7 * 2),
        ("{ jobsWithFilters { id } }", 1 + 100),
        ("{ jobsWithFilters(limit: 4) { id } }", 1 + 4),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 1 + 3),
        ("{ a: job(by: { databaseId: 1 }) { id } b: job(by: { databaseId: 2 }) { id } }", 4),
        ("{ jobs { ...P } } fragment P on JobConnection { nodes { id } totalCount }", 2 + 25 + 1),
        ("{ jobs(first: 2) { ... on JobConnection { nodes { ... { ... on Job { id } } } } } }", 2 + 2),
        ("{ __schema { types { name } } jobs { totalCount } }", 2),
    ],
)
def test_cost(query: str, expected: int) -> None:
    assert cost(query) == expected


PAGES = "fragment P on JobConnection { nodes { id applications(first: $m) { nodes { id } } } }"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, 2 + 10 * (1 + 2 + 25)),
        ({"n": 3}, 2 + 3 * (1 + 2 + 25)),
        ({"n": 3, "m": 4}, 2 + 3 * (1 + 2 + 4)),
        ({"n": 3.0, "m": 4}, 2 + 3 * (1 + 2 + 4)),
        ({"n": 0, "m": 4}, 2),
        ({"n": -1, "m": 4}, 2),
        ({"n": 10**30, "m": 0}, 2 + 1_000 * (1 + 2)),
        ({"n": None, "m": None}, 2 + 25 * (1 + 2 + 25)),
        ({"n": "many", "m": True}, 2 + 25 * (1 + 2 + 25)),  # rejected when executed
    ],
)
def test_cost_by_variables(variables: dict[str, Any], expected: int) -> None:
    query = f"query ($n: Int = 10, $m: Int) {{ jobs(first: $n) {{ ...P }} }} {PAGES}"
    assert cost(query, variables) == expected


def test_ids_in_a_variable_are_counted() -> None:
    assert cost("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a"] * 7}) == 1 + 7
    default = f"query ($ids: [ID!]! = {['a'] * 30}) {{ nodes(ids: $ids) {{ id }} }}".replace("'", '"')
    assert (cost(default, {}), cost(default, {"ids": ["a"] * 7})) == (1 + 30, 1 + 7)


RESULTS = "fragment R on DeleteJobsPayload { results { change { id } userErrors { code } } }"


@pytest.mark.parametrize(
    ("asked", "variables", "items"),
    [
        ('{ items: [{ id: "a" }, { id: "b" }, { id: "c" }] }', {}, 3),
        ("$input", {"input": {"items": [{"id": "a"}] * 7}}, 7),
        ("{ items: $items, atomic: false }", {"items": [{"id": "a"}] * 1_000}, 1_000),
        ("$input", {"input": {"items": [{"id": "a"}] * 2_000}}, 1_000),  # rejected when executed
        ("$input", {"input": {"items": None}}, 10),  # rejected before
    ],
)
def test_a_mutation_of_many_gives_as_many_results(asked: str, variables: dict[str, Any], items: int) -> None:
    heads = {"$input": "$input: DeleteJobsInput!", "{ items: $items, atomic: false }": "$items: [DeleteJobInput!]!"}
    head = f"({heads[asked]})" if asked in heads else ""
    query = f"mutation {head} {{ deleteJobs(input: {asked}) {{ ...R }} }} {RESULTS}"
    assert cost(query, variables) == 2 + items * (1 + 1 + 1 + 10)


@pytest.mark.parametrize("given", [{"ids": ["a"] * 7}, {"filter": {}, "expectedCount": 7}])
def test_an_action_on_many_rows_gives_as_many_results(given: dict[str, Any]) -> None:
    query = "mutation ($input: ChangeJobStatusesInput!) { changeJobStatuses(input: $input) { results { job { id } } } }"

    assert cost(query, {"input": {"status": "ARCHIVED", **given}}) == 2 + 7 * 2


def test_fragments_that_double_are_measured_once() -> None:
    doubling = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(12))
    query = f"query ($n: Int) {{ ...F0 }} {doubling} fragment F12 on Query {{ jobs(first: $n) {{ nodes {{ id }} }} }}"
    guard = Guard(schema.graphql, LIMITS._replace(fields=10**9, cost=10**9, overlaps=10**9))

    assert cost(query, {"n": 3}, guard) == 2**12 * (2 + 3)
    assert len(guard.document(query).measures.steps) < 60


@pytest.mark.parametrize(
    ("text", "depth", "value_depth", "tokens"),
    [
        ("", 0, 0, 0),
        ("{ a b }", 1, 0, 4),
        ("query Q($a: [[Int!]!]) { a(b: $a) { c } }", 2, 2, 26),
        ('{ a(b: "{{{ \\"{{", c: """ {{ \\""" {{ """) # {{{\n}', 1, 0, 11),
        ("{ ...F } fragment F on T { a(b: { c: [1, -2.5e3] }) }", 1, 2, 23),
        ('{ a(b: "never closed {{{', 1, 0, 6),
        ('{ a(b: """never closed {{{', 1, 0, 6),
        ("\ufeff{é}", 1, 0, 3),
    ],
)
def test_scanning(text: str, depth: int, value_depth: int, tokens: int) -> None:
    assert scan(text) == (depth, value_depth, tokens)


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        ('{ job(by: { jobUrl: "\\u0000" }) { id } }', {}, "A string must not contain the character U+0000."),
        (
            "query ($by: JobBy!) { job(by: $by) { id } }",
            {"by": {"jobUrl": "a\0b"}},
            "A string must not contain the character U+0000.",
        ),
        (
            f"{{ jobs(first: 1{'0' * 400}) {{ totalCount }} }}",
            {},
            f"Number '1{'0' * 58}… (403 characters) is out of range.",
        ),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
            {},
            "Fragment A must not spread itself, directly or through other fragments.",
        ),
    ],
)
async def test_what_is_rejected_before_it_is_validated(
    api: Api, query: str, variables: dict[str, Any], message: str
) -> None:
    assert await api.error(query, variables) == ("BAD_REQUEST", message)


@strawberry.input
class Edit:
    title: strawberry.Maybe[str] = None


@strawberry.type
class Query:
    @strawberry.field
    def edited(self, edit: Edit) -> bool:
        return edit.title is not None


async def test_null_where_only_a_value_or_nothing_is_allowed() -> None:
    guard = Guard(Schema(query=Query).graphql, LIMITS)
    with pytest.raises(Invalid) as rejected:
        guard.validate(guard.document("{ edited(edit: { title: null }) }"))
    (error,) = rejected.value.errors
    assert error.message == "title must not be null; omit it or give a value."
    assert error.locations == [SourceLocation(1, 18)]

    by_variable = await strawberry.Schema(query=Query).execute(
        "query ($edit: Edit!) { edited(edit: $edit) }", variable_values={"edit": {"title": None}}
    )
    make_public(by_variable.errors or [])
    assert [(error.message, error.extensions) for error in by_variable.errors or ()] == [
        ("An input field that must not be null is null; omit it.", {"code": "BAD_REQUEST"})
    ]


# -------------------------------------------------------------------------------------------------- memory


def remembered(guard: Guard, query: str) -> bool:
    """Whether the document is the same object when it is asked for twice."""
    return guard.document(query) is guard.document(query)


def validated(guard: Guard, number: int) -> str:
    query = f"{{ a{number}: __typename }}"
    guard.validate(guard.document(query))
    return query


def test_valid_documents_are_remembered_and_others_are_not() -> None:
    guard = Guard(schema.graphql, LIMITS)
    with pytest.raises(Invalid):
        guard.validate(guard.document("{ titel }"))

    assert remembered(guard, validated(guard, 1))
    assert not remembered(guard, "{ titel }")
    assert not remembered(guard, "{ jobs { totalCount } }")


def test_the_document_that_was_used_least_recently_is_forgotten_first() -> None:
    size = Guard(schema.graphql, LIMITS).document("{ a1: __typename }").bytes + ENTRY_BYTES
    guard = Guard(schema.graphql, LIMITS._replace(cached_bytes=2 * size))
    first, second = validated(guard, 1), validated(guard, 2)
    guard.document(first)
    third = validated(guard, 3)

    assert [remembered(guard, query) for query in (first, second, third)] == [True, False, True]


def test_memory_is_bounded_by_bytes() -> None:
    size = Guard(schema.graphql, LIMITS).document("{ a1: __typename }").bytes + ENTRY_BYTES
    guard = Guard(schema.graphql, LIMITS._replace(cached_bytes=3 * size))
    queries = [validated(guard, number) for number in range(1, 6)]

    assert [remembered(guard, query) for query in queries] == [False, False, True, True, True]


def test_nothing_is_remembered_where_that_is_asked_for() -> None:
    guard = Guard(schema.graphql, LIMITS._replace(cached_bytes=0))

    assert not remembered(guard, validated(guard, 1))


def test_a_limit_holds_from_its_next_value_on() -> None:
    guard = Guard(schema.graphql, LIMITS._replace(cost=27))

    assert cost("{ jobs { nodes { id } } }", guard=guard) == 27
    with pytest.raises(GraphQLError) as rejected:
        cost("{ jobs { nodes { id } totalCount } }", guard=guard)
    assert rejected.value.extensions == {"code": "QUERY_TOO_COMPLEX", "limit": "cost", "value": 28, "cap": 27}
