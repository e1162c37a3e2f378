"""An answer has at most JOBBOT_MAX_RESPONSE_BYTES, on every path that an operation can take."""

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Integer, Text, func, literal, literal_column, select, text, union_all

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.read.read_transaction import TooMuchRead
from jobbot_gql.settings import load_settings
from tests.conftest import Api
from tests.web.serving import serving
from tests.web.websocket_client import answer, connected, subscribe

LIMIT = 200_000
TEXT = "x" * 5_000
JOBS = 20
SHARED = "{ jobs(first: 20) { nodes { companyRecord { name jobs(first: 20) { nodes { description } } } } } }"
LONG = "{ jobs(first: 20) { nodes { description requirements benefits } } }"
FITTING = "{ jobs(first: 10) { nodes { title description } } }"
TOO_LARGE = {"code": "RESPONSE_TOO_LARGE", "cap": LIMIT, "committed": False}


@pytest.fixture
async def limited(database: Database) -> AsyncIterator[Api]:
    settings = load_settings({"JOBBOT_EXECUTION_TIMEOUT": "120", "JOBBOT_MAX_RESPONSE_BYTES": str(LIMIT)}, dotenv=None)
    app = create_app(settings, database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
        api = Api(client, database)
        await api.mutate("createCompany", "company { id }", name="Acme")
        texts = {"description": TEXT, "requirements": TEXT, "benefits": TEXT}
        jobs = [{"title": f"Engineer {n}", "company": "Acme", **texts} for n in range(JOBS)]
        await api.mutate("createJobs", "results { userErrors { code } }", items=jobs)
        yield api


@pytest.mark.parametrize("query", [SHARED, LONG, f"query A {{ a: {LONG[1:-1]} b: {LONG[1:-1]} }}"])
async def test_too_large_an_answer_is_an_error(limited: Api, query: str) -> None:
    for _ in range(3):  # the first is executed by Strawberry, the others are known documents
        answer = await limited.answer(query)
        assert [error["extensions"] for error in answer["errors"]] == [TOO_LARGE]
        assert answer.get("data") is None
        assert "Select fewer fields" in answer["errors"][0]["message"]


async def test_an_answer_that_fits_is_given(limited: Api) -> None:
    for _ in range(3):
        assert len((await limited.data(FITTING))["jobs"]["nodes"]) == 10


async def test_rows_that_resolvers_read_count(limited: Api) -> None:
    nodes = " ".join(f"n{n}: applicationDetails(id: {n + 1}) {{ notes job {{ description }} }}" for n in range(JOBS))
    for n in range(JOBS):
        await limited.mutate("createApplication", "application { id }", jobId=await _job(limited, n), notes=TEXT * 3)
    answer = await limited.answer(f"{{ {nodes} }}")

    assert {error["extensions"]["code"] for error in answer["errors"]} == {"RESPONSE_TOO_LARGE"}
    assert len(json.dumps(answer)) < LIMIT + 50_000


UPDATE = """
mutation($version: Int!, $industry: String!) {
  updateCompany(input: {id: "Q29tcGFueTox", version: $version, industry: $industry}) {
    company { jobs(first: 20) { nodes { description requirements benefits } } }
  }
}
"""


async def test_a_mutation_that_was_committed_is_told_of(limited: Api) -> None:
    for version in (1, 2, 3):  # the first is executed by Strawberry, the others are known documents
        answer = await limited.answer(UPDATE, {"version": version, "industry": f"Industry {version}"})

        assert {error["extensions"]["code"] for error in answer["errors"]} == {"RESPONSE_TOO_LARGE"}
        assert all(error["extensions"]["committed"] for error in answer["errors"])
        assert all("committed" in error["message"] for error in answer["errors"])
        (company,) = (await limited.data("{ companies { nodes { version industry } } }"))["companies"]["nodes"]
        assert company == {"version": version + 1, "industry": f"Industry {version}"}


async def _job(api: Api, number: int) -> str:
    nodes = (await api.data("{ jobs(first: 100) { nodes { id } } }"))["jobs"]["nodes"]
    found: str = nodes[number]["id"]
    return found


@pytest.mark.process
async def test_the_limit_holds_on_a_websocket(limited: Api, database_url: str, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": database_url, "JOBBOT_MAX_RESPONSE_BYTES": str(LIMIT)}
    with serving(tmp_path / "log", **settings) as server:
        async with connected(server) as websocket:
            for name in ("first", "second"):
                await websocket.send(subscribe(name, SHARED))
                message = await answer(websocket)
                errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
                assert [error["extensions"] for error in errors] == [TOO_LARGE]
                if message["type"] == "next":
                    assert (await answer(websocket))["type"] == "complete"


TREE = """
{ applications(first: 40) { nodes { job { description requirements benefits responses: applications(first: 40) {
  nodes { job { description requirements benefits } } } } } } }
"""


async def test_reading_ends_while_the_rows_of_a_statement_arrive(limited: Api) -> None:
    """Forty applications to one job: one statement of PostgreSQL would send its texts 1,600 times."""
    job = await _job(limited, 0)
    async with limited.database.writer.begin() as connection:
        number = int(base64.urlsafe_b64decode(job + "==").decode().rpartition(":")[2])
        insert = "INSERT INTO applications (job_id, status, version) VALUES (:job, 'ghosted', 1)"
        for _ in range(40):
            await connection.execute(text(insert), {"job": number})

    for _ in range(3):
        answer = await limited.answer(TREE)
        assert {error["extensions"]["code"] for error in answer["errors"]} == {"RESPONSE_TOO_LARGE"}
    assert (await limited.data("{ applications { totalCount } }"))["applications"]["totalCount"] == 40


async def test_reading_a_statement_ends_at_the_limit(database: Database) -> None:
    one = select(literal("x" * 1_000, Text).label("text"))
    many = one.add_columns(func.count(literal_column("1")).over()).select_from(
        *(union_all(*[select(literal(n, Integer).label(name)) for n in range(30)]).subquery() for name in ("a", "b"))
    )
    snapshot = database.snapshot(max_bytes=300_000)
    with pytest.raises(TooMuchRead):
        await snapshot.rows(many)
    await snapshot.close()

    snapshot = database.snapshot(max_bytes=2_000_000)
    for _ in range(3):
        assert len(await snapshot.rows(many)) == 900
    await snapshot.close()
