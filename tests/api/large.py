"""A large database, and what its statements cost: how many rows are looked at, not only which index is named."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from typing import Any

import asyncpg  # type: ignore[import-untyped] # has no types
import httpx
from sqlalchemy import event

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.sql.date_buckets import bucket_start
from jobbot_gql.db.url import normalise
from jobbot_gql.settings import load_settings
from tests.conftest import Api

# The data: made by the databases themselves, from the numbers 1 to n, the same on both.


def one_of(*words: str | None, step: int = 1) -> str:
    cases = " ".join(f"WHEN {place} THEN {'NULL' if word is None else repr(word)}" for place, word in enumerate(words))
    return f"CASE n * {step} % {len(words)} {cases} END"


def tables(sqlite: bool) -> dict[str, tuple[int, dict[str, str]]]:
    """Rows and columns of each table, the columns' values as SQL."""

    def ago(seconds: str) -> str:
        if sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f000', '2026-01-01', '-' || ({seconds}) || ' seconds')"
        return f"timestamptz '2026-01-01 00:00+00' - ({seconds}) * interval '1 second'"

    def days_ago(days: str) -> str:
        return f"date('2026-01-01', '-' || ({days}) || ' days')" if sqlite else f"date '2026-01-01' - ({days})"

    yes, no = ("1", "0") if sqlite else ("true", "false")
    # Numbers rise with the time, but for a few rows without one.
    at = {rows: f"CASE WHEN n % 1000 > 0 THEN {ago(f'({rows} - n) * 60')} END" for rows in (100_000, 50_000, 20_000)}
    return {
        "companies": (
            10_000,
            {
                "name": "'Company ' || n",
                "industry": one_of("Software", "Energy", "Retail", None),
                "size": one_of("small", "medium", "large"),
                "location": "'City ' || (n % 500)",
            },
        ),
        "jobs": (
            100_000,
            {
                "title": "'Title ' || (n * 7 % 5000) || ' Engineer'",
                "company": "'Company ' || (n * 7 % 10000 + 1)",
                "location": "CASE WHEN n % 20 > 0 THEN 'City ' || (n * 31 % 500) END",
                "salary_min": "CASE WHEN n % 3 > 0 THEN 30000 + n * 17 % 1000 * 100 END",
                "job_url": "'https://board.example/' || n",
                "source_site": one_of("indeed", "linkedin", "glassdoor", None),
                "scraped_date": at[100_000],
                "posting_date": days_ago("n % 365"),
                "remote_option": f"CASE n % 3 WHEN 0 THEN {yes} WHEN 1 THEN {no} END",
                "job_type": one_of("fulltime", "contract", "parttime", None, step=3),
                "experience_level": one_of("senior", "junior", None),
                "industry": one_of("Software", "Energy", "Retail", None),
                "status": "CASE WHEN n % 10 < 8 THEN 'discovered' WHEN n % 500 = 9 THEN 'offer' ELSE 'archived' END",
            },
        ),
        "job_sources": (
            100_000,
            {
                "job_id": "n",
                "source_site": "'indeed'",
                "external_id": "'in-' || n",
                "first_seen": ago("(100000 - n) * 60"),
                "last_seen": ago("(100000 - n) * 60"),
                "raw": "'{}'",
            },
        ),
        "applications": (
            50_000,
            {
                "job_id": "n * 2",
                "application_date": at[50_000],
                "status": "CASE WHEN n % 10 < 6 THEN 'submitted' WHEN n % 500 = 9 THEN 'offer_received'"
                " ELSE 'rejected' END",
                "integrity_score": "n % 101",
            },
        ),
        "employer_responses": (
            50_000,
            {
                "application_id": "n * 7 % 50000 + 1",
                "response_date": at[50_000],
                "response_type": "CASE WHEN n % 500 = 0 THEN 'offer' WHEN n % 2 = 0 THEN 'rejection' ELSE 'other' END",
            },
        ),
        "experience_claims": (
            50_000,
            {
                "application_id": "n * 7 % 50000 + 1",
                "claim_type": "CASE WHEN n % 500 = 0 THEN 'fabrication' ELSE 'omission' END",
                "risk_level": "CASE WHEN n % 500 = 0 THEN 'high' ELSE 'low' END",
                "original_experience": "'some'",
                "claimed_experience": "'more'",
            },
        ),
        "opportunities": (
            20_000,
            {
                "company_id": "n % 10000 + 1",
                "problem_description": "'slow'",
                "solution_approach": "'script'",
                "status": "CASE WHEN n % 500 = 0 THEN 'accepted' ELSE 'identified' END",
            },
        ),
        "outreach_campaigns": (
            20_000,
            {
                "company_id": "n % 10000 + 1",
                "opportunity_id": "n",
                "sent_date": at[20_000],
                "response_status": "CASE WHEN n % 500 = 0 THEN 'interested' ELSE 'sent' END",
            },
        ),
        '"references"': (100, {"name": "'Person ' || n"}),
        "reference_usages": (
            20_000,
            {"reference_id": "n % 100 + 1", "application_id": "n", "used_on": days_ago("(20000 - n) / 20")},
        ),
        "interviews": (20_000, {"application_id": "n", "starts_at": ago("n * 60"), "status": "'completed'"}),
        "contacts": (20_000, {"name": "'Person ' || n", "company": "'Company ' || (n % 10000 + 1)"}),
        "contact_links": (20_000, {"contact_id": "n", "job_id": "n * 5", "role": one_of("recruiter", "other")}),
        "follow_ups": (
            20_000,
            {
                "application_id": "n",
                "due_on": days_ago("(20000 - n) / 20"),
                "status": "CASE WHEN n % 10 = 0 THEN 'open' ELSE 'completed' END",
            },
        ),
        "postings": (20_000, {"digest": "'00' || n", "title": "'Title'", "company": "'Company'"}),
        "attached_documents": (
            20_000,
            {"kind": one_of("resume", "other"), "name": "'file ' || n", "sha256": "'00' || n"},
        ),
        "document_links": (20_000, {"application_id": "n", "document_id": "n * 7 % 20000 + 1"}),
        "tags": (20_000, {"job_id": "n", "name": "'tag ' || n % 50"}),
        "status_events": (
            100_000,
            {
                "job_id": "CASE n % 2 WHEN 0 THEN n END",
                "application_id": "CASE n % 2 WHEN 1 THEN n % 50000 + 1 END",
                "to_status": "'submitted'",
                "occurred_at": ago("(100000 - n) * 60"),
            },
        ),
    }


LARGE = {table: rows for table, (rows, _) in tables(sqlite=True).items() if rows >= 20_000}


def filling(sqlite: bool) -> Iterator[str]:
    """The statements that fill the tables."""
    for table, (rows, columns) in tables(sqlite).items():
        yield (
            f"INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608 - our own names
            f" WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})"
            f" SELECT {', '.join(columns.values())} FROM numbers"
        )


# What a statement costs.

MOST = 0.2
"""The share of a table's rows that may be looked at. More is a full scan in disguise: an index read from end to end."""
MOST_STEPS = 150_000
"""The same on SQLite, in instructions of its virtual machine: a row looked at takes six to ten."""
FEW_STEPS = 5_000
"""What a table's own order may take, which SQLite calls a scan, too."""


@dataclass
class Large:
    """A large database behind the API."""

    api: Api
    statements: list[tuple[str, Sequence[Any]]]
    """What the last operation sent, as the driver saw it."""
    explain: Callable[[str, Sequence[Any]], Any]
    """Gives what is wrong with how a statement is answered; empty if nothing is."""

    async def complaints(self, query: str, variables: dict[str, Any] | None = None) -> list[str]:
        """What is wrong with how the statements of an operation are answered."""
        await asyncio.sleep(0)  # asyncpg calls its query loggers in the next iteration of the loop
        self.statements.clear()
        await self.api.data(query, variables)
        await asyncio.sleep(0)
        # A statement that takes long may be sent again; and asyncpg looks types up.
        sent = {(sql, repr(values)): values for sql, values in self.statements if "typeinfo" not in sql}
        assert len(sent) == len(set(self.api.statements)) > 0
        return [f"{wrong}: {sql}" for (sql, _), values in sent.items() for wrong in await self.explain(sql, values)]

    async def cursor(self, root: str, number: int, order: str) -> str:
        """The cursor of a row in a list."""
        edges = f"{root}(filter: {{databaseId: {{eq: {number}}}}}{order}) {{ edges {{ cursor }} }}"
        data = await self.api.data(f"{{ {edges} }}")
        cursor: str = data[root]["edges"][0]["cursor"]
        return cursor


@asynccontextmanager
async def large_database(url: str) -> AsyncIterator[Large]:
    """Fill a migrated, empty database, without its triggers, which would take minutes; then the API on it."""
    async with AsyncExitStack() as stack:
        database = Database(normalise(url))
        stack.push_async_callback(database.dispose)
        if database.url.sqlite_path:
            sqlite = stack.enter_context(closing(sqlite3.connect(database.url.sqlite_path)))
            fill_sqlite(sqlite)
            explain = explain_sqlite(sqlite)
        else:
            plain = database.url.url.set(drivername="postgresql").render_as_string(hide_password=False)
            postgresql = await asyncpg.connect(plain)
            stack.push_async_callback(postgresql.close)
            await fill_postgresql(postgresql)
            explain = explain_postgresql(postgresql)
        statements: list[tuple[str, Sequence[Any]]] = []
        watch(database, statements)
        app = create_app(load_settings(env={}, dotenv=None), database)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost")
        yield Large(Api(await stack.enter_async_context(client), database), statements, explain)


def fill_sqlite(connection: sqlite3.Connection) -> None:
    for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        connection.execute(f'DROP TRIGGER "{name}"')
    for statement in filling(sqlite=True):
        connection.execute(statement)
    connection.execute("ANALYZE")
    connection.commit()
    connection.create_function("unicode_lower", 1, lambda text: text and text.lower(), deterministic=True)
    connection.create_function("bucket_start", -1, bucket_start, deterministic=True)


async def fill_postgresql(connection: Any) -> None:
    for table in tables(sqlite=False):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in filling(sqlite=False):
        await connection.execute(statement)
    # Statistics over all rows instead of a sample, which would let the planner choose anew in each run.
    await connection.execute("SET default_statistics_target = 1000")
    await connection.execute("VACUUM ANALYZE")  # which also tidies the GIN indexes up


def watch(database: Database, statements: list[tuple[str, Sequence[Any]]]) -> None:
    """Write down every SELECT that the database is sent, with its values."""

    @event.listens_for(database.reader.sync_engine, "connect")
    def listen(connection: Any, record: Any) -> None:
        driver = connection.driver_connection

        def note(sql: str, values: Sequence[Any] = ()) -> None:
            if sql.startswith(("SELECT", "WITH")):
                statements.append((sql, values))

        if database.dialect == "sqlite":
            driver._conn.set_trace_callback(note)
        else:
            driver.add_query_logger(lambda query: note(query.query, query.args))


def explain_sqlite(connection: sqlite3.Connection) -> Callable[[str, Sequence[Any]], Any]:
    async def explain(sql: str, values: Sequence[Any]) -> list[str]:
        details = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1000
            return 0

        connection.set_progress_handler(count, 1000)
        connection.execute(sql).fetchall()
        connection.set_progress_handler(None, 0)
        scanned = any(one.startswith("SCAN") and one.split()[1] in LARGE and " INDEX " not in one for one in details)
        return [f"{steps} steps ({'; '.join(details)})"] if steps > (FEW_STEPS if scanned else MOST_STEPS) else []

    return explain


def explain_postgresql(connection: Any) -> Callable[[str, Sequence[Any]], Any]:
    async def explain(sql: str, values: Sequence[Any]) -> list[str]:
        (plan,) = json.loads(await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values))
        return [wrong for node in nodes(plan["Plan"]) for wrong in complaints_about(node)]

    def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
        yield plan
        for child in plan.get("Plans", []):
            yield from nodes(child)

    def complaints_about(node: dict[str, Any]) -> Iterator[str]:
        if "Scan" not in node["Node Type"] or node.get("Relation Name") not in LARGE:
            return
        filtered = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
        looked_at = node["Actual Rows"] + filtered  # each time: a nested list may be read for many parents
        if node["Node Type"] == "Seq Scan" or looked_at > MOST * LARGE[node["Relation Name"]]:
            yield f"{node['Node Type']} of {looked_at} rows of {node['Relation Name']} {node.get('Index Name', '')}"

    return explain
