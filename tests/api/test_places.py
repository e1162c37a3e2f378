"""A page between any two cursors is the stretch of a plain sort between them."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jobbot_gql.models import Application, Job
from tests.conftest import Api

ROWS = [
    {"LOCATION": location, "SALARY_MIN": salary, "TITLE": title}
    for location in (None, "a", "b")
    for salary in (None, 1, 2)
    for title in ("x", "y")
]
PAGE = (
    "{ edges { cursor node { databaseId applications { nodes { notes } } } } pageInfo { hasNextPage hasPreviousPage } }"
)
QUERY = f"""
query Page($first: Int, $after: String, $last: Int, $before: String, $orderBy: [JobOrder!]) {{
  jobs(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {PAGE}
}}
"""


def with_list_written_out(order: list[dict[str, str]], size: int, *, backward: bool) -> str:
    """The same query with variables for nothing but cursors, of which PostgreSQL gets one statement for all levels."""
    terms = " ".join(f"{{ field: {term['field']}, direction: {term['direction']} }}" for term in order)
    return f"""
query Page($after: String, $before: String) {{
  jobs({"last" if backward else "first"}: {size}, after: $after, before: $before, orderBy: [{terms}]) {PAGE}
}}
"""


@pytest.fixture
async def filled(api: Api) -> Api:
    """The API over ROWS."""
    await api.add(
        *(
            Job(
                title=row["TITLE"],
                company="Firm",
                location=row["LOCATION"],
                salary_min=row["SALARY_MIN"],
                applications=[Application(notes=f"for job {number}")],
            )
            for number, row in enumerate(ROWS)
        )
    )
    return api


TERM = st.fixed_dictionaries(
    {
        "field": st.sampled_from(["LOCATION", "SALARY_MIN", "TITLE", "DATABASE_ID"]),
        "direction": st.sampled_from(["ASC", "DESC"]),
    }
)


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    order=st.lists(TERM, min_size=1, max_size=3, unique_by=lambda term: term["field"]),
    after=st.none() | st.integers(0, len(ROWS) - 1),
    before=st.none() | st.integers(0, len(ROWS) - 1),
    size=st.integers(0, len(ROWS) + 1),
    backward=st.booleans(),
)
@pytest.mark.slow
async def test_a_page_between_two_cursors_is_that_stretch_of_the_list(  # noqa: PLR0917 - hypothesis names them
    filled: Api, order: list[dict[str, str]], after: int | None, before: int | None, size: int, backward: bool
) -> None:
    def numbers(answer: dict[str, Any]) -> list[int]:
        return [edge["node"]["databaseId"] for edge in answer["jobs"]["edges"]]

    whole = await filled.data(QUERY, {"first": 250, "orderBy": order})
    cursors = [edge["cursor"] for edge in whole["jobs"]["edges"]]
    # The whole list is held against a plain sort elsewhere; here it is cut.
    stretch = numbers(whole)[0 if after is None else after + 1 : before]
    expected = stretch[max(0, len(stretch) - size) :] if backward else stretch[:size]

    ends = {
        "after": None if after is None else cursors[after],
        "before": None if before is None else cursors[before],
    }
    page = await filled.data(QUERY, {"last" if backward else "first": size, "orderBy": order, **ends})

    assert numbers(page) == expected
    assert await filled.data(with_list_written_out(order, size, backward=backward), ends) == page
    more, started = len(stretch) > size, (before if backward else after) is not None
    assert page["jobs"]["pageInfo"] == {
        "hasNextPage": started if backward else more,
        "hasPreviousPage": more if backward else started,
    }
