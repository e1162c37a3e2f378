"""GraphQL types and queries of interviews."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from jobbot_gql.api.fields.computed import ParentBatch, computed
from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import history_of, to_one
from jobbot_gql.api.types.annotations import list_of
from jobbot_gql.api.types.entity import Node, column, entity
from jobbot_gql.api.types.lazy_types import Later, row_type
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.db.sql.selects import Columns, is_key, values_of
from jobbot_gql.history.models import Change
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of
from jobbot_gql.interviews import models
from jobbot_gql.interviews.models import InterviewStatus


def _overlapping(dialect: str, columns: Columns, *, single: bool = False) -> Select[Any]:
    """Scheduled interviews at the same time as a scheduled one, by its id."""
    one, other = aliased(models.Interview), aliased(models.Interview)
    one_end, other_end = func.coalesce(one.ends_at, one.starts_at), func.coalesce(other.ends_at, other.starts_at)
    at_once = or_(and_(other.starts_at < one_end, one.starts_at < other_end), other.starts_at == one.starts_at)
    return (
        select(one.id, *values_of(other, columns))
        .join(other, and_(other.id != one.id, at_once))
        .where(is_key(one.id, single=single))
        .where(one.status == InterviewStatus.SCHEDULED, other.status == InterviewStatus.SCHEDULED)
        .order_by(other.starts_at, other.id)
    )


@entity(models.Interview, order=[OrderTerm("starts_at", descending=True)])
class Interview(Node):
    """An interview for an application."""

    round = column(models.Interview.round, "Number of the round, 1 to 100.")
    kind = column(models.Interview.kind, "Kind of interview; null if unknown.")
    starts_at = column(models.Interview.starts_at, "Time at which it starts.")
    ends_at = column(models.Interview.ends_at, "Time at which it ends.")
    time_zone = column(models.Interview.time_zone, "IANA time zone in which it was agreed, such as `Europe/Berlin`.")
    location = column(models.Interview.location, "Place, such as an address or a phone number.")
    meeting_url = column(models.Interview.meeting_url, "URL of the video call, http or https.")
    people = column(models.Interview.people, "Names of the interviewers.")
    status = column(models.Interview.status, "Status of the interview.")
    outcome = column(models.Interview.outcome, "Outcome; null if unknown.")
    debrief = column(models.Interview.debrief, "Notes of the applicant after the interview.")

    application = to_one(
        models.Interview.application, models.Interview.application_id, "Application that the interview is for."
    )

    @computed(
        models.Interview.id,
        batch=ParentBatch(_overlapping, shows=models.Interview),
        description="Other scheduled interviews at the same time, earliest first; empty if this one is not scheduled."
        " One without an end counts as its start only.",
    )
    def overlaps(self: Any, others: Sequence[Any]) -> list_of(Later(row_type, models.Interview)):  # type: ignore[valid-type] # for Strawberry
        return [other for (other,) in others]

    history = history_of(models.Interview.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.CHANGE, models.Interview.history, Change.at),
        description="Changes of this row, oldest first.",
    )


@strawberry.type
class InterviewQueries:
    """Root query fields of interviews."""

    interview = lookup(models.Interview, "Interview with a unique key; null if not found.")
    interviews = connection(models.Interview, "Interviews. Default order: latest first.")
