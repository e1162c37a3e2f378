"""Connections: any order, forwards and backwards, at the root and under parents, stable while rows come and go."""

from datetime import UTC, date, datetime, timedelta
from functools import cmp_to_key
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from graphql import build_schema, get_named_type
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, null

from jobbot_gql.demo import load_if_empty
from jobbot_gql.jobs.models import ImportedFile, JobStatus
from jobbot_gql.models import Application, Job
from tests.conftest import Api

SCHEMA = Path(__file__).parents[2] / "schema.graphql"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
FIELDS = ["TITLE", "LOCATION", "SALARY_MIN", "REMOTE_OPTION", "POSTING_DATE", "SCRAPED_DATE", "STATUS", "DATABASE_ID"]
QUERY = """
query Page($first: Int, $after: String, $last: Int, $before: String, $orderBy: [JobOrder!]) {
  jobs(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    nodes { databaseId } edges { cursor node { databaseId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


def make_rows() -> list[dict[str, Any]]:
    """Thirty jobs with many ties and nulls."""
    rng = Random(3)  # noqa: S311 - test data
    return [
        {
            "DATABASE_ID": number,
            "TITLE": rng.choice(["a", "B", "ä", "Z", "\U0001f916"]),
            "LOCATION": rng.choice(["x", "y", None]),
            "SALARY_MIN": rng.choice([1, 2, None]),
            "REMOTE_OPTION": rng.choice([True, False]),
            "POSTING_DATE": rng.choice([date(2026, 1, 1), date(2026, 1, 2), None]),
            "SCRAPED_DATE": NOON + timedelta(microseconds=rng.choice([0, 1, 2])),
            "STATUS": rng.choice([*JobStatus, None]),
        }
        for number in range(1, 31)
    ]


ROWS = make_rows()


@pytest.fixture
async def filled(api: Api) -> Api:
    """The API over ROWS."""
    for row in ROWS:
        await api.add(
            Job(
                title=row["TITLE"],
                company="Firm",
                location=row["LOCATION"],
                salary_min=row["SALARY_MIN"],
                remote_option=row["REMOTE_OPTION"],
                posting_date=row["POSTING_DATE"],
                scraped_date=row["SCRAPED_DATE"],
                status=row["STATUS"] or null(),
            )
        )
    return api


ORDERS = st.lists(
    st.fixed_dictionaries({"field": st.sampled_from(FIELDS), "direction": st.sampled_from(["ASC", "DESC"])}),
    min_size=1,
    max_size=4,
)


def in_order(terms: list[dict[str, str]]) -> list[int]:
    """The numbers of ROWS in an order: nulls last, ties by the number in the direction of the last term.

    A status is sorted as it is declared, and NULL as the first one, which is the default.
    """
    words = list(JobStatus)
    rows = [{**row, "STATUS": words.index(row["STATUS"] or JobStatus.DISCOVERED)} for row in ROWS]

    def compare(left: dict[str, Any], right: dict[str, Any]) -> int:
        for term in [*terms, {"field": "DATABASE_ID", "direction": terms[-1]["direction"]}]:
            one, other = left[term["field"]], right[term["field"]]
            if one == other:
                continue
            if one is None or other is None:
                return 1 if one is None else -1
            return (1 if one > other else -1) * (1 if term["direction"] == "ASC" else -1)
        return 0

    return [row["DATABASE_ID"] for row in sorted(rows, key=cmp_to_key(compare))]


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(terms=ORDERS, size=st.integers(1, 11))
@pytest.mark.slow
async def test_pages_in_both_directions_are_a_plain_sort(filled: Api, terms: list[dict[str, str]], size: int) -> None:
    unique = list({term["field"]: term for term in reversed(terms)}.values())[::-1]
    expected = in_order(unique)

    forwards: list[int] = []
    after = None
    while True:
        page = (await filled.data(QUERY, {"first": size, "after": after, "orderBy": unique}))["jobs"]
        forwards += [node["databaseId"] for node in page["nodes"]]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert forwards == expected

    backwards: list[int] = []
    before = None
    while True:
        page = (await filled.data(QUERY, {"last": size, "before": before, "orderBy": unique}))["jobs"]
        backwards[:0] = [node["databaseId"] for node in page["nodes"]]
        assert page["pageInfo"]["hasNextPage"] == (before is not None)
        before = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert backwards == expected


async def test_every_edge_has_a_cursor_to_go_on_from(filled: Api) -> None:
    order = [{"field": "LOCATION", "direction": "DESC"}]
    edges = (await filled.data(QUERY, {"first": 30, "orderBy": order}))["jobs"]["edges"]
    numbers = [edge["node"]["databaseId"] for edge in edges]

    for place, edge in enumerate(edges):
        between = {"after": edge["cursor"], "before": edges[-1]["cursor"], "first": 250, "orderBy": order}
        page = (await filled.data(QUERY, between))["jobs"]
        assert [node["databaseId"] for node in page["nodes"]] == numbers[place + 1 : -1]


@pytest.mark.slow
async def test_every_column_of_every_table_can_be_paged_by(api: Api) -> None:
    assert await load_if_empty(api.database)
    # What the demo data have none of.
    await api.add(*(ImportedFile(digest=f"{n:064x}", name=f"{n % 3}.csv", row_count=n % 2) for n in range(5)))
    query = build_schema(SCHEMA.read_text()).query_type
    assert query is not None
    lists = {name: field.args["orderBy"].type for name, field in query.fields.items() if "orderBy" in field.args}
    assert len(lists) > 8

    for name, order in lists.items():
        columns: Any = get_named_type(get_named_type(order).fields["field"].type)
        for column, direction in product(columns.values, ("ASC", "DESC")):
            text = f"""query Q($first: Int, $after: String, $last: Int, $before: String) {{
                         rows: {name}(first: $first, after: $after, last: $last, before: $before,
                                      orderBy: [{{field: {column}, direction: {direction}}}]) {{
                           edges {{ cursor node {{ id }} }} }} }}"""
            whole = (await api.data(text, {"first": 250}))["rows"]["edges"]
            for place in (len(whole) // 2, len(whole) - 1):
                cursor = whole[place]["cursor"]
                behind = (await api.data(text, {"first": 250 - place, "after": cursor}))["rows"]["edges"]
                in_front = (await api.data(text, {"last": 250, "before": cursor}))["rows"]["edges"]
                assert [*in_front, whole[place], *behind][:250] == whole, (name, column, direction)


async def test_pages_are_stable_while_rows_come_and_go(filled: Api) -> None:
    order = [{"field": "SALARY_MIN", "direction": "ASC"}]
    expected = in_order(order)
    first = (await filled.data(QUERY, {"first": 10, "orderBy": order}))["jobs"]

    await filled.add(Job(title="new", company="Firm", salary_min=0))
    async with filled.database.transaction() as session:
        await session.execute(delete(Job).where(Job.id == expected[9]))  # the very row that the cursor names
    rest = (await filled.data(QUERY, {"first": 250, "after": first["pageInfo"]["endCursor"], "orderBy": order}))["jobs"]

    assert [node["databaseId"] for node in first["nodes"] + rest["nodes"]] == expected


async def test_first_zero_counts_without_rows(filled: Api) -> None:
    data = await filled.data("{ jobs(first: 0) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }")

    assert data["jobs"] == {"totalCount": 30, "nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}


async def test_only_what_is_counted_is_read(filled: Api) -> None:
    await filled.data("{ jobs { totalCount } }")

    assert len(filled.statements) == 1
    assert "count(" in filled.statements[0]


async def test_figures_and_groups_of_parents_are_their_own(api: Api) -> None:
    await api.add(
        *(
            Job(
                title=f"{n}",
                company="Firm",
                applications=[
                    Application(status="rejected" if k else "submitted", integrity_score=10.0 * k) for k in range(n)
                ],
            )
            for n in range(4)
        )
    )

    data = await api.data(
        """{ jobs(orderBy: {field: TITLE}) { nodes { applications(filter: {integrityScore: {lt: 15}}) {
               totalCount aggregate { count distinct { status } avg { integrityScore } max { integrityScore } }
               groupBy(by: [STATUS]) { key count sum { integrityScore } }
             } } } }"""
    )

    assert [node["applications"]["totalCount"] for node in data["jobs"]["nodes"]] == [0, 1, 2, 2]
    assert data["jobs"]["nodes"][0]["applications"] == {
        "totalCount": 0,
        "aggregate": {
            "count": 0,
            "distinct": {"status": 0},
            "avg": {"integrityScore": None},
            "max": {"integrityScore": None},
        },
        "groupBy": [],
    }
    assert data["jobs"]["nodes"][3]["applications"] == {
        "totalCount": 2,
        "aggregate": {
            "count": 2,
            "distinct": {"status": 2},
            "avg": {"integrityScore": 5.0},
            "max": {"integrityScore": 10.0},
        },
        "groupBy": [
            {"key": ["SUBMITTED"], "count": 1, "sum": {"integrityScore": 0.0}},
            {"key": ["REJECTED"], "count": 1, "sum": {"integrityScore": 10.0}},
        ],
    }
    assert len(api.statements) == 4


async def test_groups_by_keys_words_and_spans_of_time_in_a_zone(api: Api) -> None:
    newyear = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)  # 2026 already in Berlin
    job = Job(title="Job", company="Firm", remote_option=True, posting_date=date(2026, 8, 15))
    await api.add(
        job,
        Application(job=job, application_date=newyear),
        Application(job=job, application_date=newyear + timedelta(days=100)),
    )

    data = await api.data(
        """query Groups($zone: String!) {
             jobs { groupBy(by: [COMPANY, REMOTE_OPTION, POSTING_DATE], bucket: QUARTER) { key count } }
             applications {
               byJob: groupBy(by: [JOB]) { key count }
               day: groupBy(by: [APPLICATION_DATE], bucket: DAY, timeZone: $zone) { key }
               week: groupBy(by: [APPLICATION_DATE], bucket: WEEK, timeZone: $zone) { key }
               month: groupBy(by: [APPLICATION_DATE], bucket: MONTH, timeZone: $zone) { key }
               year: groupBy(by: [APPLICATION_DATE], bucket: YEAR, timeZone: $zone) { key count }
               utc: groupBy(by: [APPLICATION_DATE], bucket: YEAR) { key }
             }
           }""",
        {"zone": "Europe/Berlin"},
    )

    assert data["jobs"]["groupBy"] == [{"key": ["Firm", "true", "2026-07-01"], "count": 1}]
    assert data["applications"] == {
        "byJob": [{"key": ["Sm9iOjE"], "count": 2}],
        "day": [{"key": ["2026-01-01"]}, {"key": ["2026-04-11"]}],
        "week": [{"key": ["2025-12-29"]}, {"key": ["2026-04-06"]}],
        "month": [{"key": ["2026-01-01"]}, {"key": ["2026-04-01"]}],
        "year": [{"key": ["2026-01-01"], "count": 2}],
        "utc": [{"key": ["2025-01-01"]}, {"key": ["2026-01-01"]}],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("by: []", "by must have 1 to 3 distinct columns; got []."),
        ("by: [STATUS, STATUS]", "by must have 1 to 3 distinct columns; got ['status', 'status']."),
        (
            'by: [STATUS], timeZone: "Mars/Olympus"',
            "timeZone must be an IANA name such as Europe/Berlin; got 'Mars/Olympus'.",
        ),
        (
            'by: [STATUS], timeZone: "/etc/passwd"',
            "timeZone must be an IANA name such as Europe/Berlin; got '/etc/passwd'.",
        ),
        ("by: [STATUS], first: 1001", "first must be 0 to 1000; got 1001."),
    ],
)
async def test_groups_reject_what_they_cannot_do(api: Api, arguments: str, message: str) -> None:
    assert await api.error(f"{{ jobs {{ groupBy({arguments}) {{ key }} }} }}") == ("BAD_REQUEST", message)
