"""GraphQL types and queries of interviews."""

from collections.abc import Sequence
from typing import Any

import strawberry
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.selection import field_identity, selected_columns
from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.history import history_of
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.relations import to_one
from jobbot_gql.api.types.annotations import list_of
from jobbot_gql.api.types.entity import NEEDS, Node, column, entity, entity_of
from jobbot_gql.api.types.lazy_types import Later, row_type
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.history.models import Change
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of
from jobbot_gql.interviews import models
from jobbot_gql.interviews.models import InterviewStatus


async def _overlaps(self: Any, info: Info) -> Sequence[Any]:
    """Scheduled interviews at the same time, for all interviews of a level in one statement."""
    loaders = info.context.loaders
    columns = selected_columns(info, entity_of(models.Interview))

    async def load(interviews: list[int]) -> list[list[Any]]:
        one, other = aliased(models.Interview), aliased(models.Interview)
        one_end, other_end = func.coalesce(one.ends_at, one.starts_at), func.coalesce(other.ends_at, other.starts_at)
        at_once = or_(and_(other.starts_at < one_end, one.starts_at < other_end), other.starts_at == one.starts_at)
        statement = (
            select(one.id, *(getattr(other, name) for name in columns))
            .join(other, and_(other.id != one.id, at_once))
            .where(is_among(one.id, key_list("keys", one.id.type)))
            .where(one.status == InterviewStatus.SCHEDULED, other.status == InterviewStatus.SCHEDULED)
            .order_by(other.starts_at, other.id)
        )
        found: dict[int, list[Any]] = {key: [] for key in interviews}
        for key, *values in await loaders.rows(statement, {"keys": interviews}):
            found[key].append(instance(entity_of(models.Interview).type, columns, values))
        return [found[key] for key in interviews]

    rows: list[Any] = await loaders.batched(("overlaps", *field_identity(info)), load).load(self.id)
    return rows


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
    overlaps = strawberry.field(
        resolver=_overlaps,
        description="Other scheduled interviews at the same time, earliest first; empty if this one is not scheduled."
        " One without an end counts as its start only.",
        graphql_type=list_of(Later(row_type, models.Interview)),
        metadata={NEEDS: ("id",)},
    )
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
