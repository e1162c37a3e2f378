"""`jobbot-gql token` from the outside: tokens are made, listed and revoked, and no database can tell one."""

import json
import os
import re
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from jobbot_gql.db.database import Database
from tests import fork_server

pytestmark = pytest.mark.process


def token(database_url: str, *command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """A finished `jobbot-gql token` command."""
    env = {**os.environ, "DATABASE_URL": database_url}
    return fork_server.run("jobbot_gql", "token", *command, cwd=cwd or Path.cwd(), env=env)


def listed(database_url: str) -> list[dict[str, Any]]:
    tokens: list[dict[str, Any]] = json.loads(token(database_url, "list", "--json").stdout)
    return tokens


async def stored(database: Database) -> list[Any]:
    """What the database holds of the tokens, as the driver gives it."""
    async with database.transaction() as session:
        return [tuple(row) for row in await session.execute(text("SELECT * FROM api_tokens ORDER BY id"))]


async def test_a_token_is_shown_once_and_stored_as_its_digest(database: Database, database_url: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    made = token(database_url, "create", "bot", "--scope", "write", "--scope", "read", "--expires", "90d")

    assert made.returncode == 0
    assert re.fullmatch(r"jobbot_[A-Za-z0-9_-]{43}\n", made.stdout)
    secret = made.stdout.strip()
    (one,) = listed(database_url)
    until = datetime.fromisoformat(one["expires_at"])
    assert made.stderr == f"token bot (read, write, until {until:%Y-%m-%d %H:%M} UTC); it is shown this once:\n"
    created = datetime.fromisoformat(one.pop("created_at"))
    assert before <= created <= datetime.now(UTC)
    assert timedelta(days=90) - timedelta(seconds=60) < until - created <= timedelta(days=90)
    assert one == {
        "id": 1,
        "name": "bot",
        "state": "active",
        "scopes": ["read", "write"],
        "expires_at": until.isoformat(),
        "last_used_at": None,
        "revoked_at": None,
    }
    (row,) = await stored(database)
    assert row[2] == sha256(secret.encode()).hexdigest()
    assert secret.removeprefix("jobbot_") not in repr(row)
    shown = token(database_url, "list").stdout
    assert row[2] not in shown
    assert [line.split()[:5] for line in shown.splitlines()] == [
        ["id", "name", "scopes", "state", "created"],
        ["1", "bot", "read", "write", "active"],
    ]


async def test_revoking(database: Database, database_url: str) -> None:
    assert token(database_url, "create", "bot", "--scope", "read").returncode == 0
    assert token(database_url, "create", "importer", "--scope", "import", "--scope", "admin").returncode == 0

    said = token(database_url, "revoke", "importer")
    assert (said.returncode, said.stdout) == (0, "")
    assert said.stderr == "token importer is revoked; a running server rejects it within 5 s\n"
    assert [one["state"] for one in listed(database_url)] == ["active", "revoked"]
    after = await stored(database)

    again = token(database_url, "revoke", "2")
    assert again.returncode == 0
    assert again.stderr.startswith("token importer was revoked already, ")
    assert await stored(database) == after

    assert token(database_url, "revoke", "1").stderr.startswith("token bot is revoked;")
    assert [one["state"] for one in listed(database_url)] == ["revoked", "revoked"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["create", "bot", "--scope", "write"], "NAME: a token named 'bot' exists or existed; names are not reused"),
        (["create", "gone", "--scope", "write"], "NAME: a token named 'gone' exists or existed; names are not reused"),
        (["create", "local", "--scope", "read"], "NAME: must not be 'local', which is reserved by the change log"),
        (["create", "12", "--scope", "read"], "NAME: must be 1 to 100 letters, digits or . _ @ -, and not digits"),
        (["create", "a b", "--scope", "read"], "NAME: must be 1 to 100 letters, digits or . _ @ -, and not digits"),
        (["create", "", "--scope", "read"], "NAME: must be 1 to 100 letters, digits or . _ @ -, and not digits"),
        (["create", "x" * 101, "--scope", "read"], "NAME: must be 1 to 100 letters, digits or . _ @ -, and not"),
        (["create", "x"], "Missing option '--scope'"),
        (["create", "x", "--scope", "all"], "'all' is not one of 'read', 'write', 'import', 'admin'"),
        (["create", "x", "--scope", "read", "--expires", "soon"], "--expires: must be a number of minutes, hours"),
        (["create", "x", "--scope", "read", "--expires", "0d"], "a hundred years at most, not '0d'"),
        (["create", "x", "--scope", "read", "--expires", "99999999w"], "a hundred years at most, not '99999999w'"),
        (["revoke", "nobody"], "no token 'nobody'; `jobbot-gql token list` lists them"),
        (["revoke", "3"], "no token '3'; `jobbot-gql token list` lists them"),
        (["revoke", "99999999999999999999"], "no token '99999999999999999999'"),
    ],
)
async def test_what_cannot_be_done(database: Database, database_url: str, command: list[str], message: str) -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                "INSERT INTO api_tokens (name, digest, scopes, revoked_at)"
                " VALUES ('bot', 'a', '[]', NULL), ('gone', 'b', '[]', '2026-01-02 03:04:05.000000')"
            )
        )
    before = await stored(database)

    rejected = token(database_url, *command)

    assert rejected.returncode != 0
    assert rejected.stdout == ""
    assert message in rejected.stderr
    assert await stored(database) == before


async def test_the_change_log_knows_nothing_of_tokens(database: Database, database_url: str) -> None:
    token(database_url, "create", "bot", "--scope", "read")
    token(database_url, "revoke", "bot")

    async with database.transaction() as session:
        assert (await session.execute(text("SELECT * FROM change_log"))).all() == []


def test_a_token_can_be_made_before_anything_else(tmp_path: Path) -> None:
    made = token("sqlite:///./new/folders/jobbot.db", "create", "bot", "--scope", "read", cwd=tmp_path)

    assert made.returncode == 0
    assert len(listed(f"sqlite:///{tmp_path}/new/folders/jobbot.db")) == 1
    for path, mode in (("new", 0o700), ("new/folders", 0o700), ("new/folders/jobbot.db", 0o600)):
        assert stat.S_IMODE((tmp_path / path).stat().st_mode) == mode


def test_a_database_in_memory_keeps_no_token() -> None:
    rejected = token("sqlite://", "create", "bot", "--scope", "read")

    assert rejected.returncode == 1
    assert (
        rejected.stderr == "jobbot-gql: a SQLite database in memory cannot keep tokens: name a file in DATABASE_URL\n"
    )
