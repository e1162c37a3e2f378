"""What loaders promise to those who share a value."""

import asyncio

import pytest
from sqlalchemy import insert, select

from jobbot_gql.api.engine.loaders import Loaders
from jobbot_gql.api.engine.response_size import ResponseSize
from jobbot_gql.db.database import Database
from jobbot_gql.models import Company


async def test_a_value_is_there_when_another_who_asked_was_cancelled(database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(insert(Company), [{"id": 7, "name": "Acme"}])
    snapshot = database.snapshot()
    loaders = Loaders(snapshot, ResponseSize(10**9))

    async def load(ids: list[int]) -> list[str]:
        rows = await loaders.rows(select(Company.name).where(Company.id.in_(ids)))
        return [rows[0].name for _ in ids]

    async def name() -> str:
        found: str = await loaders.batched("name", load).load(7)
        return found

    try:
        first, second = asyncio.create_task(name()), asyncio.create_task(name())
        await asyncio.sleep(0)
        first.cancel()
        assert await second == "Acme"
        with pytest.raises(asyncio.CancelledError):
            await first
    finally:
        await snapshot.close()
