"""All follow-ups, stored and computed, as one table.

A computed follow-up is a step of an open application or campaign: it falls due so many days after the last activity,
and is replaced when the next step falls due. It is not listed once it, or a later step, is stored.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    bindparam,
    cast,
    exists,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    table,
    true,
    union_all,
)
from sqlalchemy import column as plain_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import FunctionElement

from jobbot_gql.applications.models import Application, EmployerResponse
from jobbot_gql.applications.repeats import is_open
from jobbot_gql.db.sql.column_types import UtcDateTime
from jobbot_gql.db.sql.date_buckets import Bucket, bucket_of_time
from jobbot_gql.db.sql.utc_offsets import utc_offsets
from jobbot_gql.follow_ups.models import FollowUp, FollowUpStatus
from jobbot_gql.follow_ups.steps import ComputedId, Step, earliest_activity, today
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.interviews.models import Interview
from jobbot_gql.outreach.models import OutreachCampaign, OutreachStatus

_LATEST = datetime(9980, 1, 1, tzinfo=UTC)
"""Activity after it has no follow-ups: the days that they fall due on could not be stored."""


class days_after(FunctionElement[date]):  # noqa: N801 - reads as an SQL function
    """A date, and a number of days later."""

    type = Date()
    inherit_cache = True


@compiles(days_after, "postgresql")
def _days_after_postgresql(element: days_after, compiler: SQLCompiler, **kw: Any) -> str:
    day, days = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({day} + {days})"


@compiles(days_after, "sqlite")
def _days_after_sqlite(element: days_after, compiler: SQLCompiler, **kw: Any) -> str:
    day, days = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"date({day}, {days} || ' days')"


class Day(NamedTuple):
    """The day for which follow-ups are listed, in statements that are sent for this day or the current one."""

    given: date | None
    """None: today."""
    zone: ZoneInfo

    @property
    def begun(self) -> date:
        """The day itself."""
        return self.given or today(self.zone)

    @property
    def parameter(self) -> ColumnElement[date]:
        """Parameter with the day; computed when the statement is sent, because statements are kept."""
        return bindparam(None, callable_=lambda: self.begun, type_=Date())

    def earliest(self, steps: tuple[Step, ...]) -> ColumnElement[datetime]:
        """Parameter with the time before which a last activity has no step any more."""
        earliest = partial(earliest_activity, zone=self.zone, steps=steps)
        return bindparam(None, callable_=lambda: earliest(self.begun), type_=UtcDateTime())


class DayParameters(NamedTuple):
    """The same for statements that get the values when they are sent, as parameters."""

    zone: ZoneInfo
    parameter: ColumnElement[date]
    """The day."""
    earliest_activity: ColumnElement[datetime]
    """See `steps.earliest_activity`."""

    def earliest(self, steps: tuple[Step, ...]) -> ColumnElement[datetime]:
        """Parameter with the time before which a last activity has no step any more."""
        return self.earliest_activity


def is_open_campaign() -> ColumnElement[bool]:
    """Condition of campaigns that have follow-ups."""
    status = OutreachCampaign.response_status
    return or_(status != OutreachStatus.REJECTED, status.is_(None))


class Source(NamedTuple):
    """What has follow-ups, and what counts as its activity."""

    model: Any
    key: QueryableAttribute[Any]
    """Foreign key of its follow-ups."""
    is_open: Callable[[], ColumnElement[bool]]
    activity: tuple[tuple[QueryableAttribute[Any], QueryableAttribute[Any]], ...]
    """Columns with the id of the subject, and the time."""


SOURCES = (
    Source(
        Application,
        FollowUp.application_id,
        is_open,
        (
            (Application.id, Application.application_date),
            (EmployerResponse.application_id, EmployerResponse.response_date),
            (StatusEvent.application_id, StatusEvent.occurred_at),
            (Interview.application_id, Interview.starts_at),
        ),
    ),
    Source(
        OutreachCampaign,
        FollowUp.outreach_campaign_id,
        is_open_campaign,
        (
            (OutreachCampaign.id, OutreachCampaign.sent_date),
            (OutreachCampaign.id, OutreachCampaign.response_date),
            (StatusEvent.outreach_campaign_id, StatusEvent.occurred_at),
        ),
    ),
)


def follow_ups(dialect: str, steps: tuple[Step, ...], day: Day | DayParameters) -> CTE:
    """All follow-ups on a day, in the columns and under the name of the table, which it hides."""
    return union_all(*_stored(dialect), *(_computed(dialect, source, steps, day) for source in SOURCES)).cte(
        FollowUp.__tablename__
    )


def _table(dialect: str) -> Any:
    # SQLite would take the name without a schema for that of the CTE itself.
    names = (plain_column(column.key, column.type) for column in FollowUp.__table__.columns)
    return table(FollowUp.__tablename__, *names, schema="main" if dialect == "sqlite" else None).alias("stored")


def _stored(dialect: str) -> list[Select[Any]]:
    """Stored follow-ups, without open ones of what is closed."""
    parts = []
    for source in SOURCES:
        stored = _table(dialect)
        is_listed = or_(stored.c.status != FollowUpStatus.OPEN, source.is_open())
        model: Any = source.model
        parts.append(select(*stored.c).join(model, model.id == stored.c[source.key.key]).where(is_listed))
    return parts


def last_activities(source: Source, earliest: ColumnElement[datetime]) -> Subquery:
    """Id and time of the last activity of subjects that had any since a time."""
    parts = [
        select(subject_id.label("subject_id"), at.label("at")).where(
            subject_id.is_not(None), at.between(earliest, literal(_LATEST, UtcDateTime()))
        )
        for subject_id, at in source.activity
    ]
    activity = union_all(*parts).subquery("activity")
    latest = func.max(activity.c.at, type_=UtcDateTime()).label("at")
    return select(activity.c.subject_id, latest).group_by(activity.c.subject_id).subquery("latest")


def _computed(dialect: str, source: Source, steps: tuple[Step, ...], day: Day | DayParameters) -> Select[Any]:
    """Steps of subjects that are open."""
    zone, model = day.zone, source.model
    latest = last_activities(source, day.earliest(steps))
    offsets = utc_offsets(zone) if dialect == "postgresql" else None
    active_on = bucket_of_time(latest.c.at, Bucket.DAY, zone.key, offsets).label("day")
    # Materialized, so that the day is computed once for each subject and not for each step.
    dated = (
        select(latest.c.subject_id, latest.c.at, active_on)
        .join(model, model.id == latest.c.subject_id)
        .where(source.is_open())
        .cte(f"active_{model.__tablename__}")
        .prefix_with("MATERIALIZED")
    )
    step = union_all(
        *(
            select(
                literal_column(str(one.number), Integer).label("number"),
                literal_column(str(one.days), Integer).label("days"),
                literal_column(str(one.until), Integer).label("until"),
            )
            for one in steps
        )
    ).subquery("step")
    stored = _table(dialect)
    is_stored = exists(
        select(stored.c.id).where(
            stored.c[source.key.key] == dated.c.subject_id,
            stored.c.step >= step.c.number,
            stored.c.created_at >= dated.c.at,
        )
    )
    first = -ComputedId(source.key.key, 0, 0).number
    per_subject = -ComputedId(source.key.key, 1, 0).number - first
    values: dict[str, Any] = {
        "id": -(dated.c.subject_id * literal_column(str(per_subject)) + literal_column(str(first)) + step.c.number),
        source.key.key: dated.c.subject_id,
        "step": step.c.number,
        "due_on": days_after(dated.c.day, step.c.days),
        "status": literal_column(f"'{FollowUpStatus.OPEN}'"),
        "created_at": dated.c.at,
        "version": literal_column("0", Integer),
    }
    columns = [
        values.get(column.key, cast(null(), column.type)).label(column.key) for column in FollowUp.__table__.columns
    ]
    is_current = days_after(dated.c.day, step.c.until) > day.parameter
    return select(*columns).select_from(dated).join(step, true()).where(is_current, ~is_stored)
