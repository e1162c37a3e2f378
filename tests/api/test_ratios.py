"""Ratios are rounded to four decimals in answers, and nowhere else."""

from typing import Any

import pytest

from jobbot_gql.applications.models import Application
from jobbot_gql.jobs.models import Job
from tests.conftest import Api

EXACT = 58.26397146254459
SHOWN = 58.264


@pytest.fixture
async def stored(api: Api) -> Api:
    """The API over two applications whose scores are the same in four decimals."""
    scores = (EXACT, EXACT + 1e-9)
    await api.add(*(Job(title="T", company="C", applications=[Application(integrity_score=one)]) for one in scores))
    return api


@pytest.mark.parametrize("field", ["integrityScore", "...F @include(if: true)"], ids=["plain", "fragment"])
async def test_answers_are_rounded(stored: Api, field: str) -> None:
    query = f"{{ applications {{ nodes {{ {field} }} }} }}"
    if "...F" in field:
        query += " fragment F on Application { integrityScore }"
    for _ in range(2):
        assert (await stored.data(query))["applications"]["nodes"] == [{"integrityScore": SHOWN}] * 2


async def test_answers_of_graphql_core_are_rounded(stored: Api) -> None:
    data = await stored.data("{ applications { nodes { integrityScore } } viewer { name } }")
    assert [node["integrityScore"] for node in data["applications"]["nodes"]] == [SHOWN] * 2


async def test_aggregates_are_rounded(stored: Api) -> None:
    figures = "avg { integrityScore } min { integrityScore } max { integrityScore }"
    selected = f"aggregate {{ {figures} }} groupBy(by: [STATUS]) {{ {figures} }}"
    data = await stored.data(f"{{ applications {{ {selected} }} }}")
    expected: dict[str, Any] = {name: {"integrityScore": SHOWN} for name in ("avg", "min", "max")}
    assert data["applications"] == {"aggregate": expected, "groupBy": [expected]}


async def test_filters_and_cursors_are_exact(stored: Api) -> None:
    async def ids(conditions: str) -> list[int]:
        data = await stored.data(f"{{ applications({conditions}) {{ nodes {{ databaseId }} }} }}")
        return [node["databaseId"] for node in data["applications"]["nodes"]]

    assert await ids(f"filter: {{integrityScore: {{eq: {EXACT!r}}}}}") == [1]
    assert await ids(f"filter: {{integrityScore: {{gt: {EXACT!r}}}}}") == [2]
    order = "orderBy: {field: INTEGRITY_SCORE}"
    page = await stored.data(
        f"{{ applications(first: 1, {order}) {{ nodes {{ databaseId }} pageInfo {{ endCursor }} }} }}"
    )
    assert page["applications"]["nodes"] == [{"databaseId": 1}]
    assert await ids(f'{order}, after: "{page["applications"]["pageInfo"]["endCursor"]}"') == [2]


async def test_the_report_is_rounded(api: Api) -> None:
    await api.add(Job(title="T", company="C"))
    job = (await api.data("{ jobs { nodes { id } } }"))["jobs"]["nodes"][0]["id"]
    claim = {"claimType": "embellishment", "originalExperience": "a", "claimedExperience": "b"}
    claims = [{**claim, "exaggerationMultiplier": 3}, {**claim, "exaggerationMultiplier": 7}]
    shown = "integrityScore integrityReport { integrityScore exaggerationLevel claims { inflation scoreWithout } }"
    made = await api.mutate("submitApplication", f"application {{ {shown} }}", job={"id": job}, experienceClaims=claims)

    application = made["application"]
    report = application["integrityReport"]
    assert application["integrityScore"] == report["integrityScore"] == 9.0703
    assert report["exaggerationLevel"] == 0.7619
    assert [one["inflation"] for one in report["claims"]] == [0.6667, 0.8571]
    assert all(one["scoreWithout"] == round(one["scoreWithout"], 4) for one in report["claims"])
