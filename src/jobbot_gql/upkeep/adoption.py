"""Adoption of a JobBot database: the owner's decisions about rows that violate rules, and their execution."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from math import isfinite
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Enum,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)

from jobbot_gql import private_files
from jobbot_gql.db.maintenance_connection import DatabaseProblem
from jobbot_gql.db.sql.column_types import FIRST_DAY, LAST_DAY, UtcDateTime
from jobbot_gql.upkeep import alignment, conversion, jobbot_tables, row_scan
from jobbot_gql.upkeep.checks import Check, checks_of, orphaned, utc_text
from jobbot_gql.upkeep.findings import Finding, FindingKind
from jobbot_gql.upkeep.row_scan import ANY
from jobbot_gql.upkeep.sqlite_copy import copy_into

PLACEHOLDERS: Mapping[str, Mapping[str, Any]] = {
    "jobs": {"title": "(deleted job)", "company": "(unknown)", "status": "archived", "scraped_date": None},
    "applications": {"notes": "Stands for an application that was deleted.", "application_date": None},
}


class Orphans(StrEnum):
    """Handling of rows that refer to a missing row."""

    KEEP = "keep"
    """Nullable references become NULL; others refer to a placeholder with the missing id."""
    DELETE = "delete"
    """They are deleted with all rows that refer to them."""


class Unsettled(DatabaseProblem):
    """Rows violate rules, and the settlement does not cover them. Nothing was changed."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = [finding for finding in findings if finding.blocks]
        rows = sum(finding.count for finding in self.findings)
        columns = sorted({f"{finding.table}.{finding.column}" for finding in self.findings})
        super().__init__(
            f"{rows} values cannot be taken over as they are, in {', '.join(columns)}; nothing was changed:"
            " `jobbot-gql doctor` lists them, with what to tell `jobbot-gql migrate`"
        )


@dataclass(frozen=True)
class Settlement:
    """The owner's decisions about rows that violate rules."""

    maps: Mapping[tuple[str, str], Mapping[str | None, str | float | None]] = field(default_factory=dict)
    """By table and column: replacements by value as text, where `*` is any other value."""
    orphans: Orphans | None = None
    convert: bool = False
    """Whether to convert unambiguous values. Always done when a database is adopted."""
    encoding: str | None = None
    """The encoding of text that is not valid UTF-8."""
    metadata: MetaData = jobbot_tables.metadata
    """The tables of a current database, to which the settlement may refer."""

    @classmethod
    def parse(
        cls,
        maps: Iterable[str] = (),
        orphans: str | None = None,
        *,
        convert: bool = False,
        encoding: str | None = None,
        metadata: MetaData = jobbot_tables.metadata,
    ) -> "Settlement":
        """Parse command-line options.

        Args:
            maps: Replacements as `TABLE.COLUMN.VALUE=NEW`. VALUE may be empty, or `*` for every other value that
                violates the column's rule. An empty NEW means NULL.
            orphans: `keep` or `delete`.
            convert: Whether to convert unambiguous values.
            encoding: A Python codec.
            metadata: The tables that may be named.

        Raises:
            DatabaseProblem: An option is invalid.
        """
        parsed: dict[tuple[str, str], dict[str | None, str | float | None]] = {}
        for given in maps:
            head, equals, new = given.rpartition("=")
            parts = head.split(".", 2)
            if not equals or len(parts) != 3:
                raise DatabaseProblem(f"--map {given}: must be TABLE.COLUMN.VALUE=NEW")
            table, column, value = parts
            try:
                parsed.setdefault((table, column), {})[value] = _replacement(metadata, table, column, value, new)
            except ValueError as error:
                raise DatabaseProblem(f"--map {given}: {error}") from None
        if orphans is not None and orphans not in list(Orphans):
            raise DatabaseProblem(f"--orphans {orphans}: must be one of {', '.join(Orphans)}")
        if encoding is not None:
            try:
                b"".decode(encoding)
            except LookupError:
                known = "must be an encoding that Python knows, such as cp1252"
                raise DatabaseProblem(f"--encoding {encoding}: {known}") from None
        return cls(parsed, Orphans(orphans) if orphans else None, convert, encoding, metadata)

    def __bool__(self) -> bool:
        return bool(self.maps or self.orphans or self.convert or self.encoding)

    def covers(self, check: Check, value: str | None) -> bool:
        """Whether the settlement covers a value that violates a check."""
        if check.kind is FindingKind.ORPHAN:
            return self.orphans is not None
        if check.kind is FindingKind.ENCODING and self.encoding:
            return True
        known = self.maps.get((check.column.table.name, check.column.name), {})
        return value in known or (ANY in known and row_scan.kind_of(check, value) is not FindingKind.TIME_FORM)


def settle(connection: Connection, tables: Iterable[Table], settlement: Settlement) -> dict[str, int]:
    """Apply the settlement to tables. Returns the number of deleted rows by table."""
    tables = list(tables)
    if settlement.convert:
        conversion.convert(connection, tables)
    if settlement.encoding:
        conversion.decode(connection, tables, settlement.encoding)
    for table in tables:
        for column in table.columns:
            if known := settlement.maps.get((table.name, column.name)):
                _map(connection, column, known, settlement)
    if settlement.orphans is Orphans.DELETE:
        return _delete_orphans(connection, tables)
    if settlement.orphans is Orphans.KEEP:
        _keep_orphans(connection, tables)
    return {}


def prepare(connection: Connection, tables: Sequence[Table]) -> None:
    """Convert values and align indexes and constraints with the first revisions. Call it after `settle`."""
    conversion.convert(connection, tables)
    alignment.align(connection, tables)


def copy_file(path: Path) -> Path:
    """Copy a SQLite database to a file beside it that only its owner can read. Returns the copy's path.

    Uncommitted transactions of other connections are not in the copy. Raises DatabaseProblem.
    """
    target = path.with_name(f"{path.stem}.{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}{path.suffix}")
    try:
        with private_files.unfinished(target) as file:
            copy_into(path, file)
            private_files.rename(file, target, replace=False)
    except (OSError, sqlite3.Error) as error:
        raise DatabaseProblem(f"cannot copy {path} to {target} before changing it: {error}") from error
    return target


def _replacement(metadata: MetaData, table: str, column: str, value: str, new: str) -> str | float | None:
    """The replacement of a value, checked and typed. Raises ValueError with the rule."""
    if table not in metadata.tables or column not in metadata.tables[table].columns:
        raise ValueError(f"{table}.{column} does not exist")
    target = metadata.tables[table].columns[column]
    if target.primary_key:
        raise ValueError(f"{table}.{column} is an id and cannot be mapped")
    if isinstance(target.type, Enum) and value in target.type.enums:
        raise ValueError(f"{value} is a value of {table}.{column} already")
    if not new:
        if target.nullable:
            return None
        raise ValueError(f"{table}.{column} must not be NULL")
    return _typed(target, new)


def _typed(column: Column[Any], text: str) -> str | float:
    """The text as a value of the column's type. Raises ValueError with the rule."""
    value: str | float | None = None
    rule = ""
    with suppress(ValueError):
        match column.type:
            case Enum(enums=words):
                rule, value = f"one of {', '.join(words)}", text if text in words else None
            case DateTime() | UtcDateTime():
                rule, value = "a time, YYYY-MM-DD HH:MM:SS", utc_text(text)
            case Date():
                rule = "a date, YYYY-MM-DD"
                day = date.fromisoformat(text)
                value = day.isoformat() if FIRST_DAY <= day <= LAST_DAY else None
            case Boolean():
                rule, value = "0 or 1", {"0": 0, "1": 1}.get(text)
            case Integer():
                rule = "a whole number"
                value = int(text) if abs(int(text)) < 2**31 else None
            case Float():
                rule = "a number"
                value = float(text) if isfinite(float(text)) else None
            case String(length=length) if length:
                rule, value = f"at most {length} characters long", text if len(text) <= length else None
            case _:
                value = text
    if value is None:
        raise ValueError(f"{text} must be {rule}")
    return value


def _mapped_checks(column: Column[Any], dialect: str) -> list[Check]:
    """The checks of a column that `--map` can fix."""
    return [check for check in checks_of(column, dialect) if check.kind in row_scan.MAPPED]


def _map(
    connection: Connection, column: Column[Any], known: Mapping[str | None, str | float | None], settlement: Settlement
) -> None:
    """Replace values by primary key. One statement per value would scan the table each time."""
    values = {
        key: known[value] if value in known else known[ANY]
        for check in _mapped_checks(column, connection.dialect.name)
        for key, value in row_scan.breaking(connection, check)
        if settlement.covers(check, value)
    }
    if values:
        conversion.set_values(connection, column, values)


def _delete_orphans(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """Delete orphans and all rows that refer to them."""
    deleted: Counter[str] = Counter()
    if connection.dialect.name != "sqlite":  # only a database without foreign keys has orphans
        for table in jobbot_tables.metadata.sorted_tables if tables else ():
            for key in table.foreign_keys if table in tables else ():
                lost = connection.execute(delete(table).where(orphaned(key.parent, key.column)))
                deleted[table.name] += lost.rowcount
        return {name: count for name, count in deleted.items() if count}
    orphans = text(
        'SELECT DISTINCT found."table", found.rowid FROM pragma_foreign_key_check AS found'
        ' JOIN pragma_foreign_key_list(found."table") AS key ON key.id = found.fkid'
        " WHERE found.\"table\" IN :jobbot OR key.on_delete = 'CASCADE'"
    ).bindparams(bindparam("jobbot", list(jobbot_tables.metadata.tables), expanding=True))
    while found := connection.execute(orphans).all():
        for name, row_id in found:
            connection.exec_driver_sql(f'DELETE FROM "{name}" WHERE rowid = ?', (row_id,))  # noqa: S608 - a name
            deleted[name] += 1
    return dict(deleted)


def _keep_orphans(connection: Connection, tables: Iterable[Table]) -> None:
    for table in _parents_first(tables):
        for key in table.foreign_keys:
            lost = orphaned(key.parent, key.column)
            if key.parent.nullable:
                connection.execute(update(table).where(lost).values({key.parent: None}))
                continue
            parent = key.column.table
            fixed: dict[str, Any] = dict(PLACEHOLDERS[parent.name])
            missing = connection.scalars(select(key.parent).where(lost).distinct()).all()
            if missing and parent.foreign_keys:  # the placeholder needs a parent of its own
                (grandparent,) = (above.column.table for above in parent.foreign_keys)
                made = insert(grandparent).values(PLACEHOLDERS[grandparent.name]).returning(grandparent.c.id)
                number = connection.execute(made).scalar_one()
                fixed |= {above.parent.name: number for above in parent.foreign_keys}
            if missing:
                connection.execute(insert(parent), [{"id": lost_id} | fixed for lost_id in missing])


def _parents_first(tables: Iterable[Table]) -> list[Table]:
    selected = set(tables)
    return [table for table in jobbot_tables.metadata.sorted_tables if table in selected]
