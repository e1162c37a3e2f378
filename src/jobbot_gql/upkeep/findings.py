"""What stored data breaks: looked for in every column by its type, nothing changed."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from shlex import quote
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
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

from jobbot_gql.db.sql.column_types import StringList, UtcDateTime, parse_string_list
from jobbot_gql.upkeep import jobbot_tables

UNASKED = " (done unasked when a JobBot database is adopted)"
SHOWN_IDS = 5
SHOWN_CHARACTERS = 80
TIME_PATTERN = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9] [0-9][0-9]:[0-9][0-9]:[0-9][0-9]"
FIRST_YEAR = "0001"  # of Python's dates; SQLite has a year 0
ADD_NOTHING = "+0 days"  # makes SQLite turn the 31st of a short month into another day, where it shows
FRACTION_PATTERN = ".[0-9][0-9][0-9][0-9][0-9][0-9]"


class Kind(StrEnum):
    """What is wrong."""

    VOCABULARY = "vocabulary"
    ORPHAN = "orphan"
    JSON = "json"
    EMPTY = "empty"
    TIME = "time"
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LENGTH = "length"
    RANGE = "range"
    URL = "url"
    TRIGGER = "trigger"
    INTEGRITY = "integrity"
    LOG = "log"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the stored data, and how to mend it."""

    kind: Kind
    table: str
    column: str
    """Empty where the whole table or database is meant."""
    ids: tuple[int, ...]
    """The first few of the rows."""
    count: int
    """How many rows."""
    value: str | None
    """The value as text. Where a finding covers different ones it is the first, cut if it is long."""
    rule: str
    fix: str
    blocks: bool
    """Whether adopting the database has to wait until it is settled."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def in_tables(connection: Connection, tables: Iterable[Table]) -> list[Finding]:
    """Everything that is wrong with the rows of these tables, as far as the database itself does not prevent it."""
    return [finding for table in tables for column in table.columns for finding in _in_column(connection, column)]


def broken(column: Column[Any], dialect: str) -> tuple[Kind, ColumnElement[bool], str] | None:
    """For a column whose values must be of one form: what breaking it is called, which rows do, and the rule's words.

    NULL is never meant.
    """
    raw = type_coerce(column, Text)
    if isinstance(column.type, Enum):
        return Kind.VOCABULARY, raw.not_in(column.type.enums), f"must be one of {', '.join(column.type.enums)}"
    if dialect != "sqlite" or column.primary_key:  # PostgreSQL's types keep out what they do not mean
        return None
    kind = func.typeof(raw)
    match column.type:
        case DateTime() | UtcDateTime():
            second = func.substr(raw, 1, 19)
            whole = and_(
                or_(raw.op("GLOB")(TIME_PATTERN), raw.op("GLOB")(TIME_PATTERN + FRACTION_PATTERN)),
                func.substr(raw, 1, 4) >= FIRST_YEAR,
                func.datetime(second, ADD_NOTHING) == second,
            )
            rule = Kind.TIME, not_(and_(kind == "text", func.coalesce(whole, False))), "must be a time, in UTC"
        case Date():
            whole = and_(func.substr(raw, 1, 4) >= FIRST_YEAR, func.date(raw, ADD_NOTHING) == raw)
            rule = Kind.DATE, not_(and_(kind == "text", func.coalesce(whole, False))), "must be a date, YYYY-MM-DD"
        case Boolean():
            rule = Kind.BOOLEAN, type_coerce(column, Integer).not_in([0, 1]), "must be 0 or 1"
        case Integer():
            rule = Kind.NUMBER, kind != "integer", "must be a whole number"
        case Float():
            rule = Kind.NUMBER, kind.not_in(["integer", "real"]), "must be a number"
        case _:
            return None
    return rule


def utc_text(value: object) -> str | None:
    """A time in any form of ISO 8601 as SQLite shall hold it, `YYYY-MM-DD HH:MM:SS.ffffff` in UTC.

    A time without an offset is taken for UTC, as SQLite's CURRENT_TIMESTAMP gives it. None for anything else.
    """
    try:
        time = datetime.fromisoformat(str(value))
        time = time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return time.strftime(f"{time.year:04}-%m-%d %H:%M:%S.%f")


def _in_column(connection: Connection, column: Column[Any]) -> Iterator[Finding]:
    if rule := broken(column, connection.dialect.name):
        yield from _misfits(connection, column, *rule)
    elif isinstance(column.type, StringList):
        yield from _bad_json(connection, column)
    elif isinstance(column.type, String) and column.type.length:
        yield from _texts(connection, column, column.type.length)
    yield from _outside(connection, column)
    for key in column.foreign_keys:
        yield from _orphans(connection, column, key.column)


def _misfits(
    connection: Connection, column: Column[Any], kind: Kind, condition: ColumnElement[bool], rule: str
) -> Iterator[Finding]:
    """One finding for each different value, because each is settled on its own."""
    raw = cast(column, Text)
    for value, count in connection.execute(
        select(raw, func.count()).where(column.is_not(None), condition).group_by(raw).order_by(raw)
    ):
        known = utc_text(value) if kind is Kind.TIME else None
        fix = "--map " + quote(f"{column.table.name}.{column.name}.{value}={known or _suggestion(column, value)}")
        if known:
            fix += UNASKED
        elif column.nullable:
            fix += " (or nothing after the = for NULL)"
        ids = _first_ids(connection, column, and_(condition, raw == value))
        yield Finding(kind, column.table.name, column.name, ids, count, value, rule, fix, blocks=known is None)


def _suggestion(column: Column[Any], value: str) -> str:
    if not isinstance(column.type, Enum):
        return "VALUE"
    word = "_".join(value.strip().lower().replace("-", " ").split())
    return word if word in column.type.enums else "WORD"


def _bad_json(connection: Connection, column: Column[Any]) -> Iterator[Finding]:
    rows = connection.execute(
        select(column.table.c.id, type_coerce(column, Text)).where(column.is_not(None)).order_by(column.table.c.id)
    )
    bad = [(row_id, value) for row_id, value in rows if parse_string_list(str(value)) is None]
    if bad:
        yield Finding(
            Kind.JSON,
            column.table.name,
            column.name,
            tuple(row_id for row_id, _ in bad[:SHOWN_IDS]),
            len(bad),
            _cut(str(bad[0][1])),
            "must be a JSON array of strings",
            "reads as an empty list, and stays as it is until somebody sets it",
            blocks=False,
        )


def _texts(connection: Connection, column: Column[Any], length: int) -> Iterator[Finding]:
    if connection.dialect.name == "sqlite":  # PostgreSQL takes none that is too long
        yield from _one_finding(
            connection,
            column,
            Kind.LENGTH,
            func.length(column) > length,
            rule=f"must have at most {length} characters",
            fix="stays as it is; PostgreSQL would refuse it",
        )
    if column.unique:
        yield from _one_finding(
            connection,
            column,
            Kind.EMPTY,
            column == "",
            rule="must not be empty",
            fix=f"--map {column.table.name}.{column.name}.={UNASKED}",
        )


def _outside(connection: Connection, column: Column[Any]) -> Iterator[Finding]:
    """Values that writes through the API have to keep to. Rows that break these rules stay readable."""
    fix = "stays as it is until it is changed through the API"
    if allowed := column.info.get("range"):
        is_number = func.typeof(column).in_(["integer", "real"]) if connection.dialect.name == "sqlite" else true()
        condition = and_(is_number, allowed.violations(column))
        yield from _one_finding(connection, column, Kind.RANGE, condition, rule=f"must be {allowed}", fix=fix)
    if column.info.get("http_url"):
        is_url = or_(*(column.ilike(f"{scheme}://_%") for scheme in ("http", "https")))
        condition = and_(column != "", not_(is_url))
        yield from _one_finding(connection, column, Kind.URL, condition, rule="must be an http or https URL", fix=fix)


def _orphans(connection: Connection, column: Column[Any], parent: Column[Any]) -> Iterator[Finding]:
    fix = "--orphans delete (with all that hangs on them)"
    if column.table.name in jobbot_tables.metadata.tables:
        keep = "NULL" if column.nullable else f"a placeholder in {parent.table.name}"
        fix = f"--orphans keep (they get {keep}) or {fix}"
    yield from _one_finding(
        connection,
        column,
        Kind.ORPHAN,
        orphaned(column, parent),
        rule=f"must be the id of a row of {parent.table.name}",
        fix=fix,
        blocks=True,
    )


def orphaned(column: Column[Any], parent: Column[Any]) -> ColumnElement[bool]:
    """Whether a row refers to one that is not there."""
    return and_(column.is_not(None), ~select(parent).where(parent == column).exists())


def _one_finding(
    connection: Connection,
    column: Column[Any],
    kind: Kind,
    condition: ColumnElement[bool],
    *,
    rule: str,
    fix: str,
    blocks: bool = False,
) -> Iterator[Finding]:
    count = connection.scalar(select(func.count()).select_from(column.table).where(condition))
    if count:
        ids = _first_ids(connection, column, condition)
        first = select(cast(column, Text)).where(condition).order_by(*column.table.primary_key).limit(1)
        value = connection.scalar(first)
        yield Finding(kind, column.table.name, column.name, ids, count, _cut(value), rule, fix, blocks)


def _first_ids(connection: Connection, column: Column[Any], condition: ColumnElement[bool]) -> tuple[int, ...]:
    key = column.table.c.get("id")
    if key is None:  # the keys of requests have none
        return ()
    statement = select(key).where(column.is_not(None), condition).order_by(key).limit(SHOWN_IDS)
    return tuple(connection.scalars(statement))


def _cut(value: Any) -> str:
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"
