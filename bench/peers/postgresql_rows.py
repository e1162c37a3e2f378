"""Hand-written server on PostgreSQL: rows of asyncpg, hand-written dictionaries, orjson."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg  # type: ignore[import-untyped] # has no types
import orjson

from bench.dataset import libpq_url
from bench.peers.asgi import Answer
from bench.peers.integrity import assess, job_number

Rows = list[dict[str, Any]]


async def _as_it_is(connection: asyncpg.Connection) -> None:
    """The peers change no session state, so no statement to reset a connection is needed on its return."""


@asynccontextmanager
async def open_answers(database_url: str) -> AsyncIterator[Answer]:
    """Opens sixteen connections, the number of clients."""
    async with asyncpg.create_pool(libpq_url(database_url), min_size=16, max_size=16, reset=_as_it_is) as pool:

        async def answer(operation: str, variables: dict[str, Any]) -> bytes:
            async with pool.acquire() as connection:
                return orjson.dumps({"data": await OPERATIONS[operation](connection, variables)})

        yield answer


async def job(db: asyncpg.Connection, variables: dict[str, Any]) -> Any:
    row = await db.fetchrow(
        """
        SELECT id AS "databaseId", title, company, location, salary_min AS "salaryMin", salary_max AS "salaryMax",
            remote_option AS "remoteOption", upper(status) AS status
        FROM jobs WHERE id = $1
        """,
        variables["id"],
    )
    return {"job": row and dict(row)}


async def jobs(db: asyncpg.Connection, variables: dict[str, Any]) -> Any:
    rows = await db.fetch(
        """
        SELECT id AS "databaseId", title, company, location, salary_min AS "salaryMin", salary_max AS "salaryMax",
            scraped_date AS "scrapedDate", upper(status) AS status
        FROM jobs WHERE status = lower($1) AND remote_option = $2
        ORDER BY scraped_date DESC NULLS LAST, id DESC LIMIT 50
        """,
        variables["status"],
        variables["remote"],
    )
    return {"jobs": {"nodes": [dict(row) for row in rows]}}


async def applications(db: asyncpg.Connection, limit: int) -> Any:
    rows = await db.fetch(
        """
        SELECT id, job_id, upper(status), application_date, integrity_score, credibility_rating, resume_version
        FROM applications ORDER BY application_date DESC NULLS LAST, id DESC LIMIT $1
        """,
        limit,
    )
    ids = [row[0] for row in rows]
    jobs_by_id = {
        row[0]: {"databaseId": row[0], "title": row[1], "company": row[2], "location": row[3], "status": row[4]}
        for row in await db.fetch(
            "SELECT id, title, company, location, upper(status) FROM jobs WHERE id = ANY($1)",
            list({row[1] for row in rows}),
        )
    }
    responses: defaultdict[int, Rows] = defaultdict(list)
    for row in await db.fetch(
        """
        SELECT application_id, id, response_date, upper(response_type), sentiment_score
        FROM employer_responses WHERE application_id = ANY($1) ORDER BY response_date, id
        """,
        ids,
    ):
        responses[row[0]].append(
            {"databaseId": row[1], "responseDate": row[2], "responseType": row[3], "sentimentScore": row[4]}
        )
    claims: defaultdict[int, Rows] = defaultdict(list)
    for row in await db.fetch(
        """
        SELECT application_id, id, claim_type, exaggeration_multiplier, upper(risk_level)
        FROM experience_claims WHERE application_id = ANY($1) ORDER BY id
        """,
        ids,
    ):
        claims[row[0]].append(
            {"databaseId": row[1], "claimType": row[2], "exaggerationMultiplier": row[3], "riskLevel": row[4]}
        )
    nodes = [
        {
            "databaseId": row[0],
            "status": row[2],
            "applicationDate": row[3],
            "integrityScore": row[4],
            "credibilityRating": row[5],
            "resumeVersion": row[6],
            "job": jobs_by_id[row[1]],
            "responses": responses[row[0]],
            "experienceClaims": claims[row[0]],
        }
        for row in rows
    ]
    return {"applications": {"nodes": nodes}}


async def application(db: asyncpg.Connection, variables: dict[str, Any]) -> Any:
    row = await db.fetchrow(
        """
        SELECT id AS "databaseId", application_date AS "applicationDate", upper(status) AS status,
            cover_letter_version AS "coverLetterVersion", resume_version AS "resumeVersion",
            interview_date AS "interviewDate", response_date AS "responseDate", notes,
            credibility_rating AS "credibilityRating", exaggeration_level AS "exaggerationLevel",
            integrity_score AS "integrityScore", job_id AS job
        FROM applications WHERE id = $1
        """,
        variables["id"],
    )
    if row is None:
        return {"application": None}
    found = dict(row)
    job = await db.fetchrow(
        """
        SELECT id AS "databaseId", title, company, location, salary_min AS "salaryMin", salary_max AS "salaryMax",
            description, requirements, benefits, job_url AS "jobUrl", source_site AS "sourceSite",
            scraped_date AS "scrapedDate", posting_date AS "postingDate",
            application_deadline AS "applicationDeadline", remote_option AS "remoteOption", job_type AS "jobType",
            experience_level AS "experienceLevel", industry, keywords, upper(status) AS status
        FROM jobs WHERE id = $1
        """,
        row["job"],
    )
    found["job"] = dict(job) | {"keywords": orjson.loads(job["keywords"] or "[]")}
    found["responses"] = _dicts(
        await db.fetch(
            """
            SELECT id AS "databaseId", response_date AS "responseDate", upper(response_type) AS "responseType",
                subject_line AS "subjectLine", email_content AS "emailContent", sender_email AS "senderEmail",
                sentiment_score AS "sentimentScore", requires_action AS "requiresAction",
                action_taken AS "actionTaken", follow_up_scheduled AS "followUpScheduled"
            FROM employer_responses WHERE application_id = $1 ORDER BY response_date, id
            """,
            variables["id"],
        )
    )
    found["experienceClaims"] = _dicts(
        await db.fetch(
            """
            SELECT id AS "databaseId", claim_type AS "claimType", original_experience AS "originalExperience",
                claimed_experience AS "claimedExperience", exaggeration_multiplier AS "exaggerationMultiplier",
                credibility_impact AS "credibilityImpact", upper(risk_level) AS "riskLevel", justification
            FROM experience_claims WHERE application_id = $1 ORDER BY id
            """,
            variables["id"],
        )
    )
    return {"application": found}


async def companies(db: asyncpg.Connection, variables: dict[str, Any]) -> Any:
    rows = await db.fetch("SELECT id, name, industry, upper(size) FROM companies ORDER BY name, id LIMIT 20")
    found = await db.fetch(
        """
        SELECT company_id, id, problem_description, estimated_value, upper(status)
        FROM opportunities WHERE company_id = ANY($1) ORDER BY id DESC
        """,
        [row[0] for row in rows],
    )
    campaigns: defaultdict[int, Rows] = defaultdict(list)
    for row in await db.fetch(
        """
        SELECT opportunity_id, id, upper(contact_method), contact_person, sent_date, upper(response_status)
        FROM outreach_campaigns WHERE opportunity_id = ANY($1) ORDER BY sent_date DESC NULLS LAST, id DESC
        """,
        [row[1] for row in found],
    ):
        campaigns[row[0]].append(
            {
                "databaseId": row[1],
                "contactMethod": row[2],
                "contactPerson": row[3],
                "sentDate": row[4],
                "responseStatus": row[5],
            }
        )
    opportunities: defaultdict[int, Rows] = defaultdict(list)
    for row in found:
        opportunities[row[0]].append(
            {
                "databaseId": row[1],
                "problemDescription": row[2],
                "estimatedValue": row[3],
                "status": row[4],
                "campaigns": {"nodes": campaigns[row[1]]},
            }
        )
    nodes = [
        {
            "databaseId": row[0],
            "name": row[1],
            "industry": row[2],
            "size": row[3],
            "opportunities": {"nodes": opportunities[row[0]]},
        }
        for row in rows
    ]
    return {"companies": {"nodes": nodes}}


async def create_application(db: asyncpg.Connection, variables: dict[str, Any]) -> Any:
    given = variables["input"]
    job_id = job_number(given["jobId"])
    claims, rating, level, score = assess(given["experienceClaims"])
    async with db.transaction():
        job = await db.fetchrow(
            """
            SELECT id AS "databaseId", title FROM jobs WHERE id = $1 AND NOT EXISTS (
                SELECT FROM applications
                WHERE job_id = $1 AND status NOT IN ('accepted', 'rejected', 'ghosted', 'withdrawn')
            )
            """,
            job_id,
        )
        application_id = await db.fetchval(
            """
            INSERT INTO applications
                (job_id, status, resume_version, credibility_rating, exaggeration_level, integrity_score)
            VALUES ($1, 'submitted', $2, $3, $4, $5) RETURNING id
            """,
            *(job["databaseId"], given["resumeVersion"], rating, level, score),
        )
        claim_ids = await db.fetch(
            """
            INSERT INTO experience_claims (application_id, claim_type, original_experience, claimed_experience,
                exaggeration_multiplier, credibility_impact, risk_level)
            SELECT $1, one.* FROM unnest($2::text[], $3::text[], $4::text[], $5::float[], $6::float[], $7::text[]) one
            RETURNING id
            """,
            *(application_id, *map(list, zip(*claims, strict=True))),
        )
    created = {
        "databaseId": application_id,
        "status": "SUBMITTED",
        "integrityScore": score,
        "credibilityRating": rating,
        "exaggerationLevel": level,
        "job": dict(job),
        "experienceClaims": [
            {
                "databaseId": row[0],
                "claimType": claim.claim_type,
                "riskLevel": claim.risk_level.upper(),
                "credibilityImpact": claim.credibility_impact,
            }
            for row, claim in zip(claim_ids, claims, strict=True)
        ],
    }
    return {"createApplication": {"application": created, "userErrors": []}}


def _dicts(rows: Iterable[asyncpg.Record]) -> Rows:
    return [dict(row) for row in rows]


OPERATIONS = {
    "W1": job,
    "W2": jobs,
    "W3": lambda db, variables: applications(db, 50),
    "W4": application,
    "W5": companies,
    "W6": lambda db, variables: applications(db, 200),
    "W7": create_application,
}
