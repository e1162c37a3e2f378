"""Hosts and origins: no web page of another site reads or writes, over HTTP or WebSocket."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.settings import load_settings
from tests.web.serving import Server, serving

pytestmark = pytest.mark.process

FRIEND = "http://localhost:5173"
QUERY = {"query": "{ __typename }"}
GRAPHQL_WS = [Subprotocol("graphql-transport-ws")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server on 127.0.0.1, also called [::1], that lets pages of one other origin in."""
    folder = tmp_path_factory.mktemp("origins")
    with serving(
        folder / "log", DATABASE_URL=f"sqlite:///{folder}/origins.db", JOBBOT_ALLOWED_ORIGINS=FRIEND
    ) as server:
        yield server


@pytest.fixture
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url) as client:
        yield client


def own(server: Server) -> str:
    """The server's own origin, under the name that a person would type."""
    return server.url.replace("127.0.0.1", "localhost")


def port(server: Server) -> int:
    return int(server.url.rpartition(":")[2])


HOSTS = pytest.mark.parametrize(
    ("host", "served"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("localhost:{port}", True),
        ("127.0.0.1:{port}", True),
        ("[::1]", True),
        ("[::1]:{port}", True),
        ("localhost:9999", True),  # a tunnel, or a container's published port
        ("rebound.example:{port}", False),
        ("localhost.rebound.example", False),
        ("localhost@rebound.example", False),
        ("rebound.example#localhost", False),
        ("localhost.", False),
        ("::1", False),
        ("[::1", False),
        ("[::2]:{port}", False),
        ("127.0.0.2", False),
        ("0.0.0.0", False),  # noqa: S104 - reaches loopback from old browsers
        ("2130706433", False),
        ("localhost:port", False),
        ("", False),
    ],
)


@HOSTS
def test_hosts(server: Server, http: httpx.Client, host: str, served: bool) -> None:
    host = host.format(port=port(server))
    for path in ("/graphql", "/metrics", "/nowhere"):
        response = http.post(path, json=QUERY, headers={"Host": host})
        assert (response.status_code != 400) == served
        if not served:
            (error,) = response.json()["errors"]
            assert error["extensions"] == {"code": "BAD_REQUEST"}
            assert error["message"] == f"Host {host!r} is not allowed. Add it to JOBBOT_ALLOWED_HOSTS."


@HOSTS
async def test_hosts_of_websockets(server: Server, host: str, served: bool) -> None:
    handshake = (
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n"
    )
    status = await raw(server, f"GET /graphql HTTP/1.1\r\nHost: {host.format(port=port(server))}\r\n{handshake}\r\n")

    assert status == (101 if served else 403)


async def test_two_hosts_are_none(server: Server) -> None:
    request = "GET /health/live HTTP/1.1\r\nHost: localhost\r\nHost: rebound.example\r\n\r\n"

    assert await raw(server, request) == 400


async def raw(server: Server, request: str) -> int:
    """The status of the answer to a request that is sent as it is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port(server))
    writer.write(request.encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    await writer.wait_closed()
    return status


CROSS_SITE = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
SAME_SITE = {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"}


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(CROSS_SITE, id="fetch"),
        pytest.param({**CROSS_SITE, "Content-Type": "text/plain"}, id="fetch that needs no preflight"),
        pytest.param({**CROSS_SITE, "Origin": "null"}, id="sandboxed frame"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, id="image or script"),
        pytest.param({"Origin": "http://evil.example"}, id="old browser, or an address that is not trusted"),
        pytest.param({"Origin": "null"}, id="old browser, sandboxed frame"),
        pytest.param({"Origin": "http://localhost:5173.evil.example"}, id="a name that begins like a friend's"),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, id="frame"
        ),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"},
            id="form, or link with a query",
        ),
    ],
)
def test_pages_of_other_origins(http: httpx.Client, headers: dict[str, str]) -> None:
    said = repr(headers.get("Origin", headers.get("Sec-Fetch-Site")))
    for response in (
        http.post("/graphql", json=QUERY, headers=headers),
        http.get("/graphql", params=QUERY, headers=headers),
        http.options("/graphql?x", headers={**headers, "Access-Control-Request-Method": "POST"}),
        http.get("/health/ready?x", headers=headers),
    ):
        assert response.status_code == 403
        assert response.json()["errors"] == [
            {
                "message": f"Cross-site request from {said} was rejected."
                " Allow the origin with JOBBOT_ALLOWED_ORIGINS.",
                "extensions": {"code": "FORBIDDEN"},
            }
        ]
        assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(SAME_SITE, id="another port"),
        pytest.param({"Origin": "http://localhost"}, id="another port, old browser"),
        pytest.param({**CROSS_SITE, "Origin": "https://app.localhost:3000"}, id="another name"),
        pytest.param({**CROSS_SITE, "Origin": "chrome-extension://abcdefgh"}, id="extension"),
        pytest.param({**CROSS_SITE, "Origin": "tauri://localhost"}, id="desktop application"),
    ],
)
def test_pages_of_this_machine_may_read_why(http: httpx.Client, headers: dict[str, str]) -> None:
    origin = headers["Origin"]
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = http.options("/graphql", headers={**headers, **asked})
    rejected = http.post("/graphql", json=QUERY, headers=headers)

    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-headers"] == "content-type"
    assert preflight.headers["access-control-allow-methods"] == "GET, POST"
    assert rejected.status_code == 403
    assert rejected.json()["errors"][0]["message"] == (
        f"Cross-site request from {origin!r} was rejected. Allow the origin with JOBBOT_ALLOWED_ORIGINS."
    )
    for response in (preflight, rejected):
        assert response.headers["access-control-allow-origin"] == origin
        assert response.headers["access-control-allow-credentials"] == "true"
        assert response.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", ["chrome-extension://abcdefghijklmnop", "moz-extension://0b1c-22", "tauri://localhost"]
)
async def test_extensions_and_desktop_applications_can_be_allowed(origin: str) -> None:
    database = Database(normalise("sqlite:///:memory:"))
    transport = httpx.ASGITransport(
        create_app(load_settings({"JOBBOT_ALLOWED_ORIGINS": origin}, dotenv=None), database)
    )
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.post("/graphql", json=QUERY, headers={**CROSS_SITE, "Origin": origin})
    await database.dispose()

    assert answer.json()["data"] == {"__typename": "Query"}
    assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no browser"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, id="our page"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "http://proxied.example"}, id="our page, by a proxy"),
        pytest.param({"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, id="typed by the user"),
        pytest.param({"Origin": "OWN"}, id="our page in an old browser"),
        pytest.param({**CROSS_SITE, "Origin": FRIEND}, id="a friend's page"),
    ],
)
def test_those_who_are_let_in(server: Server, http: httpx.Client, headers: dict[str, str]) -> None:
    headers = {name: own(server) if value == "OWN" else value for name, value in headers.items()}
    headers["Host"] = f"localhost:{port(server)}"
    for response in (
        http.post("/graphql", json=QUERY, headers=headers),
        http.get("/graphql", params=QUERY, headers=headers),
    ):
        assert response.status_code == 200
        assert response.json()["data"] == {"__typename": "Query"}
        allowed = response.headers.get("Access-Control-Allow-Origin")
        assert allowed == (FRIEND if headers.get("Origin") == FRIEND else None)
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_a_link_from_another_site_opens_the_page(http: httpx.Client) -> None:
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    page = http.get("/graphql", headers={**link, "Accept": "text/html"})

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]


def test_a_friends_preflight(http: httpx.Client) -> None:
    response = http.options(
        "/graphql",
        headers={
            "Origin": FRIEND,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )

    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == FRIEND
    assert response.headers["access-control-allow-headers"] == "authorization, content-type"
    assert response.headers["access-control-allow-methods"] == "GET, POST"


async def test_without_friends_there_is_no_cors() -> None:
    database = Database(normalise("sqlite:///:memory:"))
    transport = httpx.ASGITransport(create_app(load_settings({}, dotenv=None), database))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
        preflight = await client.options("/graphql", headers=headers)
        request = await client.post("/graphql", json=QUERY, headers={"Origin": "http://evil.example"})
    await database.dispose()

    for response in (preflight, request):
        assert response.status_code == 403
        assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("origin", "site", "status"),
    [
        (None, None, 101),
        ("OWN", None, 101),
        ("OWN", "same-origin", 101),
        (FRIEND, "same-site", 101),
        ("http://evil.example", "cross-site", 403),
        ("http://evil.example", None, 403),
        ("http://localhost", None, 403),
        ("null", None, 403),
    ],
)
async def test_websockets(server: Server, origin: str | None, site: str | None, status: int) -> None:
    url = own(server).replace("http://", "ws://") + "/graphql"
    headers = {"Sec-Fetch-Site": site} if site else {}
    opening = connect(
        url,
        subprotocols=GRAPHQL_WS,
        origin=Origin(own(server) if origin == "OWN" else origin) if origin else None,
        additional_headers=headers,
    )
    if status == 101:
        async with opening as websocket:
            assert websocket.subprotocol == "graphql-transport-ws"
    else:
        with pytest.raises(InvalidStatus) as rejected:
            await opening
        assert rejected.value.response.status_code == status
    assert server.log.read_text() == ""  # nobody can fill it
