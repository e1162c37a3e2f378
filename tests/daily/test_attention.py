"""The `attention` query, over HTTP on both engines."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from jobbot_gql.applications.models import Application, EmployerResponse
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.interviews.models import Interview
from jobbot_gql.jobs.models import Job
from jobbot_gql.models import Base
from jobbot_gql.outreach.models import OutreachCampaign
from tests.conftest import Api
from tests.rows import new_claim, new_job, new_opportunity

SECTIONS = ("followUps", "interviews", "deadlines", "requiresAction", "silent", "staleOpportunities", "highRiskClaims")
ATTENTION = f"""query($asOf: DateTime, $timeZone: String! = "UTC", $days: Int! = 7, $first: Int! = 10) {{
    attention(asOf: $asOf, timeZone: $timeZone, days: $days, first: $first) {{
        {" ".join(f"{name} {{ totalCount nodes {{ databaseId }} }}" for name in SECTIONS)}
    }} }}"""
NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)


def days(number: float) -> datetime:
    return NOW + timedelta(days=number)


def rows(name: str) -> list[Base]:  # noqa: PLR0911 - one for each list
    """Rows that the list has, see `EXPECTED`, and similar ones."""

    def application(sent: float, **columns: Any) -> Application:
        return Application(job=new_job(status="applied"), application_date=days(sent), **columns)

    def interview(starts: float, **columns: Any) -> Interview:
        return Interview(starts_at=days(starts), **columns)

    def response(**columns: Any) -> EmployerResponse:
        return EmployerResponse(**{"response_type": "other", "response_date": NOW, "requires_action": True} | columns)

    match name:
        case "followUps":
            return [application(-8), application(-1), application(-3, status="rejected")]
        case "interviews":
            planned = [interview(9), interview(3), interview(-0.4), interview(-1), interview(2, status="cancelled")]
            return [application(-40, interviews=planned)]
        case "deadlines":
            deadlines = [date(2026, 9, 20), date(2026, 9, 15), date(2026, 9, 14), date(2026, 9, 23)]
            return [
                *(new_job(application_deadline=one) for one in deadlines),
                new_job(application_deadline=deadlines[0], status="applied"),
            ]
        case "requiresAction":
            responses = [response(), response(requires_action=False), response(action_taken="Called.")]
            return [application(-40, responses=responses), application(-40, status="withdrawn", responses=[response()])]
        case "silent":
            event = StatusEvent(to_status="acknowledged", occurred_at=days(-29))
            return [application(-31), application(-29), application(-40, status_events=[event]), application(-35)]
        case "staleOpportunities":
            return [
                new_opportunity(status_events=[StatusEvent(to_status="identified", occurred_at=days(-31))]),
                new_opportunity(status_events=[StatusEvent(to_status="identified", occurred_at=days(-29))]),
                new_opportunity(campaigns=[OutreachCampaign(sent_date=days(-1), response_status="rejected")]),
                new_opportunity(status="accepted"),
            ]
        case _:
            claims = [new_claim(risk_level=level) for level in ("high", "low", "medium", "high")]
            return [
                application(-40, experience_claims=claims),
                application(-40, status="ghosted", experience_claims=[new_claim(risk_level="high")]),
            ]


EXPECTED: dict[str, list[int]] = {
    "followUps": [-21, -41, -22],
    "interviews": [3, 2],
    "deadlines": [2, 1],
    "requiresAction": [1],
    "silent": [1, 4],
    "staleOpportunities": [1],
    "highRiskClaims": [4, 1],
}


async def attention(api: Api, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(ATTENTION, {"asOf": NOW.isoformat()} | variables))["attention"]
    return found


@pytest.mark.parametrize("name", SECTIONS)
async def test_each_list_has_what_needs_attention(api: Api, name: str) -> None:
    for row in rows(name):
        await api.add(row)

    found = (await attention(api))[name]

    assert [one["databaseId"] for one in found["nodes"]] == EXPECTED[name]
    assert found["totalCount"] == len(EXPECTED[name])
    shortened = (await attention(api, first=1))[name]
    assert [one["databaseId"] for one in shortened["nodes"]] == EXPECTED[name][:1]
    assert shortened["totalCount"] == len(EXPECTED[name])


async def test_it_takes_a_statement_for_each_list_and_one_for_the_totals(api: Api) -> None:
    for number in range(11):
        for name in SECTIONS:
            await api.add(*rows(name))
        if number == 0:
            await attention(api)
            assert len(api.statements) == len(SECTIONS) + 1 <= 10
    found = await attention(api)
    assert len(api.statements) == len(SECTIONS) + 1
    assert {name: len(one["nodes"]) for name, one in found.items()} == dict.fromkeys(SECTIONS, 10)
    assert min(one["totalCount"] for one in found.values()) >= 10

    await api.data(f'{{ attention(asOf: "{NOW}") {{ interviews {{ nodes {{ id }} }} silent {{ totalCount }} }} }}')
    assert len(api.statements) == 2


async def test_days_begin_in_the_time_zone(api: Api) -> None:
    await api.add(Application(job=new_job(), interviews=[Interview(starts_at=datetime(2026, 9, 14, 23, tzinfo=UTC))]))
    await api.add(Job(title="a", company="b", application_deadline=date(2026, 9, 16)))

    async def counts(**variables: Any) -> tuple[int, int]:
        found = await attention(api, days=0, **variables)
        return found["interviews"]["totalCount"], found["deadlines"]["totalCount"]

    assert await counts() == (0, 0)
    assert await counts(timeZone="Europe/Berlin") == (1, 0)
    assert await counts(timeZone="Pacific/Kiritimati") == (0, 1)


async def test_lists_are_connections(api: Api) -> None:
    await api.add(*rows("silent"))
    query = """query($asOf: DateTime) { attention(asOf: $asOf, first: 1) { silent {
        edges { cursor node { id job { title } } } pageInfo { hasNextPage endCursor } aggregate { count } } } }"""

    silent = (await api.data(query, {"asOf": NOW.isoformat()}))["attention"]["silent"]

    (edge,) = silent["edges"]
    assert edge["node"]["job"] == {"title": "A"}
    assert silent["pageInfo"] == {"hasNextPage": True, "endCursor": edge["cursor"]}
    assert silent["aggregate"] == {"count": 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("days: -1", "days must be 0 to 366; got -1."),
        ("first: 26", "first must be 0 to 25; got 26."),
        ('timeZone: "Mars"', "timeZone must be an IANA name such as Europe/Berlin; got 'Mars'."),
    ],
)
async def test_invalid_arguments_are_rejected(api: Api, arguments: str, message: str) -> None:
    assert await api.error(f"{{ attention({arguments}) {{ silent {{ totalCount }} }} }}") == ("BAD_REQUEST", message)
