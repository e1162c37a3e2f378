"""Undoing a part of an act: rows and their histories go on telling the same story. Over HTTP, on both engines."""

from typing import Any

import pytest

from jobbot_gql.api.mutations.fields import ACTION
from jobbot_gql.api.strawberry_internals import definition_of
from jobbot_gql.api.types.global_ids import decode, encode
from jobbot_gql.jobs.identity import url_key
from jobbot_gql.models import Job, JobSource
from jobbot_gql.schema import schema
from tests.changes.stored_rows import kept, last_change
from tests.conftest import Api

JOB, APPLICATION, REFERENCE, CAMPAIGN, OPPORTUNITY, FOLLOW_UP = (
    encode(name, 1) for name in ("Job", "Application", "Reference", "OutreachCampaign", "Opportunity", "FollowUp")
)

ACTS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("createJob", {"title": "T", "company": "C", "jobUrl": "https://firm.example/2"}, ["Job +"]),
    ("createJob", {"title": "T", "company": "C"}, ["Job +", "StatusEvent +"]),
    ("updateJob", {"id": JOB, "version": 1, "jobUrl": "https://firm.example/3"}, ["Job", "JobSource +", "JobSource -"]),
    ("changeJobStatus", {"id": JOB, "status": "TARGETED"}, ["Job", "StatusEvent +"]),
    (
        "createApplication",
        {
            "jobId": JOB,
            "allowRepeat": True,
            "repeatReason": "r",
            "experienceClaims": [{"claimType": "x", "originalExperience": "o", "claimedExperience": "c"}],
        },
        ["Application +", "StatusEvent +"],
    ),
    ("changeApplicationStatus", {"id": APPLICATION, "status": "REJECTED"}, ["Application", "StatusEvent +"]),
    (
        "recordEmployerResponse",
        {"applicationId": APPLICATION, "responseType": "REJECTION", "applyProposedStatus": True},
        ["Application", "StatusEvent +", "EmployerResponse +"],
    ),
    (
        "createEmployerResponse",
        {"applicationId": APPLICATION, "responseType": "OTHER"},
        ["Application", "EmployerResponse +"],
    ),
    ("recordReferenceUse", {"referenceId": REFERENCE}, ["Reference", "ReferenceUsage +"]),
    (
        "recordOutreachReply",
        {"id": CAMPAIGN, "responseStatus": "REPLIED"},
        ["OutreachCampaign", "StatusEvent +"],
    ),
    ("advanceOpportunity", {"id": OPPORTUNITY, "status": "RESEARCHED"}, ["Opportunity", "StatusEvent +"]),
    ("addTags", {"ids": [JOB], "names": ["new"]}, ["Tag +"]),
    ("removeTags", {"ids": [JOB], "names": ["old"]}, ["Tag -"]),
    ("scheduleFollowUp", {"outreachCampaignId": CAMPAIGN, "dueOn": "2099-01-02"}, ["FollowUp +"]),
    ("snoozeFollowUp", {"id": FOLLOW_UP, "until": "2099-01-03"}, ["FollowUp"]),
    ("completeFollowUp", {"id": FOLLOW_UP}, ["FollowUp"]),
    ("dismissFollowUp", {"id": FOLLOW_UP, "reason": "r"}, ["FollowUp"]),
]
ELSEWHERE = {
    "submitApplication": "test_a_job_s_status_goes_along_with_the_application_that_it_followed",  # two status events
    "changeJobStatuses": "changeJobStatus, for many rows",
    "changeApplicationStatuses": "changeApplicationStatus, for many rows",
    "sweepGhosted": "tests/daily/test_sweep.py",
    "attachDocuments": "tests/daily/test_documents.py",
    "detachDocuments": "tests/daily/test_documents.py",
    "undoChange": "undone itself by each test here",
    "undoChanges": "tests/changes/test_mutations.py",
    "purge": "cannot be undone",
}
"""Actions that are not in ACTS, and where else they are undone."""
PARTS = [(mutation, given, part) for mutation, given, parts in ACTS for part in parts]
SIGNS = {"CREATE": " +", "UPDATE": "", "DELETE": " -"}
OPPOSITE = {" +": " -", " -": " +"}


@pytest.fixture
async def world(api: Api) -> Api:
    """The API, with a row of what acts are about."""
    await api.mutate("createJob", "", title="A", company="B", jobUrl="https://firm.example/1")
    await api.mutate("createApplication", "", jobId=JOB)
    await api.mutate("createReference", "", name="Ada", consentGiven=True)
    await api.mutate("createOutreachCampaign", "")
    return api


@pytest.fixture
async def wide_world(world: Api) -> Api:
    """The same, with rows of the acts that are about other ones."""
    company = await world.mutate("createCompany", "company { id }", name="Acme")
    texts = {"problemDescription": "slow", "solutionApproach": "script"}
    await world.mutate("createOpportunity", "", companyId=company["company"]["id"], **texts)
    await world.mutate("addTags", "", ids=[JOB], names=["old"])
    await world.mutate("scheduleFollowUp", "", applicationId=APPLICATION, dueOn="2099-01-01")
    return world


def test_every_action_is_here_or_elsewhere() -> None:
    mutations = schema.graphql.mutation_type
    assert mutations is not None
    actions = {name for name, field in mutations.fields.items() if definition_of(field).metadata[ACTION]}
    here = {mutation for mutation, *_ in ACTS}
    assert actions - here == ELSEWHERE.keys(), "add the action to ACTS, with each change that it writes"


async def changes(api: Api) -> dict[str, str]:
    """The ids of the changes that the last request wrote, by what they did."""
    feed = await api.data("{ changes(first: 250) { nodes { id entityId operation requestId } } }")
    nodes = feed["changes"]["nodes"]
    last = [one for one in nodes if one["requestId"] == nodes[-1]["requestId"]]
    return {f"{decode(one['entityId'])[0]}{SIGNS[one['operation']]}": one["id"] for one in last}


async def things(api: Api) -> dict[str, Any]:
    """Every row but for its version, which rises with everything."""
    return {
        table: [{name: value for name, value in row.items() if name != "version"} for row in found]
        for table, found in (await kept(api)).items()
    }


@pytest.mark.parametrize(("mutation", "given", "part"), PARTS, ids=[f"{act[0]}-{act[2]}" for act in PARTS])
async def test_each_part_of_an_act_takes_the_others_along_there_and_back(
    wide_world: Api, mutation: str, given: dict[str, Any], part: str
) -> None:
    world = wide_world
    before = await things(world)
    await world.mutate(mutation, "", **given)
    after = await things(world)
    act = await changes(world)

    undone = await world.mutate("undoChange", "undoneChanges { id }", id=act[part])

    assert {one["id"] for one in undone["undoneChanges"]} == set(act.values())
    assert await things(world) == before
    same = part[:-2] + OPPOSITE[part[-2:]] if part[-2:] in OPPOSITE else part
    await world.mutate("undoChange", "undoneChanges { id }", id=(await changes(world))[same])
    assert await things(world) == after


async def test_other_items_of_a_batch_are_left_alone(world: Api) -> None:
    answers = [
        {"applicationId": APPLICATION, "responseType": "OTHER", "responseDate": f"2030-01-0{day}T00:00:00Z"}
        for day in (3, 1, 2)
    ]
    await world.mutate("createEmployerResponses", "results { userErrors { code } }", items=answers)
    query = "{ changes(first: 250) { nodes { id entity operation } } }"
    nodes = (await world.data(query))["changes"]["nodes"]
    third = [one["id"] for one in nodes if one["entity"] == "EMPLOYER_RESPONSE"][2]
    assert len((await world.mutate("undoChange", "undoneChanges { id }", id=third))["undoneChanges"]) == 1
    found = await things(world)
    assert [row["id"] for row in found["employer_responses"]] == [1, 2]
    assert str(found["applications"][0]["response_date"])[:10] == "2030-01-01"

    jobs = [{"title": title, "company": "C"} for title in "XYZ"]
    await world.mutate("createJobs", "results { job { id } }", items=jobs)
    nodes = (await world.data("{ changes(first: 250) { nodes { id entity operation } } }"))["changes"]["nodes"]
    middle = [one["id"] for one in nodes if one["entity"] == "JOB" and one["operation"] == "CREATE"][2]
    assert len((await world.mutate("undoChange", "undoneChanges { id }", id=middle))["undoneChanges"]) == 2
    found = await things(world)
    assert [row["title"] for row in found["jobs"]] == ["A", "X", "Z"]
    assert [row["job_id"] for row in found["status_events"] if row["job_id"]] == [1, 2, 4]


async def test_nothing_is_taken_out_of_the_middle_of_a_history(world: Api) -> None:
    async def change(status: str) -> dict[str, str]:
        await world.mutate("changeApplicationStatus", "", id=APPLICATION, status=status)
        return await changes(world)

    first = await change("PHONE_SCREEN")
    await change("TECHNICAL_INTERVIEW")
    last = await change("PHONE_SCREEN")

    sequence = decode(first["Application"])[1]
    message = f"Change {sequence} cannot be undone: StatusEvent {{}} was created later."
    for part in first.values():
        assert await world.rejected("undoChange", id=part) == [
            ("UNDO_CONFLICT", "input.id", message.format(event)) for event in (5, 6)
        ]
    before = await things(world)
    await world.mutate("undoChange", "", id=last["StatusEvent +"])
    undoing = await changes(world)
    await change("FINAL_INTERVIEW")
    await change("TECHNICAL_INTERVIEW")
    for part in undoing.values():
        assert [error[0] for error in await world.rejected("undoChange", id=part)] == ["UNDO_CONFLICT"] * 2
    assert before != await things(world)


async def test_the_date_of_the_first_answer_becomes_that_of_the_second(world: Api) -> None:
    answer = {"applicationId": APPLICATION, "responseType": "OTHER"}
    await world.mutate("recordEmployerResponse", "", **answer)
    first = await changes(world)
    await world.mutate("recordEmployerResponse", "", **answer)
    second = await changes(world)
    assert second.keys() == {"EmployerResponse +"}

    for part in first.values():
        before = await things(world)
        undone = await world.mutate("undoChange", "undoneChanges { id }", id=part)
        assert {one["id"] for one in undone["undoneChanges"]} == set(first.values())
        found = await things(world)
        (response,) = found["employer_responses"]
        assert (response["id"], found["applications"][0]["response_date"]) == (2, response["response_date"])
        await world.mutate("undoChange", "", id=(await changes(world))["EmployerResponse -"])
        assert await things(world) == before
    for one in (second, first):
        await world.mutate("undoChange", "", id=one["EmployerResponse +"])
    found = await things(world)
    assert (found["employer_responses"], found["applications"][0]["response_date"]) == ([], None)


async def test_each_use_of_a_reference_is_an_act_of_its_own(world: Api) -> None:
    query = """mutation($reference: ID!, $application: ID!) {
      first: recordReferenceUse(input: {referenceId: $reference}) { userErrors { code } }
      second: recordReferenceUse(input: {referenceId: $reference, applicationId: $application}) { userErrors { code } }
    }"""

    async def last(count: int) -> list[dict[str, Any]]:
        feed = await world.data("{ changes(first: 250) { nodes { id sequence entity operation } } }")
        found: list[dict[str, Any]] = feed["changes"]["nodes"][-count:]
        return found

    async def counted() -> tuple[int, list[int]]:
        found = await things(world)
        return found["references"][0]["usage_count"], [row["id"] for row in found["reference_usages"]]

    before = await things(world)
    await world.data(query, {"reference": REFERENCE, "application": APPLICATION})
    after = await things(world)
    uses = await last(4)
    for part in uses[2:]:
        undone = await world.mutate("undoChange", "undoneChanges { id }", id=part["id"])
        assert {one["id"] for one in undone["undoneChanges"]} == {one["id"] for one in uses[2:]}
        assert await counted() == (1, [1])
        await world.mutate("undoChange", "undoneChanges { id }", id=(await last(1))[0]["id"])
        assert await things(world) == after
    message = f"Change {uses[0]['sequence']} cannot be undone: ReferenceUsage 2 was created later."
    for part in uses[:2]:
        assert await world.rejected("undoChange", id=part["id"]) == [("UNDO_CONFLICT", "input.id", message)]

    # One request takes both back, the later one first, which are two acts again.
    await world.mutate("undoChanges", "undoneChanges { id }", ids=[uses[0]["id"], uses[3]["id"]])
    assert await things(world) == before
    for part in (await last(4))[::-2]:
        undone = await world.mutate("undoChange", "undoneChanges { id }", id=part["id"])
        assert len(undone["undoneChanges"]) == 2
    assert await things(world) == after

    companies = [{"name": name} for name in "XYZ"]
    await world.mutate("createCompanies", "results { userErrors { code } }", items=companies)
    taken_back = [part["id"] for part in (uses[3], *await last(3))]
    both = """mutation($changes: [ID!]!, $reference: ID!) {
      back: undoChanges(input: {ids: $changes}) { userErrors { code } }
      again: recordReferenceUse(input: {referenceId: $reference}) { userErrors { code } }
    }"""
    await world.data(both, {"changes": taken_back, "reference": REFERENCE})
    assert await counted() == (2, [1, 3])
    back, again = [part["id"] for part in (await last(4))[1:3]]
    for part, left in ((again, (1, [1])), (back, (2, [1, 2]))):
        assert len((await world.mutate("undoChange", "undoneChanges { id }", id=part))["undoneChanges"]) == 2
        assert await counted() == left


async def test_a_source_that_came_with_a_job_goes_with_it(world: Api) -> None:
    before = await things(world)
    await world.mutate("createJob", "", title="T", company="C", jobUrl="https://firm.example/2")
    act = await changes(world)
    undone = await world.mutate("undoChange", "undoneChanges { id }", id=act["JobSource +"])
    assert {one["id"] for one in undone["undoneChanges"]} == set(act.values())
    assert await things(world) == before


async def test_the_source_by_which_a_job_is_recognised_is_not_taken_from_it(world: Api) -> None:
    async with world.database.transaction() as session:  # as an import adds one to a job that came from elsewhere
        session.add(Job(title="T", company="C", job_url="https://firm.example/2", status=None))
    url = "https://firm.example/2/"
    async with world.database.transaction() as session:
        session.add(JobSource(job_id=2, url=url, url_key=url_key(url), raw={"title": "T"}))
    source = (await last_change(world, "JobSource"))["id"]
    message = (
        f"Change {decode(source)[1]} cannot be undone: Job 2 is recognised by this source:"
        " undo the change of its jobUrl instead, or set it to null."
    )
    assert await world.rejected("undoChange", id=source) == [("UNDO_CONFLICT", "input.id", message)]
    duplicate = await world.mutate("createJob", "", title="T", company="C", jobUrl="http://www.firm.example/2")
    assert [error["code"] for error in duplicate["userErrors"]] == ["DUPLICATE_JOB_URL"]

    await world.mutate("updateJob", "", id=encode("Job", 2), version=1, jobUrl=None)
    await world.mutate("undoChange", "undoneChanges { id }", id=source)
    await world.mutate("createJob", "", title="T", company="C", jobUrl="http://www.firm.example/2")
    again = (await world.data("{ changes(first: 250) { nodes { id operation entity entityId } } }"))["changes"]["nodes"]
    gone = [one["id"] for one in again if one["entity"] == "JOB_SOURCE" and one["operation"] == "DELETE"][-1]
    (rejection,) = await world.rejected("undoChange", id=gone)
    assert rejection[2].endswith("has the same URL now.")


REDONE = [*ACTS, ("deleteJob", {"id": JOB}, ["Job -"]), ("deleteReference", {"id": REFERENCE}, ["Reference -"])]


@pytest.mark.parametrize(("mutation", "given", "parts"), REDONE, ids=[f"{act[0]}-{act[2][0]}" for act in REDONE])
async def test_what_was_redone_can_be_undone_by_its_first_change(
    wide_world: Api, mutation: str, given: dict[str, Any], parts: list[str]
) -> None:
    world = wide_world
    before = await things(world)
    await world.mutate(mutation, "", **given)
    after, part = await things(world), parts[0]
    first = (await changes(world))[part]
    same = part[:-2] + OPPOSITE[part[-2:]] if part[-2:] in OPPOSITE else part
    for _ in range(2):
        await world.mutate("undoChange", "undoneChanges { id }", id=first)
        assert await things(world) == before
        await world.mutate("undoChange", "undoneChanges { id }", id=(await changes(world))[same])
        assert await things(world) == after


async def test_a_row_that_was_deleted_again_with_other_values_does_not_come_back_as_it_was_first(world: Api) -> None:
    await world.mutate("deleteReference", "", id=REFERENCE)
    (first,) = (await changes(world)).values()
    await world.mutate("undoChange", "undoneChanges { id }", id=first)
    await world.mutate("updateReference", "", id=REFERENCE, version=1, notes="n")
    await world.mutate("deleteReference", "", id=REFERENCE)
    message = (
        f"Change {decode(first)[1]} cannot be undone: the Reference was restored and deleted again;"
        " undo its latest deletion."
    )
    assert await world.rejected("undoChange", id=first) == [("UNDO_CONFLICT", "input.id", message)]


@pytest.mark.parametrize(
    ("mutation", "given"),
    [
        ("submitApplication", {"jobId": encode("Job", 2), "allowRepeat": True, "repeatReason": "r"}),
        ("deleteApplication", {"id": encode("Application", 2)}),
        ("updateApplication", {"id": encode("Application", 2), "version": 1, "jobId": encode("Job", 3)}),
    ],
)
async def test_a_job_s_status_goes_along_with_the_application_that_it_followed(
    world: Api, mutation: str, given: dict[str, Any]
) -> None:
    for _ in range(2):
        await world.mutate("createJob", "", title="T", company="C")
    if mutation != "submitApplication":
        await world.mutate("submitApplication", "", jobId=encode("Job", 2))
    before = await things(world)
    await world.mutate(mutation, "", **given)
    assert await things(world) != before
    act = await changes(world)
    application = next(change for what, change in act.items() if what.startswith("Application"))
    await world.mutate("undoChange", "undoneChanges { id }", id=application)
    assert await things(world) == before


CLAIM = {"claimType": "x", "originalExperience": "o", "claimedExperience": "c", "exaggerationMultiplier": 2}


@pytest.mark.parametrize("first", ["STATUS_EVENT", "EXPERIENCE_CLAIM", "APPLICATION"])
async def test_an_act_of_which_a_part_was_undone_can_be_undone_to_its_beginning(world: Api, first: str) -> None:
    before = await things(world)
    job = {"create": {"title": "T", "company": "C", "jobUrl": "https://firm.example/2"}}
    await world.mutate("submitApplication", "", job=job, experienceClaims=[CLAIM, CLAIM])
    nodes = await world.data("{ changes(first: 250) { nodes { id sequence entity requestId } } }")
    nodes = nodes["changes"]["nodes"]
    act = [one for one in nodes if one["requestId"] == nodes[-1]["requestId"]]
    parts = sorted(act, key=lambda one: (one["entity"] != first, -int(one["sequence"])))
    undone: list[str] = []
    for part in parts:
        if part["id"] not in undone:
            answer = await world.mutate("undoChange", "undoneChanges { id }", id=part["id"])
            undone += [one["id"] for one in answer["undoneChanges"]]
    assert sorted(undone) == sorted(one["id"] for one in act)
    assert await things(world) == before
