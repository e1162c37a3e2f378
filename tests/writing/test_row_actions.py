"""Actions on many rows, by ids or by a filter, over HTTP on both engines."""

from typing import Any

import pytest

from tests.conftest import Api, everything
from tests.writing.conftest import World

ERROR = "code path message ... on UnexpectedCountError { count }"
SELECTION = f"results {{ application {{ id status }} statusEvent {{ fromStatus note }} userErrors {{ {ERROR} }} }}"


async def applications(world: World, count: int, **given: Any) -> list[str]:
    return [await world.application(**given) for _ in range(count)]


async def change(api: Api, **given: Any) -> dict[str, Any]:
    query = f"""mutation($input: ChangeApplicationStatusesInput!) {{ changeApplicationStatuses(input: $input) {{
        {SELECTION} requestId userErrors {{ {ERROR} }} }} }}"""
    payload: dict[str, Any] = (await api.data(query, {"input": given}))["changeApplicationStatuses"]
    return payload


async def test_rows_named_by_ids_are_changed_in_their_order(api: Api, world: World) -> None:
    one, two, three = await applications(world, 3)
    await api.mutate("changeApplicationStatus", "application { id }", id=two, status="REJECTED")

    payload = await change(api, ids=[three, two, one, three], status="REJECTED", note="The firm closed.")

    def result(row_id: str, event: dict[str, Any] | None) -> dict[str, Any]:
        return {"application": {"id": row_id, "status": "REJECTED"}, "statusEvent": event, "userErrors": []}

    event = {"fromStatus": "SUBMITTED", "note": "The firm closed."}
    assert payload["results"] == [result(three, event), result(two, None), result(one, event), result(three, event)]


async def test_one_undo_takes_back_the_whole_request(api: Api, world: World) -> None:
    ids = await applications(world, 3)
    tables = ("applications", "status_events")
    before = await everything(api.database)

    payload = await change(api, ids=ids, status="GHOSTED")
    undone = await api.mutate("undoChanges", "undoneChanges { entity }", requestId=payload["requestId"])

    assert [change["entity"] for change in undone["undoneChanges"]] == ["STATUS_EVENT"] * 3 + ["APPLICATION"] * 3
    after = await everything(api.database)
    assert [row.status for row in after["applications"]] == [row.status for row in before["applications"]]
    assert after[tables[1]] == before[tables[1]]


async def test_rows_that_match_a_filter_are_changed_if_they_are_as_many_as_expected(api: Api, world: World) -> None:
    wanted = await applications(world, 2, resumeVersion="old")
    (other,) = await applications(world, 1, resumeVersion="new")
    given = {"filter": {"resumeVersion": {"in": ["old"]}}, "status": "WITHDRAWN"}
    before = await everything(api.database)

    rejected = await change(api, **given, expectedCount=3)

    message = "expectedCount must be the number of rows that match (2); got 3. Check what they are."
    error = {"code": "UNEXPECTED_COUNT", "path": ["input", "expectedCount"], "message": message, "count": 2}
    assert rejected == {"results": [], "requestId": None, "userErrors": [error]}
    assert await everything(api.database) == before

    changed = await change(api, **given, expectedCount=2)
    assert [result["application"]["id"] for result in changed["results"]] == wanted
    data = await api.data("query($id: ID!) { application(by: {id: $id}) { status } }", {"id": other})
    assert data == {"application": {"status": "SUBMITTED"}}


async def test_one_rejected_row_rejects_all_unless_each_stands_for_itself(api: Api, world: World) -> None:
    job = await world.job()
    closed = [await world.application(jobId=job, status="REJECTED") for _ in range(2)]
    late = await world.application(applicationDate="2026-03-02T00:00:00Z", status="REJECTED")
    given = {"ids": [*closed, late, "QXBwbGljYXRpb246OTk="], "status": "UNDER_REVIEW"}
    given["occurredAt"] = "2026-03-01T00:00:00Z"
    for row_id in closed:
        update = {"id": row_id, "version": 1, "applicationDate": "2026-02-01T00:00:00Z"}
        await api.mutate("updateApplication", "application { id }", **update)
    before = await everything(api.database)

    together = await change(api, **given)

    codes = ["ABORTED", "ALREADY_APPLIED", "DATE_ORDER", "NOT_FOUND"]
    assert [result["userErrors"][0]["code"] for result in together["results"]] == codes
    assert [result["application"] for result in together["results"]] == [None] * 4
    assert together["requestId"] is None
    assert await everything(api.database) == before

    apart = await change(api, **given, atomic=False)
    assert apart["results"][0]["application"] == {"id": closed[0], "status": "UNDER_REVIEW"}
    assert [result["userErrors"][0] for result in apart["results"][1:]] == [
        {
            "code": "ALREADY_APPLIED",
            "path": ["input", "status"],
            "message": "You already have an open application for Job 1 (Application 1). To apply again, set"
            " allowRepeat and give repeatReason.",
        },
        {
            "code": "DATE_ORDER",
            "path": ["input", "occurredAt"],
            "message": "occurredAt must not be before it began (2026-03-02T00:00:00+00:00);"
            " got 2026-03-01T00:00:00+00:00.",
        },
        {"code": "NOT_FOUND", "path": ["input", "ids"], "message": "Application 99 not found."},
    ]


JOB = "Sm9iOjE"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, ("REQUIRED", "input", "Give exactly one of ids and filter.")),
        ({"ids": [], "filter": {}}, ("REQUIRED", "input", "Give exactly one of ids and filter.")),
        (
            {"filter": {}},
            (
                "REQUIRED",
                "input.expectedCount",
                "expectedCount must be given with filter: the number of rows that you expect to change.",
            ),
        ),
        ({"ids": [JOB] * 1001}, ("TOO_MANY", "input.ids", "ids must have at most 1,000 ids; got 1,001.")),
        (
            {"ids": [JOB, "QXBwbGljYXRpb246OTk="]},
            (
                "WRONG_TYPE",
                "input.ids.1",
                "ids.1 must be an id of type Job; got one of type Application: 'QXBwbGljYXRpb246OTk='.",
            ),
        ),
        (
            {"ids": [JOB], "occurredAt": "2099-01-01T00:00:00Z"},
            ("IN_FUTURE", "input.occurredAt", "occurredAt must not be in the future (now: "),
        ),
    ],
)
async def test_what_is_rejected(api: Api, world: World, given: dict[str, Any], error: tuple[str, str, str]) -> None:
    await world.job()

    (found,) = await api.rejected("changeJobStatuses", status="ARCHIVED", **given)

    assert (found[0], found[1], found[2][: len(error[2])]) == error


async def test_a_filter_that_matches_too_many_is_rejected(api: Api) -> None:
    items = [{"title": "a", "company": "b"}] * 501
    for _ in range(2):
        await api.mutate("createJobs", "results { job { id } }", items=items)

    assert await api.rejected("changeJobStatuses", status="ARCHIVED", filter={}, expectedCount=1002) == [
        (
            "TOO_MANY",
            "input.filter",
            "filter must match at most 1,000 rows; matches 1,002. Narrow it down.",
        )
    ]
    ((code, _, message),) = await api.rejected("changeJobStatuses", status="ARCHIVED", filter={}, expectedCount=3)
    assert (code, message[:60]) == ("UNEXPECTED_COUNT", "expectedCount must be the number of rows that match (1,002);")


async def test_statements_do_not_grow_with_rows(api: Api, world: World) -> None:
    counts = {}
    for count in (2, 60):
        payload = await api.mutate(
            "createJobs", "results { job { id } }", items=[{"title": "a", "company": "b"}] * count
        )
        items = [{"jobId": result["job"]["id"], "status": "REJECTED"} for result in payload["results"]]
        payload = await api.mutate("createApplications", "results { application { id } }", items=items)
        ids = [result["application"]["id"] for result in payload["results"]]
        payload = await change(api, ids=ids, status="UNDER_REVIEW", occurredAt="2099-01-01T00:00:00Z")
        assert payload["userErrors"][0]["code"] == "IN_FUTURE"
        payload = await change(api, ids=ids, status="UNDER_REVIEW")
        assert [result["application"]["status"] for result in payload["results"]] == ["UNDER_REVIEW"] * count
        counts[count] = len(api.statements)

    assert counts[2] == counts[60] <= 12
