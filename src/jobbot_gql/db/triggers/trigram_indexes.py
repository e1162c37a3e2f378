"""Trigram indexes for the conditions of `db/sql/text_match.py`, on PostgreSQL with pg_trgm.

Without the extension, and on SQLite, the conditions work without an index.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import QueryableAttribute

SUFFIX = "_fragments"
_REJECTED = {"42501", "0A000", "58P01"}
"""Insufficient privilege, feature not supported, undefined file (PostgreSQL documentation, appendix A)."""


def owns(index: str) -> bool:
    """Whether an index is a trigram index. They are not part of the models."""
    return index.endswith(SUFFIX)


def install(connection: Connection, columns: Iterable[QueryableAttribute[Any]]) -> None:
    """Create missing indexes, and the extension, if PostgreSQL allows it. Skips columns that do not exist."""
    if connection.dialect.name != "postgresql":
        return
    operators = _trigram_operators(connection)
    if operators is None:
        return
    inspector = inspect(connection)
    for attribute in columns:
        table, column = attribute.class_.__tablename__, attribute.key
        if not inspector.has_table(table) or column not in {one["name"] for one in inspector.get_columns(table)}:
            continue
        connection.exec_driver_sql(
            f'CREATE INDEX IF NOT EXISTS "ix_{table}_{column}{SUFFIX}" ON "{table}"'
            f' USING gin (lower("{column}") {operators})'
        )


def _trigram_operators(connection: Connection) -> str | None:
    """Qualified name of the GIN operator class of pg_trgm; None if the extension is not available."""
    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in _REJECTED:
            raise
    name: str | None = connection.exec_driver_sql(
        "SELECT quote_ident(nspname) || '.gin_trgm_ops' FROM pg_opclass"
        " JOIN pg_namespace ON pg_namespace.oid = opcnamespace WHERE opcname = 'gin_trgm_ops'"
    ).scalar()
    return name
