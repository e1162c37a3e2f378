"""Who may export, how long, and what is said when it fails."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.exporting.pages import PAGE_ROWS
from jobbot_gql.jobs.models import Job
from jobbot_gql.models import Company
from jobbot_gql.settings import load_settings
from jobbot_gql.telemetry.logs import Log
from jobbot_gql.web import exports
from tests.access.conftest import Make, make  # noqa: F401 - a fixture
from tests.conftest import Api, everything

REJECTED: dict[str, tuple[str, dict[str, Any], int, str]] = {
    "unknown export": ("job.csv", {}, 404, "Unknown export 'job'. Did you mean jobs?"),
    "unknown format": (
        "jobs.pdf", {}, 404,
        "The name of an export must be bundle.zip or end with .csv, .jsonl, .json; got 'jobs.pdf'.",
    ),
    "unknown parameter": ("jobs.csv", {"filters": "{}"}, 400, "Unknown parameter 'filters'. Did you mean filter?"),
    "repeated parameter": ("jobs.csv", {"filter": ["{}"] * 2}, 400, "filter must be given once; got 2 values."),
    "no JSON": (
        "jobs.csv", {"filter": "{"}, 400,
        "filter must be JSON (unexpected end of data: line 1 column 2 (char 1)); got '{'.",
    ),
    "unknown field": ("jobs.csv", {"filter": '{"x": 1}'}, 400, "Unknown field 'x' in filter (JobFilter)."),
    "wrong type": ("jobs.csv", {"filter": '{"title": {"eq": 1}}'}, 400, "filter.title.eq must be a string; got 1."),
    "unknown order": (
        "jobs.csv", {"orderBy": '{"field": "TITEL"}'}, 400,
        "Unknown JobOrderField 'TITEL' in orderBy.field. Did you mean TITLE?",
    ),
    "unknown column": (
        "jobs.csv", {"columns": "titel"}, 400,
        "columns: unknown column 'titel' of Job. Did you mean title?",
    ),
    "column twice": ("jobs.csv", {"columns": "id,id"}, 400, "columns: 'id' is given twice. Name each column once."),
    "many rows": (
        "jobs.csv", {"columns": "applications.id"}, 400,
        "columns: 'applications.id' follows applications of Job, which leads to many rows. Export those rows instead.",
    ),
    "column of a column": (
        "jobs.csv", {"columns": "title.id"}, 400,
        "columns: 'title.id' follows title of Job, which is a column and no relation. Name the column itself.",
    ),
    "excelSafe": ("jobs.csv", {"excelSafe": "1"}, 400, "excelSafe must be true or false; got '1'."),
    "excelSafe of JSON": (
        "jobs.json", {"excelSafe": "true"}, 400,
        "excelSafe is for formats that spreadsheets open; json is none. Omit it.",
    ),
    "deep filter": (
        "jobs.csv", {"filter": '{"not":' * 30 + "{}" + "}" * 30}, 400,
        "The operation is too complex: valueDepth is 31, at most 20 is allowed (JOBBOT_MAX_VALUE_DEPTH).",
    ),
}  # fmt: skip


@pytest.fixture
def served(database: Database) -> Any:
    """Makes the application on the test's database, under settings."""

    def make_client(log: Log | None = None, **settings: str) -> httpx.AsyncClient:
        app = create_app(load_settings(settings, dotenv=None), database, log)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://localhost")

    return make_client


def error(response: httpx.Response) -> tuple[int, str, str]:
    (found,) = response.json()["errors"]
    return response.status_code, found["extensions"]["code"], found["message"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")  # nothing is read
@pytest.mark.parametrize("case", REJECTED)
async def test_what_is_wrong_is_said(api: Api, case: str) -> None:
    name, parameters, status, message = REJECTED[case]
    before = await everything(api.database)
    response = await api.http.get(f"/export/{name}", params=parameters)

    assert (error(response)[0], error(response)[2]) == (status, message)
    assert await everything(api.database) == before


async def test_exports_need_the_scope_read(served: Any, make: Make) -> None:  # noqa: F811
    tokens = {scope: await make(scope, scope) for scope in ("read", "write", "import", "admin")}
    async with served(JOBBOT_REQUIRE_TOKEN="yes") as client:
        statuses = {
            scope: (await client.get("/export/jobs.csv", headers={"Authorization": f"Bearer {token}"})).status_code
            for scope, token in tokens.items()
        }
        nobody = await client.get("/export/jobs.csv")

    assert statuses == {"read": 200, "write": 403, "import": 403, "admin": 403}
    assert nobody.status_code == 401


async def test_only_get_and_head(api: Api) -> None:
    head = await api.http.head("/export/jobs.csv")
    post = await api.http.post("/export/jobs.csv")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert (post.status_code, post.headers["allow"]) == (405, "GET, HEAD")


async def test_trusted_documents_turn_exports_off(served: Any, tmp_path: Path) -> None:
    (tmp_path / "documents.json").write_text("{}")
    async with served(JOBBOT_TRUSTED_DOCUMENTS=str(tmp_path)) as client:
        found = error(await client.get("/export/jobs.csv"))

    assert found[:2] == (403, "FORBIDDEN")


async def test_the_time_limit_is_its_own(api: Api, served: Any) -> None:
    await api.add(*(Job(title="T", company="C", salary_min=number) for number in range(PAGE_ROWS + 1)))
    async with served(JOBBOT_EXPORT_TIMEOUT="0.000001", JOBBOT_EXECUTION_TIMEOUT="60") as client:
        found = error(await client.get("/export/jobs.csv"))
    async with served(JOBBOT_EXPORT_TIMEOUT="60", JOBBOT_EXECUTION_TIMEOUT="0.000001") as client:
        response = await client.get("/export/jobs.csv")

    assert found == (
        504,
        "TIMEOUT",
        "The export exceeded its time limit of 1e-06 s (JOBBOT_EXPORT_TIMEOUT) and was stopped."
        " Export fewer rows, or use `jobbot-gql export`, which has no time limit.",
    )
    assert (response.status_code, response.text.count("\n")) == (200, PAGE_ROWS + 2)


class Client:
    """An ASGI client that reads one part at a time, and waits for `resume` after the first."""

    def __init__(self) -> None:
        self.status = 0
        self.body = b""
        self.first = asyncio.Event()
        self.resume = asyncio.Event()
        self.gone = asyncio.Event()

    async def export(self, app: Any, name: str) -> None:
        """Request an export and read it."""
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": f"/export/{name}", "raw_path": f"/export/{name}".encode(), "query_string": b"", "root_path": "",
            "headers": [(b"host", b"localhost")], "client": ("127.0.0.1", 1), "server": ("localhost", 80),
        }  # fmt: skip
        await app(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.status = message.get("status", self.status)
        self.body += message.get("body", b"")
        if message["type"] == "http.response.body" and not self.first.is_set():
            self.first.set()
            await self.resume.wait()


@pytest.fixture
async def jobs(api: Api) -> Api:
    """The API with three pages of jobs."""
    await api.add(*(Job(title=f"T{number}", company="C") for number in range(2 * PAGE_ROWS + 1)))
    return api


async def test_an_export_is_one_snapshot(jobs: Api) -> None:
    client = Client()
    app = create_app(load_settings({}, dotenv=None), jobs.database)
    running = asyncio.create_task(client.export(app, "jobs.csv"))
    await client.first.wait()
    await jobs.add(Company(name="New"))
    async with jobs.database.transaction() as session:
        await session.execute(text("UPDATE jobs SET title = 'changed'"))
        await session.execute(text("DELETE FROM jobs WHERE id % 2 = 0"))
    client.resume.set()
    await running

    assert client.body.count(b"\r\n") == 2 * PAGE_ROWS + 2
    assert b"changed" not in client.body


async def test_the_connection_is_given_back_when_the_client_disconnects(jobs: Api, caplog: Any) -> None:
    client = Client()
    app = create_app(load_settings({}, dotenv=None), jobs.database)
    running = asyncio.create_task(client.export(app, "jobs.csv"))
    await client.first.wait()
    assert jobs.database.connection_cache.used == 1
    client.gone.set()
    await asyncio.sleep(0)
    client.resume.set()
    await running

    assert client.body.count(b"\r\n") < 2 * PAGE_ROWS
    assert jobs.database.connection_cache.used == 0
    assert app.state.operations.outcomes["export", exports.DISCONNECTED] == 1


async def test_a_failure_on_the_way_ends_the_connection(jobs: Api) -> None:
    client = Client()
    app = create_app(load_settings({"JOBBOT_EXPORT_TIMEOUT": "0.5"}, dotenv=None), jobs.database)
    running = asyncio.create_task(client.export(app, "jobs.csv"))
    await client.first.wait()

    with pytest.raises(exports.ExportInterrupted):  # the server closes the connection on any exception
        await running
    assert client.status == 200
    assert client.body.count(b"\r\n") < 2 * PAGE_ROWS
    assert app.state.operations.outcomes["export", "TIMEOUT"] == 1
    assert jobs.database.connection_cache.used == 0


async def test_a_few_exports_at_a_time(jobs: Api) -> None:
    app = create_app(load_settings({}, dotenv=None), jobs.database)
    clients = [Client() for _ in range(exports.MAX_EXPORTS)]
    running = [asyncio.create_task(client.export(app, "jobs.csv")) for client in clients]
    await asyncio.gather(*(client.first.wait() for client in clients))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        response = await http.get("/export/jobs.csv")
        for client in clients:
            client.resume.set()
        await asyncio.gather(*running)
        after = await http.get("/export/jobs.csv")

    assert error(response) == (503, "UNAVAILABLE", "At most 4 exports may run at a time. Try again later.")
    assert response.headers["retry-after"] == "10"
    assert after.status_code == 200


async def test_the_log_and_the_metrics_count_exports_without_values(jobs: Api, served: Any) -> None:
    read, write = os.pipe()
    log = Log(write, as_json=True)
    async with served(log) as client:
        await client.get("/export/jobs.csv", params={"columns": "title", "filter": '{"title": {"eq": "T7"}}'})
        await client.get("/export/jobs.csv", params={"filter": '{"title": {"eq": 7}}'})
        metrics = (await client.get("/metrics")).text
    log.flush()
    os.close(write)
    with os.fdopen(read, "rb") as lines:
        good, bad = (json.loads(line) for line in lines)

    assert good | {"time": 0, "ms": 0, "sql_ms": 0, "request_id": 0} == {
        "time": 0, "level": "info", "event": "operation", "request_id": 0, "transport": "http", "actor": "local",
        "kind": "export", "name": "jobs.csv", "ms": 0, "statements": 1, "rows": 1, "sql_ms": 0, "bytes": 11,
    }  # fmt: skip
    assert bad["errors"] == ["BAD_REQUEST"]
    assert "name" not in bad
    assert 'jobbot_operations_total{kind="export",outcome="OK"} 1.0' in metrics
    assert 'jobbot_operations_total{kind="export",outcome="BAD_REQUEST"} 1.0' in metrics
