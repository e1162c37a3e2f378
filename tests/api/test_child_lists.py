"""Plain lists of child rows: the last ones in their order, and how many there are."""

from datetime import UTC, datetime
from typing import Any

from jobbot_gql.applications.models import Application, EmployerResponse, ResponseType
from jobbot_gql.history.models import Status, StatusEvent
from jobbot_gql.tags.models import Tag
from tests.conftest import Api
from tests.rows import new_job

QUERY = """query($first: Int) {
  applications(orderBy: {field: APPLICATION_DATE}) { nodes {
    responses(first: $first) { subjectLine } responseCount
    statusEvents(first: $first) { note } statusEventCount
    tags(first: $first) { name } tagCount
  } }
}"""


def application(count: int) -> Application:
    """An application with so many responses, status changes and tags; the highest numbers were added first."""
    numbers = range(count, 0, -1)
    return Application(
        application_date=datetime(2026, 1, 10 - count, tzinfo=UTC),
        responses=[
            EmployerResponse(
                subject_line=str(day),
                response_type=ResponseType.OTHER,
                response_date=datetime(2026, 5, day, tzinfo=UTC),
            )
            for day in numbers
        ],
        status_events=[
            StatusEvent(to_status=Status.REJECTED, note=str(day), occurred_at=datetime(2026, 5, day, tzinfo=UTC))
            for day in numbers
        ],
        tags=[Tag(name=f"tag {number}") for number in numbers],
    )


async def test_lists_return_the_newest_rows_oldest_first_and_count_all(api: Api) -> None:
    await api.add(new_job(applications=[application(4), application(0), application(2)]))

    async def read(first: int | None) -> list[list[Any]]:
        return [
            [
                "".join(response["subjectLine"] for response in node["responses"]),
                "".join(event["note"] for event in node["statusEvents"]),
                [tag["name"] for tag in node["tags"]],
                [node["responseCount"], node["statusEventCount"], node["tagCount"]],
            ]
            for node in (await api.data(QUERY, {"first": first}))["applications"]["nodes"]
        ]

    assert await read(2) == [
        ["34", "34", ["tag 1", "tag 2"], [4, 4, 4]],
        ["12", "12", ["tag 1", "tag 2"], [2, 2, 2]],
        ["", "", [], [0, 0, 0]],
    ]
    assert await read(None) == [
        ["1234", "1234", [f"tag {number}" for number in range(1, 5)], [4, 4, 4]],
        ["12", "12", ["tag 1", "tag 2"], [2, 2, 2]],
        ["", "", [], [0, 0, 0]],
    ]
    of_several = len(api.statements)
    one = QUERY.replace("applications(", "applications(first: 1, ")
    assert len((await api.data(one, {"first": 3}))["applications"]["nodes"][0]["responses"]) == 3
    assert len(api.statements) == of_several


async def test_every_plain_list_has_a_count(api: Api) -> None:
    await api.add(new_job(applications=[application(1)]))
    query = """{
      applications { nodes {
        interviewCount experienceClaimCount referenceUsageCount job { statusEventCount sourceCount tagCount }
      } }
    }"""

    assert (await api.data(query))["applications"]["nodes"] == [
        {
            "interviewCount": 0,
            "experienceClaimCount": 0,
            "referenceUsageCount": 0,
            "job": {"statusEventCount": 0, "sourceCount": 0, "tagCount": 0},
        }
    ]


async def test_a_response_without_a_date_is_the_last(api: Api) -> None:
    responses = [
        EmployerResponse(subject_line="undated", response_type=ResponseType.OTHER, response_date=None),
        *application(2).responses,
    ]
    await api.add(new_job(applications=[Application(responses=responses)]))

    lists = "all: responses { subjectLine } responses(first: 2) { subjectLine }"
    data = await api.data(f"{{ application(by: {{databaseId: 1}}) {{ {lists} }} }}")

    assert [one["subjectLine"] for one in data["application"]["all"]] == ["1", "2", "undated"]
    assert data["application"]["responses"] == data["application"]["all"][1:]
