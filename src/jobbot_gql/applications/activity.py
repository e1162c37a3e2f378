"""Time of an application's last activity."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, union_all

from jobbot_gql.api.engine.context import Info
from jobbot_gql.applications.models import Application, EmployerResponse
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.history.models import StatusEvent


async def last_activity(application: Any, info: Info) -> datetime | None:
    """Latest of the application date, the response dates and the status changes; None if all are unknown."""

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
