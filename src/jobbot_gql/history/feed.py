"""The change feed: pages of the change log after a verified cursor."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, false, func, or_, select, true

from jobbot_gql.api.types.errors import ResyncRequired
from jobbot_gql.db.change_cursor import BEGINNING, IDENTITY, ChangeCursor
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.history.models import Change, ChangeOperation

MAX_BATCH = 1_000
"""Maximum number of changes of a batch. A transaction with more is split."""
ALWAYS = (*IDENTITY, "transaction_id")
"""Attributes of a change that are always read."""


@dataclass(frozen=True)
class ChangePage:
    """Consecutive changes."""

    rows: Sequence[Row[Any]]
    """Oldest change first. The attributes of `ALWAYS` come first."""
    has_more: bool
    """Whether there are later changes."""
    start: ChangeCursor
    """Cursor of the first change; of the requested position if the page is empty."""
    end: ChangeCursor
    """Cursor of the last change; of the requested position if the page is empty."""
    ends_transaction: bool
    """Whether the next change is known to belong to another transaction."""


class Selection(NamedTuple):
    """Which changes to read: those that match all conditions that are not None."""

    entities: frozenset[str] | None = None
    """Names of entities."""
    rows: frozenset[tuple[str, int]] | None = None
    """Rows by entity and id."""
    operations: frozenset[ChangeOperation] | None = None

    def concerns(self, change: Any) -> bool:
        """Whether a change with the attributes `ALWAYS` matches."""
        return (
            (self.entities is None or change.entity in self.entities)
            and (self.rows is None or (change.entity, change.entity_id) in self.rows)
            and (self.operations is None or change.operation in self.operations)
        )

    def with_statements(self, statements: Collection[str]) -> "Selection":
        """Itself: it does not depend on statements."""
        return self

    @property
    def condition(self) -> ColumnElement[bool]:
        """The same as SQL."""
        condition: ColumnElement[bool] = true()
        if self.entities is not None:
            condition &= Change.entity.in_(sorted(self.entities))
        if self.rows is not None:
            condition &= or_(false(), *(self._row(entity) for entity in sorted({name for name, _ in self.rows})))
        if self.operations is not None:
            condition &= Change.operation.in_(sorted(self.operations))
        return condition

    def _row(self, entity: str) -> ColumnElement[bool]:
        ids = sorted(row_id for name, row_id in self.rows or () if name == entity)
        return (Change.entity == entity) & Change.entity_id.in_(ids)


ALL = Selection()
"""All changes."""


async def read(
    snapshot: Snapshot, after: ChangeCursor, limit: int, columns: Sequence[str] = (), selection: Selection = ALL
) -> ChangePage:
    """At most `limit` changes after a cursor, in one statement.

    Args:
        columns: Attributes to read in addition to `ALWAYS`.
        selection: Which changes to read.

    Raises ResyncRequired if the cursor's change is not in this log, or its sequence is ahead of the log.
    """
    attributes = (getattr(Change, name).label(name) for name in (*ALWAYS, *columns))
    # Also read the cursor's change, or else the last one before it, to verify the cursor.
    first = select(func.max(Change.id)).where(Change.id <= after.sequence).scalar_subquery()
    statement = select(*attributes).where(Change.id >= func.coalesce(first, 0)).order_by(Change.id).limit(limit + 2)
    if selection != ALL:
        statement = statement.where((Change.id <= after.sequence) | selection.condition)
    found = await snapshot.rows(statement)
    before = found[0] if found and found[0].id <= after.sequence else None
    later = found[1:] if before is not None else found
    begin = ChangeCursor.of(before) if before is not None else BEGINNING
    if begin.sequence == after.sequence:
        known = after.digest in (None, begin.digest)
    else:  # a plain sequence may lie in a gap, but a cursor names a change
        known = after.digest is None and (bool(later) or (await newest(snapshot)).sequence > after.sequence)
    if not known:
        raise ResyncRequired(str(after), str(await newest(snapshot)))
    rows = later[:limit]
    last = rows[-1] if rows else before
    return ChangePage(
        rows,
        has_more=len(later) > limit,
        start=ChangeCursor.of(rows[0]) if rows else begin,
        end=ChangeCursor.of(rows[-1]) if rows else begin,
        ends_transaction=last is None or len(later) <= limit or last.transaction_id != later[limit].transaction_id,
    )


async def read_batch(
    snapshot: Snapshot, after: ChangeCursor, target: int, columns: Sequence[str], selection: Selection
) -> ChangePage:
    """About `target` changes after a cursor: up to the next end of a transaction, but at most MAX_BATCH.

    If there are no later ones, `end` is the cursor of the newest change, whether it was selected or not.
    """
    page = await read(snapshot, after, target, columns, selection)
    if page.has_more and not page.ends_transaction:
        page = _to_end_of_transaction(await read(snapshot, after, MAX_BATCH, columns, selection), target)
    return page if page.has_more else replace(page, end=await newest(snapshot))


def _to_end_of_transaction(page: ChangePage, target: int) -> ChangePage:
    """The part of a page that ends with the first transaction that ends after `target` changes."""
    rows = page.rows
    for index in range(max(target, 1), len(rows)):
        if rows[index - 1].transaction_id != rows[index].transaction_id:
            end = ChangeCursor.of(rows[index - 1])
            return replace(page, rows=rows[:index], has_more=True, end=end, ends_transaction=True)
    return page


async def newest(snapshot: Snapshot) -> ChangeCursor:
    """Cursor of the newest change."""
    identity = (getattr(Change, name).label(name) for name in IDENTITY)
    found = await snapshot.rows(select(*identity).order_by(Change.id.desc()).limit(1))
    return ChangeCursor.of(found[0]) if found else BEGINNING
