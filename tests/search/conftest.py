"""Databases that no migration has touched."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from jobbot_gql.db.url import DatabaseUrl, normalise
from tests.conftest import database_at
from tests.postgres import create_database, drop_database


@pytest.fixture
async def empty(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[DatabaseUrl]:
    """An empty database: a SQLite file that does not exist yet, or a PostgreSQL database."""
    if engine == "sqlite":
        yield normalise(f"sqlite:///{tmp_path}/jobbot.db")
    else:
        server = request.getfixturevalue("postgres")
        name = f"empty_{uuid4().hex}"
        await create_database(server, name)
        yield normalise(database_at(server, name))
        await drop_database(server, name)
