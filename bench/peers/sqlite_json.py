"""Lower bound on SQLite: one statement per operation builds the JSON, and Python only sends it.

The sqlite3 module is called in the event loop: switching to a thread would cost more than most of these statements.
"""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from bench.peers.asgi import Answer
from bench.peers.integrity import assess, job_number
from jobbot_gql.db.url import normalise


def moment(column: str) -> str:
    """SQL that formats a stored time for JSON."""
    return f"replace({column}, ' ', 'T') || '+00:00'"


def boolean(column: str) -> str:
    """SQL that formats a stored 1 or 0 as a JSON boolean."""
    return f"CASE {column} WHEN 1 THEN json('true') WHEN 0 THEN json('false') END"


APPLICATIONS = f"""
SELECT json_object('applications', json_object('nodes', json_group_array(json_object(
    'databaseId', a.id, 'status', upper(a.status), 'applicationDate', {moment("a.application_date")},
    'integrityScore', a.integrity_score, 'credibilityRating', a.credibility_rating,
    'resumeVersion', a.resume_version,
    'job', (
        SELECT json_object(
            'databaseId', id, 'title', title, 'company', company, 'location', location, 'status', upper(status)
        ) FROM jobs WHERE id = a.job_id
    ),
    'responses', (
        SELECT json_group_array(json_object(
            'databaseId', id, 'responseDate', {moment("response_date")}, 'responseType', upper(response_type),
            'sentimentScore', sentiment_score
        )) FROM (SELECT * FROM employer_responses WHERE application_id = a.id ORDER BY response_date, id)
    ),
    'experienceClaims', (
        SELECT json_group_array(json_object(
            'databaseId', id, 'claimType', claim_type, 'exaggerationMultiplier', exaggeration_multiplier,
            'riskLevel', upper(risk_level)
        )) FROM (SELECT * FROM experience_claims WHERE application_id = a.id ORDER BY id)
    )
)))) FROM (SELECT * FROM applications ORDER BY application_date DESC, id DESC LIMIT ?) a
"""  # noqa: S608 - names of columns

SQL = {
    "W1": f"""
        SELECT json_object('job', (
            SELECT json_object(
                'databaseId', id, 'title', title, 'company', company, 'location', location, 'salaryMin', salary_min,
                'salaryMax', salary_max, 'remoteOption', {boolean("remote_option")}, 'status', upper(status)
            ) FROM jobs WHERE id = ?
        ))
        """,  # noqa: S608 - names of columns
    "W2": f"""
        SELECT json_object('jobs', json_object('nodes', json_group_array(json_object(
            'databaseId', id, 'title', title, 'company', company, 'location', location, 'salaryMin', salary_min,
            'salaryMax', salary_max, 'scrapedDate', {moment("scraped_date")}, 'status', upper(status)
        )))) FROM (
            SELECT * FROM jobs WHERE status = lower(?) AND remote_option = ?
            ORDER BY scraped_date DESC, id DESC LIMIT 50
        )
        """,  # noqa: S608 - names of columns
    "W3": APPLICATIONS,
    "W4": f"""
        SELECT json_object('application', (
            SELECT json_object(
                'databaseId', a.id, 'applicationDate', {moment("a.application_date")}, 'status', upper(a.status),
                'coverLetterVersion', cover_letter_version, 'resumeVersion', resume_version,
                'interviewDate', {moment("interview_date")}, 'responseDate', {moment("response_date")}, 'notes', notes,
                'credibilityRating', credibility_rating, 'exaggerationLevel', exaggeration_level,
                'integrityScore', integrity_score,
                'job', (
                    SELECT json_object(
                        'databaseId', id, 'title', title, 'company', company, 'location', location,
                        'salaryMin', salary_min, 'salaryMax', salary_max, 'description', description,
                        'requirements', requirements, 'benefits', benefits, 'jobUrl', job_url,
                        'sourceSite', source_site, 'scrapedDate', {moment("scraped_date")},
                        'postingDate', posting_date, 'applicationDeadline', application_deadline,
                        'remoteOption', {boolean("remote_option")}, 'jobType', job_type,
                        'experienceLevel', experience_level, 'industry', industry, 'keywords', json(keywords),
                        'status', upper(status)
                    ) FROM jobs WHERE id = a.job_id
                ),
                'responses', (
                    SELECT json_group_array(json_object(
                        'databaseId', id, 'responseDate', {moment("response_date")},
                        'responseType', upper(response_type), 'subjectLine', subject_line,
                        'emailContent', email_content, 'senderEmail', sender_email,
                        'sentimentScore', sentiment_score, 'requiresAction', {boolean("requires_action")},
                        'actionTaken', action_taken, 'followUpScheduled', {moment("follow_up_scheduled")}
                    )) FROM (SELECT * FROM employer_responses WHERE application_id = a.id ORDER BY response_date, id)
                ),
                'experienceClaims', (
                    SELECT json_group_array(json_object(
                        'databaseId', id, 'claimType', claim_type, 'originalExperience', original_experience,
                        'claimedExperience', claimed_experience,
                        'exaggerationMultiplier', exaggeration_multiplier,
                        'credibilityImpact', credibility_impact, 'riskLevel', upper(risk_level),
                        'justification', justification
                    )) FROM (SELECT * FROM experience_claims WHERE application_id = a.id ORDER BY id)
                )
            ) FROM applications a WHERE a.id = ?
        ))
        """,  # noqa: S608 - names of columns
    "W5": f"""
        SELECT json_object('companies', json_object('nodes', json_group_array(json_object(
            'databaseId', c.id, 'name', name, 'industry', industry, 'size', upper(size),
            'opportunities', json_object('nodes', (
                SELECT json_group_array(json_object(
                    'databaseId', o.id, 'problemDescription', problem_description,
                    'estimatedValue', estimated_value, 'status', upper(status),
                    'campaigns', json_object('nodes', (
                        SELECT json_group_array(json_object(
                            'databaseId', id, 'contactMethod', upper(contact_method),
                            'contactPerson', contact_person, 'sentDate', {moment("sent_date")},
                            'responseStatus', upper(response_status)
                        )) FROM (
                            SELECT * FROM outreach_campaigns WHERE opportunity_id = o.id
                            ORDER BY sent_date DESC, id DESC
                        )
                    ))
                )) FROM (SELECT * FROM opportunities WHERE company_id = c.id ORDER BY id DESC) o
            ))
        )))) FROM (SELECT * FROM companies ORDER BY name, id LIMIT 20) c
        """,  # noqa: S608 - names of columns
    "W6": APPLICATIONS,
    "W7": """
        SELECT json_object('createApplication', json_object('application', json_object(
            'databaseId', a.id, 'status', upper(a.status), 'integrityScore', integrity_score,
            'credibilityRating', credibility_rating, 'exaggerationLevel', exaggeration_level,
            'job', (SELECT json_object('databaseId', id, 'title', title) FROM jobs WHERE id = a.job_id),
            'experienceClaims', (
                SELECT json_group_array(json_object(
                    'databaseId', id, 'claimType', claim_type, 'riskLevel', upper(risk_level),
                    'credibilityImpact', credibility_impact
                )) FROM (SELECT * FROM experience_claims WHERE application_id = a.id ORDER BY id)
            )
        ), 'userErrors', json('[]'))) FROM applications a WHERE a.id = ?
        """,
}


def parameters(operation: str, variables: dict[str, Any]) -> tuple[Any, ...]:
    """The values of the statement of a read operation."""
    match operation:
        case "W1" | "W4":
            return (variables["id"],)
        case "W2":
            return variables["status"], variables["remote"]
        case "W3":
            return (50,)
        case "W6":
            return (200,)
    return ()


def connect(database_url: str) -> sqlite3.Connection:
    """A connection with the same durability settings as the project's."""
    db = sqlite3.connect(str(normalise(database_url).sqlite_path), isolation_level=None, cached_statements=256)
    db.execute("PRAGMA busy_timeout = 10000")
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    return db


def create_application(db: sqlite3.Connection, given: dict[str, Any]) -> int:
    """Write an application and its claims in one transaction. Returns the application's id."""
    claims, *integrity = assess(given["experienceClaims"])
    db.execute("BEGIN IMMEDIATE")
    (number,) = db.execute(
        """
        INSERT INTO applications
            (job_id, status, resume_version, credibility_rating, exaggeration_level, integrity_score)
        SELECT id, 'submitted', ?2, ?3, ?4, ?5 FROM jobs WHERE id = ?1 AND NOT EXISTS (
            SELECT 1 FROM applications
            WHERE job_id = ?1 AND status NOT IN ('accepted', 'rejected', 'ghosted', 'withdrawn')
        ) RETURNING id
        """,
        (job_number(given["jobId"]), given["resumeVersion"], *integrity),
    ).fetchone()
    db.executemany(
        """
        INSERT INTO experience_claims (application_id, claim_type, original_experience, claimed_experience,
            exaggeration_multiplier, credibility_impact, risk_level) VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [(number, *claim) for claim in claims],
    )
    db.execute("COMMIT")
    created: int = number
    return created


@asynccontextmanager
async def open_answers(database_url: str) -> AsyncIterator[Answer]:
    """One connection, because no call is asynchronous."""
    db = connect(database_url)

    async def answer(operation: str, variables: dict[str, Any]) -> bytes:
        if operation == "W7":
            values: tuple[Any, ...] = (create_application(db, variables["input"]),)
        else:
            values = parameters(operation, variables)
        text: str = db.execute(SQL[operation], values).fetchone()[0]
        return b'{"data":%b}' % text.encode()

    yield answer
    db.close()
