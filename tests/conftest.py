"""Fixtures: the real application on a real database of each engine, made by the migrations, spoken to over HTTP."""

import json
import logging
import os
import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from hypothesis import settings as hypothesis
from sqlalchemy import event

import tests.library_contracts.contract  # noqa: F401 - says which library has changed if nothing can be imported
from jobbot_gql.app import create_app
from jobbot_gql.db.base import Base
from jobbot_gql.db.database import Database
from jobbot_gql.db.read import read_transaction
from jobbot_gql.db.url import normalise
from jobbot_gql.settings import load_settings
from jobbot_gql.upkeep.migrations import migrate
from tests.postgres import create_database, drop_database, memory, running_postgres

pytest_plugins = ["tests.markers", "tests.routes"]

# SQLite waits for the disk at each commit: the files of tests are in memory where it has room.
if folder := memory():
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", folder)

# The same examples in every run: a change is judged by what it changes. `make fuzz` looks for others.
hypothesis.register_profile("same", derandomize=True, database=None, deadline=None)
hypothesis.load_profile("same")


# A shell has what it starts in the background ignore Ctrl-C, and with us whatever we start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a PostgreSQL server on which databases can be made."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> str:
    """The name of the engine that a test runs on; whatever needs it runs once on each."""
    name: str = request.param
    return name


@pytest.fixture(scope="session")
async def template(
    engine: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[str]:
    """A migrated, empty database: the path of a SQLite file, or the name of a PostgreSQL database."""
    if engine == "sqlite":
        path = tmp_path_factory.mktemp("template") / "template.db"
        await migrate(normalise(f"sqlite:///{path}"))
        yield str(path)
    else:
        server = request.getfixturevalue("postgres")
        name = f"template_{uuid4().hex}"
        await create_database(server, name)
        await migrate(normalise(database_at(server, name)))
        yield name
        await drop_database(server, name)


@pytest.fixture
async def database_url(
    engine: str, template: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """The URL of a migrated, empty database of the test's own."""
    if engine == "sqlite":
        path = tmp_path / "test.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgres")
        name = f"test_{uuid4().hex}"
        await create_database(server, name, template=template)
        yield database_at(server, name)
        await drop_database(server, name)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated, empty database of the test's own."""
    database = Database(normalise(database_url))
    yield database
    await database.dispose()


@pytest.fixture
async def api(database: Database) -> AsyncIterator["Api"]:
    """The application on the test's database, spoken to over HTTP."""
    async with api_of(database) as api:
        yield api


@asynccontextmanager
async def api_of(database: Database) -> AsyncIterator["Api"]:
    """The application on a database, spoken to over HTTP; no operation is ended because a machine is busy."""
    app = create_app(load_settings({"JOBBOT_EXECUTION_TIMEOUT": "120"}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
        yield Api(client, database)


def database_at(server: str, name: str) -> str:
    """The URL of a database on the server of another database's URL."""
    return normalise(server).url.set(database=name).render_as_string(hide_password=False)


USER_ERRORS = "userErrors { __typename code message path }"


async def everything(database: Database) -> dict[str, list[Any]]:
    """Every row of every table, the change log included."""
    async with database.writer.connect() as connection:
        return {
            table.name: list(await connection.execute(table.select().order_by(*table.primary_key)))
            for table in Base.metadata.sorted_tables
        }


@dataclass
class Api:
    """A GraphQL client of the application under test."""

    http: httpx.AsyncClient
    database: Database
    statements: list[str] = field(default_factory=list)
    """The SQL statements of the last operation, transaction control left out."""

    async def answer(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The whole answer to an operation."""
        with recorded(self.database) as self.statements:
            # As ASCII, so that a test can send halves of surrogate pairs.
            body = json.dumps({"query": query, "variables": variables or {}})
            response = await self.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The data of an operation that must succeed."""
        answer = await self.answer(query, variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def mutate(self, mutation: str, selection: str, **given: Any) -> dict[str, Any]:
        """The payload of a mutation with the given input, its user errors left out where there are none.

        `selection` is what to select of the payload beside the user errors.
        """
        kind = f"{mutation[0].upper()}{mutation[1:]}Input"
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {selection} {USER_ERRORS} }} }}"
        payload: dict[str, Any] = (await self.data(query, {"input": given}))[mutation]
        if not payload["userErrors"]:
            del payload["userErrors"]
        return payload

    async def rejected(self, mutation: str, **given: Any) -> list[tuple[str, str | None, str]]:
        """Code, path and message of every user error of a mutation that must be refused and leave no trace."""
        before = await everything(self.database)
        payload = await self.mutate(mutation, "", **given)
        assert await everything(self.database) == before
        return [
            (error["code"], ".".join(error["path"]) if error["path"] else None, error["message"])
            for error in payload["userErrors"]
        ]

    async def error(self, query: str, variables: dict[str, Any] | None = None) -> tuple[str, str]:
        """Code and message of the one error of an operation that must fail."""
        answer = await self.answer(query, variables)
        (error,) = answer["errors"]
        return error["extensions"]["code"], error["message"]

    async def add(self, *rows: Base) -> None:
        """Add rows to the database, with whatever belongs to them."""
        async with self.database.transaction() as session:
            session.add_all(rows)


@contextmanager
def recorded(database: Database) -> Iterator[list[str]]:
    """The SQL statements that the database is sent meanwhile, transaction control left out."""
    statements: list[str] = []

    def record(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith("BEGIN"):
            statements.append(statement)

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            statements.append(record.getMessage())

    recorder = Recorder()
    read_transaction.log.addHandler(recorder)
    read_transaction.log.setLevel(logging.INFO)
    event.listen(database.writer.sync_engine, "before_cursor_execute", record)
    try:
        yield statements
    finally:
        event.remove(database.writer.sync_engine, "before_cursor_execute", record)
        read_transaction.log.removeHandler(recorder)
        read_transaction.log.setLevel(logging.NOTSET)
