"""A database that may not be written to: reading goes on, writes have a code of their own, and the log warns once."""

import asyncio
import logging
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped]
import httpx
import pytest
from sqlalchemy import text

from jobbot_gql.access import tokens
from jobbot_gql.access.clients import Scope
from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.settings import load_settings

pytestmark = pytest.mark.process

QUERY = {"query": "{ jobs { totalCount } }"}
CREATE = {"query": 'mutation { createJob(input: { title: "T", company: "C" }) { job { id } } }'}


@asynccontextmanager
async def client(url: str, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    database = Database(normalise(url))
    app = create_app(load_settings({"JOBBOT_EXECUTION_TIMEOUT": "60", **settings}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as http:
        yield http
    await asyncio.sleep(0.1)  # for what is noted in the background
    await database.dispose()


async def is_read_only(http: httpx.AsyncClient, caplog: pytest.LogCaptureFixture, *, known: bool) -> None:
    """Reading works; every write is rejected, and the log says so once. `known`: readiness sees it before a write."""
    caplog.set_level(logging.WARNING)
    if known:
        ready = await http.get("/health/ready")
        assert (ready.status_code, ready.json()["writes"]) == (200, "unavailable")
    for _ in range(3):
        (error,) = (await http.post("/graphql", json=CREATE)).json()["errors"]
        assert error["extensions"]["code"] == "READ_ONLY"
        assert error["message"].startswith("The database is read-only: nothing was written.")
    assert (await http.post("/graphql", json=QUERY)).json()["data"] == {"jobs": {"totalCount": 0}}
    await asyncio.sleep(0.6)  # readiness is known for half a second
    ready = await http.get("/health/ready")
    assert (ready.status_code, ready.json()["writes"]) == (200, "unavailable")
    assert [record.getMessage() for record in caplog.records if record.name.startswith("jobbot_gql")] == ["writes fail"]


async def becomes_writable(http: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while (await http.get("/health/ready")).json().get("writes") != "available":  # noqa: ASYNC110 - of the check
            await asyncio.sleep(0.1)
    assert "errors" not in (await http.post("/graphql", json=CREATE)).json()


@contextmanager
def mounted_read_only(file: Path) -> Iterator[None]:
    mount = shutil.which("mount") or "mount"
    for options in (["--bind"], ["-o", "remount,ro,bind"]):
        done = subprocess.run(  # noqa: S603 - of ours
            [mount, *options, str(file), str(file)], check=False, capture_output=True, text=True
        )
        if done.returncode:
            reason = f"no file can be mounted here: {done.stderr}"
            pytest.skip(reason)  # mounting takes root's rights, which CI has and a contributor need not have
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(file)], check=True)  # noqa: S603, S607 - of ours


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_read_only_file(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    with mounted_read_only(Path(database_url.removeprefix("sqlite:///"))):
        async with client(database_url) as http:
            await is_read_only(http, caplog, known=True)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_change_log_that_may_not_be_updated(
    database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.writer.begin() as connection:
        await connection.execute(
            text("CREATE TRIGGER kept BEFORE UPDATE ON change_log BEGIN SELECT RAISE(ABORT, 'append only'); END")
        )
    async with client(database_url) as http:
        await is_read_only(http, caplog, known=False)
        async with database.writer.begin() as connection:
            await connection.execute(text("DROP TRIGGER kept"))
        await becomes_writable(http)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_read_only_server(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    url = normalise(database_url).url
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    await connection.execute(f'ALTER DATABASE "{url.database}" SET default_transaction_read_only = on')
    async with client(database_url) as http:
        await is_read_only(http, caplog, known=True)
        await connection.execute(f'ALTER DATABASE "{url.database}" SET default_transaction_read_only = off')
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await becomes_writable(http)
    await connection.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_role_that_may_not_write(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    url = normalise(database_url).url
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    role = f"reader_{uuid4().hex}"
    await connection.execute(
        f"CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};"
        f" GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role};"
        f" REVOKE INSERT, UPDATE ON change_log FROM {role}"
    )
    try:
        async with client(url.set(username=role).render_as_string(hide_password=False)) as http:
            await is_read_only(http, caplog, known=False)
            await connection.execute(f"GRANT INSERT, UPDATE ON change_log TO {role}")
            await becomes_writable(http)
    finally:
        await connection.execute(f"DROP OWNED BY {role}; DROP ROLE {role}")
        await connection.close()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_tokens_are_good_and_warned_about_once(
    database: Database, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    async with database.transaction() as session:
        made = [(await tokens.create(session, f"bot-{number}", frozenset({Scope.READ})))[1] for number in range(3)]
    name = normalise(database_url).url.database
    async with database.writer.begin() as connection:
        await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    async with client(database_url, JOBBOT_REQUIRE_TOKEN="true") as http:
        for token in made:
            answer = await http.post("/graphql", json=QUERY, headers={"Authorization": f"Bearer {token}"})
            assert answer.json()["data"] == {"jobs": {"totalCount": 0}}
            await asyncio.sleep(0.1)  # for what is noted in the background
    records = [record.getMessage() for record in caplog.records if record.name.startswith("jobbot_gql")]
    assert sorted(records) == ["last use of tokens not recorded", "writes fail"]
