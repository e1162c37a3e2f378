"""Whatever the schema allows, and what it does not, sent to the endpoint: no fault of ours, and no broken row.

hypothesis-graphql writes the documents. `FUZZ=n` asks for n rounds of 500 documents of each kind on each engine, every
round others; see `make fuzz`.
"""

import os
from collections.abc import AsyncIterator
from secrets import randbits

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.demo import load_if_empty
from jobbot_gql.models import Base
from jobbot_gql.schema import schema
from jobbot_gql.settings import load_settings
from jobbot_gql.undo.verify import verify
from tests.conftest import everything
from tests.db.looking import sql
from tests.fuzz.documents import Document, documents

ROUNDS = int(os.environ.get("FUZZ", "0"))
SEEDS = [randbits(32) for _ in range(ROUNDS)] or [1]
EXAMPLES = 500 if ROUNDS else 60
assert isinstance(schema, Schema)

fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not ROUNDS,
    phases=[Phase.generate],  # rows stay from one document to the next: a smaller document would meet others
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(params=SEEDS)
async def http(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application on the demo data, which must be whole in the end."""
    await load_if_empty(database)
    app = create_app(load_settings({"JOBBOT_EXECUTION_TIMEOUT": "60"}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost", timeout=60) as client:
        yield client
    assert await verify(database.url, Base) == []
    if database.dialect == "sqlite":
        assert await sql(database.url, "PRAGMA foreign_key_check") == []


async def check(http: httpx.AsyncClient, document: Document, **headers: str) -> None:
    """A document gets an answer that is no fault of ours, and so it does when it is not new any more."""
    for _ in range(2):
        body = {"query": document.text, "variables": document.variables}
        response = await http.post("/graphql", json=body, headers=headers)
        answer = response.json()
        codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
        assert response.status_code < 500, answer
        assert not codes & {"INTERNAL", "UNAVAILABLE", "TIMEOUT"}, answer


@pytest.fixture
async def unchanged(http: httpx.AsyncClient, database: Database) -> AsyncIterator[None]:
    """In the end every table has the rows that it had in the beginning."""
    before = await everything(database)
    yield
    assert await everything(database) == before


@fuzzed
@given(document=documents(schema.graphql, "query"))
async def test_queries(http: httpx.AsyncClient, document: Document) -> None:
    await check(http, document)


@fuzzed
@given(document=documents(schema.graphql, "wrong"))
async def test_documents_that_break_a_rule(http: httpx.AsyncClient, document: Document) -> None:
    await check(http, document)


@fuzzed
@given(document=documents(schema.graphql, "mutation"))
async def test_mutations(http: httpx.AsyncClient, document: Document) -> None:
    await check(http, document)


@fuzzed
@given(document=documents(schema.graphql, "mutation"))
async def test_dry_runs(http: httpx.AsyncClient, unchanged: None, document: Document) -> None:
    await check(http, document, **{"x-jobbot-dry-run": "yes"})
