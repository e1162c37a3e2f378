"""The same request sent twice is done once, on both engines."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from jobbot_gql.db.write.idempotency import digest, keys
from tests.conftest import Api, everything
from tests.writing.conftest import World

JOB = {"title": "T", "company": "C"}


async def counts(api: Api) -> dict[str, int]:
    return {table: len(rows) for table, rows in (await everything(api.database)).items()}


async def test_the_first_answer_comes_again(api: Api) -> None:
    first = await api.mutate("createJob", "job { id title }", **JOB, idempotencyKey="k")
    before = await counts(api)

    again = await api.mutate("createJob", "job { id title }", **JOB, idempotencyKey="k")

    assert again == first
    assert await counts(api) == before


async def test_what_the_row_has_become_is_shown(api: Api) -> None:
    job = (await api.mutate("createJob", "job { id }", **JOB, idempotencyKey="k"))["job"]["id"]
    await api.mutate("updateJob", "", id=job, version=1, title="U")
    assert await api.mutate("createJob", "job { title }", **JOB, idempotencyKey="k") == {"job": {"title": "U"}}

    await api.mutate("deleteJob", "", id=job)
    assert [error[0] for error in await api.rejected("createJob", **JOB, idempotencyKey="k")] == ["ROW_DELETED"]


async def test_another_input_or_mutation_is_an_error(api: Api) -> None:
    job = (await api.mutate("createJob", "job { id }", **JOB, idempotencyKey="k"))["job"]["id"]
    reused = [
        (
            "IDEMPOTENCY_KEY_REUSED",
            "input.idempotencyKey",
            "'k' was used before with a different input. Use another key.",
        )
    ]

    assert await api.rejected("createJob", **JOB, location=None, idempotencyKey="k") == reused
    assert await api.rejected("createCompany", name="C", idempotencyKey="k") == reused
    assert await api.rejected("submitApplication", jobId=job, idempotencyKey="k") == reused
    assert await api.rejected("createJobs", items=[JOB], idempotencyKey="k") == reused

    many = {"items": [JOB, JOB | {"title": ""}], "idempotencyKey": "many"}
    await api.mutate("createJobs", "results { job { id } }", **many, atomic=False)
    reused = [(code, path, message.replace("'k'", "'many'")) for code, path, message in reused]
    assert await api.rejected("createJobs", **many) == reused
    assert await api.rejected("createJobs", **many | {"items": [JOB, JOB | {"title": " "}]}, atomic=False) == reused


async def test_a_rejected_request_may_be_mended_under_its_key(api: Api) -> None:
    assert [error[0] for error in await api.rejected("createJob", title="", company="C", idempotencyKey="k")] == [
        "REQUIRED"
    ]
    assert await api.mutate("createJob", "job { title }", **JOB, idempotencyKey="k") == {"job": {"title": "T"}}


async def test_a_key_is_a_text_of_255_characters_at_most(api: Api) -> None:
    assert await api.mutate("createJob", "job { title }", **JOB, idempotencyKey="é" * 255) == {"job": {"title": "T"}}
    assert await api.rejected("createJob", **JOB, idempotencyKey="k" * 256) == [
        ("TOO_LONG", "input.idempotencyKey", "idempotencyKey must have at most 255 characters; got 256.")
    ]
    assert await api.rejected("createJob", **JOB, idempotencyKey=" ") == [
        ("REQUIRED", "input.idempotencyKey", "idempotencyKey must not be blank.")
    ]


async def test_a_key_is_kept_for_thirty_days(api: Api) -> None:
    for key in ("old", "young"):
        await api.mutate("createJob", "", **JOB, idempotencyKey=key)
    async with api.database.transaction() as session:
        for key, days in (("old", 30.01), ("young", 29.99)):
            at = datetime.now(UTC) - timedelta(days=days)
            await session.execute(update(keys).where(keys.c.key == digest(key)).values(at=at))

    assert (await api.mutate("createJob", "job { databaseId }", **JOB, idempotencyKey="young"))["job"][
        "databaseId"
    ] == 2
    assert (await api.mutate("createJob", "job { databaseId }", **JOB, idempotencyKey="old"))["job"]["databaseId"] == 3


async def test_many_rows_with_what_was_rejected(api: Api, world: World) -> None:
    known = await world.job(jobUrl="https://firm.example/1")
    items = [JOB, JOB | {"jobUrl": "https://firm.example/1"}, JOB | {"title": ""}]
    query = """mutation($input: CreateJobsInput!) { createJobs(input: $input) { userErrors { code } results {
        job { databaseId }
        userErrors { __typename code message path ... on DuplicateJobUrlError { job { id } } } } } }"""
    variables = {"input": {"items": items, "atomic": False, "idempotencyKey": "k"}}

    first = await api.data(query, variables)
    before = await counts(api)

    assert await api.data(query, variables) == first
    assert await counts(api) == before
    path = ["input", "items"]
    assert first["createJobs"] == {
        "results": [
            {"job": {"databaseId": 2}, "userErrors": []},
            {
                "job": None,
                "userErrors": [
                    {
                        "__typename": "DuplicateJobUrlError",
                        "code": "DUPLICATE_JOB_URL",
                        "message": "'https://firm.example/1' is already the URL of Job 1.",
                        "path": [*path, "1", "jobUrl"],
                        "job": {"id": known},
                    }
                ],
            },
            {
                "job": None,
                "userErrors": [
                    {
                        "__typename": "RuleError",
                        "code": "REQUIRED",
                        "message": "title must not be blank.",
                        "path": [*path, "2", "title"],
                    }
                ],
            },
        ],
        "userErrors": [],
    }


async def test_acts_that_add_rows(api: Api, world: World) -> None:
    application = await world.application()
    reference = await world.reference()
    for mutation, selection, given in (
        (
            "recordEmployerResponse",
            "employerResponse { id } application { version responseDate } proposedStatus statusEvent { toStatus }",
            {"applicationId": application, "responseType": "OFFER", "applyProposedStatus": True},
        ),
        (
            "recordReferenceUse",
            "referenceUsage { id } reference { usageCount version }",
            {"referenceId": reference, "context": "c"},
        ),
    ):
        first = await api.mutate(mutation, selection, **given, idempotencyKey=mutation)
        before = await counts(api)
        assert await api.mutate(mutation, selection, **given, idempotencyKey=mutation) == first
        assert await counts(api) == before


async def test_upserts(api: Api) -> None:
    first = await api.mutate("upsertJob", "outcome job { id }", **JOB, idempotencyKey="k")
    assert await api.mutate("upsertJob", "outcome job { id }", **JOB, idempotencyKey="k") == first
    assert (await counts(api))["jobs"] == 1


async def test_thirty_requests_at_once_make_one_row(api: Api) -> None:
    async def create(number: int) -> Any:
        query = """mutation($input: CreateJobInput!) {
            createJob(input: $input) { job { id title } userErrors { code } } }"""
        response = await api.http.post(
            "/graphql", json={"query": query, "variables": {"input": JOB | {"idempotencyKey": "k"}}}
        )
        return response.json()["data"]["createJob"]

    answers = await asyncio.gather(*(create(number) for number in range(30)))

    assert answers == [{"job": {"id": "Sm9iOjE", "title": "T"}, "userErrors": []}] * 30
    after = await counts(api)
    assert (after["jobs"], after["status_events"], after["idempotency_keys"]) == (1, 1, 1)
