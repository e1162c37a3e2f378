"""What a database holds, as values that can be compared."""

from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep.migrations import scripts_folder

REVISIONS = [script.revision for script in ScriptDirectory(str(scripts_folder())).walk_revisions()][::-1]
"""All revisions, oldest first; their numbers need not ascend."""
HEAD = REVISIONS[-1]
"""The newest revision."""
NEXT = f"{max(map(int, REVISIONS)) + 1:04}"
"""The revision that a test adds behind it."""


async def sql(database: DatabaseUrl, *statements: str, **parameters: Any) -> list[Any]:
    """Run statements in one transaction, as another program would; the rows of the last one."""
    engine = create_async_engine(database.url, connect_args=database.connect_args, poolclass=NullPool)
    rows: list[Any] = []
    async with engine.begin() as connection:
        for statement in statements:
            result = await connection.execute(text(statement), parameters)
            rows = [tuple(row) for row in result] if result.returns_rows else []
    await engine.dispose()
    return rows


async def schema_of(database: DatabaseUrl) -> set[tuple[Any, ...]]:
    """Every table, column, constraint, index and trigger, as the database itself describes them."""
    if database.is_sqlite:
        return set(await sql(database, "SELECT type, name, tbl_name, sql FROM sqlite_master"))
    columns = await sql(
        database,
        "SELECT relname, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)"
        " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
        " LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
        " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped",
    )
    constraints = await sql(
        database,
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace",
    )
    indexes = await sql(database, "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
    triggers = await sql(database, "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal")
    functions = await sql(
        database,
        "SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        " AND oid NOT IN (SELECT objid FROM pg_depend WHERE deptype = 'e')",  # an extension's, which outlives us
    )
    return {*columns, *constraints, *indexes, *triggers, *functions}


async def rows_of(database: DatabaseUrl) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as the driver gives it, ordered by id."""
    engine = create_async_engine(database.url, connect_args=database.connect_args, poolclass=NullPool)
    rows = {}
    async with engine.connect() as connection:
        for table in await connection.run_sync(lambda sync: inspect(sync).get_table_names()):
            result = await connection.execute(text(f'SELECT * FROM "{table}" ORDER BY 1'))  # noqa: S608 - a table's name
            rows[table] = [dict(row) for row in result.mappings()]
    await engine.dispose()
    return rows
