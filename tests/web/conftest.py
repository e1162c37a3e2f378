"""The application as a person starts it: `jobbot-gql serve --demo`, in a process of its own."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.fork_server import Command
from tests.web.chromium import launched

STARTED = re.compile(r"serves (http://\S+)/graphql")


class Process(Command):
    """A running command."""

    log: list[str]
    """The lines that it has written on standard error since it served."""

    def keep_log(self) -> None:
        """Read standard error from now on; nobody else may. A pipe that is full would stop the command."""
        self.log = []
        self._reader = threading.Thread(target=lambda: self.log.extend(self.stderr or ()))
        self._reader.start()

    def end_of_log(self) -> None:
        """Wait for the last line, when the command has ended."""
        self._reader.join(20)


@contextmanager
def serving(
    folder: Path, *options: str, said: list[str] | None = None, **environment: str
) -> Iterator[tuple[Process, str]]:
    """A running `jobbot-gql serve` on a free port and its base URL; it is stopped as Ctrl-C does.

    The lines that it says until it serves are added to `said`.
    Raises AssertionError with what the command said where it does not start.
    """
    server = Process(
        *("jobbot_gql", "serve", "--port", "0", *options),
        cwd=folder,
        env={**os.environ, "DATABASE_URL": "sqlite:///./jobbot.db", **environment},
        stderr=subprocess.PIPE,
    )
    assert server.stderr
    said = [] if said is None else said
    try:
        for line in server.stderr:
            said.append(line)
            if found := STARTED.search(line):
                server.keep_log()
                yield server, found[1]
                break
        else:
            raise AssertionError("".join(said))
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
        server.wait(timeout=20)
        if hasattr(server, "log"):
            server.end_of_log()
        server.stderr.close()


@pytest.fixture(scope="session")
def served_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the application on the demo data, such as http://127.0.0.1:45123."""
    with serving(tmp_path_factory.mktemp("served"), "--demo") as (_, url):
        yield url


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with launched() as browser:
        yield browser
