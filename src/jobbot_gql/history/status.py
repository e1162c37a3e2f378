"""Changes of statuses, and the status events that record them."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import func, select

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.write.bulk_dml import Addition, add_rows, table_of
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.writing.rules import InFuture, too_early

CLOCK_SKEW = timedelta(minutes=5)
"""Accepted difference of a client's clock."""


@cache
def _subjects() -> dict[str, str]:
    """Foreign key columns of `StatusEvent`, by the name of the table that they refer to."""
    return {
        key.column.table.name: column.name for column in table_of(StatusEvent).columns for key in column.foreign_keys
    }


@dataclass(frozen=True)
class InitialStatus:
    """Status of a new row."""

    row: Any
    status: Vocabulary
    occurred_at: datetime
    note: str | None = None


class StatusChange(NamedTuple):
    """New status of an existing row."""

    row: Any
    status: Vocabulary
    occurred_at: datetime | None
    """None: now."""
    note: str | None


def initial_status_events(statuses: Iterable[InitialStatus]) -> Addition:
    """Status events of new rows."""
    now = datetime.now(UTC)
    subjects = dict.fromkeys(_subjects().values())
    events = [
        {
            **subjects,
            _subject(first.row): first.row.id,
            "from_status": None,
            "to_status": first.status,
            "occurred_at": first.occurred_at,
            "recorded_at": now,
            "note": first.note,
        }
        for first in statuses
    ]
    return Addition(StatusEvent, events)


async def change_status(
    session: WriteSession,
    row: Any,
    column: str,
    status: Vocabulary,
    *,
    occurred_at: datetime | None = None,
    note: str | None = None,
    begun_at: datetime | None = None,
) -> StatusEvent | None:
    """Set the status of a locked row, and record a status event. Setting the present status changes nothing.

    Raises DateOrder if `occurred_at` is before `begun_at` or the last status change, and InFuture.
    """
    if getattr(row, column) == status:
        return None
    if occurred_at is not None:
        check_past(occurred_at)
        await _check_order(session, row, occurred_at, begun_at)
    [event] = _events(column, [StatusChange(row, status, occurred_at, note)])
    added = StatusEvent(**event)
    session.add(added)
    return added


async def set_statuses(session: WriteSession, column: str, changes: Iterable[StatusChange]) -> None:
    """Set the statuses of locked rows of one table, and record status events. Times are not checked."""
    events = _events(column, changes)
    await session.flush()
    await add_rows(session, StatusEvent, events)


def _events(column: str, changes: Iterable[StatusChange]) -> list[dict[str, Any]]:
    """Set statuses; return the values of the status events."""
    now = datetime.now(UTC)
    events = []
    for row, status, occurred_at, note in changes:
        events.append(
            {
                **dict.fromkeys(_subjects().values()),
                _subject(row): row.id,
                "from_status": getattr(row, column),
                "to_status": status,
                "occurred_at": occurred_at or now,
                "recorded_at": now,
                "note": note,
            }
        )
        setattr(row, column, status)
    return events


async def latest_status_changes(session: WriteSession, rows: Collection[Any]) -> dict[int, datetime]:
    """Time of the last status change by row id. Rows without one are omitted. All rows must be of one table.

    The initial status does not count, because a row may be added later than its status changed.
    """
    if not rows:
        return {}
    subject, ids = _subjects_among(rows)
    changes = select(subject, func.max(StatusEvent.occurred_at)).where(ids, StatusEvent.from_status.is_not(None))
    found = await session.execute(changes.group_by(subject), {"keys": [row.id for row in rows]})
    return {row_id: latest for row_id, latest in found}  # noqa: C416 - dict() takes no rows


async def latest_status_change(session: WriteSession, row: Any) -> datetime | None:
    """Time of the last status change of a row; None if there was none."""
    return (await latest_status_changes(session, [row])).get(row.id)


async def latest_status_events(session: WriteSession, rows: Collection[Any]) -> dict[int, StatusEvent]:
    """Status event that was recorded last, by row id. All rows must be of one table."""
    if not rows:
        return {}
    subject, ids = _subjects_among(rows)
    newest = select(func.max(StatusEvent.id)).where(ids).group_by(subject)
    events = select(subject, StatusEvent).where(StatusEvent.id.in_(newest))
    found = await session.execute(events, {"keys": [row.id for row in rows]})
    return {row_id: event for row_id, event in found}  # noqa: C416


def _subjects_among(rows: Iterable[Any]) -> tuple[Any, Any]:
    """Foreign key column of status events for these rows, and the condition that it is among `keys`."""
    subject = getattr(StatusEvent, _subject(next(iter(rows))))
    return subject, is_among(subject, key_list("keys", subject.type))


def check_past(occurred_at: datetime | None) -> None:
    """Raise InFuture if a time is in the future."""
    now = datetime.now(UTC)
    if occurred_at is not None and occurred_at > now + CLOCK_SKEW:
        raise InFuture(
            f"must not be in the future (now: {now.isoformat()}); got {occurred_at.isoformat()}.", "occurred_at"
        )


async def _check_order(session: WriteSession, row: Any, occurred_at: datetime, begun_at: datetime | None) -> None:
    if begun_at is not None and occurred_at < begun_at:
        raise too_early(begun_at, occurred_at, "it began", "occurred_at")
    latest = await latest_status_change(session, row)
    if latest is not None and occurred_at < latest:
        raise too_early(latest, occurred_at, "the last change of status", "occurred_at")


def _subject(row: Base) -> str:
    return _subjects()[table_of(type(row)).name]
