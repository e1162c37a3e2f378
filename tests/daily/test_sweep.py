"""Marking silent applications as ghosted, over HTTP on both engines."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobbot_gql.applications.models import Application, EmployerResponse
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.interviews.models import Interview
from jobbot_gql.jobs.models import Job
from tests.conftest import Api, everything

ERROR = "code path message ... on UnexpectedCountError { count }"
SWEEP = f"""mutation($input: SweepGhostedInput!) {{ sweepGhosted(input: $input) {{
    applications {{ databaseId status }} count requestId userErrors {{ {ERROR} }} }} }}"""


def ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


async def applications(api: Api, count: int = 0) -> None:
    """Numbers 1 to 3 are silent for 40, 40 and 31 days; the others are not. Then `count` more that are."""

    def application(days: int, **given: Any) -> Application:
        return Application(job=Job(title="a", company="b"), application_date=ago(days), **given)

    event = StatusEvent(to_status="acknowledged", occurred_at=ago(5))
    await api.add(
        application(40),
        application(50, responses=[EmployerResponse(response_type="other", response_date=ago(40))]),
        application(31, resume_version="old"),
        application(29),
        application(40, status="rejected"),
        application(40, responses=[EmployerResponse(response_type="acknowledgment", response_date=ago(5))]),
        application(40, status_events=[event]),
        application(40, interviews=[Interview(starts_at=ago(-5))]),
        *(application(40) for _ in range(count)),
    )


async def sweep(api: Api, **given: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await api.data(SWEEP, {"input": given}))["sweepGhosted"]
    return payload


def numbers(payload: dict[str, Any]) -> list[int]:
    return [application["databaseId"] for application in payload["applications"]]


async def test_candidates_are_listed_and_nothing_is_changed(api: Api) -> None:
    await applications(api)
    before = await everything(api.database)

    payload = await sweep(api)

    assert (numbers(payload), payload["count"], payload["userErrors"]) == ([1, 2, 3], 3, [])
    assert {application["status"] for application in payload["applications"]} == {"SUBMITTED"}
    assert numbers(await sweep(api, silentForDays=35)) == [1, 2]
    assert numbers(await sweep(api, filter={"resumeVersion": {"eq": "old"}})) == [3]
    assert await everything(api.database) == before


async def test_candidates_are_changed_and_one_undo_takes_it_back(api: Api) -> None:
    await applications(api)
    before = await everything(api.database)

    payload = await sweep(api, dryRun=False, expectedCount=3)

    assert (numbers(payload), payload["count"]) == ([1, 2, 3], 3)
    assert {application["status"] for application in payload["applications"]} == {"GHOSTED"}
    after = await everything(api.database)
    assert [row.note for row in after["status_events"][-3:]] == ["No activity for 30 days."] * 3
    assert (await sweep(api))["count"] == 0

    await api.mutate("undoChanges", "undoneChanges { id }", requestId=payload["requestId"])
    restored = await everything(api.database)
    assert [row.status for row in restored["applications"]] == [row.status for row in before["applications"]]
    assert restored["status_events"] == before["status_events"]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            {"dryRun": False, "expectedCount": 2},
            {
                "code": "UNEXPECTED_COUNT",
                "path": ["input", "expectedCount"],
                "message": "expectedCount must be the number of rows that match (3); got 2. Check what they are.",
                "count": 3,
            },
        ),
        (
            {"dryRun": False},
            {
                "code": "REQUIRED",
                "path": ["input", "expectedCount"],
                "message": "expectedCount must be given without dryRun: the count that a dry run has shown.",
            },
        ),
        (
            {"silentForDays": 0},
            {
                "code": "OUT_OF_RANGE",
                "path": ["input", "silentForDays"],
                "message": "silentForDays must be 1 to 3,650; got 0.",
            },
        ),
    ],
)
async def test_what_is_rejected(api: Api, given: dict[str, Any], error: dict[str, Any]) -> None:
    await applications(api)
    before = await everything(api.database)

    payload = await sweep(api, **given)

    assert payload == {"applications": [], "count": None, "requestId": None, "userErrors": [error]}
    assert await everything(api.database) == before


async def test_statements_do_not_grow_with_rows(api: Api) -> None:
    counts = []
    for count in (0, 50):
        await applications(api, count)
        expected = (await sweep(api))["count"]
        await sweep(api, dryRun=False, expectedCount=expected)
        counts.append(len(api.statements))
    assert counts[0] == counts[1] <= 12


async def test_a_date_that_is_restored_without_its_interview_gets_one(api: Api) -> None:
    await api.add(Application(job=Job(title="a", company="b"), interview_date=ago(-5)))
    deleted = await api.mutate("deleteApplication", "change { id }", id="QXBwbGljYXRpb246MQ")

    await api.mutate("undoChange", "undoneChanges { id }", id=deleted["change"]["id"])

    rows = await everything(api.database)
    assert [row.starts_at for row in rows["interviews"]] == [row.interview_date for row in rows["applications"]]
    assert len(rows["interviews"]) == 1
