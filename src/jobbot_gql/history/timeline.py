"""What happened to a thing, in order: the rows under it, each at its time."""

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
    CHANGE = "change", "The row was created, changed or restored, according to the change log."


@strawberry.type(description="An event in a timeline.")
class TimelineEntry:
    """One entry of a `timeline`."""

    at: datetime | None = strawberry.field(description="Time of the event; null if unknown.")
    kind: graphql_enum(TimelineKind) = strawberry.field(description="Kind of event.")  # type: ignore[valid-type] # registered here
    node: Node = strawberry.field(
        description="Row of the event: a JobSource, Application, ExperienceClaim, StatusEvent,"
        " EmployerResponse, ReferenceUsage, OutreachCampaign or Change, depending on `kind`."
    )


@dataclass(frozen=True)
class Happening:
    """One kind of rows that tell what happened to the thing that they belong to."""

    kind: TimelineKind
    rows: QueryableAttribute[Any]
    """The relationship that leads to them."""
    at: QueryableAttribute[Any]
    """Their time, or else the thing's."""


def timeline_of(*happenings: Happening, description: str) -> Any:
    """A field that gives what happened to a thing, the oldest first, what has no time last.

    What happened at one moment comes in the order of the arguments, which is the one that makes sense.
    """

    async def resolve(self: Any, info: Info) -> list[TimelineEntry]:
        loaders = info.context.loaders
        place = ("timeline", *field_identity(info))

        async def load(things: list[int]) -> list[list[TimelineEntry]]:
            entries: dict[int, list[TimelineEntry]] = {key: [] for key in things}
            for happening in happenings:
                entity = entity_of(happening.rows.property.mapper.class_)
                columns = selected_columns(info, entity, ("node",))
                for key, at, *values in await loaders.rows(_statement(happening, columns), {"keys": things}):
                    row = instance(entity.type, columns, values)
                    entries[key].append(TimelineEntry(at=_moment(at), kind=happening.kind, node=row))
            return [sorted(entries[key], key=_age) for key in things]

        found: list[TimelineEntry] = await loaders.batched(place, load).load(self.id)
        return found

    return strawberry.field(resolver=resolve, description=description, metadata={NEEDS: ("id",)})


def _statement(happening: Happening, columns: Sequence[str]) -> Select[Any]:
    thing: Any = happening.rows.class_
    row: Any = happening.rows.property.mapper.class_
    thing_id = foreign_key_of(happening.rows)
    shown = (getattr(row, name) for name in columns)
    statement = select(thing_id, happening.at, *shown).where(is_among(thing_id, key_list("keys", thing.id.type)))
    if happening.at.class_ is thing:
        statement = statement.join(thing, thing.id == thing_id)
    if row is Change:
        statement = statement.where(Change.entity == str(thing.__name__))  # the log numbers things of all kinds
    return statement.order_by(row.id)


def _moment(at: date | None) -> datetime | None:
    if at is None or isinstance(at, datetime):
        return at
    return datetime.combine(at, time(), UTC)


def _age(entry: TimelineEntry) -> tuple[bool, datetime]:
    return entry.at is None, entry.at or datetime.max.replace(tzinfo=UTC)
