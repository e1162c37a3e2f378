"""`jobbot-gql serve` where others could reach it: not without a token, unless told so outright."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.commands import rejection, run
from tests.web.conftest import serving

pytestmark = pytest.mark.process

EVERY_ADDRESS = "0.0.0.0"  # noqa: S104 - where the danger is
ADVICE = (
    "jobbot-gql: this address requires tokens, and the database has no valid one:"
    " `jobbot-gql token create NAME --scope read --scope write` creates one; --insecure-no-auth allows everyone"
)
ALL = ("--scope", "read", "--scope", "write", "--scope", "import", "--scope", "admin")
QUERY = {"query": "{ jobs { totalCount } }"}


def status(url: str, token: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    port = url.rpartition(":")[2]
    return httpx.post(f"http://127.0.0.1:{port}/graphql", json=QUERY, headers=headers).status_code


@pytest.mark.parametrize(
    ("options", "environment"),
    [(["--host", EVERY_ADDRESS], {}), ([], {"JOBBOT_HOST": "::"}), ([], {"JOBBOT_REQUIRE_TOKEN": "yes"})],
)
def test_a_server_that_would_let_nobody_in_does_not_start(
    tmp_path: Path, options: list[str], environment: dict[str, str]
) -> None:
    serve = ("serve", "--port", "0", *options)
    assert rejection(run(tmp_path, *serve, **environment)) == ADVICE

    assert run(tmp_path, "token", "create", "gone", *ALL).returncode == 0
    assert run(tmp_path, "token", "revoke", "gone").returncode == 0
    assert rejection(run(tmp_path, *serve, **environment)) == ADVICE

    token = run(tmp_path, "token", "create", "bot", "--scope", "read", "--expires", "1h").stdout.strip()
    with serving(tmp_path, *options, said=[], **environment) as (server, url):
        if url.startswith("http://["):  # who listens on :: is reached by IPv4 on some machines only
            return
        assert (status(url), status(url, token)) == (401, 200)
    events = [json.loads(line) for line in server.log if line.strip()]
    assert [event["actor"] for event in events if event["event"] == "operation"] == ["bot"]


def test_everyone_is_let_in_when_that_is_said_outright(tmp_path: Path) -> None:
    said: list[str] = []
    with serving(tmp_path, "--host", EVERY_ADDRESS, "--insecure-no-auth", said=said) as (_, url):
        warning = "no token is required: anyone who can reach this server can read and write everything"
        assert (json.loads(said[0])["level"], json.loads(said[0])["event"]) == ("warning", warning)
        assert status(url) == 200
        assert status(url, f"jobbot_{'x' * 43}") == 401
    rejected = run(tmp_path, "serve", "--port", "0", "--insecure-no-auth", JOBBOT_REQUIRE_TOKEN="yes")

    assert rejection(rejected) == (
        "jobbot-gql: JOBBOT_INSECURE_NO_AUTH must not be set together with JOBBOT_REQUIRE_TOKEN; got 'True'"
        " (command line)"
    )


def modes(folder: Path) -> dict[str, int]:
    """The permissions of everything in a folder."""
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}


@pytest.fixture
def permissive() -> Iterator[None]:
    """A umask that leaves every file open to everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.usefixtures("permissive")
def test_a_bystander_reads_no_backup(tmp_path: Path) -> None:
    assert run(tmp_path, "token", "create", "bot", "--scope", "read").returncode == 0
    assert run(tmp_path, "backup", "backup.db").returncode == 0
    restored = "sqlite:///./restored/to/jobs.db"
    assert run(tmp_path, "restore", "backup.db", DATABASE_URL=restored).returncode == 0

    assert modes(tmp_path) == {
        "jobbot.db": 0o600,
        "backup.db": 0o600,
        "restored": 0o700,
        "restored/to": 0o700,
        "restored/to/jobs.db": 0o600,
    }
    assert '"name": "bot"' in run(tmp_path, "token", "list", "--json", DATABASE_URL=restored).stdout


@pytest.mark.usefixtures("permissive")
def test_a_bystander_reads_no_file_of_a_running_server(tmp_path: Path) -> None:
    with serving(tmp_path, "--demo", DATABASE_URL="sqlite:///./data/of/jobs.db") as (_, url):
        assert status(url) == 200
        found = modes(tmp_path)

    assert found == {
        "data": 0o700,
        "data/of": 0o700,
        "data/of/jobs.db": 0o600,
        "data/of/jobs.db-shm": 0o600,
        "data/of/jobs.db-wal": 0o600,
    }
