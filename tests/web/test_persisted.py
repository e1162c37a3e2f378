"""Automatic persisted queries: a document is sent once, then its hash, by POST, by GET and over WebSocket."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.jobs.models import Job
from jobbot_gql.settings import load_settings
from tests.conftest import recorded
from tests.web.serving import serving
from tests.web.websocket_client import answer, close_code, connected, subscribe

QUERY = "query Q($first: Int) { jobs(first: $first) { nodes { title } } }"
JSON = {"Accept": "application/json"}
GRAPHQL_RESPONSE = {"Accept": "application/graphql-response+json"}
NOT_FOUND = [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]


def digest(query: str) -> str:
    return sha256(query.encode()).hexdigest()


def by_hash(query: str) -> dict[str, Any]:
    """The parameters that name a document as Apollo's clients do."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest(query)}}}


def in_url(parameters: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}


def client_of(database: Database, **settings: str) -> httpx.AsyncClient:
    app = create_app(load_settings(settings, dotenv=None), database)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with database.transaction() as session:
        session.add(Job(title="Developer", company="Feldweg Software"))
    async with client_of(database) as client:
        yield client


@pytest.mark.parametrize("by", [by_hash(QUERY), {"documentId": f"sha256:{digest(QUERY)}"}])
async def test_a_document_is_sent_once(http: httpx.AsyncClient, database: Database, by: dict[str, Any]) -> None:
    named = {**by, "variables": {"first": 5}}
    for accept, status in ((JSON, 200), (GRAPHQL_RESPONSE, 400)):
        unknown = await http.post("/graphql", json=named, headers=accept)
        assert (unknown.status_code, unknown.json()) == (status, {"errors": NOT_FOUND})
        assert unknown.headers["cache-control"] == "no-store"

    first = await http.post("/graphql", json={**named, "query": QUERY})
    assert first.json()["data"] == {"jobs": {"nodes": [{"title": "Developer"}]}}

    with recorded(database) as statements:
        plain = (await http.post("/graphql", json={"query": QUERY, "variables": {"first": 5}})).json()
    asked_by_text = list(statements)
    for request in (
        http.build_request("POST", "/graphql", json=named),
        http.build_request("POST", "/graphql", json={**named, "query": None}),
        http.build_request("GET", "/graphql", params=in_url(named)),
    ):
        with recorded(database) as statements:
            again = await http.send(request)
        assert (again.status_code, again.json()) == (200, plain)
        assert statements == asked_by_text


async def test_a_document_that_was_sent_without_its_hash(http: httpx.AsyncClient) -> None:
    await http.post("/graphql", json={"query": QUERY})

    named = await http.post("/graphql", json=by_hash(QUERY))

    assert named.json()["data"] == {"jobs": {"nodes": [{"title": "Developer"}]}}


async def test_a_document_that_is_not_valid_is_not_remembered(http: httpx.AsyncClient) -> None:
    wrong = "{ jobs { nodes { titel } } }"
    sent = await http.post("/graphql", json={**by_hash(wrong), "query": wrong})
    assert [error["message"] for error in sent.json()["errors"]] == [
        "Cannot query field 'titel' on type 'Job'. Did you mean 'title'?"
    ]

    assert (await http.post("/graphql", json=by_hash(wrong))).json() == {"errors": NOT_FOUND}


HASH = "extensions.persistedQuery.sha256Hash must be a string; got {}."


@pytest.mark.parametrize(
    ("persisted", "message"),
    [
        ([], "extensions.persistedQuery must be an object or null; got []."),
        ({}, "extensions.persistedQuery.version must be 1; got null."),
        ({"version": 2, "sha256Hash": digest(QUERY)}, "extensions.persistedQuery.version must be 1; got 2."),
        ({"version": 1}, HASH.format("null")),
        ({"version": 1, "sha256Hash": ""}, HASH.format('""')),
        ({"version": 1, "sha256Hash": 12}, HASH.format(12)),
        (
            {"version": 1, "sha256Hash": digest("{ __typename }")},
            f"sha256Hash is not the SHA-256 of the query; got '{digest('{ __typename }')}'.",
        ),
    ],
)
async def test_a_hash_that_is_none_of_the_document(http: httpx.AsyncClient, persisted: Any, message: str) -> None:
    parameters = {"query": QUERY, "extensions": {"persistedQuery": persisted}}
    for rejected in (
        await http.post("/graphql", json=parameters),
        await http.get("/graphql", params=in_url(parameters)),
    ):
        errors = [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]
        assert (rejected.status_code, rejected.json()) == (400, {"errors": errors})

    assert (await http.post("/graphql", json=by_hash(QUERY))).json() == {"errors": NOT_FOUND}
    assert (await http.post("/graphql", json=by_hash("{ __typename }"))).json() == {"errors": NOT_FOUND}


@pytest.mark.parametrize("name", ["documentId", "id", "doc_id"])
async def test_other_names_are_known_to_no_one(http: httpx.AsyncClient, name: str) -> None:
    assert (await http.post("/graphql", json={name: "7f3a"})).json() == {"errors": NOT_FOUND}


async def test_a_name_of_another_type(http: httpx.AsyncClient) -> None:
    for name, message in (
        ("documentId", "documentId must be a string or null; got 7."),
        ("id", "query must be a string, the GraphQL document; got null."),
    ):
        rejected = await http.post("/graphql", json={name: 7})
        assert (rejected.status_code, rejected.json()["errors"][0]["message"]) == (400, message)


async def test_memory_is_bounded(database: Database) -> None:
    a, b, c = ("query %s { jobs { nodes { title } pageInfo { endCursor } } }" % name for name in "ABC")  # noqa: UP031

    async with client_of(database, JOBBOT_MAX_CACHED_BYTES="20000") as http:

        async def known(query: str) -> bool:
            return "data" in (await http.post("/graphql", json=by_hash(query))).json()

        for query in (a, b):
            await http.post("/graphql", json={"query": query})
        assert [await known(query) for query in (b, a)] == [True, True]
        await http.post("/graphql", json={"query": c})
        assert [await known(query) for query in (a, b, c)] == [True, False, True]


async def test_without_memory_clients_are_told_not_to_try(database: Database) -> None:
    error = {"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}
    async with client_of(database, JOBBOT_MAX_CACHED_BYTES="0") as http:
        assert (await http.post("/graphql", json=by_hash(QUERY))).json() == {"errors": [error]}


async def test_a_mutation_by_hash_is_not_executed_over_get(http: httpx.AsyncClient) -> None:
    mutation = 'mutation { createJob(input: {title: "T", company: "C"}) { job { title } } }'
    sent = await http.post("/graphql", json={**by_hash(mutation), "query": mutation})
    assert sent.json()["data"] == {"createJob": {"job": {"title": "T"}}}

    rejected = await http.get("/graphql", params=in_url(by_hash(mutation)))

    assert (rejected.status_code, rejected.headers["allow"]) == (405, "POST")
    count = await http.post("/graphql", json={"query": "{ jobs { totalCount } }"})
    assert count.json()["data"] == {"jobs": {"totalCount": 2}}
    again = await http.post("/graphql", json=by_hash(mutation))
    assert again.json()["data"] == {"createJob": {"job": {"title": "T"}}}


@pytest.mark.process
async def test_over_websocket(tmp_path: Path) -> None:
    with serving(tmp_path / "log", DATABASE_URL=f"sqlite:///{tmp_path}/jobs.db") as server:
        async with connected(server) as websocket:
            await websocket.send(subscribe("1", None, **by_hash(QUERY)))
            assert await answer(websocket) == {"id": "1", "type": "error", "payload": NOT_FOUND}
            for query in (QUERY, None):
                await websocket.send(subscribe("1", query, **by_hash(QUERY), variables={"first": 5}))
                assert (await answer(websocket))["payload"]["data"] == {"jobs": {"nodes": []}}
                assert await answer(websocket) == {"id": "1", "type": "complete"}
            await websocket.send(subscribe("1", "{ __typename }", **by_hash(QUERY)))
            code, reason = await close_code(websocket)
            assert code == 4400
            assert reason.startswith("subscribe: sha256Hash is not the SHA-256 of the query; got '")
