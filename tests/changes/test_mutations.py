"""Undoing and purging over HTTP."""

import asyncio
from typing import Any

from sqlalchemy import delete, update

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.models import Application, EmployerResponse, ExperienceClaim, Job, JobSource, Reference, ReferenceUsage
from tests.changes.stored_rows import kept, last_change
from tests.conftest import Api
from tests.db.looking import rows_of
from tests.rows import new_job, new_reference

OPEN = (
    "You already have an open application for Job 1 (Application 1)."
    " To apply again, set allowRepeat and give repeatReason."
)
UNDO = """
mutation Undo($id: ID!) {
  undoChange(input: {id: $id}) {
    undoneChanges { sequence operation node { id ... on Job { title version } } }
    userErrors {
      __typename code message path
      ... on UndoConflictError { change { sequence } laterChange { sequence actor } fields }
    }
  }
}"""
UNDO_MANY = """
mutation Undo($input: UndoChangesInput!) {
  undoChanges(input: $input) { undoneChanges { sequence } userErrors { code message path } }
}"""
PURGE = """
mutation Purge($id: ID!) { purge(input: {id: $id}) { purgedIds changeCount userErrors { code message path } } }"""


async def test_a_change_is_undone_and_shown_with_the_thing_as_it_is_now(api: Api) -> None:
    await api.add(new_job())
    async with api.database.transaction() as session:
        await session.execute(update(Job).values(title="C"))

    data = await api.data(UNDO, {"id": encode("Change", 2)})

    assert data["undoChange"] == {
        "undoneChanges": [
            {"sequence": 2, "operation": "UPDATE", "node": {"id": encode("Job", 1), "title": "A", "version": 2}}
        ],
        "userErrors": [],
    }
    (last,) = (await api.data('{ changes(after: "2") { nodes { actor operation requestId } } }'))["changes"]["nodes"]
    assert (last["actor"], last["operation"]) == ("local", "UPDATE")
    assert last["requestId"]


async def test_a_deletion_is_undone_by_the_change_that_it_answered_with(api: Api) -> None:
    await api.add(new_job(applications=[Application(), Application()]))
    before = await kept(api)
    deleted = await api.data(
        """mutation Delete($id: ID!) {
             deleteJob(input: {id: $id}) { change { id sequence operation } userErrors { code } } }""",
        {"id": encode("Job", 1)},
    )
    change = deleted["deleteJob"]["change"]
    assert change == {"id": encode("Change", 4), "sequence": 4, "operation": "DELETE"}

    data = await api.data(UNDO, {"id": change["id"]})

    assert [one["sequence"] for one in data["undoChange"]["undoneChanges"]] == [6, 5, 4]
    assert await kept(api) == before


async def test_undoing_a_cascade_takes_as_many_statements_for_few_rows_as_for_many(api: Api) -> None:
    counts = []
    for job, size in ((1, 2), (2, 300)):
        claims = {"claim_type": "x", "original_experience": "o", "claimed_experience": "c"}
        applications = [
            Application(
                notes=str(n),
                responses=[EmployerResponse(response_type="offer", sentiment_score=n / 3)],
                experience_claims=[ExperienceClaim(**claims)],
            )
            for n in range(size)
        ]
        await api.add(new_job(applications=applications))
        before = await kept(api)
        change = (await api.mutate("deleteJob", "change { id }", id=encode("Job", job)))["change"]["id"]
        undone = await api.mutate("undoChange", "undoneChanges { sequence }", id=change)
        counts.append(len(api.statements))
        assert len(undone["undoneChanges"]) == 1 + 3 * size
        assert await kept(api) == before
    assert counts[0] == counts[1]


async def test_a_conflict_names_what_stands_in_the_way(api: Api) -> None:
    await api.add(new_job())
    for actor, title in (("bot", "C"), ("somebody", "D")):
        async with api.database.transaction(actor=actor) as session:
            await session.execute(update(Job).values(title=title))
    before = await rows_of(api.database.url)

    data = await api.data(UNDO, {"id": encode("Change", 2)})

    assert data["undoChange"] == {
        "undoneChanges": [],
        "userErrors": [
            {
                "__typename": "UndoConflictError",
                "code": "UNDO_CONFLICT",
                "message": "Change 2 cannot be undone: title was changed later (change 3).",
                "path": ["input", "id"],
                "change": {"sequence": 2},
                "laterChange": {"sequence": 3, "actor": "somebody"},
                "fields": ["title"],
            }
        ],
    }
    assert await rows_of(api.database.url) == before


async def test_ids_that_are_none_are_named(api: Api) -> None:
    await api.add(new_job())
    for given, code, message in (
        (encode("Change", 9), "NOT_FOUND", "Change 9 not found."),
        (encode("Job", 1), "WRONG_TYPE", "id must be an id of type Change; got one of type Job: 'Sm9iOjE'."),
        ("x", "INVALID_ID", "id must be a global id; got 'x'. Use an `id` from an earlier answer."),
    ):
        (error,) = (await api.data(UNDO, {"id": given}))["undoChange"]["userErrors"]
        assert (error["code"], error["message"], error["path"]) == (code, message, ["input", "id"])


async def test_several_changes_are_undone_or_none(api: Api) -> None:
    await api.add(new_job(), Job(title="C", company="D"))
    async with api.database.transaction(request_id="r-1") as session:
        await session.execute(update(Job).values(location="Bern"))
    both = [encode("Change", 3), encode("Change", 4)]

    rejected = await api.data(UNDO_MANY, {"input": {"ids": [*both, encode("Change", 8)]}})
    assert rejected["undoChanges"] == {
        "undoneChanges": [],
        "userErrors": [
            {
                "code": "NOT_FOUND",
                "message": "Change 8 not found.",
                "path": ["input", "ids"],
            }
        ],
    }
    assert (await api.data(UNDO_MANY, {"input": {"ids": both}}))["undoChanges"] == {
        "undoneChanges": [{"sequence": 4}, {"sequence": 3}],
        "userErrors": [],
    }
    (rejection,) = (await api.data(UNDO_MANY, {"input": {"requestId": "r-2"}}))["undoChanges"]["userErrors"]
    assert rejection["message"] == "'r-2' is not the id of a request in the change log."
    for wrong in ({}, {"ids": both, "requestId": "r-1"}):
        (rejection,) = (await api.data(UNDO_MANY, {"input": wrong}))["undoChanges"]["userErrors"]
        assert (rejection["code"], rejection["message"]) == ("REQUIRED", "Give exactly one of ids and requestId.")


async def test_a_request_is_undone_by_its_id(api: Api) -> None:
    async with api.database.transaction(request_id="r-1") as session:
        session.add(new_job(applications=[Application()]))

    data = await api.data(UNDO_MANY, {"input": {"requestId": "r-1"}})

    assert data["undoChanges"] == {"undoneChanges": [{"sequence": 2}, {"sequence": 1}], "userErrors": []}
    assert (await api.data("{ jobs { totalCount } applications { totalCount } }")) == {
        "jobs": {"totalCount": 0},
        "applications": {"totalCount": 0},
    }


async def test_nothing_comes_back_as_a_second_open_application(api: Api) -> None:
    await api.add(new_job(), Job(title="C", company="B"))
    job, other = encode("Job", 1), encode("Job", 2)

    async def submitted(to: str) -> str:
        payload = await api.mutate("submitApplication", "application { id }", jobId=to)
        row_id: str = payload["application"]["id"]
        return row_id

    first = await submitted(job)
    deletion = (await api.mutate("deleteApplication", "change { id sequence }", id=first))["change"]
    second = await submitted(job)
    query = """mutation($input: UndoChangeInput!) { undoChange(input: $input) {
      undoneChanges { id } userErrors { __typename code message path
        ... on AlreadyAppliedError { application { id } } } } }"""
    message = f"Change {deletion['sequence']} cannot be undone: Application 2 for Job 1 is open now."
    assert (await api.data(query, {"input": {"id": deletion["id"]}}))["undoChange"] == {
        "undoneChanges": [],
        "userErrors": [
            {
                "__typename": "AlreadyAppliedError",
                "code": "ALREADY_APPLIED",
                "message": message,
                "path": ["input", "id"],
                "application": {"id": second},
            }
        ],
    }
    assert await api.rejected("undoChange", id=deletion["id"]) == [("ALREADY_APPLIED", "input.id", message)]
    rejection = ("ALREADY_APPLIED", "input.ids", message)
    assert await api.rejected("undoChanges", ids=[deletion["id"]]) == [rejection]

    # A status that is taken back, and a move to another job.
    await api.mutate("changeApplicationStatus", "", id=second, status="WITHDRAWN")
    withdrawal = (await last_change(api, "Application"))["id"]
    assert (await api.mutate("undoChange", "undoneChanges { operation }", id=deletion["id"]))["undoneChanges"]
    assert [error[0] for error in await api.rejected("undoChange", id=withdrawal)] == ["ALREADY_APPLIED"]
    await api.mutate("updateApplication", "", id=first, version=1, jobId=other)
    move = (await last_change(api, "Application"))["id"]
    await submitted(job)
    assert [error[0] for error in await api.rejected("undoChange", id=move)] == ["ALREADY_APPLIED"]
    assert await api.data("{ applications { nodes { databaseId status job { databaseId } } } }") == {
        "applications": {
            "nodes": [
                {"databaseId": 3, "status": "SUBMITTED", "job": {"databaseId": 1}},
                {"databaseId": 2, "status": "WITHDRAWN", "job": {"databaseId": 1}},
                {"databaseId": 1, "status": "SUBMITTED", "job": {"databaseId": 2}},
            ]
        }
    }


async def test_what_was_open_side_by_side_is_so_again(api: Api) -> None:
    await api.add(new_job())
    repeat = {"jobId": encode("Job", 1), "allowRepeat": True, "repeatReason": "Two teams."}
    added = [(await api.mutate("submitApplication", "application { id }", **repeat))["application"] for _ in range(3)]
    before = await kept(api)
    deleted = []
    for row_id in (added[0]["id"], added[2]["id"]):
        deleted.append((await api.mutate("deleteApplication", "change { id }", id=row_id))["change"]["id"])
    await api.mutate("changeApplicationStatus", "", id=added[1]["id"], status="REJECTED")

    assert (await api.mutate("undoChange", "undoneChanges { id }", id=deleted[0]))["undoneChanges"]
    reopened = [("ALREADY_APPLIED", "input.status", OPEN)]
    assert await api.rejected("changeApplicationStatus", id=added[1]["id"], status="PHONE_SCREEN") == reopened
    assert (await api.mutate("undoChange", "undoneChanges { id }", id=deleted[1]))["undoneChanges"]
    requests = await api.data("{ changes(first: 250) { nodes { requestId operation entity } } }")
    rejected = [one["requestId"] for one in requests["changes"]["nodes"] if one["operation"] == "UPDATE"][-1]
    assert (await api.mutate("undoChanges", "undoneChanges { id }", requestId=rejected))["undoneChanges"]
    after = await kept(api)
    assert after | {"applications": []} == before | {"applications": []}
    rows = [[{**row, "version": 0} for row in found["applications"]] for found in (before, after)]
    assert rows[0] == rows[1]

    job = (await api.mutate("deleteJob", "change { id }", id=encode("Job", 1)))["change"]["id"]
    assert (await api.mutate("undoChange", "undoneChanges { id }", id=job))["undoneChanges"]
    assert await kept(api) == after


ADDRESS = "https://firm.example/1"
SAME_ADDRESS = "http://www.firm.example/1/?utm_source=a#top"
ALSO_THAT_ADDRESS = "https://firm.example/1?mc_cid=b"


async def job_at(api: Api, url: str) -> str:
    row_id: str = (await api.mutate("createJob", "job { id }", title="A", company="B", jobUrl=url))["job"]["id"]
    return row_id


async def deleted(api: Api, *jobs: str) -> list[dict[str, Any]]:
    items = [{"id": row_id} for row_id in jobs]
    payload = await api.mutate("deleteJobs", "results { change { id sequence } }", items=items)
    return [result["change"] for result in payload["results"]]


def stored_job(url: str) -> Job:
    """A job, with the place where it was seen, as others may have stored it: beside one at the same address."""
    return new_job(job_url=url, sources=[JobSource(url=url, url_key=url_key(url), raw={})])


async def test_no_address_comes_back_that_another_job_has_got_since(api: Api) -> None:
    (deletion,) = await deleted(api, await job_at(api, ADDRESS))
    second = await job_at(api, SAME_ADDRESS)
    creation = await last_change(api)
    message = f"Change {deletion['sequence']} cannot be undone: Job 2 has the same URL now."
    assert (await api.data(UNDO, {"id": deletion["id"]}))["undoChange"] == {
        "undoneChanges": [],
        "userErrors": [
            {
                "__typename": "UndoConflictError",
                "code": "UNDO_CONFLICT",
                "message": message,
                "path": ["input", "id"],
                "change": {"sequence": deletion["sequence"]},
                "laterChange": {"sequence": creation["sequence"], "actor": "local"},
                "fields": ["jobUrl"],
            }
        ],
    }
    assert await api.rejected("undoChange", id=deletion["id"]) == [("UNDO_CONFLICT", "input.id", message)]
    rejection = ("UNDO_CONFLICT", "input.ids", message)
    assert await api.rejected("undoChanges", ids=[deletion["id"]]) == [rejection]

    # The second one moves away, and a third one moves there.
    await api.mutate("updateJob", "", id=second, version=1, jobUrl="https://firm.example/2")
    move = [await last_change(api, entity) for entity in ("Job", "JobSource")]
    third = await job_at(api, "https://firm.example/3")
    await api.mutate("updateJob", "", id=third, version=1, jobUrl=ALSO_THAT_ADDRESS)
    arrival = await last_change(api)
    message = f"Change {move[0]['sequence']} cannot be undone: Job 3 has the same URL now."
    for part in move:
        assert await api.rejected("undoChange", id=part["id"]) == [("UNDO_CONFLICT", "input.id", message)]
        (error,) = (await api.data(UNDO, {"id": part["id"]}))["undoChange"]["userErrors"]
        assert (error["laterChange"]["sequence"], error["fields"]) == (arrival["sequence"], ["jobUrl"])

    # When that has gone, too, nobody else is there.
    await api.mutate("undoChange", "", id=arrival["id"])
    assert (await api.mutate("undoChange", "undoneChanges { id }", id=move[0]["id"]))["undoneChanges"]
    assert (await api.mutate("undoChange", "undoneChanges { id }", id=(await last_change(api))["id"]))["undoneChanges"]
    assert (await api.mutate("undoChange", "undoneChanges { id }", id=deletion["id"]))["undoneChanges"]
    assert await api.data("{ jobs { nodes { databaseId jobUrl } } }") == {
        "jobs": {
            "nodes": [
                {"databaseId": 3, "jobUrl": "https://firm.example/3"},
                {"databaseId": 2, "jobUrl": "https://firm.example/2"},
                {"databaseId": 1, "jobUrl": ADDRESS},
            ]
        }
    }


async def test_of_two_that_come_back_together_the_first_is_rejected_what_the_second_had_after_it(api: Api) -> None:
    deletions = []
    for url in (ADDRESS, SAME_ADDRESS):
        deletions += await deleted(api, await job_at(api, url))

    message = f"Change {deletions[0]['sequence']} cannot be undone: Job 2 has the same URL now."
    rejection = ("UNDO_CONFLICT", "input.ids", message)
    assert await api.rejected("undoChanges", ids=[one["id"] for one in deletions]) == [rejection]


async def test_jobs_that_were_at_one_address_are_there_again(api: Api) -> None:
    await api.add(stored_job(ADDRESS), stored_job(SAME_ADDRESS))
    first, second = encode("Job", 1), encode("Job", 2)
    before = await kept(api)

    for jobs in ([first], [second], [first, second]):
        deletions = await deleted(api, *jobs)
        await api.mutate("undoChanges", "undoneChanges { id }", ids=[one["id"] for one in deletions])
        assert await kept(api) == before
    deletions = [*await deleted(api, first), *await deleted(api, second)]
    for deletion in deletions:
        assert (await api.mutate("undoChange", "undoneChanges { id }", id=deletion["id"]))["undoneChanges"]
    assert await kept(api) == before

    await api.mutate("updateJob", "", id=first, version=1, jobUrl="https://firm.example/2")
    assert (await api.mutate("undoChange", "undoneChanges { id }", id=(await last_change(api))["id"]))["undoneChanges"]
    # Who stays at an address takes it from nobody.
    (deletion,) = await deleted(api, second)
    await api.mutate("updateJob", "", id=first, version=3, jobUrl=ALSO_THAT_ADDRESS)
    spelling = await last_change(api)
    assert (await api.mutate("undoChange", "undoneChanges { id }", id=deletion["id"]))["undoneChanges"]
    await api.add(stored_job("https://firm.example/1?mc_cid=c"))
    assert (await api.mutate("undoChange", "undoneChanges { id }", id=spelling["id"]))["undoneChanges"]
    jobs = (await api.data("{ jobs(orderBy: [{field: DATABASE_ID}]) { nodes { jobUrl } } }"))["jobs"]["nodes"]
    assert [job["jobUrl"] for job in jobs] == [ADDRESS, SAME_ADDRESS, "https://firm.example/1?mc_cid=c"]


async def test_many_addresses_are_looked_up_in_as_many_statements_as_two(api: Api) -> None:
    counts = []
    for size in (2, 40):
        urls = [f"https://firm.example/{size}/{n}" for n in range(size)]
        deletions = await deleted(api, *[await job_at(api, url) for url in urls])
        for url in urls:
            await job_at(api, f"{url}?mc_cid=a")
        payload = await api.mutate("undoChanges", "", ids=[one["id"] for one in deletions])
        counts.append(len(api.statements))
        assert len(payload["userErrors"]) == size
    assert counts[0] == counts[1]


async def test_integrity_follows_the_claims_that_undoing_brings_back_and_takes(api: Api) -> None:
    claim = {
        "claimType": "embellishment",
        "originalExperience": "a",
        "claimedExperience": "b",
        "exaggerationMultiplier": 2,
    }
    await api.add(new_job(applications=[Application()]))
    score = "{ application(by: {databaseId: 1}) { integrityScore exaggerationLevel credibilityRating } }"
    honest = await api.data(score)
    await api.data(
        """mutation Claim($input: CreateExperienceClaimInput!) {
             createExperienceClaim(input: $input) { userErrors { code } } }""",
        {"input": {"applicationId": encode("Application", 1), **claim}},
    )
    claimed = await api.data(score)
    assert claimed != honest
    async with api.database.transaction() as session:
        await session.execute(delete(ExperienceClaim))  # another program, which keeps no rules
    history = await api.data('{ changes(after: "2") { nodes { id entity operation } } }')
    created, deleted = [one["id"] for one in history["changes"]["nodes"] if one["entity"] == "EXPERIENCE_CLAIM"]

    await api.data(UNDO, {"id": deleted})
    assert await api.data(score) == claimed
    again = (await api.data(UNDO, {"id": created}))["undoChange"]
    assert again["userErrors"] == []
    assert await api.data(score) == honest


async def test_half_of_a_request_that_is_undone_leaves_the_integrity_right(api: Api) -> None:
    job = new_job(applications=[Application(integrity_score=73)])  # by another formula
    await api.add(job)
    claim = {"claimType": "x", "originalExperience": "o", "claimedExperience": "c", "exaggerationMultiplier": 2}
    await api.mutate("createExperienceClaim", "", applicationId=encode("Application", 1), **claim)
    feed = await api.data('{ changes(after: "2") { nodes { id entity requestId } } }')
    changes = {change["entity"]: change for change in feed["changes"]["nodes"]}
    score = "{ applications { nodes { integrityScore experienceClaims { id } } } }"
    claimed = await api.data(score)

    message = (
        "Change 4 cannot be undone: credibilityRating, exaggerationLevel and integrityScore of the Application"
        " are derived from ExperienceClaim rows; undo their change."
    )
    rejection = ("UNDO_CONFLICT", "input.id", message)
    assert await api.rejected("undoChange", id=changes["APPLICATION"]["id"]) == [rejection]
    assert await api.data(score) == claimed
    assert claimed["applications"]["nodes"][0]["integrityScore"] == 37.5

    await api.mutate("deleteExperienceClaim", "", id=claimed["applications"]["nodes"][0]["experienceClaims"][0]["id"])
    assert (await api.data(score))["applications"]["nodes"] == [{"integrityScore": 100.0, "experienceClaims": []}]


async def test_a_request_that_is_undone_puts_back_what_others_had_reckoned(api: Api) -> None:
    await api.add(new_job(applications=[Application(integrity_score=73)]))
    claim = {"claimType": "x", "originalExperience": "o", "claimedExperience": "c", "exaggerationMultiplier": 2}
    await api.mutate("createExperienceClaim", "", applicationId=encode("Application", 1), **claim)
    feed = await api.data('{ changes(after: "2") { nodes { requestId } } }')

    undone = await api.data(UNDO_MANY, {"input": {"requestId": feed["changes"]["nodes"][0]["requestId"]}})

    assert len(undone["undoChanges"]["undoneChanges"]) == 2
    data = await api.data("{ applications { nodes { integrityScore experienceClaims { id } } } }")
    assert data["applications"]["nodes"] == [{"integrityScore": 73.0, "experienceClaims": []}]


async def test_a_thing_is_purged(api: Api) -> None:
    await api.add(Reference(name="secret", usages=[ReferenceUsage(context="secret")]))

    data = await api.data(PURGE, {"id": encode("Reference", 1)})

    assert data["purge"] == {
        "purgedIds": [encode("Reference", 1), encode("ReferenceUsage", 1)],
        "changeCount": 4,
        "userErrors": [],
    }
    assert "secret" not in str(await rows_of(api.database.url))
    again = await api.data(PURGE, {"id": encode("Reference", 1)})
    assert again["purge"]["changeCount"] == 0
    for given, code, message in (
        (encode("Reference", 7), "NOT_FOUND", "Reference 7 not found."),
        (
            encode("Change", 1),
            "WRONG_TYPE",
            "id must be the id of a row that can be written; got one of type Change: 'Q2hhbmdlOjE'.",
        ),
        ("x", "INVALID_ID", "id must be a global id; got 'x'. Use an `id` from an earlier answer."),
    ):
        rejected = (await api.data(PURGE, {"id": given}))["purge"]
        assert rejected == {
            "purgedIds": None,
            "changeCount": None,
            "userErrors": [{"code": code, "message": message, "path": ["input", "id"]}],
        }


async def test_a_change_is_undone_once_however_many_ask(api: Api) -> None:
    await api.add(new_reference())

    async def ask() -> list[str]:
        response = await api.http.post("/graphql", json={"query": UNDO, "variables": {"id": encode("Change", 1)}})
        return [error["code"] for error in response.json()["data"]["undoChange"]["userErrors"]]

    answers = await asyncio.gather(*(ask() for _ in range(16)))

    assert sorted(answers) == [[], *[["UNDO_CONFLICT"]] * 15]
    feed = await api.data("{ changes { nodes { operation } } }")
    assert [one["operation"] for one in feed["changes"]["nodes"]] == ["CREATE", "DELETE"]
