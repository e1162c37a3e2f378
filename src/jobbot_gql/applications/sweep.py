"""Marking silent applications as ghosted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select

from jobbot_gql.api.fields.filters import condition
from jobbot_gql.api.mutations.fields import MAX_ITEMS
from jobbot_gql.api.mutations.row_actions import expected_rows
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.applications.models import Application, ApplicationStatus, EmployerResponse
from jobbot_gql.applications.repeats import is_open
from jobbot_gql.applications.service import change_application_statuses
from jobbot_gql.db.write.bulk_dml import locked
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.interviews.models import Interview
from jobbot_gql.writing.rules import OutOfRange, Required

MAX_DAYS = 3_650


def silent_since(limit: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Condition of open applications without activity from a time on. An interview is activity at its start."""
    later = (
        (EmployerResponse.application_id, EmployerResponse.response_date),
        (StatusEvent.application_id, StatusEvent.occurred_at),
        (Interview.application_id, Interview.starts_at),
    )
    # Not EXISTS: what happened since is little, and read once, where applications are many.
    active = (select(key).where(key.is_not(None), at >= limit) for key, at in later)
    return and_(is_open(), Application.application_date < limit, *(Application.id.not_in(one) for one in active))


async def sweep_ghosted(
    session: WriteSession,
    *,
    silent_for_days: int,
    dry_run: bool,
    expected_count: int | None = None,
    filter: Any = None,  # noqa: A002 - the field's name in the API
) -> dict[str, Any]:
    """Change the status of silent applications to `ghosted`, or only list them if `dry_run`.

    Raises OutOfRange, Required, UnexpectedCount, TooMany.
    """
    if not 1 <= silent_for_days <= MAX_DAYS:
        raise OutOfRange(f"must be 1 to {MAX_DAYS:,}; got {silent_for_days:,}.", "silent_for_days")
    where = silent_since(datetime.now(UTC) - timedelta(days=silent_for_days))
    asked = condition(entity_of(Application), filter)
    if asked is not None:
        where = and_(where, asked)
    if dry_run:
        ids = list(await session.scalars(select(Application.id).where(where).order_by(Application.id).limit(MAX_ITEMS)))
        count = await session.scalar(select(func.count()).select_from(Application).where(where)) or 0
        return {"applications": ids, "count": count}
    if expected_count is None:
        raise Required("must be given without dryRun: the count that a dry run has shown.", "expected_count")
    ids = await expected_rows(session, Application, where, expected_count)
    rows = (await locked(session, Application, ids)).values()
    note = f"No activity for {silent_for_days:,} days."
    await change_application_statuses(session, list(rows), status=ApplicationStatus.GHOSTED, note=note)
    return {"applications": ids, "count": len(ids)}
