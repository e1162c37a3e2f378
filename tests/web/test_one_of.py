"""Variables in the inputs of which exactly one field is given: by an operation, and by fragments that several share."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.db.database import Database
from jobbot_gql.jobs.models import Job
from tests.web.serving import serving
from tests.web.websocket_client import answer, connected, subscribe

pytestmark = pytest.mark.process

FRAGMENT = "fragment F on Query { job(by: {id: $id}) { title } }"
NULLABLE = "Variable '$id' must not be null for a field of JobBy; declare it: `$id: ID!`."
FOUND = {"data": {"job": {"title": "Developer"}}}
OPERATIONS: dict[str, tuple[str, dict[str, Any] | str]] = {
    "a fragment before the operation": (FRAGMENT + " query A($id: ID!) { ...F }", FOUND),
    "a fragment behind the operation": ("query A($id: ID!) { ...F } " + FRAGMENT, FOUND),
    "a nullable variable in a fragment": (FRAGMENT + " query A($id: ID) { ...F }", NULLABLE),
    "a nullable variable in one of two operations": (
        FRAGMENT + " query A($id: ID!) { ...F } query B($id: ID) { ...F }",
        NULLABLE,
    ),
    "a second operation": (
        "query A($id: ID!) { job(by: {id: $id}) { title } } query B($no: ID!) { job(by: {id: $no}) { title } }",
        FOUND,
    ),
    "the variable of another operation": (
        "query A($id: ID!) { job(by: {id: $id}) { title } } query B { job(by: {id: $id}) { title } }",
        "Variable '$id' is not defined; declare it: `query B($id: ID!)`.",
    ),
    "an undeclared variable": (
        "query A { job(by: {id: $id}) { title } }",
        "Variable '$id' is not defined; declare it: `query A($id: ID!)`.",
    ),
    "two fields": (
        'query A($id: ID!) { job(by: {id: $id, jobUrl: "x"}) { title } }',
        "Give exactly one of id, databaseId, jobUrl and omit the others (null counts as given).",
    ),
}


async def test_variables(database: Database, database_url: str, tmp_path: Path) -> None:
    async with database.transaction() as session:
        session.add(job := Job(title="Developer", company="Feldweg Software"))
        await session.flush()
        asked = {"variables": {"id": encode("Job", job.id)}, "operationName": "A"}
    over_http, over_websocket = {}, {}
    with serving(tmp_path / "log", DATABASE_URL=database_url) as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client, connected(server) as websocket:
            for name, (query, _) in OPERATIONS.items():
                over_http[name] = (await client.post("/graphql", json={"query": query, **asked})).json()
                await websocket.send(subscribe(name, query, **asked))
                over_websocket[name] = await answer(websocket)
                if over_websocket[name]["type"] == "next":
                    assert await answer(websocket) == {"id": name, "type": "complete"}

    expected = {name: result for name, (_, result) in OPERATIONS.items()}
    assert {name: _result(one) for name, one in over_http.items()} == expected
    assert {name: _result(one["payload"]) for name, one in over_websocket.items()} == expected
    assert {one["type"] for one in over_websocket.values()} == {"next", "error"}


def _result(answered: Any) -> Any:
    """The data, or the message of the one error, which is the client's."""
    errors = answered if isinstance(answered, list) else answered.get("errors")
    if not errors:
        return {"data": answered["data"]}
    (error,) = errors
    assert error["extensions"]["code"] == "BAD_REQUEST"
    return error["message"]
