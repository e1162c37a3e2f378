"""The pages of an export: keyset pages of one snapshot, and for each page the rows that its columns refer to.

The number of statements of a page depends on the relations that the columns follow, not on the number of rows.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, bindparam

from jobbot_gql.api.types.errors import InvalidStoredData
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.db.sql.column_values import sort_key, sort_value
from jobbot_gql.db.sql.compiled_query import CompiledQuery, KeyedQuery
from jobbot_gql.db.sql.selects import by_key
from jobbot_gql.exporting.columns import Cell, Path, cells_of
from jobbot_gql.exporting.query import ExportQuery

PAGE_ROWS = 250
"""Rows that are read, encoded and sent at a time."""

Row = tuple[Cell, ...]


@dataclass
class Counts:
    """What an export has read so far."""

    rows: int = 0
    unreadable: int = 0
    """Cells that are null because their stored values cannot be read; `jobbot-gql doctor` lists such values."""


class Pages:
    """Reads the rows of an export from a snapshot."""

    def __init__(self, snapshot: Snapshot, query: ExportQuery) -> None:
        self.counts = Counts()
        self._snapshot = snapshot
        self._dialect = snapshot.dialect
        self._list = replace(query.list, limit=PAGE_ROWS)
        self._columns = query.columns
        shown = self._columns.needed(())
        order = (term.column for term in self._list.cursors.terms)
        self._read = (*shown, *(name for name in order if name not in shown))
        self._related = {
            path: KeyedQuery(
                partial(by_key, link.target.model, link.target_key, self._columns.needed(path)), self._dialect
            )
            for path, link in self._columns.links.items()
        }

    async def read(self) -> AsyncIterator[list[Row]]:
        """The pages; none if there are no rows.

        Raises ReadError, and InvalidStoredData if a value by which the rows are sorted cannot be read.
        """
        after: list[ColumnElement[Any] | None] | None = None
        has_more = True
        while has_more:
            select = self._list.select(self._dialect.name, self._read, after=after)
            rows = await self._snapshot.read((CompiledQuery(select, self._dialect), None))
            has_more, rows = len(rows) > PAGE_ROWS, rows[:PAGE_ROWS]
            if rows:
                yield self._cells(await self._with_related(rows))
                after = self._position(rows[-1])

    def _cells(self, found: Mapping[Path, Sequence[Any]]) -> list[Row]:
        cells, unreadable = cells_of(self._columns, found, self._dialect)
        self.counts.rows += len(cells)
        self.counts.unreadable += unreadable
        return cells

    async def _with_related(self, rows: Sequence[Any]) -> dict[Path, Sequence[Any]]:
        """The rows, and at each path the row that each of them leads to, or None."""
        found: dict[Path, Sequence[Any]] = {(): rows}
        for path, link in self._columns.links.items():
            place = self._columns.needed(path[:-1]).index(link.key)
            keys = [None if row is None else row[place] for row in found[path[:-1]]]
            wanted = list(dict.fromkeys(key for key in keys if key is not None))
            by_target: dict[Any, Any] = {}
            if wanted:
                for key, *row in await self._snapshot.read((self._related[path], wanted)):
                    by_target.setdefault(key, row)  # of several rows with one name, the oldest counts
            found[path] = [by_target.get(key) for key in keys]
        return found

    def _position(self, row: Sequence[Any]) -> list[ColumnElement[Any] | None]:
        """The keyset position of a row. Raises InvalidStoredData."""
        entity = self._list.entity
        position: list[ColumnElement[Any] | None] = []
        for term in self._list.cursors.terms:
            attribute = entity.columns[term.column]
            value, decode = row[self._read.index(term.column)], sort_value(attribute, self._dialect)
            try:
                value = value if decode is None else decode(value)
            except Exception as error:
                reason = "sorts by a value that cannot be read"
                raise InvalidStoredData(entity.name, row[self._read.index("id")], term.column, reason) from error
            position.append(None if value is None else bindparam(None, value, type_=sort_key(attribute).type))
        return position
