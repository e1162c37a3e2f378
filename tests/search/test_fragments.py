"""`contains` has an index on PostgreSQL where the extension can be had, and works where it cannot."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg  # type: ignore[import-untyped] # has no types
import httpx
import pytest

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.models import Job
from jobbot_gql.settings import load_settings
from jobbot_gql.upkeep.migrations import migrate
from tests.conftest import Api, database_at
from tests.postgres import create_database, drop_database

INDEXES = [
    "ix_companies_name_fragments",
    "ix_jobs_company_fragments",
    "ix_jobs_location_fragments",
    "ix_jobs_title_fragments",
]
FOUND = "SELECT indexname FROM pg_indexes WHERE indexname LIKE '%_fragments' ORDER BY indexname"


@pytest.fixture
async def name(postgres: str) -> AsyncIterator[str]:
    """The name of an empty PostgreSQL database."""
    name = f"fragments_{uuid4().hex}"
    await create_database(postgres, name)
    yield name
    await drop_database(postgres, name)


async def run(url: str, *statements: str) -> list[str]:
    """Run statements; the values of the last one's first column."""
    plain = normalise(url).url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(plain)
    rows = [await connection.fetch(statement) for statement in statements][-1]
    await connection.close()
    return [row[0] for row in rows]


async def test_columns_have_indexes_for_fragments_until_a_downgrade(postgres: str, name: str) -> None:
    url = database_at(postgres, name)
    await migrate(normalise(url))
    assert await run(url, FOUND) == INDEXES

    await run(url, f"DROP INDEX {INDEXES[0]}")
    await migrate(normalise(url))
    assert await run(url, FOUND) == INDEXES

    await migrate(normalise(url), "0003")
    assert await run(url, FOUND) == []


async def test_an_extension_in_another_schema_will_do(postgres: str, name: str) -> None:
    url = database_at(postgres, name)
    await run(url, 'CREATE SCHEMA "Our extensions"', 'CREATE EXTENSION pg_trgm SCHEMA "Our extensions"')
    await migrate(normalise(url))

    assert await run(url, FOUND) == INDEXES


async def test_a_role_that_may_not_create_extensions_gets_everything_but_the_indexes(postgres: str, name: str) -> None:
    role = f"role_{uuid4().hex}"
    admin = database_at(postgres, name)
    try:
        await run(admin, f"CREATE ROLE {role} LOGIN PASSWORD 'test'", f"GRANT CREATE ON SCHEMA public TO {role}")
    except asyncpg.InsufficientPrivilegeError:
        pytest.skip("the tests' own role may not create roles")  # never so on a server that the tests started
    url = normalise(admin).url.set(username=role, password="test").render_as_string(hide_password=False)
    try:
        await migrate(normalise(url))
        assert await run(admin, FOUND) == []
        database = Database(normalise(url))
        app = create_app(load_settings(env={}, dotenv=None), database)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
            api = Api(client, database)
            await api.add(Job(title="Typescript", company="Acme"), Job(title="Java", company="Acme"))
            data = await api.data(
                '{ jobs(filter: {title: {contains: "ESCR"}}) { nodes { title } }'
                ' search(query: "typescript") { snippet } }'
            )
        await database.dispose()
    finally:
        await run(admin, f"DROP OWNED BY {role} CASCADE", f"DROP ROLE {role}")

    assert data == {
        "jobs": {"nodes": [{"title": "Typescript"}]},
        "search": [{"snippet": "<mark>Typescript</mark>"}],
    }
