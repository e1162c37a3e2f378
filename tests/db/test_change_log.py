"""The change log writes down every write, whoever does it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Executable, Row, delete, insert, select, text, update

from jobbot_gql.db.database import Database
from jobbot_gql.db.triggers import change_log
from jobbot_gql.models import (
    Application,
    AttachedDocument,
    Base,
    Change,
    Company,
    Contact,
    ContactLink,
    DocumentLink,
    EmployerResponse,
    FollowUp,
    ImportedFile,
    Interview,
    Job,
    JobSource,
    OutreachCampaign,
    Posting,
    Reference,
    ReferenceUsage,
    StatusEvent,
    Tag,
)
from tests.db.looking import sql
from tests.rows import new_claim, new_company, new_job, new_opportunity, new_reference

Entry = tuple[str, str, int, dict[str, Any] | None, dict[str, Any] | None]


async def read(database: Database, statement: Executable) -> Sequence[Row[Any]]:
    snapshot = database.snapshot()
    try:
        return await snapshot.rows(statement)
    finally:
        await snapshot.close()


async def log(database: Database, after: int = 0) -> list[Entry]:
    """Operation, entity, id, before and after of each change, in order."""
    rows = await read(
        database,
        select(Change.operation, Change.entity, Change.entity_id, Change.before, Change.after)
        .where(Change.sequence > after)
        .order_by(Change.sequence),
    )
    return [(row.operation.value, row.entity, row.entity_id, row.before, row.after) for row in rows]


async def last_sequence(database: Database) -> int:
    rows = await read(database, select(Change.sequence).order_by(Change.sequence.desc()).limit(1))
    return rows[0].sequence if rows else 0


async def test_a_created_row_is_logged_whole(database: Database) -> None:
    async with database.transaction() as session:
        session.add(
            Job(
                title='The "boss" \\ of\ntests, für alle',
                company="Acme",
                salary_min=50_000,
                scraped_date=datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
                posting_date=date(2026, 1, 2),
                remote_option=True,
                keywords=["C++", "naïve"],
            )
        )
    assert await log(database) == [
        (
            "create",
            "Job",
            1,
            None,
            {
                "id": 1,
                "title": 'The "boss" \\ of\ntests, für alle',
                "company": "Acme",
                "location": None,
                "salary_min": 50_000,
                "salary_max": None,
                "description": None,
                "requirements": None,
                "benefits": None,
                "job_url": None,
                "source_site": None,
                "scraped_date": "2026-01-02T03:04:05.678901+00:00",
                "posting_date": "2026-01-02",
                "application_deadline": None,
                "remote_option": True,
                "job_type": None,
                "experience_level": None,
                "industry": None,
                "keywords": '["C++", "naïve"]',
                "status": "discovered",
                "version": 1,
            },
        )
    ]


async def test_times_have_one_form_also_without_a_fraction_and_from_the_default(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_job(scraped_date=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))
        session.add(new_job(scraped_date=datetime(2026, 1, 2, 3, 4, 5, 500_000, UTC)))
    await sql(database.url, "INSERT INTO jobs (title, company) VALUES ('A', 'B')")
    logged = [after["scraped_date"] for *_, after in await log(database) if after]
    (stored,) = (await read(database, select(Job.scraped_date).where(Job.id == 3)))[0]
    assert logged == [
        "2026-01-02T03:04:05.000000+00:00",
        "2026-01-02T03:04:05.500000+00:00",
        stored.isoformat(timespec="microseconds"),
    ]


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, 1e300, 5e-324, -1.0, 0.0])
async def test_numbers_are_logged_to_the_last_bit(database: Database, number: float) -> None:
    async with database.transaction() as session:
        session.add(new_company(confidence_score=number))
    ((*_, after),) = await log(database)
    assert after is not None
    assert float(after["confidence_score"]) == number  # PostgreSQL writes 1e300 as a whole number


async def test_json_is_logged_as_json(database: Database) -> None:
    raw = {"site": "indeed", "min_amount": 1.5, "skills": ["a", None], "remote": True, "é": "ü"}
    async with database.transaction() as session:
        session.add(new_job(sources=[JobSource(raw=raw)]))
    entry = (await log(database))[1]
    assert entry[:4] == ("create", "JobSource", 1, None)
    assert entry[4] is not None
    assert entry[4]["raw"] == raw


async def test_an_update_is_logged_as_what_changed(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_job(remote_option=False, posting_date=date(2026, 1, 2)))
    async with database.transaction() as session:
        job = await session.get_one(Job, 1)
        job.title = "C"
        job.company = "B"
        job.remote_option = True
        job.posting_date = None
        job.scraped_date = datetime(2026, 1, 2, tzinfo=UTC)
    (entry,) = await log(database, after=1)
    first = (await log(database))[0][4] or {}
    assert entry == (
        "update",
        "Job",
        1,
        {
            "title": "A",
            "remote_option": False,
            "posting_date": "2026-01-02",
            "scraped_date": first["scraped_date"],
            "version": 1,
        },
        {
            "title": "C",
            "remote_option": True,
            "posting_date": None,
            "scraped_date": "2026-01-02T00:00:00.000000+00:00",
            "version": 2,
        },
    )


async def test_an_update_that_changes_nothing_is_not_logged(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_job(sources=[JobSource(raw={"a": 1})]))
    before = await last_sequence(database)
    async with database.transaction() as session:
        await session.execute(update(Job).values(title="A", location=None))
        await session.execute(update(JobSource).values(raw={"a": 1}))
        await session.execute(update(Job).where(Job.id == 99).values(title="Z"))
    assert await log(database, after=before) == []


async def test_a_deleted_row_is_logged_whole(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_reference(consent_given=True))
    async with database.transaction() as session:
        await session.execute(delete(Reference))
    created, deleted = await log(database)
    assert deleted == ("delete", "Reference", 1, created[4], None)


async def test_rows_deleted_by_a_foreign_key_are_logged_after_their_parent(database: Database) -> None:
    async with database.transaction() as session:
        for _ in range(2):
            application = Application(responses=[EmployerResponse(response_type="offer")])
            job = new_job(applications=[application], sources=[JobSource(raw={})])
            session.add(job)
            await session.flush()
            session.add(StatusEvent(application_id=application.id, to_status="submitted"))
    created = {entry[1:3]: entry[4] for entry in await log(database)}
    before = await last_sequence(database)
    async with database.transaction() as session:
        await session.execute(delete(Job))
    deleted = await log(database, after=before)
    assert {entry[1:3]: entry[3] for entry in deleted} == created
    assert len(deleted) == len(created) == 10
    assert {(entry[0], entry[4]) for entry in deleted} == {("delete", None)}
    order = [entry[1:3] for entry in deleted]
    for number in (1, 2):
        assert order.index(("Application", number)) < order.index(("EmployerResponse", number))
        assert order.index(("Application", number)) < order.index(("StatusEvent", number))
        assert order.index(("Job", number)) < order.index(("Application", number))
        assert order.index(("Job", number)) < order.index(("JobSource", number))


async def test_every_table_is_logged_under_its_entity_s_name(database: Database) -> None:
    async with database.transaction() as session:
        job = new_job()
        application = Application(job=job)
        company = new_company()
        reference = new_reference()
        session.add_all([job, application, company, reference])
        await session.flush()
        opportunity = new_opportunity(company=company)
        claim = new_claim(application=application)
        session.add_all([opportunity, OutreachCampaign(company=company, opportunity=opportunity), claim])
        session.add_all([JobSource(job=job, raw={}), StatusEvent(job_id=job.id, to_status="applied")])
        session.add_all([EmployerResponse(application=application, response_type="other")])
        session.add_all([ReferenceUsage(reference=reference, application=application)])
        session.add_all([Interview(application=application, starts_at=datetime(2026, 1, 5, tzinfo=UTC))])
        session.add_all([FollowUp(application=application, due_on=date(2026, 1, 9))])
        session.add_all([Tag(name="local", company=company)])
        session.add_all([Posting(digest="0" * 64, title="Tester", company="Acme")])
        session.add_all([ContactLink(contact=Contact(name="Ada"), company=company)])
        session.add_all(
            [DocumentLink(document=AttachedDocument(name="cv.pdf", sha256="0" * 64), application=application)]
        )
        session.add_all([ImportedFile(digest="0" * 64, name="jobs.csv", row_count=1)])
    logged = sorted((operation, entity, row_id) for operation, entity, row_id, *_ in await log(database))
    entities = {mapper.class_.__name__ for mapper in Base.registry.mappers} - {"Change"}
    assert logged == [("create", entity, 1) for entity in sorted(entities)]


async def test_statements_over_many_rows_are_logged_row_by_row(database: Database) -> None:
    async with database.transaction() as session:
        connection = await session.connection()
        await connection.execute(insert(Job), [{"title": f"T{n}", "company": "B"} for n in range(300)])
        await connection.execute(
            insert(Company).from_select(["name"], select(Job.title).where(Job.id <= 3).order_by(Job.id))
        )
        await connection.execute(update(Job).where(Job.id <= 2).values(location="Bern"))
        await connection.execute(delete(Job).where(Job.id > 299))
    entries = await log(database)
    assert [entry[:3] for entry in entries[:300]] == [("create", "Job", n) for n in range(1, 301)]
    assert [(entry[4] or {})["title"] for entry in entries[:300]] == [f"T{n}" for n in range(300)]
    assert [(entry[4] or {})["name"] for entry in entries[300:303]] == ["T0", "T1", "T2"]
    assert entries[303:305] == [("update", "Job", n, {"location": None}, {"location": "Bern"}) for n in (1, 2)]
    assert [entry[:3] for entry in entries[305:]] == [("delete", "Job", 300)]


async def test_an_upsert_is_logged_as_the_update_that_it_is(database: Database) -> None:
    async with database.transaction() as session:
        session.add(new_job(job_url="https://a.example"))
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO jobs (title, company, job_url) VALUES ('C', 'B', 'https://a.example')"
                " ON CONFLICT (job_url) DO UPDATE SET title = excluded.title"
            )
        )
    assert (await log(database))[1:] == [("update", "Job", 1, {"title": "A"}, {"title": "C"})]


async def test_nothing_is_logged_of_what_is_undone(database: Database) -> None:
    async def fail() -> None:
        async with database.transaction() as session:
            session.add(new_job())
            await session.flush()
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        await fail()
    assert await log(database) == []
    async with database.transaction() as session:
        session.add(new_job())
        await session.flush()
        savepoint = await session.begin_nested()
        await session.execute(update(Job).values(title="C"))
        await savepoint.rollback()
    assert [entry[:2] for entry in await log(database)] == [("create", "Job")]


async def test_changes_are_signed(database: Database) -> None:
    async with database.transaction(actor="bot", request_id="r-1") as session:
        session.add(new_job())
    async with database.transaction() as session:
        session.add(new_job(sources=[JobSource(raw={})]))
        await session.execute(update(Job).where(Job.id == 1).values(title="C"))
    await sql(database.url, "UPDATE jobs SET title = 'D' WHERE id = 1")
    async with database.transaction(actor="somebody else"):
        pass
    async with database.transaction(actor="bot", request_id="r-2") as session:
        await session.execute(delete(Job).where(Job.id == 2))
    rows = await read(
        database, select(Change.operation, Change.entity, Change.actor, Change.request_id).order_by(Change.sequence)
    )
    assert [tuple(row) for row in rows] == [
        ("create", "Job", "bot", "r-1"),
        ("create", "Job", "local", None),
        ("create", "JobSource", "local", None),
        ("update", "Job", "local", None),
        ("update", "Job", None, None),
        ("delete", "Job", "bot", "r-2"),
        ("delete", "JobSource", "bot", "r-2"),
    ]


@pytest.mark.parametrize("setting", ["on", "off"])
async def test_a_signature_is_a_text_whatever_stands_in_it(database: Database, setting: str) -> None:
    if database.dialect == "postgresql":
        async with database.writer.begin() as connection:
            name = await connection.scalar(text("SELECT quote_ident(current_database())"))
            await connection.execute(text(f"ALTER DATABASE {name} SET standard_conforming_strings = {setting}"))
        await database.dispose()
    actor, request_id = "it's \\' \\\\ $1 :a %s", "'; SELECT 1 -- \\"
    async with database.transaction(actor=actor, request_id=request_id) as session:
        session.add(Company(name="A"))
    (signature,) = await read(database, select(Change.actor, Change.request_id))
    assert tuple(signature) == (actor, request_id)


async def test_changes_carry_the_time_of_their_writing(database: Database) -> None:
    before = datetime.now(UTC)
    async with database.transaction() as session:
        session.add(new_job())
    ((at,),) = await read(database, select(Change.at))
    assert abs((at - before).total_seconds()) < 5


async def test_another_program_s_writes_are_logged_in_the_same_form(database: Database) -> None:
    writes = ["INSERT INTO jobs (title, company, remote_option) VALUES ('A', 'B', true)", "DELETE FROM jobs"]
    if database.dialect == "postgresql":
        strange = "FUNCTION strange.to_char(timestamp, text) RETURNS text LANGUAGE sql AS 'SELECT $2'"
        writes = [
            "CREATE SCHEMA strange",
            f"CREATE {strange}",
            "SET TIME ZONE 'Asia/Kolkata'",
            "SET search_path = strange, pg_catalog",
            *(write.replace("jobs", "public.jobs") for write in writes),
        ]
    await sql(database.url, *writes)
    created, deleted = await log(database)
    assert created[4] is not None
    assert created[4]["scraped_date"].endswith("+00:00")
    assert created[4]["remote_option"] is True
    assert deleted == ("delete", "Job", 1, created[4], None)


async def test_postgresql_s_truncate_is_logged_as_deletions(database: Database) -> None:
    async with database.transaction(actor="bot") as session:
        session.add(new_job(applications=[Application()]))
    created = {entry[1]: entry[4] for entry in await log(database)}
    if database.dialect == "postgresql":
        await sql(database.url, "TRUNCATE jobs CASCADE")
    else:  # has no TRUNCATE, but a quick way of its own when there is no WHERE
        await sql(database.url, "PRAGMA foreign_keys = OFF", "DELETE FROM applications", "DELETE FROM jobs")
    deleted = (await log(database))[2:]
    assert {entry[0] for entry in deleted} == {"delete"}
    assert {entry[1]: entry[3] for entry in deleted} == created


async def test_values_of_another_type_are_logged_as_sqlite_stored_them(database: Database) -> None:
    if database.dialect == "postgresql":  # rejects all of it
        return
    await sql(
        database.url,
        "INSERT INTO jobs (title, company, salary_min, remote_option, scraped_date, posting_date)"
        " VALUES ('A', 'B', 'a lot', 7, 'yesterday', 12)",
        "INSERT INTO job_sources (job_id, raw, pay_min, pay_max) VALUES (1, '{broken', 9e999, 'much')",
    )
    job, source = [entry[4] or {} for entry in await log(database)]
    assert [job[name] for name in ("salary_min", "remote_option", "scraped_date", "posting_date")] == [
        "a lot",
        7,
        "yesterday",
        12,
    ]
    assert [source[name] for name in ("raw", "pay_min", "pay_max")] == ["{broken", "Infinity", "much"]


async def test_missing_and_outdated_triggers_are_seen_and_made_again(database: Database) -> None:
    async def missing() -> list[str]:
        async with database.writer.begin() as connection:
            return await connection.run_sync(change_log.missing, Base)

    assert await missing() == []
    if database.dialect == "sqlite":
        await sql(database.url, "DROP TRIGGER log_change_jobs_update")
    else:
        await sql(database.url, "ALTER TABLE jobs DISABLE TRIGGER log_change")
    await sql(database.url, "ALTER TABLE companies ADD COLUMN founded TIMESTAMP")
    assert await missing() == ["companies", "jobs"]

    async with database.writer.begin() as connection:
        await connection.run_sync(change_log.install, Base)
    if database.dialect == "postgresql":
        await sql(database.url, "ALTER TABLE jobs ENABLE TRIGGER log_change")
    assert await missing() == []
    await sql(database.url, "INSERT INTO companies (name, founded) VALUES ('Acme', '2026-01-02 03:04:05')")
    ((*_, after),) = await log(database)
    assert after is not None
    assert after["founded"] == "2026-01-02T03:04:05.000000+00:00"


async def test_removed_triggers_log_nothing(database: Database) -> None:
    async with database.writer.begin() as connection:
        await connection.run_sync(change_log.remove)
    async with database.transaction() as session:
        session.add(new_job())
    assert await log(database) == []


async def test_a_trigger_that_does_not_wait_for_the_commit_is_outdated(database: Database) -> None:
    if database.dialect == "sqlite":  # has one writer at a time
        return
    await sql(
        database.url,
        "DROP TRIGGER log_change ON jobs",
        "CREATE TRIGGER log_change AFTER INSERT OR UPDATE OR DELETE ON jobs"
        " FOR EACH ROW EXECUTE FUNCTION log_change_jobs()",
    )
    async with database.writer.begin() as connection:
        assert await connection.run_sync(change_log.missing, Base) == ["jobs"]
        await connection.run_sync(change_log.install, Base)
        assert await connection.run_sync(change_log.missing, Base) == []


async def test_the_log_can_be_written_before_the_commit(database: Database) -> None:
    async with database.transaction(actor="bot") as session:
        session.add(new_job())
        await change_log.flush_log(session)
        assert list(await session.scalars(select(Change.entity_id))) == [1]
        session.add(Job(title="C", company="B"))
    rows = await read(database, select(Change.sequence, Change.actor, Change.entity_id).order_by(Change.sequence))
    assert [tuple(row) for row in rows] == [(1, "bot", 1), (2, "bot", 2)]
