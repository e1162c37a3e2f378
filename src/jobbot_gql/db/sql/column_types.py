"""Column types and SQL expressions with the same meaning on SQLite and PostgreSQL."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import JSON, Boolean, CheckConstraint, ColumnElement, DateTime, Dialect, Enum, Float, String, Text, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import expression
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)
"""Range of dates. asyncpg writes `date.min` and `date.max` as -infinity and infinity. Times on these days may also be
out of range in another time zone."""
SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time. Accepts aware values and returns them in UTC.

    Raises ValueError for naive values. SQLite stores UTC as `YYYY-MM-DD HH:MM:SS.ffffff`, which sorts by time.
    """

    impl = DateTime(timezone=True)
    cache_ok = True
    python_type = datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time must have a time zone; got {value.isoformat()}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class utcnow(expression.FunctionElement[datetime]):  # noqa: N801 - reads as an SQL function
    """Current time of the database, in the format of `UtcDateTime`."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(utcnow, "sqlite")
def _utcnow_sqlite(element: utcnow, compiler: SQLCompiler, **kw: Any) -> str:
    return SQLITE_NOW


@compiles(utcnow, "postgresql")
def _utcnow_postgresql(element: utcnow, compiler: SQLCompiler, **kw: Any) -> str:
    return "now()"


class StrictBoolean(Boolean):
    """A boolean, stored as 0 or 1 on SQLite.

    SQLAlchemy's type reads every other value that SQLite holds as true, even `'false'`. This one raises ValueError.
    """

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], bool | None] | None:
        return _stored_boolean if dialect.name == "sqlite" else None


def _stored_boolean(value: Any) -> bool | None:
    if value is None:
        return None
    if type(value) is not int or value not in (0, 1):
        raise ValueError(f"a boolean must be stored as 0 or 1; got {value!r}")
    return value == 1


class StringList(TypeDecorator[list[str]]):
    """A JSON array of strings in a Text column.

    NULL and invalid text read as an empty list, so that existing data never fail a query. An empty list is stored as
    `[]`.
    """

    impl = Text
    cache_ok = True
    python_type = list

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        return [] if value is None else parse_string_list(value) or []


class Ratio(Float[float]):
    """A number that is computed, such as a share or a score. Answers show it rounded by `shown_ratio`."""


RATIO_DECIMALS = 4


def shown_ratio(value: Any) -> Any:
    """A ratio as answers show it: 58.264 instead of 58.26397146254459. What is not a float is returned as it is."""
    return round(value, RATIO_DECIMALS) if isinstance(value, float) else value


def is_long_text(kind: TypeEngine[Any]) -> bool:
    """Whether a column of the type holds strings without a length limit."""
    return isinstance(kind, StringList | JSON) or (
        isinstance(kind, String) and not isinstance(kind, Enum) and not kind.length
    )


def parse_string_list(text: str) -> list[str] | None:
    """Parse a JSON array of strings; None if the text is anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None


class Vocabulary(StrEnum):
    """An enum whose members are stored strings with a description for the API.

    `NEW = "new", "Just arrived."` makes a member equal to `"new"`.
    """

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


def vocabulary(words: type[Vocabulary]) -> Enum:
    """Column type of a vocabulary: VARCHAR(50) with the values of its members."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=False,
        length=50,
        values_callable=lambda enum: [member.value for member in enum],
    )


def one_of(column: str, words: type[Vocabulary]) -> CheckConstraint:
    """CHECK constraint of a vocabulary's column, for `__table_args__`."""
    values = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({values})", name=column)


@dataclass(frozen=True)
class Range:
    """Range of the numbers that can be written to a column. Stored numbers are not changed."""

    ge: float | None = None
    le: float | None = None
    gt: float | None = None

    def __contains__(self, number: float) -> bool:
        return (
            (self.ge is None or number >= self.ge)
            and (self.le is None or number <= self.le)
            and (self.gt is None or number > self.gt)
        )

    def __str__(self) -> str:
        if self.gt is not None:
            return f"greater than {self.gt:,}" + (f" and at most {self.le:,}" if self.le is not None else "")
        return f"at least {self.ge:,}" if self.le is None else f"{self.ge:,} to {self.le:,}"

    def violations(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Condition for stored numbers out of range. On PostgreSQL this includes NaN."""
        limits = []
        if self.ge is not None:
            limits.append(column < self.ge)
        if self.le is not None:
            limits.append(column > self.le)
        if self.gt is not None:
            limits.append(column <= self.gt)
        return or_(*limits)


def computed(value: Callable[[Mapping[str, Any]], Any], *, logged: bool = True) -> dict[str, Any]:
    """Column `info` for a value that is computed from the other columns of its row.

    The writer of the row computes it. An undo recomputes it instead of restoring the logged value, because a migration
    may have changed the rule. If not `logged`, the change log omits the column.
    """
    return {"computed": value, "logged": logged}


def within(ge: float | None = None, le: float | None = None, *, gt: float | None = None) -> dict[str, Any]:
    """Column `info` for numbers of at least `ge`, or greater than `gt`, and at most `le`.

    Float columns need both bounds, because aggregates of numbers such as 1e300 overflow.
    """
    return {"range": Range(ge, le, gt)}


NULL_IS_UNKNOWN = "null_is_unknown"
"""Key in the `info` of a column whose NULL means unknown, although new rows get a default."""
HTTP_URL = {"http_url": True}
"""Column `info` for http and https URLs. Clients show them as links."""
