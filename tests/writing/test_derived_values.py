"""Values that follow from other rows follow them through every write. Over HTTP, on both engines."""

from itertools import permutations
from typing import Any

import pytest

from tests.conftest import Api
from tests.writing.conftest import World

KINDS = {"ACKNOWLEDGMENT": 2, "REJECTION": 5, "INFO_REQUEST": 4}
"""Types of responses and the days on which they came."""


def day(number: int) -> str:
    return f"2026-03-{number:02}T00:00:00+00:00"


async def response_date(api: Api, application: str) -> str | None:
    query = "query($id: ID!) { application(by: {id: $id}) { responseDate } }"
    found: str | None = (await api.data(query, {"id": application}))["application"]["responseDate"]
    return found


async def respond(api: Api, application: str, kind: str, at: int, **given: Any) -> dict[str, Any]:
    asked = {"applicationId": application, "responseType": kind, "occurredAt": day(at), **given}
    return await api.mutate("recordEmployerResponse", "employerResponse { id version } proposedStatus", **asked)


@pytest.mark.parametrize("order", list(permutations(KINDS)), ids="-".join)
async def test_the_response_date_is_that_of_the_earliest_answer_in_any_order(
    api: Api, world: World, order: tuple[str, ...]
) -> None:
    application = await world.application(applicationDate=day(1))
    answered: list[int] = []
    for kind in order:
        await respond(api, application, kind, KINDS[kind])
        answered += [KINDS[kind]] if kind != "ACKNOWLEDGMENT" else []
        assert await response_date(api, application) == (day(min(answered)) if answered else None)


async def test_the_response_date_follows_edits_moves_and_deletions(api: Api, world: World) -> None:
    first, second = [await world.application(applicationDate=day(1)) for _ in range(2)]
    early = (await respond(api, first, "OFFER", 3))["employerResponse"]
    late = (await respond(api, first, "OTHER", 6))["employerResponse"]

    async def edit(response: dict[str, Any], **given: Any) -> list[str | None]:
        payload = await api.mutate("updateEmployerResponse", "employerResponse { version }", **response, **given)
        response["version"] = payload["employerResponse"]["version"]
        return [await response_date(api, one) for one in (first, second)]

    assert await edit(early, responseDate=day(7)) == [day(6), None]
    assert await edit(late, responseType="ACKNOWLEDGMENT") == [day(7), None]
    assert await edit(late, responseType="OTHER") == [day(6), None]
    assert await edit(late, applicationId=second) == [day(7), day(6)]
    assert await edit(early, applicationId=second) == [None, day(6)]
    await api.mutate("deleteEmployerResponse", "", id=late["id"])
    assert await response_date(api, second) == day(7)
    await api.mutate("deleteEmployerResponse", "", id=early["id"])
    assert await response_date(api, second) is None


async def test_a_response_date_is_set_by_hand_only_where_there_is_no_answer(api: Api, world: World) -> None:
    application = await world.application(applicationDate=day(1), responseDate=day(2))
    await respond(api, application, "ACKNOWLEDGMENT", 3)
    assert await response_date(api, application) == day(2)
    await respond(api, application, "OTHER", 4)
    assert await response_date(api, application) == day(4)
    message = (
        f"responseDate must be that of the earliest response by a person ({day(4)}) while there is one;"
        " got {}. Correct the response instead."
    )
    for given in (day(5), None):
        assert await api.rejected("updateApplication", id=application, version=2, responseDate=given) == [
            ("DERIVED_VALUE", "input.responseDate", message.format(given))
        ]
    await api.mutate("updateApplication", "", id=application, version=2, responseDate=day(4), notes="n")


async def test_an_answer_that_is_older_than_the_status_proposes_nothing(api: Api, world: World) -> None:
    application = await world.application(applicationDate=day(1))
    await api.mutate("changeApplicationStatus", "", id=application, status="UNDER_REVIEW", occurredAt=day(5))
    late = await respond(api, application, "REJECTION", 4, applyProposedStatus=True)
    assert late["proposedStatus"] is None
    assert await response_date(api, application) == day(4)
    assert (await respond(api, application, "REJECTION", 5))["proposedStatus"] == "REJECTED"


async def job_status(api: Api, job: str) -> tuple[str, list[str]]:
    query = "query($id: ID!) { job(by: {id: $id}) { status statusEvents { toStatus } } }"
    found = (await api.data(query, {"id": job}))["job"]
    return found["status"], [event["toStatus"].upper() for event in found["statusEvents"]]


async def submit(api: Api, job: str, **given: Any) -> dict[str, Any]:
    payload = await api.mutate("submitApplication", "application { id version }", jobId=job, **given)
    found: dict[str, Any] = payload["application"]
    return found


async def test_the_job_s_status_follows_an_application_that_is_deleted(api: Api, world: World) -> None:
    job = await world.job(status="TARGETED")
    application = await submit(api, job)
    again = await submit(api, job, allowRepeat=True, repeatReason="Two teams.")
    await api.mutate("deleteApplication", "", id=application["id"])
    assert await job_status(api, job) == ("APPLIED", ["TARGETED", "APPLIED"])
    await api.mutate("deleteApplication", "", id=again["id"])
    assert await job_status(api, job) == ("TARGETED", ["TARGETED", "APPLIED", "TARGETED"])

    # What a person has set stays.
    await api.mutate("changeJobStatus", "", id=job, status="APPLIED")
    application = await submit(api, job)
    await api.mutate("deleteApplication", "", id=application["id"])
    assert (await job_status(api, job))[0] == "APPLIED"


async def test_the_jobs_statuses_follow_an_application_that_is_moved(api: Api, world: World) -> None:
    first, second = await world.job(), await world.job()
    application = await submit(api, first)
    await api.mutate("updateApplication", "", **application, jobId=second)
    assert await job_status(api, first) == ("DISCOVERED", ["DISCOVERED", "APPLIED", "DISCOVERED"])
    assert await job_status(api, second) == ("APPLIED", ["DISCOVERED", "APPLIED"])


async def test_statuses_that_follow_take_few_statements_however_many(api: Api, world: World) -> None:
    counts: list[list[int]] = []
    for number in (1, 20):
        jobs = [await world.job() for _ in range(2 * number)]
        applications = [await submit(api, job) for job in jobs[:number]]
        counts.append([])

        async def ask(mutation: str, selection: str, **given: Any) -> Any:
            payload = await api.mutate(mutation, selection, **given)
            counts[-1].append(len(api.statements))
            return payload

        moved = [one | {"jobId": job} for one, job in zip(applications, jobs[number:], strict=True)]
        await ask("updateApplications", "results { application { id } }", items=moved)
        assert [(await job_status(api, job))[0] for job in jobs] == ["DISCOVERED"] * number + ["APPLIED"] * number
        gone = [{"id": one["id"]} for one in applications]
        deleted = await ask("deleteApplications", "results { change { id } }", items=gone)
        assert [(await job_status(api, job))[0] for job in jobs] == ["DISCOVERED"] * 2 * number
        await ask("undoChanges", "undoneChanges { id }", ids=[result["change"]["id"] for result in deleted["results"]])
        assert [(await job_status(api, job))[0] for job in jobs] == ["DISCOVERED"] * number + ["APPLIED"] * number
    assert counts[0] == counts[1]


@pytest.mark.parametrize("mutation", ["deleteApplication", "deleteJob"])
async def test_the_usage_count_follows_usages_that_go(api: Api, world: World, mutation: str) -> None:
    job = await world.job()
    reference, application = await world.reference(), await world.application(jobId=job)
    for given in ({}, {"applicationId": application}, {"applicationId": application}):
        await api.mutate("recordReferenceUse", "", referenceId=reference, **given)
    await api.mutate(mutation, "", id=application if mutation == "deleteApplication" else job)
    data = await api.data("{ references { nodes { usageCount usages { totalCount } } } }")
    assert data["references"]["nodes"] == [{"usageCount": 1, "usages": {"totalCount": 1}}]


async def test_values_follow_what_is_purged(api: Api, world: World) -> None:
    job, reference = await world.job(), await world.reference()
    application = (await submit(api, job))["id"]
    claim = {"claimType": "x", "originalExperience": "o", "claimedExperience": "c", "exaggerationMultiplier": 2}
    claimed = await api.mutate("createExperienceClaim", "experienceClaim { id }", applicationId=application, **claim)
    answer = await api.mutate(
        "recordEmployerResponse", "employerResponse { id }", applicationId=application, responseType="OTHER"
    )
    await api.mutate("recordReferenceUse", "", referenceId=reference, applicationId=application)

    await api.mutate("purge", "purgedIds", id=claimed["experienceClaim"]["id"])
    await api.mutate("purge", "purgedIds", id=answer["employerResponse"]["id"])
    query = "query($id: ID!) { application(by: {id: $id}) { integrityScore responseDate } }"
    honest = {"integrityScore": 100.0, "responseDate": None}
    assert (await api.data(query, {"id": application}))["application"] == honest
    await api.mutate("purge", "purgedIds", id=application)
    data = await api.data("{ references { nodes { usageCount } } jobs { nodes { status } } }")
    assert data == {"references": {"nodes": [{"usageCount": 0}]}, "jobs": {"nodes": [{"status": "DISCOVERED"}]}}
