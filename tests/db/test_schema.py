"""The tables as they really are after the migrations, on both engines."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from jobbot_gql.db.base import Base
from jobbot_gql.db.database import Database
from jobbot_gql.models import (
    Application,
    AttachedDocument,
    Company,
    Contact,
    ContactLink,
    EmployerResponse,
    ExperienceClaim,
    Job,
    JobSource,
    OutreachCampaign,
    Reference,
    ReferenceUsage,
    StatusEvent,
    Tag,
)
from tests.rows import new_company, new_job, new_opportunity, new_reference

# JobBot's columns as its documentation lists them: type, `!` where NULL is rejected, `*` where there is an index,
# `=` where the value must be unique.
SEED = {
    "jobs": """id INTEGER!, title VARCHAR(255)!*, company VARCHAR(255)!*, location VARCHAR(255)*, salary_min INTEGER,
        salary_max INTEGER, description TEXT, requirements TEXT, benefits TEXT, job_url VARCHAR(500)=,
        source_site VARCHAR(100)*, scraped_date TIMESTAMP, posting_date DATE, application_deadline DATE,
        remote_option BOOLEAN*, job_type VARCHAR(50)*, experience_level VARCHAR(50)*, industry VARCHAR(100)*,
        keywords TEXT, status VARCHAR(50)*""",
    "applications": """id INTEGER!, job_id INTEGER!, application_date TIMESTAMP, status VARCHAR(50)*,
        cover_letter_version VARCHAR(100), resume_version VARCHAR(100), interview_date TIMESTAMP,
        response_date TIMESTAMP, notes TEXT, credibility_rating FLOAT, exaggeration_level FLOAT,
        integrity_score FLOAT""",
    "employer_responses": """id INTEGER!, application_id INTEGER!, response_date TIMESTAMP, response_type VARCHAR(50)!*,
        subject_line VARCHAR(255), email_content TEXT, sender_email VARCHAR(255), sentiment_score FLOAT,
        requires_action BOOLEAN, action_taken TEXT, follow_up_scheduled TIMESTAMP""",
    "references": """id INTEGER!, name VARCHAR(255)!, title VARCHAR(255), company VARCHAR(255), email VARCHAR(255),
        phone VARCHAR(50), relationship_type VARCHAR(100), years_worked_together INTEGER, consent_given BOOLEAN,
        consent_date DATE, last_contacted DATE, usage_count INTEGER, credibility_score FLOAT, response_rate FLOAT,
        notes TEXT""",
    "experience_claims": """id INTEGER!, application_id INTEGER!, claim_type VARCHAR(100)!*, original_experience TEXT!,
        claimed_experience TEXT!, exaggeration_multiplier FLOAT, credibility_impact FLOAT, risk_level VARCHAR(50)*,
        justification TEXT""",
    "companies": """id INTEGER!, name VARCHAR(255)!, industry VARCHAR(100)*, size VARCHAR(50)*, location VARCHAR(255)*,
        website VARCHAR(500), automation_opportunities TEXT, technology_stack TEXT, pain_points TEXT,
        decision_makers TEXT, research_date TIMESTAMP, last_updated TIMESTAMP, confidence_score FLOAT""",
    "opportunities": """id INTEGER!, company_id INTEGER, problem_description TEXT!, solution_approach TEXT!,
        estimated_value INTEGER, implementation_complexity VARCHAR(50), confidence_score FLOAT,
        proof_of_concept_created BOOLEAN, status VARCHAR(50)""",
    "outreach_campaigns": """id INTEGER!, company_id INTEGER, opportunity_id INTEGER, contact_method VARCHAR(50),
        contact_person VARCHAR(255), message_content TEXT, sent_date TIMESTAMP, response_status VARCHAR(50),
        response_date TIMESTAMP, follow_up_scheduled TIMESTAMP, notes TEXT""",
}
OUR_NAMES = {"DATETIME": "TIMESTAMP", "DOUBLE PRECISION": "FLOAT"}

OURS = {"jobs": [("url_key", "TEXT", True)], "applications": [("posting_digest", "VARCHAR(64)", True)]}
"""Columns of ours in the seed's tables, beside the version."""
CASCADES = {
    ("applications", "job_id", "jobs"),
    ("employer_responses", "application_id", "applications"),
    ("experience_claims", "application_id", "applications"),
    ("opportunities", "company_id", "companies"),
    ("outreach_campaigns", "company_id", "companies"),
    ("outreach_campaigns", "opportunity_id", "opportunities"),
    ("job_sources", "job_id", "jobs"),
    ("status_events", "job_id", "jobs"),
    ("status_events", "application_id", "applications"),
    ("status_events", "opportunity_id", "opportunities"),
    ("status_events", "outreach_campaign_id", "outreach_campaigns"),
    ("reference_usages", "reference_id", "references"),
    ("reference_usages", "application_id", "applications"),
    ("interviews", "application_id", "applications"),
    ("follow_ups", "application_id", "applications"),
    ("follow_ups", "outreach_campaign_id", "outreach_campaigns"),
    ("tags", "job_id", "jobs"),
    ("tags", "application_id", "applications"),
    ("tags", "company_id", "companies"),
    ("tags", "contact_id", "contacts"),
    ("document_links", "application_id", "applications"),
    ("document_links", "document_id", "attached_documents"),
    ("contact_links", "contact_id", "contacts"),
    ("contact_links", "company_id", "companies"),
    ("contact_links", "job_id", "jobs"),
    ("contact_links", "application_id", "applications"),
}
VOCABULARIES = {
    ("jobs", "status"): "discovered targeted applied interviewing offer rejected archived",
    ("applications", "status"): "submitted acknowledged under_review phone_screen technical_interview final_interview"
    " offer_received offer_negotiating accepted rejected ghosted withdrawn",
    ("employer_responses", "response_type"): "acknowledgment info_request assessment interview_request offer rejection"
    " other",
    ("experience_claims", "risk_level"): "low medium high",
    ("companies", "size"): "small medium large",
    ("opportunities", "implementation_complexity"): "low medium high",
    ("opportunities", "status"): "identified researched poc_created pitched rejected accepted",
    ("outreach_campaigns", "contact_method"): "email linkedin phone",
    ("outreach_campaigns", "response_status"): "sent opened replied interested rejected",
    ("interviews", "kind"): "phone_screen technical manager panel final other",
    ("interviews", "status"): "scheduled completed cancelled",
    ("interviews", "outcome"): "passed failed",
    ("contact_links", "role"): "recruiter hiring_manager referrer interviewer employee other",
    ("follow_ups", "status"): "open completed dismissed",
    ("attached_documents", "kind"): "resume cover_letter certificate work_sample other",
    ("change_log", "operation"): "create update delete",
}
REQUIRED: dict[str, dict[str, Any]] = {
    "jobs": {"title": "Tester", "company": "Acme"},
    "applications": {"job_id": 1},
    "employer_responses": {"application_id": 1, "response_type": "offer"},
    "experience_claims": {
        "application_id": 1,
        "claim_type": "omission",
        "original_experience": "none",
        "claimed_experience": "some",
    },
    "companies": {"name": "Acme"},
    "opportunities": {"problem_description": "slow", "solution_approach": "script"},
    "outreach_campaigns": {},
    "interviews": {"application_id": 1, "starts_at": datetime(2026, 1, 5, tzinfo=UTC), "status": "scheduled"},
    "contacts": {"name": "Ada"},
    "postings": {"digest": "0" * 64, "title": "Tester", "company": "Acme"},
    "attached_documents": {"name": "cv.pdf", "kind": "resume", "sha256": "0" * 64},
    "document_links": {"application_id": 1, "document_id": 1},
    "contact_links": {"contact_id": 1, "job_id": 1, "role": "other"},
    "follow_ups": {"application_id": 1, "due_on": date(2026, 1, 9), "status": "open"},
    "change_log": {"entity": "Job", "entity_id": 1, "operation": "create"},
    "imported_files": {"digest": "0" * 64, "name": "jobs.csv", "row_count": 1},
    "api_tokens": {"name": "bot", "digest": "0" * 64, "scopes": ["read"]},
}


async def described(database: Database, what: str, table: str) -> Any:
    """What SQLAlchemy's inspector says of a table."""
    async with database.reader.connect() as connection:
        return await connection.run_sync(lambda sync: getattr(inspect(sync), what)(table))


def seed_column(text: str) -> tuple[str, str, bool]:
    name, kind = text.split()
    return name, kind.rstrip("!*="), "!" not in kind


@pytest.mark.parametrize("table", SEED)
async def test_seed_columns_are_kept_to_the_letter(database: Database, table: str) -> None:
    columns = [
        (column["name"], OUR_NAMES.get(str(column["type"]), str(column["type"])), column["nullable"])
        for column in await described(database, "get_columns", table)
    ]
    ours = [("version", "INTEGER", False), *OURS.get(table, ())]
    assert columns == [*(seed_column(column) for column in SEED[table].split(",")), *ours]
    if database.dialect == "postgresql":
        times = [c["type"] for c in await described(database, "get_columns", table) if "TIMESTAMP" in str(c["type"])]
        assert all(time.timezone for time in times)


@pytest.mark.parametrize("table", SEED)
async def test_seed_indexes_and_unique_columns_are_there(database: Database, table: str) -> None:
    columns = [column.split() for column in SEED[table].split(",")]
    indexes = {index["name"]: index["column_names"] for index in await described(database, "get_indexes", table)}
    for name, kind in columns:
        if "*" in kind:
            assert indexes[f"ix_{table}_{name}"] == [name]
    unique = [index["column_names"] for index in await described(database, "get_unique_constraints", table)]
    assert unique == [[name] for name, kind in columns if "=" in kind]
    assert (await described(database, "get_pk_constraint", table))["constrained_columns"] == ["id"]


async def test_dates_of_the_seed_are_indexed_with_the_id_that_breaks_ties(database: Database) -> None:
    for table, column in (("jobs", "scraped_date"), ("applications", "application_date")):
        indexes = {index["name"]: index["column_names"] for index in await described(database, "get_indexes", table)}
        assert indexes[f"ix_{table}_{column}"] == [column, "id"]


async def test_every_foreign_key_cascades_and_has_an_index(database: Database) -> None:
    found = set()
    for table in Base.metadata.tables:
        indexes = [index["column_names"] for index in await described(database, "get_indexes", table)]
        for key in await described(database, "get_foreign_keys", table):
            (column,) = key["constrained_columns"]
            assert key["options"] == {"ondelete": "CASCADE"}
            assert [column] in indexes
            found.add((table, column, key["referred_table"]))
    assert found == CASCADES


async def test_deleting_a_job_or_a_company_deletes_what_hangs_on_it(database: Database) -> None:
    async with database.transaction() as session:
        job = Job(title="Tester", company="Acme")
        application = Application(job=job)
        company = new_company()
        opportunity = new_opportunity(company=company)
        campaign = OutreachCampaign(company=company, opportunity=opportunity)
        reference = new_reference()
        session.add_all([job, application, company, opportunity, campaign, reference])
        await session.flush()
        session.add_all(
            [
                EmployerResponse(application_id=application.id, response_type="offer"),
                ExperienceClaim(
                    application_id=application.id,
                    claim_type="omission",
                    original_experience="none",
                    claimed_experience="some",
                ),
                JobSource(job_id=job.id, raw={}),
                ReferenceUsage(reference_id=reference.id, application_id=application.id),
                StatusEvent(job_id=job.id, to_status="applied"),
                StatusEvent(application_id=application.id, to_status="accepted"),
                StatusEvent(opportunity_id=opportunity.id, to_status="pitched"),
                StatusEvent(outreach_campaign_id=campaign.id, to_status="replied"),
            ]
        )
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM jobs"))
        await session.execute(text("DELETE FROM companies"))
    async with database.transaction() as session:
        left = {
            table: await session.scalar(select(func.count()).select_from(Base.metadata.tables[table]))
            for table in Base.metadata.tables.keys() - {"change_log"}
        }
    assert left == dict.fromkeys(left, 0) | {"references": 1}


@pytest.mark.parametrize(("table", "column"), VOCABULARIES)
async def test_vocabularies_are_guarded(database: Database, table: str, column: str) -> None:
    target = Base.metadata.tables[table]
    words = VOCABULARIES[table, column].split()

    def statement(word: str) -> tuple[str, dict[str, Any]]:
        values = REQUIRED[table] | {column: word}
        if "sha256" in values:
            values["sha256"] = word  # unique
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        return f'INSERT INTO "{table}" ({names}) VALUES ({places})', values  # noqa: S608 - names of this file

    async with database.transaction() as session:
        session.add_all([Job(title="Tester", company="Acme"), Contact(name="Ada")])
        await session.flush()
        session.add(Application(job_id=1))
        await session.flush()
        before = await session.scalar(select(func.count()).select_from(target)) or 0
        for word in words:
            insertion, values = statement(word)
            await session.execute(text(insertion), values)
        count = await session.scalar(select(func.count()).select_from(target)) or 0
    if table != "change_log":  # which grows by itself
        assert count - before == len(words)
    for wrong in (words[0].upper(), f"{words[0]} ", ""):
        insertion, values = statement(wrong)
        with pytest.raises(IntegrityError, match=f"ck_{table}_{column}"):
            async with database.transaction() as session:
                await session.execute(text(insertion), values)


@pytest.mark.parametrize(
    "subjects", [{}, {"job_id": 1, "application_id": 1}, {"job_id": 1, "opportunity_id": 1, "outreach_campaign_id": 1}]
)
async def test_a_status_event_is_about_one_thing(database: Database, subjects: dict[str, int]) -> None:
    async with database.transaction() as session:
        session.add_all([Job(title="Tester", company="Acme"), new_company()])
        await session.flush()
        session.add_all([Application(job_id=1), new_opportunity()])
        session.add(OutreachCampaign())
    with pytest.raises(IntegrityError, match="ck_status_events_one_subject"):
        async with database.transaction() as session:
            session.add(StatusEvent(to_status="applied", **subjects))


@pytest.mark.parametrize("subjects", [{}, {"job_id": 1, "company_id": 1}])
async def test_a_tag_belongs_to_one_row(database: Database, subjects: dict[str, int]) -> None:
    async with database.transaction() as session:
        session.add_all([Job(title="Tester", company="Acme"), new_company()])
    with pytest.raises(IntegrityError, match="ck_tags_one_subject"):
        async with database.transaction() as session:
            session.add(Tag(name="local", **subjects))


@pytest.mark.parametrize("subjects", [{}, {"job_id": 1, "company_id": 1}])
async def test_a_link_has_one_subject(database: Database, subjects: dict[str, int]) -> None:
    async with database.transaction() as session:
        session.add_all([new_job(), new_company(), Contact(name="Ada")])
    with pytest.raises(IntegrityError, match="ck_contact_links_one_subject"):
        async with database.transaction() as session:
            session.add(ContactLink(contact_id=1, **subjects))


async def test_unknown_parents_and_second_urls_are_rejected(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add(Application(job_id=1))
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            session.add_all([new_job(job_url="https://a.example") for _ in range(2)])
    async with database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Job)) == 0


async def test_the_database_fills_in_its_defaults(database: Database) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO jobs (title, company) VALUES ('Tester', 'Acme')"))
        await session.execute(text("INSERT INTO applications (job_id) VALUES (1)"))
        await session.execute(
            text("INSERT INTO employer_responses (application_id, response_type) VALUES (1, 'offer')")
        )
        await session.execute(text("INSERT INTO companies (name) VALUES ('Acme')"))
        await session.execute(text("INSERT INTO job_sources (job_id, raw) VALUES (1, '{}')"))
        await session.execute(text("INSERT INTO status_events (job_id, to_status) VALUES (1, 'applied')"))
        await session.execute(text("""INSERT INTO "references" (name) VALUES ('Ada')"""))
        await session.execute(text("INSERT INTO reference_usages (reference_id) VALUES (1)"))
    async with database.transaction() as session:
        for column in (
            Job.scraped_date,
            Application.application_date,
            EmployerResponse.response_date,
            Company.research_date,
            JobSource.first_seen,
            JobSource.last_seen,
            StatusEvent.occurred_at,
            StatusEvent.recorded_at,
        ):
            time = await session.scalar(select(column))
            assert time is not None, column
            assert before <= time <= datetime.now(UTC) + timedelta(seconds=2)
            assert time.tzinfo is UTC
        assert await session.scalar(select(ReferenceUsage.used_on)) in (before.date(), datetime.now(UTC).date())
        versions = [await session.scalar(select(model.version)) for model in (Job, Application, Company, Reference)]
        assert versions == [1, 1, 1, 1]
        assert await session.scalar(select(JobSource.seen_count)) == 1


async def test_times_go_in_aware_and_come_out_in_utc(database: Database) -> None:
    noon = datetime(2026, 1, 2, 12, 0, 0, 123456, timezone(timedelta(hours=2)))
    async with database.transaction() as session:
        job = Job(title="Tester", company="Acme", scraped_date=noon, posting_date=date(2026, 1, 2))
        session.add(job)
        await session.flush()
        stored = (await session.execute(select(Job.scraped_date, Job.posting_date))).one()
        assert tuple(stored) == (datetime(2026, 1, 2, 10, 0, 0, 123456, UTC), date(2026, 1, 2))
        assert stored.scraped_date.tzinfo is UTC
        assert await session.scalar(select(Job.id).where(Job.scraped_date == noon)) == job.id
        if database.dialect == "sqlite":
            raw = await session.scalar(text("SELECT scraped_date FROM jobs"))
            assert raw == "2026-01-02 10:00:00.123456"


async def test_naive_times_are_rejected(database: Database) -> None:
    naive = datetime(2026, 1, 2, 12)
    with pytest.raises(StatementError, match="a time must have a time zone; got 2026-01-02T12:00:00"):
        async with database.transaction() as session:
            session.add(Job(title="Tester", company="Acme", scraped_date=naive))


@pytest.mark.parametrize(
    "table", [name for name in Base.metadata.tables if name not in {"change_log", "idempotency_keys"}]
)
async def test_ids_are_never_given_out_twice(database: Database, table: str) -> None:
    target = Base.metadata.tables[table]
    values: dict[str, Any] = {
        "references": {"name": "Ada"},
        "reference_usages": {"reference_id": 1},
        "job_sources": {"job_id": 1, "raw": {}},
        "status_events": {"job_id": 1, "to_status": "applied"},
        "tags": {"job_id": 1, "name": "local"},
    } | REQUIRED
    async with database.transaction() as session:
        session.add_all(
            [Job(title="Tester", company="Acme", applications=[Application()]), new_reference(), Contact(name="Grace")]
        )
        session.add(AttachedDocument(name="a", sha256="1" * 64))
        await session.flush()
        first = (await session.execute(insert(target).values(values[table]).returning(target.c.id))).scalar_one()
    async with database.transaction() as session:
        await session.execute(delete(target).where(target.c.id == first))
    async with database.transaction() as session:
        second = (await session.execute(insert(target).values(values[table]).returning(target.c.id))).scalar_one()
    assert second == first + 1


async def test_the_change_log_s_sequence_never_goes_back(database: Database) -> None:
    async with database.transaction() as session:
        session.add(Job(title="Tester", company="Acme"))
    async with database.transaction() as session:
        first = await session.scalar(text("SELECT max(sequence) FROM change_log"))
        await session.execute(text("DELETE FROM change_log"))
    async with database.transaction() as session:
        session.add(Job(title="Tester", company="Acme"))
    async with database.transaction() as session:
        assert await session.scalar(text("SELECT min(sequence) FROM change_log")) == first + 1


async def test_only_postgresql_rejects_texts_that_are_too_long(database: Database) -> None:
    async def add() -> None:
        async with database.transaction() as session:
            session.add(Job(title="x" * 256, company="Acme"))

    if database.dialect == "postgresql":
        with pytest.raises(DBAPIError, match="too long"):
            await add()
    else:
        await add()
    async with database.transaction() as session:
        titles = (await session.scalars(select(Job.title))).all()
    assert titles == ([] if database.dialect == "postgresql" else ["x" * 256])
