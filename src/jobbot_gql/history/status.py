"""The history of statuses: what is written when a status is set."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import func, select

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.write.bulk_dml import Addition, table_of
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.writing.rules import InFuture, too_early

CLOCK_SKEW = timedelta(minutes=5)
"""By how much a client's clock may be ahead."""


@cache
def _subjects() -> dict[str, str]:
    """The columns that name the row whose status it is, by the row's table."""
    return {
        key.column.table.name: column.name for column in table_of(StatusEvent).columns for key in column.foreign_keys
    }


@dataclass(frozen=True)
class Beginning:
    """The first status of a row."""

    row: Any
    status: Vocabulary
    occurred_at: datetime
    note: str | None = None


def first_statuses(beginnings: Iterable[Beginning]) -> Addition:
    """What writes down the first statuses of rows."""
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
        for first in beginnings
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
    """Set the status of a locked row, and write the change down. Setting it to what it is changes nothing.

    `occurred_at` may lie in the past, but not before `begun_at` or an earlier change: DateOrder is raised, and InFuture
    for a time to come.
    """
    before = getattr(row, column)
    if before == status:
        return None
    now = datetime.now(UTC)
    if occurred_at is not None:
        check_past(occurred_at)
        await _check_order(session, row, occurred_at, begun_at)
    setattr(row, column, status)
    event = StatusEvent(
        **{_subject(row): row.id},
        from_status=before,
        to_status=status,
        occurred_at=occurred_at or now,
        recorded_at=now,
        note=note,
    )
    session.add(event)
    return event


async def latest_status_change(session: WriteSession, row: Any) -> datetime | None:
    """When the status of a row last changed, None where it never did.

    The first status does not count: that of a row which was added late is as late.
    """
    subject = getattr(StatusEvent, _subject(row))
    changes = select(func.max(StatusEvent.occurred_at)).where(subject == row.id, StatusEvent.from_status.is_not(None))
    latest: datetime | None = await session.scalar(changes)
    return latest


async def latest_status_event(session: WriteSession, row: Any) -> StatusEvent | None:
    """The event that was recorded last of a row's status."""
    events = select(StatusEvent).where(getattr(StatusEvent, _subject(row)) == row.id)
    event: StatusEvent | None = await session.scalar(events.order_by(StatusEvent.id.desc()).limit(1))
    return event


def check_past(occurred_at: datetime | None) -> None:
    """Raise InFuture for a time that is still to come."""
    now = datetime.now(UTC)
    if occurred_at is not None and occurred_at > now + CLOCK_SKEW:
        raise InFuture(f"not after now, {now.isoformat()}, but {occurred_at.isoformat()}", "occurred_at")


async def _check_order(session: WriteSession, row: Any, occurred_at: datetime, begun_at: datetime | None) -> None:
    if begun_at is not None and occurred_at < begun_at:
        raise too_early(begun_at, occurred_at, "it began", "occurred_at")
    latest = await latest_status_change(session, row)
    if latest is not None and occurred_at < latest:
        raise too_early(latest, occurred_at, "the last change of status", "occurred_at")


def _subject(row: Base) -> str:
    return _subjects()[table_of(type(row)).name]
