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
from jobbot_gql.db.sql.column_values import present_value
from jobbot_gql.db.write.bulk_dml import Addition, new_ids, newest_id, table_of
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.writing.rules import InFuture, RuleViolation, too_early

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
    begun_at: datetime | None = None
    """The time that `occurred_at` must not be before, such as that of an application."""


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
    change = StatusChange(row, status, occurred_at, note, begun_at)
    for violation in (await status_violations(session, column, [change])).values():
        raise violation
    return (await change_statuses(session, column, [change])).get(row.id)


async def status_violations(
    session: WriteSession, column: str, changes: Iterable[StatusChange]
) -> dict[int, RuleViolation]:
    """DateOrder violations of status changes by row id. The rows are locked and of one table. Raises InFuture."""
    dated = []
    for change in changes:
        check_past(change.occurred_at)
        if change.occurred_at is not None and present_value(change.row, column) != change.status:
            dated.append((change, change.occurred_at))
    latest = await latest_status_changes(session, [change.row for change, _ in dated])
    found: dict[int, RuleViolation] = {}
    for change, at in dated:
        last = latest.get(change.row.id)
        if change.begun_at is not None and at < change.begun_at:
            found[change.row.id] = too_early(change.begun_at, at, "it began", "occurred_at")
        elif last is not None and at < last:
            found[change.row.id] = too_early(last, at, "the last change of status", "occurred_at")
    return found


async def change_statuses(
    session: WriteSession, column: str, changes: Iterable[StatusChange]
) -> dict[int, StatusEvent]:
    """Set the statuses of locked rows of one table, and record status events. Times are not checked.

    Returns the events by row id; a row that already has the status has none.
    """
    moved = [change for change in changes if present_value(change.row, column) != change.status]
    if session.new:  # on SQLite `new_ids` does not know of ids that are not inserted yet
        await session.flush()
    # With ids, SQLAlchemy inserts all events in one statement.
    ids = (await new_ids(session, {StatusEvent: len(moved)}))[StatusEvent]
    new = zip(ids, _events(column, moved), strict=True)
    events = [StatusEvent(id=event_id, **values) for event_id, values in new]
    session.add_all(events)
    return {change.row.id: event for change, event in zip(moved, events, strict=True)}


def _events(column: str, changes: Iterable[StatusChange]) -> list[dict[str, Any]]:
    """Set statuses; return the values of the status events."""
    now = datetime.now(UTC)
    events = []
    for row, status, occurred_at, note, _ in changes:
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
    newest = select(newest_id(StatusEvent.id)).where(ids).group_by(subject)
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


def _subject(row: Base) -> str:
    return _subjects()[table_of(type(row)).name]
