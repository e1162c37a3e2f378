"""GraphQL types and queries of follow-ups."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import strawberry
from sqlalchemy import ColumnElement, and_, func, or_, true

from jobbot_gql.api.fields.computed import computed
from jobbot_gql.api.fields.connection_node import ListedRows
from jobbot_gql.api.fields.connections import connection
from jobbot_gql.api.fields.lookups import lookup
from jobbot_gql.api.fields.paging import Listed
from jobbot_gql.api.fields.relations import history_of, to_one
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.entity import Node, Written, column, entity
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.follow_ups import models
from jobbot_gql.follow_ups.listing import Day, follow_ups
from jobbot_gql.follow_ups.models import FollowUpStatus
from jobbot_gql.follow_ups.steps import steps_of, zone_of
from jobbot_gql.history.models import Change
from jobbot_gql.history.timeline import TimelineKind, TimelineSource, timeline_of
from jobbot_gql.settings import Settings


class Urgency(Vocabulary):
    """Urgency of an open follow-up on a day."""

    OVERDUE = "overdue", "It was due, or its snooze ended, before this day."
    TODAY = "today", "It is due, or its snooze ends, on this day."
    SOON = "soon", "It is due later."
    SNOOZED = "snoozed", "It is snoozed until a later day. It is never overdue at the same time."


ZONE = argument(str, "IANA time zone in which days begin, such as `Europe/Berlin`.")
AS_OF = argument(date | None, "Day for which urgency is determined. Default: today in `timeZone`.")


def zone_named(name: str) -> ZoneInfo:
    """The time zone of an argument. Raises BadRequest."""
    try:
        return zone_of(name)
    except ValueError:
        raise BadRequest(f"timeZone must be an IANA name such as Europe/Berlin; got {shown(name)}.") from None


def urgency_of(due_on: date, snoozed_until: date | None, day: date) -> Urgency:
    """Urgency of an open follow-up."""
    wakes = snoozed_until or due_on
    if snoozed_until is not None and snoozed_until > day:
        return Urgency.SNOOZED
    if due_on > day:
        return Urgency.SOON
    return Urgency.OVERDUE if max(due_on, wakes) < day else Urgency.TODAY


def _is(urgency: Urgency, day: ColumnElement[date]) -> ColumnElement[bool]:
    """The same as a condition."""
    due_on, snoozed_until = models.FollowUp.due_on, models.FollowUp.snoozed_until
    wakes = func.coalesce(snoozed_until, due_on)
    match urgency:
        case Urgency.SNOOZED:
            return snoozed_until > day
        case Urgency.SOON:
            return and_(due_on > day, or_(snoozed_until.is_(None), snoozed_until <= day))
        case Urgency.OVERDUE:
            return and_(due_on < day, wakes < day)
        case Urgency.TODAY:
            return or_(and_(due_on < day, wakes == day), and_(due_on == day, wakes <= day))


def listed(
    settings: Settings,
    dialect: str,
    *,
    urgency: Sequence[Urgency] | None = tuple(Urgency),
    as_of: date | None = None,
    time_zone: str,
) -> Listed:
    """Follow-ups of these urgencies, or all. Raises BadRequest."""
    day = Day(as_of, zone_named(time_zone))
    where: ColumnElement[bool] = true()
    if urgency is not None:
        conditions = [_is(one, day.parameter) for one in dict.fromkeys(urgency)]
        where = and_(models.FollowUp.status == FollowUpStatus.OPEN, or_(~true(), *conditions))
    return Listed(where, follow_ups(dialect, steps_of(settings), day))


@entity(models.FollowUp, order=[OrderTerm("due_on")])
class FollowUp(Node):
    """A follow-up on an application or outreach campaign, computed or stored.

    A computed one is a step after so many days without activity. It is stored once it is snoozed, completed, dismissed
    or moved.
    """

    step = column(
        models.FollowUp.step,
        "Number of the step of which it was computed, from 1; null if it was scheduled.",
        Written.NEVER,
    )
    due_on = column(models.FollowUp.due_on, "Day on which it is due.")
    snoozed_until = column(
        models.FollowUp.snoozed_until, "Day until which it is snoozed, if it was. `dueOn` stays.", Written.NEVER
    )
    status = column(models.FollowUp.status, "Status of the follow-up.", Written.NEVER)
    note = column(models.FollowUp.note, "What is to be done.")
    outcome = column(models.FollowUp.outcome, "Result, if it was completed.", Written.NEVER)
    reason = column(models.FollowUp.reason, "Why it was dismissed.", Written.NEVER)
    closed_at = column(models.FollowUp.closed_at, "Time at which it was completed or dismissed.", Written.NEVER)
    created_at = column(
        models.FollowUp.created_at,
        "Time at which it was stored; while it is computed, that of the last activity.",
        Written.NEVER,
    )

    application = to_one(
        models.FollowUp.application,
        models.FollowUp.application_id,
        "Application to follow up on; null if it is a campaign.",
    )
    outreach_campaign = to_one(
        models.FollowUp.outreach_campaign,
        models.FollowUp.outreach_campaign_id,
        "Outreach campaign to follow up on; null if it is an application.",
    )

    @computed(models.FollowUp.id, description="Whether it is computed. Its `databaseId` is negative then.")
    def is_computed(self: Any) -> bool:
        return bool(self.__dict__["id"] < 0)

    @computed(
        models.FollowUp.due_on,
        models.FollowUp.snoozed_until,
        models.FollowUp.status,
        description="Urgency on a day; null if it was completed or dismissed.",
    )
    def urgency(
        self: Any,
        *,
        as_of: Annotated[
            date | None, strawberry.argument(description="Day. Default: today in `timeZone`.")
        ] = strawberry.UNSET,
        time_zone: Annotated[
            str, strawberry.argument(description="IANA time zone in which days begin, such as `Europe/Berlin`.")
        ] = "UTC",
    ) -> graphql_enum(Urgency) | None:  # type: ignore[valid-type] # registered here
        values = self.__dict__
        if values["status"] is not FollowUpStatus.OPEN:
            return None
        day = Day(as_of or None, zone_named(time_zone)).begun
        return urgency_of(values["due_on"], values["snoozed_until"], day)

    history = history_of(models.FollowUp.history)
    timeline = timeline_of(
        TimelineSource(TimelineKind.CHANGE, models.FollowUp.history, Change.at),
        description="Changes of this row, oldest first.",
    )


@strawberry.type
class FollowUpQueries:
    """Root query fields of follow-ups."""

    follow_up = lookup(models.FollowUp, "Stored follow-up with a unique key; null if not found.")
    follow_ups = connection(
        models.FollowUp,
        "Follow-ups, computed and stored. An application or campaign that is open has one after each of"
        " JOBBOT_FOLLOW_UP_DAYS days without activity. A step is replaced when the next one is due, and the last one"
        " after JOBBOT_ARCHIVE_AFTER_DAYS days. Those that are closed have none. Default order: by `dueOn`.",
        rows=ListedRows(
            {
                "urgency": (
                    argument(
                        list_of(graphql_enum(Urgency)) | None,
                        "Urgencies to list. Default: all, which is every open follow-up."
                        " Null also lists those that were completed or dismissed.",
                    ),
                    strawberry.UNSET,
                ),
                "as_of": (AS_OF, strawberry.UNSET),
                "time_zone": (ZONE, "UTC"),
            },
            listed,
        ),
    )
