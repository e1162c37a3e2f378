"""A job's URL through the API: one vacancy written in several ways is one job, and two vacancies are two."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from jobbot_gql.jobs.identity import url_key
from jobbot_gql.jobs.service import job_ids_by_url_key
from jobbot_gql.models import Base, JobSource
from jobbot_gql.upkeep.doctor import examine
from jobbot_gql.upkeep.findings import FindingKind
from jobbot_gql.upkeep.migrations import migrate
from tests.conftest import Api, recorded
from tests.db.looking import sql
from tests.rows import new_job
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

    assert [error[0] for error in await api.rejected("createJob", **JOB, jobUrl=same)] == ["DUPLICATE_JOB_URL"]
    assert [error[0] for error in await api.rejected("updateJob", id=second, version=1, jobUrl=same)] == [
        "DUPLICATE_JOB_URL"
    ]
    upserted = await api.mutate("upsertJob", "job { id jobUrl }", **JOB, jobUrl=same)
    assert upserted == {"job": {"id": first, "jobUrl": same}}
    assert [
        error[0] for error in await api.rejected("createJob", **JOB, jobUrl="http://xn--bcher-kva.example/~jobs/1")
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
        await api.add(new_job(job_url=url, sources=[JobSource(url=url, url_key=url_key(url), raw={})]))

    async def found(url: str) -> str:
        title: str = (await api.data(f'{{ job(by: {{jobUrl: "{url}"}}) {{ jobUrl }} }}'))["job"]["jobUrl"]
        return title

    assert [await found(url) for url in urls] == urls
    assert await found("https://firm.example/1") == urls[0]


async def added_by_another_program(api: Api, *urls: str) -> None:
    """Insert jobs as JobBot's own code does: without a source and without a key."""
    for url in urls:
        insert = "INSERT INTO jobs (title, company, job_url, version) VALUES ('Bot', 'Firm', :url, 1)"
        await sql(api.database.url, insert, url=url)


KEYS = "SELECT url_key FROM jobs ORDER BY id"
OF_BOT, AS_ADDED = (
    "https://de.linkedin.com/jobs/view/engineer-at-firm-41918150{}?trk=x",
    "linkedin.com/jobs/view/41918150{}",
)
IN_ANOTHER_FORM = "https://www.linkedin.com/jobs/search/?currentJobId=41918150{}&refId=abc"


@pytest.mark.parametrize(("query", "variables"), QUERIES)
async def test_a_job_of_another_program_is_found_by_its_url(
    api: Api, query: str, variables: Callable[[str], dict[str, Any]]
) -> None:
    await added_by_another_program(api, OF_BOT.format(23), OF_BOT.format(24))

    async def found(number: int) -> Any:
        url = IN_ANOTHER_FORM.format(number)
        job = (await api.data(query.format(url=json.dumps(url)), variables(url)))["job"]
        return job and job["title"]

    assert [await found(number) for number in (23, 24, 25)] == ["Bot", "Bot", None]
    await migrate(api.database.url)
    assert await sql(api.database.url, KEYS) == [(AS_ADDED.format(23),), (AS_ADDED.format(24),)]
    assert [await found(number) for number in (23, 24, 25)] == ["Bot", "Bot", None]


async def test_a_job_of_another_program_keeps_its_url_to_itself(api: Api, world: World) -> None:
    await added_by_another_program(api, OF_BOT.format(23), "no URL")
    same = IN_ANOTHER_FORM.format(23)
    other = await world.job(jobUrl=UNI)
    assert await sql(api.database.url, KEYS) == [(AS_ADDED.format(23),), ("",), ("jobs.uni.example/Vacancy.aspx",)]

    assert [error[0] for error in await api.rejected("createJob", **JOB, jobUrl=same)] == ["DUPLICATE_JOB_URL"]
    assert [error[0] for error in await api.rejected("updateJob", id=other, version=1, jobUrl=same)] == [
        "DUPLICATE_JOB_URL"
    ]
    assert await api.mutate("upsertJob", "outcome job { databaseId jobUrl }", **JOB, jobUrl=same) == {
        "outcome": "UPDATED",
        "job": {"databaseId": 1, "jobUrl": same},
    }


async def test_storing_the_keys_of_other_programs_jobs_takes_few_statements_and_is_not_logged(
    api: Api, world: World
) -> None:
    counts = {}
    for count in (0, 1, 40):
        await added_by_another_program(api, *(OF_BOT.format(100 * count + number) for number in range(count)))
        changes = await sql(api.database.url, "SELECT count(*) FROM change_log")
        await api.mutate("createJob", "job { id }", **JOB, jobUrl=f"https://firm.example/{count}")
        counts[count] = len(api.statements)
        assert await sql(api.database.url, "SELECT count(*) FROM jobs WHERE url_key IS NULL") == [(0,)]
        assert await sql(api.database.url, "SELECT count(*) FROM change_log") == [(changes[0][0] + 3,)]
    assert counts[40] == counts[1] == counts[0] + 2
    assert await sql(api.database.url, "SELECT version FROM jobs GROUP BY version") == [(1,)]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_url_that_is_not_utf_8_is_in_nobody_s_way(api: Api, world: World) -> None:
    insert = "INSERT INTO jobs (title, company, job_url, version) VALUES ('Bot', 'Firm', {}, 1)"
    broken = "CAST(x'68747470733a2f2f612e6578616d706c652fff' AS TEXT)"
    await sql(api.database.url, insert.format(broken))

    query = f'{{ job(by: {{jobUrl: "{UNI}"}}) {{ id }} }}'
    assert await api.data(query) == {"job": None}
    job = await world.job(jobUrl=UNI)
    assert await api.data(query) == {"job": {"id": job}}
    assert await sql(api.database.url, "SELECT count(*) FROM jobs WHERE url_key IS NULL") == [(0,)]


async def test_a_url_that_another_program_changed_is_listed_and_its_key_corrected(api: Api, world: World) -> None:
    await added_by_another_program(api, OF_BOT.format(23))
    second = await world.job(jobUrl=f"{UNI}?ref=X1")
    await sql(api.database.url, f"UPDATE jobs SET job_url = '{IN_ANOTHER_FORM.format(99)}' WHERE id = 1")  # noqa: S608

    async def found(number: int) -> Any:
        job = (await api.data(f'{{ job(by: {{jobUrl: "{OF_BOT.format(number)}"}}) {{ databaseId }} }}'))["job"]
        return job and job["databaseId"]

    assert await found(23) is None
    taken = await api.rejected("createJob", **JOB, jobUrl=IN_ANOTHER_FORM.format(99))
    assert [error[0] for error in taken] == ["DUPLICATE_JOB_URL"]
    (told,) = await examine(api.database.url, Base)
    assert (told.kind, told.ids, told.count, told.values) == (FindingKind.KEY, (1,), 1, (AS_ADDED.format(23),))
    assert (told.options, told.blocks) == (("--to head",), False)

    changes = await sql(api.database.url, "SELECT count(*) FROM change_log")
    await migrate(api.database.url)
    assert await examine(api.database.url, Base) == []
    assert await sql(api.database.url, "SELECT count(*) FROM change_log") == changes
    assert await found(99) == 1
    assert await api.data(f'{{ job(by: {{jobUrl: "{UNI}?ref=X1"}}) {{ id }} }}') == {"job": {"id": second}}


async def test_urls_are_looked_up_in_indexes(api: Api, world: World) -> None:
    await sql(
        api.database.url,
        "INSERT INTO jobs (title, company, job_url, url_key, version)"
        " WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < 2000)"
        " SELECT 'A', 'B', 'https://a.example/' || n, 'a.example/' || n, 1 FROM one",
        "INSERT INTO job_sources (job_id, url, url_key, raw) SELECT id, job_url, url_key, '{}' FROM jobs",
        "ANALYZE",
    )
    with recorded(api.database) as statements:
        async with api.database.transaction() as session:
            assert await job_ids_by_url_key(session, [{"job_url": "https://www.a.example/7"}]) == {"a.example/7": 7}
    async with api.database.writer.connect() as connection:
        if api.database.dialect == "sqlite":
            values = ('["a.example/7"]',) * statements[-1].count("?")
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[-1]}", values)
            steps = [row.detail for row in plan if "job" in row.detail]
            assert [step.partition(" ")[0] for step in steps] == ["SEARCH"] * 4
        else:
            plan = await connection.exec_driver_sql(
                f"EXPLAIN {statements[-1]}", (["a.example/7"], ["https://a.example/7"])
            )
            steps = [row[0] for row in plan]
            assert "Seq Scan" not in "\n".join(steps)
    used = [index for index in ("ix_job_sources_url_key", "ix_jobs_url_key") for step in steps if index in step]
    assert used == ["ix_job_sources_url_key", "ix_jobs_url_key", "ix_jobs_url_key"]
