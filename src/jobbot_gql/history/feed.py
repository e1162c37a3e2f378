"""The change feed: pages of the change log after a verified cursor."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from jobbot_gql.api.types.errors import ResyncRequired
from jobbot_gql.db.change_cursor import BEGINNING, IDENTITY, ChangeCursor
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.history.models import Change

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


async def read(snapshot: Snapshot, after: ChangeCursor, limit: int, columns: Sequence[str] = ()) -> ChangePage:
    """At most `limit` changes after a cursor, in one statement.

    Args:
        columns: Attributes to read in addition to `ALWAYS`.

    Raises ResyncRequired if the cursor's change is not in this log, or its sequence is ahead of the log.
    """
    attributes = (getattr(Change, name).label(name) for name in (*ALWAYS, *columns))
    # Also read the cursor's change, or else the last one before it, to verify the cursor.
    first = select(func.max(Change.id)).where(Change.id <= after.sequence).scalar_subquery()
    statement = select(*attributes).where(Change.id >= func.coalesce(first, 0)).order_by(Change.id).limit(limit + 2)
    found = await snapshot.rows(statement)
    before = found[0] if found and found[0].id <= after.sequence else None
    later = found[1:] if before is not None else found
    begin = ChangeCursor.of(before) if before is not None else BEGINNING
    if begin.sequence == after.sequence:
        known = after.digest in (None, begin.digest)
    else:  # a plain sequence may lie in a gap, but a cursor names a change
        known = after.digest is None and bool(later)
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


async def newest(snapshot: Snapshot) -> ChangeCursor:
    """Cursor of the newest change."""
    identity = (getattr(Change, name).label(name) for name in IDENTITY)
    found = await snapshot.rows(select(*identity).order_by(Change.id.desc()).limit(1))
    return ChangeCursor.of(found[0]) if found else BEGINNING
