"""The `timeline` fields: related rows of an entity, ordered by time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import partial
from typing import Any

import strawberry
from sqlalchemy import Select, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.fields.computed import ParentBatch, computed
from jobbot_gql.api.types.entity import Node
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.sql.compiled_query import UNREADABLE
from jobbot_gql.db.sql.selects import Columns, foreign_key_of, is_key, values_of
from jobbot_gql.history.models import Change


class TimelineKind(Vocabulary):
    """Kind of a timeline event."""

    SEEN = "seen", "The job was seen on a job board or site."
    APPLICATION = "application", "An application was sent."
    CLAIM = "claim", "A claim was made; its time is that of the application."
    STATUS = "status", "The status changed."
    RESPONSE = "response", "The employer answered."
    REFERENCE_USE = "reference_use", "The reference was used; the time is the start of that day in UTC."
    CAMPAIGN = "campaign", "A message was sent."
    INTERVIEW = "interview", "An interview starts; it may be cancelled."
    CONTACT = "contact", "The contact was linked."
    DOCUMENT = "document", "The document was attached."
    TAG = "tag", "The tag was added."
    FOLLOW_UP = "follow_up", "A stored follow-up is due; the time is the start of that day in UTC."
    CHANGE = "change", "The row was created, changed or restored, according to the change log."


@strawberry.type(description="An event in a timeline.")
class TimelineEntry:
    """One entry of a `timeline`."""

    at: datetime | None = strawberry.field(description="Time of the event; null if unknown.")
    kind: graphql_enum(TimelineKind) = strawberry.field(description="Kind of event.")  # type: ignore[valid-type] # registered here
    node: Node = strawberry.field(
        description="Row of the event: a JobSource, Application, ExperienceClaim, StatusEvent,"
        " EmployerResponse, ReferenceUsage, OutreachCampaign, Interview, ContactLink, DocumentLink, Tag, FollowUp or"
        " Change, depending on `kind`."
    )


@dataclass(frozen=True)
class TimelineSource:
    """A relationship whose rows are entries of a timeline."""

    kind: TimelineKind
    rows: QueryableAttribute[Any]
    """The relationship."""
    at: QueryableAttribute[Any]
    """Time column, of the related row or of the parent."""


def timeline_of(*sources: TimelineSource, description: str) -> Any:
    """A `timeline` field: oldest entry first, entries without a time last.

    Entries with the same time are in the order of the sources.
    """

    def timeline(self: Any, *rows: Sequence[tuple[Any, Any]]) -> list[TimelineEntry]:
        entries = [
            TimelineEntry(at=_timestamp(at), kind=source.kind, node=row)
            for source, of_kind in zip(sources, rows, strict=True)
            for at, row in of_kind
        ]
        return sorted(entries, key=_sort_key)

    batches = [ParentBatch(partial(_select, source), shows=source.rows, path=("node",)) for source in sources]
    return computed(batch=batches, description=description)(timeline)


def _select(source: TimelineSource, dialect: str, columns: Columns, *, single: bool = False) -> Select[Any]:
    """The time and the columns of the related rows, by the parents' ids."""
    parent: Any = source.rows.class_
    row: Any = source.rows.property.mapper.class_
    foreign_key = foreign_key_of(source.rows)
    statement = select(foreign_key, source.at.label("at"), *values_of(row, columns)).where(
        is_key(foreign_key, single=single)
    )
    if source.at.class_ is parent:
        statement = statement.join(parent, parent.id == foreign_key)
    if row is Change:
        statement = statement.where(Change.entity == str(parent.__name__))  # ids are unique per entity only
    return statement.order_by(row.id)


def _timestamp(at: Any) -> datetime | None:
    if at is UNREADABLE:  # `doctor` lists it; the node's own field has the error
        return None
    if at is None or isinstance(at, datetime):
        return at
    return datetime.combine(at, time(), UTC)


def _sort_key(entry: TimelineEntry) -> tuple[bool, datetime]:
    return entry.at is None, entry.at or datetime.max.replace(tzinfo=UTC)
