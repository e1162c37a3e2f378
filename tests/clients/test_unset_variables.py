"""What a client sends for a variable that has no value: Relay sends null for each of them, others leave them out."""

import httpx
import pytest

QUERY = """
query Unset($filter: ApplicationFilter, $statuses: [ApplicationStatus!], $first: Int, $order: [ApplicationOrder!]) {
  applications(first: $first, filter: $filter, orderBy: $order) { totalCount }
  open: applications(filter: { status: { in: $statuses } }) { totalCount }
}
"""
EVERYTHING = {"applications": {"totalCount": 3}, "open": {"totalCount": 3}}


async def data(endpoint: str, variables: dict[str, object]) -> object:
    async with httpx.AsyncClient() as client:
        answer = (await client.post(endpoint, json={"query": QUERY, "variables": variables})).json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def test_left_out(endpoint: str) -> None:
    assert await data(endpoint, {}) == EVERYTHING


@pytest.mark.parametrize(
    "variables",
    [
        {"filter": None, "statuses": None, "first": None, "order": None},
        {"filter": {"and": None, "or": None, "not": None, "id": None, "status": None, "job": None}},
        {"filter": {"status": {"eq": None, "in": None, "isNull": None}, "job": {"title": {"contains": None}}}},
        {"filter": {"responses": {"some": None, "none": None, "every": None}}},
    ],
    ids=["variables", "fields", "operators", "relations"],
)
async def test_null(endpoint: str, variables: dict[str, object]) -> None:
    """Null asks for nothing, wherever a filter's type allows it."""
    assert await data(endpoint, variables) == EVERYTHING
