"""GraphiQL in a real browser."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, expect
from playwright.async_api import Route as PageRoute

RESPONSE = (
    "JSON.parse(__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith('response.json')).getValue() || null)"
)
"""JavaScript that reads the content of the result pane."""


class Explorer:
    """An open GraphiQL that reaches its own server only, with all that it asked for and complained about."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.requests: list[str] = []
        self.outside: list[str] = []
        self.complaints: list[str] = []

    async def open(self) -> None:
        await self.page.context.route("**/*", self._let_own_requests_through)
        self.page.context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda websocket: self.requests.append(websocket.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._note_console)
        await self.page.expose_function("noteViolation", self._note_violation)
        await self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (event) =>"
            " noteViolation(`${event.effectiveDirective} ${event.blockedURI}`))"
        )
        await self.page.goto(f"{self.base_url}/graphql")
        await expect(self.page.locator(".graphiql-editor .view-line").first).to_be_visible(timeout=90_000)

    async def _let_own_requests_through(self, route: PageRoute) -> None:
        if route.request.url.startswith((f"{self.base_url}/", "data:")):
            await route.continue_()
        else:
            self.outside.append(route.request.url)
            await route.abort()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _note_violation(self, violation: str) -> None:
        self.complaints.append(violation)

    async def select_tab(self, name: str) -> None:
        await self.page.get_by_role("tab").get_by_title(name, exact=True).click()

    async def type_into(self, pane: str, text: str) -> None:
        await self.page.get_by_role("region", name=pane).locator(".view-lines:visible").click()
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.insert_text(text)

    async def execute(self) -> None:
        # GraphiQL reads the operation's name 100 ms after the text has changed. A timer of the page itself, set later
        # and longer, cannot fire before that one, however slow the machine is.
        await self.page.evaluate("new Promise((resolve) => setTimeout(resolve, 250))")
        await self.page.get_by_role("button", name="Execute query").click()

    async def expect_answer(self, answer: Any) -> None:
        """Waits until the result pane holds exactly this answer, and sees it show the first lines."""
        await self.expect_script(RESPONSE, answer)
        lines = self.page.get_by_role("region", name="Result Window").locator(".view-line")
        for number, line in enumerate(json.dumps(answer, indent=2, ensure_ascii=False).splitlines()[:4]):
            await expect(lines.nth(number)).to_have_text(line)

    async def expect_script(self, script: str, value: Any) -> None:
        """Polls from here, because the page's policy rejects the eval() that Playwright's own polling needs."""
        for _ in range(200):
            current = await self.page.evaluate(script)
            if current == value:
                return
            await asyncio.sleep(0.05)
        assert current == value

    def assert_clean(self) -> None:
        assert self.complaints == []
        assert self.outside == []
        own = (f"{self.base_url}/", f"{self.base_url.replace('http:', 'ws:')}/", "data:")
        assert self.requests
        assert [url for url in self.requests if not url.startswith(own)] == []


@asynccontextmanager
async def opened(browser: Browser, base_url: str, **options: Any) -> AsyncIterator[Explorer]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900}, **options)
    explorer = Explorer(await context.new_page(), base_url)
    try:
        await explorer.open()
        yield explorer
    finally:
        await context.close()
