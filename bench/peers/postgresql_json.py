"""Lower bound on PostgreSQL: one statement per operation builds the JSON, and Python only sends it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped] # has no types

from bench.dataset import libpq_url
from bench.peers.asgi import Answer
from bench.peers.integrity import assess, job_number

APPLICATIONS = """
SELECT json_build_object('applications', json_build_object('nodes', coalesce(json_agg(page), '[]')))::text
FROM (
    SELECT a.id AS "databaseId", upper(a.status) AS status, a.application_date AS "applicationDate",
        a.integrity_score AS "integrityScore", a.credibility_rating AS "credibilityRating",
        a.resume_version AS "resumeVersion", job.job, responses.responses, claims."experienceClaims"
    FROM (SELECT * FROM applications ORDER BY application_date DESC NULLS LAST, id DESC LIMIT $1) a,
    LATERAL (
        SELECT row_to_json(one) AS job FROM (
            SELECT id AS "databaseId", title, company, location, upper(status) AS status FROM jobs WHERE id = a.job_id
        ) one
    ) job,
    LATERAL (
        SELECT coalesce(json_agg(one), '[]') AS responses FROM (
            SELECT id AS "databaseId", response_date AS "responseDate", upper(response_type) AS "responseType",
                sentiment_score AS "sentimentScore"
            FROM employer_responses WHERE application_id = a.id ORDER BY response_date, id
        ) one
    ) responses,
    LATERAL (
        SELECT coalesce(json_agg(one), '[]') AS "experienceClaims" FROM (
            SELECT id AS "databaseId", claim_type AS "claimType", exaggeration_multiplier AS "exaggerationMultiplier",
                upper(risk_level) AS "riskLevel"
            FROM experience_claims WHERE application_id = a.id ORDER BY id
        ) one
    ) claims
    ORDER BY a.application_date DESC NULLS LAST, a.id DESC
) page
"""

SQL = {
    "W1": """
        SELECT json_build_object('job', (
            SELECT row_to_json(one) FROM (
                SELECT id AS "databaseId", title, company, location, salary_min AS "salaryMin",
                    salary_max AS "salaryMax", remote_option AS "remoteOption", upper(status) AS status
                FROM jobs WHERE id = $1
            ) one
        ))::text
        """,
    "W2": """
        SELECT json_build_object('jobs', json_build_object('nodes', coalesce(json_agg(page), '[]')))::text
        FROM (
            SELECT id AS "databaseId", title, company, location, salary_min AS "salaryMin", salary_max AS "salaryMax",
                scraped_date AS "scrapedDate", upper(status) AS status
            FROM jobs WHERE status = lower($1) AND remote_option = $2
            ORDER BY scraped_date DESC NULLS LAST, id DESC LIMIT 50
        ) page
        """,
    "W3": APPLICATIONS,
    "W4": """
        SELECT json_build_object('application', (
            SELECT row_to_json(one) FROM (
                SELECT a.id AS "databaseId", application_date AS "applicationDate", upper(a.status) AS status,
                    cover_letter_version AS "coverLetterVersion", resume_version AS "resumeVersion",
                    interview_date AS "interviewDate", response_date AS "responseDate", notes,
                    credibility_rating AS "credibilityRating", exaggeration_level AS "exaggerationLevel",
                    integrity_score AS "integrityScore",
                    (
                        SELECT row_to_json(j) FROM (
                            SELECT id AS "databaseId", title, company, location, salary_min AS "salaryMin",
                                salary_max AS "salaryMax", description, requirements, benefits, job_url AS "jobUrl",
                                source_site AS "sourceSite", scraped_date AS "scrapedDate",
                                posting_date AS "postingDate", application_deadline AS "applicationDeadline",
                                remote_option AS "remoteOption", job_type AS "jobType",
                                experience_level AS "experienceLevel", industry, keywords::json AS keywords,
                                upper(status) AS status
                            FROM jobs WHERE id = a.job_id
                        ) j
                    ) AS job,
                    (
                        SELECT coalesce(json_agg(r), '[]') FROM (
                            SELECT id AS "databaseId", response_date AS "responseDate",
                                upper(response_type) AS "responseType", subject_line AS "subjectLine",
                                email_content AS "emailContent", sender_email AS "senderEmail",
                                sentiment_score AS "sentimentScore", requires_action AS "requiresAction",
                                action_taken AS "actionTaken", follow_up_scheduled AS "followUpScheduled"
                            FROM employer_responses WHERE application_id = a.id ORDER BY response_date, id
                        ) r
                    ) AS responses,
                    (
                        SELECT coalesce(json_agg(c), '[]') FROM (
                            SELECT id AS "databaseId", claim_type AS "claimType",
                                original_experience AS "originalExperience",
                                claimed_experience AS "claimedExperience",
                                exaggeration_multiplier AS "exaggerationMultiplier",
                                credibility_impact AS "credibilityImpact", upper(risk_level) AS "riskLevel",
                                justification
                            FROM experience_claims WHERE application_id = a.id ORDER BY id
                        ) c
                    ) AS "experienceClaims"
                FROM applications a WHERE a.id = $1
            ) one
        ))::text
        """,
    "W5": """
        SELECT json_build_object('companies', json_build_object('nodes', coalesce(json_agg(page), '[]')))::text
        FROM (
            SELECT c.id AS "databaseId", name, industry, upper(size) AS size,
                (
                    SELECT json_build_object('nodes', coalesce(json_agg(o), '[]')) FROM (
                        SELECT id AS "databaseId", problem_description AS "problemDescription",
                            estimated_value AS "estimatedValue", upper(status) AS status,
                            (
                                SELECT json_build_object('nodes', coalesce(json_agg(m), '[]')) FROM (
                                    SELECT id AS "databaseId", upper(contact_method) AS "contactMethod",
                                        contact_person AS "contactPerson", sent_date AS "sentDate",
                                        upper(response_status) AS "responseStatus"
                                    FROM outreach_campaigns WHERE opportunity_id = opportunities.id
                                    ORDER BY sent_date DESC NULLS LAST, id DESC
                                ) m
                            ) AS campaigns
                        FROM opportunities WHERE company_id = c.id ORDER BY id DESC
                    ) o
                ) AS opportunities
            FROM companies c ORDER BY name, id LIMIT 20
        ) page
        """,
    "W6": APPLICATIONS,
    "W7": """
        WITH application AS (
            INSERT INTO applications
                (job_id, status, resume_version, credibility_rating, exaggeration_level, integrity_score)
            SELECT $1, 'submitted', $2, $3, $4, $5
            WHERE NOT EXISTS (
                SELECT FROM applications
                WHERE job_id = $1 AND status NOT IN ('accepted', 'rejected', 'ghosted', 'withdrawn')
            )
            RETURNING *
        ), claims AS (
            INSERT INTO experience_claims (application_id, claim_type, original_experience, claimed_experience,
                exaggeration_multiplier, credibility_impact, risk_level)
            SELECT application.id, one.*
            FROM application, unnest($6::text[], $7::text[], $8::text[], $9::float[], $10::float[], $11::text[]) one
            RETURNING *
        )
        SELECT json_build_object('createApplication', json_build_object('application', (
            SELECT row_to_json(one) FROM (
                SELECT application.id AS "databaseId", upper(application.status) AS status,
                    integrity_score AS "integrityScore", credibility_rating AS "credibilityRating",
                    exaggeration_level AS "exaggerationLevel",
                    json_build_object('databaseId', jobs.id, 'title', title) AS job,
                    (
                        SELECT json_agg(c) FROM (
                            SELECT id AS "databaseId", claim_type AS "claimType", upper(risk_level) AS "riskLevel",
                                credibility_impact AS "credibilityImpact"
                            FROM claims ORDER BY id
                        ) c
                    ) AS "experienceClaims"
                FROM application JOIN jobs ON jobs.id = application.job_id
            ) one
        ), 'userErrors', '[]'::json))::text
        """,
}


def parameters(operation: str, variables: dict[str, Any]) -> tuple[Any, ...]:
    """The values of an operation's statement."""
    match operation:
        case "W1" | "W4":
            return (variables["id"],)
        case "W2":
            return variables["status"], variables["remote"]
        case "W3":
            return (50,)
        case "W6":
            return (200,)
        case "W7":
            given = variables["input"]
            claims, *integrity = assess(given["experienceClaims"])
            return job_number(given["jobId"]), given["resumeVersion"], *integrity, *map(list, zip(*claims, strict=True))
    return ()


async def _as_it_is(connection: asyncpg.Connection) -> None:
    """The peers change no session state, so no statement to reset a connection is needed on its return."""


@asynccontextmanager
async def open_answers(database_url: str) -> AsyncIterator[Answer]:
    """Opens sixteen connections, the number of clients."""
    async with asyncpg.create_pool(libpq_url(database_url), min_size=16, max_size=16, reset=_as_it_is) as pool:

        async def answer(operation: str, variables: dict[str, Any]) -> bytes:
            text: str = await pool.fetchval(SQL[operation], *parameters(operation, variables))
            return b'{"data":%b}' % text.encode()

        yield answer
