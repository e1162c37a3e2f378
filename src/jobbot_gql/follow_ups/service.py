"""Business rules and actions of follow-ups. A computed follow-up is stored by the first action on it."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, union_all

from jobbot_gql.applications.repeats import CLOSED
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.follow_ups.listing import SOURCES, Source
from jobbot_gql.follow_ups.models import FollowUp, FollowUpStatus
from jobbot_gql.follow_ups.steps import ComputedId, Step, steps_of, today
from jobbot_gql.outreach.models import OutreachStatus
from jobbot_gql.settings import Settings
from jobbot_gql.writing.entity_writer import EntityWriter
from jobbot_gql.writing.rules import (
    InPast,
    NotFound,
    PendingWrite,
    Required,
    RuleViolation,
    row_to_change,
    stale,
    too_early,
)

_WESTERNMOST = timedelta(hours=12)


class FollowUpClosed(RuleViolation):
    """The follow-up was completed or dismissed, or its application or campaign is closed."""


class UnknownStep(RuleViolation):
    """No setting names a follow-up step of this number."""


def _is_closed(subject: Any) -> bool:
    """Whether an application or campaign has no follow-ups."""
    status = subject.response_status if hasattr(subject, "response_status") else subject.status
    return status in CLOSED or status is OutreachStatus.REJECTED


def _closed(subject: Any, *path: str) -> FollowUpClosed:
    return FollowUpClosed(f"{type(subject).__name__} {subject.id} is closed and has no follow-ups.", *path)


async def check_follow_ups(session: WriteSession, pending_writes: Sequence[PendingWrite[FollowUp]]) -> None:
    """A follow-up is on one open application or campaign, and is not due before it was sent."""
    for pending in pending_writes:
        row, subjects = pending.row, pending.parents
        if (row.application_id is None) is (row.outreach_campaign_id is None):
            pending.reject(Required("Give exactly one of applicationId and outreachCampaignId."))
            continue
        (name,) = (name for name in ("application_id", "outreach_campaign_id") if getattr(row, name) is not None)
        subject = subjects[name]
        if row.status is FollowUpStatus.OPEN and pending.changes("due_on", name) and _is_closed(subject):
            pending.reject(_closed(subject, name))
        sent = subject.application_date if name == "application_id" else subject.sent_date
        if sent is not None and pending.changes("due_on", name) and row.due_on < (sent - _WESTERNMOST).date():
            what = "the application's date" if name == "application_id" else "sentDate"
            pending.reject(too_early(sent.date(), row.due_on, what, "due_on"))


FOLLOW_UPS = EntityWriter(FollowUp, check_follow_ups)


async def schedule_follow_up(
    session: WriteSession,
    *,
    settings: Settings,
    time_zone: ZoneInfo,
    due_on: date,
    id: int | None = None,  # noqa: A002 - the field's name in the API
    version: int | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Add a follow-up, or move one to another day; a snooze ends.

    Raises RuleViolations, NotFound, StaleVersion, UnknownStep, FollowUpClosed, Required.
    """
    subjects = [name for name in ("application_id", "outreach_campaign_id") if name in values]
    if len(subjects) + (id is not None) != 1:
        raise Required("Give exactly one of id, applicationId and outreachCampaignId.")
    if id is None:
        return {"follow_up": (await FOLLOW_UPS.add(session, due_on=due_on, **values)).row}
    return await _change(
        session, settings, time_zone, (id, version), {"due_on": due_on, "snoozed_until": None, **values}
    )


async def snooze_follow_up(
    session: WriteSession,
    *,
    settings: Settings,
    time_zone: ZoneInfo,
    id: int,  # noqa: A002 - the field's name in the API
    until: date,
    version: int | None = None,
) -> dict[str, Any]:
    """Snooze a follow-up until a later day. Raises InPast, NotFound, StaleVersion, UnknownStep, FollowUpClosed."""
    now = today(time_zone)
    if until <= now:
        raise InPast(f"must be after today ({now}); got {until}.", "until")
    return await _change(session, settings, time_zone, (id, version), {"snoozed_until": until})


async def complete_follow_up(
    session: WriteSession,
    *,
    settings: Settings,
    time_zone: ZoneInfo,
    id: int,  # noqa: A002 - the field's name in the API
    outcome: str | None = None,
    version: int | None = None,
) -> dict[str, Any]:
    """Complete a follow-up. Raises NotFound, StaleVersion, UnknownStep, FollowUpClosed."""
    changes = {"status": FollowUpStatus.COMPLETED, "closed_at": datetime.now(UTC), "outcome": outcome}
    return await _change(session, settings, time_zone, (id, version), changes)


async def dismiss_follow_up(
    session: WriteSession,
    *,
    settings: Settings,
    time_zone: ZoneInfo,
    id: int,  # noqa: A002 - the field's name in the API
    reason: str,
    version: int | None = None,
) -> dict[str, Any]:
    """Dismiss a follow-up. Raises NotFound, StaleVersion, UnknownStep, FollowUpClosed."""
    changes = {"status": FollowUpStatus.DISMISSED, "closed_at": datetime.now(UTC), "reason": reason}
    return await _change(session, settings, time_zone, (id, version), changes)


async def _change(
    session: WriteSession, settings: Settings, zone: ZoneInfo, named: tuple[int, int | None], changes: dict[str, Any]
) -> dict[str, Any]:
    """Change a follow-up, and store it first if it is computed. `named` is its id and the expected version."""
    row_id, version = named
    values: dict[str, Any] = {}
    if row_id < 0:
        found, values = await _computed(session, ComputedId.of(row_id), steps_of(settings), zone)
        if found is None:
            if version:
                raise stale(FollowUp(version=0), version)
            return {"follow_up": (await FOLLOW_UPS.add(session, **values | changes)).row}
        row_id = found
    row = await row_to_change(session, FollowUp, row_id, version)
    if row.status is not FollowUpStatus.OPEN:
        raise FollowUpClosed(f"FollowUp {row.id} was {row.status} already. Schedule a new one.", "id")
    pending: PendingWrite[FollowUp] = PendingWrite(changes, row_id=row_id)
    await FOLLOW_UPS.save(session, [pending])
    if pending.violations:
        raise pending.violations[0]
    return {"follow_up": pending.row}


async def _computed(
    session: WriteSession, computed: ComputedId, steps: Sequence[Step], zone: ZoneInfo
) -> tuple[int | None, dict[str, Any]]:
    """Id of the row that stores a computed follow-up, or its values if none does.

    Raises NotFound, UnknownStep, FollowUpClosed.
    """
    (source,) = (source for source in SOURCES if source.key.key == computed.subject)
    step = next((step for step in steps if step.number == computed.step), None)
    if step is None:
        raise UnknownStep(f"must be a step of 1 to {len(steps)} (JOBBOT_FOLLOW_UP_DAYS); got {computed.step}.", "id")
    subject: Any = await row_to_change(session, source.model, computed.subject_id)
    if _is_closed(subject):
        raise _closed(subject, "id")
    latest = await _last_activity(session, source, computed.subject_id)
    if latest is None:
        name = source.model.__name__
        raise NotFound(f"{name} {computed.subject_id} has no activity after which a follow-up would be due.", "id")
    stored = select(FollowUp.id).where(
        source.key == computed.subject_id, FollowUp.step == step.number, FollowUp.created_at >= latest
    )
    found: int | None = await session.scalar(stored.order_by(FollowUp.id.desc()).limit(1))
    due_on = latest.astimezone(zone).date() + timedelta(days=step.days)
    return found, {computed.subject: computed.subject_id, "step": step.number, "due_on": due_on}


async def _last_activity(session: WriteSession, source: Source, subject_id: int) -> datetime | None:
    activity = union_all(
        *(select(func.max(at).label("at")).where(key == subject_id) for key, at in source.activity)
    ).subquery()
    times = await session.scalars(select(activity.c.at))
    return max((at for at in times if at is not None), default=None)
