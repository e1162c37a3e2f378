"""Postings of applications: kept, shared, deleted with the last application and restored, on both engines."""

from typing import Any

import pytest

from jobbot_gql.jobs.models import Job
from jobbot_gql.postings.service import digest_of
from tests.conftest import Api, everything
from tests.writing.conftest import World

POSTING = "posting { title description digest } postingChanged"


@pytest.fixture
def world(api: Api) -> World:
    return World(api)


async def posting(api: Api, application: str) -> dict[str, Any]:
    data = await api.data(f"query($id: ID!) {{ application(by: {{id: $id}}) {{ {POSTING} }} }}", {"id": application})
    found: dict[str, Any] = data["application"]
    return found


async def stored(api: Api) -> list[Any]:
    return (await everything(api.database))["postings"]


async def logged(api: Api) -> set[str]:
    log = (await everything(api.database))["change_log"]
    return {entry.entity for entry in log if entry.before or entry.after}


async def test_a_posting_keeps_the_text_that_was_applied_to(api: Api, world: World) -> None:
    job = await world.job(description="Old.")
    payload = await api.mutate("submitApplication", "application { id }", job={"id": job})
    application = payload["application"]["id"]
    digest = digest_of(Job(title="Engineer", company="Firm", description="Old."))
    kept = {"title": "Engineer", "description": "Old.", "digest": digest}
    assert await posting(api, application) == {"posting": kept, "postingChanged": False}

    await api.mutate("updateJob", "job { id }", id=job, version=2, salaryMax=1)
    assert (await posting(api, application))["postingChanged"] is False
    await api.mutate("updateJob", "job { id }", id=job, version=3, description="New.")
    assert await posting(api, application) == {"posting": kept, "postingChanged": True}
    data = await api.data('{ applications(filter: {posting: {description: {eq: "Old."}}}) { totalCount } }')
    assert data == {"applications": {"totalCount": 1}}


async def test_a_job_without_a_text_has_no_posting(api: Api, world: World) -> None:
    application = await world.application()

    assert await posting(api, application) == {"posting": None, "postingChanged": False}
    assert await stored(api) == []


async def test_a_posting_is_shared_and_goes_with_its_last_application(api: Api, world: World) -> None:
    jobs = [await world.job(description="Same.") for _ in range(2)]
    first, second = [await world.application(jobId=job) for job in jobs]
    (before,) = await stored(api)

    undone = []
    for mutation, row_id, left in (("deleteApplication", first, 1), ("deleteJob", jobs[1], 0)):
        deleted = await api.mutate(mutation, "change { id }", id=row_id)
        undone.append(deleted["change"]["id"])
        assert len(await stored(api)) == left
    await api.mutate("undoChange", "undoneChanges { id }", id=undone[0])  # the other one deleted the posting
    assert await stored(api) == [before]
    assert (await posting(api, first))["posting"]["description"] == "Same."
    await api.mutate("undoChange", "undoneChanges { id }", id=undone[1])
    assert await stored(api) == [before]
    assert (await posting(api, second))["posting"]["description"] == "Same."


async def test_undoing_an_application_removes_its_posting(api: Api, world: World) -> None:
    job = await world.job(description="Text.")
    payload = await api.mutate("submitApplication", "application { history { requestId } }", job={"id": job})
    request = payload["application"]["history"][0]["requestId"]
    before = await stored(api)

    await api.mutate("undoChanges", "undoneChanges { id }", requestId=request)
    assert await stored(api) == []
    feed = (await api.data("{ changes(first: 250) { nodes { id requestId entity } } }"))["changes"]["nodes"]
    ((code, _, message),) = await api.rejected("undoChange", id=feed[-1]["id"])
    assert (code, feed[-1]["entity"]) == ("UNDO_CONFLICT", "POSTING")
    assert "postings follow from applications; undo a change of the Application" in message
    await api.mutate("undoChanges", "undoneChanges { id }", requestId=feed[-1]["requestId"])
    assert await stored(api) == before


async def test_a_purge_erases_the_last_reference_s_posting(api: Api, world: World) -> None:
    jobs = [await world.job(description="Same.") for _ in range(2)]
    first, second = [await world.application(jobId=job) for job in jobs]
    await api.mutate("deleteApplication", "change { id }", id=second)

    await api.mutate("purge", "purgedIds", id=first)
    assert await stored(api) == []
    assert "Posting" in await logged(api)  # the second can still be restored
    (deleted,) = [
        change["id"]
        for change in (await api.data("{ changes(first: 250) { nodes { id entityId operation } } }"))["changes"][
            "nodes"
        ]
        if (change["entityId"], change["operation"]) == (second, "DELETE")
    ]
    await api.mutate("undoChange", "undoneChanges { id }", id=deleted)
    assert (await posting(api, second))["posting"]["description"] == "Same."

    await api.mutate("purge", "purgedIds", id=jobs[1])
    assert await stored(api) == []
    assert await logged(api) <= {"Job", "StatusEvent"}


async def test_statements_do_not_grow_with_rows(api: Api) -> None:
    counts: dict[str, list[int]] = {"create": [], "read": [], "delete": []}
    for count in (2, 100):
        items: list[dict[str, Any]] = [{"title": "a", "company": "b", "description": f"{n}"} for n in range(count)]
        jobs = (await api.mutate("createJobs", "results { job { id } }", items=items))["results"]
        items = [{"jobId": job["job"]["id"]} for job in jobs]
        found = (await api.mutate("createApplications", "results { application { id } }", items=items))["results"]
        counts["create"].append(len(api.statements))
        assert len(await stored(api)) == count
        await api.data(f"{{ applications(first: 250) {{ nodes {{ {POSTING} }} }} }}")
        counts["read"].append(len(api.statements))
        items = [{"id": one["application"]["id"]} for one in found]
        await api.mutate("deleteApplications", "results { change { id } }", items=items)
        counts["delete"].append(len(api.statements))
        assert await stored(api) == []
    assert all(few == many <= 9 for few, many in counts.values()), counts
