"""Check of the database's revision at start-up."""

from jobbot_gql.db.maintenance_connection import DatabaseProblem, label
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep.migrations import DatabaseKind, migrate, schema_state


async def prepare(url: DatabaseUrl, *, create: bool = True) -> bool:
    """Ensure that a database is at the current revision. SQLite is migrated; PostgreSQL must have been migrated.

    Args:
        url: The database.
        create: Whether to create a SQLite database that does not exist.

    Returns:
        Whether the database was created.

    Raises:
        DatabaseProblem: The database needs `jobbot-gql migrate`, or cannot be used.
    """
    state = await schema_state(url)
    if state.kind is DatabaseKind.CURRENT:
        return False
    if not create and url.is_sqlite and state.kind is DatabaseKind.EMPTY:
        raise DatabaseProblem(f"{label(url)} has no database: `jobbot-gql migrate` creates it")
    if state.kind in (DatabaseKind.SEED, DatabaseKind.LEGACY):
        raise DatabaseProblem(f"{label(url)} was created by JobBot: `jobbot-gql migrate` adopts it")
    if not url.is_sqlite and state.kind in (DatabaseKind.EMPTY, DatabaseKind.BEHIND):
        raise DatabaseProblem(
            f"{label(url)} is at revision {state.revision or 'none'}, this version requires {state.head}:"
            " run `jobbot-gql migrate`"
        )
    await migrate(url)
    return state.kind is DatabaseKind.EMPTY
