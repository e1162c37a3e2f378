"""Status events of the demo data."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.history.models import StatusEvent

Status = TypeVar("Status", bound=Vocabulary)


class StatusStep(NamedTuple, Generic[Status]):
    """A status with its time and an optional note."""

    status: Status
    at: datetime
    note: str | None = None


def events(steps: Iterable[StatusStep[Any]], recorded_at: datetime) -> list[StatusEvent]:
    """Status events of a row's statuses in order. Repeated statuses are skipped."""
    written: list[StatusEvent] = []
    before = None
    for step in steps:
        if step.status != before:
            written.append(
                StatusEvent(
                    from_status=before,
                    to_status=step.status,
                    occurred_at=step.at,
                    recorded_at=recorded_at,
                    note=step.note,
                )
            )
        before = step.status
    return written
