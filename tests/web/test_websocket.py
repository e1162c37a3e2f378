"""GraphQL over WebSocket: graphql-transport-ws and nothing else, and messages of any shape."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.jobs.models import Job
from tests.web.serving import Server, serving
from tests.web.websocket_client import answer, close_code, connected, subscribe

pytestmark = pytest.mark.process


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose messages have at most 10,000 bytes."""
    folder = tmp_path_factory.mktemp("websocket")
    with serving(folder / "log", DATABASE_URL=f"sqlite:///{folder}/jobs.db", JOBBOT_MAX_BODY_BYTES="10000") as server:
        yield server


async def test_operations(database: Database, database_url: str, tmp_path: Path) -> None:
    query = "query Q($first: Int) { jobs(first: $first) { totalCount nodes { title } } }"
    with serving(tmp_path / "log", DATABASE_URL=database_url) as server:
        async with connected(server, "graphql-ws", "graphql-transport-ws") as websocket:
            assert websocket.subprotocol == "graphql-transport-ws"
            for titles in ([], ["Developer"]):  # what one operation has read, the next one reads again
                await websocket.send(subscribe("1", query, variables={"first": 5}, operationName="Q"))
                assert await answer(websocket) == {
                    "id": "1",
                    "type": "next",
                    "payload": {
                        "data": {"jobs": {"totalCount": len(titles), "nodes": [{"title": title} for title in titles]}},
                        "extensions": {"cost": {"value": 8, "cap": 200_000}},
                    },
                }
                assert await answer(websocket) == {"id": "1", "type": "complete"}
                async with database.transaction() as session:
                    session.add(Job(title="Developer", company="Feldweg Software"))


@pytest.mark.parametrize("protocols", [("graphql-ws",), ("graphql-sse",)])
async def test_other_protocols(server: Server, protocols: tuple[str, ...]) -> None:
    async with connected(server, *protocols, begin=False) as websocket:
        assert await close_code(websocket) == (4406, "Subprotocol not acceptable")


async def test_an_operation_that_cannot_be_executed_harms_no_other(server: Server) -> None:
    async with connected(server) as websocket:
        for name, query, code, message in (
            (
                "syntax",
                "{",
                "BAD_REQUEST",
                "Syntax Error: Expected Name, found <EOF>. The document ends too early: close every brace.",
            ),
            ("long", "{" + "x" * 200 + "€" * 200, "BAD_REQUEST", "Syntax Error: Unexpected character: U+20AC."),
            ("field", "{ titel }", "BAD_REQUEST", "Cannot query field 'titel' on type 'Query'."),
            (
                "none",
                "fragment F on Query { __typename }",
                "BAD_REQUEST",
                "The document has no operation; send a query, a mutation or a subscription.",
            ),
            (
                "two",
                "query A { __typename } query B { __typename }",
                "BAD_REQUEST",
                "The document has 2 operations; name one in operationName.",
            ),
            (
                "deep",
                "{a" * 100 + "}" * 100,
                "QUERY_TOO_COMPLEX",
                "The operation is too complex: depth is 100, at most 20 is allowed (JOBBOT_MAX_DEPTH).",
            ),
        ):
            await websocket.send(subscribe(name, query))
            rejected = await answer(websocket)
            assert (rejected["id"], rejected["type"]) == (name, "error")
            assert [(one["extensions"]["code"], one["message"]) for one in rejected["payload"]] == [(code, message)]
        await websocket.send(subscribe("last", "{ __typename }"))
        assert (await answer(websocket))["payload"]["data"] == {"__typename": "Query"}


@pytest.mark.parametrize(
    ("message", "closed"),
    [
        ("{", (4400, "WebSocket message must be valid JSON")),
        ("[" * 5_000, (4400, "WebSocket message must be valid JSON")),
        (b"{}", (4400, "WebSocket message type must be text")),
        ("1", (4400, "A message must be an object with a type.")),
        ("[]", (4400, "A message must be an object with a type.")),
        ("{}", (4400, "A message must be an object with a type.")),
        ('{"type": 1}', (4400, "A message must be an object with a type.")),
        ('{"type": "start"}', (4400, "Unknown message type: start")),
        ('{"type": "complete"}', (4400, "complete: id must be a string.")),
        ('{"type": "subscribe", "payload": {"query": ""}}', (4400, "subscribe: id must be a string.")),
        ('{"type": "subscribe", "id": 1}', (4400, "subscribe: id must be a string.")),
        ('{"type": "subscribe", "id": "1"}', (4400, "subscribe: payload must be an object.")),
        ('{"type": "subscribe", "id": "1", "payload": []}', (4400, "subscribe: payload must be an object.")),
        (subscribe("1", 1), (4400, "subscribe: query must be a string, the GraphQL document; got 1.")),
        (subscribe("1", None), (4400, "subscribe: query must be a string, the GraphQL document; got null.")),
        (subscribe("1", "{a}", variables=[]), (4400, "subscribe: variables must be an object or null; got [].")),
        (subscribe("1", "{a}", operationName=1), (4400, "subscribe: operationName must be a string or null; got 1.")),
        (
            subscribe("1", "{a}", operationName=["€" * 60]),
            (4400, f'subscribe: operationName must be a string or null; got ["{"€" * 22}'),
        ),
        ('{"type": "connection_init"}', (4429, "Too many initialisation requests")),
        (" " * 10_001, (1009, "frame with 10001 bytes exceeds limit of 10000 bytes")),
    ],
)
async def test_messages_of_any_shape(server: Server, message: str | bytes, closed: tuple[int, str]) -> None:
    async with connected(server) as websocket:
        await websocket.send(message)
        assert await close_code(websocket) == closed
    assert server.log.read_text() == ""  # the fault is the client's


async def test_an_operation_before_its_time(server: Server) -> None:
    async with connected(server, begin=False) as websocket:
        await websocket.send(subscribe("1", "{ __typename }"))
        assert await close_code(websocket) == (4401, "Unauthorized")
