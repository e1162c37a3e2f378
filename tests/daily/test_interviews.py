"""Interviews and the interview date that is derived from them, over HTTP on both engines."""

from typing import Any

import pytest
from sqlalchemy import text

from jobbot_gql.db.base import Base
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.upkeep.doctor import examine
from jobbot_gql.upkeep.findings import FindingKind
from tests.conftest import Api, everything
from tests.writing.conftest import World

APPLICATION = """query($id: ID!) { application(by: {id: $id}) {
    interviewDate version interviews { startsAt endsAt status } } }"""


@pytest.fixture
def world(api: Api) -> World:
    return World(api)


def may(day: int, hour: int = 9) -> str:
    return f"2099-05-{day:02}T{hour:02}:00:00+00:00"


async def interview(api: Api, application: str, day: int, **given: Any) -> str:
    given = {"applicationId": application, "startsAt": may(day)} | given
    row_id: str = (await api.mutate("createInterview", "interview { id }", **given))["interview"]["id"]
    return row_id


async def date_of(api: Api, application: str) -> str | None:
    found: str | None = (await api.data(APPLICATION, {"id": application}))["application"]["interviewDate"]
    return found


async def test_the_date_is_that_of_the_earliest_scheduled_interview_or_else_of_the_latest(
    api: Api, world: World
) -> None:
    application, other = await world.application(), await world.application()
    assert await date_of(api, application) is None
    second = await interview(api, application, 8)
    assert await date_of(api, application) == may(8)
    first = await interview(api, application, 3)
    assert await date_of(api, application) == may(3)

    await api.mutate("updateInterview", "interview { id }", id=first, version=1, status="COMPLETED")
    assert await date_of(api, application) == may(8)
    await api.mutate("updateInterview", "interview { id }", id=second, version=1, status="CANCELLED")
    assert await date_of(api, application) == may(8)
    await api.mutate("updateInterview", "interview { id }", id=second, version=2, applicationId=other)
    assert (await date_of(api, application), await date_of(api, other)) == (may(3), may(8))
    await api.mutate("deleteInterview", "change { id }", id=second)
    assert await date_of(api, other) is None


async def test_setting_the_date_creates_moves_and_deletes_the_interview(api: Api, world: World) -> None:
    job = await world.job()
    payload = await api.mutate("submitApplication", "application { id }", jobId=job, interviewDate=may(2))
    application = payload["application"]["id"]
    one = {"startsAt": may(2), "endsAt": None, "status": "SCHEDULED"}
    assert (await api.data(APPLICATION, {"id": application}))["application"]["interviews"] == [one]
    past = await world.application(applicationDate="2020-01-01T00:00:00Z", interviewDate="2020-01-02T00:00:00Z")
    (found,) = (await api.data(APPLICATION, {"id": past}))["application"]["interviews"]
    assert found["status"] == "COMPLETED"

    await api.mutate("updateInterview", "interview { id }", id="SW50ZXJ2aWV3OjE", version=1, endsAt=may(2, 11))
    await api.mutate("updateApplication", "application { id }", id=application, version=1, interviewDate=may(4))
    moved = {"startsAt": may(4), "endsAt": may(4, 11), "status": "SCHEDULED"}
    expected = {"interviewDate": may(4), "version": 2, "interviews": [moved]}
    assert (await api.data(APPLICATION, {"id": application}))["application"] == expected

    await api.mutate("updateApplication", "application { id }", id=application, version=2, interviewDate=None)
    assert (await api.data(APPLICATION, {"id": application}))["application"]["interviews"] == []
    await api.mutate("updateApplication", "application { id }", id=application, version=3, interviewDate=may(5))
    assert (await api.data(APPLICATION, {"id": application}))["application"]["interviewDate"] == may(5)


async def test_a_date_that_the_interviews_would_not_have_is_rejected(api: Api, world: World) -> None:
    application = await world.application()
    await interview(api, application, 3)
    await interview(api, application, 8)
    given = {"id": application, "version": 2}

    message = (
        "interviewDate must be the start of the earliest scheduled interview, or else of the latest"
        f" ({may(8)}); got {may(9)}. Update the interview instead."
    )
    assert await api.rejected("updateApplication", **given, interviewDate=may(9)) == [
        ("DERIVED_VALUE", "input.interviewDate", message)
    ]
    message = "interviewDate must not be null while the application has 2 interviews. Delete them instead."
    assert await api.rejected("updateApplication", **given, interviewDate=None) == [
        ("DERIVED_VALUE", "input.interviewDate", message)
    ]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (
            {"endsAt": may(1)},
            ("DATE_ORDER", "input.endsAt", f"endsAt must not be before startsAt ({may(3)}); got {may(1)}."),
        ),
        (
            {"startsAt": "2020-01-01T00:00:00Z"},
            (
                "DATE_ORDER",
                "input.startsAt",
                "startsAt must not be before the application's date (2026-01-01T00:00:00+00:00);"
                " got 2020-01-01T00:00:00+00:00.",
            ),
        ),
        (
            {"timeZone": "Berlin"},
            (
                "INVALID_TIME_ZONE",
                "input.timeZone",
                "timeZone must be the name of an IANA time zone, such as Europe/Berlin; got 'Berlin'.",
            ),
        ),
        (
            {"meetingUrl": "meet"},
            ("INVALID_URL", "input.meetingUrl", "meetingUrl must be an http or https URL; got 'meet'."),
        ),
        (
            {"location": "é" * 256},
            ("TOO_LONG", "input.location", "location must have at most 255 characters; got 256."),
        ),
        ({"round": 0}, ("OUT_OF_RANGE", "input.round", "round must be 1 to 100; got 0.")),
    ],
)
async def test_what_is_rejected(api: Api, world: World, given: dict[str, Any], error: tuple[str, str, str]) -> None:
    application = await world.application(applicationDate="2026-01-01T00:00:00Z")

    assert await api.rejected("createInterview", **{"applicationId": application, "startsAt": may(3), **given}) == [
        error
    ]


async def test_overlaps_are_allowed_and_listed(api: Api, world: World) -> None:
    application, other = await world.application(), await world.application()
    first = await interview(api, application, 3, endsAt=may(3, 11))
    await interview(api, other, 3, startsAt=may(3, 11), endsAt=may(3, 12))
    await interview(api, other, 3, status="CANCELLED")
    given = {"applicationId": other, "startsAt": may(3, 10)}

    payload = await api.mutate("createInterview", "interview { id overlaps { id startsAt } }", **given)

    assert payload["interview"]["overlaps"] == [{"id": first, "startsAt": may(3)}]
    counts = []
    for size in (1, 4):
        overlaps = "nodes { overlaps { id application { id } } }"
        await api.data(f"{{ interviews(first: {size}, orderBy: {{field: STARTS_AT}}) {{ {overlaps} }} }}")
        counts.append(len(api.statements))
    assert counts[0] == counts[1]


async def test_writes_are_undone_with_the_date(api: Api, world: World) -> None:
    application = await world.application()
    start = await api.data("{ changes { newestCursor } }")
    cursor = start["changes"]["newestCursor"]
    first = await interview(api, application, 3, endsAt=may(3, 10))
    await interview(api, application, 8)
    await api.mutate("updateApplication", "application { id }", id=application, version=2, interviewDate=may(2))
    await api.mutate("updateInterview", "interview { id }", id=first, version=2, status="CANCELLED")
    await api.mutate("deleteInterview", "change { id }", id=first)
    query = "query($after: String) { changes(after: $after, first: 250) { nodes { requestId } } }"
    nodes = (await api.data(query, {"after": cursor}))["changes"]["nodes"]
    requests = list(dict.fromkeys(node["requestId"] for node in nodes))
    assert await date_of(api, application) == may(8)

    dates = []
    for request in reversed(requests):
        await api.mutate("undoChanges", "undoneChanges { id }", requestId=request)
        dates.append(await date_of(api, application))
    assert dates == [may(8), may(2), may(3), may(3), None]
    assert (await everything(api.database))["interviews"] == []


async def test_deleting_and_purging_take_interviews_along(api: Api, world: World) -> None:
    application = await world.application()
    row_id = await interview(api, application, 3, people=["Ada"], debrief="Went well.")
    before = (await everything(api.database))["interviews"]
    found = await api.data('{ search(query: "ada", types: [INTERVIEW]) { node { id } snippet } }')
    assert found["search"] == [{"node": {"id": row_id}, "snippet": "<mark>Ada</mark>"}]

    deleted = await api.mutate("deleteApplication", "change { id }", id=application)
    await api.mutate("undoChange", "undoneChanges { id }", id=deleted["change"]["id"])
    assert (await everything(api.database))["interviews"] == before
    assert await date_of(api, application) == may(3)

    await api.mutate("purge", "purgedIds", id=row_id)
    assert await date_of(api, application) is None
    assert (await api.data('{ search(query: "ada") { score } }')) == {"search": []}


async def test_interviews_are_in_the_timeline_and_filters(api: Api, world: World) -> None:
    application = await world.application()
    row_id = await interview(api, application, 3, kind="PANEL")
    query = """query($id: ID!) { application(by: {id: $id}) { timeline { kind at node { id } } }
        applications(filter: {interviews: {some: {kind: {eq: PANEL}}}}) { nodes { id } }
        interviews(filter: {startsAt: {gte: "2099-05-01T00:00:00Z"}}) { totalCount nodes { history { operation } } }
        }"""
    data = await api.data(query, {"id": application})

    assert data["application"]["timeline"][-1] == {"kind": "INTERVIEW", "at": may(3), "node": {"id": row_id}}
    assert data["applications"] == {"nodes": [{"id": application}]}
    assert data["interviews"] == {"totalCount": 1, "nodes": [{"history": [{"operation": "CREATE"}]}]}


async def test_doctor_reports_dates_that_are_not_those_of_the_interviews(api: Api, world: World) -> None:
    sound, wrong, without = await world.application(), await world.application(), await world.application()
    for application in (sound, wrong, without):
        await interview(api, application, 3, status="COMPLETED")
        await interview(api, application, 8)
    assert await examine(api.database.url, Base, DOCUMENTS.values()) == []
    async with api.database.writer.begin() as connection:
        await connection.execute(text("UPDATE applications SET interview_date = application_date WHERE id = 2"))
        await connection.execute(text("DELETE FROM interviews WHERE application_id = 3"))

    (finding,) = await examine(api.database.url, Base, DOCUMENTS.values())

    assert (finding.kind, finding.table, finding.column) == (FindingKind.DERIVED, "applications", "interview_date")
    assert (finding.ids, finding.count, finding.blocks) == ((2, 3), 2, False)
    await api.mutate("updateInterview", "interview { id }", id="SW50ZXJ2aWV3OjQ", version=1, startsAt=may(9))
    (finding,) = await examine(api.database.url, Base, DOCUMENTS.values())
    assert finding.ids == (3,)


async def test_statements_do_not_grow_with_rows(api: Api) -> None:
    counts: dict[str, list[int]] = {"create": [], "update": [], "move": []}
    for count in (2, 100):
        items: list[dict[str, Any]] = [{"title": "a", "company": "b"}] * count
        jobs = (await api.mutate("createJobs", "results { job { id } }", items=items))["results"]
        items = [{"jobId": job["job"]["id"]} for job in jobs]
        found = (await api.mutate("createApplications", "results { application { id } }", items=items))["results"]
        ids = [one["application"]["id"] for one in found]
        items = [{"applicationId": one, "startsAt": may(3)} for one in ids]
        found = (await api.mutate("createInterviews", "results { interview { id } }", items=items))["results"]
        counts["create"].append(len(api.statements))
        items = [{"id": one["interview"]["id"], "version": 1, "startsAt": may(4)} for one in found]
        await api.mutate("updateInterviews", "results { interview { id } }", items=items)
        counts["update"].append(len(api.statements))
        items = [{"id": one, "version": 3, "interviewDate": may(5)} for one in ids]
        await api.mutate("updateApplications", "results { application { interviewDate } }", items=items)
        counts["move"].append(len(api.statements))
    assert all(few == many <= 12 for few, many in counts.values())
