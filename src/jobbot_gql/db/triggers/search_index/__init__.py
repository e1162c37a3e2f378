"""Full-text search index over several tables, maintained by triggers.

The index is the table `search_index`: on SQLite a contentless FTS5 table, on PostgreSQL tsvectors with a GIN index. It
contains positions of words, not the text. A migration creates the empty table. The triggers are created after each
migration, like those of the change log.

Both engines tokenise alike: words are separated by characters other than letters and digits, and case and accents of
Latin letters are ignored. `C++` and `C#` are words. As in the change log, one write is missed: on SQLite, the row that
another program's INSERT OR REPLACE deletes, unless it has set recursive_triggers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Select, inspect

from jobbot_gql.db.triggers.search_index import postgresql, sqlite
from jobbot_gql.db.triggers.search_index.documents import INDEX, PARTS, SearchDocument, Term

__all__ = ["SearchDocument", "Term", "exists", "fill", "install", "matching", "missing", "optimize", "owns", "remove"]

_ENGINES: dict[str, ModuleType] = {"postgresql": postgresql, "sqlite": sqlite}


def matching(
    dialect: str, required: Sequence[Term], excluded: Sequence[Term], kinds: Iterable[int], limit: int
) -> Select[Any]:
    """SELECT of at most `limit` rows (kind, row_id, score) with all required and no excluded terms, best first.

    `required` must not be empty. A higher score is better. Scores of different queries or engines are not comparable.
    """
    statement: Select[Any] = _ENGINES[dialect].matching(required, excluded, sorted(kinds), limit)
    return statement


def exists(connection: Connection) -> bool:
    """Whether the database has the index."""
    return inspect(connection).has_table(INDEX)


def owns(table: str) -> bool:
    """Whether a table belongs to the index. Such tables have no models."""
    return table == INDEX or table.startswith(f"{INDEX}_")


def install(connection: Connection, documents: Iterable[SearchDocument]) -> None:
    """Recreate triggers and index if a trigger is missing, outdated or left by a table that was dropped.

    Does nothing without the index table.
    """
    if not exists(connection):
        return
    engine = _ENGINES[connection.dialect.name]
    documents = _existing(connection, documents)
    if missing(connection, documents) or engine.leftovers(connection, documents):
        remove(connection)
        engine.create_triggers(connection, documents)
        fill(connection, documents)


def missing(connection: Connection, documents: Iterable[SearchDocument]) -> list[str]:
    """Tables with missing or outdated triggers."""
    found: list[str] = _ENGINES[connection.dialect.name].missing(connection, _existing(connection, documents))
    return found


def fill(connection: Connection, documents: Iterable[SearchDocument]) -> None:
    """Rebuild the index from the present rows."""
    _ENGINES[connection.dialect.name].fill(connection, _existing(connection, documents))


def optimize(connection: Connection) -> None:
    """Merge SQLite's index, so that it no longer contains words of deleted rows."""
    if connection.dialect.name == "sqlite" and exists(connection):
        connection.exec_driver_sql(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('optimize')")  # noqa: S608 - our own name


def remove(connection: Connection) -> None:
    """Drop the triggers and their functions, but not the index."""
    _ENGINES[connection.dialect.name].drop_triggers(connection)


def _existing(connection: Connection, documents: Iterable[SearchDocument]) -> list[SearchDocument]:
    """Documents, restricted to existing tables and columns: a migration may have stopped at an older schema."""
    inspector = inspect(connection)
    existing = []
    for document in documents:
        if not inspector.has_table(document.table):
            continue
        names = {column["name"] for column in inspector.get_columns(document.table)}
        parts: dict[str, Any] = {part: [one for one in getattr(document, part) if one.key in names] for part in PARTS}
        if any(parts.values()):
            existing.append(replace(document, **parts))
    return existing
