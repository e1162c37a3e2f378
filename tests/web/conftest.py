"""The application as a person starts it: `jobbot-gql serve --demo`, in a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

STARTED = re.compile(r"serves (http://\S+)/graphql")


@contextmanager
def serving(folder: Path, *options: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running `jobbot-gql serve` on a free port and its base URL; it is stopped as Ctrl-C does.

    Raises AssertionError with what the command said where it does not start.
    """
    server = subprocess.Popen(  # noqa: S603 - the project's own command
        [sys.executable, "-m", "jobbot_gql", "serve", "--port", "0", *options],
        cwd=folder,
        env={**os.environ, "DATABASE_URL": "sqlite:///./jobbot.db", **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr
    said = ""
    try:
        for line in server.stderr:
            said += line
            if found := STARTED.search(line):
                yield server, found[1]
                break
        else:
            raise AssertionError(said)
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
        server.wait(timeout=20)
        server.stderr.close()


@pytest.fixture(scope="session")
def served_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the application on the demo data, such as http://127.0.0.1:45123."""
    with serving(tmp_path_factory.mktemp("served"), "--demo") as (_, url):
        yield url
