"""Checks of stored values as SQL conditions, derived from the columns of the models.

The GraphQL schema derives types and nullability from the same columns, so a value that passes all checks can be
returned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    and_,
    cast,
    func,
    not_,
    or_,
    select,
    true,
    type_coerce,
)

from jobbot_gql.db.sql.column_types import FIRST_DAY, LAST_DAY, StringList, UtcDateTime
from jobbot_gql.upkeep.findings import FindingKind

TIME_PATTERN = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
FRACTION_PATTERN = ".[0-9][0-9][0-9][0-9][0-9][0-9]"
ADD_NOTHING = "+0 days"  # makes SQLite normalise invalid days such as 31 June, so that they differ
LARGEST_INTEGER = 2**31 - 1
LARGEST_FLOAT = 1.7976931348623157e308

_DAYS = f"between {FIRST_DAY} and {LAST_DAY}"
_INTEGERS = f"a whole number between -{LARGEST_INTEGER + 1} and {LARGEST_INTEGER}"


@dataclass(frozen=True, eq=False)
class Check:
    """One rule of one column."""

    kind: FindingKind
    column: Column[Any]
    breaks: ColumnElement[bool]
    """Condition for the rows that violate the rule."""
    rule: str


def checks(table: Table, dialect: str) -> list[Check]:
    """The checks of all columns of a table, except rules that the database enforces by its types."""
    return [check for column in table.columns for check in checks_of(column, dialect)]


def checks_of(column: Column[Any], dialect: str) -> list[Check]:
    """The checks of one column: type, nullability, uniqueness, foreign keys and business rules."""
    rules = [*_rules(column, dialect), *_rules_of_writes(column, dialect)]
    found = [Check(kind, column, and_(column.is_not(None), breaks), rule) for kind, breaks, rule in rules]
    if column.unique:
        first = select(func.min(column.table.c.id)).where(column != "").group_by(column).scalar_subquery()
        repeats = and_(column != "", column.table.c.id.not_in(first))
        found.append(Check(FindingKind.DUPLICATE, column, repeats, "must be unique"))
    if not column.nullable and not column.primary_key:
        found.insert(0, Check(FindingKind.NULL, column, column.is_(None), "must not be NULL"))
    for key in column.foreign_keys:
        rule = f"must be the id of a row of {key.column.table.name}"
        found.append(Check(FindingKind.ORPHAN, column, orphaned(column, key.column), rule))
    return found


def orphaned(column: Column[Any], parent: Column[Any]) -> ColumnElement[bool]:
    """Condition for rows that refer to a missing row."""
    return and_(column.is_not(None), ~select(parent).where(parent == column).correlate(column.table).exists())


def utc_text(value: object) -> str | None:
    """Convert an ISO 8601 time to SQLite's storage form, `YYYY-MM-DD HH:MM:SS.ffffff` in UTC.

    A time without an offset counts as UTC, like SQLite's CURRENT_TIMESTAMP. None for other values and for times out of
    range.
    """
    try:
        time = datetime.fromisoformat(str(value))
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    if not FIRST_DAY <= time.date() <= LAST_DAY:
        return None
    return time.replace(tzinfo=None).isoformat(" ", "microseconds")


def readable_time(raw: ColumnElement[Any]) -> ColumnElement[bool]:
    """Condition for SQLite times in the storage form, with or without a fraction."""
    second = func.substr(raw, 1, 19)
    in_form = or_(raw.op("GLOB")(TIME_PATTERN), raw.op("GLOB")(TIME_PATTERN + FRACTION_PATTERN))
    return and_(func.typeof(raw) == "text", in_form, _storable(raw), func.datetime(second, ADD_NOTHING) == second)


def _storable(raw: ColumnElement[Any]) -> ColumnElement[bool]:
    return func.substr(raw, 1, 10).between(FIRST_DAY.isoformat(), LAST_DAY.isoformat())


Rule = tuple[FindingKind, ColumnElement[bool], str]


def _rules(column: Column[Any], dialect: str) -> Iterator[Rule]:
    """Type rules for values other than NULL."""
    raw = type_coerce(column, Text)
    if isinstance(column.type, Enum):
        yield FindingKind.VOCABULARY, raw.not_in(column.type.enums), f"must be one of {', '.join(column.type.enums)}"
    elif dialect == "sqlite":
        yield from _rules_on_sqlite(column, raw)
    else:
        yield from _rules_on_postgresql(column)
    if isinstance(column.type, String) and column.unique:
        yield FindingKind.EMPTY, raw == "", "must not be empty"


def _rules_of_writes(column: Column[Any], dialect: str) -> Iterator[Rule]:
    """Business rules of writes. Rows that violate them stay readable."""
    if allowed := column.info.get("range"):
        is_number = func.typeof(column).in_(["integer", "real"]) if dialect == "sqlite" else true()
        numbers = and_(is_number, _finite(column)) if isinstance(column.type, Float) else is_number
        yield FindingKind.RANGE, and_(numbers, allowed.violations(column)), f"must be {allowed}"
    if column.info.get("http_url"):
        is_url = or_(*(column.ilike(f"{scheme}://_%") for scheme in ("http", "https")))
        yield FindingKind.URL, and_(column != "", not_(is_url)), "must be an http or https URL"


def _rules_on_postgresql(column: Column[Any]) -> Iterator[Rule]:
    """Rules that PostgreSQL's types do not enforce."""
    match column.type:
        case DateTime() | UtcDateTime():
            first = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
            end = datetime(LAST_DAY.year, LAST_DAY.month, LAST_DAY.day, tzinfo=UTC) + timedelta(days=1)
            yield FindingKind.TIME, or_(column < first, column >= end), f"must be a time {_DAYS}"
        case Date():
            yield FindingKind.DATE, not_(column.between(FIRST_DAY, LAST_DAY)), f"must be a date {_DAYS}"
        case Float():
            yield FindingKind.NUMBER, not_(_finite(column)), "must be a finite number"


def _rules_on_sqlite(column: Column[Any], raw: ColumnElement[Any]) -> Iterator[Rule]:
    """Type rules, because SQLite accepts any value in any column."""
    kind = func.typeof(raw)
    match column.type:
        case DateTime() | UtcDateTime():
            yield FindingKind.TIME, not_(func.coalesce(readable_time(raw), False)), f"must be a time in UTC {_DAYS}"
        case Date():
            whole = and_(kind == "text", _storable(raw), func.date(raw, ADD_NOTHING) == raw)
            yield FindingKind.DATE, not_(func.coalesce(whole, False)), f"must be a date, YYYY-MM-DD, {_DAYS}"
        case Boolean():
            yield FindingKind.BOOLEAN, type_coerce(column, Integer).not_in([0, 1]), "must be 0 or 1"
        case BigInteger():
            yield FindingKind.NUMBER, kind != "integer", "must be a whole number"
        case Integer():
            number = type_coerce(column, BigInteger)
            fits = number.between(-LARGEST_INTEGER - 1, LARGEST_INTEGER)
            yield FindingKind.NUMBER, or_(kind != "integer", not_(fits)), f"must be {_INTEGERS}"
        case Float():
            yield (
                FindingKind.NUMBER,
                or_(kind.not_in(["integer", "real"]), not_(_finite(column))),
                "must be a finite number",
            )
        case JSON():
            yield FindingKind.JSON, func.json_valid(raw) == 0, "must be JSON"
        case String() | StringList():
            yield from _rules_of_text(column, raw, kind)


def _finite(column: Column[Any]) -> ColumnElement[bool]:
    """Condition for finite numbers. PostgreSQL sorts NaN above all numbers."""
    return type_coerce(column, Float).between(-LARGEST_FLOAT, LARGEST_FLOAT)


def _rules_of_text(column: Column[Any], raw: ColumnElement[Any], kind: ColumnElement[str]) -> Iterator[Rule]:
    is_utf8 = func.is_utf8(cast(raw, LargeBinary)) == 1
    yield FindingKind.ENCODING, not_(is_utf8), "must be valid UTF-8"
    yield FindingKind.BLOB, and_(kind != "text", is_utf8), "must be stored as text, not as bytes"
    if length := getattr(column.type, "length", None):
        yield FindingKind.LENGTH, func.length(cast(raw, Text)) > length, f"must have at most {length} characters"


def any_of(found: Iterable[Check]) -> ColumnElement[bool]:
    """Condition for rows that violate any of the checks."""
    conditions = [check.breaks for check in found]
    return or_(*conditions) if conditions else ~true()
