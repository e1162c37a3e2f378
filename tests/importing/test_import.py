"""Merging scrapes into the database: what is created, changed and left alone."""

import asyncio
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, text, update

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.importing.raw import ScrapeFileError
from jobbot_gql.importing.report import ImportReport
from jobbot_gql.importing.service import BATCH_ROWS, import_scrape
from jobbot_gql.models import Change, Company, Job, JobSource
from jobbot_gql.upkeep.migrations import migrate
from tests.conftest import recorded
from tests.importing.scrapes import JOB, counts, edit, everything, numbered, only, rows, scrape

FILES = Path(__file__).parent / "files"


PAST = datetime(2026, 1, 1, tzinfo=UTC)


async def test_a_row_becomes_a_job_a_source_and_a_company(database: Database) -> None:
    row = {
        **JOB,
        "job_url_direct": "https://foods.example/careers/7?utm_source=indeed",
        "location": "Berlin, Germany",
        "date_posted": "2026-09-01",
        "job_type": "fulltime",
        "salary_source": "direct_data",
        "interval": "hourly",
        "min_amount": 30.5,
        "max_amount": 42.0,
        "currency": "EUR",
        "is_remote": True,
        "job_level": "senior",
        "description": "* pipelines\n* C++",
        "company_industry": "Food",
        "company_url_direct": "https://foods.example",
        "company_addresses": "Hauptstr. 1, Berlin",
        "company_num_employees": "51 to 200",
        "skills": "python, sql",
        "listing_type": "sponsored",
    }

    report = await import_scrape(database, scrape(row))

    assert counts(report) == {"created": 1, "rows": 1}
    job = (await only(database, Job))._asdict()
    assert job.pop("scraped_date")
    assert job == {
        "id": 1,
        "title": "Data Engineer",
        "company": "Example Foods",
        "location": "Berlin, Germany",
        "salary_min": 63440,
        "salary_max": 87360,
        "description": "* pipelines\n* C++",
        "requirements": None,
        "benefits": None,
        "job_url": "https://jobs.example.com/view?jk=1&utm_source=serp",
        "source_site": "indeed",
        "posting_date": date(2026, 9, 1),
        "application_deadline": None,
        "remote_option": True,
        "job_type": "fulltime",
        "experience_level": "senior",
        "industry": "Food",
        "keywords": ["python", "sql"],
        "status": "discovered",
        "url_key": "jobs.example.com/view?jk=1",
        "version": 1,
    }
    source = (await only(database, JobSource))._asdict()
    assert source.pop("first_seen") == source.pop("last_seen")
    assert source == {
        "id": 1,
        "job_id": 1,
        "source_site": "indeed",
        "external_id": "in-1",
        "url": "https://jobs.example.com/view?jk=1&utm_source=serp",
        "url_key": "jobs.example.com/view?jk=1",
        "direct_url_key": "foods.example/careers/7",
        "seen_count": 1,
        "pay_interval": "hourly",
        "pay_min": 30.5,
        "pay_max": 42.0,
        "pay_currency": "EUR",
        "pay_source": "direct_data",
        "raw": row,
    }
    company = await only(database, Company)
    assert (company.name, company.industry, company.size, company.location, company.website, company.version) == (
        "Example Foods",
        "Food",
        "medium",
        "Hauptstr. 1, Berlin",
        "https://foods.example",
        1,
    )
    assert company.last_updated is None


async def test_what_is_not_said_stays_empty(database: Database) -> None:
    await import_scrape(database, scrape({"title": "Cook", "company": "Example Foods"}), without_identity=True)

    job = (await only(database, Job))._asdict()
    said = {name for name, value in job.items() if value not in (None, [], "")}
    assert said == {"id", "title", "company", "scraped_date", "status", "version"}
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT keywords, remote_option FROM jobs"))).one() == (None, None)
    source = (await only(database, JobSource))._asdict()
    said = {name for name, value in source.items() if value is not None}
    assert said == {"id", "job_id", "url_key", "first_seen", "last_seen", "seen_count", "raw"}


@pytest.mark.parametrize("first", ["jobspy-cli.csv", "jobspy-readme.csv", "jobspy-cli.json", "jobspy-cli.jsonl"])
async def test_a_scrape_that_is_imported_again_changes_nothing_in_whichever_format(
    database: Database, first: str
) -> None:
    report = await import_scrape(database, FILES / first, placeholder_company="(unknown)")
    before = await everything(database)

    assert counts(report) == {"created": 4, "rows": 4}
    for again in (first, "jobspy-cli.csv", "jobspy-readme.csv", "jobspy-cli.json", "jobspy-cli.jsonl"):
        report = await import_scrape(database, FILES / again, placeholder_company="(unknown)")
        assert counts(report) == {"unchanged": 4, "rows": 4}, again
    assert await everything(database) == before


async def test_an_empty_scrape_is_a_success(database: Database) -> None:
    report = await import_scrape(database, FILES / "empty-scrape.csv")

    assert counts(report) == {}


async def test_a_later_scrape_brings_a_job_up_to_date(database: Database) -> None:
    await import_scrape(database, scrape({**JOB, "description": "old", "skills": "python", "is_remote": False}))
    async with database.transaction() as session:
        await session.execute(update(JobSource).values(first_seen=PAST, last_seen=PAST))

    later = {**JOB, "title": "Senior Data Engineer", "description": "new", "skills": "python, C++", "is_remote": True}
    report = await import_scrape(database, scrape({**later, "location": "Berlin"}))

    assert counts(report) == {"updated": 1, "rows": 1}
    job = await only(database, Job)
    assert (job.title, job.description, job.keywords, job.remote_option, job.location, job.version) == (
        "Senior Data Engineer",
        "new",
        ["python", "C++"],
        True,
        "Berlin",
        2,
    )
    source = await only(database, JobSource)
    assert source.raw == {**later, "location": "Berlin"}
    assert (source.seen_count, source.first_seen) == (2, PAST)
    assert timedelta(0) <= datetime.now(UTC) - source.last_seen < timedelta(minutes=1)
    assert (await only(database, Company)).version == 1


async def test_news_that_the_job_does_not_show_changes_its_source_only(database: Database) -> None:
    await import_scrape(database, scrape({**JOB, "vacancy_count": 1}))

    report = await import_scrape(database, scrape({**JOB, "vacancy_count": 3}))

    assert counts(report) == {"updated": 1, "rows": 1}
    assert (await only(database, Job)).version == 1
    source = await only(database, JobSource)
    assert (source.seen_count, source.raw["vacancy_count"]) == (2, 3)


async def test_absent_never_overwrites_present(database: Database) -> None:
    full = {
        **JOB,
        **{
            "location": "Berlin",
            "description": "x",
            "skills": "python",
            "is_remote": True,
            "date_posted": "2026-09-01",
        },
        **{"interval": "yearly", "min_amount": 50000, "max_amount": 60000, "currency": "EUR"},
    }
    await import_scrape(database, scrape(full))
    before = await everything(database)
    said_nothing = {"location": "", "description": None, "skills": "nan", "min_amount": 0, "max_amount": -1}

    report = await import_scrape(database, scrape(JOB))
    assert counts(report) == {"unchanged": 1, "rows": 1}
    report = await import_scrape(database, scrape({**JOB, **said_nothing}))
    assert counts(report) == {"unchanged": 1, "rows": 1}
    report = await import_scrape(database, scrape({**JOB, "date_posted": "soon", "is_remote": "perhaps"}))
    assert counts(report) == {"unchanged": 1, "warnings": 2, "rows": 1}

    assert await everything(database) == before


async def test_what_a_person_has_edited_stays(database: Database) -> None:
    await import_scrape(database, scrape({**JOB, "location": "Berlin", "skills": "python", "is_remote": True}))
    await edit(database, Job, title="Dream job", keywords=["mine"], location=None, remote_option=None, status="applied")

    news = {"title": "Engineer", "location": "Bonn", "skills": "sql", "is_remote": False, "description": "x"}
    report = await import_scrape(database, scrape({**JOB, **news}))

    assert counts(report) == {"updated": 1, "rows": 1}
    job = await only(database, Job)
    assert (job.title, job.keywords, job.location, job.remote_option, job.status) == (
        "Dream job",
        ["mine"],
        None,
        None,
        "applied",
    )
    assert job.description == "x"


async def test_keywords_that_are_no_list_are_not_written_over(database: Database) -> None:
    await import_scrape(database, scrape(JOB))
    async with database.transaction() as session:
        await session.execute(text("UPDATE jobs SET keywords = 'python; sql'"))

    await import_scrape(database, scrape({**JOB, "skills": "go", "description": "x"}))

    async with database.transaction() as session:
        assert (await session.execute(text("SELECT keywords, description FROM jobs"))).one() == ("python; sql", "x")


PAY = {"interval": "yearly", "min_amount": 50000, "max_amount": 60000, "currency": "EUR"}


@pytest.mark.parametrize(
    ("later", "salary", "pay"),
    [
        ({**PAY, "min_amount": 55000}, (55000, 60000), ("yearly", 55000, 60000, "EUR")),
        ({"interval": "yearly", "min_amount": 55000}, (55000, 60000), ("yearly", 55000, 60000, "EUR")),
        ({**PAY, "min_amount": 0, "max_amount": 70000}, (50000, 70000), ("yearly", 50000, 70000, "EUR")),
        ({"interval": "hourly", "min_amount": 20}, (41600, None), ("hourly", 20, None, None)),
        ({**PAY, "min_amount": 65000, "max_amount": None}, (65000, None), ("yearly", 65000, None, "EUR")),
        ({**PAY, "currency": "USD", "max_amount": None}, (50000, None), ("yearly", 50000, None, "USD")),
        ({"interval": "hourly"}, (50000, 60000), ("yearly", 50000, 60000, "EUR")),
        ({"min_amount": 20}, (50000, 60000), ("yearly", 50000, 60000, "EUR")),
        ({**PAY, "min_amount": 90000, "max_amount": 80000}, (50000, 60000), ("yearly", 50000, 60000, "EUR")),
    ],
)
async def test_pay_is_replaced_as_a_whole_or_not_at_all(
    database: Database, later: dict[str, Any], salary: tuple[Any, ...], pay: tuple[Any, ...]
) -> None:
    await import_scrape(database, scrape({**JOB, **PAY}))

    await import_scrape(database, scrape({**JOB, **later}))

    job, source = await only(database, Job), await only(database, JobSource)
    assert (job.salary_min, job.salary_max) == salary
    assert (source.pay_interval, source.pay_min, source.pay_max, source.pay_currency) == pay
    report = await import_scrape(database, scrape({**JOB, **later}))
    assert report.unchanged == 1


async def test_a_second_board_adds_a_source_and_fills_blanks_only(database: Database) -> None:
    direct = "https://foods.example/careers/7"
    await import_scrape(database, scrape({**JOB, "job_url_direct": direct, "description": "first", **PAY}))
    other = {
        **{
            "id": "li-9",
            "site": "linkedin",
            "job_url": "https://www.example.org/jobs/view/9",
            "job_url_direct": direct,
        },
        **{
            "title": "Data Engineer (m/f/d)",
            "company": "Example Foods AG",
            "description": "second",
            "location": "Bonn",
        },
        **{"interval": "hourly", "max_amount": 99},
    }

    report = await import_scrape(database, scrape(other))

    assert counts(report) == {"duplicates": 1, "rows": 1}
    job = await only(database, Job)
    assert (job.title, job.company, job.description, job.location, job.source_site, job.salary_max, job.version) == (
        "Data Engineer",
        "Example Foods",
        "first",
        "Bonn",
        "indeed",
        60000,
        2,
    )
    assert [(row.job_id, row.source_site, row.external_id, row.pay_max) for row in await rows(database, JobSource)] == [
        (1, "indeed", "in-1", 60000),
        (1, "linkedin", "li-9", 99),
    ]
    assert [row.name for row in await rows(database, Company)] == ["Example Foods", "Example Foods AG"]
    report = await import_scrape(database, scrape(other))
    assert counts(report) == {"unchanged": 1, "rows": 1}


async def test_each_board_brings_up_to_date_what_the_job_has_from_it(database: Database) -> None:
    direct = {"job_url_direct": "https://foods.example/careers/7"}
    other = {**JOB, **direct, "id": "li-9", "site": "linkedin", "job_url": "https://www.example.org/jobs/view/9"}
    await import_scrape(database, scrape({**JOB, **direct, "description": "ours"}, {**other, "location": "Bonn"}))

    await import_scrape(database, scrape({**other, "location": "Berlin", "description": "theirs"}))

    job = await only(database, Job)
    assert (job.location, job.description) == ("Berlin", "ours")


GENERAL, ONE = "https://foods.example/careers", "https://foods.example/careers/7"
INDEED = {"id": "in-1", "site": "indeed", "job_url": "https://jobs.example.com/1"}
LINKEDIN = {"id": "li-1", "site": "linkedin", "job_url": "https://www.example.org/1"}


@pytest.mark.parametrize(
    ("one", "other", "jobs_and_sources"),
    [
        pytest.param(INDEED, {**INDEED, "title": "Chef", "job_url": "https://x.example"}, (1, 1), id="same id"),
        pytest.param(INDEED, {**INDEED, "site": "glassdoor", "job_url": None}, (2, 2), id="same id of another site"),
        pytest.param(INDEED, {**INDEED, "id": None, "title": "Chef"}, (1, 1), id="same URL, no id"),
        pytest.param({**INDEED, "id": None}, {**INDEED, "title": "Chef"}, (1, 1), id="same URL, an id at last"),
        pytest.param({**INDEED, "id": None, "site": None}, INDEED, (1, 1), id="same URL, site and id at last"),
        pytest.param(INDEED, {**INDEED, "site": "google", "id": "go-1"}, (1, 2), id="same URL on two boards"),
        pytest.param(
            INDEED,
            {**INDEED, "job_url": "http://www.jobs.example.com/1/?utm_source=x#top", "id": None},
            (1, 1),
            id="URL key",
        ),
        pytest.param(INDEED, {**INDEED, "id": "in-2", "title": "Chef"}, (2, 2), id="one URL, two ids, two titles"),
        pytest.param(
            INDEED, {**INDEED, "id": "in-2", "location": "Bonn"}, (2, 2), id="one URL, two ids, two locations"
        ),
        pytest.param(INDEED, {**INDEED, "id": "in-2", "title": "COOK "}, (2, 2), id="one URL, two ids"),
        pytest.param(
            {**INDEED, "job_url_direct": ONE},
            {**LINKEDIN, "job_url_direct": f"{ONE}&urlHash=AZ9R"},
            (1, 2),
            id="direct URL",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": f"{GENERAL}.aspx?ref=X1"},
            {**LINKEDIN, "job_url_direct": f"{GENERAL}.aspx?ref=X2"},
            (2, 2),
            id="direct URLs that differ in `ref`",
        ),
        pytest.param(
            {**LINKEDIN, "job_url_direct": f"{GENERAL}&urlHash=AZ9R"},
            {**INDEED, "job_url_direct": f"{GENERAL}&urlHash=AZ9R", "title": "Chef"},
            (2, 2),
            id="page of all vacancies, with a hash that has a digit",
        ),
        pytest.param(
            {**LINKEDIN, "job_url_direct": f"{GENERAL}?urlHash=AZ9R"},
            {**INDEED, "job_url_direct": GENERAL, "title": "COOK"},
            (1, 2),
            id="page of all vacancies, with a hash and without, same title",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": f"{GENERAL}/%C3%BCbersicht"},
            {**LINKEDIN, "job_url_direct": f"{GENERAL}/übersicht", "title": "Chef"},
            (2, 2),
            id="page of all vacancies, digits of encoded letters only",
        ),
        pytest.param(
            {"site": "uni", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X1"},
            {"site": "uni", "job_url": "https://jobs.uni.example/Vacancy.aspx?ref=X2"},
            (2, 2),
            id="URLs that differ in `ref`",
        ),
        pytest.param(
            {"site": "moka", "job_url": "https://app.example/46903#/job/aaa"},
            {"site": "moka", "job_url": "https://app.example/46903#/job/bbb"},
            (2, 2),
            id="URLs that differ in the route",
        ),
        pytest.param(
            {"site": "linkedin", "job_url": "https://www.linkedin.com/jobs/view/4191815023"},
            {"site": "linkedin", "job_url": "https://de.linkedin.com/jobs/view/cook-at-foods-4191815023?trk=x"},
            (1, 1),
            id="two ways to write a URL",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": ONE},
            {**LINKEDIN, "job_url_direct": ONE, "title": "Cook (m/f/d)"},
            (1, 2),
            id="direct URL of one vacancy",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": ONE},
            {
                **INDEED,
                "id": "in-2",
                "job_url": "https://jobs.example.com/2",
                "job_url_direct": ONE,
                "location": "Bonn",
            },
            (2, 2),
            id="direct URL, told apart by their board",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": GENERAL},
            {**LINKEDIN, "job_url_direct": GENERAL, "title": "Chef"},
            (2, 2),
            id="page of all vacancies",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": GENERAL},
            {**LINKEDIN, "job_url_direct": GENERAL},
            (1, 2),
            id="page of all vacancies, same title",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": GENERAL},
            {**INDEED, "id": "in-2", "job_url": "https://jobs.example.com/2", "job_url_direct": GENERAL},
            (2, 2),
            id="page of all vacancies, same title, told apart by their board",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": ONE},
            {**INDEED, "id": "in-2", "job_url": "https://jobs.example.com/2", "job_url_direct": ONE},
            (2, 2),
            id="direct URL, two ids",
        ),
        pytest.param(
            {**INDEED, "job_url_direct": GENERAL, "title": "C++ Cook"},
            {**LINKEDIN, "job_url_direct": GENERAL, "title": "C# Cook"},
            (2, 2),
            id="C++ is not C#",
        ),
        pytest.param(INDEED, LINKEDIN, (2, 2), id="same title and company only"),
        pytest.param({}, {}, (1, 1), id="no keys, same row"),
        pytest.param({}, {"description": "x"}, (2, 2), id="no keys, another row"),
        pytest.param({"id": "1"}, {"id": "1", "description": "x"}, (2, 2), id="an id of no site is no key"),
        pytest.param(
            {"site": "a", "job_url_direct": GENERAL},
            {"site": "a", "job_url_direct": GENERAL, "description": "x"},
            (1, 1),
            id="direct URL only",
        ),
    ],
)
@pytest.mark.parametrize("is_one_file", [True, False])
async def test_identity(
    database: Database, one: dict[str, Any], other: dict[str, Any], jobs_and_sources: tuple[int, int], is_one_file: bool
) -> None:
    both = [{"title": "Cook", "company": "Example Foods", **columns} for columns in (one, other)]
    files = [both] if is_one_file else [both[:1], both[1:]]
    for file in files:
        report = await import_scrape(database, scrape(*file), without_identity=True)

    assert (len(await rows(database, Job)), len(await rows(database, JobSource))) == jobs_and_sources
    if is_one_file:
        are_two = jobs_and_sources == (2, 2)
        assert (report.created, report.duplicates, report.rows) == ((2, 0, 2) if are_two else (1, 1, 2))
        before = await everything(database)
        again = await import_scrape(database, scrape(*both), without_identity=True)
        assert counts(again) == {"unchanged": 2, "rows": 2}
        assert await everything(database) == before


async def test_two_ids_of_one_board_stay_two_jobs_though_another_board_knows_one(database: Database) -> None:
    other = {**JOB, **LINKEDIN, "job_url_direct": ONE}
    found = [
        {**JOB, **INDEED, "job_url_direct": ONE},
        other,
        # The first one's page has moved: only LinkedIn still leads to the old one.
        {**JOB, **INDEED, "job_url_direct": f"{ONE}0"},
        {**JOB, **INDEED, "id": "in-2", "job_url": "https://jobs.example.com/2", "job_url_direct": ONE},
        # A third, at the address of the first.
        {**JOB, **INDEED, "id": "in-3"},
    ]
    for row in found:
        await import_scrape(database, scrape(row))

    assert [(row.external_id, row.job_id) for row in await rows(database, JobSource)] == [
        ("in-1", 1),
        ("li-1", 1),
        ("in-2", 2),
        ("in-3", 3),
    ]


async def test_the_job_at_the_same_location_is_the_likeliest(database: Database) -> None:
    berlin = {**JOB, **INDEED, "job_url_direct": GENERAL, "location": "Berlin"}
    bonn = {**berlin, "id": "in-2", "job_url": "https://jobs.example.com/2", "location": "Bonn"}
    await import_scrape(database, scrape(berlin, bonn))

    await import_scrape(database, scrape({**berlin, **LINKEDIN, "location": "BONN"}))

    assert [(row.source_site, row.job_id) for row in await rows(database, JobSource)] == [
        ("indeed", 1),
        ("indeed", 2),
        ("linkedin", 2),
    ]


async def test_a_place_keeps_the_id_that_it_once_told(database: Database) -> None:
    await import_scrape(database, scrape(JOB))
    await import_scrape(database, scrape({**JOB, "id": None, "description": "x"}))
    await import_scrape(database, scrape({**JOB, "job_url": None, "description": "y"}))

    source = await only(database, JobSource)
    assert (source.external_id, source.url_key, source.seen_count) == ("in-1", "jobs.example.com/view?jk=1", 3)
    assert (await only(database, Job)).description == "y"


@pytest.mark.parametrize(
    "url", ["https://jobs.example.com/view?jk=1&utm_source=serp", "http://www.jobs.example.com/view?jk=1"]
)
async def test_a_job_that_was_entered_by_hand_is_found_by_its_url(database: Database, url: str) -> None:
    async with database.transaction() as session:
        session.add(Job(title="My title", company="Example", job_url=url, status="targeted"))

    report = await import_scrape(database, scrape({**JOB, "description": "x"}, {**JOB, "id": None}))

    assert counts(report) == {"updated": 1, "duplicates": 1, "rows": 2}
    job = await only(database, Job)
    assert (job.title, job.company, job.description, job.job_url, job.status, job.version) == (
        "My title",
        "Example",
        "x",
        url,
        "targeted",
        2,
    )
    assert (await only(database, JobSource)).job_id == job.id
    report = await import_scrape(database, scrape({**JOB, "description": "x"}, {**JOB, "id": None}))
    assert counts(report) == {"unchanged": 2, "rows": 2}


async def test_a_url_that_a_person_gave_a_job_finds_it(database: Database) -> None:
    await import_scrape(database, scrape(JOB))
    await edit(database, Job, job_url="https://www.example.org/jobs/view/9")

    report = await import_scrape(
        database, scrape({**JOB, "id": "li-9", "site": "linkedin", "job_url": "https://www.example.org/jobs/view/9"})
    )

    assert counts(report) == {"updated": 1, "rows": 1}
    assert [row.job_id for row in await rows(database, JobSource)] == [1, 1]


async def test_two_jobs_never_share_a_url(database: Database) -> None:
    careers = {**JOB, "job_url": "https://foods.example/careers"}
    report = await import_scrape(database, scrape(careers, {**careers, "id": "in-2", "title": "Cook"}))

    assert counts(report) == {"created": 2, "warnings": 1, "rows": 2}
    assert [str(caution) for caution in report.cautions] == [
        'row 2: job_url: "https://foods.example/careers" is another job\'s job_url: this job has none, '
        "its source keeps the URL"
    ]
    assert [row.job_url for row in await rows(database, Job)] == ["https://foods.example/careers", None]
    assert [row.url for row in await rows(database, JobSource)] == ["https://foods.example/careers"] * 2
    later = scrape({**careers, "description": "x"}, {**careers, "id": "in-2", "title": "Cook", "description": "y"})
    assert counts(await import_scrape(database, later)) == {"updated": 2, "rows": 2}
    assert [row.job_url for row in await rows(database, Job)] == ["https://foods.example/careers", None]


async def test_a_url_beyond_the_column_lives_in_the_source(database: Database) -> None:
    url = f"https://jobs.example.com/{'x' * 500}"

    report = await import_scrape(database, scrape({**JOB, "job_url": url}))

    assert counts(report) == {"created": 1, "warnings": 1, "rows": 1}
    assert (await only(database, Job)).job_url is None
    assert (await only(database, JobSource)).url == url


async def test_of_one_file_the_last_row_about_a_source_wins(database: Database) -> None:
    file: list[dict[str, Any]] = [
        {**JOB, "description": "first", "location": "Bonn"},
        JOB,
        {**JOB, "description": "second", **PAY},
    ]

    report = await import_scrape(database, scrape(*file))

    assert counts(report) == {"created": 1, "duplicates": 2, "rows": 3}
    job = await only(database, Job)
    assert (job.description, job.location, job.salary_min, job.version) == ("second", "Bonn", 50000, 1)
    before = await everything(database)
    assert before["job_sources"][0].seen_count == 1
    assert counts(await import_scrape(database, scrape(*file))) == {"unchanged": 3, "rows": 3}
    assert await everything(database) == before
    later = [{**JOB, "description": "third"}, {**JOB, "description": "fourth"}]
    assert counts(await import_scrape(database, scrape(*later))) == {"updated": 1, "unchanged": 1, "rows": 2}
    assert (await only(database, Job)).description == "fourth"
    assert (await only(database, JobSource)).seen_count == 2


async def test_of_one_file_the_last_row_wins_across_batches_and_keys(database: Database) -> None:
    by_url = {**JOB, "id": None, "site": None, "description": "by URL"}
    file = [{**JOB, "location": "Bonn"}, *numbered(BATCH_ROWS + 2)[2:], {**JOB, "description": "by id"}, by_url]
    for _ in range(2):
        await import_scrape(database, scrape(*file))
        job = next(row for row in await rows(database, Job) if row.job_url == JOB["job_url"])
        assert (job.location, job.description) == ("Bonn", "by URL")


async def test_of_one_file_the_last_row_about_pay_wins(database: Database) -> None:
    await import_scrape(database, scrape({**JOB, "interval": "hourly", "min_amount": 20}, {**JOB, **PAY}))

    job, source = await only(database, Job), await only(database, JobSource)
    assert (job.salary_min, job.salary_max) == (50000, 60000)
    assert (source.pay_interval, source.pay_min, source.pay_max, source.pay_currency) == ("yearly", 50000, 60000, "EUR")


async def test_a_company_is_created_once_and_only_its_blanks_are_filled(database: Database) -> None:
    await import_scrape(
        database,
        scrape(
            {**numbered(1)[0], "company_industry": "Food"},
            {
                **numbered(2)[1],
                "company": " EXAMPLE\u00a0foods",
                "company_industry": "Retail",
                "company_addresses": "Bonn",
            },
        ),
    )

    company = await only(database, Company)
    assert (company.name, company.industry, company.location, company.version) == ("Example Foods", "Food", "Bonn", 1)
    later = {"company_industry": "Logistics", "company_url": "https://foods.example", "company_num_employees": "10"}
    await import_scrape(database, scrape({**numbered(3)[2], **later}))
    company = await only(database, Company)
    assert (company.industry, company.location, company.website, company.size, company.version) == (
        "Food",
        "Bonn",
        "https://foods.example",
        "small",
        2,
    )
    assert company.last_updated is not None


async def test_a_company_that_was_deleted_does_not_come_back_with_the_same_file(database: Database) -> None:
    await import_scrape(database, scrape(JOB))
    async with database.transaction() as session:
        await session.execute(delete(Company))

    assert counts(await import_scrape(database, scrape(JOB))) == {"unchanged": 1, "rows": 1}
    assert await rows(database, Company) == []


async def test_a_placeholder_is_no_company_and_gives_way(database: Database) -> None:
    nameless = {**JOB, "company": ""}
    assert counts(await import_scrape(database, scrape(nameless))) == {"rejected": 1, "rows": 1}

    report = await import_scrape(database, scrape(nameless), placeholder_company="(unknown)")

    assert counts(report) == {"created": 1, "rows": 1}
    assert (await only(database, Job)).company == "(unknown)"
    assert await rows(database, Company) == []
    report = await import_scrape(database, scrape(JOB), placeholder_company="(unknown)")
    assert counts(report) == {"updated": 1, "rows": 1}
    assert (await only(database, Job)).company == "Example Foods"
    assert (await only(database, Company)).name == "Example Foods"


async def test_rejected_rows_can_be_mended_and_imported(database: Database) -> None:
    file = BytesIO(
        b"id,site,title,company\nin-1,indeed,Cook,Example Foods\nin-2,indeed,Caf\xc3\xa9 manager,\n"
        b"in-3,indeed,too,many,cells\nin-4,indeed,Baker,Example Foods\n"
    )
    rejects = StringIO()

    report = await import_scrape(database, file, rejects=rejects)

    assert counts(report) == {"created": 2, "rejected": 2, "rows": 4}
    assert [str(rejection) for rejection in report.rejections] == [
        "row 2: company: is empty",
        "row 3: has 5 cells, the header has 4",
    ]
    lines = [json.loads(line) for line in rejects.getvalue().splitlines()]
    assert lines == [
        {
            "rejected_because": "row 2: company: is empty",
            "id": "in-2",
            "site": "indeed",
            "title": "Café manager",
            "company": "",
        },
        {"rejected_because": "row 3: has 5 cells, the header has 4", "rejected_text": "in-3,indeed,too,many,cells\n"},
    ]
    lines[0]["company"] = "Example Foods"
    lines[1] |= {"id": "in-3", "site": "indeed", "title": "too", "company": "many"}
    assert counts(await import_scrape(database, scrape(*lines))) == {"created": 2, "rows": 2}
    assert [row.raw for row in await rows(database, JobSource)][2:] == [
        {"id": "in-2", "site": "indeed", "title": "Café manager", "company": "Example Foods"},
        {"id": "in-3", "site": "indeed", "title": "too", "company": "many"},
    ]


async def test_a_row_that_the_database_rejects_costs_no_other(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(text("CREATE UNIQUE INDEX only_one_cook ON jobs (title) WHERE title = 'Cook'"))
    file = numbered(5)
    file[1]["title"] = file[3]["title"] = "Cook"
    rejects = StringIO()

    report = await import_scrape(database, scrape(*file), rejects=rejects)

    assert counts(report) == {"created": 4, "rejected": 1, "rows": 5}
    (rejection,) = report.rejections
    assert rejection.row == 4
    assert str(rejection).startswith("row 4: the database rejects it: ")
    assert json.loads(rejects.getvalue())["id"] == "in-3"
    assert [row.title for row in await rows(database, Job)] == [
        "Data Engineer",
        "Cook",
        "Data Engineer",
        "Data Engineer",
    ]
    assert len(await rows(database, JobSource)) == 4


async def test_a_document_that_breaks_off_is_imported_as_far_as_it_goes(database: Database) -> None:
    whole = json.dumps(numbered(BATCH_ROWS + 3))
    broken = whole.replace('{"id": "in-502"', "{'id': 'in-502'")

    report = await import_scrape(database, BytesIO(broken.encode()))

    assert counts(report) == {"created": BATCH_ROWS + 2, "rows": BATCH_ROWS + 2}
    assert report.broken_off is not None
    assert report.broken_off.startswith("is not valid JSON")
    assert len(await rows(database, Job)) == BATCH_ROWS + 2


async def test_what_is_no_scrape_changes_nothing(database: Database) -> None:
    with pytest.raises(ScrapeFileError, match="is not a file of jobs"):
        await import_scrape(database, FILES / "not-a-scrape.csv")
    with pytest.raises(ScrapeFileError, match="cannot be read: No such file"):
        await import_scrape(database, FILES / "no-such-file.csv")

    assert await rows(database, Change) == []


async def test_a_dry_run_tells_the_same_and_changes_nothing(database: Database) -> None:
    file = [*numbered(BATCH_ROWS), *numbered(3), {"title": "Cook", "company": ""}, *numbered(2, site="linkedin")]
    await import_scrape(database, scrape({**file[0], "title": "Cook"}))
    before = await everything(database)

    dry = await import_scrape(database, scrape(*file), dry_run=True)

    assert await everything(database) == before
    real = await import_scrape(database, scrape(*file))
    assert dry == real
    assert counts(real) == {
        **{"created": BATCH_ROWS - 1, "updated": 1, "unchanged": 1, "rejected": 1, "duplicates": 4},
        "rows": BATCH_ROWS + 6,
    }


async def test_statements_do_not_grow_with_the_batch(database: Database) -> None:
    def changed(count: int) -> Iterable[dict[str, Any]]:
        return numbered(count, description="y", company_industry="Food", title="Cook")

    sent = {}
    for count, first in ((3, 1000), (400, 2000)):
        for kind in ("new", "same", "later", "new board"):
            file = [
                {
                    **row,
                    "id": f"{row['id']}-{first}",
                    "job_url": f"{row['job_url']}{first}",
                    "company": f"Firm {first} {row['id']}",
                }
                | {"job_url_direct": f"https://firm.example/{first}/{row['id']}"}
                | ({"site": "linkedin", "job_url": None} if kind == "new board" else {})
                for row in (changed(count) if kind == "later" else numbered(count, description="x"))
            ]
            with recorded(database) as statements:
                report = await import_scrape(database, scrape(*file))
            outcome = {"new": "created", "same": "unchanged", "later": "updated", "new board": "duplicates"}[kind]
            assert counts(report) == {outcome: count, "rows": count}
            sent[kind, count] = len(statements)

    for kind in ("new", "same", "later", "new board"):
        assert sent[kind, 400] == sent[kind, 3] < 25, kind


async def test_progress_is_told_after_each_batch(database: Database) -> None:
    told = []

    def remember(report: ImportReport, bytes_read: int, total_bytes: int) -> None:
        told.append((report.rows, bytes_read <= total_bytes == len(file.getvalue())))

    file = scrape(*numbered(BATCH_ROWS * 2 + 1))
    await import_scrape(database, file, on_progress=remember)

    assert told == [(BATCH_ROWS, True), (BATCH_ROWS * 2, True), (BATCH_ROWS * 2 + 1, True)]


async def test_a_cancelled_import_counts_what_it_has_done_and_goes_on_when_it_is_run_again(database: Database) -> None:
    file = numbered(BATCH_ROWS * 8, description="x" * 2000)
    done = 0

    def remember(report: ImportReport, bytes_read: int, total_bytes: int) -> None:
        nonlocal done
        done = report.rows

    for delay in (0, 0.02, 0.04, 0.06, 0.08, 0.1):
        task = asyncio.create_task(import_scrape(database, scrape(*file), on_progress=remember))
        await asyncio.sleep(delay)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 30)
        assert done % BATCH_ROWS == 0
        stored = len(await rows(database, Job))
        assert stored >= done
    report = await import_scrape(database, scrape(*file))
    assert (report.created, report.unchanged, report.rows) == (len(file) - stored, stored, len(file))


async def test_imports_at_the_same_time_make_no_duplicates(database: Database, database_url: str) -> None:
    # No constraint of the database keeps these apart.
    file = [{"title": f"Cook {number}", "company": f"Firm {number % 7}"} for number in range(BATCH_ROWS * 2)]
    others = [Database(normalise(database_url)) for _ in range(2)]

    reports = await asyncio.gather(
        *(import_scrape(each, scrape(*file), without_identity=True) for each in (database, *others))
    )

    for other in others:
        await other.dispose()
    assert [report.rejected for report in reports] == [0, 0, 0]
    assert sum(report.created for report in reports) == BATCH_ROWS * 2
    assert sum(report.unchanged for report in reports) == BATCH_ROWS * 4
    assert len(await rows(database, Job)) == len(await rows(database, JobSource)) == BATCH_ROWS * 2
    assert len(await rows(database, Company)) == 7


async def test_the_change_log_names_who_imported_and_in_which_import(database: Database) -> None:
    await import_scrape(database, scrape(*numbered(BATCH_ROWS + 1)), actor="bot")
    await import_scrape(database, scrape({**JOB, "id": "in-x"}), actor="bot")

    changes = await rows(database, Change)
    assert {change.actor for change in changes} == {"bot"}
    assert len({change.request_id for change in changes}) == 2


async def test_after_an_import_the_database_knows_how_values_are_spread(tmp_path: Path) -> None:
    """SQLite plans without any idea of that until somebody says ANALYZE; PostgreSQL sees to it itself."""
    database = Database(normalise(f"sqlite:///{tmp_path}/jobbot.db"))
    await migrate(database.url)

    async def known() -> set[str]:
        async with database.transaction() as session:
            tables = await session.scalars(text("SELECT name FROM sqlite_schema WHERE name = 'sqlite_stat1'"))
            return set(await session.scalars(text("SELECT tbl FROM sqlite_stat1"))) if tables.all() else set()

    await import_scrape(database, scrape(*numbered(3)), dry_run=True)
    before = await known()
    await import_scrape(database, scrape(*numbered(3)))
    after = await known()
    await database.dispose()

    assert before.isdisjoint({"jobs", "companies", "job_sources"})
    assert after >= {"jobs", "companies", "job_sources"}
