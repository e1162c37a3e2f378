"""Payloads list the entries of the change log that their mutation, or their item of a batch, wrote."""

import asyncio
from typing import Any

from jobbot_gql.api.types.global_ids import decode
from tests.conftest import Api, everything
from tests.writing.conftest import World

CHANGES = "changes { id sequence entity operation entityId }"
CLAIM = {
    "claimType": "embellishment",
    "originalExperience": "o",
    "claimedExperience": "c",
    "exaggerationMultiplier": 2.0,
}
DRY_RUN = {"x-jobbot-dry-run": "yes"}


def short(payload: dict[str, Any]) -> list[str]:
    """The changes as `Application 1 update`."""
    named = ((decode(one["entityId"]), one["operation"].lower()) for one in payload["changes"])
    return [f"{entity} {row_id} {operation}" for (entity, row_id), operation in named]


async def test_a_payload_lists_what_its_own_field_wrote(api: Api, world: World) -> None:
    job = await world.job()
    data = await api.data(
        f"""mutation($job: ID!, $claims: [NewExperienceClaimInput!]) {{
          first: submitApplication(input: {{job: {{id: $job}}, experienceClaims: $claims}}) {{ {CHANGES} }}
          rejected: submitApplication(input: {{job: {{id: $job}}}}) {{ {CHANGES} userErrors {{ code }} }}
          same: upsertJob(input: {{id: $job, title: "T", company: "C"}}) {{ outcome {CHANGES} }}
          again: upsertJob(input: {{id: $job, title: "T", company: "C"}}) {{ outcome {CHANGES} }}
          other: createCompany(input: {{name: "C"}}) {{ {CHANGES} }}
        }}""",
        {"job": job, "claims": [CLAIM]},
    )

    assert sorted(short(data["first"])) == [
        "Application 1 create",
        "ExperienceClaim 1 create",
        "Job 1 update",
        "StatusEvent 2 create",
        "StatusEvent 3 create",
    ]
    assert data["rejected"] == {"changes": [], "userErrors": [{"code": "ALREADY_APPLIED"}]}
    assert (data["same"]["outcome"], short(data["same"])) == ("UPDATED", ["Job 1 update"])
    assert data["again"] == {"outcome": "UNCHANGED", "changes": []}
    assert short(data["other"]) == ["Company 1 create"]
    log = (await api.data("{ changes(first: 250) { nodes { id } } }"))["changes"]["nodes"]
    listed = [one["id"] for name in ("first", "same", "other") for one in data[name]["changes"]]
    assert listed == [one["id"] for one in log][-len(listed) :]


async def test_an_undo_needs_no_second_request(api: Api, world: World) -> None:
    job = await world.job()
    before = await everything(api.database)
    selection = "changes(first: 250) { id }"
    made = await api.mutate("submitApplication", selection, job={"id": job}, experienceClaims=[CLAIM])
    ids = [one["id"] for one in made["changes"]]

    undone = await api.mutate("undoChanges", f"undoneChanges {{ id }} {CHANGES}", ids=ids)

    assert {one["id"] for one in undone["undoneChanges"]} == set(ids)
    assert len(undone["changes"]) == len(ids)
    assert {one["id"] for one in undone["changes"]}.isdisjoint(ids)
    after = await everything(api.database)
    for table in ("applications", "experience_claims", "status_events"):
        assert after[table] == before[table]


async def test_an_undo_takes_all_changes_of_an_item(api: Api, world: World) -> None:
    application = await world.application()
    before = await everything(api.database)
    batch = "results { changes { id entity } }"
    items = [{"applicationId": application, **CLAIM}] * 2
    first, second = (await api.mutate("createExperienceClaims", batch, items=items))["results"]
    assert [sorted(one["entity"] for one in result["changes"]) for result in (first, second)] == [
        ["APPLICATION", "EXPERIENCE_CLAIM"]
    ] * 2

    await api.mutate("undoChanges", "", ids=[one["id"] for one in first["changes"]])

    after = await everything(api.database)
    (claim,) = after["experience_claims"]
    assert claim.id == decode((await claim_ids(api))[0])[1]
    await api.mutate("deleteExperienceClaim", "", id=(await claim_ids(api))[0])
    assert [row.integrity_score for row in (await everything(api.database))["applications"]] == [
        row.integrity_score for row in before["applications"]
    ]


async def claim_ids(api: Api) -> list[str]:
    return [one["id"] for one in (await api.data("{ experienceClaims { nodes { id } } }"))["experienceClaims"]["nodes"]]


async def test_each_item_of_a_batch_lists_its_own(api: Api, world: World) -> None:
    shared, alone = await world.application(), await world.application()
    batch = f"{CHANGES} results {{ {CHANGES} userErrors {{ code }} }}"
    responses = [
        {"applicationId": one, "responseType": "OFFER", "responseDate": f"2099-01-0{day}T00:00:00Z"}
        for one, day in ((shared, 2), (shared, 1), (alone, 3))
    ]
    claims = [{"applicationId": alone, **CLAIM}, {"applicationId": "QXBwbGljYXRpb246OTk=", **CLAIM}]

    answered = await api.mutate("createEmployerResponses", batch, items=responses)
    claimed = await api.mutate("createExperienceClaims", batch, items=claims, atomic=False)

    assert [sorted(short(one)) for one in answered["results"]] == [
        ["Application 1 update", "EmployerResponse 1 create"],
        ["Application 1 update", "EmployerResponse 2 create"],
        ["Application 2 update", "EmployerResponse 3 create"],
    ]
    every = {one["id"]: one for result in answered["results"] for one in result["changes"]}
    assert {one["id"]: one for one in answered["changes"]} == every
    assert len(answered["changes"]) == 5
    assert [sorted(short(one)) for one in claimed["results"]] == [
        ["Application 2 update", "ExperienceClaim 1 create"],
        [],
    ]
    moved = await api.mutate(
        "updateEmployerResponses",
        batch,
        items=[
            {"id": (await response(api, number)), "version": 1, "responseDate": "2099-02-01T00:00:00Z"}
            for number in (2, 3)
        ],
    )
    assert [sorted(short(one)) for one in moved["results"]] == [
        ["Application 1 update", "EmployerResponse 2 update"],
        ["Application 2 update", "EmployerResponse 3 update"],
    ]
    closed = await api.mutate("changeApplicationStatuses", batch, ids=[alone, shared], status="REJECTED")
    assert [sorted(one.split(maxsplit=2)[0] for one in short(result)) for result in closed["results"]] == [
        ["Application", "StatusEvent"]
    ] * 2
    assert [short(result)[0] for result in closed["results"]] == ["Application 2 update", "Application 1 update"]
    deleted = await api.mutate("deleteApplications", batch, items=[{"id": alone}, {"id": shared}])
    assert [sorted({one.split()[0] for one in short(result)}) for result in deleted["results"]] == [
        ["Application", "EmployerResponse", "ExperienceClaim", "StatusEvent"],
        ["Application", "EmployerResponse", "StatusEvent"],
    ]
    assert {one["operation"] for one in deleted["changes"]} == {"DELETE"}


async def response(api: Api, number: int) -> str:
    data = await api.data("query($n: Int!) { employerResponse(by: {databaseId: $n}) { id } }", {"n": number})
    row_id: str = data["employerResponse"]["id"]
    return row_id


async def test_the_first_changes_are_listed(api: Api, world: World) -> None:
    job = await world.job()
    apply = """mutation($job: ID!, $first: Int) { submitApplication(input: {job: {id: $job}}) {
      all: changes { id } changes(first: $first) { id } none: changes(first: 0) { id } } }"""

    payload = (await api.data(apply, {"job": job, "first": 2}))["submitApplication"]

    assert payload["changes"] == payload["all"][:2]
    assert (len(payload["all"]), payload["none"]) == (4, [])


async def test_a_repeated_request_lists_what_the_first_wrote(api: Api) -> None:
    given = {"items": [{"title": "A", "company": "C"}, {"title": "B", "company": "C"}], "idempotencyKey": "k"}
    batch = f"{CHANGES} results {{ {CHANGES} }}"
    await api.mutate("createJobs", "results { job { id } }", **given)

    first = await api.mutate("createJobs", batch, **given)

    assert [short(one)[0] for one in first["results"]] == ["Job 1 create", "Job 2 create"]
    assert first == await api.mutate("createJobs", batch, **given)


async def test_the_changes_take_the_same_statements_for_every_batch(api: Api) -> None:
    batch = "changes(first: 250) { id node { id } } results { changes { id entity } }"

    async def statements(count: int) -> list[str]:
        await api.mutate("createJobs", batch, items=[{"title": f"T{n}", "company": "C"} for n in range(count)])
        return api.statements

    assert len(await statements(2)) == len(await statements(20))


async def test_a_dry_run_lists_what_would_be_written(api: Api, world: World) -> None:
    job = await world.job()
    before = await everything(api.database)
    query = f"""mutation($job: ID!) {{
      plain: createCompany(input: {{name: "A"}}) {{ company {{ id }} }}
      applied: submitApplication(input: {{job: {{id: $job}}}}) {{ {CHANGES} }}
      many: createJobs(input: {{items: [{{title: "A", company: "C"}}, {{title: "B", company: "C"}}]}}) {{
        {CHANGES} results {{ {CHANGES} }} }}
    }}"""

    answer = await api.http.post("/graphql", json={"query": query, "variables": {"job": job}}, headers=DRY_RUN)

    data = answer.json()["data"]
    kinds = [(one["entity"], one["operation"]) for one in data["applied"]["changes"]]
    assert sorted(kinds) == [
        ("APPLICATION", "CREATE"),
        ("JOB", "UPDATE"),
        ("STATUS_EVENT", "CREATE"),
        ("STATUS_EVENT", "CREATE"),
    ]
    first, second = data["many"]["results"]
    assert [one["entity"] for one in first["changes"]] == [one["entity"] for one in second["changes"]]
    assert {one["id"] for one in data["many"]["changes"]} == {one["id"] for one in first["changes"] + second["changes"]}
    assert all(one["sequence"] < 0 for one in data["applied"]["changes"])
    assert await everything(api.database) == before


async def test_concurrent_requests_list_their_own(api: Api) -> None:
    names = [f"Company {number}" for number in range(12)]
    selection = "company { id } changes { entityId operation }"

    made = await asyncio.gather(*(api.mutate("createCompany", selection, name=name) for name in names))

    assert [one["changes"] for one in made] == [
        [{"entityId": one["company"]["id"], "operation": "CREATE"}] for one in made
    ]
