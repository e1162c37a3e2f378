"""A job's URL through the API: one vacancy written in several ways is one job, and two vacancies are two."""

import pytest

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
