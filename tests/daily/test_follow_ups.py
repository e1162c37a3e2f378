"""Follow-ups, computed and stored, over HTTP on both engines."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import null

from jobbot_gql.applications.models import Application, EmployerResponse
from jobbot_gql.follow_ups.models import FollowUp
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.interviews.models import Interview
from jobbot_gql.outreach.models import OutreachCampaign
from tests.conftest import Api, everything
from tests.rows import new_job

LIST = """query($urgency: [Urgency!], $asOf: Date, $timeZone: String! = "UTC", $filter: FollowUpFilter, $first: Int,
        $after: String) {
    followUps(urgency: $urgency, asOf: $asOf, timeZone: $timeZone, filter: $filter, first: $first, after: $after) {
        totalCount aggregate { count } pageInfo { hasNextPage endCursor }
        nodes {
            id step dueOn snoozedUntil status version isComputed urgency(asOf: $asOf, timeZone: $timeZone)
            application { databaseId job { title } } outreachCampaign { databaseId }
        } } }"""
OPEN = ["OVERDUE", "TODAY", "SOON", "SNOOZED"]
SHOWN = "followUp { id step dueOn snoozedUntil status outcome reason note version isComputed }"
SENT = datetime(2026, 9, 1, 12, tzinfo=UTC)


def day(days: int) -> str:
    """So many days after `SENT`."""
    return (SENT + timedelta(days=days)).date().isoformat()


def application(**columns: Any) -> Application:
    return Application(**{"job": new_job(), "application_date": SENT} | columns)


async def listed(api: Api, **variables: Any) -> list[dict[str, Any]]:
    found = (await api.data(LIST, {"urgency": OPEN} | variables))["followUps"]
    assert found["totalCount"] == found["aggregate"]["count"]
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes


async def steps(api: Api, **variables: Any) -> list[tuple[int | None, str, str]]:
    return [(one["step"], one["dueOn"], one["urgency"]) for one in await listed(api, **variables)]


async def only(api: Api, as_of: str) -> dict[str, Any]:
    return (await listed(api, asOf=as_of))[0]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, [(1, day(7), "SOON"), (2, day(14), "SOON"), (3, day(21), "SOON")]),
        (7, [(1, day(7), "TODAY"), (2, day(14), "SOON"), (3, day(21), "SOON")]),
        (13, [(1, day(7), "OVERDUE"), (2, day(14), "SOON"), (3, day(21), "SOON")]),
        (14, [(2, day(14), "TODAY"), (3, day(21), "SOON")]),
        (29, [(3, day(21), "OVERDUE")]),
        (30, []),
    ],
)
async def test_a_step_is_listed_until_the_next_one_is_due(api: Api, days: int, expected: list[Any]) -> None:
    await api.add(application())

    assert await steps(api, asOf=day(days)) == expected
    assert await steps(api, asOf=day(days), urgency=["OVERDUE", "TODAY"]) == [
        one for one in expected if one[2] != "SOON"
    ]


async def test_campaigns_have_follow_ups_and_what_is_closed_has_none(api: Api) -> None:
    scheduled = FollowUp(due_on=date(2026, 9, 3))
    await api.add(
        *(application(status=status) for status in ("accepted", "rejected", "withdrawn", "ghosted")),
        application(status="rejected", follow_ups=[scheduled]),
        OutreachCampaign(sent_date=SENT),
        OutreachCampaign(sent_date=SENT, response_status="rejected"),
    )

    found = await listed(api, asOf=day(7))
    assert [(one["step"], one["outreachCampaign"], one["application"]) for one in found] == [
        (step, {"databaseId": 1}, None) for step in (1, 2, 3)
    ]
    assert [one["dueOn"] for one in await listed(api, asOf=day(7), urgency=None)] == [day(7), day(14), day(21)]


@pytest.mark.parametrize("activity", ["responses", "status_events", "interviews"])
async def test_steps_begin_at_the_last_activity(api: Api, activity: str) -> None:
    later = SENT + timedelta(days=5)
    rows = {
        "responses": EmployerResponse(response_type="other", response_date=later),
        "status_events": StatusEvent(to_status="acknowledged", occurred_at=later),
        "interviews": Interview(starts_at=later),
    }
    await api.add(application(**{activity: [rows[activity]]}))

    assert (await steps(api, asOf=day(8)))[0] == (1, day(12), "SOON")


async def test_days_are_those_of_the_time_zone(api: Api) -> None:
    await api.add(application(application_date=datetime(2026, 10, 24, 22, 30, tzinfo=UTC)))

    assert (await steps(api, asOf="2026-10-31"))[0] == (1, "2026-10-31", "TODAY")
    assert (await steps(api, asOf="2026-10-31", timeZone="Europe/Berlin"))[0] == (1, "2026-11-01", "SOON")
    assert (await steps(api, asOf="2026-11-07", timeZone="Europe/Berlin"))[0] == (1, "2026-11-01", "OVERDUE")
    assert await api.error(LIST, {"timeZone": "Mars/Base"}) == (
        "BAD_REQUEST",
        "timeZone must be an IANA name such as Europe/Berlin; got 'Mars/Base'.",
    )


async def test_the_id_of_a_step_stays_and_is_accepted(api: Api) -> None:
    await api.add(application())
    first, second, third = await listed(api, asOf=day(0))
    assert [one["id"] for one in await listed(api, asOf=day(7))] == [first["id"], second["id"], third["id"]]
    assert (first["isComputed"], first["version"]) == (True, 0)

    until = (datetime.now(UTC) + timedelta(days=3)).date()
    snoozed = (await api.mutate("snoozeFollowUp", SHOWN, id=first["id"], until=until.isoformat()))["followUp"]
    assert snoozed | {"id": None} == {
        "id": None,
        "step": 1,
        "dueOn": day(7),
        "snoozedUntil": until.isoformat(),
        "status": "OPEN",
        "outcome": None,
        "reason": None,
        "note": None,
        "version": 1,
        "isComputed": False,
    }
    # The same id means the row that is stored by now.
    done = (await api.mutate("completeFollowUp", SHOWN, id=first["id"], version=1, outcome="Called."))["followUp"]
    assert (done["id"], done["status"], done["outcome"]) == (snoozed["id"], "COMPLETED", "Called.")
    dismissed = (await api.mutate("dismissFollowUp", SHOWN, id=second["id"], version=0, reason="They call."))[
        "followUp"
    ]
    assert (dismissed["step"], dismissed["status"], dismissed["reason"]) == (2, "DISMISSED", "They call.")
    assert [one["id"] for one in await listed(api, asOf=day(7))] == [third["id"]]
    assert len(await listed(api, asOf=day(7), urgency=None)) == 3

    moved = (await api.mutate("scheduleFollowUp", SHOWN, id=third["id"], dueOn=day(25), note="Ask."))["followUp"]
    assert (moved["step"], moved["dueOn"], moved["note"]) == (3, day(25), "Ask.")
    assert await steps(api, asOf=day(40)) == [(3, day(25), "OVERDUE")]


async def test_what_was_touched_covers_earlier_steps_until_there_is_activity(api: Api) -> None:
    await api.add(application())
    _, second, _ = await listed(api, asOf=day(0))
    await api.mutate("completeFollowUp", SHOWN, id=second["id"])
    assert [step for step, *_ in await steps(api, asOf=day(7))] == [3]

    await api.add(EmployerResponse(application_id=1, response_type="other", response_date=datetime.now(UTC)))
    today = datetime.now(UTC).date()
    assert [step for step, *_ in await steps(api, asOf=today.isoformat())] == [1, 2, 3]
    again = (await api.mutate("completeFollowUp", SHOWN, id=second["id"]))["followUp"]
    assert again["dueOn"] == (today + timedelta(days=14)).isoformat()


async def test_what_is_snoozed_is_never_overdue(api: Api) -> None:
    snoozed = FollowUp(due_on=date(2026, 9, 3), snoozed_until=date(2026, 9, 10))
    await api.add(application(application_date=null(), follow_ups=[snoozed]))

    for as_of, urgency in (
        ("2026-09-02", "SNOOZED"),
        ("2026-09-09", "SNOOZED"),
        ("2026-09-10", "TODAY"),
        ("2026-09-11", "OVERDUE"),
    ):
        assert await steps(api, asOf=as_of) == [(None, "2026-09-03", urgency)]
        for other in OPEN:
            assert len(await listed(api, asOf=as_of, urgency=[other])) == (other == urgency)


async def test_pages_filters_and_statements(api: Api) -> None:
    await api.add(application(job=new_job(title="first")), OutreachCampaign(sent_date=SENT))
    await listed(api, asOf=day(7), first=250)
    statements = len(api.statements)
    await api.add(*(application(job=new_job(title=str(n))) for n in range(30)))

    assert len(await listed(api, asOf=day(7), first=250)) == 96
    assert len(api.statements) == statements
    assert len(await listed(api, asOf=day(7), filter={"application": {"job": {"title": {"eq": "first"}}}})) == 3
    assert len(await listed(api, asOf=day(7), filter={"step": {"eq": 2}}, first=250)) == 32
    seen: list[str] = []
    after = None
    while True:
        page = (await api.data(LIST, {"asOf": day(7), "first": 40, "after": after, "urgency": OPEN}))["followUps"]
        seen += [one["id"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == page["totalCount"] == 96


async def test_invalid_requests_are_rejected(api: Api) -> None:
    await api.add(application(), application(status="ghosted"), application(application_date=null()))
    first, *_ = await listed(api, asOf=day(0))
    today = datetime.now(UTC).date().isoformat()
    fourth, of_closed, of_silent = "Rm9sbG93VXA6LTI0", "Rm9sbG93VXA6LTQx", "Rm9sbG93VXA6LTYx"
    steps_allowed = "id must be a step of 1 to 3 (JOBBOT_FOLLOW_UP_DAYS); got 4."

    for given, expected in (
        (
            {"id": first["id"], "until": today},
            ("IN_PAST", "input.until", f"until must be after today ({today}); got {today}."),
        ),
        ({"id": fourth, "until": "2099-01-01"}, ("UNKNOWN_STEP", "input.id", steps_allowed)),
        (
            {"id": of_closed, "until": "2099-01-01"},
            ("FOLLOW_UP_CLOSED", "input.id", "Application 2 is closed and has no follow-ups."),
        ),
        ({"id": "Rm9sbG93VXA6OQ", "until": "2099-01-01"}, ("NOT_FOUND", "input.id", "FollowUp 9 not found.")),
        ({"id": "Rm9sbG93VXA6LTE4MQ", "until": "2099-01-01"}, ("NOT_FOUND", "input.id", "Application 9 not found.")),
        (
            {"id": first["id"], "until": "2099-01-01", "version": 3},
            (
                "STALE_VERSION",
                "input.version",
                "The row has changed: its version is 0, not 3. Read it again and repeat the edit.",
            ),
        ),
    ):
        assert await api.rejected("snoozeFollowUp", **given) == [expected]
    assert [code for code, *_ in await api.rejected("completeFollowUp", id=of_silent)] == ["NOT_FOUND"]
    assert [code for code, *_ in await api.rejected("dismissFollowUp", id=first["id"], reason=" ")] == ["REQUIRED"]
    assert [code for code, *_ in await api.rejected("completeFollowUp", id=first["id"], timeZone="Mars")] == [
        "INVALID_TIME_ZONE"
    ]
    assert [code for code, *_ in await api.rejected("scheduleFollowUp", dueOn="2099-01-01")] == ["REQUIRED"]
    one = "QXBwbGljYXRpb246MQ"
    assert await api.rejected("scheduleFollowUp", applicationId=one, dueOn="2026-08-01") == [
        ("DATE_ORDER", "input.dueOn", "dueOn must not be before the application's date (2026-09-01); got 2026-08-01.")
    ]
    await api.mutate("completeFollowUp", SHOWN, id=first["id"])
    assert [code for code, *_ in await api.rejected("completeFollowUp", id=first["id"])] == ["FOLLOW_UP_CLOSED"]


async def test_undo_takes_a_follow_up_back_to_what_is_computed(api: Api) -> None:
    await api.add(application())
    before = await listed(api, asOf=day(7))
    selection = "followUp { history { id } timeline { kind } application { timeline { kind } followUps { step } } }"
    payload = await api.mutate("completeFollowUp", selection, id=before[0]["id"])
    assert payload["followUp"]["application"] == {"timeline": [{"kind": "FOLLOW_UP"}], "followUps": [{"step": 1}]}
    (change,) = payload["followUp"]["history"]

    await api.mutate("undoChange", "changes { id }", id=change["id"])
    assert await listed(api, asOf=day(7)) == before


async def test_purging_the_application_erases_its_follow_ups(api: Api) -> None:
    await api.add(application())
    first, *_ = await listed(api, asOf=day(0))
    await api.mutate("dismissFollowUp", SHOWN, id=first["id"], reason="secret")

    await api.mutate("purge", "purgedIds", id="QXBwbGljYXRpb246MQ")
    assert "secret" not in str(await everything(api.database))
    assert await listed(api, asOf=day(0), urgency=None) == []
