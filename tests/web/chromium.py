"""A real Chromium that reaches only this machine."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright


@asynccontextmanager
async def launched(*names: str) -> AsyncIterator[Browser]:
    """A Chromium for which these host names are this machine, and no others are anywhere. Skips where there is none."""
    executable = os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")
    if executable is None:
        reason = "no Chromium: put `chromium` on the PATH or name one in CHROMIUM_PATH"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)  # in CI it fails, above; a contributor without it still runs the rest
    rules = [*(f"MAP {name} 127.0.0.1" for name in names), "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                # Newer browsers ask before a page from elsewhere may reach this machine; older ones do not.
                "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
                f"--host-resolver-rules={', '.join(rules)}",
            ],
        )
        yield browser
        await browser.close()
