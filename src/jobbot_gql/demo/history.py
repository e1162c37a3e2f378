"""Status events: the course of a job, an application, an opportunity or a campaign, written down turn by turn."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.history.models import StatusEvent

Status = TypeVar("Status", bound=Vocabulary)


class Turn(NamedTuple, Generic[Status]):
    """A status, and when and why it came."""

    status: Status
    at: datetime
    note: str | None = None


def events(turns: Iterable[Turn[Any]], recorded_at: datetime) -> list[StatusEvent]:
    """The events of a course that begins with the first turn. A turn that changes nothing is no event."""
    written: list[StatusEvent] = []
    before = None
    for turn in turns:
        if turn.status != before:
            written.append(
                StatusEvent(
                    from_status=before,
                    to_status=turn.status,
                    occurred_at=turn.at,
                    recorded_at=recorded_at,
                    note=turn.note,
                )
            )
        before = turn.status
    return written
