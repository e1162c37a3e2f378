"""Tokens for the tests, made as `jobbot-gql token create` makes them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from jobbot_gql.access import tokens
from jobbot_gql.access.clients import Scope
from jobbot_gql.db.database import Database

Make = Callable[..., Awaitable[str]]


@pytest.fixture
def make(database: Database) -> Make:
    """Makes a token in the test's database: `await make("bot", "read", "write", seconds=60)`."""

    async def make(name: str, *scopes: str, seconds: float | None = None) -> str:
        expires_at = None if seconds is None else datetime.now(UTC) + timedelta(seconds=seconds)
        async with database.transaction() as session:
            wanted = frozenset(scope for scope in Scope if scope.value in scopes)
            _, token = await tokens.create(session, name, wanted, expires_at)
        return token

    return make


async def revoke(database: Database, name: str) -> None:
    """Revoke a token as `jobbot-gql token revoke` does."""
    async with database.transaction() as session:
        await tokens.revoke(session, name)


async def bad_tokens(database: Database, make: Make) -> dict[str, str]:
    """Values of the header Authorization that let nobody in."""
    good = await make("good", "read", "write", "import", "admin")
    expired = await make("expired", "read", seconds=-1)
    revoked = await make("revoked", "read")
    await revoke(database, "revoked")
    return {
        "unknown": f"Bearer jobbot_{'x' * 43}",
        "one character off": f"Bearer {good[:-1]}{'A' if good[-1] != 'A' else 'B'}",
        "expired": f"Bearer {expired}",
        "revoked": f"Bearer {revoked}",
        "shorter": f"Bearer {good[:-1]}",
        "longer": f"Bearer {good}A",
        "without its prefix": f"Bearer {good.removeprefix('jobbot_')}",
        "two": f"Bearer {good} {good}",
        "with a comma": f"Bearer {good}, Bearer {good}",
        "without a scheme": good,
        "another scheme": f"Basic {good}",
        "scheme alone": "Bearer",
        "nothing": "",
        "not ASCII": "Bearer jobbot_ü",
        "SQL": "Bearer ' OR 1=1 --",
    }
