"""Databases with rows that violate rules."""

import sqlite3
from contextlib import closing

from sqlalchemy import text

from jobbot_gql.db.database import Database
from jobbot_gql.models import Job
from tests.api.executors import Executors


async def filled(database: Database, *statements: str) -> Executors:
    """Three jobs, changed by statements that the database would not let through as it is."""
    async with database.transaction() as session:
        session.add_all([Job(title=f"T{number}", company="C", salary_min=number) for number in (1, 2, 3)])
    if database.dialect == "sqlite":
        with closing(sqlite3.connect(str(database.url.sqlite_path))) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f'DROP TRIGGER "{name}"')
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'")
            connection.execute("PRAGMA writable_schema = RESET")
            for statement in statements:
                connection.execute(statement)
            connection.commit()
    else:
        async with database.writer.begin() as connection:
            await connection.execute(text("ALTER TABLE jobs ALTER title DROP NOT NULL"))
            for statement in statements:
                await connection.execute(text(statement))
    return Executors(database)
