"""Answers tell what was done and what is there now. Over HTTP, on both engines."""

from typing import Any

import pytest

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.applications.models import ApplicationStatus
from jobbot_gql.history.models import Status
from jobbot_gql.jobs.models import JobStatus
from jobbot_gql.models import Company, Job
from jobbot_gql.outreach.models import OpportunityStatus, OutreachStatus
from tests.conftest import Api
from tests.writing.conftest import World

URL = "https://firm.example/1"


@pytest.mark.parametrize(
    ("titles", "outcomes"),
    [
        ("AAA", ["CREATED", "UNCHANGED", "UNCHANGED"]),
        ("ABB", ["CREATED", "UPDATED", "UNCHANGED"]),
        ("ABA", ["CREATED", "UPDATED", "UPDATED"]),
        ("AAB", ["CREATED", "UNCHANGED", "UPDATED"]),
    ],
)
@pytest.mark.parametrize("known", [False, True])
async def test_outcomes_of_one_address_three_times(api: Api, titles: str, outcomes: list[str], known: bool) -> None:
    if known:
        await api.mutate("createJob", "", title="A", company="C", jobUrl=URL)
        outcomes = ["UNCHANGED", *outcomes[1:]]
    items = [{"title": title, "company": "C", "jobUrl": URL} for title in titles]
    payload = await api.mutate("upsertJobs", "results { outcome job { title } }", items=items)
    assert [result["outcome"] for result in payload["results"]] == outcomes
    assert {result["job"]["title"] for result in payload["results"]} == {titles[-1]}


async def test_a_default_that_is_given_later_changes_nothing(api: Api) -> None:
    items = [
        {"title": "A", "company": "C", "jobUrl": URL},
        {"title": "A", "company": "C", "jobUrl": URL, "remoteOption": False},
    ]
    payload = await api.mutate("upsertJobs", "results { outcome }", items=items)
    assert [result["outcome"] for result in payload["results"]] == ["CREATED", "UNCHANGED"]


async def test_a_keyed_request_whose_row_was_deleted_since_says_so(api: Api, world: World) -> None:
    job = await world.job()
    given = {"title": "A", "company": "C"}
    gone = (
        "This idempotency key was used before, and {}, which was created then, was deleted later. It is not created"
        " again. Use another key to create a new one."
    )
    one = await api.mutate("createJob", "job { id }", **given, idempotencyKey="k-1")
    many = await api.mutate("createJobs", "results { job { id } }", items=[given, given], idempotencyKey="k-2")
    submitted = await api.mutate("submitApplication", "application { id }", jobId=job, idempotencyKey="k-3")
    await api.mutate("deleteJob", "", id=one["job"]["id"])
    await api.mutate("deleteJob", "", id=many["results"][1]["job"]["id"])
    await api.mutate("deleteApplication", "", id=submitted["application"]["id"])

    assert await api.rejected("createJob", **given, idempotencyKey="k-1") == [
        ("ROW_DELETED", "input.idempotencyKey", gone.format("Job 2"))
    ]
    again = await api.mutate(
        "createJobs",
        "results { job { id } userErrors { code path message } }",
        items=[given, given],
        idempotencyKey="k-2",
    )
    error = {
        "code": "ROW_DELETED",
        "path": ["input", "items", "1"],
        "message": gone.format("Job 4"),
    }
    assert again["results"][0] == {"job": many["results"][0]["job"], "userErrors": []}
    assert (again["results"][1]["job"], again["results"][1]["userErrors"][0]["code"]) == (None, error["code"])
    assert again["results"][1]["userErrors"][0]["path"] == error["path"]
    assert [rejection[0] for rejection in await api.rejected("submitApplication", jobId=job, idempotencyKey="k-3")] == [
        "ROW_DELETED"
    ]


async def test_the_company_record_is_one_row_in_fields_and_filters(api: Api) -> None:
    await api.add(Company(name="C", industry="old"), Company(name="C", industry="new"), Job(title="A", company="C"))
    query = "query($f: JobFilter) { jobs(filter: $f) { nodes { companyRecord { industry } } } }"
    for industry, count in (("old", 1), ("new", 0)):
        data = await api.data(query, {"f": {"companyRecord": {"industry": {"eq": industry}}}})
        assert data["jobs"]["nodes"] == [{"companyRecord": {"industry": industry}}] * count
    data = await api.data(query, {"f": {"not": {"companyRecord": {"industry": {"eq": "new"}}}}})
    assert data["jobs"]["nodes"] == [{"companyRecord": {"industry": "old"}}]
    single = await api.data("{ job(by: {databaseId: 1}) { companyRecord { industry } } }")
    assert single["job"]["companyRecord"] == {"industry": "old"}


def test_every_status_has_one_name() -> None:
    kinds = (JobStatus, ApplicationStatus, OpportunityStatus, OutreachStatus)
    assert {word.value: word.name for kind in kinds for word in kind} == {word.value: word.name for word in Status}


async def test_statuses_and_ids_in_histories_are_those_of_the_api(api: Api, world: World) -> None:
    job = await world.job()
    application = (await api.mutate("submitApplication", "application { id }", jobId=job))["application"]["id"]
    await api.mutate("changeApplicationStatus", "", id=application, status="PHONE_SCREEN")

    query = """query($id: ID!) { application(by: {id: $id}) {
      statusEvents { fromStatus toStatus }
      timeline { node { ... on StatusEvent { toStatus } } }
      history { operation columns { field before after } } } }"""
    found = (await api.data(query, {"id": application}))["application"]
    assert found["statusEvents"] == [
        {"fromStatus": None, "toStatus": "SUBMITTED"},
        {"fromStatus": "SUBMITTED", "toStatus": "PHONE_SCREEN"},
    ]
    assert [entry["node"] for entry in found["timeline"]] == [{"toStatus": "SUBMITTED"}, {"toStatus": "PHONE_SCREEN"}]
    update, create = found["history"]
    assert {"field": "status", "before": "SUBMITTED", "after": "PHONE_SCREEN"} in update["columns"]
    values: dict[str, Any] = {column["field"]: column["after"] for column in create["columns"]}
    assert (values["id"], values["jobId"], values["status"]) == (application, job, "SUBMITTED")

    feed = await api.data("{ changes(first: 250) { nodes { entity columns { field after } } } }")
    events = [one["columns"] for one in feed["changes"]["nodes"] if one["entity"] == "STATUS_EVENT"]
    last = {column["field"]: column["after"] for column in events[-1]}
    assert (last["fromStatus"], last["toStatus"]) == ("SUBMITTED", "PHONE_SCREEN")
    assert (last["applicationId"], last["jobId"]) == (application, None)
    assert last["id"] == encode("StatusEvent", len(events))

    filtered = (
        "{ statusEvents(filter: {toStatus: {eq: PHONE_SCREEN}}) { totalCount groupBy(by: [TO_STATUS]) { key count } } }"
    )
    data = (await api.data(filtered))["statusEvents"]
    assert (data["totalCount"], data["groupBy"]) == (1, [{"key": ["PHONE_SCREEN"], "count": 1}])
