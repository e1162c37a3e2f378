"""The GraphiQL page: over HTTP, and in a real Chromium that can reach nothing but this server."""

import asyncio
import gzip
import json
import re
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import strawberry
import uvicorn
from graphql import build_schema
from httpx import ASGITransport, AsyncClient
from playwright.async_api import Browser, Request, expect
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL

from jobbot_gql.web import graphiql
from tests.commands import run
from tests.conftest import Api
from tests.web.conftest import serving
from tests.web.explorer import RESPONSE, Explorer, opened

pytestmark = pytest.mark.process

PACKAGE = Path(graphiql.__file__).parent
ASSETS = {path.stem: path.read_bytes() for path in sorted((PACKAGE / "dist" / "graphql" / "assets").iterdir())}
ASSET = next(iter(ASSETS))
EXAMPLES = sorted((PACKAGE / "source" / "examples").glob("*.graphql"))
SAVE, CONFLICT = (path for path in EXAMPLES if path.stem[0] in "89")
OPENED = 3
"""How many examples have a tab at first."""
SCREENSHOTS = Path(__file__).parents[2] / "test-artifacts"

app = Starlette(routes=[Route("/graphql", graphiql.page), *graphiql.routes()])


def request_body(example: Path) -> dict[str, Any]:
    variables = example.with_suffix(".variables.json")
    return {
        "query": example.read_text(),
        "variables": json.loads(variables.read_text()) if variables.exists() else {},
    }


def operation_name(example: Path) -> str:
    match = re.search(r"^(?:query|mutation) (\w+)", example.read_text(), re.MULTILINE)
    assert match, f"{example.name} has no named operation"
    return match[1]


async def answer_to(example: Path, base_url: str) -> Any:
    async with AsyncClient(base_url=base_url) as client:
        return (await client.post("/graphql", json=request_body(example))).json()


# ---------------------------------------------------------------------------------------------------------- HTTP


@pytest.fixture
async def http() -> AsyncIterator[AsyncClient]:
    async with AsyncClient(transport=ASGITransport(app), base_url="http://testserver") as client:
        yield client


async def test_page_headers(http: AsyncClient) -> None:
    response = await http.get("/graphql")
    assert response.status_code == 200
    assert "<title>jobbot-gql</title>" in response.text
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["vary"] == "Accept, Accept-Encoding"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )


async def test_page_refers_only_to_assets_that_exist(http: AsyncClient) -> None:
    html = (await http.get("/graphql")).text
    references = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert len(references) >= 3
    for reference in references:
        assert reference.startswith("./graphql/assets/")
        assert (await http.get("/graphql/" + reference.removeprefix("./graphql/"))).status_code == 200


@pytest.mark.parametrize("name", ASSETS)
async def test_asset(http: AsyncClient, name: str) -> None:
    content_type = {
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".ttf": "font/ttf",
        ".svg": "image/svg+xml",
    }
    url = f"/graphql/assets/{name}"
    compressed = await http.get(url)
    assert compressed.status_code == 200
    assert compressed.headers["content-type"] == content_type[Path(name).suffix]
    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.headers["content-length"] == str(len(ASSETS[name]))
    assert compressed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert compressed.headers["vary"] == "Accept-Encoding"
    assert compressed.headers["content-security-policy"] == graphiql.CONTENT_SECURITY_POLICY
    assert compressed.headers["x-content-type-options"] == "nosniff"
    assert compressed.headers["referrer-policy"] == "no-referrer"

    plain = await http.get(url, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.headers["content-length"] == str(len(plain.content))
    assert plain.content == compressed.content == gzip.decompress(ASSETS[name])


@pytest.mark.parametrize(
    ("accept_encoding", "compressed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP ; q=0.001", True),
        ("deflate, gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("br", False),
        ("x-gzip-like", False),
        ("", False),
    ],
)
async def test_gzip_only_when_accepted(http: AsyncClient, accept_encoding: str, compressed: bool) -> None:
    response = await http.get("/graphql", headers={"Accept-Encoding": accept_encoding})
    assert response.headers.get("content-encoding") == ("gzip" if compressed else None)
    assert "<title>jobbot-gql</title>" in response.text


@pytest.mark.parametrize("url", ["/graphql", f"/graphql/assets/{ASSET}"])
async def test_head_and_revalidation(http: AsyncClient, url: str) -> None:
    got = await http.get(url)

    head = await http.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == got.headers

    for known in [got.headers["etag"], f'"other", {got.headers["etag"]}', "*"]:
        again = await http.get(url, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        for name in ["etag", "cache-control", "vary", "content-security-policy"]:
            assert again.headers[name] == got.headers[name]

    assert (await http.get(url, headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "index.js",
        "",
        f"{ASSET}.gz",
        ASSET.upper(),
        "..%2f..%2findex.html",
        "%2e%2e/%2e%2e/index.html",
        "..%5c..%5cindex.html",
        "%2fetc%2fpasswd",
        f"x/{ASSET}",
        f"{ASSET}%00",
    ],
)
async def test_unknown_asset_is_not_found(http: AsyncClient, name: str) -> None:
    assert (await http.get(f"/graphql/assets/{name}")).status_code == 404


async def test_asset_takes_no_other_method(http: AsyncClient) -> None:
    response = await http.post(f"/graphql/assets/{ASSET}")
    assert response.status_code == 405


# --------------------------------------------------------------------------------------------------------- build


def test_built_files_are_small_and_carry_no_time_or_name() -> None:
    built = [path for path in (PACKAGE / "dist").rglob("*") if path.is_file()]
    assert {path.suffix for path in built} == {".gz"}
    assert max(path.stat().st_size for path in built) < 1_500_000
    assert sum(path.stat().st_size for path in built) < 2_500_000
    for path in built:
        # RFC 1952: magic, deflate, no flags (so no file name), modification time 0
        assert path.read_bytes()[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"


def test_licenses_cover_each_dependency_in_its_version() -> None:
    text = gzip.decompress((PACKAGE / "dist" / "THIRD-PARTY-LICENSES.txt.gz").read_bytes()).decode()
    dependencies = json.loads((PACKAGE / "source" / "package.json").read_text())["dependencies"]
    assert {"graphiql", "react", "graphql"} <= dependencies.keys()
    for name, version in dependencies.items():
        assert re.search(rf"^{re.escape(f'{name} {version}')} \(\S+\)$", text, re.MULTILINE), name


def test_lock_file_has_hashes_and_no_addresses() -> None:
    packages = json.loads((PACKAGE / "source" / "package-lock.json").read_text())["packages"]
    del packages[""]
    assert len(packages) > 100
    for path, package in packages.items():
        assert package["integrity"].startswith("sha512-"), path
        assert "resolved" not in package, path


# ------------------------------------------------------------------------------------------------------ examples


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
async def test_example_shows_something(served_demo: str, example: Path) -> None:
    answer = await answer_to(example, served_demo)
    assert "errors" not in answer
    for root in answer["data"].values():
        assert root
        assert not isinstance(root, dict) or root.get("nodes", True)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_examples_work_on_any_data(api: Api) -> None:
    for _ in range(2):
        for example in EXAMPLES:
            answer = (await api.http.post("/graphql", json=request_body(example))).json()
            assert "errors" not in answer, example.stem
    saved = (await api.http.post("/graphql", json=request_body(SAVE))).json()["data"]["upsertJob"]
    assert (saved["outcome"], saved["userErrors"]) == ("UNCHANGED", [])
    conflict = (await api.http.post("/graphql", json=request_body(CONFLICT))).json()["data"]["rejected"]
    assert conflict["job"] is None
    assert conflict["userErrors"][0]["code"] == "STALE_VERSION"
    assert conflict["userErrors"][0]["currentVersion"] == saved["job"]["version"]


async def test_schema_in_its_definition_language(api: Api) -> None:
    response = await api.http.get("/graphql/schema.graphql")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert build_schema(response.text).query_type


# ------------------------------------------------------------------------------------------------------- browser


async def test_tabs_hold_the_examples(chromium: Browser, served_demo: str) -> None:
    async with opened(chromium, served_demo) as explorer:
        tabs = explorer.page.get_by_role("tab").locator(".graphiql-tab-button")
        await expect(tabs).to_have_text([operation_name(example) for example in EXAMPLES[:OPENED]])
        await explorer.expect_script(
            "JSON.parse(localStorage['jobbot-gql:graphiql:tabState'] ?? '{}').tabs?.map(({ query }) => query)",
            [request_body(example)["query"].strip() for example in EXAMPLES[:OPENED]],
        )


async def test_every_example_is_in_the_menu_and_can_be_reopened(chromium: Browser, served_demo: str) -> None:
    async with opened(chromium, served_demo) as explorer:
        page = explorer.page
        tabs = page.get_by_role("tab").locator(".graphiql-tab-button")
        await page.get_by_role("button", name="Close Tab").first.click()
        await expect(tabs).to_have_count(OPENED - 1)
        await page.get_by_role("button", name="Show Examples").click()
        menu = page.get_by_role("navigation", name="Examples")
        await expect(menu.locator("li > button")).to_have_text([operation_name(example) for example in EXAMPLES])
        for place, example in enumerate((EXAMPLES[0], EXAMPLES[3], CONFLICT)):
            await menu.get_by_role("button", name=operation_name(example), exact=True).click()
            await expect(tabs).to_have_count(OPENED + place)
            await expect(tabs.last).to_have_text(operation_name(example))
            await explorer.execute()
            await explorer.expect_answer(await answer_to(example, served_demo))
        await page.screenshot(path=SCREENSHOTS / "graphiql-menu.png")
        async with page.expect_popup() as popup:
            await menu.get_by_role("link", name="schema.graphql").click()
        await expect((await popup.value).locator("body")).to_contain_text("type Query {")
        await menu.get_by_role("button", name="Documentation of all types and fields").click()
        await expect(page.locator(".graphiql-doc-explorer")).to_be_visible()
        explorer.assert_clean()


async def test_operations_are_built_by_clicking(chromium: Browser, served_demo: str) -> None:
    async with opened(chromium, served_demo) as explorer:
        page = explorer.page
        await page.get_by_role("button", name="New tab").click()
        await page.get_by_role("button", name="Show GraphiQL Explorer").click()
        await page.locator(".graphiql-plugin").get_by_text("viewer", exact=True).click()
        await page.locator(".graphiql-plugin").get_by_text("scopes", exact=True).click()
        await page.screenshot(path=SCREENSHOTS / "graphiql-explorer.png")
        await explorer.execute()
        scopes = ["READ", "WRITE", "IMPORT", "ADMIN"]
        await explorer.expect_script(f"({RESPONSE})?.data", {"viewer": {"scopes": scopes}})
        assert explorer.outside == []


async def test_a_narrow_screen(chromium: Browser, served_demo: str) -> None:
    async with opened(chromium, served_demo) as explorer:
        page = explorer.page
        await page.set_viewport_size({"width": 400, "height": 800})
        editor = page.get_by_role("region", name="Operation Editor")
        result = page.get_by_role("region", name="Result Window")
        await explorer.execute()
        await explorer.expect_answer(await answer_to(EXAMPLES[0], served_demo))
        await page.screenshot(path=SCREENSHOTS / "graphiql-narrow.png")
        above, below = await editor.bounding_box(), await result.bounding_box()
        assert above is not None
        assert below is not None
        assert above["y"] + above["height"] <= below["y"] + 1
        for box in (above, below):
            assert box["height"] > 100
            assert box["width"] > 200
            assert box["x"] + box["width"] <= 400


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_examples_run_with_the_network_closed(chromium: Browser, served_demo: str, theme: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    async with opened(chromium, served_demo, color_scheme=theme) as explorer:
        for example in EXAMPLES[:OPENED]:
            await explorer.select_tab(operation_name(example))
            await explorer.execute()
            await explorer.expect_answer(await answer_to(example, served_demo))
            await explorer.page.screenshot(path=SCREENSHOTS / f"graphiql-{theme}-{example.stem}.png")
        explorer.assert_clean()


async def test_documentation_explorer(chromium: Browser, served_demo: str) -> None:
    async with opened(chromium, served_demo) as explorer:
        page = explorer.page
        await page.get_by_role("button", name="Show Documentation Explorer").click()
        docs = page.locator(".graphiql-doc-explorer")
        await docs.get_by_text("Query", exact=True).click()
        await docs.get_by_text("applications", exact=True).click()
        await expect(docs.get_by_text("ApplicationConnection", exact=True)).to_be_visible()
        await page.screenshot(path=SCREENSHOTS / "graphiql-documentation.png")
        explorer.assert_clean()


async def test_policy_rejects_other_origins(chromium: Browser, served_demo: str) -> None:
    async with opened(chromium, served_demo) as explorer:
        await explorer.page.evaluate(
            """async () => {
                await fetch('http://elsewhere.invalid/').catch(() => {});
                try { new WebSocket('ws://elsewhere.invalid/'); } catch {}
                try { new Worker(URL.createObjectURL(new Blob(['']))); } catch {}
                document.head.append(Object.assign(document.createElement('script'), { text: 'scriptRan = true' }));
            }"""
        )
        assert await explorer.page.evaluate("typeof scriptRan") == "undefined"
        # the console says the same once more, in sentences that name the Content Security Policy
        assert {complaint for complaint in explorer.complaints if "Policy" not in complaint} == {
            "connect-src http://elsewhere.invalid/",
            "connect-src ws://elsewhere.invalid/",
            "worker-src blob",
            "script-src-elem inline",
        }
        assert explorer.outside == []


async def test_requests_elsewhere_would_be_seen(chromium: Browser, served_demo: str) -> None:
    """Without the policy the request is made: the proof that `assert_clean` has eyes."""
    async with opened(chromium, served_demo, bypass_csp=True) as explorer:
        await explorer.page.evaluate("fetch('http://elsewhere.invalid/').catch(() => {})")
        assert explorer.outside == ["http://elsewhere.invalid/"]
        assert "http://elsewhere.invalid/" in explorer.requests


@strawberry.type
class Query:
    @strawberry.field
    def ready(self) -> bool:
        return True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def token(self, info: strawberry.Info[Any, None]) -> AsyncIterator[str]:
        yield info.context["connection_params"]["Authorization"]


@pytest.fixture
async def served_subscriptions() -> AsyncIterator[str]:
    endpoint = GraphQL[None, None](strawberry.Schema(Query, subscription=Subscription))
    routes = [
        Route("/graphql", graphiql.page),
        Route("/graphql", endpoint, methods=["POST"]),
        WebSocketRoute("/graphql", endpoint),
        *graphiql.routes(),
    ]
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning"))
    running = asyncio.create_task(asyncio.to_thread(server.run, [listener]))
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await running


TOKEN_HEADERS = '{"Authorization": "Bearer a-secret-token"}'


async def test_token_is_sent_but_never_stored(chromium: Browser, served_subscriptions: str) -> None:
    async with opened(chromium, served_subscriptions) as explorer:
        page = explorer.page
        await page.get_by_role("button", name="Headers", exact=True).click()
        await explorer.type_into("Headers", TOKEN_HEADERS)
        await explorer.type_into("Operation Editor", "query Ready { ready }")
        async with page.expect_request(lambda request: "query Ready" in (request.post_data or "")) as sent:
            await explorer.execute()
        assert (await sent.value).headers["authorization"] == "Bearer a-secret-token"
        await explorer.expect_answer({"data": {"ready": True}})
        for key in ["queries", "tabState"]:
            await explorer.expect_script(f"localStorage['jobbot-gql:graphiql:{key}'].includes('query Ready')", True)
        assert "a-secret-token" not in await page.evaluate("JSON.stringify(localStorage)")
        explorer.assert_clean()


async def test_token_holds_for_all_tabs(chromium: Browser, served_subscriptions: str) -> None:
    def ready(request: Request) -> bool:
        return "query Ready" in (request.post_data or "")

    async def sent_by(explorer: Explorer) -> str | None:
        await explorer.type_into("Operation Editor", "query Ready { ready }")
        async with explorer.page.expect_request(ready) as sent:
            await explorer.execute()
        token: str | None = (await sent.value).headers.get("authorization")
        return token

    async with opened(chromium, served_subscriptions) as explorer:
        page = explorer.page
        assert await sent_by(explorer) is None
        await page.get_by_role("button", name="Headers", exact=True).click()
        await explorer.type_into("Headers", TOKEN_HEADERS)
        assert await sent_by(explorer) == "Bearer a-secret-token"

        await page.get_by_role("button", name="New tab").click()
        assert await sent_by(explorer) == "Bearer a-secret-token"
        await page.reload()
        await expect(page.locator(".graphiql-editor .view-line").first).to_be_visible(timeout=90_000)
        assert await sent_by(explorer) == "Bearer a-secret-token"

        other = Explorer(await page.context.new_page(), served_subscriptions)
        await other.open()
        assert await sent_by(other) == "Bearer a-secret-token"
        await other.page.get_by_role("button", name="Headers", exact=True).click()
        await other.type_into("Headers", '{"Authorization": ""}')
        assert await sent_by(other) is None
        await page.bring_to_front()
        assert await sent_by(explorer) is None
        for one in (explorer, other):
            assert "a-secret-token" not in await one.page.evaluate("JSON.stringify([localStorage, sessionStorage])")


async def test_subscription_goes_to_the_same_host_with_the_token(chromium: Browser, served_subscriptions: str) -> None:
    async with opened(chromium, served_subscriptions) as explorer:
        await explorer.page.get_by_role("button", name="Headers", exact=True).click()
        await explorer.type_into("Headers", TOKEN_HEADERS)
        await explorer.type_into("Operation Editor", "subscription Token { token }")
        await explorer.execute()
        await explorer.expect_answer({"data": {"token": "Bearer a-secret-token"}})
        assert f"{served_subscriptions.replace('http:', 'ws:')}/graphql" in explorer.requests
        explorer.assert_clean()


async def test_a_server_that_wants_a_token_is_given_it_in_the_page(chromium: Browser, tmp_path: Path) -> None:
    made = run(tmp_path, "token", "create", "explorer", "--scope", "read")
    headers = json.dumps({"Authorization": f"Bearer {made.stdout.strip()}"})
    with serving(tmp_path, JOBBOT_REQUIRE_TOKEN="yes", said=[]) as (_, url):
        async with opened(chromium, url) as explorer:
            page = explorer.page
            await explorer.type_into("Operation Editor", "query Count { jobs { totalCount } }")
            await explorer.execute()
            message = "This server requires a token. Send `Authorization: Bearer <token>`."
            rejection = {"message": message, "extensions": {"code": "UNAUTHENTICATED"}}
            await explorer.expect_script(RESPONSE, {"errors": [rejection]})

            await page.get_by_role("button", name="Headers", exact=True).click()
            await explorer.type_into("Headers", headers)
            await explorer.execute()
            await explorer.expect_answer(
                {"data": {"jobs": {"totalCount": 0}}, "extensions": {"cost": {"value": 2, "cap": 200_000}}}
            )
            await page.get_by_role("button", name="Re-fetch GraphQL schema").click()
            await page.get_by_role("button", name="Show Documentation Explorer").click()
            docs = page.locator(".graphiql-doc-explorer")
            await docs.get_by_text("Query", exact=True).click()
            await expect(docs.get_by_text("applications", exact=True)).to_be_visible()
            assert made.stdout.strip() not in await page.evaluate("JSON.stringify(localStorage)")
            assert explorer.outside == []
