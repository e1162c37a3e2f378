"""GraphQL types and queries of status events and the change log."""

from typing import Annotated, Any

import strawberry

from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.fields.computed import computed, query_field
from jobbot_gql.api.fields.connections import PageInfo, connection
from jobbot_gql.api.fields.lookups import MAX_NODES, lookup, named, reference
from jobbot_gql.api.fields.relations import to_one
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.annotations import argument, list_of
from jobbot_gql.api.types.entity import Node, column, entity, entity_named, entity_of
from jobbot_gql.api.types.entity_types import ENTITY_TYPE, entity_types
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.api.types.logged_columns import ColumnChange, column_changes
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, MAX_PAGE, checked_size
from jobbot_gql.db.change_cursor import BEGINNING, IDENTITY, ChangeCursor
from jobbot_gql.db.sql.keyset import OrderTerm
from jobbot_gql.history import feed, models


@entity(models.StatusEvent, order=[OrderTerm("occurred_at", descending=True)])
class StatusEvent(Node):
    """A status change of a job, an application, an opportunity or an outreach campaign."""

    from_status = column(models.StatusEvent.from_status, "Status before the change; null for the first one.")
    to_status = column(models.StatusEvent.to_status, "Status after the change.")
    occurred_at = column(models.StatusEvent.occurred_at, "Time at which it happened.")
    recorded_at = column(models.StatusEvent.recorded_at, "Time at which it was recorded.")
    note = column(models.StatusEvent.note, "Note on the change.")

    job = to_one(
        models.StatusEvent.job, models.StatusEvent.job_id, "Job whose status changed; null if it was not a job."
    )
    application = to_one(
        models.StatusEvent.application,
        models.StatusEvent.application_id,
        "Application whose status changed; null if it was not an application.",
    )
    opportunity = to_one(
        models.StatusEvent.opportunity,
        models.StatusEvent.opportunity_id,
        "Opportunity whose status changed; null if it was not an opportunity.",
    )
    outreach_campaign = to_one(
        models.StatusEvent.outreach_campaign,
        models.StatusEvent.outreach_campaign_id,
        "Outreach campaign whose status changed; null if it was not a campaign.",
    )


@entity(models.Change)
class Change(Node):
    """An entry of the change log: what one write did to one row."""

    at = column(models.Change.at, "Time at which it was written.")
    actor = column(
        models.Change.actor,
        "Author: the name of a token, or `local`; null if another program wrote to the database.",
    )
    operation = column(models.Change.operation, "What was done to the row.")
    request_id = column(models.Change.request_id, "Id of the request that wrote it; null if none did.")

    @computed(models.Change.entity, description="Type of the row.", graphql_type=ENTITY_TYPE)
    def entity(self: Any) -> Any:
        return entity_types()(self.entity)

    @computed(models.Change.id, description="Sequence number, in the order in which changes were committed, with gaps.")
    def sequence(self: Any) -> int:
        number: int = self.id
        return number

    @computed(
        *(getattr(models.Change, name) for name in IDENTITY),
        description="Cursor of the change: `changes(after:)` continues right after it.",
    )
    def cursor(self: Any) -> str:
        return str(ChangeCursor.of(self))

    @computed(
        models.Change.transaction_id,
        description="Sequence of the first change of the same transaction. Null if unknown: another program wrote to a"
        " SQLite database, or the change is older than this field.",
    )
    def transaction(self: Any) -> int | None:
        number: int | None = self.transaction_id
        return number

    @computed(
        models.Change.entity,
        models.Change.entity_id,
        description="Global id of the row, even if it was deleted.",
    )
    def entity_id(self: Any) -> strawberry.ID:
        return strawberry.ID(global_ids.encode(self.entity, self.entity_id))

    node = reference(models.Change.entity, models.Change.entity_id, "The row as it is now; null if it was deleted.")

    @computed(
        models.Change.entity,
        models.Change.before,
        models.Change.after,
        description="Fields that changed: all of them if the row was created or deleted, none if it was purged.",
    )
    def columns(self: Any) -> list[ColumnChange]:
        return column_changes(entity_named(self.entity), self.before, self.after)

    @computed(
        models.Change.before,
        models.Change.after,
        description="Whether the values of this change were erased by `purge`.",
    )
    def purged(self: Any) -> bool:
        return self.before is None and self.after is None


AFTER = (
    "An `endCursor`, a `newestCursor`, or a change's `cursor`. A plain `sequence` works too, but is not verified: it"
    " must only not be ahead of the log."
)
EntitiesArgument: Any = argument(list_of(ENTITY_TYPE) | None, "Types of rows whose changes to return. Default: all.")
IdsArgument: Any = argument(
    list_of(strawberry.ID) | None, f"Global ids of the rows whose changes to return, at most {MAX_NODES}. Default: all."
)
OperationsArgument: Any = argument(
    list_of(graphql_enum(models.ChangeOperation)) | None, "Operations whose changes to return. Default: all."
)


def selection(entities: Any, ids: Any, operations: Any) -> feed.Selection:
    """The selection that the arguments of a feed say. Raises BadRequest."""
    return feed.Selection(
        frozenset(one.value for one in entities) if isinstance(entities, list) else None,
        frozenset((entity.name, row_id) for entity, row_id in named("ids", ids)) if isinstance(ids, list) else None,
        frozenset(operations) if isinstance(operations, list) else None,
    )


@strawberry.type(description="A page of the change log, in the order in which changes were committed.")
class ChangeFeed:
    """Result of `changes`."""

    nodes: list[Change] = strawberry.field(description="Changes, oldest first.")
    page_info: PageInfo = strawberry.field(
        description="Position of this page: `endCursor` is the cursor of its last change, or `after` if it has none."
    )
    ends_transaction: bool = strawberry.field(
        description="Whether the changes up to `endCursor` are whole transactions. If not, the next part has more"
        " changes of the same transaction, or whether it has is unknown."
    )

    newest_cursor: str = strawberry.field(
        description="Cursor of the newest change. Rows read in the same operation include all changes up to"
        " it, so a reader can continue from there."
    )


@strawberry.type
class ChangeQueries:
    """Root query fields of status events and the change log."""

    status_event = lookup(models.StatusEvent, "Status change with a unique key; null if not found.")
    status_events = connection(models.StatusEvent, "Status changes. Default order: newest first.")
    change = lookup(models.Change, "Entry of the change log with a unique key; null if not found.")

    @query_field(
        "Changes after a cursor, oldest first. A reader that continues from its last `endCursor` sees every"
        " committed change exactly once, however many write at the same time. After the database was restored or"
        " replaced it continues exactly, or gets an error with the code RESYNC_REQUIRED and the extension"
        " `newestCursor`."
    )
    async def changes(
        reader: Reader,  # noqa: N805 - not a method
        *,
        after: Annotated[
            str | None,
            strawberry.argument(description=f"{AFTER} Default: the beginning of the log."),
        ] = None,
        entities: EntitiesArgument = strawberry.UNSET,
        ids: IdsArgument = strawberry.UNSET,
        operations: OperationsArgument = strawberry.UNSET,
        first: Annotated[
            int | None,
            strawberry.argument(description=f"Number of changes to return, 0 to {MAX_PAGE}. Default {DEFAULT_PAGE}."),
        ] = DEFAULT_PAGE,
    ) -> ChangeFeed:
        limit = checked_size("first", first)
        position = BEGINNING if after is None else cursor(after)
        columns = reader.columns(entity_of(models.Change), "nodes")
        others = [name for name in columns if name not in feed.ALWAYS]
        page = await feed.read(reader.snapshot, position, limit, others, selection(entities, ids, operations))
        nodes = [instance(Change, (*feed.ALWAYS, *others), row) for row in page.rows]
        page_info = PageInfo(
            has_next_page=page.has_more,
            has_previous_page=position.sequence > 0,
            start_cursor=None if after is None and not nodes else str(page.start),
            end_cursor=None if after is None and not nodes else str(page.end),
        )
        return ChangeFeed(
            nodes=nodes,
            page_info=page_info,
            ends_transaction=page.ends_transaction,
            newest_cursor=str(await feed.newest(reader.snapshot)) if reader.selects("newestCursor") else "",
        )


def cursor(text: str) -> ChangeCursor:
    """Parse a cursor of the feed. Raises BadRequest."""
    try:
        return ChangeCursor.parse(text)
    except ValueError:
        raise BadRequest(
            f"after: {shown(text)} is not a cursor of the change log. Use an `endCursor`, a `newestCursor` or a"
            " change's `cursor`."
        ) from None
