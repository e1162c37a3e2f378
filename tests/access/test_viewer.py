"""The field `viewer`."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.access.conftest import Make
from tests.conftest import Api

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)

QUERY = {"query": "{ viewer { name scopes expiresAt } }"}


async def test_without_a_token(api: Api) -> None:
    answer = (await api.http.post("/graphql", json=QUERY)).json()

    scopes = ["READ", "WRITE", "IMPORT", "ADMIN"]
    assert answer["data"] == {"viewer": {"name": "local", "scopes": scopes, "expiresAt": None}}


@pytest.mark.parametrize("seconds", [None, 3600])
async def test_with_a_token(api: Api, make: Make, seconds: float | None) -> None:
    token = await make("board", "write", "read", seconds=seconds)
    answer = await api.http.post("/graphql", json=QUERY, headers={"Authorization": f"Bearer {token}"})

    viewer = answer.json()["data"]["viewer"]
    expires_at = viewer.pop("expiresAt")
    assert viewer == {"name": "board", "scopes": ["READ", "WRITE"]}
    if seconds is None:
        assert expires_at is None
    else:
        left = datetime.fromisoformat(expires_at) - datetime.now(UTC)
        assert timedelta(minutes=50) < left <= timedelta(hours=1)
