"""The response extension of a dry run."""

import json
from typing import Any

from jobbot_gql.api.engine.response_size import ResponseSize
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.entity import entity_named
from jobbot_gql.api.types.entity_types import entity_types
from jobbot_gql.api.types.logged_columns import column_changes
from jobbot_gql.db.read.read_transaction import TooMuchRead
from jobbot_gql.db.write.dry_run import DryRun, LoggedChange

MAX_CHANGES = 250
"""Maximum number of changes that are listed."""


async def dry_run_extension(dry_run: DryRun, size: ResponseSize) -> dict[str, Any]:
    """The value of `extensions.dryRun`, after all writes of the operation. Raises ResponseTooLarge."""
    try:
        changes = await dry_run.logged(MAX_CHANGES, size.most_read)
    except TooMuchRead:
        raise size.exceeded() from None
    return {"changes": [_shown(change) for change in changes]}


def _shown(change: LoggedChange) -> dict[str, Any]:
    before, after = (json.loads(values) if values else None for values in (change.before, change.after))
    columns = column_changes(entity_named(change.entity), before, after)
    return {
        "entity": entity_types()(change.entity).name,
        "entityId": global_ids.encode(change.entity, change.entity_id),
        "operation": change.operation.upper(),
        "columns": [{"field": one.field, "before": one.before, "after": one.after} for one in columns],
    }
