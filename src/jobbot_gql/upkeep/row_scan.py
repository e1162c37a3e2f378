"""Scan for rows that violate checks. It is read-only and takes time linear in the number of rows."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Column, Connection, Enum, LargeBinary, Table, Text, and_, case, cast, func, null, select

from jobbot_gql.db.sql.column_types import StringList, parse_string_list
from jobbot_gql.upkeep import jobbot_tables
from jobbot_gql.upkeep.checks import Check, checks, utc_text
from jobbot_gql.upkeep.findings import (
    SHOWN_CHARACTERS,
    SHOWN_IDS,
    SHOWN_VALUES,
    Finding,
    FindingKind,
    cut,
    printable,
    shell_word,
)

ANY = "*"
"""VALUE in `--map TABLE.COLUMN.VALUE=NEW` that matches every other value that violates the rule."""
READ_CHARACTERS = 1_000
"""Maximum number of characters read of a value."""

_CONVERTED = {
    FindingKind.TIME_FORM: "stored as the same instant in UTC",
    FindingKind.BLOB: "stored as text with the same characters",
    FindingKind.EMPTY: "stored as NULL",
}
"""Unambiguous kinds, and their conversion. Adoption always applies it."""
_ADVICE: dict[FindingKind, tuple[str, tuple[str, ...]]] = {
    FindingKind.LENGTH: ("It stays as it is; PostgreSQL would reject it.", ()),
    FindingKind.ENCODING: ("Give the encoding of the text, often cp1252 or latin-1.", ("--encoding cp1252",)),
    FindingKind.NUMBER: ("Give the row another id, and the rows that refer to it.", ()),
    FindingKind.JSON: ("Restore a backup, or correct the rows.", ()),
    FindingKind.RANGE: ("It stays as it is until it is changed through the API.", ()),
    FindingKind.URL: ("It stays as it is until it is changed through the API.", ()),
}
MAPPED = {
    FindingKind.DUPLICATE,
    FindingKind.VOCABULARY,
    FindingKind.TIME,
    FindingKind.DATE,
    FindingKind.NUMBER,
    FindingKind.BOOLEAN,
    FindingKind.NULL,
}
"""Kinds that `--map` can fix."""

Covers = Callable[[Check, str | None], bool]
"""Whether a settlement covers a value that violates a check."""


@dataclass
class _Tally:
    """Summary of the rows that violate one check."""

    count: int = 0
    ids: list[int] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)

    def add(self, row_id: int | None, value: str) -> None:
        self.count += 1
        if row_id is not None and len(self.ids) < SHOWN_IDS:
            self.ids.append(row_id)
        self.values[value] += 1


def in_tables(connection: Connection, tables: Iterable[Table], *, covers: Covers | None = None) -> list[Finding]:
    """Findings about the rows of tables, without values for which `covers` is true."""
    return [finding for table in tables for finding in _in_table(connection, table, covers)]


def breaking(connection: Connection, check: Check) -> Iterator[tuple[tuple[Any, ...], str | None]]:
    """Rows that violate a check: primary key, and value as text with escapes for invalid UTF-8."""
    key = tuple(check.column.table.primary_key)
    rows = select(*key, _raw(connection, check.column)).where(check.breaks).order_by(*key)
    for *identity, value in connection.execute(rows):
        yield tuple(identity), _text(value)


def kind_of(check: Check, value: str | None) -> FindingKind:
    """The kind of finding for a value that violates a check."""
    return FindingKind.TIME_FORM if check.kind is FindingKind.TIME and utc_text(value) is not None else check.kind


def _in_table(connection: Connection, table: Table, covers: Covers | None) -> Iterator[Finding]:
    all_checks = checks(table, connection.dialect.name)
    counts = [func.count().filter(check.breaks) for check in all_checks]
    found = connection.execute(select(null(), *counts).select_from(table)).one()[1:]
    for check, count in zip(all_checks, found, strict=True):
        if count:
            yield from _of_check(connection, check, covers)
    for column in table.columns:
        if isinstance(column.type, StringList):
            yield from _bad_lists(connection, column)


def _of_check(connection: Connection, check: Check, covers: Covers | None) -> Iterator[Finding]:
    tallies: dict[FindingKind, _Tally] = {}
    integer_key = len(check.column.table.primary_key) == 1 and "id" in check.column.table.columns
    for identity, value in breaking(connection, check):
        if covers is None or not covers(check, value):
            tally = tallies.setdefault(kind_of(check, value), _Tally())
            tally.add(identity[0] if integer_key else None, "NULL" if value is None else value)
    for kind, tally in tallies.items():
        yield _finding(replace(check, kind=kind), tally)


def _finding(check: Check, tally: _Tally) -> Finding:
    column = check.column
    common = tally.values.most_common(SHOWN_VALUES)
    # A JobBot database that is being adopted, or a current database.
    adopted = column.table.metadata is jobbot_tables.metadata
    harmless = {FindingKind.LENGTH, FindingKind.RANGE, FindingKind.URL, FindingKind.TIME_FORM, FindingKind.EMPTY} | (
        {FindingKind.BLOB} if adopted else set()
    )
    fix, options = _advice(check, [value for value, _ in common], len(tally.values), adopted=adopted)
    return Finding(
        check.kind,
        column.table.name,
        column.name,
        tuple(tally.ids),
        tally.count,
        tuple(cut(printable(value)) for value, _ in common),
        check.rule,
        fix,
        options,
        blocks=check.kind not in harmless,
    )


def _advice(check: Check, values: list[str], distinct: int, *, adopted: bool) -> tuple[str, tuple[str, ...]]:
    """The fix in words, and as options of `migrate`."""
    column, kind = check.column, check.kind
    if kind is FindingKind.ORPHAN:
        return _advice_on_orphans(column)
    if kind in _CONVERTED:
        if adopted:
            return f"It is {_CONVERTED[kind]} when the database is adopted.", ()
        return f"It can be {_CONVERTED[kind]}.", ("--convert",)
    if kind is FindingKind.DUPLICATE:
        option = f"--map '{column.table.name}.{column.name}.*='"
        return "All rows but the first get NULL; the rows stay.", (option,)
    if kind in MAPPED and not column.primary_key:
        return _advice_on_values(column, values, distinct)
    return _ADVICE[FindingKind.NUMBER if column.primary_key else kind]


def _advice_on_orphans(column: Column[Any]) -> tuple[str, tuple[str, ...]]:
    if column.table.name not in jobbot_tables.metadata.tables:
        return "They are deleted, with all rows that refer to them.", ("--orphans delete",)
    (key,) = column.foreign_keys
    kept = "get NULL" if column.nullable else f"get a placeholder row in {key.column.table.name}"
    return (
        f"Keep them (they {kept}), or delete them with all rows that refer to them (--orphans delete).",
        ("--orphans keep",),
    )


def _advice_on_values(column: Column[Any], values: list[str], distinct: int) -> tuple[str, tuple[str, ...]]:
    word = "WORD" if isinstance(column.type, Enum) else "VALUE"
    exact = [value for value in values if "\0" not in value and len(value) <= SHOWN_CHARACTERS]
    known = {value: suggested for value in exact if (suggested := _suggestion(column, value))}
    maps = {value: known.get(value, word) for value in exact if value != "NULL"}
    if distinct > len(maps):
        maps[ANY] = word
    prefix = f"{column.table.name}.{column.name}"
    options = tuple("--map " + shell_word(f"{prefix}.{value}={new}") for value, new in maps.items())
    advice = "Check the new values" if word not in maps.values() else f"Replace {word} with what each value means"
    if column.nullable:
        advice += "; nothing after the = is NULL"
    if ANY in maps:
        advice += f"; {ANY} is every other value that breaks the rule"
    return advice + ".", options


def _suggestion(column: Column[Any], value: str) -> str | None:
    if not isinstance(column.type, Enum):
        return None
    word = "_".join(value.strip().lower().replace("-", " ").split())
    return word if word in column.type.enums else None


def _bad_lists(connection: Connection, column: Column[Any]) -> Iterator[Finding]:
    tally = _Tally()
    key = column.table.c.id
    raw = cast(column, LargeBinary if connection.dialect.name == "sqlite" else Text)
    lists = select(key, raw).where(and_(column.is_not(None), cast(column, Text) != "[]")).order_by(key)
    for row_id, value in connection.execute(lists):
        if parse_string_list(text := _text(value) or "") is None:
            tally.add(row_id, text[:READ_CHARACTERS])
    if tally.count:
        yield Finding(
            FindingKind.JSON,
            column.table.name,
            column.name,
            tuple(tally.ids),
            tally.count,
            tuple(cut(printable(value)) for value, _ in tally.values.most_common(SHOWN_VALUES)),
            "must be a JSON array of strings",
            "It reads as an empty list, and stays as it is until it is set.",
        )


def _raw(connection: Connection, column: Column[Any]) -> Any:
    """The beginning of a value. SQLite returns bytes, because text may be invalid UTF-8."""
    if connection.dialect.name == "sqlite":
        beginning = func.substr(cast(column, LargeBinary), 1, READ_CHARACTERS, type_=LargeBinary)
        return case((column.is_not(None), func.coalesce(beginning, b"")))  # SQLite's substr of an empty BLOB is NULL
    return func.left(cast(column, Text), READ_CHARACTERS)


def _text(value: bytes | str | None) -> str | None:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value
