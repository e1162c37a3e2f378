"""The log of a running server: a JSON line for each operation, and never a value of the data or of a request."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from jobbot_gql.db.database import Database
from jobbot_gql.jobs.models import Job
from jobbot_gql.telemetry.logs import exception_fields
from jobbot_gql.telemetry.terminal import TerminalLines
from tests.web.conftest import Process, serving

SECRET = "Zaunkoenig"
"""A word that is in the data and in requests, and must never be in the log."""
BOARD = "query Board($like: String!) { jobs(filter: { title: { contains: $like } }) { totalCount nodes { title } } }"
BREAK = {
    # PostgreSQL quotes the text that is not a number.
    "postgresql": (
        "ALTER TABLE jobs RENAME TO kept",
        "CREATE VIEW jobs AS SELECT kept.* FROM kept WHERE title::integer > 0",
    ),
    "sqlite": (
        "ALTER TABLE jobs RENAME TO kept",
        "CREATE VIEW jobs AS SELECT kept.* FROM kept WHERE json(title) IS NOT NULL",
    ),
}


@pytest.fixture
async def running(database: Database, database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Process, str]]:
    """A server on a database with one job, whose title is secret."""
    async with database.transaction() as session:
        session.add(Job(title=SECRET, company="Feldweg Software"))
    with serving(tmp_path, DATABASE_URL=database_url, JOBBOT_MAX_DEPTH="5") as (process, url):
        yield process, url


async def ended(process: Process) -> list[dict[str, Any]]:
    """The events that a server has logged, which is stopped for that."""
    process.terminate()
    await asyncio.to_thread(process.wait, 20)
    process.end_of_log()
    assert SECRET not in "".join(process.log)
    *events, stopping = [json.loads(line) for line in process.log]
    assert stopping["event"].startswith("stopping: ")
    return events


@pytest.mark.process
async def test_an_operation(running: tuple[Process, str]) -> None:
    process, url = running
    body: dict[str, Any] = {"query": BOARD, "variables": {"like": SECRET}, "operationName": "Board"}
    async with httpx.AsyncClient(base_url=url) as client:
        answers = [await client.post("/graphql", json=body) for _ in range(2)]
        answers.append(await client.get("/graphql", params={**body, "variables": json.dumps(body["variables"])}))
    log = await ended(process)

    assert len(log) == 3
    for event, answer in zip(log, answers, strict=True):
        assert answer.json()["data"] == {"jobs": {"totalCount": 1, "nodes": [{"title": SECRET}]}}
        assert event.pop("time").endswith("Z")
        assert len(event.pop("request_id")) == 16
        assert 0 < event.pop("sql_ms") < event.pop("ms")
        assert event == {
            "level": "info",
            "event": "operation",
            "transport": "http",
            "actor": "local",
            "kind": "query",
            "name": "Board",
            "hash": sha256(BOARD.encode()).hexdigest(),
            "cost": 28,
            "route": "planned_levels",
            "statements": 2,
            "rows": 2,
            "bytes": len(answer.content),
        }


REJECTED: list[tuple[str, str, dict[str, Any]]] = [
    ("{ jobs { " + SECRET + " } }", "BAD_REQUEST", {"kind": "query"}),
    ("{ jobs(first: -1) { totalCount } }", "BAD_REQUEST", {"kind": "query", "cost": 2}),
    ("{ " + SECRET, "BAD_REQUEST", {}),
    ("{ a: jobs { nodes { applications { nodes { job { company } } } } } }", "QUERY_TOO_COMPLEX", {"limit": "depth"}),
    ("mutation { " + SECRET + " }", "METHOD_NOT_ALLOWED", {"kind": "mutation"}),
]
"""Documents, the code of their error over GET, and what else the log tells of them."""


@pytest.mark.process
async def test_operations_that_are_rejected(running: tuple[Process, str]) -> None:
    process, url = running
    async with httpx.AsyncClient(base_url=url) as client:
        answers = [(await client.get("/graphql", params={"query": query})).json() for query, *_ in REJECTED]
    log = await ended(process)

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == [code for _, code, _ in REJECTED]
    assert [
        (event["errors"], event["hash"], {name: event[name] for name in ("kind", "cost", "limit") if name in event})
        for event in log
    ] == [([code], sha256(query.encode()).hexdigest(), more) for query, code, more in REJECTED]


@pytest.mark.process
async def test_a_request_that_is_no_operation(running: tuple[Process, str]) -> None:
    process, url = running
    async with httpx.AsyncClient(base_url=url) as client:
        await client.get(f"/{SECRET}", params={"q": SECRET})
        await client.post("/graphql", json={"query": {SECRET: SECRET}})
        await client.post("/graphql", json={"query": "{ __typename }"}, headers={"Host": SECRET})
        await client.post("/graphql", json={"query": "{ a }"}, headers={"Origin": "https://evil.example"})
        await client.post("/graphql", json={"query": "{ a }"}, headers={"Origin": f"http://{SECRET}[0m"})
    log = await ended(process)

    keys = ("setting", "origin")
    assert [(event["status"], event["errors"], [event.get(key) for key in keys]) for event in log] == [
        (404, ["NOT_FOUND"], [None, None]),
        (400, ["BAD_REQUEST"], [None, None]),
        (400, ["BAD_REQUEST"], ["JOBBOT_ALLOWED_HOSTS", None]),
        (403, ["FORBIDDEN"], ["JOBBOT_ALLOWED_ORIGINS", "https://evil.example"]),
        (403, ["FORBIDDEN"], ["JOBBOT_ALLOWED_ORIGINS", None]),
    ]
    assert {event["event"] for event in log} == {"rejected request"}


@pytest.mark.process
async def test_a_fault_of_ours_is_told_without_values(running: tuple[Process, str], database: Database) -> None:
    process, url = running
    async with database.writer.begin() as connection:
        for statement in BREAK[database.dialect]:
            await connection.execute(text(statement))
    query = "{ jobs { nodes { title } } }"
    async with httpx.AsyncClient(base_url=url) as client:
        answer = (await client.post("/graphql", json={"query": query})).json()
    fault, operation = await ended(process)

    error_id = answer["errors"][0]["extensions"]["errorId"]
    assert SECRET not in json.dumps(answer)
    assert (fault["level"], fault["event"], fault["error_id"]) == ("error", f"internal error {error_id}", error_id)
    assert (operation["level"], operation["errors"]) == ("error", ["INTERNAL"])
    assert fault["request_id"] == operation["request_id"]
    assert fault["traceback"]
    if database.dialect == "postgresql":
        assert (fault["field"], fault["sqlstate"]) == ("jobs", "22P02")
        assert fault["exception"][-1].endswith("InvalidTextRepresentationError")
    else:
        assert fault["field"] == "jobs"
        assert fault["exception"][-1].endswith("OperationalError")


CREATE = """
mutation Add($input: CreateCompanyInput!) { createCompany(input: $input) { company { name } userErrors { message } } }
"""


@pytest.mark.process
async def test_a_write(running: tuple[Process, str], database: Database) -> None:
    process, url = running
    body = {"query": CREATE, "variables": {"input": {"name": SECRET, "painPoints": [SECRET]}}}
    async with httpx.AsyncClient(base_url=url) as client:
        written = (await client.post("/graphql", json=body)).json()
        async with database.writer.begin() as connection:
            await connection.execute(text("ALTER TABLE companies RENAME TO elsewhere"))
        failed = (await client.post("/graphql", json=body)).json()
    right, fault, wrong = await ended(process)

    assert written["data"]["createCompany"] == {"company": {"name": SECRET}, "userErrors": []}
    assert (right["kind"], right["name"], right["actor"], right["level"]) == ("mutation", "Add", "local", "info")
    assert right["statements"] >= 2
    assert right["rows"] >= 2
    (error,) = failed["errors"]
    assert error["message"] == f"Internal error {fault['error_id']}; the server's log has the details."
    assert (fault["field"], wrong["errors"]) == ("createCompany", ["INTERNAL"])
    assert fault["sql"]


@pytest.mark.process
async def test_operations_over_websocket(running: tuple[Process, str]) -> None:
    process, url = running
    protocols = [Subprotocol("graphql-transport-ws")]
    async with connect(url.replace("http", "ws") + f"/graphql?{SECRET}", subprotocols=protocols) as websocket:
        await websocket.send(json.dumps({"type": "connection_init", "payload": {"note": SECRET}}))
        for name, like in (("1", SECRET), ("2", 5)):
            payload = {"query": BOARD, "variables": {"like": like}}
            await websocket.send(json.dumps({"id": name, "type": "subscribe", "payload": payload}))
        seen = [json.loads(await asyncio.wait_for(websocket.recv(), 10)) for _ in range(5)]
    log = await ended(process)

    assert {message["type"] for message in seen} == {"connection_ack", "next", "complete"}
    wrong, right = sorted(log, key=lambda event: event["statements"])
    assert (right["transport"], right["name"], right["statements"], right["rows"]) == ("websocket", "Board", 2, 2)
    assert (wrong["transport"], wrong["name"], wrong["errors"]) == ("websocket", "Board", ["BAD_REQUEST"])


@pytest.mark.process
async def test_slow_operations_are_marked(database: Database, database_url: str, tmp_path: Path) -> None:
    async with database.transaction() as session:
        session.add(Job(title=SECRET, company="Feldweg Software"))
    with serving(tmp_path, "--slow-ms", "0", DATABASE_URL=database_url) as (process, url):
        async with httpx.AsyncClient(base_url=url) as client:
            for _ in range(2):  # in full, and on the short road
                await client.post("/graphql", json={"query": BOARD, "variables": {"like": SECRET}})
        log = await ended(process)

    assert len(log) == 2
    for event in log:
        assert (event["level"], event["slow"]) == ("warning", True)
        assert event["prepare_ms"] > 0
        assert event["execute_ms"] >= event["sql_ms"] >= event["slowest_sql_ms"] > 0
        assert "FROM jobs" in event["slowest_sql"]


WITH_USER_ERRORS = 'mutation Blank { createCompany(input: { name: " " }) { userErrors { code } } }'


@pytest.mark.process
async def test_lines_for_people(tmp_path: Path) -> None:
    with serving(tmp_path, JOBBOT_LOG_FORMAT="text") as (process, url):
        async with httpx.AsyncClient(base_url=url) as client:
            await client.post("/graphql", json={"query": "query Count { jobs { totalCount } }"})
            await client.post("/graphql", json={"query": "{ jobs(first: -1) { totalCount } }"})
            await client.post("/graphql", json={"query": WITH_USER_ERRORS})
            await client.post("/graphql", json={"query": "{ a }"}, headers={"Origin": "http://localhost:5173"})
            await client.get("/nowhere")
        process.terminate()
        await asyncio.to_thread(process.wait, 20)
        process.end_of_log()

    assert [re.sub(r"^\d\d:\d\d:\d\d  | +[\d,]+\.\d ms", "", line) for line in process.log] == [
        "query  Count\n",
        "query  (unnamed)  rejected: BAD_REQUEST\n",
        "mutation  Blank  rejected: REQUIRED\n",
        "rejected     403 FORBIDDEN  page of http://localhost:5173;"
        " allow it with JOBBOT_ALLOWED_ORIGINS=http://localhost:5173\n",
        "rejected     404 NOT_FOUND\n",
        "stopping: running requests are finished first (Ctrl-C again ends them)\n",
    ]


def test_colours() -> None:
    event = {"time": datetime(2026, 3, 1, tzinfo=UTC), "level": "info", "event": "rejected request", "status": 404}
    plain, coloured = (TerminalLines(colours=colours)({**event, "errors": ["NOT_FOUND"]}) for colours in (False, True))

    assert b"\x1b" not in plain
    assert b"\x1b[33mrejected     404 NOT_FOUND\x1b[0m\n" in coloured


async def test_what_a_database_rejects_is_told_without_the_row(database: Database) -> None:
    async def add() -> None:
        async with database.transaction() as session:
            session.add(Job(title=SECRET, company="Feldweg Software", job_url=f"https://example.org/{SECRET}"))

    await add()
    with pytest.raises(DBAPIError) as rejected:
        await add()
    told = exception_fields(rejected.value)

    assert SECRET not in json.dumps(told)
    assert told["exception"][0] == "sqlalchemy.exc.IntegrityError"
    assert told["sql"].startswith("INSERT INTO jobs ")
    if database.dialect == "postgresql":
        assert (told["sqlstate"], told["table_name"]) == ("23505", "jobs")
    else:
        assert told["sqlite_error"] == "SQLITE_CONSTRAINT_UNIQUE"
        assert told["constraint_name"] == "UNIQUE constraint failed: jobs.job_url"


@pytest.mark.process
async def test_whoever_asks_is_shown_every_statement_with_its_values(database_url: str, tmp_path: Path) -> None:
    add = f'mutation {{ createJob(input: {{ title: "{SECRET}", company: "C" }}) {{ job {{ version }} }} }}'
    with serving(tmp_path, DATABASE_URL=database_url, SQLALCHEMY_ECHO="true") as (process, url):
        async with httpx.AsyncClient(base_url=url) as client:
            await client.post("/graphql", json={"query": add})
            await client.post("/graphql", json={"query": BOARD, "variables": {"like": SECRET}})
        process.terminate()
        await asyncio.to_thread(process.wait, 20)
        process.end_of_log()
    events = [json.loads(line)["event"] for line in process.log if line.startswith("{")]
    sent = {event for event, values in pairwise(events) if SECRET in values}
    assert any("INSERT INTO jobs (id, title, " in sql for sql in sent)
    assert any(sql.startswith("SELECT jobs.id, jobs.title") for sql in sent)
