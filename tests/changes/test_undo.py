"""Undoing changes brings back what was, or names the conflict."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import Executable, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.db.database import Database
from jobbot_gql.db.triggers import search_index
from jobbot_gql.models import (
    Application,
    Base,
    Change,
    Company,
    EmployerResponse,
    ExperienceClaim,
    Job,
    JobSource,
    Opportunity,
    OutreachCampaign,
    Reference,
    ReferenceUsage,
    StatusEvent,
)
from jobbot_gql.undo.undo import Conflict, Conflicts, NotInLog, Undone, changes_to_undo, of_request, undo
from jobbot_gql.undo.verify import verify
from tests.db.looking import rows_of, sql
from tests.rows import new_job, new_opportunity, new_reference

Rows = dict[str, list[dict[str, Any]]]


async def rows(database: Database) -> Rows:
    """Every row of every table but the log's, as the driver gives it."""
    found = {name: rows for name, rows in (await rows_of(database.url)).items() if not search_index.owns(name)}
    return {table: of_table for table, of_table in found.items() if table not in ("change_log", "alembic_version")}


def some_change(dice: Random, found: Rows) -> Executable:
    """One write on what is there: a row added, edited, moved to another parent, or deleted with all below it."""
    jobs, applications, companies = (
        [row["id"] for row in found[name]] for name in ("jobs", "applications", "companies")
    )
    some: list[Executable] = [
        insert(Job).values(title="T", company="B", keywords=["a"], remote_option=dice.random() < 0.5),
        insert(Company).values(name="Acme", confidence_score=dice.random()),
    ]
    if jobs:
        job = dice.choice(jobs)
        url = dice.choice(["https://a.example", "https://b.example"])
        taken = [row["id"] for row in found["jobs"] if row["job_url"] == url]
        some += [
            insert(Application).values(job_id=job, integrity_score=dice.random()),
            insert(Application).values(job_id=job),
            insert(JobSource).values(job_id=job, raw={"n": dice.random()}, pay_min=dice.random()),
            insert(StatusEvent).values(job_id=job, to_status="applied", note="'\n\\"),
            update(Job).where(Job.id == job).values(title=str(dice.random()), posting_date=date(2026, 1, 1)),
            update(Job).where(Job.id == job).values(keywords=["b"], posting_date=None, version=Job.version + 1),
            update(Job).where(Job.id == (taken or [job])[0]).values(job_url=None if taken else url),
            delete(Job).where(Job.id == job),
        ]
    if applications:
        application = dice.choice(applications)
        some += [
            insert(EmployerResponse).values(application_id=application, response_type="offer"),
            insert(ExperienceClaim).values(
                application_id=application, claim_type="x", original_experience="", claimed_experience=""
            ),
            update(Application).where(Application.id == application).values(job_id=dice.choice(jobs)),
            update(Application).values(notes=str(dice.random())),
            delete(Application).where(Application.id == application),
        ]
    if companies:
        company = dice.choice(companies)
        some += [
            insert(Opportunity).values(company_id=company, problem_description="p", solution_approach="s"),
            insert(OutreachCampaign).from_select(
                ["company_id", "opportunity_id"],
                select(Opportunity.company_id, func.max(Opportunity.id)).group_by("company_id"),
            ),
            delete(Company).where(Company.id == company),
        ]
    return dice.choice(some)


async def some_rows(session: AsyncSession) -> Rows:
    """What is there, as the transaction sees it."""
    found = {}
    for table in ("jobs", "applications", "companies"):
        rows = await session.execute(select(Base.metadata.tables[table]))
        found[table] = [dict(row) for row in rows.mappings()]
    return found


@pytest.mark.parametrize("seed", range(4))
async def test_all_changes_undone_backwards_leave_what_was_at_the_beginning(database: Database, seed: int) -> None:
    dice = Random(seed)  # noqa: S311 - test data
    await add(database, *everything())
    beginning = await rows(database)
    start = (await log(database))[-1][0]
    transactions: list[str] = []
    for _ in range(25):
        async with database.transaction(request_id=f"r-{len(transactions)}") as session:
            for _ in range(dice.randint(1, 3)):
                found = {
                    model.__tablename__: [
                        dict(row) for row in (await session.execute(select(model.__table__))).mappings()
                    ]
                    for model in (Job, Application, Company)
                }
                await session.execute(some_change(dice, found))
        transactions.append(f"r-{len(transactions)}")
    end = await rows(database)
    changes = await log(database, start)
    assert {operation for _, operation, *_ in changes} == {"create", "update", "delete"}

    async with database.transaction() as session:  # one by one
        parts = [await of_request(session, request) for request in reversed(transactions)]
    assert sorted(number for part in parts for number in part) == [entry[0] for entry in changes]
    for part in parts:
        await undone(database, *part)
    assert without_versions(await rows(database)) == without_versions(beginning)

    again = await log(database, changes[-1][0])
    await undone(database, *(entry[0] for entry in again))  # all at once
    assert without_versions(await rows(database)) == without_versions(end)

    versions = {(table, row["id"]): row.get("version", 1) for table, found in end.items() for row in found}
    for table, of_table in (await rows(database)).items():
        for row in of_table:
            assert row.get("version", 1) >= versions[table, row["id"]]


def without_versions(found: Rows) -> Rows:
    """The rows without what an undo may change: their versions, and keys that whoever wrote the row has not stored."""
    return {table: [{**row, "version": None, "url_key": None} for row in of_table] for table, of_table in found.items()}


async def write(database: Database, *statements: Executable) -> None:
    async with database.transaction() as session:
        for statement in statements:
            await session.execute(statement)


async def add(database: Database, *new: Base) -> None:
    async with database.transaction() as session:
        session.add_all(new)


async def log(database: Database, after: int = 0) -> list[tuple[int, str, str, int]]:
    """Sequence, operation, entity and id of each change."""
    async with database.transaction() as session:
        changes = await session.scalars(select(Change).where(Change.sequence > after).order_by(Change.sequence))
        return [(one.sequence, one.operation.value, one.entity, one.entity_id) for one in changes]


async def undone(database: Database, *sequences: int) -> Undone:
    async with database.transaction() as session:
        return await undo(session, await changes_to_undo(session, sequences))


async def rejected(database: Database, *sequences: int) -> Sequence[Conflict]:
    """Why it cannot be undone; and nothing has changed."""
    before = await rows(database)
    with pytest.raises(Conflicts) as rejection:
        await undone(database, *sequences)
    assert await rows(database) == before
    return rejection.value.conflicts


def everything(number: int = 1) -> list[Base]:
    """A row of each table, with a value in each column, hanging on one job, one company and one reference."""
    application = Application(
        application_date=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        interview_date=datetime(2026, 1, 3, tzinfo=UTC),
        cover_letter_version="c",
        resume_version="r",
        notes="naïve “notes”\n\\",
        credibility_rating=1 / 3,
        exaggeration_level=5e-324,
        integrity_score=1e300,
        responses=[EmployerResponse(response_type="offer", sentiment_score=-0.1, requires_action=True)],
        experience_claims=[
            ExperienceClaim(claim_type="omission", original_experience="a", claimed_experience="b", risk_level="high")
        ],
        status_events=[StatusEvent(from_status=None, to_status="submitted", note="n")],
    )
    job = Job(
        title='The "boss"',
        company="Acme",
        job_url=f"https://a.example/{number}",
        posting_date=date(2026, 1, 2),
        application_deadline=None,
        remote_option=True,
        keywords=["C++", "naïve"],
        salary_min=1,
        status="applied",
        applications=[application],
        sources=[
            JobSource(source_site="indeed", external_id=str(number), raw={"a": [1.5, None, "é"]}, pay_min=0.1 + 0.2)
        ],
        status_events=[StatusEvent(from_status="discovered", to_status="applied")],
    )
    opportunity = new_opportunity(proof_of_concept_created=False, confidence_score=0.5)
    company = Company(
        name="Acme",
        technology_stack=[],
        pain_points=["x"],
        opportunities=[opportunity],
    )
    campaign = OutreachCampaign(company=company, opportunity=opportunity, sent_date=datetime(2026, 1, 2, tzinfo=UTC))
    usage = ReferenceUsage(application=application, used_on=date(2026, 1, 2), context="call")
    reference = new_reference(consent_given=True, consent_date=date(2026, 1, 1), usages=[usage])
    return [job, company, campaign, reference]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_infinity_that_another_program_has_stored(database: Database) -> None:
    await add(database, *everything())
    before = await rows(database)
    last = (await log(database))[-1][0]
    await sql(database.url, "UPDATE jobs SET posting_date = 'infinity', scraped_date = '-infinity'")
    await sql(database.url, "UPDATE jobs SET posting_date = '-infinity', scraped_date = 'infinity'")
    after = await rows(database)

    changes = [sequence for sequence, *_ in await log(database, last)]
    assert len(changes) == 2
    await undone(database, *changes)
    assert without_versions(await rows(database)) == without_versions(before)
    await undone(database, *(sequence for sequence, *_ in (await log(database, changes[-1]))))
    assert without_versions(await rows(database)) == without_versions(after)


async def test_an_update_gets_its_old_values_back_and_a_new_version(database: Database) -> None:
    await add(database, *everything())
    before = await rows(database)
    last = (await log(database))[-1][0]
    await write(
        database,
        update(Job).values(
            title="Z",
            keywords=[],
            remote_option=False,
            posting_date=None,
            scraped_date=datetime(2020, 1, 1, tzinfo=UTC),
            job_url=None,
            version=2,
        ),
    )
    await write(database, update(Job).values(location="Bern", version=3))

    assert await undone(database, last + 1) == Undone([last + 1], [("Job", 1)])

    after = await rows(database)
    assert after["jobs"] == [{**before["jobs"][0], "location": "Bern", "version": 4}]
    assert {**after, "jobs": []} == {**before, "jobs": []}


async def test_a_created_row_is_deleted_and_that_can_be_undone_too(database: Database) -> None:
    await add(database, new_reference(consent_given=True))
    before = await rows(database)

    assert await undone(database, 1) == Undone([1], [("Reference", 1)])
    assert (await rows(database))["references"] == []
    assert await undone(database, 2) == Undone([2], [("Reference", 1)])
    assert await rows(database) == before
    assert [entry[1] for entry in await log(database)] == ["create", "delete", "create"]

    await add(database, Reference(name="Bob"))
    assert [row["id"] for row in (await rows(database))["references"]] == [1, 2]


@pytest.mark.parametrize("root", [Job, Company, Reference, Application])
async def test_a_deleted_row_comes_back_with_all_that_hung_on_it(database: Database, root: Any) -> None:
    await add(database, *everything(), *everything(2))
    before = await rows(database)
    last = (await log(database))[-1][0]
    await write(database, delete(root).where(root.id == 1))
    left = await rows(database)
    gone = [(entity, row_id) for _, _, entity, row_id in await log(database, last)]
    assert (root.__name__, 1) == gone[0]

    result = await undone(database, last + 1)

    assert await rows(database) == before
    assert set(result.row_keys) == set(gone)
    assert result.changes == list(range(last + len(gone), last, -1))
    again = await log(database, last + len(gone))
    assert {(operation, entity, row_id) for _, operation, entity, row_id in again} == {("create", *one) for one in gone}
    await undone(database, *(entry[0] for entry in again))
    assert await rows(database) == left


async def test_many_rows_deleted_at_once_come_back_each_with_its_own(database: Database) -> None:
    for n in range(20):
        await add(database, Job(title=f"T{n}", company="B", applications=[Application(responses=[])]))
    before = await rows(database)
    last = (await log(database))[-1][0]
    await write(database, delete(Job))

    (fifth,) = [entry[0] for entry in await log(database, last) if entry[2:] == ("Job", 5)]
    await undone(database, fifth)
    assert await rows(database) == {
        **before,
        **{table: [row for row in before[table] if row["id"] == 5] for table in ("jobs", "applications")},
    }
    rest = [entry[0] for entry in await log(database, last) if entry[1:3] == ("delete", "Job") and entry[0] != fifth]
    await undone(database, *rest)
    assert await rows(database) == before


async def test_a_cascade_undone_twice_brings_back_what_the_last_one_took(database: Database) -> None:
    await add(database, new_job(applications=[Application(), Application()]))
    await write(database, delete(Job))  # 4 to 6
    await undone(database, 4)  # 7 to 9
    await write(database, delete(Application).where(Application.id == 2))  # 10
    before = await rows(database)
    await write(database, delete(Job))  # 11, 12
    assert [entry[0] for entry in await log(database, 10)] == [11, 12]

    assert await rejected(database, 4) == [
        Conflict(6, "Application", 2, "the Application was restored and deleted again; undo its latest deletion", 10),
        Conflict(5, "Application", 1, "the Application was restored and deleted again; undo its latest deletion", 12),
        Conflict(4, "Job", 1, "the Job was restored and deleted again; undo its latest deletion", 11),
    ]
    assert (await undone(database, 11)).changes == [12, 11]
    assert await rows(database) == before


async def test_a_later_change_of_the_same_columns_is_named(database: Database) -> None:
    await add(database, new_job())
    await write(database, update(Job).values(title="C", location="Bern"))
    await write(database, update(Job).values(salary_min=1))
    await write(database, update(Job).values(title="D"))

    assert await rejected(database, 2) == [Conflict(2, "Job", 1, "title was changed later (change 4)", 4, ("title",))]
    assert await rejected(database, 1) == [
        Conflict(
            1,
            "Job",
            1,
            "title, location and salaryMin were changed later (change 4)",
            4,
            ("title", "location", "salary_min"),
        )
    ]
    assert (await undone(database, 4, 2)).changes == [4, 2]
    (job,) = (await rows(database))["jobs"]
    assert (job["title"], job["location"], job["salary_min"], job["version"]) == ("A", None, 1, 3)


async def test_a_row_that_is_gone_cannot_get_old_values(database: Database) -> None:
    await add(database, new_job())
    await write(database, update(Job).values(title="C"))
    await write(database, delete(Job))

    assert await rejected(database, 2) == [Conflict(2, "Job", 1, "the Job no longer exists", 3)]
    assert await rejected(database, 1) == [Conflict(1, "Job", 1, "the Job no longer exists", 3)]
    before = await rows(database)
    assert (await undone(database, 1, 2, 3)).changes == [3, 2, 1]
    assert await rows(database) == before


async def test_what_hangs_on_a_created_row_is_named(database: Database) -> None:
    await add(database, new_job())
    await add(database, Application(job_id=1))
    await sql(database.url, "INSERT INTO job_sources (job_id, raw) VALUES (1, '{}')")

    assert await rejected(database, 1) == [
        Conflict(1, "Job", 1, "Application 1 refers to the Job", 2),
        Conflict(1, "Job", 1, "JobSource 1 refers to the Job", 3),
    ]
    await undone(database, 1, 2, 3)
    assert (await rows(database))["jobs"] == []


async def test_a_child_waits_for_its_parent(database: Database) -> None:
    await add(database, new_job(applications=[Application()]))
    await write(database, delete(Job))

    assert await rejected(database, 4) == [
        Conflict(4, "Application", 1, "Job 1, to which the Application refers, no longer exists", 3, ("job_id",))
    ]


async def test_an_update_back_to_a_parent_that_is_gone_is_rejected(database: Database) -> None:
    await add(database, new_job(applications=[Application()]))
    await add(database, Job(title="C", company="B"))
    await write(database, update(Application).values(job_id=2))
    await write(database, delete(Job).where(Job.id == 1))

    assert await rejected(database, 4) == [
        Conflict(4, "Application", 1, "Job 1, to which the Application refers, no longer exists", 5, ("job_id",))
    ]


async def test_a_unique_value_that_another_row_has_by_now_is_named(database: Database) -> None:
    url = "https://a.example"
    await add(database, new_job(job_url=url))
    await write(database, update(Job).values(job_url=None))
    await write(database, delete(Job))
    await add(database, Job(title="C", company="B"))
    await write(database, update(Job).values(job_url=url))
    assert (await undone(database, 3)).changes == [3]
    taken = "Job 2 has the same jobUrl"
    assert await rejected(database, 2) == [Conflict(2, "Job", 1, taken, 5, ("job_url",))]
    await undone(database, 5, 2)
    assert [job["job_url"] for job in (await rows(database))["jobs"]] == [url, None]

    await write(database, delete(Job).where(Job.id == 1))
    sequence = (await log(database))[-1][0]
    await write(database, update(Job).values(job_url=url))
    assert await rejected(database, sequence) == [Conflict(sequence, "Job", 1, taken, sequence + 1, ("job_url",))]


async def test_two_deleted_rows_that_had_the_same_unique_value_do_not_both_come_back(database: Database) -> None:
    source = {"source_site": "indeed", "external_id": "1", "raw": {}}
    await add(database, new_job(sources=[JobSource(**source)]))
    await write(database, delete(JobSource))
    await add(database, JobSource(job_id=1, **source))
    await write(database, delete(JobSource))

    assert await rejected(database, 3, 5) == [
        Conflict(
            3,
            "JobSource",
            1,
            "JobSource 2 had the same sourceSite and externalId later",
            5,
            ("source_site", "external_id"),
        )
    ]
    assert (await undone(database, 3, 4, 5)).changes == [5, 4, 3]


async def test_a_sequence_that_is_not_in_the_log_is_named(database: Database) -> None:
    await add(database, new_job())
    with pytest.raises(NotInLog, match=r"^the change log has no change 7, 9$"):
        await undone(database, 9, 1, 7)
    assert len((await rows(database))["jobs"]) == 1


async def test_texts_that_are_no_list_or_no_word_come_back_as_they_were(database: Database) -> None:
    await sql(database.url, "INSERT INTO jobs (title, company, keywords) VALUES ('A', 'B', 'C++, Python')")
    before = await rows(database)
    await write(database, update(Job).values(keywords=["Rust"]))
    await write(database, delete(Job))

    await undone(database, 3)
    await undone(database, 2)
    assert without_versions(await rows(database)) == without_versions(before)


async def test_a_request_is_undone_as_a_whole(database: Database) -> None:
    async with database.transaction(request_id="r-1") as session:
        session.add_all(everything())
    async with database.transaction(request_id="r-2") as session:
        await session.execute(update(Job).values(title="Z"))
    async with database.transaction() as session:
        sequences = await of_request(session, "r-1")
        assert await of_request(session, "r-3") == []
    assert len(sequences) == len(await log(database)) - 1
    (conflict,) = await rejected(database, *sequences)
    assert (conflict.row_id, conflict.reason) == (1, "title was changed later (change 13)")

    async with database.transaction() as session:
        await undo(session, await changes_to_undo(session, [*sequences, *await of_request(session, "r-2")]))
    assert [table for table, found in (await rows(database)).items() if found] == []


async def test_undoing_is_logged_under_who_undid(database: Database) -> None:
    await add(database, new_job())
    async with database.transaction(actor="bot", request_id="r-9") as session:
        await undo(session, await changes_to_undo(session, [1]))
    async with database.transaction() as session:
        change = await session.get_one(Change, 2)
        assert (change.actor, change.request_id, change.operation.value) == ("bot", "r-9", "delete")


async def test_url_keys_are_those_of_the_present_rule(database: Database) -> None:
    url, direct = "https://a.example/1?utm_source=x", "https://b.example/2#top"
    keys = {"url_key": "a.example/1", "direct_url_key": "b.example/2"}
    older = {"url_key": "older rule 1", "direct_url_key": "older rule 2"}
    source = JobSource(url=url, raw={"job_url_direct": direct}, **older)
    without_url = JobSource(raw={"title": "A"}, url_key="title and company")
    await add(database, new_job(sources=[source, without_url]))
    stored = await rows(database)
    await write(database, delete(JobSource))
    await undone(database, 4, 5)
    migrated = [{**stored["job_sources"][0], **keys}, stored["job_sources"][1]]
    assert (await rows(database))["job_sources"] == migrated

    await write(database, update(JobSource).where(JobSource.id == 1).values(url=None, **older))
    (sequence,) = [entry[0] for entry in await log(database, 7)]
    await undone(database, sequence)
    assert (await rows(database))["job_sources"] == migrated


async def test_keys_that_a_migration_changed_are_no_later_change(database: Database) -> None:
    source = JobSource(url="https://a.example/1", raw={}, url_key="older rule")
    await add(database, new_job(sources=[source]))
    await sql(database.url, "UPDATE job_sources SET url_key = 'a.example/1'")
    await sql(database.url, "DELETE FROM change_log WHERE operation = 'update'")  # a migration writes none
    assert await verify(database.url, Base) == []

    await undone(database, 2)
    assert (await rows(database))["job_sources"] == []
