"""Check after an undo that the last status event of a row has the row's status."""

from sqlalchemy import select

from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.bulk_dml import newest_id
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import StatusEvent
from jobbot_gql.undo.related_changes import Entry, logged_row
from jobbot_gql.undo.undo import Conflict, Conflicts, Undone


async def check(session: WriteSession, undone: Undone) -> None:
    """Raise Conflicts if the last status event of a row has another status than the row."""
    events = [change for change in undone.entries if change.entity == StatusEvent.__name__]
    conflicts: list[Conflict] = []
    for key, entity in row_codec.parents(StatusEvent.__name__).items():
        # Entries are newest first, so the earliest undone change of each row wins.
        of = ((logged_row(change).get(key), change) for change in events)
        touched = {row_id: change for row_id, change in of if row_id is not None}
        if touched:
            conflicts += await _conflicts(session, key, entity, touched)
    if conflicts:
        raise Conflicts(conflicts)


async def _conflicts(session: WriteSession, key: str, entity: str, touched: dict[int, Entry]) -> list[Conflict]:
    events, rows = row_codec.stored(StatusEvent.__name__), row_codec.stored(entity)
    column = "response_status" if "response_status" in rows.c else "status"
    last = (
        select(newest_id(events.c.id))
        .where(is_among(events.c[key], key_list("keys", StatusEvent.id.type)))
        .group_by(events.c[key])
    )
    ends = (
        select(rows.c.id, events.c.to_status, rows.c[column])
        .join(rows, rows.c.id == events.c[key])
        .where(events.c.id.in_(last))
    )
    return [
        Conflict(
            touched[row_id].sequence,
            StatusEvent.__name__,
            touched[row_id].entity_id,
            f"the history of {entity} {row_id} would end with {last_status.upper()}, but the status is"
            f" {(status or 'null').upper()}: change the status instead",
            None,
            ("to_status",),
        )
        for row_id, last_status, status in await session.execute(ends, {"keys": list(touched)})
        if last_status != status
    ]
