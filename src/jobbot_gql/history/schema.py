"""What happened, in the API: the history of statuses, and the change log."""

from typing import Annotated, Any

import strawberry
from sqlalchemy import func, select

from jobbot_gql.api.engine.context import Info
from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.selection import selected_columns
from jobbot_gql.api.fields.connections import PageInfo, connection
from jobbot_gql.api.fields.lookups import lookup, row_by_key
from jobbot_gql.api.fields.relations import to_one
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.entity import Node, column, derived, entity, entity_named, entity_of
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, MAX_PAGE, checked_size
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.history import models
from jobbot_gql.history.columns import ColumnChange, column_changes


@entity(models.StatusEvent, order=[OrderTerm("occurred_at", descending=True)])
class StatusEvent(Node):
    """One change of status of a job, an application, an opportunity or an outreach campaign."""

    from_status = column(models.StatusEvent.from_status, "The status before, as it is stored; null at the beginning.")
    to_status = column(models.StatusEvent.to_status, "The status from then on, as it is stored.")
    occurred_at = column(models.StatusEvent.occurred_at, "When it happened.")
    recorded_at = column(models.StatusEvent.recorded_at, "When it was recorded here.")
    note = column(models.StatusEvent.note, "What was noted about it.")

    job = to_one(models.StatusEvent.job, models.StatusEvent.job_id, "The job, if it is about one.")
    application = to_one(
        models.StatusEvent.application, models.StatusEvent.application_id, "The application, if it is about one."
    )
    opportunity = to_one(
        models.StatusEvent.opportunity, models.StatusEvent.opportunity_id, "The opportunity, if it is about one."
    )
    outreach_campaign = to_one(
        models.StatusEvent.outreach_campaign,
        models.StatusEvent.outreach_campaign_id,
        "The outreach campaign, if it is about one.",
    )


@entity(models.Change)
class Change(Node):
    """One entry of the change log: what one write did to one row."""

    at = column(models.Change.at, "When it was written.")
    actor = column(
        models.Change.actor,
        "Who wrote: a token's name, or `local`; null where another program wrote to the database.",
    )
    entity = column(models.Change.entity, "The type of the thing, such as `Job`.")
    operation = column(models.Change.operation, "What was done to it.")
    request_id = column(models.Change.request_id, "The request that wrote it, if one did.")

    @derived(models.Change.id, description="Its number: rises in the order in which changes were committed, with gaps.")
    def sequence(self: Any) -> int:
        number: int = self.id
        return number

    @derived(
        models.Change.entity,
        models.Change.entity_id,
        description="Global id of the thing, also where it is gone.",
    )
    def entity_id(self: Any) -> strawberry.ID:
        return strawberry.ID(global_ids.encode(self.entity, self.entity_id))

    @derived(
        models.Change.entity,
        models.Change.entity_id,
        description="The thing itself, as it is now; null where it is gone.",
    )
    async def node(self: Any, info: Info) -> Node | None:
        found = entity_named(self.entity)
        if found is None:
            return None
        node: Node | None = await row_by_key(info, found, "id", self.entity_id)
        return node

    @derived(
        models.Change.entity,
        models.Change.before,
        models.Change.after,
        description="The fields that it changed: all of them where the thing was created or deleted, none where it was"
        " purged.",
    )
    def columns(self: Any) -> list[ColumnChange]:
        return column_changes(entity_named(self.entity), self.before, self.after)

    @derived(models.Change.before, models.Change.after, description="Whether what it did was erased by `purge`.")
    def purged(self: Any) -> bool:
        return self.before is None and self.after is None


@strawberry.type(description="A part of the change log, in the order in which changes were committed.")
class ChangeFeed:
    """What `changes` gives."""

    nodes: list[Change] = strawberry.field(description="The changes, the earliest first.")
    page_info: PageInfo = strawberry.field(
        description="Where this part ends: `endCursor` is the last change's sequence, or `after` if there is none."
    )

    @derived(
        description="Cursor of the newest change of all. Whoever reads rows in the same operation has seen all changes"
        " up to it, and can go on from there."
    )
    async def newest_cursor(self, info: Info) -> str:
        rows = await info.context.loaders.rows(select(func.max(models.Change.id)))
        return str(rows[0][0] or 0)


@strawberry.type
class ChangeQueries:
    """Root fields about what happened."""

    status_event = lookup(models.StatusEvent, "One change of status, or null.")
    status_events = connection(models.StatusEvent, "Changes of status, the latest first.")
    change = lookup(models.Change, "One entry of the change log, or null.")

    @derived(
        description="The change log from a place on. A reader that goes on from its last `endCursor` sees every"
        " committed change exactly once, however many write at the same time."
    )
    async def changes(
        self,
        info: Info,
        after: Annotated[
            str | None,
            strawberry.argument(
                description="Only changes behind this cursor: an `endCursor`, `newestCursor`, or a change's sequence."
            ),
        ] = None,
        first: Annotated[int | None, strawberry.argument(description=f"How many, at most {MAX_PAGE}.")] = DEFAULT_PAGE,
    ) -> ChangeFeed:
        found = entity_of(models.Change)
        limit = checked_size("first", first)
        last = 0 if after is None else _sequence(after)
        columns = selected_columns(info, found, ("nodes",))
        statement = (
            select(*(found.columns[name] for name in columns))
            .where(models.Change.id > last)
            .order_by(models.Change.id)
            .limit(limit + 1)
        )
        rows = await info.context.loaders.rows(statement)
        nodes = [instance(Change, columns, row) for row in rows[:limit]]
        page_info = PageInfo(
            has_next_page=len(rows) > limit,
            has_previous_page=last > 0,
            start_cursor=str(nodes[0].id) if nodes else after,
            end_cursor=str(nodes[-1].id) if nodes else after,
        )
        return ChangeFeed(nodes=nodes, page_info=page_info)


def _sequence(cursor: str) -> int:
    """The sequence in a cursor of the feed. Raises BadRequest."""
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 18):
        raise BadRequest(f"after: not a cursor of this list: {shown(cursor)}")
    return int(cursor)
