"""Many writers at once, on both engines: nothing is lost, nothing is done twice, nobody is told of locks."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.db.database import Database
from jobbot_gql.db.write.retries import MAX_ATTEMPTS
from jobbot_gql.models import Job
from tests.conftest import Api
from tests.writing.conftest import World

WRITERS = 16
TIMES = 4
CLAIM = {"claimType": "embellishment", "originalExperience": "o", "claimedExperience": "c"}


async def ask(api: Api, query: str, **variables: Any) -> Any:
    """The data of an operation that must succeed; unlike `Api.data`, fit for use by many at once."""
    response = await api.http.post("/graphql", json={"query": query, "variables": variables})
    answer = response.json()
    assert "errors" not in answer, answer["errors"]
    return answer["data"]


async def rejections(api: Api, mutation: str, given: dict[str, Any]) -> list[str]:
    """The codes of a mutation's user errors."""
    query = f"""mutation($input: {mutation[0].upper()}{mutation[1:]}Input!) {{
      {mutation}(input: $input) {{ userErrors {{ code }} }} }}"""
    return [error["code"] for error in (await ask(api, query, input=given))[mutation]["userErrors"]]


async def test_edits_of_the_same_rows_are_made_or_rejected_but_never_lost(api: Api, world: World) -> None:
    job = await world.job(salaryMin=0)
    read = "query($id: ID!) { job(by: {id: $id}) { version salaryMin } }"
    edit = """mutation($id: ID!, $version: Int!, $salaryMin: Int!) {
      updateJob(input: {id: $id, version: $version, salaryMin: $salaryMin}) { job { version } userErrors { code } } }"""
    rejected = 0

    async def raise_pay() -> None:
        nonlocal rejected
        while True:
            now = (await ask(api, read, id=job))["job"]
            payload = (await ask(api, edit, id=job, version=now["version"], salaryMin=now["salaryMin"] + 1))[
                "updateJob"
            ]
            if not payload["userErrors"]:
                return
            assert payload["userErrors"] == [{"code": "STALE_VERSION"}]
            rejected += 1

    async def writer() -> None:
        for _ in range(TIMES):
            await raise_pay()

    await asyncio.gather(*(writer() for _ in range(WRITERS)))

    assert (await ask(api, read, id=job))["job"] == {"version": WRITERS * TIMES + 1, "salaryMin": WRITERS * TIMES}
    assert rejected > 0


async def test_acts_on_one_row_follow_one_another(api: Api, world: World) -> None:
    reference = await world.reference()
    use = "mutation($id: ID!) { recordReferenceUse(input: {referenceId: $id}) { userErrors { code } } }"

    async def writer() -> None:
        for _ in range(TIMES):
            assert (await ask(api, use, id=reference))["recordReferenceUse"] == {"userErrors": []}

    await asyncio.gather(*(writer() for _ in range(WRITERS)))

    data = await api.data("{ references { nodes { usageCount version usages { totalCount } } } }")
    total = WRITERS * TIMES
    assert data["references"]["nodes"] == [{"usageCount": total, "version": total + 1, "usages": {"totalCount": total}}]


async def test_one_of_many_applications_at_once_is_let_in(api: Api, world: World) -> None:
    job = await world.job()
    submit = "mutation($id: ID!) { submitApplication(input: {jobId: $id}) { userErrors { code } } }"

    payloads = await asyncio.gather(*(ask(api, submit, id=job) for _ in range(WRITERS)))

    codes = [[error["code"] for error in payload["submitApplication"]["userErrors"]] for payload in payloads]
    assert sorted(codes) == [[]] + [["ALREADY_APPLIED"]] * (WRITERS - 1)


async def test_one_of_many_ways_to_a_second_open_application_is_let_in(api: Api, world: World) -> None:
    job = await world.job()
    over = [await world.application(jobId=job, status="REJECTED") for _ in range(4)]
    elsewhere = [await world.application() for _ in range(4)]
    gone = [await world.application(jobId=job, allowRepeat=True, repeatReason="r") for _ in range(4)]
    deleted = [(await api.mutate("deleteApplication", "change { id }", id=one))["change"]["id"] for one in gone]
    ways: list[tuple[str, dict[str, Any]]] = [
        *(("changeApplicationStatus", {"id": one, "status": "PHONE_SCREEN"}) for one in over),
        *(("updateApplication", {"id": one, "version": 1, "jobId": job}) for one in elsewhere),
        *(("undoChange", {"id": one}) for one in deleted),
        *(("submitApplication", {"jobId": job}) for _ in range(4)),
    ]
    random.Random(1).shuffle(ways)  # noqa: S311 - no secret

    codes = await asyncio.gather(*(rejections(api, *way) for way in ways))

    assert sorted(codes) == [[]] + [["ALREADY_APPLIED"]] * (len(ways) - 1)
    query = """query($id: ID!) { job(by: {id: $id}) {
      applications(filter: {status: {notIn: [REJECTED]}}) { totalCount } } }"""
    assert (await ask(api, query, id=job))["job"]["applications"]["totalCount"] == 1


async def test_one_of_many_ways_to_an_address_is_let_in(api: Api, world: World) -> None:
    spellings = iter(f"https://firm.example/1?utm_source={number}" for number in range(16))
    moved = [await world.job() for _ in range(4)]
    deleted, left = [], []
    for _ in range(4):
        gone = await world.job(jobUrl=next(spellings))
        deleted.append((await api.mutate("deleteJob", "change { id }", id=gone))["change"]["id"])
        elsewhere = await world.job(jobUrl=next(spellings))
        await api.mutate("updateJob", "", id=elsewhere, version=1, jobUrl=None)
        feed = await api.data("{ changes(first: 250) { nodes { id entity } } }")
        left.append([change["id"] for change in feed["changes"]["nodes"] if change["entity"] == "JOB"][-1])
    ways: list[tuple[str, dict[str, Any]]] = [
        *(("undoChange", {"id": one}) for one in deleted),
        *(("undoChange", {"id": one}) for one in left),
        *(("updateJob", {"id": one, "version": 1, "jobUrl": next(spellings)}) for one in moved),
        *(("createJob", {"title": "A", "company": "B", "jobUrl": next(spellings)}) for _ in range(4)),
    ]
    random.Random(1).shuffle(ways)  # noqa: S311 - no secret

    codes = await asyncio.gather(*(rejections(api, *way) for way in ways))

    rejected = sorted(code for (code,) in filter(None, codes))
    assert len(rejected) == len(ways) - 1
    assert set(rejected) == {"DUPLICATE_JOB_URL", "UNDO_CONFLICT"}
    taken = '{ jobs(filter: {jobUrl: {startsWith: "https://firm.example/1?"}}) { totalCount } }'
    assert (await ask(api, taken))["jobs"]["totalCount"] == 1


async def test_claims_added_at_once_all_count(api: Api, world: World) -> None:
    application = await world.application()
    add = """mutation($input: CreateExperienceClaimsInput!) {
      createExperienceClaims(input: $input) { userErrors { code } } }"""
    claims = [CLAIM | {"applicationId": application, "exaggerationMultiplier": 2.0, "credibilityImpact": 0.0}] * 2

    await asyncio.gather(*(ask(api, add, input={"items": claims}) for _ in range(WRITERS)))

    data = await api.data("{ applications { nodes { version exaggerationLevel experienceClaims { id } } } }")
    (node,) = data["applications"]["nodes"]
    assert len(node["experienceClaims"]) == 2 * WRITERS
    assert (node["exaggerationLevel"], node["version"]) == (0.5, 2)


async def test_upserts_of_the_same_addresses_in_any_order(api: Api) -> None:
    upsert = "mutation($input: UpsertJobsInput!) { upsertJobs(input: $input) { results { userErrors { code } } } }"

    async def writer(number: int) -> None:
        items = [{"title": f"{number}", "company": "Firm", "jobUrl": f"https://firm.example/{n}"} for n in range(20)]
        random.Random(number).shuffle(items)  # noqa: S311 - no secret
        payload = (await ask(api, upsert, input={"items": items}))["upsertJobs"]
        assert payload["results"] == [{"userErrors": []}] * 20

    await asyncio.gather(*(writer(number) for number in range(WRITERS)))

    assert await api.data("{ jobs { totalCount } }") == {"jobs": {"totalCount": 20}}


async def test_deleting_what_others_write_to(api: Api, world: World) -> None:
    application = await world.application()
    use = """mutation($input: CreateExperienceClaimInput!) {
      createExperienceClaim(input: $input) { userErrors { code path } } }"""
    delete = "mutation($id: ID!) { deleteApplication(input: {id: $id}) { userErrors { code } } }"
    claim = CLAIM | {"applicationId": application}

    *payloads, deleted = await asyncio.gather(
        *(ask(api, use, input=claim) for _ in range(WRITERS)), ask(api, delete, id=application)
    )

    assert deleted["deleteApplication"] == {"userErrors": []}
    found = {str(payload["createExperienceClaim"]["userErrors"]) for payload in payloads}
    gone = str([{"code": "NOT_FOUND", "path": ["input", "applicationId"]}])
    assert found <= {"[]", gone}
    assert await api.data("{ experienceClaims { totalCount } }") == {"experienceClaims": {"totalCount": 0}}


async def test_a_deadlock_is_tried_again(database: Database) -> None:
    async with database.transaction() as session:
        session.add_all([Job(id=1, title="A", company="Firm", salary_min=0), Job(id=2, title="B", company="Firm")])
    begun = asyncio.Barrier(2)
    attempts: list[int] = []

    async def work(session: AsyncSession, first: int, second: int) -> None:
        attempts.append(first)
        await session.execute(text("UPDATE jobs SET salary_min = salary_min + 1 WHERE id = :id"), {"id": first})
        if database.dialect == "postgresql" and len(attempts) <= 2:
            await begun.wait()
        await session.execute(text("UPDATE jobs SET salary_min = 7 WHERE id = :id"), {"id": second})

    await asyncio.gather(
        database.write(lambda session: work(session, 1, 2)), database.write(lambda session: work(session, 2, 1))
    )

    assert sorted(attempts) in ([1, 1, 2], [1, 2, 2]) if database.dialect == "postgresql" else [[1, 2]]


# SQLite has one writer at a time: nobody can make its transaction fail.
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
@pytest.mark.parametrize("code", ["40001", "40P01", "23503", "23505"])
async def test_a_transaction_is_tried_five_times_at_most(database: Database, code: str) -> None:
    attempts: list[str] = []
    failure = text(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")

    async def work(session: AsyncSession) -> str:
        session.add(Job(title=f"{len(attempts)}", company="Firm"))
        await session.flush()
        attempts.append(code)
        if len(attempts) < fails + 1:
            await session.execute(failure)
        return "done"

    fails = MAX_ATTEMPTS - 1
    assert await database.write(work) == "done"
    attempts.clear()
    fails = MAX_ATTEMPTS
    with pytest.raises(DBAPIError):
        await database.write(work)
    assert len(attempts) == MAX_ATTEMPTS == 5

    async with database.transaction() as session:
        assert list(await session.scalars(text("SELECT title FROM jobs"))) == ["4"]


async def test_other_errors_are_not_tried_again(database: Database) -> None:
    attempts: list[int] = []

    async def work(session: AsyncSession) -> None:
        attempts.append(1)
        await session.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(DBAPIError):
        await database.write(work)
    assert attempts == [1]
