"""In a real Chromium: no page of another site reads or writes a server on loopback, by whatever it can send."""

import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Page

from tests.web.chromium import launched
from tests.web.conftest import Process, serving

pytestmark = pytest.mark.process

EVIL, REBOUND = "evil.test", "rebound.test"
SECRET = "Harbour cook"
PAGE = "<!doctype html><title>Kittens</title><iframe name=frame></iframe>"
QUERY = "{ jobs { nodes { title } } }"
ADDED = 'createJob(input: {title: "Written by another site", company: "Evil"}) { userErrors { message } }'
WRITE = f"mutation {{ {ADDED} }}"

TOOLS = """
// What a page could read of an answer, or how it failed.
const reading = async (answer) => { try { return await (await answer).text() } catch (error) { return `${error}` } };
const post = (url, body, options) => reading(fetch(url, { method: 'POST', body, ...options }));
const body = (query) => JSON.stringify({ query });
const asked = (url, query) => `${url}?query=${encodeURIComponent(query)}`;
// Until an element has loaded, or failed to.
const loaded = (element) => new Promise((resolve) => {
  element.onload = element.onerror = (event) => resolve(event.type);
  document.body.append(element);
});
const element = (name, attributes) => loaded(Object.assign(document.createElement(name), attributes));
const socket = (url) => new Promise((resolve) => {
  const websocket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  websocket.onopen = () => websocket.send('{"type": "connection_init"}');
  websocket.onmessage = ({ data }) => resolve(data);
  websocket.onclose = ({ code }) => resolve(`closed ${code}`);
});
// A form's text/plain is JSON once its one name and value, with the = between them, are chosen well.
const form = (url, enctype, name, value) => new Promise((resolve) => {
  const made = Object.assign(document.createElement('form'), { action: url, method: 'POST', enctype, target: 'frame' });
  made.append(Object.assign(document.createElement('input'), { name, value }));
  document.body.append(made);
  document.querySelector('iframe').onload = () => resolve('sent');
  made.submit();
});
"""

ATTACKS = {
    "fetch": "post(url, body(query), { headers: { 'content-type': 'application/json' } })",
    "fetch with credentials": "post(url, body(query),"
    " { headers: { 'content-type': 'application/json' }, credentials: 'include' })",
    "fetch that needs no preflight": "post(url, body(query), { headers: { 'content-type': 'text/plain' } })",
    "fetch without CORS": "post(url, body(query), { mode: 'no-cors', headers: { 'content-type': 'text/plain' } })",
    "fetch without CORS or a type": "post(url, new Blob([body(query)]), { mode: 'no-cors' })",
    "fetch, form": "post(url, new URLSearchParams({ query }), { mode: 'no-cors' })",
    "fetch, GET": "reading(fetch(asked(url, query)))",
    "fetch, GET without CORS": "reading(fetch(asked(url, query), { mode: 'no-cors' }))",
    "beacon": "(navigator.sendBeacon(url, body(query)), 'sent')",
    "beacon with a type": "(navigator.sendBeacon(url, new Blob([body(query)], { type: 'text/plain' })), 'sent')",
    "form, text": """form(url, 'text/plain', body(query).slice(0, -1) + ', "x": "', '"}')""",
    "form": "form(url, 'application/x-www-form-urlencoded', 'query', query)",
    "form, parts": "form(url, 'multipart/form-data', 'query', query)",
    "image": "element('img', { src: asked(url, query) })",
    "script": "element('script', { src: asked(url, query) })",
    "style": "element('link', { rel: 'stylesheet', href: asked(url, query) })",
    "frame": "element('iframe', { src: asked(url, query) })",
    "object": "element('object', { data: asked(url, query) })",
    "event stream": "new Promise((resolve) => {"
    " new EventSource(asked(url, query)).onerror = () => resolve('failed') })",
    "WebSocket": "socket(url)",
}


class Kittens(BaseHTTPRequestHandler):
    """The page of another site."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@contextmanager
def other_site() -> Iterator[str]:
    """The origin of another site, which is served on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Kittens) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://{EVIL}:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    with other_site() as origin:
        yield origin


@pytest.fixture(scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with launched(EVIL, REBOUND) as browser:
        yield browser


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    context = await chromium.new_context()
    yield await context.new_page()
    await context.close()


@contextmanager
def attacked(folder: Path, **environment: str) -> Iterator[tuple[Process, str]]:
    """A server with one job in it."""
    with serving(folder, said=[], **environment) as (server, url):
        title = json.dumps(SECRET)
        made = (
            f'mutation {{ createJob(input: {{title: {title}, company: "Hafenkueche"}}) {{ userErrors {{ code }} }} }}'
        )
        answer = httpx.post(f"{url}/graphql", json={"query": made})
        assert answer.json()["data"] == {"createJob": {"userErrors": []}}
        yield server, url


def titles(url: str) -> list[str]:
    answer = httpx.post(f"{url}/graphql", json={"query": QUERY})
    return [job["title"] for job in answer.json()["data"]["jobs"]["nodes"]]


async def attack(page: Page, url: str, query: str, how: str) -> str:
    """What a page gets out of an attack."""
    script = f"async ([url, query]) => {{ {TOOLS} return {ATTACKS[how]} }}"
    return str(await page.evaluate(script, [f"{url}/graphql", query]))


async def open_rebound(page: Page, url: str) -> str:
    """Open the other site's page under the server's port; the server as a page calls it whose name now leads there."""
    rebound = url.replace("127.0.0.1", REBOUND)

    async def kittens(route: Any) -> None:
        await route.fulfill(body=PAGE, content_type="text/html")

    await page.route(f"{rebound}/", kittens)
    await page.goto(f"{rebound}/")
    return rebound


def events(server: Process, name: str) -> list[dict[str, Any]]:
    """What the server has logged of this name."""
    return [event for event in map(json.loads, filter(str.strip, server.log)) if event["event"] == name]


@pytest.mark.parametrize("how", ["another site", "another port of this machine", "DNS rebinding"])
async def test_nothing_is_read_or_written(page: Page, evil: str, tmp_path: Path, how: str) -> None:
    with attacked(tmp_path) as (server, url):
        if how == "DNS rebinding":
            target = await open_rebound(page, url)
        else:
            await page.goto(f"{evil}/" if how == "another site" else f"{evil}/".replace(EVIL, "127.0.0.1"))
            target = url
        for name in ATTACKS:
            rejected_before = len(events(server, "rejected request"))
            for query in (QUERY, WRITE):
                assert SECRET not in await attack(page, target, query, name), name
            for _ in range(200):  # a beacon is sent when the browser likes
                if len(events(server, "rejected request")) > rejected_before:
                    break
                await page.wait_for_timeout(25)
            assert len(events(server, "rejected request")) > rejected_before, name  # it has arrived
        assert titles(url) == [SECRET]

    rejections = {(event["status"], *event["errors"]) for event in events(server, "rejected request")}
    assert rejections == {(400, "BAD_REQUEST")} if how == "DNS rebinding" else {(403, "FORBIDDEN")}
    assert len(events(server, "operation")) == 2  # our own


async def test_a_link_runs_no_operation(page: Page, evil: str, tmp_path: Path) -> None:
    with attacked(tmp_path) as (server, url):
        await page.goto(f"{evil}/")
        for query in (QUERY, WRITE):
            async with page.context.expect_page() as opened:
                await page.evaluate(
                    f"([url, query]) => {{ {TOOLS} window.open(asked(url, query)) }}", [f"{url}/graphql", query]
                )
            other = await opened.value
            await other.wait_for_load_state()
            assert SECRET not in await other.content()
            assert "Allow the origin with JOBBOT_ALLOWED_ORIGINS" in await other.content()
        assert titles(url) == [SECRET]

    # A page that shows a rejection asks for its icon.
    assert [event["status"] for event in events(server, "rejected request") if event["status"] != 404] == [403, 403]
    assert len(events(server, "operation")) == 2


async def test_the_attacks_would_succeed(page: Page, evil: str, tmp_path: Path) -> None:
    """The proof that the tests above have eyes: those who are let in by a setting read and write in the same ways."""
    let_in = {"JOBBOT_ALLOWED_ORIGINS": evil, "JOBBOT_ALLOWED_HOSTS": f"127.0.0.1,{REBOUND}"}
    with attacked(tmp_path, **let_in) as (_, url):
        await page.goto(f"{evil}/")
        assert SECRET in await attack(page, url, QUERY, "fetch")
        assert SECRET in await attack(page, url, QUERY, "fetch, GET")
        assert await attack(page, url, "", "WebSocket") == '{"type":"connection_ack"}'
        rebound = await open_rebound(page, url)
        assert SECRET in await attack(page, rebound, QUERY, "fetch")
        assert SECRET in await attack(page, rebound, QUERY, "fetch, GET")
        assert await attack(page, rebound, "", "WebSocket") == '{"type":"connection_ack"}'
        await attack(page, rebound, WRITE, "fetch")
        assert sorted(titles(url)) == [SECRET, "Written by another site"]
