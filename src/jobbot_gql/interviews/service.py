"""Business rules of interviews, and of `interview_date` of applications, which is derived from them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from sqlalchemy import delete, select

from jobbot_gql.applications.models import Application
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.compiled_query import KeyedStatement
from jobbot_gql.db.write.bulk_dml import Addition, add_rows, change_rows, locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.interviews.models import Interview, InterviewStatus
from jobbot_gql.jobs.service import check_url
from jobbot_gql.writing.entity_writer import EntityWriter
from jobbot_gql.writing.rules import DerivedValue, PendingWrite, RuleViolation, check_order, shown, too_early


class _Slot(NamedTuple):
    """When an interview is."""

    application_id: int
    row_id: int
    starts_at: datetime
    ends_at: datetime | None
    status: InterviewStatus
    version: int


SLOTS = KeyedStatement(
    Interview.application_id,
    select(
        Interview.application_id,
        Interview.id,
        Interview.starts_at,
        Interview.ends_at,
        Interview.status,
        Interview.version,
    ).where,
)


class InvalidTimeZone(RuleViolation):
    """Not the name of an IANA time zone."""


def _next(slots: Collection[_Slot]) -> _Slot | None:
    """The interview whose start is `interview_date`: the earliest scheduled one, or else the latest."""
    scheduled = [slot for slot in slots if slot.status is InterviewStatus.SCHEDULED]
    if scheduled:
        return min(scheduled, key=lambda slot: (slot.starts_at, slot.row_id))
    return max(slots, key=lambda slot: (slot.starts_at, slot.row_id), default=None)


async def _slots(session: WriteSession, application_ids: Iterable[int]) -> dict[int, list[_Slot]]:
    """Interviews of each application."""
    slots: dict[int, list[_Slot]] = {application_id: [] for application_id in sorted(application_ids)}
    for row in await session.rows_by_key(SLOTS, list(slots)) if slots else ():
        slots[row[0]].append(_Slot(*row))
    return slots


async def check_interviews(session: WriteSession, pending_writes: Sequence[PendingWrite[Interview]]) -> None:
    """An interview ends after it starts, and is not before the application; zone and URL are valid."""
    for pending in pending_writes:
        interview = pending.row
        check_order(pending, "starts_at", "ends_at", "startsAt")
        check_url(pending, "meeting_url")
        sent = pending.parents["application_id"].application_date
        if sent is not None and interview.starts_at < sent and pending.changes("starts_at", "application_id"):
            pending.reject(too_early(sent, interview.starts_at, "the application's date", "starts_at"))
        zone = interview.time_zone
        if zone is not None and pending.changes("time_zone") and zone not in available_timezones():
            message = f"must be the name of an IANA time zone, such as Europe/Berlin; got {shown(zone)}."
            pending.reject(InvalidTimeZone(message, "time_zone"))


async def after_interviews_saved(session: WriteSession, pending_writes: Sequence[PendingWrite[Interview]]) -> None:
    """Update `interview_date` of the applications whose interviews were written."""
    rows = [row for pending in pending_writes for row in (pending.row, pending.before) if row is not None]
    await recompute_interview_dates(session, {row.application_id for row in rows})


async def after_interviews_deleted(session: WriteSession, rows: Sequence[Interview]) -> None:
    """Update `interview_date` of the applications whose interviews were deleted."""
    await recompute_interview_dates(session, {row.application_id for row in rows})


async def recompute_interview_dates(session: WriteSession, application_ids: Collection[int]) -> None:
    """Derive `interview_date` of applications from their interviews."""
    slots = await _slots(session, application_ids)
    for application_id, application in (await locked(session, Application, application_ids)).items():
        found = _next(slots[application_id])
        application.interview_date = found.starts_at if found else None


def first_interviews(applications: Iterable[Application]) -> Addition:
    """Interviews of new applications that have an `interview_date`."""
    return Addition(
        Interview, [_new(row.id, row.interview_date) for row in applications if row.interview_date is not None]
    )


def _new(application_id: int, starts_at: datetime) -> dict[str, Any]:
    is_over = starts_at <= datetime.now(UTC)
    status = InterviewStatus.COMPLETED if is_over else InterviewStatus.SCHEDULED
    return {"application_id": application_id, "starts_at": starts_at, "status": status, "version": 1}


async def check_interview_dates(session: WriteSession, pending_writes: Sequence[PendingWrite[Application]]) -> None:
    """Reject an `interview_date` of a stored application that its interviews would not have afterwards."""
    changed = [pending for pending in pending_writes if pending.before and pending.changes("interview_date")]
    slots = await _slots(session, {pending.row.id for pending in changed})
    for pending in changed:
        of, given = slots[pending.row.id], pending.row.interview_date
        found = _next(of)
        if found is None:
            continue
        if given is None and len(of) > 1:
            message = f"must not be null while the application has {len(of)} interviews. Delete them instead."
            pending.reject(DerivedValue(message, "interview_date"))
        elif given is not None:
            derived = _next([slot._replace(starts_at=given) if slot is found else slot for slot in of])
            if derived is not None and derived.starts_at != given:
                message = (
                    "must be the start of the earliest scheduled interview, or else of the latest"
                    f" ({derived.starts_at.isoformat()}); got {given.isoformat()}. Update the interview instead."
                )
                pending.reject(DerivedValue(message, "interview_date"))


async def write_interview_dates(session: WriteSession, dates: Mapping[int, datetime | None]) -> None:
    """Move the interview whose start `interview_date` is; create it if there is none, and delete it for null.

    `dates` are those of locked applications, by id.
    """
    slots = await _slots(session, dates)
    moved, new, deleted = [], [], []
    for application_id, starts_at in dates.items():
        found = _next(slots[application_id])
        if starts_at is None:
            deleted += [slot.row_id for slot in slots[application_id]]
        elif found is None:
            new.append(_new(application_id, starts_at))
        elif found.starts_at != starts_at:
            ends_at = found.ends_at and found.ends_at + (starts_at - found.starts_at)
            moved.append({"id": found.row_id, "starts_at": starts_at, "ends_at": ends_at, "version": found.version + 1})
    await change_rows(session, Interview, moved)
    await add_rows(session, Interview, new)
    if deleted:
        rows = delete(Interview.__table__).where(is_among(Interview.id, key_list("keys", Interview.id.type)))  # type: ignore[arg-type] # a table, not just any FROM clause
        await session.execute(rows, {"keys": deleted})


async def restore_interview_dates(session: WriteSession, application_ids: Collection[int]) -> None:
    """Bring interviews in line with dates that an undo has restored without them.

    That is so for changes that are older than interviews.
    """
    slots = await _slots(session, application_ids)
    differing: dict[int, datetime | None] = {}
    for application_id, application in (await locked(session, Application, application_ids)).items():
        found = _next(slots[application_id])
        if application.interview_date != (found.starts_at if found else None):
            differing[application_id] = application.interview_date
    await write_interview_dates(session, differing)
    await recompute_interview_dates(session, differing.keys())


INTERVIEWS = EntityWriter(
    Interview, check_interviews, after_save=after_interviews_saved, after_delete=after_interviews_deleted
)
