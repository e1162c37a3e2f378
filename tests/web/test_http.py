"""GraphQL over HTTP beyond the audit: every kind of request gets its status, its headers and an answer in JSON."""

import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from jobbot_gql.app import create_app
from jobbot_gql.applications.models import Application
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.jobs.models import Job
from jobbot_gql.settings import load_settings
from jobbot_gql.web.rejected_requests import handle_exception
from tests.conftest import Api

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
METHODS = "GET, HEAD, OPTIONS, POST"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)

SUBSCRIPTIONS = (
    "Subscriptions require a WebSocket with the sub-protocol graphql-transport-ws, or the header"
    " `Accept: text/event-stream`."
)


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose database nobody asks."""
    database = Database(normalise("sqlite:///:memory:"))
    app = create_app(load_settings({}, dotenv=None), database)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client
    await database.dispose()


def error(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of an answer that is one error, in JSON and nothing else."""
    assert response.headers["content-type"].split(";")[0] in (JSON, GRAPHQL_RESPONSE)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    answer = response.json()
    assert set(answer) <= {"errors", "extensions"}
    (one,) = answer["errors"]
    return response.status_code, one["extensions"]["code"], one["message"]


def body(query: str, **more: Any) -> bytes:
    return json.dumps({"query": query, **more}).encode()


NOT_AN_OBJECT = "The body must be a JSON object; got {}."
BATCH = "The body must be one JSON object; batches of operations are not supported. Send a request for each."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"1", NOT_AN_OBJECT.format(1)),
        (b"null", NOT_AN_OBJECT.format("null")),
        (b'"x"', NOT_AN_OBJECT.format('"x"')),
        (b"true", NOT_AN_OBJECT.format("true")),
        (b"[1]", BATCH),
        (b"[]", BATCH),
        (b'[{"query": "{ __typename }"}]', BATCH),
        (b"", "The body must be JSON in UTF-8 ("),
        (b"query={__typename}", "The body must be JSON in UTF-8 ("),
        (b'{"query": "{ __typename }"', "The body must be JSON in UTF-8 ("),
        (b'{"query": "\xff"}', "The body must be JSON in UTF-8 ("),
        (b'{"query": "\\ud800"}', "The body must be JSON in UTF-8 ("),
        (b'{"query": "{ __typename }", "variables": {"n": 1e999}}', "The body must be JSON in UTF-8 ("),
        (b'{"query": "{ __typename }", "variables": {"n": NaN}}', "The body must be JSON in UTF-8 ("),
        (b"[" * 100_000, "The body must be JSON in UTF-8 ("),
        (b"{}", "query must be a string, the GraphQL document; got null."),
        (b'{"query": null}', "query must be a string, the GraphQL document; got null."),
        (b'{"query": ["{ __typename }"]}', 'query must be a string, the GraphQL document; got ["{ __typename }"].'),
        (body("{ __typename }", operationName=3), "operationName must be a string or null; got 3."),
        (
            body("{ __typename }", variables="{}"),
            'variables must be an object or null; got "{}". Send it as JSON, not as a string that contains JSON.',
        ),
        (body("{ __typename }", variables=[1]), "variables must be an object or null; got [1]."),
        (
            body("{ __typename }", extensions="x" * 99),
            f'extensions must be an object or null; got "{"x" * 59}…. Send it as JSON, not as a string that '
            "contains JSON.",
        ),
        (body("subscription { jobs }"), SUBSCRIPTIONS),
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL_RESPONSE])
async def test_a_request_that_is_not_well_formed(
    http: httpx.AsyncClient, content: bytes, message: str, accept: str
) -> None:
    response = await http.post("/graphql", content=content, headers={"Content-Type": JSON, "Accept": accept})

    status, code, said = error(response)
    assert (status, code) == (400, "BAD_REQUEST")
    assert said.startswith(message) if message.endswith("(") else said == message


@pytest.mark.parametrize(
    ("query", "more", "message"),
    [
        ("", {}, "Syntax Error: Unexpected <EOF>."),
        ("{", {}, "Syntax Error: Expected Name, found <EOF>. The document ends too early: close every brace."),
        (
            "fragment F on Query { __typename }",
            {},
            "The document has no operation; send a query, a mutation or a subscription.",
        ),
        (
            "query A { __typename } query B { __typename }",
            {},
            "The document has 2 operations; name one in operationName.",
        ),
        (
            "query A { __typename }",
            {"operationName": "C"},
            "Operation 'C' is not in the document; check operationName.",
        ),
        ("{ jobs { nodes { titel } } }", {}, "Cannot query field 'titel' on type 'Job'. Did you mean 'title'?"),
        (
            "query ($first: Int) { jobs(first: $first) { totalCount } }",
            {"variables": {"first": "x"}},
            "$first must be an integer; got 'x'.",
        ),
    ],
)
async def test_a_well_formed_request_that_cannot_be_executed(
    http: httpx.AsyncClient, query: str, more: dict[str, Any], message: str
) -> None:
    for accept, status in ((JSON, 200), (GRAPHQL_RESPONSE, 400)):
        response = await http.post("/graphql", json={"query": query, **more}, headers={"Accept": accept})
        assert error(response) == (status, "BAD_REQUEST", message)
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON;charset="UTF-8"', 200),
        ("application/jsonxx", 415),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/graphql", 415),
        ("multipart/form-data; boundary=x", 415),
        (None, 415),
    ],
)
async def test_content_type(http: httpx.AsyncClient, content_type: str | None, status: int) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    response = await http.post("/graphql", content=body("{ __typename }"), headers=headers)

    assert response.status_code == status
    if status == 415:
        found = repr(content_type or "")
        assert error(response) == (
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            f"Content-Type must be application/json in UTF-8; got {found}.",
        )
        assert response.headers["accept"] == JSON


async def test_a_compressed_body(http: httpx.AsyncClient) -> None:
    response = await http.post(
        "/graphql",
        content=gzip.compress(body("{ __typename }")),
        headers={"Content-Type": JSON, "Content-Encoding": "gzip"},
    )

    assert error(response) == (415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding must be identity; got 'gzip'.")
    assert response.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("size", [1, 1_000, 300_000])
async def test_a_body_over_the_limit(size: int) -> None:
    database = Database(normalise("sqlite:///:memory:"))
    app = create_app(load_settings({"JOBBOT_MAX_BODY_BYTES": "100"}, dotenv=None), database)

    async def chunks() -> AsyncIterator[bytes]:
        yield b" " * 100
        yield b" " * size

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        headers = {"Content-Type": JSON}
        exact = await client.post("/graphql", content=body("{ __typename }").ljust(100), headers=headers)
        announced = await client.post("/graphql", content=b" " * (100 + size), headers=headers)
        streamed = await client.post("/graphql", content=chunks(), headers=headers)
    await database.dispose()

    assert exact.status_code == 200
    for response in (announced, streamed):
        assert error(response) == (
            413,
            "QUERY_TOO_COMPLEX",
            "Request body exceeds 100 bytes (JOBBOT_MAX_BODY_BYTES). Send fewer items per request.",
        )
        assert response.json()["errors"][0]["extensions"] == {
            "code": "QUERY_TOO_COMPLEX",
            "limit": "bodyBytes",
            "value": 100 + size,
            "cap": 100,
        }
        assert response.headers["connection"] == "close"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "QUERY"])
async def test_other_methods(http: httpx.AsyncClient, method: str) -> None:
    response = await http.request(method, "/graphql", json={"query": "{ __typename }"})

    assert error(response) == (
        405,
        "METHOD_NOT_ALLOWED",
        f"Method {method} is not allowed. Use POST, or GET for queries.",
    )
    assert response.headers["allow"] == METHODS


async def test_options(http: httpx.AsyncClient) -> None:
    response = await http.options("/graphql")

    assert (response.status_code, response.headers["allow"], response.content) == (204, METHODS, b"")


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("mutation { x }", "Mutations require POST; GET is for queries."),
        ("subscription { x }", SUBSCRIPTIONS),
    ],
)
async def test_get_is_for_queries(http: httpx.AsyncClient, query: str, message: str) -> None:
    for accept in (JSON, GRAPHQL_RESPONSE):
        response = await http.get("/graphql", params={"query": query}, headers={"Accept": accept})
        assert error(response) == (405, "METHOD_NOT_ALLOWED", message)
        assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("parameters", "answer"),
    [
        ({"query": "{ __typename }"}, "Query"),
        ({"query": "{ __typename }", "variables": "", "operationName": "", "extensions": ""}, "Query"),
        ({"query": "query A { __typename } query B { b: __typename }", "operationName": "A"}, "Query"),
        (
            {
                "query": "query ($no: Boolean!) { __typename b: __typename @include(if: $no) }",
                "variables": '{"no":false}',
            },
            "Query",
        ),
    ],
)
async def test_queries_over_get(http: httpx.AsyncClient, parameters: dict[str, str], answer: str) -> None:
    response = await http.get("/graphql", params=parameters)

    assert response.status_code == 200
    assert response.json()["data"] == {"__typename": answer}


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "query must be a string, the GraphQL document; got null."),
        ({"query": ""}, "Syntax Error: Unexpected <EOF>."),
        ({"query": "{ __typename }", "variables": "["}, "variables must be JSON in UTF-8 ("),
        ({"query": "{ __typename }", "variables": "[]"}, "variables must be an object or null; got []."),
        ({"query": "{ __typename }", "extensions": "1"}, "extensions must be an object or null; got 1."),
        (
            {"query": "{ __typename }", "operationName": "null"},
            "Operation 'null' is not in the document; check operationName.",
        ),
    ],
)
async def test_wrong_queries_over_get(http: httpx.AsyncClient, parameters: dict[str, str], message: str) -> None:
    response = await http.get("/graphql", params=parameters, headers={"Accept": GRAPHQL_RESPONSE})

    status, code, said = error(response)
    assert (status, code) == (400, "BAD_REQUEST")
    assert said.startswith(message) if message.endswith("(") else said == message


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (GRAPHQL_RESPONSE, GRAPHQL_RESPONSE),
        (f"{GRAPHQL_RESPONSE}, {JSON};q=0.9", GRAPHQL_RESPONSE),
        (f"{JSON};q=0.9, {GRAPHQL_RESPONSE}", GRAPHQL_RESPONSE),
        (f"{JSON}, {GRAPHQL_RESPONSE}", JSON),
        (f"{GRAPHQL_RESPONSE};q=0, */*;q=0.1", JSON),
        (f"{GRAPHQL_RESPONSE}; q=oops, {JSON};q=0.1", JSON),
        ("Application/GraphQL-Response+JSON; charset=utf-8", GRAPHQL_RESPONSE),
        (URQL, GRAPHQL_RESPONSE),
        (BROWSER, JSON),
    ],
)
async def test_the_answer_has_the_media_type_that_is_liked_best(
    http: httpx.AsyncClient, accept: str | None, media_type: str
) -> None:
    request = http.build_request("POST", "/graphql", json={"query": "{ __typename }"}, headers={"Accept": accept or ""})
    if accept is None:
        del request.headers["Accept"]
    response = await http.send(request)

    assert response.status_code == 200
    assert response.headers["content-type"] == f"{media_type}; charset=utf-8"
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize("accept", ["", "multipart/mixed", "text/html", f"{JSON};q=0"])
async def test_an_answer_that_is_not_liked(http: httpx.AsyncClient, accept: str) -> None:
    response = await http.post("/graphql", json={"query": "{ __typename }"}, headers={"Accept": accept})

    assert error(response) == (
        406,
        "NOT_ACCEPTABLE",
        f"Accept must allow application/graphql-response+json, application/json or text/event-stream; got {accept!r}.",
    )


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_browsers_get_graphiql(http: httpx.AsyncClient, method: str) -> None:
    response = await http.request(method, "/graphql", headers={"Accept": BROWSER})

    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert ("<title>jobbot-gql</title>" in response.text) == (method == "GET")


async def test_a_browser_that_asks_a_query_gets_its_answer(http: httpx.AsyncClient) -> None:
    response = await http.get("/graphql", params={"query": "{ __typename }"}, headers={"Accept": BROWSER})

    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json()["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, "NOT_FOUND", "/nowhere not found. The GraphQL endpoint is /graphql.")),
        (
            "GET",
            "/graphql/assets/nowhere",
            (404, "NOT_FOUND", "/graphql/assets/nowhere not found. The GraphQL endpoint is /graphql."),
        ),
        ("POST", "/health/live", (405, "METHOD_NOT_ALLOWED", "Method POST is not allowed for /health/live.")),
    ],
)
async def test_other_addresses(http: httpx.AsyncClient, method: str, path: str, expected: tuple[int, str, str]) -> None:
    assert error(await http.request(method, path)) == expected


# ---------------------------------------------------------------------------------------------------- execution


async def test_partial_answers(api: Api) -> None:
    await api.add(Job(title="Developer", company="Feldweg Software"))
    query = '{ jobs { nodes { title } } job(by: { id: "x" }) { title } }'
    for accept, status in ((JSON, 200), (GRAPHQL_RESPONSE, 294)):
        response = await api.http.post("/graphql", json={"query": query}, headers={"Accept": accept})
        assert response.status_code == status
        assert response.json()["data"] == {"jobs": {"nodes": [{"title": "Developer"}]}, "job": None}
        assert [one["path"] for one in response.json()["errors"]] == [["job"]]


async def test_the_cost_is_told(api: Api) -> None:
    answer = await api.answer("query ($n: Int) { jobs(first: $n) { totalCount nodes { id title } } }", {"n": 100})

    assert answer["extensions"] == {"cost": {"value": 203, "cap": 200_000}}


async def test_a_document_that_comes_again_is_not_read_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "query ($n: Int) { jobs(first: $n) { nodes { title } } }"
    first = await api.answer(query, {"n": 1})

    def read_again(*rest: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("jobbot_gql.api.engine.document_cache.parse", read_again)
    monkeypatch.setattr("jobbot_gql.api.engine.document_cache.validate", read_again)
    again = await api.answer(query, {"n": 2})

    assert (first["data"], again["data"]) == ({"jobs": {"nodes": []}}, {"jobs": {"nodes": []}})
    assert (first["extensions"]["cost"]["value"], again["extensions"]["cost"]["value"]) == (3, 4)


# ------------------------------------------------------------------------------------------- what goes wrong inside


async def test_a_database_that_cannot_be_reached(unused_tcp_port: int) -> None:
    database = Database(normalise(f"postgresql://ada:secret@127.0.0.1:{unused_tcp_port}/jobbot"))
    app = create_app(load_settings({}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        for query in ("{ jobs { totalCount } }", "{ job(by: { databaseId: 1 }) { title } }"):
            for accept in (JSON, GRAPHQL_RESPONSE):
                response = await client.post("/graphql", json={"query": query}, headers={"Accept": accept})
                assert error(response) == (
                    503,
                    "UNAVAILABLE",
                    "The database cannot be reached at the moment. Try again later.",
                )
                assert response.headers["retry-after"] == "1"
    await database.dispose()


async def test_a_pool_without_a_free_connection(database_url: str) -> None:
    database = Database(normalise(database_url), pool_size=1, max_overflow=0, pool_timeout=0.2)
    app = create_app(load_settings({}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        async with database.reader.connect():
            taken = await client.post("/graphql", json={"query": "{ jobs { totalCount } }"})
        free = await client.post("/graphql", json={"query": "{ jobs { totalCount } }"})
    await database.dispose()

    assert error(taken) == (503, "UNAVAILABLE", "The database cannot be reached at the moment. Try again later.")
    assert free.json()["data"] == {"jobs": {"totalCount": 0}}


async def test_a_fault_of_ours_in_an_operation(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    await api.add(Application(job=Job(title="Developer", company="Feldweg Software")))
    async with api.database.writer.begin() as connection:
        await connection.execute(text("ALTER TABLE jobs RENAME TO elsewhere"))

    answer = await api.answer("{ applications { totalCount nodes { job { title } } } a: jobs { totalCount } }")

    assert answer["data"] is None
    for one in answer["errors"]:
        assert set(one) == {"message", "locations", "path", "extensions"}
        error_id = one["extensions"]["errorId"]
        assert one["extensions"] == {"code": "INTERNAL", "errorId": error_id}
        assert one["message"] == f"Internal error {error_id}; the server's log has the details."
        (logged,) = [record for record in caplog.records if error_id in record.getMessage()]
        assert logged.exc_info is not None
        assert vars(logged)["field"] in {"job", "totalCount"}


async def test_a_fault_of_ours_outside_of_operations(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: Request) -> Response:
        raise RuntimeError("SELECT secrets FROM /etc")

    app = Starlette(routes=[Route("/broken", broken)], exception_handlers={Exception: handle_exception})
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        response = await client.get("/broken")

    error_id = response.json()["errors"][0]["extensions"]["errorId"]
    assert error(response) == (500, "INTERNAL", f"Internal error {error_id}; the server's log has the details.")
    assert f"internal error {error_id}" in caplog.text
