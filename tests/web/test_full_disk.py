"""A disk that is full: clear errors, nothing half-written, reading goes on, and writing when there is room again.

The disks are small file systems in memory, which only root can mount. On PostgreSQL the tables are on such a disk, and
the write-ahead log is not: without room for that the server itself stops, which test_health is about.
"""

import asyncio
import json
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import httpx
import pytest

from jobbot_gql.db.url import normalise
from jobbot_gql.upkeep.migrations import migrate
from tests.commands import run
from tests.conftest import database_at
from tests.postgres import own_cluster
from tests.web.conftest import Process, serving

pytestmark = pytest.mark.process

CREATE = "mutation($input: CreateJobInput!) { createJob(input: $input) { job { id title } userErrors { message } } }"
TITLES = "{ jobs(first: 250, orderBy: { field: TITLE }) { totalCount nodes { title description } } }"
DESCRIPTION = " ".join(sha256(str(number).encode()).hexdigest() for number in range(1_000))
"""A text of 65,000 characters that cannot be compressed well."""


@contextmanager
def disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A disk of its own, with a file `ballast` that takes a megabyte and a half."""
    folder.mkdir()
    mounted = _command("mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder))
    if mounted.returncode:
        reason = f"no file system can be mounted here: {mounted.stderr}"
        pytest.skip(reason)  # mounting takes root's rights, which CI has and a contributor need not have
    try:
        (folder / "ballast").write_bytes(bytes(1_500_000))
        yield folder
    finally:
        _command("umount", "--lazy", str(folder))


def _command(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - of ours


@dataclass
class Full:
    """A server on a small disk."""

    http: httpx.AsyncClient
    disk: Path
    process: Process

    async def create(self, number: int) -> dict[str, Any]:
        """The answer to the creation of a job with a long description."""
        job = {"title": f"Job {number:04}", "company": "Feldweg Software", "description": DESCRIPTION}
        response = await self.http.post("/graphql", json={"query": CREATE, "variables": {"input": job}})
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer

    async def titles(self) -> list[str]:
        """The titles of all jobs, each of which is whole."""
        answer = (await self.http.post("/graphql", json={"query": TITLES})).json()
        assert {node["description"] for node in answer["data"]["jobs"]["nodes"]} <= {DESCRIPTION}
        return [node["title"] for node in answer["data"]["jobs"]["nodes"]]


@pytest.fixture
async def full(engine: str, tmp_path: Path) -> AsyncIterator[Full]:
    """A server on a disk that has room for a few jobs."""
    if engine == "sqlite":
        with disk(tmp_path / "disk", 5) as small:
            url = f"sqlite:///{small}/jobs.db"
            with serving(tmp_path, DATABASE_URL=url) as (process, base):
                async with httpx.AsyncClient(base_url=base, timeout=30) as http:
                    yield Full(http, small, process)
        return
    with own_cluster() as cluster, disk(cluster.folder / "small", 24) as small:
        (small / "tables").mkdir()
        cluster.give(small / "tables")
        connection = await asyncpg.connect(cluster.url)
        await connection.execute(f"CREATE TABLESPACE small LOCATION '{small / 'tables'}'")
        await connection.execute("CREATE DATABASE small TABLESPACE small")
        await connection.close()
        url = database_at(cluster.url, "small")
        await migrate(normalise(url))
        with serving(tmp_path, DATABASE_URL=url) as (process, base):
            async with httpx.AsyncClient(base_url=base, timeout=30) as http:
                yield Full(http, small, process)


async def test_a_disk_that_fills_up(full: Full) -> None:
    written: list[str] = []
    while "errors" not in (answer := await full.create(len(written))):
        written.append(answer["data"]["createJob"]["job"]["title"])
        assert len(written) < 250
    (error,) = answer["errors"]

    assert len(written) > 3
    assert error["message"] == "The database has no space left. Nothing was saved; stored data can still be read."
    assert (error["extensions"]["code"], error["path"]) == ("STORAGE_FULL", ["createJob"])
    assert await full.titles() == written
    again = await full.create(len(written))
    assert again["errors"][0]["extensions"]["code"] == "STORAGE_FULL"
    assert await full.titles() == written
    ready = await full.http.get("/health/ready")
    assert (ready.status_code, ready.json()["writes"]) == (200, "unavailable")

    (full.disk / "ballast").unlink()
    async with asyncio.timeout(60):
        while (await full.http.get("/health/ready")).json()["writes"] != "available":  # noqa: ASYNC110 - of the server
            await asyncio.sleep(0.2)
    title = (await full.create(len(written)))["data"]["createJob"]["job"]["title"]
    assert await full.titles() == [*written, title]

    full.process.terminate()
    await asyncio.to_thread(full.process.wait, 20)
    full.process.end_of_log()
    assert [
        event["level"] for event in map(json.loads, full.process.log) if "STORAGE_FULL" in event.get("errors", ())
    ] == [
        "error",
        "error",
    ]
    if (full.disk / "jobs.db").exists():
        with closing(sqlite3.connect(full.disk / "jobs.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_an_import_onto_a_full_disk(tmp_path: Path) -> None:
    rows = [f"in-{number},https://x.example/{number},Engineer {number},Acme,{'x' * 20_000}" for number in range(200)]
    scrape = tmp_path / "scrape.csv"
    scrape.write_text("id,job_url,title,company,description\n" + "\n".join(rows) + "\n")
    with disk(tmp_path / "disk", 4) as small:
        environment = {"DATABASE_URL": f"sqlite:///{small}/jobs.db"}
        assert run(tmp_path, "migrate", **environment).returncode == 0
        done = run(tmp_path, "import", str(scrape), **environment)

        assert (done.returncode, done.stderr) == (
            1,
            f"jobbot-gql: {small}/jobs.db has no space left; unfinished work was rolled back:"
            " free some space and try again\n",
        )
        with closing(sqlite3.connect(small / "jobs.db")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("SELECT count(*) FROM jobs").fetchall() == [(0,)]
        assert _command("mount", "-o", "remount,size=40m", str(small)).returncode == 0
        assert run(tmp_path, "import", str(scrape), **environment).returncode == 0
        with closing(sqlite3.connect(small / "jobs.db")) as connection:
            assert connection.execute("SELECT count(*) FROM jobs").fetchall() == [(200,)]
