"""Days and points in time, as they are written in requests and answers."""

from datetime import UTC, date, datetime
from operator import methodcaller
from typing import Any

from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

from jobbot_gql.api.types.errors import shown
from jobbot_gql.db.sql.column_types import FIRST_DAY, LAST_DAY

_RANGE = f"days are from {FIRST_DAY} to {LAST_DAY}"


def _day(value: object) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise StrawberryInputCoercionError(f"Date cannot represent {shown(value)}: a day is written like 2026-01-31.")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise StrawberryInputCoercionError(f"Date cannot represent {shown(value)}: {_RANGE}.")
    return day


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise StrawberryInputCoercionError(
            f"DateTime cannot represent {shown(value)}: a point in time is written like 2026-01-31T12:00:00Z,"
            " with its time zone."
        )
    try:
        time = time.astimezone(UTC)
    except OverflowError:
        time = datetime.max
    if not FIRST_DAY <= time.date() <= LAST_DAY:
        raise StrawberryInputCoercionError(f"DateTime cannot represent {shown(value)}: {_RANGE}, in UTC.")
    return time


SCALARS: dict[Any, ScalarDefinition] = {
    date: ScalarDefinition(
        name="Date",
        description=f"A date, such as `2026-01-31`, from `{FIRST_DAY}` to `{LAST_DAY}`.",
        specified_by_url="https://scalars.graphql.org/andimarek/local-date.html",
        serialize=methodcaller("isoformat"),
        parse_value=_day,
        parse_literal=None,
        origin=date,
    ),
    datetime: ScalarDefinition(
        name="DateTime",
        description="A time with its time zone, such as `2026-01-31T12:00:00Z`. Answers are in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=methodcaller("isoformat"),
        parse_value=_time,
        parse_literal=None,
        origin=datetime,
    ),
}
