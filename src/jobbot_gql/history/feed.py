"""Reading the change log in order, from a cursor on that is verified first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select

from jobbot_gql.api.types.errors import ResyncRequired
from jobbot_gql.db.change_cursor import BEGINNING, IDENTITY, ChangeCursor
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.history.models import Change

ALWAYS = (*IDENTITY, "transaction_id")
"""The attributes of each change that are read whatever else is."""


@dataclass(frozen=True)
class Part:
    """Consecutive changes."""

    rows: Sequence[Row[Any]]
    """Their attributes, those of `ALWAYS` first; the earliest change first."""
    more: bool
    """Whether there are changes behind them."""
    start: ChangeCursor
    """Right after the first of them; where the reading began, if there are none."""
    end: ChangeCursor
    """Right after the last of them; where the reading began, if there are none."""
    ends_transaction: bool
    """Whether the next change, if there is one, is known to be another transaction's."""


async def read(snapshot: Snapshot, after: ChangeCursor, limit: int, columns: Sequence[str] = ()) -> Part:
    """At most `limit` changes behind a cursor, and these attributes of theirs besides `ALWAYS`; in one statement.

    Raises ResyncRequired where the cursor's change is not in this log, or where its number is ahead of the log.
    """
    attributes = (getattr(Change, name).label(name) for name in (*ALWAYS, *columns))
    # The change that the cursor names, or else the last one in front of it, comes along: the cursor is held against it.
    first = select(func.max(Change.id)).where(Change.id <= after.sequence).scalar_subquery()
    statement = select(*attributes).where(Change.id >= func.coalesce(first, 0)).order_by(Change.id).limit(limit + 2)
    found = await snapshot.rows(statement)
    before = found[0] if found and found[0].id <= after.sequence else None
    behind = found[1:] if before is not None else found
    begin = ChangeCursor.of(before) if before is not None else BEGINNING
    if begin.sequence == after.sequence:
        known = after.digest in (None, begin.digest)
    else:  # a number between two changes is a position, a cursor names a change
        known = after.digest is None and bool(behind)
    if not known:
        raise ResyncRequired(str(after), str(await newest(snapshot)))
    rows = behind[:limit]
    last = rows[-1] if rows else before
    return Part(
        rows,
        more=len(behind) > limit,
        start=ChangeCursor.of(rows[0]) if rows else begin,
        end=ChangeCursor.of(rows[-1]) if rows else begin,
        ends_transaction=last is None or len(behind) <= limit or last.transaction_id != behind[limit].transaction_id,
    )


async def newest(snapshot: Snapshot) -> ChangeCursor:
    """The cursor of the newest change of all."""
    identity = (getattr(Change, name).label(name) for name in IDENTITY)
    found = await snapshot.rows(select(*identity).order_by(Change.id.desc()).limit(1))
    return ChangeCursor.of(found[0]) if found else BEGINNING
