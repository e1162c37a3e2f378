"""Operations whose results are streamed over HTTP: Server-Sent Events and multipart responses."""

import json
from typing import Any

import httpx
import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.web import event_streams
from tests.live.conftest import Serve, Server, streamed
from tests.rows import new_company

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

CHANGES = "subscription { changes { cursor changes { entity } } }"
MULTIPART = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0, application/json"


async def add(database: Database, name: str = "Acme") -> None:
    async with database.transaction() as session:
        session.add(new_company(name=name))


def event(part: str) -> tuple[dict[str, str], Any]:
    """The fields of an event, and its data."""
    fields = dict(line.split(": ", 1) for line in part.split("\n"))
    data = fields.pop("data")
    return fields, json.loads(data) if data else None


async def test_events(server: Server, database: Database) -> None:
    async with streamed(server, CHANGES) as stream:
        first = event(await stream.part())
        await add(database)
        second = event(await stream.part())

    headers = stream.response.headers
    assert stream.response.status_code == 200
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert headers["cache-control"] == "no-store, no-transform"
    assert headers["x-accel-buffering"] == "no"
    assert first == ({"event": "next", "id": "0"}, {"data": {"changes": {"cursor": "0", "changes": []}}})
    cursor = second[0]["id"]
    assert cursor.startswith("1-")
    assert second[1] == {"data": {"changes": {"cursor": cursor, "changes": [{"entity": "COMPANY"}]}}}


async def test_the_last_event_id_wins_over_after(server: Server, database: Database) -> None:
    await add(database)
    async with streamed(server, CHANGES) as stream:
        cursor = event(await stream.part())[0]["id"]
    await add(database, "Other")
    query = 'subscription { changes(after: "0") { changes { sequence } } }'

    async with streamed(server, query, headers={"Last-Event-ID": cursor}) as stream:
        _, data = event(await stream.part())

    assert data == {"data": {"changes": {"changes": [{"sequence": 2}]}}}


async def test_a_query_has_one_event(server: Server) -> None:
    async with streamed(server, "{ jobs { totalCount } }") as stream:
        parts = [await stream.part(), await stream.part(), await stream.part()]

    fields, data = event(parts[0])
    assert fields == {"event": "next"}
    assert data["data"] == {"jobs": {"totalCount": 0}}
    assert parts[1:] == ["event: complete\ndata: ", ""]


async def test_errors_are_an_event(server: Server) -> None:
    async with streamed(server, "subscription { changes { nothing } }") as stream:
        _, data = event(await stream.part())
        end = await stream.part()

    assert data["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert end == "event: complete\ndata: "


async def test_multipart(server: Server, database: Database) -> None:
    async with streamed(server, CHANGES, MULTIPART) as stream:
        first = await stream.part()
        await add(database)
        second = await stream.part()

    assert stream.response.headers["content-type"] == 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'
    head = "\r\nContent-Type: application/json\r\n\r\n"
    assert first == f'{head}{{"payload":{{"data":{{"changes":{{"cursor":"0","changes":[]}}}}}}}}'
    assert second.startswith(f'{head}{{"payload":{{"data":{{"changes":{{"cursor":"1-')


async def test_heartbeats(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for written in event_streams.FORMATS.values():
        monkeypatch.setattr(written, "heartbeat_seconds", 0.1)

    async with streamed(server, CHANGES) as stream:
        chunks = []
        async for chunk in stream.response.aiter_text():
            chunks.append(chunk)
            if "".join(chunks).count(":\n\n") >= 4:
                break

    async with streamed(server, CHANGES, MULTIPART) as stream:
        parts = [await stream.part() for _ in range(4)]
    assert [part.rpartition("\r\n")[2] for part in parts[1:]] == ["{}"] * 3


async def test_a_stopping_server_completes(serve: Serve) -> None:
    async with serve() as server, streamed(server, CHANGES) as stream:
        await stream.part()
        server.app.state.operations.stop()
        assert await stream.part() == "event: complete\ndata: "
        assert await stream.part() == ""


@pytest.mark.parametrize(
    ("accept", "found"),
    [
        ("application/graphql-response+json, application/json, text/event-stream, multipart/mixed", "application/"),
        ("text/event-stream, application/json", "text/event-stream"),
        ("multipart/mixed, application/json", "application/json"),
        ("multipart/mixed; deferSpec=20220824, application/json", "application/json"),
        ("application/json;q=0.5, text/event-stream", "text/event-stream"),
    ],
)
async def test_the_accepted_media_type_decides(server: Server, accept: str, found: str) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.post(
            f"{server.url}/graphql", json={"query": "{ __typename }"}, headers={"Accept": accept}
        )

    assert response.headers["content-type"].startswith(found)


async def test_get(server: Server) -> None:
    async with httpx.AsyncClient(headers={"Accept": "text/event-stream"}) as client:
        query = await client.get(f"{server.url}/graphql", params={"query": "{ __typename }"})
        mutation = await client.get(
            f"{server.url}/graphql", params={"query": 'mutation { deleteJob(input: {id: "x"}) { deletedId } }'}
        )

    assert "event: next" in query.text
    assert mutation.status_code == 405
    assert mutation.json()["errors"][0]["extensions"]["code"] == "METHOD_NOT_ALLOWED"


async def test_json_tells_how_to_subscribe(server: Server) -> None:
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{server.url}/graphql", json={"query": CHANGES})

    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == (
        "Subscriptions require a WebSocket with the sub-protocol graphql-transport-ws, or the header"
        " `Accept: text/event-stream`."
    )
