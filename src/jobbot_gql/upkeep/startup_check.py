"""Making sure, before anything else, that a database can be worked with."""

from jobbot_gql.db.maintenance_connection import DatabaseProblem, place
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep.migrations import Kind, migrate, schema_state


async def prepare(url: DatabaseUrl, *, create: bool = True) -> bool:
    """Make sure that a database is at this version: SQLite is migrated, PostgreSQL must have been.

    Whether it was created. A database that JobBot's own code made is left to `jobbot-gql migrate`, which tells what it
    would change; without `create` so is one that does not exist. Raises DatabaseProblem.
    """
    state = await schema_state(url)
    if state.kind is Kind.CURRENT:
        return False
    if not create and url.is_sqlite and state.kind is Kind.EMPTY:
        raise DatabaseProblem(f"{place(url)} has no database: `jobbot-gql migrate` creates it")
    if state.kind in (Kind.SEED, Kind.LEGACY):
        raise DatabaseProblem(f"{place(url)} was created by JobBot: `jobbot-gql migrate` adopts it")
    if not url.is_sqlite and state.kind in (Kind.EMPTY, Kind.BEHIND):
        raise DatabaseProblem(
            f"{place(url)} is at revision {state.revision or 'none'}, this version requires {state.head}:"
            " run `jobbot-gql migrate`"
        )
    await migrate(url)
    return state.kind is Kind.EMPTY
