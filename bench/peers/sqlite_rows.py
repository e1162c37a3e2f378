"""Hand-written server on SQLite: rows of sqlite3, hand-written dictionaries, orjson.

The sqlite3 module is called in the event loop: switching to a thread would cost more than most of these statements.
"""

import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

import orjson

from bench.peers.asgi import Answer
from bench.peers.sqlite_json import connect, create_application, moment

Rows = list[dict[str, Any]]

TRUTH = {1: True, 0: False, None: None}


@asynccontextmanager
async def open_answers(database_url: str) -> AsyncIterator[Answer]:
    """One connection, because no call is asynchronous."""
    db = connect(database_url)

    async def answer(operation: str, variables: dict[str, Any]) -> bytes:
        return orjson.dumps({"data": OPERATIONS[operation](db, variables)})

    yield answer
    db.close()


def job(db: sqlite3.Connection, variables: dict[str, Any]) -> Any:
    row = db.execute(
        """
        SELECT id, title, company, location, salary_min, salary_max, remote_option, upper(status)
        FROM jobs WHERE id = ?
        """,
        (variables["id"],),
    ).fetchone()
    return {
        "job": row
        and {
            "databaseId": row[0],
            "title": row[1],
            "company": row[2],
            "location": row[3],
            "salaryMin": row[4],
            "salaryMax": row[5],
            "remoteOption": TRUTH[row[6]],
            "status": row[7],
        }
    }


def jobs(db: sqlite3.Connection, variables: dict[str, Any]) -> Any:
    rows = db.execute(
        f"""
        SELECT id, title, company, location, salary_min, salary_max, {moment("scraped_date")}, upper(status)
        FROM jobs WHERE status = lower(?) AND remote_option = ?
        ORDER BY scraped_date DESC, id DESC LIMIT 50
        """,  # noqa: S608 - names of columns
        (variables["status"], variables["remote"]),
    )
    nodes = [
        {
            "databaseId": row[0],
            "title": row[1],
            "company": row[2],
            "location": row[3],
            "salaryMin": row[4],
            "salaryMax": row[5],
            "scrapedDate": row[6],
            "status": row[7],
        }
        for row in rows
    ]
    return {"jobs": {"nodes": nodes}}


def applications(db: sqlite3.Connection, limit: int) -> Any:
    rows = db.execute(
        f"""
        SELECT id, job_id, upper(status), {moment("application_date")}, integrity_score, credibility_rating,
            resume_version
        FROM applications ORDER BY application_date DESC, id DESC LIMIT ?
        """,  # noqa: S608 - names of columns
        (limit,),
    ).fetchall()
    ids = _keys(row[0] for row in rows)
    jobs_by_id = {
        row[0]: {"databaseId": row[0], "title": row[1], "company": row[2], "location": row[3], "status": row[4]}
        for row in db.execute(
            """
            SELECT id, title, company, location, upper(status) FROM jobs WHERE id IN (SELECT value FROM json_each(?))
            """,
            _keys({row[1] for row in rows}),
        )
    }
    responses: defaultdict[int, Rows] = defaultdict(list)
    for row in db.execute(
        f"""
        SELECT application_id, id, {moment("response_date")}, upper(response_type), sentiment_score
        FROM employer_responses WHERE application_id IN (SELECT value FROM json_each(?)) ORDER BY response_date, id
        """,  # noqa: S608 - names of columns
        ids,
    ):
        responses[row[0]].append(
            {"databaseId": row[1], "responseDate": row[2], "responseType": row[3], "sentimentScore": row[4]}
        )
    claims: defaultdict[int, Rows] = defaultdict(list)
    for row in db.execute(
        """
        SELECT application_id, id, claim_type, exaggeration_multiplier, upper(risk_level)
        FROM experience_claims WHERE application_id IN (SELECT value FROM json_each(?)) ORDER BY id
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


def application(db: sqlite3.Connection, variables: dict[str, Any]) -> Any:
    key = (variables["id"],)
    row = db.execute(
        f"""
        SELECT id, {moment("application_date")}, upper(status), cover_letter_version, resume_version,
            {moment("interview_date")}, {moment("response_date")}, notes, credibility_rating, exaggeration_level,
            integrity_score, job_id
        FROM applications WHERE id = ?
        """,  # noqa: S608 - names of columns
        key,
    ).fetchone()
    if row is None:
        return {"application": None}
    found = dict(zip(APPLICATION, row, strict=True))
    job = dict(
        zip(
            JOB,
            db.execute(
                f"""
                SELECT id, title, company, location, salary_min, salary_max, description, requirements, benefits,
                    job_url, source_site, {moment("scraped_date")}, posting_date, application_deadline,
                    remote_option, job_type, experience_level, industry, keywords, upper(status)
                FROM jobs WHERE id = ?
                """,  # noqa: S608 - names of columns
                (found["job"],),
            ).fetchone(),
            strict=True,
        )
    )
    job["remoteOption"] = TRUTH[job["remoteOption"]]
    job["keywords"] = orjson.loads(job["keywords"] or "[]")
    found["job"] = job
    found["responses"] = [
        {
            "databaseId": row[0],
            "responseDate": row[1],
            "responseType": row[2],
            "subjectLine": row[3],
            "emailContent": row[4],
            "senderEmail": row[5],
            "sentimentScore": row[6],
            "requiresAction": TRUTH[row[7]],
            "actionTaken": row[8],
            "followUpScheduled": row[9],
        }
        for row in db.execute(
            f"""
            SELECT id, {moment("response_date")}, upper(response_type), subject_line, email_content, sender_email,
                sentiment_score, requires_action, action_taken, {moment("follow_up_scheduled")}
            FROM employer_responses WHERE application_id = ? ORDER BY response_date, id
            """,  # noqa: S608 - names of columns
            key,
        )
    ]
    found["experienceClaims"] = [
        dict(zip(CLAIM, row, strict=True))
        for row in db.execute(
            """
            SELECT id, claim_type, original_experience, claimed_experience, exaggeration_multiplier,
                credibility_impact, upper(risk_level), justification
            FROM experience_claims WHERE application_id = ? ORDER BY id
            """,
            key,
        )
    ]
    return {"application": found}


def companies(db: sqlite3.Connection, variables: dict[str, Any]) -> Any:
    rows = db.execute("SELECT id, name, industry, upper(size) FROM companies ORDER BY name, id LIMIT 20").fetchall()
    found = db.execute(
        """
        SELECT company_id, id, problem_description, estimated_value, upper(status)
        FROM opportunities WHERE company_id IN (SELECT value FROM json_each(?)) ORDER BY id DESC
        """,
        _keys(row[0] for row in rows),
    ).fetchall()
    campaigns: defaultdict[int, Rows] = defaultdict(list)
    for row in db.execute(
        f"""
        SELECT opportunity_id, id, upper(contact_method), contact_person, {moment("sent_date")}, upper(response_status)
        FROM outreach_campaigns WHERE opportunity_id IN (SELECT value FROM json_each(?))
        ORDER BY sent_date DESC, id DESC
        """,  # noqa: S608 - names of columns
        _keys(row[1] for row in found),
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


def created_application(db: sqlite3.Connection, variables: dict[str, Any]) -> Any:
    key = (create_application(db, variables["input"]),)
    row = db.execute(
        """
        SELECT a.id, upper(a.status), integrity_score, credibility_rating, exaggeration_level, jobs.id, title
        FROM applications a JOIN jobs ON jobs.id = a.job_id WHERE a.id = ?
        """,
        key,
    ).fetchone()
    claims = [
        {"databaseId": claim[0], "claimType": claim[1], "riskLevel": claim[2], "credibilityImpact": claim[3]}
        for claim in db.execute(
            """
            SELECT id, claim_type, upper(risk_level), credibility_impact
            FROM experience_claims WHERE application_id = ? ORDER BY id
            """,
            key,
        )
    ]
    created = {
        "databaseId": row[0],
        "status": row[1],
        "integrityScore": row[2],
        "credibilityRating": row[3],
        "exaggerationLevel": row[4],
        "job": {"databaseId": row[5], "title": row[6]},
        "experienceClaims": claims,
    }
    return {"createApplication": {"application": created, "userErrors": []}}


def _keys(numbers: Iterable[int]) -> tuple[str]:
    return (orjson.dumps(list(numbers)).decode(),)


APPLICATION = (
    *("databaseId", "applicationDate", "status", "coverLetterVersion", "resumeVersion", "interviewDate"),
    *("responseDate", "notes", "credibilityRating", "exaggerationLevel", "integrityScore", "job"),
)
JOB = (
    *("databaseId", "title", "company", "location", "salaryMin", "salaryMax", "description", "requirements"),
    *("benefits", "jobUrl", "sourceSite", "scrapedDate", "postingDate", "applicationDeadline", "remoteOption"),
    *("jobType", "experienceLevel", "industry", "keywords", "status"),
)
CLAIM = (
    *("databaseId", "claimType", "originalExperience", "claimedExperience", "exaggerationMultiplier"),
    *("credibilityImpact", "riskLevel", "justification"),
)
OPERATIONS = {
    "W1": job,
    "W2": jobs,
    "W3": lambda db, variables: applications(db, 50),
    "W4": application,
    "W5": companies,
    "W6": lambda db, variables: applications(db, 200),
    "W7": created_application,
}
