"""The engine: the route of an operation, how much is read and how often."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
import strawberry
from graphql import get_introspection_query
from strawberry.extensions import MaskErrors

from jobbot_gql.access.clients import LOCAL
from jobbot_gql.api.engine.context import Context, OperationRequest
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.document_cache import Guard
from jobbot_gql.api.engine.engine import execute
from jobbot_gql.api.engine.prepared_operation import MAX_SHAPES
from jobbot_gql.api.engine.route import FallbackReason, Route
from jobbot_gql.api.engine.schema import Schema, UnsupportedExtension
from jobbot_gql.api.fields.connection_node import MAX_TREES, OFTEN
from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.byte_cache import CACHE
from jobbot_gql.db.database import Database
from jobbot_gql.models import (
    Application,
    Company,
    EmployerResponse,
    ExperienceClaim,
    Job,
    Opportunity,
    OutreachCampaign,
)
from tests.api.executors import BOUNDLESS, Answer, Executors, failing
from tests.conftest import Api, recorded

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def executors(database: Database) -> Executors:
    """Both executors on six jobs with applications, and three companies."""
    async with database.transaction() as session:
        session.add_all(
            Job(
                title=f"Job {n}",
                company=f"Firm {n % 3}",
                job_url=f"https://firm.example/{n}",
                scraped_date=NOON + timedelta(hours=n),
                keywords=["C++", f"{n}"],
                remote_option=None if n % 2 else True,
                applications=[
                    Application(
                        notes=f"{n}.{k}",
                        application_date=NOON + timedelta(hours=n, minutes=k),
                        responses=[EmployerResponse(response_type="offer", sentiment_score=0.5) for _ in range(k)],
                        experience_claims=[
                            ExperienceClaim(claim_type="omission", original_experience="a", claimed_experience="b")
                        ],
                    )
                    for k in range(n % 4)
                ],
            )
            for n in range(6)
        )
        session.add_all(
            Company(
                name=f"Firm {n}",
                opportunities=[
                    Opportunity(problem_description="p", solution_approach="s", campaigns=[OutreachCampaign()])
                    for _ in range(n)
                ],
            )
            for n in range(3)
        )
    return Executors(database)


PLANNED = {
    "columns, names and types": (
        1,
        1,
        """{ jobs(first: 3) { __typename nodes { __typename id databaseId version t: title title scrapedDate keywords
             remoteOption status salaryMin } } }""",
    ),
    "relations to one and to many": (
        5,
        1,
        """{ applications { nodes { notes job { title sources { url } } experienceClaims { claimType riskLevel }
             responses(first: 1) { responseType sentimentScore } } } }""",
    ),
    "a relation there and back": (
        4,
        1,
        "{ employerResponses { nodes { application { id notes responses { id application { id } } } } } }",
    ),
    "connections in connections": (
        6,
        4,
        """{ companies { totalCount nodes { name opportunities(first: 1) { totalCount pageInfo { hasNextPage endCursor }
             edges { cursor node { campaigns { nodes { contactMethod } } } } } jobs { totalCount } } } }""",
    ),
    "pages from the end": (2, 1, "{ jobs(last: 2) { nodes { title applications(last: 1) { nodes { notes } } } } }"),
    "figures alone": (1, 1, '{ jobs(filter: {title: {ne: "Job 1"}}) { totalCount } }'),
    "figures twice": (2, 2, "{ jobs { a: totalCount b: totalCount } }"),
    "the same field twice": (
        3,
        2,
        "{ jobs { nodes { applications { nodes { id } } } nodes { id applications { totalCount nodes { notes } } } } }",
    ),
    "aliases of one connection": (
        3,
        1,
        "{ jobs { nodes { a: applications(first: 1) { nodes { id } } b: applications(last: 1) { nodes { id } } } } }",
    ),
    "fragments": (
        2,
        1,
        """{ jobs { ...Page } } fragment Page on JobConnection { nodes { ...Head ... on Node { id } ... { company } } }
           fragment Head on Job { title applications { nodes { ... on Application { notes } } } }""",
    ),
    "look-ups": (
        3,
        3,
        "{ a: job(by: {databaseId: 2}) { title applications { totalCount } } b: job(by: {databaseId: 99}) { id } }",
    ),
    "nodes of several types": (
        4,
        4,
        f"""{{ nodes(ids: ["{encode("Job", 2)}", "{encode("Company", 1)}", "{encode("Job", 99)}", "{encode("Job", 2)}"])
               {{ __typename id ... on Job {{ title applications {{ nodes {{ id }} }} }} ... on Company {{ name }} }}
               node(id: "{encode("Job", 3)}") {{ id }} }}""",
    ),
    "several fields of the query": (
        3,
        3,
        "{ jobs { totalCount } companies { nodes { name } } __typename a: jobs { nodes { id } } }",
    ),
}


@pytest.mark.parametrize("name", PLANNED)
async def test_is_answered_by_its_plan_with_a_statement_for_each_level_or_for_all(
    executors: Executors, name: str, engine: str
) -> None:
    on_sqlite, on_postgresql, text = PLANNED[name]
    expected = await executors.core(text)

    with recorded(executors.database) as sent:
        found = await executors.planned(text)

    assert found == expected
    assert expected.errors == []
    assert len(sent) == (on_postgresql if engine == "postgresql" else on_sqlite)
    assert len(sent) <= executors.foreseen(text)


APPLICATION = """query Q(%s) { application(by: {databaseId: $id}) {
    notes job { title keywords scrapedDate } responses(first: %s) { id responseType sentimentScore }
    experienceClaims { %s claimType } } }"""
THING = {
    "with its parts": (1, 4, APPLICATION % ("$id: Int!", "2", "id"), {"id": 6}),
    "without a part": (1, 4, APPLICATION % ("$id: Int!", "2", "id"), {"id": 1}),
    "that is not there": (1, 1, APPLICATION % ("$id: Int!", "2", "id"), {"id": 69}),
    "with parts in a number that a variable says": (
        1,
        4,
        APPLICATION % ("$id: Int!, $first: Int!", "$first", "id"),
        {"id": 6, "first": 1},
    ),
    "with parts of parts": (1, 5, APPLICATION % ("$id: Int!", "2", "application { notes }"), {"id": 6}),
    "with pages": (
        1,
        4,
        """query Q($id: Int!) { job(by: {databaseId: $id}) { title companyRecord { name } a: applications(last: 2) {
             nodes { notes } pageInfo { hasNextPage hasPreviousPage startCursor } }
             b: applications(first: 1, orderBy: [{field: NOTES}]) { edges { cursor node { status } } } } }""",
        {"id": 4},
    ),
    "with pages of some rows": (
        2,
        2,
        """query Q($id: Int!) { job(by: {databaseId: $id}) { title
             applications(filter: {job: {title: {eq: "Job 3"}}, notes: {ne: "3.1"}}) { nodes { notes } } } }""",
        {"id": 4},
    ),
    "with a page that is counted": (
        2,
        3,
        "query Q($id: Int!) { job(by: {databaseId: $id}) { applications { totalCount nodes { notes } } } }",
        {"id": 4},
    ),
    "by another key than its id": (
        1,
        2,
        '{ job(by: {jobUrl: "https://firm.example/3"}) { title applications { nodes { notes } } } }',
        {},
    ),
}


@pytest.mark.parametrize("name", THING)
async def test_one_thing_with_its_parts_is_one_statement_on_postgresql(
    executors: Executors, name: str, engine: str
) -> None:
    on_postgresql, on_sqlite, text, variables = THING[name]
    expected = await executors.core(text, variables)

    with recorded(executors.database) as sent:
        found = await executors.planned(text, variables)

    assert found == expected
    assert expected.errors == []
    assert len(sent) == (on_postgresql if engine == "postgresql" else on_sqlite)


async def test_a_list_whose_pages_are_asked_for_often_is_a_statement_each_on_postgresql(
    executors: Executors, engine: str
) -> None:
    text = """query Q($first: Int, $after: String, $filter: JobFilter) {
                jobs(first: $first, after: $after, filter: $filter) {
                  nodes { title applications { nodes { notes } } } edges { cursor } } }"""
    edges = orjson.loads((await executors.core(text, {"first": 3})).data)["jobs"]["edges"]
    cursors = [None, *(edge["cursor"] for edge in edges)]
    lists: list[dict[str, Any]] = [{"first": 2}, {"first": 3, "filter": {"title": {"ne": "Job 2"}}}]

    counted = []
    for one in lists:
        for number in range(OFTEN + 4):
            variables = {**one, "after": cursors[number % len(cursors)]}
            with recorded(executors.database) as sent:
                found = await executors.planned(text, variables)
            counted.append(len(sent))
            assert found == await executors.core(text, variables)

    in_one = 1 if engine == "postgresql" else 2
    assert counted == [in_one] * (OFTEN + 4) + [2] * (OFTEN - 1) + [in_one] * 5


async def test_sizes_and_orders_below_the_root_have_plans_of_their_own(executors: Executors, engine: str) -> None:
    text = """query Q($first: Int, $order: [ApplicationOrder!]) { jobs(first: 3) { nodes { title
                applications(first: $first, orderBy: $order) { nodes { notes } } } } }"""
    shapes: list[dict[str, Any]] = [{}, {"first": 1}, {"first": None}, {"first": 1, "order": [{"field": "NOTES"}]}]

    counted = []
    for variables in (*shapes, {"first": 2}):
        expected = await executors.core(text, variables)
        with recorded(executors.database) as sent:
            found = await executors.planned(text, variables)
        counted.append(len(sent))
        assert found == expected
    assert (await executors.planned(text, {"first": 251})).errors != []

    assert len(shapes) == MAX_SHAPES
    assert counted == [1 if engine == "postgresql" else 2] * MAX_SHAPES + [2]


async def test_trees_are_kept_for_some_lists(executors: Executors, engine: str) -> None:
    text = "query Q($first: Int) { jobs(first: $first) { nodes { title applications { nodes { notes } } } } }"

    counted = []
    for first in range(1, MAX_SHAPES + MAX_TREES + 2):
        with recorded(executors.database) as sent:
            await executors.planned(text, {"first": first})
        counted.append(len(sent))

    assert counted == [1 if engine == "postgresql" else 2] * (MAX_SHAPES + MAX_TREES) + [2]


ROUTES = {
    "{ jobs { totalCount } }": (Route.PLANNED_LEVELS, None),
    "{ jobs { nodes { salary { annualMin } } aggregate { count } } }": (Route.PLANNED_TREE, None),
    "{ job(by: {databaseId: 1}) { sources { url } } }": (Route.PLANNED_TREE, None),
    "{ jobsWithFilters { title } }": (Route.PLANNED_LEVELS, None),
    'mutation { createJob(input: {title: "T", company: "C"}) { job { title } } }': (Route.PLANNED_LEVELS, None),
    'mutation { createJob(input: {title: "", company: "C"}) { userErrors { code } } }': (Route.PLANNED_LEVELS, None),
    "{ __schema { queryType { name } } }": (Route.INTROSPECTION, None),
    "{ __typename }": (Route.INTROSPECTION, None),
    "{ __schema { queryType { name } } jobs { totalCount } }": (Route.FALLBACK, FallbackReason.SCHEMA_FIELDS),
    "{ jobs(first: 251) { totalCount } }": (Route.FALLBACK, FallbackReason.ERROR),
    "query Q($n: Int!) { jobs(first: $n) { totalCount } }": (Route.FALLBACK, FallbackReason.VARIABLES),
    "query A { jobs { totalCount } } query B { jobs { totalCount } }": (None, None),
    "{ jobs { nothing } }": (None, None),
    "{ jobs(": (None, None),
}
"""The route and the reason of the fallback on PostgreSQL; SQLite reads no trees. None: it is not executed."""


@pytest.mark.parametrize("text", ROUTES)
async def test_the_route_of_an_operation(executors: Executors, text: str, engine: str) -> None:
    route, reason = ROUTES[text]
    await executors.planned(text)

    if route is Route.PLANNED_TREE and engine == "sqlite":
        route = Route.PLANNED_LEVELS
    assert (executors.route, executors.reason) == (route, reason)


async def test_a_field_without_a_plan_node_is_the_fallbacks(executors: Executors) -> None:
    @strawberry.type
    class Query:
        @strawberry.field
        def now(self) -> str:
            return "now"

    schema = Schema(Query)
    guard = Guard(schema.graphql, BOUNDLESS)
    context = Context(executors.database, guard, TimeLimit(60), request_id="test", client=LOCAL)
    result = await execute(schema, context, OperationRequest("{ now }", {}))

    assert (result.data, result.errors) == ({"now": "now"}, None)
    assert (context.route, context.reason) == (Route.FALLBACK, FallbackReason.UNPLANNED_FIELD)


def test_an_extension_that_no_planned_route_calls_is_rejected() -> None:
    @strawberry.type
    class Query:
        ready: bool = True

    with pytest.raises(UnsupportedExtension, match=r"extensions must be empty.* got MaskErrors"):
        Schema(Query, extensions=[MaskErrors])


@pytest.mark.parametrize(
    ("variables", "titles"),
    [
        ({}, ["Job 5", "Job 4"]),
        ({"first": 1}, ["Job 5"]),
        ({"first": None}, [f"Job {n}" for n in range(5, -1, -1)]),
        ({"first": "1"}, None),
        ({"first": 1.5}, None),
        ({"first": 251}, None),
        ({"filter": {"title": {"eq": "Job 1"}}, "unknown": 1}, ["Job 1"]),
        ({"filter": {"nothing": 1}}, None),
    ],
)
async def test_variables_are_coerced_as_graphql_core_does(
    executors: Executors, variables: dict[str, Any], titles: list[str] | None
) -> None:
    text = "query Q($first: Int = 2, $filter: JobFilter) { jobs(first: $first, filter: $filter) { nodes { title } } }"
    expected = await executors.core(text, variables)

    found = await executors.planned(text, variables)

    assert found == expected
    if titles is None:
        assert expected.errors != []
    else:
        assert [node["title"] for node in orjson.loads(found.data)["jobs"]["nodes"]] == titles


async def test_what_the_schema_says_of_itself_is_remembered(executors: Executors) -> None:
    fixed = get_introspection_query(descriptions=False)
    switched = "query Q($with: Boolean!) { __schema { queryType { name @include(if: $with) } } }"

    for _ in range(2):
        assert await executors.planned(fixed) == await executors.core(fixed)
        for variables in ({"with": True}, {"with": False}):
            assert await executors.planned(switched, variables) == await executors.core(switched, variables)

    before = CACHE.bytes_by_kind["introspection"]
    await executors.planned(switched, {"with": True})
    assert CACHE.bytes_by_kind["introspection"] == before > 6 * len(str(await executors.planned(fixed)))


async def test_the_number_of_statements_does_not_grow_with_the_parents(executors: Executors) -> None:
    text = """query Q($first: Int) { jobs(first: $first) { nodes { salary { annualMin } sources { url }
                statusEvents { note } companyRecord { name } applications { totalCount nodes { timeline { kind }
                responses { id } } aggregate { count } } } } }"""

    with recorded(executors.database) as for_one:
        await executors.planned(text, {"first": 1})
    with recorded(executors.database) as for_all:
        await executors.planned(text, {"first": 6})

    assert len(for_one) == len(for_all)


async def test_fields_of_one_level_that_need_the_same_rows_read_them_once(executors: Executors, engine: str) -> None:
    text = """{ applications { nodes { daysSinceActivity lastActivity late: lastActivity
                job { title salary { annualMin } } } } }"""
    expected = await executors.core(text)

    with recorded(executors.database) as sent:
        found = await executors.planned(text)

    assert found == expected
    assert len(sent) == (1 if engine == "postgresql" else 4)


async def test_rows_that_a_function_gave_are_levels_too(executors: Executors) -> None:
    text = """{ jobsWithFilters { title applications { nodes { notes job { company } } } sources { url } }
                applicationDetails(id: 3) { job { title } responses { responseType } } }"""
    expected = await executors.core(text)

    with recorded(executors.database) as sent:
        found = await executors.planned(text)

    assert found == expected
    assert len(sent) == 2 + 3 + 2


async def test_an_error_below_a_field_leaves_the_others_as_they_are(executors: Executors) -> None:
    text = """{ good: jobs { nodes { title } } bad: job(by: {databaseId: 4}) { title salary { annualMin } }
                worse: node(id: "nonsense") { id } }"""
    with failing("Job", "salary", every=4):
        found = await executors.planned(text)

    data = orjson.loads(found.data)
    assert [list(data), len(data["good"]["nodes"]), data["bad"], data["worse"]] == [
        ["good", "bad", "worse"],
        6,
        {"title": "Job 3", "salary": None},
        None,
    ]
    assert [(message, path) for message, path, _ in found.errors] == [
        ("'nonsense' is not a global id. Use an `id` from an earlier answer, or `by: {databaseId: 5}`.", ["worse"]),
        ("salary of 4", ["bad", "salary"]),
    ]


async def test_a_resolver_that_fails_for_one_row_of_many_fails_there(executors: Executors) -> None:
    with failing("Job", "salary", every=4):
        found = await executors.planned("{ jobs { nodes { title salary { annualMin } } } }")

    data = orjson.loads(found.data)
    assert [node["title"] for node in data["jobs"]["nodes"]] == [f"Job {n}" for n in range(5, -1, -1)]
    assert [(message, path) for message, path, _ in found.errors] == [("salary of 4", ["jobs", "nodes", 2, "salary"])]


@pytest.mark.parametrize("skipped", [True, False])
async def test_conditions_decide_what_is_read(executors: Executors, skipped: bool) -> None:
    text = """query Q($skip: Boolean!) { jobs { nodes { title description @skip(if: $skip)
                applications @skip(if: $skip) { nodes { id } } } totalCount @include(if: $skip) } }"""

    with recorded(executors.database) as sent:
        found = await executors.planned(text, {"skip": skipped})

    data = orjson.loads(found.data)
    assert set(data["jobs"]["nodes"][0]) == {"title"} | (set() if skipped else {"description", "applications"})
    assert ("totalCount" in data["jobs"]) == skipped
    assert ("description" in sent[0]) is not skipped
    assert any("FROM applications" in statement for statement in sent) is not skipped
    assert sum("count" in statement for statement in sent) == skipped


async def test_arguments_are_those_of_the_request_at_hand(executors: Executors) -> None:
    text = """query Q($first: Int = 2, $filter: JobFilter, $inner: Int) {
                jobs(first: $first, filter: $filter) {
                  nodes { title applications(first: $inner) { nodes { id } } } } }"""

    async def titles(**variables: Any) -> list[str]:
        data = orjson.loads((await executors.planned(text, variables)).data)
        return [f"{node['title']}:{len(node['applications']['nodes'])}" for node in data["jobs"]["nodes"]]

    assert await titles() == ["Job 5:1", "Job 4:0"]
    assert await titles(first=1) == ["Job 5:1"]
    assert await titles(first=None, filter={"title": {"contains": "3"}}) == ["Job 3:3"]
    assert await titles(first=None, filter={"title": {"contains": "3"}}, inner=1) == ["Job 3:1"]
    assert await titles(filter={"title": {"in": ["Job 1", "Job 0", "Job 9"]}}) == ["Job 1:1", "Job 0:0"]
    assert await titles(filter={"title": {"in": ["Job 1"]}}) == ["Job 1:1"]


async def test_conditions_on_the_age_follow_the_clock(api: Api) -> None:
    await api.add(Job(title="Job", company="Firm", scraped_date=datetime.now(UTC) - timedelta(days=1, seconds=-5)))
    query = "{ jobs(filter: {scrapedDate: {withinLastDays: 1}}) { totalCount } }"

    assert await api.data(query) == {"jobs": {"totalCount": 1}}
    async with asyncio.timeout(30):
        while await api.data(query) != {"jobs": {"totalCount": 0}}:  # noqa: ASYNC110 - only the clock tells
            await asyncio.sleep(0.5)


async def test_an_empty_selection_of_each_object_is_an_empty_object(executors: Executors) -> None:
    found = await executors.planned(
        """{ companies { nodes { id @skip(if: true) opportunities { nodes @skip(if: true) { id } }
             } edges { cursor @skip(if: true) } } }"""
    )

    opportunities: list[Any] = [{"opportunities": {}}] * 3
    assert orjson.loads(found.data) == {"companies": {"nodes": opportunities, "edges": [{}, {}, {}]}}


async def test_a_read_that_fails_is_an_error_of_the_fields_that_needed_it(executors: Executors) -> None:
    async with executors.database.transaction() as session:
        connection = await session.connection()
        await connection.exec_driver_sql("ALTER TABLE companies RENAME COLUMN name TO nom")
    text = "{ jobs { totalCount } company(by: {databaseId: 1}) { name } }"

    found = await executors.planned(text)

    assert [path for _, path, _ in found.errors] == [["company"]]
    assert orjson.loads(found.data) == {"jobs": {"totalCount": 6}, "company": None}


async def test_many_operations_at_once_keep_their_rows_apart(executors: Executors) -> None:
    text = "query Q($id: Int!) { job(by: {databaseId: $id}) { title applications { nodes { notes } } } }"
    expected = [await executors.core(text, {"id": number}) for number in range(1, 8)]

    async def ask(number: int) -> Answer:
        return await executors.planned(text, {"id": number})

    assert await asyncio.gather(*(ask(number) for number in range(1, 8))) == expected
