"""Highest issued ids of tables, and the highest sequence of the change log.

No number may be issued twice, even after a restore. Otherwise clients and readers of the log would mistake new rows for
known ones.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, inspect, text

from jobbot_gql.db.maintenance_connection import DatabaseProblem, exclusive, label, reading
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep import jobbot_tables

# SQLite creates sqlite_sequence with the first AUTOINCREMENT table. Its rows may name tables that do not exist yet.
SQLITE_LAST = "SELECT name, seq FROM sqlite_sequence WHERE typeof(seq) = 'integer'"
SQLITE_SET = ("DELETE FROM sqlite_sequence WHERE name = :table", "INSERT INTO sqlite_sequence VALUES (:table, :last)")
POSTGRESQL_LAST = """
SELECT relname, pg_sequence_last_value(seqrelid) AS last
FROM pg_sequence
JOIN pg_depend ON objid = seqrelid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
JOIN pg_class ON pg_class.oid = refobjid AND refclassid = 'pg_class'::regclass
WHERE relnamespace = current_schema()::regnamespace AND pg_sequence_last_value(seqrelid) IS NOT NULL
"""
POSTGRESQL_SET = """
SELECT setval(seqrelid, :last)
FROM pg_sequence
JOIN pg_depend ON objid = seqrelid AND classid = 'pg_class'::regclass AND deptype IN ('a', 'i')
WHERE refclassid = 'pg_class'::regclass
AND refobjid = to_regclass(quote_ident(current_schema()) || '.' || quote_ident(:table))
"""


def issued_numbers(connection: Connection) -> dict[str, int]:
    """The highest issued number by table."""
    if connection.dialect.name == "postgresql":
        return {row.relname: row.last for row in connection.execute(text(POSTGRESQL_LAST))}
    found = {table: max(numbers) for table, numbers in _stored_numbers(connection).items()}
    # JobBot's own tables have no AUTOINCREMENT.
    inspector = inspect(connection)
    for table in jobbot_tables.metadata.tables.keys() & set(inspector.get_table_names()):
        if "id" not in {column["name"] for column in inspector.get_columns(table)}:
            continue
        last = connection.scalar(text(f'SELECT max(id) FROM "{table}"'))  # noqa: S608 - a name of ours
        if isinstance(last, int):
            found[table] = max(last, found.get(table, 0))
    return found


def continue_after(connection: Connection, numbers: Mapping[str, int]) -> dict[str, int]:
    """Issue only numbers above `numbers`, the result of `issued_numbers` before a migration or for another database.

    Returns the changed numbers. On SQLite this also applies to tables that are created later.
    """
    current = issued_numbers(connection)
    behind = {table: last for table, last in numbers.items() if current.get(table, 0) < last}
    if connection.dialect.name == "postgresql":
        tables = set(inspect(connection).get_table_names())
        behind = {table: last for table, last in behind.items() if table in tables}
        for table, last in behind.items():
            connection.execute(text(POSTGRESQL_SET), {"table": table, "last": last})
        return behind
    if behind and not _has_sequence_table(connection):
        connection.exec_driver_sql("CREATE TABLE counting (id INTEGER PRIMARY KEY AUTOINCREMENT)")
        connection.exec_driver_sql("DROP TABLE counting")
    # A rebuilt table may have two rows in sqlite_sequence.
    twice = {table: max(found) for table, found in _stored_numbers(connection).items() if len(found) > 1}
    for table, last in (twice | behind).items():
        for statement in SQLITE_SET:
            connection.execute(text(statement), {"table": table, "last": last})
    return behind


async def continue_after_database(database: DatabaseUrl, replaced: DatabaseUrl) -> dict[str, int]:
    """Continue the numbers of `replaced` in `database`. Returns the changed numbers.

    No process may write to either database meanwhile. Raises DatabaseProblem.
    """
    async with reading(replaced) as connection:
        await connection.run_sync(_require_log, replaced)
        numbers = await connection.run_sync(issued_numbers)
    async with exclusive(database) as connection:
        await connection.run_sync(_require_log, database)
        return await connection.run_sync(continue_after, numbers)


def _require_log(connection: Connection, database: DatabaseUrl) -> None:
    if not inspect(connection).has_table("change_log"):
        raise DatabaseProblem(f"{label(database)} has no change log: name a database that jobbot-gql has migrated")


def _stored_numbers(connection: Connection) -> dict[str, list[int]]:
    """The rows of sqlite_sequence by table, including tables that do not exist."""
    found: dict[str, list[int]] = {}
    for table, last in connection.execute(text(SQLITE_LAST)) if _has_sequence_table(connection) else ():
        found.setdefault(table, []).append(last)
    return found


def _has_sequence_table(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'")))
