"""Search index on SQLite: a contentless FTS5 table, so that no text is stored twice.

To delete an entry, the triggers must supply the indexed text again.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Float, Integer, Select, column, literal_column, select, table
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.db.sql.column_types import StringList
from jobbot_gql.db.triggers.search_index.documents import (
    BREAK,
    INDEX,
    MAX_CHARACTERS,
    PARTS,
    PLUS_PLUS,
    SHARP,
    SearchDocument,
    Term,
    differs,
)

KINDS, FIRST_KINDS = 64, 8
"""Factor of a row's id in the rowid of its entry, id * KINDS + kind; and the factor until revision 0020.

The triggers have the second one as long as no table needs the first, so that a downgrade leaves an index that older
versions can read.
"""
WEIGHTS = "10.0, 4.0, 1.0"


def matching(required: Sequence[Term], excluded: Sequence[Term], kinds: Sequence[int], limit: int) -> Select[Any]:
    """See `search_index.matching`."""
    rowid = table(INDEX, column("rowid", Integer)).c.rowid
    kind = rowid % literal_column(str(KINDS), Integer)
    row_id = (rowid // literal_column(str(KINDS), Integer)).label("row_id")
    score = literal_column(f"-bm25({INDEX}, {WEIGHTS})", Float).label("score")
    query = f"({' AND '.join(map(_quoted, required))})" + "".join(f" NOT {_quoted(term)}" for term in excluded)
    return (
        select(kind.label("kind"), row_id, score)
        .where(literal_column(INDEX).op("MATCH")(query), kind.in_(kinds))
        .order_by(score.desc(), kind, row_id.desc())
        .limit(limit)
    )


def drop_triggers(connection: Connection) -> None:
    """Drop all triggers of the index."""
    for name in _found(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')


def create_triggers(connection: Connection, documents: Iterable[SearchDocument]) -> None:
    """Create all triggers. None may exist."""
    for triggers in _triggers(list(documents)).values():
        for sql in triggers.values():
            connection.exec_driver_sql(sql)


def leftovers(connection: Connection, documents: Iterable[SearchDocument]) -> set[int]:
    """Kinds of entries whose table was dropped. SQLite drops triggers with their table, without running them."""
    documents = list(documents)
    kinds = connection.exec_driver_sql(f"SELECT DISTINCT id % {_factor(documents)} FROM {INDEX}_docsize")  # noqa: S608 - our own name
    return set(kinds.scalars()) - {document.kind for document in documents}


def missing(connection: Connection, documents: Iterable[SearchDocument]) -> list[str]:
    """Tables with missing or outdated triggers."""
    found = _found(connection)
    return [
        table
        for table, triggers in _triggers(list(documents)).items()
        if any(found.get(name) != sql for name, sql in triggers.items())
    ]


def fill(connection: Connection, documents: Iterable[SearchDocument]) -> None:
    """Rebuild the index."""
    connection.exec_driver_sql(f"INSERT INTO {INDEX} ({INDEX}) VALUES ('delete-all')")  # noqa: S608 - our own names
    documents = list(documents)
    for document in documents:
        rowid, texts = _entry(document, "r", _factor(documents))
        connection.exec_driver_sql(
            f'INSERT INTO {INDEX} (rowid, {", ".join(PARTS)}) SELECT {rowid}, {texts} FROM "{document.table}" AS r'  # noqa: S608 - our own names
        )


def _quoted(term: Term) -> str:
    """Term as a string in FTS5's query language. Tokenised like the indexed texts."""
    words = term.words.replace("++", f"{PLUS_PLUS} ").replace("#", f"{SHARP} ").replace('"', '""')
    return f'"{words}"*' if term.prefix else f'"{words}"'


def _found(connection: Connection) -> dict[str, str]:
    """CREATE TRIGGER statements of existing triggers by name."""
    rows = connection.exec_driver_sql(
        f"SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name GLOB '{INDEX}_*'"  # noqa: S608 - our own name
    )
    return {row.name: row.sql for row in rows}


def _factor(documents: Sequence[SearchDocument]) -> int:
    """Factor of the ids in the rowids of an index of these documents."""
    return KINDS if any(document.kind >= FIRST_KINDS for document in documents) else FIRST_KINDS


def _triggers(documents: Sequence[SearchDocument]) -> dict[str, dict[str, str]]:
    """CREATE TRIGGER statements by name, by table."""
    factor = _factor(documents)
    return {document.table: _triggers_of(document, factor) for document in documents}


def _triggers_of(document: SearchDocument, factor: int) -> dict[str, str]:
    columns = f"rowid, {', '.join(PARTS)}"
    insert = f"INSERT INTO {INDEX} ({columns}) VALUES ({', '.join(_entry(document, 'NEW', factor))});"  # noqa: S608 - our own names
    delete = (
        f"INSERT INTO {INDEX} ({INDEX}, {columns}) VALUES ('delete', {', '.join(_entry(document, 'OLD', factor))});"  # noqa: S608 - our own names
    )
    triggers = {}
    for operation, event, when, actions in (
        ("create", "AFTER INSERT", "", insert),
        ("update", "AFTER UPDATE", f" WHEN {differs(document, 'IS NOT')}", f"{delete} {insert}"),
        ("delete", "AFTER DELETE", "", delete),
    ):
        name = f"{INDEX}_{document.table}_{operation}"
        triggers[name] = f'CREATE TRIGGER "{name}" {event} ON "{document.table}"{when} BEGIN {actions} END'
    return triggers


def _entry(document: SearchDocument, row: str, factor: int) -> tuple[str, str]:
    """SQL for the rowid and the texts of a row's entry."""
    texts = ", ".join(_text(getattr(document, part), row) for part in PARTS)
    return f"{row}.id * {factor} + {document.kind}", texts


def _text(columns: Sequence[QueryableAttribute[Any]], row: str) -> str:
    texts = f" || ' {BREAK} ' || ".join(_value(attribute, row) for attribute in columns) or "''"
    return f"replace(replace({texts}, '++', '{PLUS_PLUS} '), '#', '{SHARP} ')"


def _value(attribute: QueryableAttribute[Any], row: str) -> str:
    value = f'{row}."{attribute.key}"'
    if isinstance(attribute.type, StringList):
        array = f"CASE WHEN json_valid({value}) THEN CASE json_type({value}) WHEN 'array' THEN {value} END END"
        value = f"(SELECT group_concat(value, ' {BREAK} ') FROM json_each(coalesce({array}, '[]')))"  # noqa: S608 - our own names
    return f"substr(coalesce({value}, ''), 1, {MAX_CHARACTERS})"
