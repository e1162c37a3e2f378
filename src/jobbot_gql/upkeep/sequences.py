"""The numbers that a database has given out: the ids of its rows, and the sequence of its change log.

None may be given out twice, not even by a database that replaces another one: clients and readers of the log would take
what is new for what they know.
"""

from collections.abc import Mapping

from sqlalchemy import Connection, inspect, text

from jobbot_gql.db.maintenance_connection import DatabaseProblem, exclusive, place, reading
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep import jobbot_tables

# SQLite makes sqlite_sequence with the first table that needs it, and keeps it. Its rows may name tables that are made
# later.
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


def given_out(connection: Connection) -> dict[str, int]:
    """The last number that was given out in each table."""
    if connection.dialect.name == "postgresql":
        return {row.relname: row.last for row in connection.execute(text(POSTGRESQL_LAST))}
    found = {table: max(numbers) for table, numbers in _remembered(connection).items()}
    # JobBot's own tables do not remember what was deleted.
    inspector = inspect(connection)
    for table in jobbot_tables.metadata.tables.keys() & set(inspector.get_table_names()):
        if "id" not in {column["name"] for column in inspector.get_columns(table)}:
            continue
        last = connection.scalar(text(f'SELECT max(id) FROM "{table}"'))  # noqa: S608 - a name of ours
        if isinstance(last, int):
            found[table] = max(last, found.get(table, 0))
    return found


def continue_after(connection: Connection, numbers: Mapping[str, int]) -> dict[str, int]:
    """Give out only numbers above those that `given_out` listed, of another database or of before a migration.

    Returns what this changes. On SQLite it also holds for tables that are made later.
    """
    here = given_out(connection)
    behind = {table: last for table, last in numbers.items() if here.get(table, 0) < last}
    if connection.dialect.name == "postgresql":
        tables = set(inspect(connection).get_table_names())
        behind = {table: last for table, last in behind.items() if table in tables}
        for table, last in behind.items():
            connection.execute(text(POSTGRESQL_SET), {"table": table, "last": last})
        return behind
    if behind and not _remembers(connection):
        connection.exec_driver_sql("CREATE TABLE counting (id INTEGER PRIMARY KEY AUTOINCREMENT)")
        connection.exec_driver_sql("DROP TABLE counting")
    # A table that was rebuilt under a name that is remembered already has two rows.
    twice = {table: max(found) for table, found in _remembered(connection).items() if len(found) > 1}
    for table, last in (twice | behind).items():
        for statement in SQLITE_SET:
            connection.execute(text(statement), {"table": table, "last": last})
    return behind


async def continue_after_database(database: DatabaseUrl, replaced: DatabaseUrl) -> dict[str, int]:
    """Have a database give out no number that one which it replaces has given out; returns what this changes.

    Nobody may write to either meanwhile. Raises DatabaseProblem.
    """
    async with reading(replaced) as connection:
        await connection.run_sync(_require_log, replaced)
        numbers = await connection.run_sync(given_out)
    async with exclusive(database) as connection:
        await connection.run_sync(_require_log, database)
        return await connection.run_sync(continue_after, numbers)


def _require_log(connection: Connection, database: DatabaseUrl) -> None:
    if not inspect(connection).has_table("change_log"):
        raise DatabaseProblem(f"{place(database)} has no change log: name a database that jobbot-gql has migrated")


def _remembered(connection: Connection) -> dict[str, list[int]]:
    """The numbers that a SQLite database remembers, by table; also of tables that are not there."""
    found: dict[str, list[int]] = {}
    for table, last in connection.execute(text(SQLITE_LAST)) if _remembers(connection) else ():
        found.setdefault(table, []).append(last)
    return found


def _remembers(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_sequence'")))
