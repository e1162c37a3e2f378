"""What a write is rejected for: the code, the path and the words, and that nothing is written; on both engines."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.conftest import Api, everything
from tests.writing.conftest import World

Error = tuple[str, str | None, str]

JOB = {"title": "T", "company": "C"}
NOBODY = "Sm9iOjk5OQ"  # Job 999


@pytest.mark.parametrize(
    ("mutation", "given", "errors"),
    [
        ("createJob", {"title": " \n", "company": "C"}, [("REQUIRED", "input.title", "title must not be blank.")]),
        (
            "createJob",
            {"title": "x" * 256, "company": "é" * 255, "location": "x" * 256},
            [
                ("TOO_LONG", "input.title", "title must have at most 255 characters; got 256."),
                ("TOO_LONG", "input.location", "location must have at most 255 characters; got 256."),
            ],
        ),
        (
            "createJob",
            JOB | {"salaryMin": -1},
            [("OUT_OF_RANGE", "input.salaryMin", "salaryMin must be at least 0; got -1.")],
        ),
        (
            "createJob",
            JOB | {"salaryMin": 2, "salaryMax": 1, "postingDate": "2026-01-02", "applicationDeadline": "2026-01-01"},
            [
                ("MIN_ABOVE_MAX", "input.salaryMin", "salaryMin (2) must not be greater than salaryMax (1)."),
                (
                    "DATE_ORDER",
                    "input.applicationDeadline",
                    "applicationDeadline must not be before postingDate (2026-01-02); got 2026-01-01.",
                ),
            ],
        ),
        (
            "createJob",
            JOB | {"jobUrl": "firm.example/1"},
            [("INVALID_URL", "input.jobUrl", "jobUrl must be an http or https URL; got 'firm.example/1'.")],
        ),
        (
            "createJob",
            JOB | {"jobUrl": "https://firm.example/" + "x" * 480},
            [("TOO_LONG", "input.jobUrl", "jobUrl must have at most 500 characters; got 501.")],
        ),
        (
            "updateJob",
            {"id": NOBODY, "version": 1},
            [("NOT_FOUND", "input.id", "Job 999 not found.")],
        ),
        (
            "updateJob",
            {"id": "Q29tcGFueTox", "version": 1},
            [("WRONG_TYPE", "input.id", "id must be an id of type Job; got one of type Company: 'Q29tcGFueTox'.")],
        ),
        (
            "deleteJob",
            {"id": "1"},
            [("INVALID_ID", "input.id", "id must be a global id; got '1'. Use an `id` from an earlier answer.")],
        ),
        ("deleteJob", {"id": NOBODY}, [("NOT_FOUND", "input.id", "Job 999 not found.")]),
        (
            "upsertJob",
            JOB | {"id": NOBODY},
            [("NOT_FOUND", "input.id", "Job 999 not found.")],
        ),
        (
            "createApplication",
            {"jobId": NOBODY},
            [("NOT_FOUND", "input.jobId", "Job 999 not found.")],
        ),
        (
            "createReference",
            {"name": "Ada", "yearsWorkedTogether": 101, "credibilityScore": 10.5, "responseRate": -0.1},
            [
                ("OUT_OF_RANGE", "input.yearsWorkedTogether", "yearsWorkedTogether must be 0 to 100; got 101."),
                ("OUT_OF_RANGE", "input.credibilityScore", "credibilityScore must be 0 to 10; got 10.5."),
                ("OUT_OF_RANGE", "input.responseRate", "responseRate must be 0 to 1; got -0.1."),
            ],
        ),
        (
            "createCompany",
            {"name": "Firm", "researchDate": "2026-01-02T00:00:00Z", "lastUpdated": "2026-01-01T00:00:00Z"},
            [
                (
                    "DATE_ORDER",
                    "input.lastUpdated",
                    "lastUpdated must not be before researchDate (2026-01-02T00:00:00+00:00);"
                    " got 2026-01-01T00:00:00+00:00.",
                )
            ],
        ),
        (
            "changeJobStatus",
            {"id": NOBODY, "status": "APPLIED"},
            [("NOT_FOUND", "input.id", "Job 999 not found.")],
        ),
    ],
)
async def test_bad_input(api: Api, mutation: str, given: dict[str, Any], errors: list[Error]) -> None:
    assert await api.rejected(mutation, **given) == errors


@pytest.mark.parametrize(
    ("mutation", "given", "path", "message"),
    [
        ("createJob", JOB | {"title": "a\0b"}, None, "A string must not contain the character U+0000."),
        ("createJob", JOB | {"title": "\ud800"}, "surrogate", None),
        ("createJob", {"title": "T"}, "company", None),
        ("createJob", JOB | {"title": None}, "title", None),
        ("createJob", JOB | {"salaryMin": 2**31}, "salaryMin", None),
        ("createJob", JOB | {"status": "OPEN"}, "status", None),
        ("createJob", JOB | {"postingDate": "2026-02-30"}, "postingDate", None),
        ("createJob", JOB | {"scrapedDate": "2026-02-03T12:00:00"}, "scrapedDate", None),
        ("createJob", JOB | {"version": 2}, "version", None),
        ("updateJob", {"id": NOBODY, "version": 1, "status": "APPLIED"}, "status", None),
        ("createApplication", {"jobId": NOBODY, "integrityScore": 1.0}, "integrityScore", None),
        ("createReference", {"name": "Ada", "usageCount": 3}, "usageCount", None),
    ],
)
async def test_what_is_not_in_the_schema_is_a_bad_request(
    api: Api, mutation: str, given: dict[str, Any], path: str | None, message: str | None
) -> None:
    before = await everything(api.database)
    name = mutation[0].upper() + mutation[1:]

    code, found = await api.error(
        f"mutation($input: {name}Input!) {{ {mutation}(input: $input) {{ userErrors {{ code }} }} }}", {"input": given}
    )

    assert code == "BAD_REQUEST"
    assert path is None or path in found
    assert message is None or found == message
    assert await everything(api.database) == before


async def test_an_address_is_one_job_s_however_it_is_written(api: Api, world: World) -> None:
    first = await world.job(jobUrl="https://www.Firm.example/jobs/1/?utm_source=x")
    second = await world.job(jobUrl="https://firm.example/jobs/2")
    query = """mutation($input: CreateJobInput!) { createJob(input: $input) {
        job { id } userErrors { code path message ... on DuplicateJobUrlError { job { id jobUrl } } } } }"""

    async def errors(**given: Any) -> list[Any]:
        before = await everything(api.database)
        found: list[Any] = (await api.data(query, {"input": JOB | given}))["createJob"]["userErrors"]
        assert await everything(api.database) == before
        return found

    for address in ("https://www.Firm.example/jobs/1/?utm_source=x", "http://firm.example/jobs/1#apply"):
        assert await errors(jobUrl=address) == [
            {
                "code": "DUPLICATE_JOB_URL",
                "path": ["input", "jobUrl"],
                "message": f"'{address}' is already the URL of Job 1.",
                "job": {"id": first, "jobUrl": "https://www.Firm.example/jobs/1/?utm_source=x"},
            }
        ]
    assert await api.rejected("updateJob", id=second, version=1, jobUrl="https://firm.example/jobs/1") == [
        ("DUPLICATE_JOB_URL", "input.jobUrl", "'https://firm.example/jobs/1' is already the URL of Job 1.")
    ]
    assert await api.mutate(
        "updateJob", "job { jobUrl }", id=second, version=1, jobUrl="http://firm.example/jobs/2"
    ) == {"job": {"jobUrl": "http://firm.example/jobs/2"}}


async def test_an_address_that_was_wrong_is_free_again(api: Api, world: World) -> None:
    job = await world.job(jobUrl="https://firm.example/1")
    await api.mutate("updateJob", "", id=job, version=1, jobUrl="https://firm.example/2")

    await world.job(jobUrl="https://firm.example/1")

    assert [error[0] for error in await api.rejected("createJob", **JOB, jobUrl="https://firm.example/2/")] == [
        "DUPLICATE_JOB_URL"
    ]


async def test_a_stale_version_is_rejected_with_the_current_one(api: Api, world: World) -> None:
    job = await world.job()
    await api.mutate("updateJob", "", id=job, version=1, title="U")
    query = """mutation($id: ID!) {
      updateJob(input: {id: $id, version: 1, title: "V"}) {
        job { title } userErrors { code path message ... on StaleVersionError { currentVersion } } }
    }"""

    payload = (await api.data(query, {"id": job}))["updateJob"]

    message = "The row has changed: its version is 2, not 1. Read it again and repeat the edit."
    assert payload == {
        "job": None,
        "userErrors": [
            {"code": "STALE_VERSION", "path": ["input", "version"], "message": message, "currentVersion": 2}
        ],
    }
    stale = [("STALE_VERSION", "input.version", message)]
    assert await api.rejected("deleteJob", id=job, version=1) == stale
    assert await api.rejected("changeJobStatus", id=job, version=1, status="APPLIED") == stale
    assert await api.rejected("upsertJob", id=job, version=1, **JOB) == stale


async def test_a_campaign_is_about_its_opportunity_s_company(api: Api, world: World) -> None:
    firm, other = await world.company(), await world.company(name="Other")
    opportunity = await world.opportunity(companyId=firm)

    assert await api.rejected("createOutreachCampaign", companyId=other, opportunityId=opportunity) == [
        ("OTHER_COMPANY", "input.opportunityId", "opportunityId belongs to Company 1, not to Company 2.")
    ]
    campaign = await api.mutate(
        "createOutreachCampaign", "outreachCampaign { company { id } }", opportunityId=opportunity
    )
    assert campaign == {"outreachCampaign": {"company": {"id": firm}}}


async def test_what_was_stored_before_a_rule_does_not_hinder_other_changes(api: Api, world: World) -> None:
    job = await world.job(salaryMin=1, salaryMax=2)
    async with api.database.transaction() as session:
        await session.execute(text("UPDATE jobs SET salary_min = 9"))

    assert await api.mutate("updateJob", "job { title }", id=job, version=1, title="U") == {"job": {"title": "U"}}
    assert await api.rejected("updateJob", id=job, version=2, salaryMax=8) == [
        ("MIN_ABOVE_MAX", "input.salaryMin", "salaryMin (9) must not be greater than salaryMax (8).")
    ]
