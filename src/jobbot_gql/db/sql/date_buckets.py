"""SQL functions that group dates and times by day, week, month, quarter or year."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, Date, Double, Integer, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.expression import FunctionElement

from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.sql.utc_offsets import CYCLE_YEARS, LAST_YEAR, UtcOffsets


class Bucket(Vocabulary):
    """Period by which dates are grouped."""

    DAY = "day", "A calendar day."
    WEEK = "week", "A week, Monday to Sunday."
    MONTH = "month", "A calendar month."
    QUARTER = "quarter", "A calendar quarter."
    YEAR = "year", "A calendar year."


class bucket_of_day(FunctionElement[date]):  # noqa: N801 - reads as an SQL function
    """First day of the bucket of a date."""

    type = Date()
    inherit_cache = True

    def __init__(self, column: SQLCoreOperations[Any], bucket: Bucket) -> None:
        super().__init__(column, literal(bucket.value, String()))


class bucket_of_time(FunctionElement[date]):  # noqa: N801 - reads as an SQL function
    """First day of the bucket of a time in an IANA time zone.

    SQLite uses zoneinfo for each row. PostgreSQL gets the zone's `UtcOffsets` as parameters.
    """

    type = Date()
    inherit_cache = True

    def __init__(
        self, column: SQLCoreOperations[Any], bucket: Bucket, time_zone: str, offsets: UtcOffsets | None
    ) -> None:
        clauses: list[Any] = [column, literal(bucket.value, String())]
        if offsets is None:
            clauses.append(literal(time_zone, String()))
        else:
            clauses.append(literal([float(second) for second in offsets.changes], ARRAY(Double())))
            clauses.append(literal(list(offsets.seconds), ARRAY(Integer())))
        super().__init__(*clauses)


@compiles(bucket_of_day, "postgresql")
def _day_postgresql(element: bucket_of_day, compiler: SQLCompiler, **kw: Any) -> str:
    column, bucket = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"date_trunc({bucket}, {column}::timestamp)::date"


@compiles(bucket_of_time, "postgresql")
def _time_postgresql(element: bucket_of_time, compiler: SQLCompiler, **kw: Any) -> str:
    column, bucket, changes, seconds = (compiler.process(clause, **kw) for clause in element.clauses)
    utc = f"({column} AT TIME ZONE 'UTC')"
    cycles = f"greatest(0, ceil((extract(year FROM {utc}) - {LAST_YEAR}) / {CYCLE_YEARS}))::int"
    known = f"({utc} - make_interval(years => {CYCLE_YEARS} * {cycles}))"
    second = f"extract(epoch FROM date_trunc('second', {known}))::float8"
    offset = f"({seconds})[1 + width_bucket({second}, {changes})]"
    day = f"date_trunc({bucket}, {utc} + make_interval(secs => {offset}))::date"
    return f"CASE WHEN isfinite({column}) THEN {day} ELSE {column}::date END"


@compiles(bucket_of_day, "sqlite")
@compiles(bucket_of_time, "sqlite")
def _bucket_sqlite(element: FunctionElement[date], compiler: SQLCompiler, **kw: Any) -> str:
    return f"bucket_start({', '.join(compiler.process(clause, **kw) for clause in element.clauses)})"


UNREADABLE_DAY = "unreadable"
"""Bucket of values that are not dates or times. As it is not a date, the column type rejects it too."""


def bucket_start(stored: Any, bucket: str, time_zone: str | None = None) -> str | None:
    """SQL function for SQLite. `stored` is a date, or with a time zone a time in UTC."""
    if stored is None:
        return None
    try:
        day = date.fromisoformat(stored) if time_zone is None else _day_in(time_zone, stored)
    except (TypeError, ValueError, OverflowError):
        return UNREADABLE_DAY
    match bucket:
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
        case "quarter":
            day = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case "year":
            day = day.replace(month=1, day=1)
    return day.isoformat()


def _day_in(time_zone: str, stored: str) -> date:
    time = datetime.fromisoformat(stored)
    utc = time.replace(tzinfo=UTC) if time.tzinfo is None else time
    return utc.astimezone(_zone(time_zone)).date()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
