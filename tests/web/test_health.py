"""What probes are told, and how the service gets over a database that goes away, hangs, or is not there at all."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.settings import load_settings
from jobbot_gql.upkeep.migrations import migrate
from tests.conftest import Api
from tests.postgres import Cluster, own_cluster
from tests.web.conftest import serving

pytestmark = pytest.mark.process

READY = {"status": "ready", "database": "reachable", "schema": "current", "writes": "available"}
UNREACHABLE = {"status": "unavailable", "database": "unreachable"}
REPLACED = {"status": "unavailable", "database": "removed or replaced"}
CREATE = {"query": 'mutation { createJob(input: { title: "T", company: "C" }) { job { id } } }'}
QUERY = {"query": "{ jobs { totalCount nodes { title applications { totalCount } } } }"}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that the tests may do anything to; it runs when a test begins."""
    with own_cluster() as cluster:
        asyncio.run(migrate(normalise(cluster.url)))
        yield cluster


@pytest.fixture(scope="module")
def url(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server on it."""
    folder = tmp_path_factory.mktemp("health")
    with serving(folder, DATABASE_URL=cluster.url, JOBBOT_EXECUTION_TIMEOUT="2") as (_, url):
        yield url


@pytest.fixture
async def client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=url, timeout=30) as client:
        yield client


async def readiness(client: httpx.AsyncClient) -> tuple[int, dict[str, str]]:
    response = await client.get("/health/ready")
    return response.status_code, response.json()


async def becomes(client: httpx.AsyncClient, expected: tuple[int, dict[str, str]]) -> None:
    """Wait for what a probe is told. Raises TimeoutError."""
    async with asyncio.timeout(20):
        while await readiness(client) != expected:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.1)


async def test_ready(api: Api) -> None:
    assert await readiness(api.http) == (200, READY)
    assert (await api.http.get("/health/live")).json() == {"status": "live"}


async def test_a_schema_of_another_version(api: Api) -> None:
    async with api.database.writer.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))

    other = {"status": "unavailable", "database": "reachable", "schema": "of another version"}
    assert await readiness(api.http) == (503, other)


async def test_probes_may_ask_by_any_host_name(api: Api) -> None:
    assert (await api.http.get("/health/ready", headers={"Host": "10.0.0.7:8000"})).status_code == 200
    assert (await api.http.get("/graphql?query={__typename}", headers={"Host": "10.0.0.7:8000"})).status_code == 400


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("fault", ["removed", "replaced", "log removed"])
async def test_a_file_that_is_removed_or_replaced(api: Api, tmp_path: Path, fault: str) -> None:
    """What is acknowledged is in the file that has the name; nothing else is acknowledged."""
    path, log, elsewhere = tmp_path / "test.db", tmp_path / "test.db-wal", tmp_path / "elsewhere"
    first = (await api.http.post("/graphql", json=CREATE)).json()
    assert "errors" not in first
    assert await readiness(api.http) == (200, READY)

    (log if fault == "log removed" else path).rename(elsewhere)
    if fault == "replaced":
        path.write_bytes(elsewhere.read_bytes())
    for _ in range(2):
        lost = await api.http.post("/graphql", json=CREATE)
        assert lost.status_code == 503
        (error,) = lost.json()["errors"]
        assert error["extensions"]["code"] == "UNAVAILABLE"
        assert error["message"] == (
            "The database file was removed or replaced: nothing was written. An administrator must restart the server."
        )
    if fault != "log removed":
        await becomes(api.http, (503, REPLACED))

    if fault == "replaced":
        path.unlink()
    elsewhere.rename(log if fault == "log removed" else path)
    await becomes(api.http, (200, READY))
    assert "errors" not in (await api.http.post("/graphql", json=CREATE)).json()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM jobs").fetchone() == (2,)


async def test_no_database_is_created_by_connecting(tmp_path: Path) -> None:
    database = Database(normalise(f"sqlite:///{tmp_path}/none.db"))
    app = create_app(load_settings({}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert await readiness(client) == (503, UNREACHABLE)
        assert (await client.post("/graphql", json=CREATE)).status_code == 503
    await database.dispose()
    assert not (tmp_path / "none.db").exists()


async def test_every_connection_in_use(database_url: str) -> None:
    database = Database(normalise(database_url), pool_size=1, max_overflow=0, pool_timeout=1)
    app = create_app(load_settings({}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        busy = database.snapshot()
        await busy.rows(text("SELECT 1"))
        answer = await client.post("/graphql", json=QUERY)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
        await becomes(client, (503, {"status": "unavailable", "database": "no free connection"}))

        await busy.close()
        await becomes(client, (200, READY))
    await database.dispose()


@pytest.mark.slow
async def test_the_database_restarts_under_load(client: httpx.AsyncClient, cluster: Cluster) -> None:
    await becomes(client, (200, READY))
    answers: Counter[tuple[int, str]] = Counter()
    stop = asyncio.Event()

    async def load() -> None:
        while not stop.is_set():
            response = await client.post("/graphql", json=random.choice([QUERY, CREATE]))  # noqa: S311 - no secret
            errors = response.json().get("errors", [])
            answers[response.status_code, errors[0]["extensions"]["code"] if errors else "OK"] += 1

    clients = [asyncio.create_task(load()) for _ in range(8)]
    for end in (cluster.stop, *[cluster.kill] * 10):
        await asyncio.sleep(0.5)
        await asyncio.to_thread(end)
        await becomes(client, (503, UNREACHABLE))
        assert (await client.get("/health/live")).status_code == 200
        rejected = await client.post("/graphql", json=QUERY)
        assert (rejected.status_code, rejected.headers["Retry-After"]) == (503, "1")
        await asyncio.to_thread(cluster.start)
        await becomes(client, (200, READY))
        served = await client.post("/graphql", json=QUERY)
        assert "errors" not in served.json()
    stop.set()
    await asyncio.gather(*clients)

    # With 200: written, and what was to be shown of it could not be read. A busy machine may connect too late for some.
    assert set(answers) - {(200, "UNAVAILABLE"), (504, "TIMEOUT")} == {(200, "OK"), (503, "UNAVAILABLE")}
    assert answers[200, "OK"] > 50


async def test_a_database_that_hangs(client: httpx.AsyncClient, cluster: Cluster) -> None:
    await becomes(client, (200, READY))
    cluster.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(1)  # what is known of it is older than that
        began = time.monotonic()
        probes = await asyncio.gather(*(readiness(client) for _ in range(50)))
        assert time.monotonic() - began < 10
        answer = await client.post("/graphql", json=QUERY)
    finally:
        cluster.signal(signal.SIGCONT)

    assert [status for status, _ in probes] == [503] * 50
    assert {found["database"] for _, found in probes} == {"does not answer"}
    assert answer.json()["errors"][0]["extensions"]["code"] in {"TIMEOUT", "UNAVAILABLE"}
    await becomes(client, (200, READY))


def test_a_database_that_is_not_there_at_the_start(cluster: Cluster, tmp_path: Path) -> None:
    cluster.stop()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "jobbot_gql", "serve", "--port", "0"],
            cwd=tmp_path,
            env={**os.environ, "DATABASE_URL": cluster.url},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        cluster.start()

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("jobbot-gql: cannot reach PostgreSQL at 127.0.0.1:")
