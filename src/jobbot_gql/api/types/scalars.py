"""The scalars Date and DateTime."""

import calendar
import re
from datetime import UTC, date, datetime
from operator import methodcaller
from typing import Any

from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.types.scalar import ScalarDefinition

from jobbot_gql.api.types.errors import shown
from jobbot_gql.db.sql.column_types import FIRST_DAY, LAST_DAY

_RANGE = f"from {FIRST_DAY} to {LAST_DAY}"


def _day(value: object) -> date:
    try:
        day = date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise StrawberryInputCoercionError(
            f"{shown(value)} is not a valid date{_no_such_day(value)}. Write it as 2026-01-31."
        )
    if not FIRST_DAY <= day <= LAST_DAY:
        raise StrawberryInputCoercionError(f"{shown(value)} is out of range: a date must be {_RANGE}.")
    return day


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise StrawberryInputCoercionError(
            f"{shown(value)} is not a valid time{_no_such_day(value)}. Write it with its time zone,"
            " as 2026-01-31T12:00:00Z."
        )
    try:
        time = time.astimezone(UTC)
    except OverflowError:
        time = datetime.max
    if not FIRST_DAY <= time.date() <= LAST_DAY:
        raise StrawberryInputCoercionError(f"{shown(value)} is out of range: a time must be {_RANGE} in UTC.")
    return time


def _no_such_day(value: object) -> str:
    """Why a well-formed date does not exist, such as `: February 2026 has 28 days`; or an empty string."""
    written = re.match(r"(\d{4})-(0[1-9]|1[0-2])-(\d\d)(?!\d)", value) if isinstance(value, str) else None
    if written is None or not int(written[1]) >= 1:
        return ""
    year, month, day = map(int, written.groups())
    days = calendar.monthrange(year, month)[1]
    return f": {calendar.month_name[month]} {year} has {days} days" if day > days else ""


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
