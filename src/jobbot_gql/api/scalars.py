"""Days and points in time, as they are written in requests and answers."""

from datetime import UTC, date, datetime
from operator import methodcaller
from typing import Any

from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

from jobbot_gql.api.errors import shown


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise StrawberryInputCoercionError(f"Date cannot represent {shown(value)}: a day is written like 2026-01-31.")


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
        if time is not None and time.tzinfo is not None:
            return time.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise StrawberryInputCoercionError(
        f"DateTime cannot represent {shown(value)}: a point in time is written like 2026-01-31T12:00:00Z,"
        " with its time zone."
    )


SCALARS: dict[Any, ScalarDefinition] = {
    date: ScalarDefinition(
        name="Date",
        description="A day, such as `2026-01-31`.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=methodcaller("isoformat"),
        parse_value=_day,
        parse_literal=None,
        origin=date,
    ),
    datetime: ScalarDefinition(
        name="DateTime",
        description="A point in time with its time zone, such as `2026-01-31T12:00:00Z`. Answers are in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=methodcaller("isoformat"),
        parse_value=_time,
        parse_literal=None,
        origin=datetime,
    ),
}
