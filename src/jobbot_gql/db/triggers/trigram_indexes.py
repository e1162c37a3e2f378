"""Indexes for `contains`, `starts_with` and `ends_with` of `db/text.py`: trigrams, where PostgreSQL has pg_trgm.

Without the extension the same conditions hold, and every row is looked at. SQLite has nothing of the kind for columns.
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
    """Whether an index is one of these, which the models know nothing of."""
    return index.endswith(SUFFIX)


def install(connection: Connection, columns: Iterable[QueryableAttribute[Any]]) -> None:
    """Make the indexes that are missing, and the extension, if PostgreSQL allows it.

    Columns that an older schema does not have get none.
    """
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
    """The operator class of trigrams under GIN, in whatever schema the extension is; None where it cannot be had."""
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
