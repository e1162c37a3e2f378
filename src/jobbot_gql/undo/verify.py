"""Comparison of the rows with the change log.

Skips what the log does not cover: rows older than the log, columns without a logged change, and purged rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, select
from sqlalchemy.orm import DeclarativeBase

from jobbot_gql.db.maintenance_connection import DatabaseProblem, label, reading
from jobbot_gql.db.triggers.search_index import SearchDocument
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import Change, ChangeOperation
from jobbot_gql.history.row_codec import Row
from jobbot_gql.upkeep.doctor import examine
from jobbot_gql.upkeep.findings import SHOWN_IDS, Finding, FindingKind
from jobbot_gql.upkeep.migrations import DatabaseKind, state_of

AT_ONCE = 1_000
"""Number of rows that are compared at a time."""
UNREADABLE = {
    FindingKind.TIME,
    FindingKind.DATE,
    FindingKind.NUMBER,
    FindingKind.BOOLEAN,
    FindingKind.JSON,
    FindingKind.BLOB,
    FindingKind.ENCODING,
    FindingKind.INTEGRITY,
}
"""Findings because of which rows cannot be decoded."""

Differences = dict[tuple[str, str], list[int]]
"""Ids of rows by rule and column."""


async def verify(
    database: DatabaseUrl, base: type[DeclarativeBase], documents: Iterable[SearchDocument] = ()
) -> list[Finding]:
    """Findings of `doctor`, and differences between the change log and the rows.

    Takes the arguments of `doctor.examine`. Raises DatabaseProblem for a database that is not of jobbot-gql, is empty,
    or cannot be read.
    """
    found = await examine(database, base, documents)
    async with reading(database) as connection:
        if (await connection.run_sync(state_of)).kind is DatabaseKind.EMPTY:
            raise DatabaseProblem(f"{label(database)} has no tables: name a database or backup of jobbot-gql")
    if {finding.kind for finding in found if finding.blocks} & UNREADABLE:
        return found
    async with reading(database) as connection:
        return found + await connection.run_sync(disagreements)


def disagreements(connection: Connection) -> list[Finding]:
    """Differences between the change log and the rows."""
    if state_of(connection).kind is not DatabaseKind.CURRENT:
        return []
    return [finding for entity in row_codec.tables() for finding in _of_entity(connection, entity)]


def _of_entity(connection: Connection, entity: str) -> Iterator[Finding]:
    differences: Differences = defaultdict(list)
    for ids in _logged(connection, entity):
        for row_id, (expected, row) in _both(connection, entity, ids).items():
            for rule, column in _differing(entity, expected, row):
                differences[rule, column].append(row_id)
    for (rule, column), ids in sorted(differences.items()):
        yield Finding(
            FindingKind.LOG,
            row_codec.tables()[entity].name,
            column,
            tuple(ids[:SHOWN_IDS]),
            len(ids),
            (),
            rule,
            "Rows were written without the change log: restore a backup, or write the right values again.",
            blocks=True,
        )


def _logged(connection: Connection, entity: str) -> Iterator[list[int]]:
    """Logged ids of an entity, ascending, in batches."""
    ids = [-1]
    while ids:
        of_entity = select(Change.entity_id).where(Change.entity == entity, Change.entity_id > ids[-1])
        ids = list(connection.scalars(of_entity.distinct().order_by(Change.entity_id).limit(AT_ONCE)))
        yield ids


def _both(connection: Connection, entity: str, ids: list[int]) -> dict[int, tuple[Row | None, Row | None]]:
    """Logged columns and stored columns of each row; None if it does not exist."""
    if not ids:
        return {}
    log: dict[int, Row | None] = {}
    changes = select(Change.entity_id, Change.operation, Change.after).order_by(Change.id)
    between = Change.entity_id.between(ids[0], ids[-1])
    for row_id, operation, after in connection.execute(changes.where(Change.entity == entity, between)):
        if operation is ChangeOperation.DELETE:
            log[row_id] = None
        else:
            log[row_id] = (log.get(row_id) or {}) | row_codec.values(entity, after or {})
    table = row_codec.stored(entity)
    stored = connection.execute(select(table).where(table.c.id.between(ids[0], ids[-1])))
    there = {row["id"]: dict(row) for row in stored.mappings()}
    return {row_id: (expected, there.get(row_id)) for row_id, expected in log.items()}


def _differing(entity: str, expected: Row | None, row: Row | None) -> Iterator[tuple[str, str]]:
    """Rule and column of each difference."""
    if expected is None or row is None:
        if row is not None:
            yield "must not exist: the change log has its deletion", ""
        if expected is not None:
            yield "must exist: the change log has no deletion of it", ""
        return
    for column in row_codec.differing(entity, row, expected):
        yield "must match the change log", column
