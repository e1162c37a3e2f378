"""Subscriptions."""

from collections.abc import Iterable
from functools import partial
from typing import Annotated, Any

import strawberry

from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.engine.planned_field import planned
from jobbot_gql.api.engine.root_node import Reader
from jobbot_gql.api.engine.subscription import MAX_INTERVAL_MS, MIN_INTERVAL_MS, LiveNode, Progress
from jobbot_gql.api.fields.computed import subscription_field
from jobbot_gql.api.types.annotations import argument
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.history import feed, models
from jobbot_gql.history.schema import AFTER, Change, EntitiesArgument, IdsArgument, OperationsArgument, selection
from jobbot_gql.history.schema import cursor as parse_cursor
from jobbot_gql.live.read_tables import ReadTables

DEFAULT_TARGET = 100
DEFAULT_INTERVAL_MS = 100


@strawberry.type(description="Changes that were committed, in the order in which they were committed.")
class ChangeBatch:
    """Event of `Subscription.changes`."""

    changes: list[Change] = strawberry.field(
        description="Changes, oldest first. All changes of a transaction are in one batch, unless it has more than"
        f" {feed.MAX_BATCH:,}. The first batch may be empty."
    )
    cursor: str = strawberry.field(
        description="Cursor after these changes: pass it as `after` to continue after an interruption. Everything"
        " that is committed later will come."
    )
    up_to_date: bool = strawberry.field(
        description="Whether these were all changes when the batch was read. If not, the next one follows at once."
    )


def _interest(*, entities: Any = None, ids: Any = None, operations: Any = None, **_: Any) -> feed.Selection:
    return selection(entities, ids, operations)


@strawberry.type
class ChangeSubscriptions:
    """Root subscription field of the change log."""

    @subscription_field(
        "Changes as they are committed, each exactly once and in the order of the commits. The first batch comes at"
        " once, and has a cursor. After an interruption, continue with the cursor of the last batch. After the"
        " database was restored or replaced that continues exactly, or fails with the code RESYNC_REQUIRED and the"
        " extension `newestCursor`.",
        _interest,
    )
    async def changes(
        reader: Reader,  # noqa: N805 - not a method
        progress: Progress,
        *,
        after: Annotated[
            str | None,
            strawberry.argument(description=f'{AFTER} Default: from now on. `"0"` is the beginning of the log.'),
        ] = None,
        entities: EntitiesArgument = strawberry.UNSET,
        ids: IdsArgument = strawberry.UNSET,
        operations: OperationsArgument = strawberry.UNSET,
        first: Annotated[
            int | None,
            strawberry.argument(
                description="Number of changes after which a batch ends, with the transaction of the last one."
                f" 1 to {feed.MAX_BATCH:,}. Default {DEFAULT_TARGET}."
            ),
        ] = DEFAULT_TARGET,
    ) -> ChangeBatch:
        target = DEFAULT_TARGET if first is None else first
        if not 1 <= target <= feed.MAX_BATCH:
            raise BadRequest(f"first must be 1 to {feed.MAX_BATCH:,}; got {target}.")
        position = progress.position
        if position is None:
            text = progress.resume_after or after
            position = parse_cursor(text) if text else await feed.newest(reader.snapshot)
        columns = reader.columns(entity_of(models.Change), "changes")
        others = [name for name in columns if name not in feed.ALWAYS]
        page = await feed.read_batch(reader.snapshot, position, target, others, selection(entities, ids, operations))
        progress.position, progress.event_id = page.end, str(page.end)
        progress.has_more, progress.is_empty = page.has_more, not page.rows
        return ChangeBatch(changes=_changes(page.rows, others), cursor=str(page.end), up_to_date=not page.has_more)


def _changes(rows: Iterable[Any], others: list[str]) -> list[Change]:
    return [instance(Change, (*feed.ALWAYS, *others), row) for row in rows]


def live_query(query: type) -> Any:
    """The root subscription field that executes queries again whenever their answer may have changed."""
    interval = argument(
        int,
        "Minimum time between two executions, in milliseconds:"
        f" {MIN_INTERVAL_MS} to {MAX_INTERVAL_MS:,}. Default {DEFAULT_INTERVAL_MS}.",
    )
    return planned(
        partial(LiveNode, interest=ReadTables()),
        query,
        "The answer to any query, at once and again whenever it has changed. Commits that cannot change it cause no"
        " execution; what depends on the time is looked at once a minute. Scopes, cost and limits are those of the"
        " query. A subscription has one such field.",
        {"min_interval_ms": (interval, DEFAULT_INTERVAL_MS)},
    )
