"""The subscriptions that the documentation shows begin."""

import re
from pathlib import Path

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.demo import load_if_empty
from tests.live.conftest import Server, opened

TOP = Path(__file__).parents[2]
SHOWN = [
    operation
    for page in (TOP / "README.md", TOP / "docs" / "live.md")
    for operation in re.findall(r"```graphql\n(subscription.*?)```", page.read_text("utf-8"), re.DOTALL)
]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_shown_subscriptions_begin(server: Server, database: Database) -> None:
    await load_if_empty(database)
    assert len(SHOWN) == 3
    async with opened(server) as socket:
        for name, operation in enumerate(SHOWN):
            await socket.subscribe(operation, str(name))
            message = await socket.message()
            assert message["id"] == str(name)
            assert message["payload"].keys() == {"data"}, message
