"""What happened to an application, in order, and when something last did."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import strawberry
from sqlalchemy import func, select, union_all

from jobbot_gql.api.context import Info
from jobbot_gql.api.entity import Node, entity_of
from jobbot_gql.api.enums import graphql_enum
from jobbot_gql.api.loaders import instance
from jobbot_gql.api.selection import field_identity, selected_columns
from jobbot_gql.applications.models import Application, EmployerResponse, ExperienceClaim
from jobbot_gql.changes.models import StatusEvent
from jobbot_gql.db.columns import Vocabulary
from jobbot_gql.db.keys import is_among, key_list


class TimelineKind(Vocabulary):
    """What kind of thing happened to an application."""

    CLAIM = "claim", "A claim was made; it is as old as the application."
    STATUS = "status", "The status changed."
    RESPONSE = "response", "The employer answered."


@strawberry.type(description="One thing that happened to an application.")
class TimelineEntry:
    """One entry of `Application.timeline`."""

    at: datetime | None = strawberry.field(description="When; null where nobody knows.")
    kind: graphql_enum(TimelineKind) = strawberry.field(description="What kind of thing.")  # type: ignore[valid-type] # registered here
    node: Node = strawberry.field(description="The thing itself: an ExperienceClaim, StatusEvent or EmployerResponse.")


_SOURCES = (
    (TimelineKind.CLAIM, ExperienceClaim, None),
    (TimelineKind.STATUS, StatusEvent, "occurred_at"),
    (TimelineKind.RESPONSE, EmployerResponse, "response_date"),
)


async def timeline(application: Any, info: Info) -> list[TimelineEntry]:
    """Claims, status changes and responses of an application, the oldest first, those without a time last.

    Entries of one moment come in the order in which they make sense: what was claimed, what became of it, the answer.
    """
    loaders = info.context.loaders
    place = ("timeline", *field_identity(info))

    async def load(applications: list[int]) -> list[list[TimelineEntry]]:
        entries: dict[int, list[TimelineEntry]] = {key: [] for key in applications}
        for kind, model, time in _SOURCES:
            entity = entity_of(model)
            columns = selected_columns(info, entity, ("node",), also=(time,) if time else ())
            statement = (
                select(model.application_id, Application.application_date, *(entity.columns[name] for name in columns))
                .join(Application, Application.id == model.application_id)
                .where(is_among(model.application_id, key_list("keys", Application.id.type)))
                .order_by(model.id)
            )
            for key, application_date, *values in await loaders.rows(statement, {"keys": applications}):
                row = instance(entity.type, columns, values)
                at = getattr(row, time) if time else application_date
                entries[key].append(TimelineEntry(at=at, kind=kind, node=row))
        return [sorted(entries[key], key=_age) for key in applications]

    found: list[TimelineEntry] = await loaders.batched(place, load).load(application.id)
    return found


def _age(entry: TimelineEntry) -> tuple[bool, datetime]:
    return entry.at is None, entry.at or datetime.max.replace(tzinfo=UTC)


async def last_activity(application: Any, info: Info) -> datetime | None:
    """When something last happened: the application itself, an answer, or a change of status."""

    async def load(applications: list[int]) -> Sequence[datetime | None]:
        keys = key_list("keys", Application.id.type)
        times = union_all(
            select(Application.id.label("id"), Application.application_date.label("at")).where(
                is_among(Application.id, keys)
            ),
            select(EmployerResponse.application_id, EmployerResponse.response_date).where(
                is_among(EmployerResponse.application_id, keys)
            ),
            select(StatusEvent.application_id, StatusEvent.occurred_at).where(
                is_among(StatusEvent.application_id, keys)
            ),
        ).subquery()
        statement = select(times.c.id, func.max(times.c.at)).group_by(times.c.id)
        latest = dict(await info.context.loaders.rows(statement, {"keys": applications}))
        return [latest.get(key) for key in applications]

    found: datetime | None = await info.context.loaders.batched("last activity", load).load(application.id)
    return found
