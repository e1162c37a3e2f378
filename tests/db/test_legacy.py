"""Databases of JobBot's older code, as its models make them on SQLite: copied by the mapping, with nothing lost."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jobbot_gql.db.url import DatabaseUrl, normalise
from jobbot_gql.models import Base
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.undo.verify import verify
from jobbot_gql.upkeep import doctor
from jobbot_gql.upkeep.adoption import Settlement, Unsettled
from jobbot_gql.upkeep.findings import Finding, FindingKind
from jobbot_gql.upkeep.migrations import DatabaseKind, migrate, schema_state
from tests.db.jobbot_databases import files
from tests.db.looking import HEAD, rows_of, sql

TABLES = """
CREATE TABLE jobs (
    id INTEGER NOT NULL PRIMARY KEY, title VARCHAR(255) NOT NULL, company VARCHAR(255) NOT NULL, location VARCHAR(255),
    salary_min INTEGER, salary_max INTEGER, description TEXT, requirements TEXT, benefits TEXT,
    job_url VARCHAR(500) UNIQUE, source_site VARCHAR(100), scraped_date DATETIME DEFAULT CURRENT_TIMESTAMP,
    posting_date DATE, application_deadline DATE, remote_option BOOLEAN, job_type VARCHAR(50),
    experience_level VARCHAR(50), industry VARCHAR(100), keywords TEXT, status VARCHAR(50));
CREATE INDEX ix_jobs_title ON jobs (title);
CREATE INDEX ix_jobs_status ON jobs (status);
CREATE TABLE applications (
    id INTEGER NOT NULL PRIMARY KEY, job_id INTEGER NOT NULL REFERENCES jobs (id), applied_date DATETIME,
    application_status VARCHAR(50), resume_version VARCHAR(100), cover_letter_version VARCHAR(100), notes TEXT,
    application_method VARCHAR(50), personal_interest_rating INTEGER, compensation_expectation INTEGER,
    exaggeration_level INTEGER, exaggeration_notes TEXT, follow_up_required BOOLEAN, next_follow_up_date DATETIME);
CREATE TABLE employer_responses (
    id INTEGER NOT NULL PRIMARY KEY, application_id INTEGER NOT NULL REFERENCES applications (id),
    response_date DATETIME, response_type VARCHAR(50), response_content TEXT, next_action TEXT,
    interview_scheduled DATETIME, sentiment_score DECIMAL(3, 2), follow_up_needed BOOLEAN, response_time_days INTEGER);
CREATE TABLE "references" (
    id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(255) NOT NULL, title VARCHAR(255), company VARCHAR(255),
    email VARCHAR(255), phone VARCHAR(20), relationship_type VARCHAR(100), credibility_rating INTEGER,
    times_used INTEGER, availability_status VARCHAR(50), last_contacted DATETIME, notes TEXT);
CREATE TABLE reference_usage (
    id INTEGER NOT NULL PRIMARY KEY, application_id INTEGER NOT NULL REFERENCES applications (id),
    reference_id INTEGER NOT NULL REFERENCES "references" (id), usage_date DATETIME, context TEXT,
    permission_granted BOOLEAN);
CREATE TABLE experience_claims (
    id INTEGER NOT NULL PRIMARY KEY, application_id INTEGER NOT NULL REFERENCES applications (id),
    skill_claimed VARCHAR(255), years_claimed FLOAT, actual_years FLOAT, proficiency_claimed INTEGER,
    actual_proficiency INTEGER, verification_source VARCHAR(255), credibility_notes TEXT);
CREATE TABLE companies (
    id INTEGER NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, domain VARCHAR(200) UNIQUE, website VARCHAR(500),
    industry VARCHAR(100), size_estimate VARCHAR(20), city VARCHAR(100), state VARCHAR(100), country VARCHAR(100),
    tech_stack JSON, automation_opportunities JSON, pain_points JSON, opportunity_score FLOAT,
    discovery_date DATETIME, last_scraped DATETIME, updated_at DATETIME);
CREATE TABLE decision_makers (
    id INTEGER NOT NULL PRIMARY KEY, company_id INTEGER NOT NULL REFERENCES companies (id), name VARCHAR(200),
    title VARCHAR(200), email VARCHAR(200));
CREATE TABLE opportunities (
    id INTEGER NOT NULL PRIMARY KEY, company_id INTEGER REFERENCES companies (id), headline TEXT, score FLOAT);
CREATE TABLE outreach_records (
    id INTEGER NOT NULL PRIMARY KEY, company_id INTEGER REFERENCES companies (id), message TEXT);
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
INSERT INTO alembic_version VALUES ('a1b2c3d4e5f6');
"""
ROWS = """
INSERT INTO jobs (id, title, company, job_url, scraped_date, keywords, status) VALUES
    (1, 'Tester', 'Acme', 'https://a.example/1', '2026-01-01 08:00:00.000000', '["SQL"]', 'applied'),
    (5, 'Baker', 'Bread', NULL, '2026-01-02 08:00:00.000000', NULL, 'discovered');
INSERT INTO applications VALUES
    (1, 1, '2026-01-03 09:00:00.000000', 'submitted', 'r1', 'c1', 'hopeful', 'email', 9, 60000, 4, 'rounded up', 1,
     '2026-01-20 00:00:00.000000'),
    (2, 5, '2026-01-04 09:00:00.000000', 'Phone Screen', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'none', 0, NULL),
    (7, 5, '2026-01-05 09:00:00.000000', 'on hold', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL);
INSERT INTO employer_responses VALUES
    (1, 1, '2026-01-05 09:00:00.000000', 'acknowledgment', 'thanks', NULL, NULL, 0.25, 0, 2),
    (2, 1, '2026-02-05 09:00:00.000000', 'ghosted', NULL, NULL, NULL, NULL, 0, 33),
    (3, 2, '2026-01-06 09:00:00.000000', 'interview_request', 'come', 'go', '2026-01-10 10:00:00.000000', 0.5, 1, 2),
    (4, 2, '2026-01-07 09:00:00.000000', NULL, 'later', NULL, '2026-01-12 10:00:00.000000', NULL, 0, 3);
INSERT INTO "references" VALUES
    (3, 'Ada', 'Lead', 'Acme', 'ada@a.example', '123', 'manager', 8, 2, 'available',
     '2026-01-02 00:00:00.000000', 'kind'),
    (4, 'Bob', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'busy', NULL, NULL);
INSERT INTO reference_usage VALUES
    (1, 1, 3, '2026-01-03 09:00:00.000000', 'form', 1), (2, 2, 3, '2026-01-04 09:00:00.000000', NULL, 0);
INSERT INTO experience_claims VALUES
    (1, 1, 'Python', 5, 3, 8, 6, 'GitHub', 'half of it'), (2, 1, 'Rust', 2, 0, NULL, NULL, NULL, NULL),
    (3, 2, 'SQL', 2, 4, NULL, NULL, NULL, NULL), (4, 2, 'Go', NULL, NULL, 8, 4, NULL, NULL);
INSERT INTO companies VALUES
    (2, 'Acme', 'a.example', 'https://a.example', 'Tools', '11-50', 'Berlin', NULL, 'Germany', '["Python", "C++"]',
     '[{"name": "invoices", "value": 3}]', '{"slow": 1}', 7.5, '2026-01-01 00:00:00.000000', NULL, NULL);
INSERT INTO decision_makers VALUES (1, 2, 'Eve', 'CEO', 'eve@a.example'), (2, 2, NULL, 'CTO', NULL);
INSERT INTO opportunities VALUES (1, 2, 'automate', 3.5);
INSERT INTO outreach_records VALUES (1, 2, 'hello');
"""


@pytest.fixture
def legacy(tmp_path: Path) -> DatabaseUrl:
    with closing(sqlite3.connect(tmp_path / "jobbot.db")) as connection:
        connection.executescript(TABLES + ROWS)
    return normalise(f"sqlite:///{tmp_path}/jobbot.db")


def settlement() -> Settlement:
    return Settlement.parse(["applications.status.on hold=under_review"])


def picked(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def notes(found: list[Finding]) -> dict[str, Finding]:
    return {f"{finding.table}.{finding.column}": finding for finding in found if finding.kind is FindingKind.LEGACY}


async def test_doctor_says_beforehand_what_will_be_done(legacy: DatabaseUrl, tmp_path: Path) -> None:
    content = (tmp_path / "jobbot.db").read_bytes()
    assert (await schema_state(legacy)).kind is DatabaseKind.LEGACY
    found = await doctor.examine(legacy, Base)
    (word,) = [finding for finding in found if finding.kind is not FindingKind.LEGACY]
    assert (word.kind, word.column, word.ids, word.values) == (FindingKind.VOCABULARY, "status", (7,), ("on hold",))
    told = notes(found)
    assert told["legacy_applications."].count == 3
    assert told["legacy_applications."].values == (
        *("application_method", "personal_interest_rating", "compensation_expectation", "exaggeration_level"),
        *("follow_up_required", "next_follow_up_date"),
    )
    assert told["legacy_opportunities."].fix == "No row was copied; the table is kept as it was."
    assert told["legacy_experience_claims.claim_type"].ids == (2,)
    assert "legacy_references.times_used" not in told
    assert (tmp_path / "jobbot.db").read_bytes() == content
    assert files(tmp_path) == ["jobbot.db"]


async def test_rows_are_copied_by_the_mapping(legacy: DatabaseUrl, tmp_path: Path) -> None:
    before = await rows_of(legacy)
    with pytest.raises(Unsettled):
        await migrate(legacy)
    assert await rows_of(legacy) == before
    assert files(tmp_path) == ["jobbot.db"]

    migration = await migrate(legacy, settlement=settlement())

    assert (migration.before.kind, migration.revision) == (DatabaseKind.LEGACY, HEAD)
    after = await rows_of(legacy)
    assert picked(after["jobs"], "id", "title", "job_url", "status") == [
        (1, "Tester", "https://a.example/1", "applied"),
        (5, "Baker", None, "discovered"),
    ]
    one, two, seven = after["applications"]
    assert (one["id"], one["job_id"], one["application_date"]) == (1, 1, "2026-01-03 09:00:00.000000")
    assert (one["status"], two["status"], seven["status"]) == ("ghosted", "phone_screen", "under_review")
    assert one["notes"] == "hopeful\n\nExaggeration notes:\nrounded up"
    assert two["notes"] == "Exaggeration notes:\nnone"
    assert (two["interview_date"], two["response_date"]) == ("2026-01-12 10:00:00.000000", "2026-01-06 09:00:00.000000")
    assert one["response_date"] is None
    level = (0.4 + 0.5) / 2
    credibility = (1 - 0.2) * (1 - 0.25)
    assert one["exaggeration_level"] == pytest.approx(level)
    assert one["credibility_rating"] == pytest.approx(credibility)
    assert one["integrity_score"] == pytest.approx(100 * credibility * (1 - level))
    assert (seven["exaggeration_level"], seven["credibility_rating"], seven["integrity_score"]) == (0.0, 1.0, 100.0)
    names = ("id", "response_type", "email_content", "sentiment_score", "requires_action", "action_taken")
    assert picked(after["employer_responses"], *names) == [
        (1, "acknowledgment", "thanks", 0.25, 0, None),
        (3, "interview_request", "come", 0.5, 1, None),
        (4, "other", "later", None, 0, None),
    ]
    columns = ("id", "name", "credibility_score", "usage_count", "consent_given", "last_contacted")
    assert picked(after["references"], *columns) == [(3, "Ada", 8.0, 2, 1, "2026-01-02"), (4, "Bob", None, 0, 0, None)]
    assert picked(after["reference_usages"], "id", "reference_id", "application_id", "used_on", "context") == [
        (1, 3, 1, "2026-01-03", "form"),
        (2, 3, 2, "2026-01-04", None),
    ]
    fields = ("claim_type", "claimed_experience", "original_experience", "exaggeration_multiplier", "risk_level")
    assert picked(after["experience_claims"], *fields) == [
        ("embellishment", "Python: 5 years, proficiency 8", "Python: 3 years, proficiency 6", 5 / 3, "high"),
        ("fabrication", "Rust: 2 years", "Rust: 0 years", 2.0, "high"),
        ("omission", "SQL: 2 years", "SQL: 4 years", 0.5, "low"),
        ("embellishment", "Go: proficiency 8", "Go: proficiency 4", 2.0, "high"),
    ]
    assert after["experience_claims"][0]["justification"] == "half of it\nVerification source: GitHub"
    (company,) = after["companies"]
    assert (company["id"], company["size"], company["location"]) == (2, "small", "Berlin, Germany")
    lists = ("technology_stack", "automation_opportunities", "pain_points", "decision_makers")
    assert [json.loads(company[name]) for name in lists] == [["Python", "C++"], ["invoices"], ["slow"], ["Eve"]]


async def test_nothing_is_lost_and_a_second_run_changes_nothing(legacy: DatabaseUrl) -> None:
    before = await rows_of(legacy)
    await migrate(legacy, settlement=settlement())
    after = await rows_of(legacy)
    renamed = {
        "jobs",
        "applications",
        "employer_responses",
        "references",
        "experience_claims",
        "companies",
        "opportunities",
    }
    for table in before.keys() - {"alembic_version"}:
        assert after[f"legacy_{table}" if table in renamed else table] == before[table]
    assert after["change_log"] == []
    assert {finding.kind for finding in await doctor.examine(legacy, Base, DOCUMENTS.values())} == {FindingKind.LEGACY}
    assert not any(finding.blocks for finding in await verify(legacy, Base, DOCUMENTS.values()))
    assert (await migrate(legacy)).copy is None
    assert await rows_of(legacy) == after


async def test_adopted_rows_can_be_deleted(legacy: DatabaseUrl) -> None:
    await migrate(legacy, settlement=settlement())
    await sql(
        legacy, "PRAGMA foreign_keys = ON", "DELETE FROM jobs", 'DELETE FROM "references"', "DELETE FROM companies"
    )
    assert await sql(legacy, "SELECT count(*) FROM applications") == [(0,)]
    assert await sql(legacy, "SELECT count(*) FROM legacy_applications") == [(3,)]
    await migrate(legacy, "0002")
    await migrate(legacy)
    assert await sql(legacy, "SELECT count(*) FROM reference_usages") == [(0,)]
