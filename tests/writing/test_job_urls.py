"""A job's URL through the API: one vacancy written in several ways is one job, and two vacancies are two."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from jobbot_gql.jobs.identity import url_key
from jobbot_gql.models import Job, JobSource
from tests.conftest import Api
from tests.writing.conftest import World

UNI = "https://jobs.uni.example/Vacancy.aspx"
JOB = {"title": "Engineer", "company": "Firm"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{UNI}?ref=X1", f"{UNI}?ref=X2"),
        (f"{UNI}?source=X1", f"{UNI}?source=X2"),
        (f"{UNI}?from=X1", f"{UNI}?from=X2"),
        ("https://app.example/46903#/job/aaa", "https://app.example/46903#/job/bbb"),
    ],
)
async def test_two_vacancies_are_two_jobs(api: Api, world: World, one: str, other: str) -> None:
    first, second = await world.job(jobUrl=one), await world.job(jobUrl=other)

    assert first != second
    upserted = await api.mutate("upsertJob", "outcome job { id title }", **JOB | {"title": "Chef"}, jobUrl=other)
    assert upserted == {"outcome": "UPDATED", "job": {"id": second, "title": "Chef"}}
    assert await api.mutate("upsertJob", "outcome", **JOB, jobUrl=f"{one}3") == {"outcome": "CREATED"}


async def test_one_vacancy_written_in_two_ways_is_one_job(api: Api, world: World) -> None:
    first = await world.job(jobUrl="https://de.linkedin.com/jobs/view/engineer-at-firm-4191815023?trk=x")
    same = "https://www.linkedin.com/jobs/search/?currentJobId=4191815023&refId=abc"
    second = await world.job(jobUrl="https://b%C3%BCcher.example/%7ejobs/1/")

    assert [error[0] for error in await api.refused("createJob", **JOB, jobUrl=same)] == ["DUPLICATE_JOB_URL"]
    assert [error[0] for error in await api.refused("updateJob", id=second, version=1, jobUrl=same)] == [
        "DUPLICATE_JOB_URL"
    ]
    upserted = await api.mutate("upsertJob", "job { id jobUrl }", **JOB, jobUrl=same)
    assert upserted == {"job": {"id": first, "jobUrl": same}}
    assert [
        error[0] for error in await api.refused("createJob", **JOB, jobUrl="http://xn--bcher-kva.example/~jobs/1")
    ] == ["DUPLICATE_JOB_URL"]


QUERIES = [
    ("{{ job(by: {{jobUrl: {url}}}) {{ id title sources {{ url }} }} }}", lambda url: {}),
    ("query($url: String!) {{ job(by: {{jobUrl: $url}}) {{ id title sources {{ url }} }} }}", lambda url: {"url": url}),
    ("query($by: JobBy!) {{ job(by: $by) {{ id title sources {{ url }} }} }}", lambda url: {"by": {"jobUrl": url}}),
    # Executed by graphql-core.
    ("{{ job(by: {{jobUrl: {url}}}) {{ id title sources {{ url }} timeline {{ kind }} }} }}", lambda url: {}),
]


@pytest.mark.parametrize(("query", "variables"), QUERIES)
async def test_a_job_is_found_by_its_url_however_it_is_written(
    api: Api, world: World, query: str, variables: Callable[[str], dict[str, Any]]
) -> None:
    await world.job()
    lecturer = await world.job(jobUrl=f"{UNI}?ref=X1", title="Lecturer")
    await world.job(jobUrl=f"{UNI}?ref=X2")

    async def found(url: str) -> Any:
        job = (await api.data(query.format(url=json.dumps(url)), variables(url)))["job"]
        return job and (job["id"], job["title"], [source["url"] for source in job["sources"]])

    for url in (f"{UNI}?ref=X1", "http://www.jobs.uni.example/%56acancy.aspx?UTM_Source=x&amp;ref=X1#top"):
        assert await found(url) == (lecturer, "Lecturer", [f"{UNI}?ref=X1"])
    for url in (UNI, f"{UNI}?ref=X3", "no URL", ""):
        assert await found(url) is None


async def test_of_several_jobs_at_a_url_the_one_with_the_very_text_is_found(api: Api) -> None:
    urls = [f"https://firm.example/1?{name}=x" for name in ("fbclid", "gclid")]
    for url in urls:
        await api.add(
            Job(title="A", company="B", job_url=url, sources=[JobSource(url=url, url_key=url_key(url), raw={})])
        )

    async def found(url: str) -> str:
        title: str = (await api.data(f'{{ job(by: {{jobUrl: "{url}"}}) {{ jobUrl }} }}'))["job"]["jobUrl"]
        return title

    assert [await found(url) for url in urls] == urls
    assert await found("https://firm.example/1") == urls[0]
