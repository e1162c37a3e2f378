"""Helpers that run `jobbot-gql` commands."""

import os
import subprocess
from pathlib import Path

import httpx

from tests import fork_server


def count_jobs(url: str) -> int:
    answer = httpx.post(f"{url}/graphql", json={"query": "{ jobs { totalCount } }"})
    count: int = answer.json()["data"]["jobs"]["totalCount"]
    return count


def run(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A finished `jobbot-gql` command."""
    env = {**os.environ, "DATABASE_URL": "sqlite:///./jobbot.db", **environment}
    return fork_server.run("jobbot_gql", *command, cwd=folder, env=env)


def rejection(done: subprocess.CompletedProcess[str]) -> str:
    """The one line in which a command rejected to work."""
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line
