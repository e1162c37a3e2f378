"""Full-text search: an index over texts of several tables, kept in step by triggers, whoever writes.

The index is the table `search_index`: on SQLite an FTS5 table without content, on PostgreSQL tsvectors under a GIN
index. It knows which words stand where, and holds no text. A migration makes the empty table; the triggers are made
after each migration, as those of the change log are.

Both engines cut texts into the same words: at whatever is no letter and no digit, without regard to upper and lower
case or to accents of Latin letters. `C++` and `C#` keep their signs. As with the change log, one write passes by: on
SQLite, the row that another program's INSERT OR REPLACE throws out, unless that program has set recursive_triggers.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Select, inspect

from jobbot_gql.db.triggers.search_index import postgresql, sqlite
from jobbot_gql.db.triggers.search_index.documents import INDEX, PARTS, Document, Term

__all__ = ["Document", "Term", "exists", "fill", "install", "matching", "missing", "optimize", "owns", "remove"]

_ENGINES: dict[str, ModuleType] = {"postgresql": postgresql, "sqlite": sqlite}


def matching(
    dialect: str, wanted: Sequence[Term], unwanted: Sequence[Term], kinds: Iterable[int], limit: int
) -> Select[Any]:
    """The rows with all wanted terms and no unwanted one, as (kind, row_id, score), the best first, at most `limit`.

    Something must be wanted. A higher score is better; scores of two queries or engines cannot be compared.
    """
    statement: Select[Any] = _ENGINES[dialect].matching(wanted, unwanted, sorted(kinds), limit)
    return statement


def exists(connection: Connection) -> bool:
    """Whether the database has the index."""
    return inspect(connection).has_table(INDEX)


def owns(table: str) -> bool:
    """Whether a table is the index or a part of it, which the models know nothing of."""
    return table == INDEX or table.startswith(f"{INDEX}_")


def install(connection: Connection, documents: Iterable[Document]) -> None:
    """Make triggers and index anew if a trigger is missing or does not fit; a database without the index gets none."""
    if exists(connection) and missing(connection, documents := _there(connection, documents)):
        remove(connection)
        _ENGINES[connection.dialect.name].create_triggers(connection, documents)
        fill(connection, documents)


def missing(connection: Connection, documents: Iterable[Document]) -> list[str]:
    """The tables whose writes do not reach the index, or not in full."""
    found: list[str] = _ENGINES[connection.dialect.name].missing(connection, _there(connection, documents))
    return found


def fill(connection: Connection, documents: Iterable[Document]) -> None:
    """Empty the index and make it from the rows that there are."""
    _ENGINES[connection.dialect.name].fill(connection, _there(connection, documents))


def optimize(connection: Connection) -> None:
    """Rewrite SQLite's index without the words of deleted rows, which it keeps until it gets to them otherwise."""
    if connection.dialect.name == "sqlite" and exists(connection):
        connection.exec_driver_sql(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('optimize')")  # noqa: S608 - our own name


def remove(connection: Connection) -> None:
    """Drop the triggers and all that they use; the index itself stays."""
    _ENGINES[connection.dialect.name].drop_triggers(connection)


def _there(connection: Connection, documents: Iterable[Document]) -> list[Document]:
    """The documents with the tables and columns that there are: a migration may have stopped at an older schema."""
    inspector = inspect(connection)
    there = []
    for document in documents:
        if not inspector.has_table(document.table):
            continue
        names = {column["name"] for column in inspector.get_columns(document.table)}
        parts: dict[str, Any] = {part: [one for one in getattr(document, part) if one.key in names] for part in PARTS}
        if any(parts.values()):
            there.append(replace(document, **parts))
    return there
