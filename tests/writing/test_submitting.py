"""`submitApplication` for an existing job, and for one that it creates."""

from typing import Any

import pytest

from jobbot_gql.jobs.models import Job
from tests.conftest import Api

SHOWN = "application { status job { id } statusEvents { toStatus } } job { id title status }"
NEW = {"title": "Engineer", "company": "Acme", "jobUrl": "https://acme.example/jobs/1"}


async def stored(api: Api) -> int:
    data = await api.data("{ jobs { totalCount } applications { totalCount } }")
    return int(data["jobs"]["totalCount"] + data["applications"]["totalCount"])


async def test_for_a_new_job(api: Api) -> None:
    made = await api.mutate("submitApplication", SHOWN, job={"create": NEW})

    job = made["job"]
    assert (job["title"], job["status"]) == ("Engineer", "APPLIED")
    assert made["application"] == {
        "status": "SUBMITTED",
        "job": {"id": job["id"]},
        "statusEvents": [{"toStatus": "SUBMITTED"}],
    }
    changes = (await api.data("{ changes { nodes { entity operation transaction } } }"))["changes"]["nodes"]
    assert len({change["transaction"] for change in changes}) == 1
    assert {"JOB", "APPLICATION"} <= {change["entity"] for change in changes if change["operation"] == "CREATE"}


@pytest.mark.parametrize("by", [lambda job: {"job": {"id": job}}, lambda job: {"jobId": job, "job": None}])
async def test_for_an_existing_job(api: Api, by: Any) -> None:
    await api.add(Job(title="Engineer", company="Acme"))
    job = (await api.data("{ jobs { nodes { id } } }"))["jobs"]["nodes"][0]["id"]
    made = await api.mutate("submitApplication", SHOWN, **by(job))

    assert made["job"] == {"id": job, "title": "Engineer", "status": "APPLIED"}


async def test_a_repeat_with_the_same_key_creates_nothing(api: Api) -> None:
    first, again = [
        await api.mutate("submitApplication", "job { id }", job={"create": NEW}, idempotencyKey="k") for _ in range(2)
    ]
    assert first == again
    assert await stored(api) == 2


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, ("REQUIRED", "input", "Give exactly one of job and jobId.")),
        (
            {"job": {"id": "Sm9iOjk"}, "jobId": "Sm9iOjk"},
            ("REQUIRED", "input", "Give exactly one of job and jobId."),
        ),
        ({"job": {"id": "Sm9iOjk"}}, ("NOT_FOUND", "input.job.id", "Job 9 not found.")),
        (
            {"job": {"create": {"title": " ", "company": "Acme"}}},
            ("REQUIRED", "input.job.create.title", "title must not be blank."),
        ),
        (
            {"job": {"create": {"title": "T", "company": "Acme", "salaryMin": 2, "salaryMax": 1}}},
            ("MIN_ABOVE_MAX", "input.job.create.salaryMin", "salaryMin (2) must not be greater than salaryMax (1)."),
        ),
        (
            {"job": {"create": NEW}, "interviewDate": "2001-01-01T00:00:00Z", "occurredAt": "2002-01-01T00:00:00Z"},
            (
                "DATE_ORDER",
                "input.interviewDate",
                "interviewDate must not be before applicationDate (2002-01-01T00:00:00+00:00);"
                " got 2001-01-01T00:00:00+00:00.",
            ),
        ),
    ],
)
async def test_what_is_rejected_leaves_no_job(api: Api, given: dict[str, Any], error: tuple[str, str, str]) -> None:
    assert await api.rejected("submitApplication", **given) == [error]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_exactly_one_kind_of_job(api: Api) -> None:
    query = 'mutation { submitApplication(input: { job: { id: "Sm9iOjk", create: null } }) { userErrors { code } } }'
    code, message = await api.error(query)
    assert (code, "exactly one" in message) == ("BAD_REQUEST", True)
