"""Column types and SQL expressions that give SQLite and PostgreSQL the same meaning."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import JSON, CheckConstraint, ColumnElement, DateTime, Dialect, Enum, String, Text, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import expression
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TypeDecorator, TypeEngine

FIRST_DAY, LAST_DAY = date(1, 1, 2), date(9999, 12, 30)
"""The days that can be stored. PostgreSQL's driver writes the first and the last of Python's as -infinity and infinity,
which no calendar function understands; and a point in time on them may have no day at all in another time zone."""
SQLITE_NOW = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: aware values in, aware UTC values out, on both engines.

    Raises ValueError on a naive value, whose instant nobody can know. SQLite has no time zones, so it stores the UTC
    wall clock as `YYYY-MM-DD HH:MM:SS.ffffff`: text that sorts as time does.
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
    """The database's current time, in the form that `UtcDateTime` stores."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(utcnow, "sqlite")
def _utcnow_sqlite(element: utcnow, compiler: SQLCompiler, **kw: Any) -> str:
    return SQLITE_NOW


@compiles(utcnow, "postgresql")
def _utcnow_postgresql(element: utcnow, compiler: SQLCompiler, **kw: Any) -> str:
    return "now()"


class StringList(TypeDecorator[list[str]]):
    """A JSON array of strings in a Text column.

    NULL and text that is not such an array both read as an empty list: old data never fails a query. An empty list is
    stored as `[]`.
    """

    impl = Text
    cache_ok = True
    python_type = list

    def process_bind_param(self, value: list[str] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> list[str]:
        return [] if value is None else parse_string_list(value) or []


def is_long_text(kind: TypeEngine[Any]) -> bool:
    """Whether a column of the type holds texts without a limit."""
    return isinstance(kind, StringList | JSON) or (
        isinstance(kind, String) and not isinstance(kind, Enum) and not kind.length
    )


def parse_string_list(text: str) -> list[str] | None:
    """The strings of a JSON array of strings, or None where the text is anything else."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    return None


class Vocabulary(StrEnum):
    """A closed vocabulary: the stored lower-case string and a description for the API's reader.

    `NEW = "new", "Just arrived."` makes a member equal to `"new"`.
    """

    description: str

    def __new__(cls, value: str, description: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.description = description
        return member


def vocabulary(words: type[Vocabulary]) -> Enum:
    """The column type of a closed vocabulary: VARCHAR(50) holding the member's value."""
    return Enum(
        words,
        native_enum=False,
        create_constraint=False,
        length=50,
        values_callable=lambda enum: [member.value for member in enum],
    )


def one_of(column: str, words: type[Vocabulary]) -> CheckConstraint:
    """The CHECK that guards a vocabulary's column; goes into `__table_args__`."""
    values = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({values})", name=column)


@dataclass(frozen=True)
class Range:
    """Which numbers a column may be given. Numbers that are stored already stay whatever they are."""

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
        """Which rows hold a number outside; on PostgreSQL NaN is one."""
        limits = []
        if self.ge is not None:
            limits.append(column < self.ge)
        if self.le is not None:
            limits.append(column > self.le)
        if self.gt is not None:
            limits.append(column <= self.gt)
        return or_(*limits)


def computed(value: Callable[[Mapping[str, Any]], Any]) -> dict[str, Any]:
    """The `info` of a column that can be computed from its row: `value` gives it, from the row's columns by name.

    Whoever stores the row computes it. A migration may change the rule: undo computes the value anew instead of taking
    it from the change log.
    """
    return {"computed": value}


def within(ge: float | None = None, le: float | None = None, *, gt: float | None = None) -> dict[str, Any]:
    """The `info` of a column that takes numbers from `ge`, or above `gt`, to `le` only.

    A column of floats needs both ends: figures over numbers such as 1e300 overflow.
    """
    return {"range": Range(ge, le, gt)}


HTTP_URL = {"http_url": True}
"""The `info` of a column that takes http and https URLs only: clients show them as links."""
