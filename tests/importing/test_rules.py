"""Scrapes are written under the rules that the API's writes meet: a value that breaks one is left out, and told of."""

import asyncio
from datetime import date
from typing import Any

from sqlalchemy import update

from jobbot_gql.importing.service import import_scrape
from jobbot_gql.models import Change, Company, Job, JobSource
from tests.conftest import Api
from tests.importing.scrapes import JOB, counts, only, rows, scrape

CAREERS = {**JOB, "job_url": "https://foods.example/careers?utm_source=board"}
OTHER = {**CAREERS, "id": "in-2", "title": "Cook", "job_url": "http://www.foods.example/careers/"}


async def jobs(api: Api) -> list[dict[str, Any]]:
    """Id and version of all jobs, the oldest first."""
    nodes: list[dict[str, Any]] = (await api.data("{ jobs(first: 200) { nodes { id version databaseId } } }"))["jobs"][
        "nodes"
    ]
    nodes.sort(key=lambda node: int(node.pop("databaseId")))
    return nodes


async def test_a_posting_date_after_the_deadline_that_a_person_noted_is_left_out(api: Api) -> None:
    await import_scrape(api.database, scrape({**JOB, "date_posted": "2026-09-01"}))
    (job,) = await jobs(api)
    await api.mutate("updateJob", "job { version }", **job, applicationDeadline="2026-09-30")
    posted_again = {**JOB, "date_posted": "2026-10-02", "description": "x"}

    report = await import_scrape(api.database, scrape(posted_again))

    assert counts(report) == {"updated": 1, "warnings": 1, "rows": 1}
    assert [str(caution) for caution in report.cautions] == [
        'row 1: date_posted: "2026-10-02" must not be after applicationDeadline (2026-09-30); got 2026-10-02.'
    ]
    stored = await only(api.database, Job)
    assert (stored.posting_date, stored.description, stored.version) == (date(2026, 9, 1), "x", 3)
    assert (await only(api.database, JobSource)).raw == posted_again
    assert counts(await import_scrape(api.database, scrape(posted_again))) == {"unchanged": 1, "rows": 1}
    job["version"] = 3
    assert await api.rejected("updateJob", **job, postingDate="2026-10-02") == [
        (
            "DATE_ORDER",
            "input.postingDate",
            "postingDate must not be after applicationDeadline (2026-09-30); got 2026-10-02.",
        )
    ]


async def test_of_a_rejected_row_of_a_batch_only_the_value_is_lost(api: Api) -> None:
    file = [{**JOB, "id": f"in-{n}", "job_url": f"https://jobs.example.com/{n}"} for n in range(3)]
    await import_scrape(api.database, scrape(*file))
    _, second, _ = await jobs(api)
    await api.mutate("updateJob", "job { version }", **second, applicationDeadline="2026-09-30")

    later = [{**row, "date_posted": "2026-10-02", "company_industry": "Food"} for row in file]
    report = await import_scrape(api.database, scrape(*later))

    assert counts(report) == {"updated": 3, "warnings": 1, "rows": 3}
    assert [caution.row for caution in report.cautions] == [2]
    stored = [(row.posting_date, row.industry, row.version) for row in await rows(api.database, Job)]
    day = date(2026, 10, 2)
    assert stored == [(day, "Food", 2), (None, "Food", 3), (day, "Food", 2)]
    assert (await only(api.database, Company)).version == 2


async def test_two_jobs_never_share_an_address_however_it_is_written(api: Api) -> None:
    report = await import_scrape(api.database, scrape(CAREERS, OTHER))

    assert counts(report) == {"created": 2, "warnings": 1, "rows": 2}
    assert [str(caution) for caution in report.cautions] == [
        'row 2: job_url: "http://www.foods.example/careers/" is another job\'s job_url: this job has none, '
        "its source keeps the URL"
    ]
    assert [row.job_url for row in await rows(api.database, Job)] == [CAREERS["job_url"], None]
    assert [row.url for row in await rows(api.database, JobSource)] == [CAREERS["job_url"], OTHER["job_url"]]
    assert await api.rejected("createJob", title="T", company="C", jobUrl=OTHER["job_url"]) == [
        (
            "DUPLICATE_JOB_URL",
            "input.jobUrl",
            f"'{OTHER['job_url']}' is already the URL of Job 1.",
        )
    ]


async def test_an_address_belongs_to_the_job_that_has_it_not_to_an_older_one_that_was_seen_there(api: Api) -> None:
    await import_scrape(api.database, scrape(CAREERS, OTHER))
    older, _ = await jobs(api)
    await api.mutate("updateJob", "job { id }", **older, jobUrl="https://foods.example/7")
    async with api.database.transaction() as session:  # as another program does
        await session.execute(update(Job).where(Job.id == 2).values(job_url=CAREERS["job_url"]))

    older["version"] = 2
    assert await api.rejected("updateJob", **older, jobUrl=CAREERS["job_url"]) == [
        (
            "DUPLICATE_JOB_URL",
            "input.jobUrl",
            f"'{CAREERS['job_url']}' is already the URL of Job 2.",
        )
    ]


async def test_a_company_whose_research_is_still_to_come_has_its_blanks_filled(api: Api) -> None:
    await api.mutate("createCompany", "company { id }", name="Example Foods", researchDate="2999-01-01T00:00:00Z")

    report = await import_scrape(api.database, scrape({**JOB, "company_industry": "Food"}))

    assert counts(report) == {"created": 1, "rows": 1}
    company = await only(api.database, Company)
    assert (company.industry, company.version, company.last_updated) == ("Food", 2, None)


async def test_a_row_that_changes_lists_and_more_is_one_change(api: Api) -> None:
    await import_scrape(api.database, scrape(JOB))
    (job,) = await jobs(api)

    await import_scrape(api.database, scrape({**JOB, "title": "Cook", "skills": "go"}))
    job["version"] = 2
    await api.mutate("updateJob", "job { id }", **job, title="Baker", keywords=["flour"])

    changes = [(row.operation, row.after) for row in await rows(api.database, Change) if row.entity == "Job"][1:]
    assert changes == [
        ("update", {"title": "Cook", "keywords": '["go"]', "version": 2}),
        ("update", {"title": "Baker", "keywords": '["flour"]', "version": 3}),
    ]


async def test_an_import_and_edits_of_the_same_jobs_do_not_wait_for_one_another_for_ever(api: Api) -> None:
    file = [{**JOB, "id": f"in-{n}", "job_url": f"https://jobs.example.com/{n}"} for n in range(200)]
    await import_scrape(api.database, scrape(*file))
    found = [job["id"] for job in await jobs(api)]
    imported = asyncio.Event()

    async def edit(first: int) -> int:
        """Move one job after the other to another status until the imports are over; how many."""
        edits = 0
        while not imported.is_set():
            job = found[(first * 50 + edits) % 200]
            await api.mutate("changeJobStatus", "job { status }", id=job, status=("TARGETED", "DISCOVERED")[edits % 2])
            edits += 1
        return edits

    async def imports() -> list[dict[str, int]]:
        """Import the jobs with other news each time."""
        try:
            return [
                counts(await import_scrape(api.database, scrape(*({**row, "description": str(n)} for row in file))))
                for n in range(4)
            ]
        finally:
            imported.set()

    edits = [edit(first) for first in range(4)]
    reports, *numbers = await asyncio.gather(imports(), *edits)

    assert reports == [{"updated": 200, "rows": 200}] * 4
    assert all(numbers)
    assert {row.description for row in await rows(api.database, Job)} == {"3"}
