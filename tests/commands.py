"""Helpers that run `jobbot-gql` commands."""

import os
import subprocess
import sys
from pathlib import Path

import httpx


def count_jobs(url: str) -> int:
    answer = httpx.post(f"{url}/graphql", json={"query": "{ jobs { totalCount } }"})
    count: int = answer.json()["data"]["jobs"]["totalCount"]
    return count


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A finished `jobbot-gql` command."""
    return subprocess.run(  # noqa: S603 - the project's own command
        [sys.executable, "-m", "jobbot_gql", *command],
        cwd=folder,
        env={**os.environ, "DATABASE_URL": "sqlite:///./jobbot.db", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rejection(done: subprocess.CompletedProcess[str]) -> str:
    """The one line in which a command rejected to work."""
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line
