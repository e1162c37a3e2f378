"""Time of an application's last activity."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from jobbot_gql.api.fields.computed import ParentBatch
from jobbot_gql.applications.models import Application, EmployerResponse
from jobbot_gql.db.sql.selects import Columns, is_key
from jobbot_gql.history.models import StatusEvent


def _latest(dialect: str, columns: Columns, *, single: bool = False) -> Select[Any]:
    """The time of each application, of its latest response and of its latest status event, by the application's id."""
    response = select(func.max(EmployerResponse.response_date)).where(EmployerResponse.application_id == Application.id)
    event = select(func.max(StatusEvent.occurred_at)).where(StatusEvent.application_id == Application.id)
    times: list[Any] = [Application.application_date, response.scalar_subquery(), event.scalar_subquery()]
    return select(Application.id, *times).where(is_key(Application.id, single=single))


LATEST = ParentBatch(_latest)


def last_activity(latest: Sequence[Sequence[datetime | None]]) -> datetime | None:
    """Latest of the application date, the response dates and the status changes; None if all are unknown."""
    return max((time for times in latest for time in times if time is not None), default=None)
