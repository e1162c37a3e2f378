"""The first connections to a SQLite file, which change its journal mode."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.upkeep.migrations import migrate


async def test_the_first_connection_waits_for_whoever_writes(tmp_path: Path) -> None:
    """As all but one do where two servers start on a new file: SQLite rejects them at once, busy timeout or not."""
    path = tmp_path / "jobbot.db"
    await migrate(normalise(f"sqlite:///{path}"))
    database = Database(normalise(f"sqlite:///{path}"))

    async def write() -> None:
        async with database.transaction():
            pass

    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(write())
        await asyncio.sleep(0.2)
        other.execute("COMMIT")
        async with asyncio.timeout(5):
            await waiting
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    await database.dispose()
