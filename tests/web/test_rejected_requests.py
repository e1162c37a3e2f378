"""Requests that are no operation: JSON errors with the documented status, cheaply, and no fault in the log."""

import asyncio
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from tests.web.serving import Server, serving
from tests.web.websocket_client import UPGRADE, frame

pytestmark = pytest.mark.process

HEAD = b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CLOSE = b"Connection: close\r\n"
BODY = b'{"query": "{ __typename }"}'
JOBS = json.dumps({"query": "{ jobs { nodes { id applications { nodes { id } } } } }"}).encode()
TYPENAME = {"__typename": "Query"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("rejected")
    with serving(folder / "log", DATABASE_URL=f"sqlite:///{folder}/jobs.db") as server:
        yield server


def connection(server: Server) -> socket.socket:
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def exchange(server: Server, *parts: bytes) -> list[tuple[int, Any]]:
    """The responses to what is sent: status, and JSON where there is any. They end with the connection."""
    with connection(server) as client:
        for part in parts:
            client.sendall(part)
        received = b""
        while part := client.recv(65_536):
            received += part
    responses = []
    while received:
        head, _, received = received.partition(b"\r\n\r\n")
        lines = head.decode().lower().split("\r\n")
        size = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
        body, received = received[:size], received[size:]
        responses.append((int(lines[0].split()[1]), json.loads(body) if body else None))
    return responses


def rejected(responses: list[tuple[int, Any]]) -> list[tuple[int, str]]:
    """Status and code of each response, which is one error."""
    found = []
    for status, body in responses:
        (error,) = body["errors"]
        found.append((status, error["extensions"]["code"]))
    return found


LARGE = (431, "HEADERS_TOO_LARGE")
REJECTED = {
    "65,000 headers": (HEAD.replace(b"localhost", b"evil") + b"a:\r\n" * 65_000 + b"\r\n", LARGE),
    "65,000 headers of one name": (b"GET / HTTP/1.1\r\nHost: evil\r\n" + b"Cookie: abcdefgh\r\n" * 65_000, LARGE),
    "101 headers": (HEAD + b"X: y\r\n" * 99 + b"\r\n", LARGE),
    "270 KB of headers": (HEAD + (b"X: " + b"y" * 9_000 + b"\r\n") * 30 + b"\r\n", LARGE),
    "a header of 600 KB": (HEAD + b"X: " + b"y" * 600_000 + b"\r\n\r\n", LARGE),
    "a header without end": (HEAD + b"X: " + b"y" * 600_000, LARGE),
    "1,000 trailers": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n" + b"X: y\r\n" * 1_000 + b"\r\n",
        LARGE,
    ),
    "a trailer of 600 KB": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nX: " + b"y" * 600_000,
        LARGE,
    ),
    "a path of 9 kB": (b"GET /" + b"x" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", (414, "URI_TOO_LONG")),
    "a path of 70 kB": (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", (414, "URI_TOO_LONG")),
    "a query string of 300 kB": (b"GET /?" + b"x" * 300_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", LARGE),
    "another protocol": (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", (400, "BAD_REQUEST")),
    "a WebSocket's URL of 9 kB": (
        UPGRADE.replace(b"/graphql", b"/graphql?" + b"x" * 9_000),
        (414, "URI_TOO_LONG"),
    ),
    "a WebSocket's header of 9 kB": (UPGRADE[:-2] + b"X: " + b"y" * 9_000 + b"\r\n\r\n", LARGE),
    "a WebSocket's head of 40 kB": (UPGRADE[:-2] + (b"X: " + b"y" * 4_000 + b"\r\n") * 10 + b"\r\n", LARGE),
}


@pytest.mark.parametrize("name", REJECTED)
def test_what_is_no_request_is_answered_in_json(server: Server, name: str) -> None:
    data, expected = REJECTED[name]
    spent = server.processor_seconds()

    assert rejected(exchange(server, data)) == [expected]
    assert server.processor_seconds() - spent < 0.5


def test_a_long_get_is_answered(server: Server) -> None:
    url = b"/graphql?query={__typename}&ignored=" + b"x" * 70_000
    (response,) = exchange(server, b"GET " + url + b" HTTP/1.1\r\nHost: localhost\r\n" + CLOSE + b"\r\n")

    assert (response[0], response[1]["data"]) == (200, TYPENAME)


def test_a_document_over_its_limit_in_a_url(server: Server) -> None:
    url = b"/graphql?query={__typename}" + b"%20" * 60_000
    answers = exchange(server, b"GET " + url + b" HTTP/1.1\r\nHost: localhost\r\n" + CLOSE + b"\r\n")

    assert rejected([(status, {"errors": body["errors"]}) for status, body in answers]) == [(200, "QUERY_TOO_COMPLEX")]


def test_the_answer_of_a_write_comes_before_the_error_behind_it(server: Server) -> None:
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(JOBS) + JOBS
    answers = exchange(server, request + b"\x00\x01garbage\r\n\r\n")

    assert [status for status, _ in answers] == [200]
    assert answers[0][1]["data"] == {"jobs": {"nodes": []}}
    unfinished = HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n" + b"X: y\r\n" * 1_000 + b"\r\n"
    first, *rest = exchange(server, request + unfinished)
    assert first[1]["data"] == {"jobs": {"nodes": []}}
    assert rejected(rest) == [LARGE]


def test_a_handshake_behind_a_request_without_a_response(server: Server) -> None:
    answers = exchange(server, HEAD + b"Content-Length: %d\r\n\r\n" % len(JOBS) + JOBS + UPGRADE)

    assert [(status, body["data"]) for status, body in answers] == [(200, {"jobs": {"nodes": []}})]


def test_pipelined_requests(server: Server) -> None:
    before = server.memory()
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    answers = exchange(server, request * 5_000)

    assert {status for status, _ in answers} == {200}
    assert 50 <= len(answers) < 100
    assert server.memory() - before < 20_000_000


def test_100_continue(server: Server) -> None:
    head = HEAD + CLOSE + b"Expect: 100-continue\r\n"
    with connection(server) as client:
        client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(BODY))
        assert client.recv(1_000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(BODY)
        assert client.recv(1_000).startswith(b"HTTP/1.1 200 OK\r\n")

    at_once = exchange(server, head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
    chunked = exchange(
        server, head + b"Transfer-Encoding: chunked\r\n\r\n", b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
    )
    assert [[status for status, _ in answers] for answers in (at_once, chunked)] == [[100, 200], [100, 200]]
    assert at_once[1][1]["data"] == chunked[1][1]["data"] == TYPENAME
    assert rejected(exchange(server, head + b"Content-Length: 2000000\r\n\r\n")) == [(413, "QUERY_TOO_COMPLEX")]
    old = exchange(server, head.replace(b"/1.1", b"/1.0") + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)
    assert [status for status, _ in old] == [200]


def test_an_upgrade_to_another_protocol_is_ignored(server: Server) -> None:
    """`curl --http2` asks for h2c."""
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
    head = HEAD + upgrade
    request = head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
    get = b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: localhost\r\n" + upgrade + b"\r\n"
    last = HEAD + CLOSE + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY

    answers = [
        *exchange(server, request + get + request + last),
        *exchange(server, chunked, b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY) + last),
        *exchange(server, request[:-10], request[-10:] + last),
    ]
    assert [(status, body["data"]) for status, body in answers] == [(200, TYPENAME)] * 8


def leave(client: socket.socket, *, reset: bool) -> None:
    if reset:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


@pytest.mark.parametrize("reset", [False, True])
async def test_a_client_that_leaves(server: Server, reset: bool) -> None:
    requests = [
        HEAD,
        HEAD + b"Content-Length: 500\r\n\r\n{",
        HEAD + b"Content-Length: 5000000\r\n\r\n{",
        HEAD + b"Content-Length: %d\r\n\r\n" % len(JOBS) + JOBS,
        (HEAD + b"Content-Length: %d\r\n\r\n" % len(JOBS) + JOBS) * 5,
        HEAD + b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n",
        UPGRADE,
    ]
    init = frame({"type": "connection_init", "payload": {"filler": "x" * 200}})
    asked = frame({"id": "1", "type": "subscribe", "payload": {"query": json.loads(JOBS)["query"] + " #" * 100}})
    for pause in (0, 0.002, 0.01, 0.05):
        for request in requests:
            client = connection(server)
            client.sendall(request)
            await asyncio.sleep(pause)
            leave(client, reset=reset)
        for messages in (
            init,
            init + asked,
            init + asked + asked.replace(b'"1"', b'"2"'),
            init + b"\x81\x82\0\0\0\0\xff\xfe",
        ):
            client = connection(server)
            client.sendall(UPGRADE)
            assert client.recv(1_000).startswith(b"HTTP/1.1 101 ")
            with suppress(ConnectionError):
                client.sendall(messages)
            await asyncio.sleep(pause)
            leave(client, reset=reset)
    await asyncio.sleep(0.5)

    assert exchange(server, HEAD + CLOSE + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY)[0][0] == 200
    assert server.log.read_text() == ""
