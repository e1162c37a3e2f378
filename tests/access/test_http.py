"""Tokens over HTTP: who is let in, and what they may do."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from jobbot_gql.access.token_checker import CACHE_SECONDS
from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.jobs.models import Job
from jobbot_gql.settings import load_settings
from tests.access.conftest import Make, bad_tokens, revoke
from tests.access.forbidden import MUTATIONS, READ_FORBIDDEN, WRITE_FORBIDDEN
from tests.conftest import recorded

QUERY = "{ jobs { nodes { title } } }"
EMPTY: dict[str, Any] = {"jobs": {"nodes": []}}
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - nothing is bound
PEER = ("127.0.0.1", 50_000)


@asynccontextmanager
async def served(database: Database, peer: tuple[str, int] = PEER, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    """The application under these settings, asked by a client with this address."""
    app = create_app(load_settings(settings, dotenv=None), database)
    transport = httpx.ASGITransport(app, client=peer)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        yield client


async def ask(
    client: httpx.AsyncClient, token: str | None = None, query: str = QUERY, **parameters: Any
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await client.post("/graphql", json={"query": query, **parameters}, headers=headers)


def missing(response: httpx.Response, why: str = "This server requires a token") -> bool:
    """Whether a request was rejected because it has no token, and nothing else was told."""
    if response.status_code != 401:
        return False
    assert response.headers["www-authenticate"] == 'Bearer realm="jobbot-gql"'
    message = f"{why}. Send `Authorization: Bearer <token>`."
    assert response.json() == {"errors": [{"message": message, "extensions": {"code": "UNAUTHENTICATED"}}]}
    return True


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER  "])
async def test_a_token_lets_its_holder_in(database: Database, make: Make, scheme: str) -> None:
    token = await make("bot", "read")
    async with served(database, JOBBOT_REQUIRE_TOKEN="yes") as client:
        headers = {"authorization": f"{scheme} {token}"}
        posted = await client.post("/graphql", json={"query": QUERY}, headers=headers)
        got = await client.get("/graphql", params={"query": QUERY}, headers=headers)

    assert (posted.status_code, posted.json()["data"]) == (200, EMPTY)
    assert (got.status_code, got.json()["data"]) == (200, EMPTY)


@pytest.mark.parametrize("settings", [{}, {"JOBBOT_REQUIRE_TOKEN": "yes"}, {"JOBBOT_INSECURE_NO_AUTH": "yes"}])
async def test_tokens_that_are_not_valid_answer_alike(database: Database, make: Make, settings: dict[str, str]) -> None:
    answers = set()
    async with served(database, PEER, **settings) as client:
        for name, value in (await bad_tokens(database, make)).items():
            for response in (
                await client.post("/graphql", json={"query": QUERY}, headers=[(b"Authorization", value.encode())]),
                await client.get("/graphql", params={"query": QUERY}, headers=[(b"Authorization", value.encode())]),
            ):
                assert response.status_code == 401, name
                answers.add((tuple(sorted(response.headers.items())), response.content))

    ((headers, body),) = answers
    assert dict(headers)["www-authenticate"] == 'Bearer realm="jobbot-gql", error="invalid_token"'
    assert dict(headers)["cache-control"] == "no-store"
    assert body == (
        b'{"errors":[{"message":"Invalid token. Send `Authorization: Bearer <token>`.",'
        b'"extensions":{"code":"UNAUTHENTICATED"}}]}'
    )


async def test_two_tokens_are_none(database: Database, make: Make) -> None:
    one = f"Bearer {await make('bot', 'read')}"
    async with served(database) as client:
        response = await client.post(
            "/graphql", json={"query": QUERY}, headers=[("Authorization", one), ("Authorization", one)]
        )

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("settings", "peer", "headers", "is_let_in"),
    [
        pytest.param({}, "127.0.0.1", {}, True, id="this machine"),
        pytest.param({}, "::1", {}, True, id="this machine, IPv6"),
        pytest.param({"JOBBOT_HOST": "::1"}, "::1", {}, True, id="another loopback address"),
        pytest.param({"JOBBOT_HOST": "127.0.0.7"}, "127.0.0.1", {}, True, id="yet another"),
        pytest.param({"JOBBOT_HOST": "localhost"}, "127.0.0.1", {}, True, id="a loopback name"),
        pytest.param({"JOBBOT_REQUIRE_TOKEN": "yes"}, "127.0.0.1", {}, False, id="a token is required"),
        pytest.param({"JOBBOT_HOST": EVERY_ADDRESS}, "127.0.0.1", {}, False, id="a public address"),
        pytest.param({"JOBBOT_HOST": "::"}, "::1", {}, False, id="a public address, IPv6"),
        pytest.param({"JOBBOT_HOST": "192.168.0.7"}, "127.0.0.1", {}, False, id="an address of the local network"),
        pytest.param({"JOBBOT_HOST": "jobs.example"}, "127.0.0.1", {}, False, id="a name"),
        pytest.param({}, "192.168.0.9", {}, False, id="another server program that listens elsewhere"),
        pytest.param({}, "127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, False, id="a proxy"),
        pytest.param({}, "127.0.0.1", {"Forwarded": "for=127.0.0.1"}, False, id="a proxy by RFC 7239"),
        pytest.param({}, "127.0.0.1", {"X-Real-IP": "127.0.0.1"}, False, id="nginx"),
        pytest.param({}, "127.0.0.1", {"Via": "1.1 proxy"}, False, id="a proxy by RFC 9110"),
        pytest.param({"JOBBOT_INSECURE_NO_AUTH": "yes"}, "192.168.0.9", {}, True, id="everyone"),
        pytest.param(
            {"JOBBOT_INSECURE_NO_AUTH": "yes", "JOBBOT_HOST": EVERY_ADDRESS},
            "192.168.0.9",
            {"Forwarded": "for=192.0.2.1"},
            True,
            id="everyone, on a public address",
        ),
    ],
)
async def test_who_needs_a_token(  # noqa: PLR0917 - pytest names them
    database: Database,
    make: Make,
    settings: dict[str, str],
    peer: str,
    headers: dict[str, str],
    is_let_in: bool,
) -> None:
    token = await make("bot", "read")
    async with served(database, (peer, 50_000), **settings) as client:
        without = await client.post("/graphql", json={"query": QUERY}, headers=headers)
        with_token = await client.post(
            "/graphql", json={"query": QUERY}, headers={**headers, "Authorization": f"Bearer {token}"}
        )

    because = {} if settings else {"why": "Requests from a proxy or another machine require a token"}
    assert missing(without, **because) != is_let_in
    assert with_token.json()["data"] == EMPTY
    if is_let_in:
        assert without.json()["data"] == EMPTY


async def test_pages_and_health_need_none(database: Database) -> None:
    async with served(database, JOBBOT_REQUIRE_TOKEN="yes") as client:
        page = await client.get("/graphql", headers={"Accept": "text/html"})
        assert (page.status_code, "<title>jobbot-gql</title>" in page.text) == (200, True)
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200
        assert missing(await client.get("/graphql", params={"query": QUERY}, headers={"Accept": "text/html"}))


async def test_metrics_need_the_scope_admin(database: Database, make: Make) -> None:
    async with served(database, JOBBOT_REQUIRE_TOKEN="yes") as client:
        assert missing(await client.get("/metrics"))
        for scopes, status in ((("read", "write", "import"), 403), (("admin",), 200)):
            token = await make("-".join(scopes), *scopes)
            answer = await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status
            if status == 403:
                message = "Metrics require the scope `admin`, which the token does not have."
                extensions = {"code": "FORBIDDEN", "scope": "admin"}
                assert answer.json() == {"errors": [{"message": message, "extensions": extensions}]}


async def test_a_page_that_is_let_in_needs_a_token_too_and_is_told_so(database: Database, make: Make) -> None:
    origin = {"Origin": "http://localhost:5173"}
    token = await make("page", "read")
    settings = {"JOBBOT_REQUIRE_TOKEN": "yes", "JOBBOT_ALLOWED_ORIGINS": origin["Origin"]}
    async with served(database, PEER, **settings) as client:
        wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        assert (await client.options("/graphql", headers={**origin, **wanted})).status_code == 200
        without = await client.post("/graphql", json={"query": QUERY}, headers=origin)
        with_token = await client.post(
            "/graphql", json={"query": QUERY}, headers={**origin, "Authorization": f"Bearer {token}"}
        )

    assert missing(without)
    assert with_token.json()["data"] == EMPTY
    for answer in (without, with_token):
        assert answer.headers["access-control-allow-origin"] == origin["Origin"]
        assert "access-control-allow-credentials" not in answer.headers


async def test_a_database_that_cannot_be_reached_lets_nobody_in() -> None:
    database = Database(normalise("postgresql://nobody@127.0.0.1:1/nowhere"))
    app = create_app(load_settings({}, dotenv=None), database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        unknown = await ask(client, f"jobbot_{'x' * 43}")
        malformed = await ask(client, "x")
    await database.dispose()

    assert (unknown.status_code, unknown.headers["retry-after"]) == (503, "1")
    message = "The database cannot be reached at the moment. Try again later."
    assert unknown.json() == {"errors": [{"message": message, "extensions": {"code": "UNAVAILABLE"}}]}
    assert malformed.status_code == 401


async def test_nothing_is_read_of_a_request_without_a_token(database: Database) -> None:
    async with served(database, JOBBOT_REQUIRE_TOKEN="yes") as client:
        with recorded(database) as statements:
            for content in (b"", b"{", b'{"query": "{ jobs"}', b"x" * 2_000_000):
                assert missing(await client.post("/graphql", content=content))

    assert statements == []


async def test_a_revoked_token_is_rejected_within_seconds(database: Database, make: Make) -> None:
    token, other = await make("bot", "read"), await make("other", "read")
    async with served(database) as client:
        assert (await ask(client, token)).status_code == 200
        await revoke(database, "bot")
        deadline = time.monotonic() + 30
        while (await ask(client, token)).status_code == 200:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        assert (await ask(client, token)).status_code == 401
        assert (await ask(client, other)).status_code == 200


async def test_an_expired_token_is_rejected_at_once(database: Database, make: Make) -> None:
    async with served(database) as client:
        token = await make("bot", "read", seconds=4)
        assert (await ask(client, token)).status_code == 200
        await asyncio.sleep(4)
        assert (await ask(client, token)).status_code == 401


async def test_a_token_is_looked_up_once_in_seconds_and_its_use_is_noted_once(database: Database, make: Make) -> None:
    token = await make("bot", "read")
    async with served(database) as client:
        begun = time.monotonic()
        with recorded(database) as statements:
            for _ in range(40):
                assert (await ask(client, token)).status_code == 200
        took = time.monotonic() - begun
    lookups = [one for one in statements if one.startswith("SELECT") and "api_tokens" in one]
    assert 1 <= len(lookups) <= 1 + took / CACHE_SECONDS
    # Leaving the block has waited for the one write.
    async with database.transaction() as session:
        (used,) = (await session.execute(text("SELECT last_used_at FROM api_tokens"))).one()
        assert used is not None
        assert (await session.execute(text("SELECT * FROM change_log"))).all() == []

    async with served(database) as client:
        assert (await ask(client, token)).status_code == 200
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT last_used_at FROM api_tokens"))).one() == (used,)


async def test_nobody_waits_until_the_use_of_a_token_can_be_noted(
    database: Database, database_url: str, make: Make
) -> None:
    token = await make("bot", "read")
    elsewhere = Database(normalise(database_url))
    async with served(database) as client, elsewhere.transaction() as session, asyncio.timeout(5):
        await session.execute(text("UPDATE api_tokens SET scopes = scopes"))  # and others wait for the row
        for _ in range(3):
            assert (await ask(client, token)).json()["data"] == EMPTY
    await elsewhere.dispose()


async def count(database: Database, table: str) -> Any:
    """How many rows a table has."""
    async with database.transaction() as session:
        return await session.scalar(text(f"SELECT count(*) FROM {table}"))  # noqa: S608 - a name of this file


@pytest.mark.parametrize("parameters", MUTATIONS)
async def test_a_token_without_write_writes_on_no_road(
    database: Database, make: Make, parameters: dict[str, Any]
) -> None:
    token = await make("reader", "read", "import", "admin")
    async with served(database) as client:
        posted = await ask(client, token, **parameters)
        assert posted.status_code == 403
        (error,) = posted.json()["errors"]
        assert (error["extensions"]["code"], error["message"], error["extensions"]["scope"]) == WRITE_FORBIDDEN
        assert "data" not in posted.json()
        if "variables" not in parameters:
            headers = {"Authorization": f"Bearer {token}"}
            got = await client.get("/graphql", params=parameters, headers=headers)
            assert (got.status_code, got.json()) == (403, posted.json())
    assert await count(database, "change_log") == 0


async def test_a_mutation_that_others_have_stored_is_not_for_readers(database: Database, make: Make) -> None:
    reader, writer = await make("reader", "read"), await make("writer", "write")
    query = MUTATIONS[0]["query"]
    stored = {"persistedQuery": {"version": 1, "sha256Hash": sha256(query.encode()).hexdigest()}}
    async with served(database) as client:
        assert (await ask(client, writer, query, extensions=stored)).json()["data"] == {"createJob": {"userErrors": []}}
        for token, status in ((writer, 200), (reader, 403)):
            headers = {"Authorization": f"Bearer {token}"}
            answer = await client.post("/graphql", json={"extensions": stored}, headers=headers)
            assert answer.status_code == status
        (error,) = answer.json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN", "scope": "write"}
        parameters = {"extensions": json.dumps(stored)}
        assert (await client.get("/graphql", params=parameters, headers=headers)).json() == answer.json()
    assert await count(database, "jobs") == 2


async def test_who_writes_is_in_the_change_log(database: Database, make: Make) -> None:
    token = await make("scraper", "write")
    query = {"query": MUTATIONS[0]["query"]}
    async with served(database) as client:
        for headers in ({"Authorization": f"Bearer {token}"}, {}):
            answer = await client.post("/graphql", json=query, headers=headers)
            assert answer.json()["data"] == {"createJob": {"userErrors": []}}
        log = (await ask(client, query="{ changes { nodes { actor entity operation requestId } } }")).json()
    changes = log["data"]["changes"]["nodes"]
    assert [change["actor"] for change in changes if change["entity"] == "JOB"] == ["scraper", "local"]
    assert len({(change["requestId"], change["actor"]) for change in changes}) == 2


async def test_an_idempotency_key_is_its_holders_own(database: Database, make: Make) -> None:
    query = MUTATIONS[0]["query"].replace("company:", 'idempotencyKey: "once", company:')
    one, other = await make("one", "write"), await make("other", "write")
    async with served(database) as client:
        for token in (one, one, other, None, None):
            assert (await ask(client, token, query)).json()["data"] == {"createJob": {"userErrors": []}}

    assert await count(database, "jobs") == 3


async def test_purging_needs_the_scope_admin(database: Database, make: Make) -> None:
    purge = f'mutation {{ purge(input: {{id: "{encode("Job", 1)}"}}) {{ changeCount userErrors {{ message }} }} }}'
    async with database.transaction() as session:
        session.add(Job(title="Cook", company="Hafenkueche"))
    writer, admin = await make("writer", "read", "write", "import"), await make("admin", "admin")
    async with served(database) as client:
        rejected = await ask(client, writer, purge)
        assert rejected.status_code == 403
        (error,) = rejected.json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN", "scope": "admin"}
        assert await count(database, "jobs") == 1
        undo = f'mutation {{ undoChange(input: {{id: "{encode("Change", 1)}"}}) {{ userErrors {{ message }} }} }}'
        assert (await ask(client, writer, undo)).json()["data"] == {"undoChange": {"userErrors": []}}
        purged = (await ask(client, admin, purge)).json()
        assert purged["data"] == {"purge": {"changeCount": 2, "userErrors": []}}
    assert await count(database, "jobs") == 0


async def test_what_was_seen_before_is_read_with_the_scope_only(database: Database, make: Make) -> None:
    """A query that was prepared for others takes a road of its own."""
    async with database.transaction() as session:
        session.add(Job(title="Developer", company="Feldweg Software"))
    reader, writer = await make("reader", "read"), await make("writer", "write", "import", "admin")
    async with served(database) as client:
        for _ in range(3):
            assert (await ask(client, reader)).json()["data"] == {"jobs": {"nodes": [{"title": "Developer"}]}}
            rejected = await ask(client, writer)
            assert rejected.status_code == 403
            (error,) = rejected.json()["errors"]
            assert (error["extensions"]["code"], error["message"], error["extensions"]["scope"]) == READ_FORBIDDEN
            assert "data" not in rejected.json()
            assert (await ask(client)).json()["data"] == {"jobs": {"nodes": [{"title": "Developer"}]}}
