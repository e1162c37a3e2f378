"""The `timeline` fields: related rows of an entity, ordered by time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import strawberry
from sqlalchemy import Select, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.selection import field_identity, selected_columns
from jobbot_gql.api.types.entity import NEEDS, Node, entity_of
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.sql.selects import foreign_key_of
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
    TAG = "tag", "The tag was added."
    CHANGE = "change", "The row was created, changed or restored, according to the change log."


@strawberry.type(description="An event in a timeline.")
class TimelineEntry:
    """One entry of a `timeline`."""

    at: datetime | None = strawberry.field(description="Time of the event; null if unknown.")
    kind: graphql_enum(TimelineKind) = strawberry.field(description="Kind of event.")  # type: ignore[valid-type] # registered here
    node: Node = strawberry.field(
        description="Row of the event: a JobSource, Application, ExperienceClaim, StatusEvent,"
        " EmployerResponse, ReferenceUsage, OutreachCampaign, Interview, Tag or Change, depending on `kind`."
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

    async def resolve(self: Any, info: Info) -> list[TimelineEntry]:
        loaders = info.context.loaders
        loader_key = ("timeline", *field_identity(info))

        async def load(parents: list[int]) -> list[list[TimelineEntry]]:
            entries: dict[int, list[TimelineEntry]] = {key: [] for key in parents}
            for source in sources:
                entity = entity_of(source.rows.property.mapper.class_)
                columns = selected_columns(info, entity, ("node",))
                for key, at, *values in await loaders.rows(_statement(source, columns), {"keys": parents}):
                    row = instance(entity.type, columns, values)
                    entries[key].append(TimelineEntry(at=_timestamp(at), kind=source.kind, node=row))
            return [sorted(entries[key], key=_sort_key) for key in parents]

        found: list[TimelineEntry] = await loaders.batched(loader_key, load).load(self.id)
        return found

    return strawberry.field(resolver=resolve, description=description, metadata={NEEDS: ("id",)})


def _statement(source: TimelineSource, columns: Sequence[str]) -> Select[Any]:
    parent: Any = source.rows.class_
    row: Any = source.rows.property.mapper.class_
    foreign_key = foreign_key_of(source.rows)
    selected = (getattr(row, name) for name in columns)
    statement = select(foreign_key, source.at, *selected).where(is_among(foreign_key, key_list("keys", parent.id.type)))
    if source.at.class_ is parent:
        statement = statement.join(parent, parent.id == foreign_key)
    if row is Change:
        statement = statement.where(Change.entity == str(parent.__name__))  # ids are unique per entity only
    return statement.order_by(row.id)


def _timestamp(at: date | None) -> datetime | None:
    if at is None or isinstance(at, datetime):
        return at
    return datetime.combine(at, time(), UTC)


def _sort_key(entry: TimelineEntry) -> tuple[bool, datetime]:
    return entry.at is None, entry.at or datetime.max.replace(tzinfo=UTC)
