"""Lateral trees: several levels of rows in one statement, which saves a round trip per level.

On PostgreSQL a tree of SELECTs becomes

    WITH level0 AS (SELECT id, job_id, status FROM applications ORDER BY … LIMIT 51),
         level1 AS (SELECT child.* FROM (SELECT DISTINCT job_id AS key FROM level0) parent,
                    LATERAL (SELECT id, id, title FROM jobs WHERE id = parent.key) child),
         level2 AS (SELECT child.* FROM (SELECT id AS key FROM level0) parent,
                    LATERAL (SELECT application_id, id, sent FROM … WHERE application_id = parent.key …) child)
    SELECT 0, id, job_id, status, NULL FROM level0
    UNION ALL SELECT 1, id, id, title, NULL FROM level1
    UNION ALL SELECT 2, application_id, id, NULL, sent FROM level2

The rows of the result are distributed to the levels. Columns of the same type share result columns, so that the result
is not much wider than the widest level.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    Dialect,
    Integer,
    Select,
    String,
    literal_column,
    null,
    select,
    true,
    union_all,
)
from sqlalchemy.sql.visitors import replacement_traverse

from jobbot_gql.db.sql.compiled_query import CompiledQuery, KeyedQuery, Row


@dataclass(frozen=True)
class Branch:
    """A relation of the rows of a level."""

    column: str
    """Column of the parent rows with the key."""
    query: KeyedQuery
    """Query that reads the rows by this key."""
    branches: Sequence["Branch"] = ()
    """Branches of its rows."""


class LateralTree:
    """A SELECT and its branches as one statement."""

    def __init__(self, root: KeyedQuery, branches: Sequence[Branch], dialect: Dialect) -> None:
        self._levels: list[CTE] = []
        self._queries: list[KeyedQuery] = []
        self._add(root.select_for_one, Branch("", root, branches))
        shared = _SharedColumns(dialect)
        positions = [shared.assign(level) for level in self._levels]
        self.query = CompiledQuery(
            union_all(*(shared.select(number, level, positions[number]) for number, level in enumerate(self._levels))),
            dialect,
        )
        """The statement. It takes the single key of the root, if the root has keys."""
        self._row_getters = [_row_getter(numbers) for numbers in positions]

    def _add(self, statement: Select[Any], branch: Branch) -> None:
        level = statement.cte(f"level{len(self._levels)}")
        self._levels.append(level)
        self._queries.append(branch.query)
        names = [column.key for column in statement.selected_columns]
        for below in branch.branches:
            keys = select(level.c[names.index(below.column)].label("key"))
            # Several rows may have the same key, unless it is the id.
            parent = (keys if below.column == "id" else keys.distinct()).subquery("parent")
            child = _with_key(below.query.select_for_one, parent.c.key).correlate(parent).lateral("child")
            self._add(select(*child.c).select_from(parent.join(child, true())), below)

    def deal(self, rows: Sequence[Row]) -> dict[KeyedQuery, list[Row]]:
        """Distribute rows to the queries of their levels."""
        dealt: dict[KeyedQuery, list[Row]] = {query: [] for query in self._queries}
        for number, of_level in groupby(rows, _NUMBER):
            dealt[self._queries[number]].extend(map(self._row_getters[number], of_level))
        return dealt


_NUMBER = itemgetter(0)


class _SharedColumns:
    """Columns of the result after the level's number. Levels share columns of the same type."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._columns: list[ColumnElement[Any]] = []
        """A column with the type of each result column."""

    def assign(self, level: CTE) -> list[int]:
        """Position of each column of a level. Adds result columns as needed."""
        free = list(enumerate(self._columns))
        positions = []
        for column in level.c:
            kind = self._kind(column)
            found = next((one for one in free if self._kind(one[1]) == kind), None)
            if found is None:
                self._columns.append(column)
                found = len(self._columns) - 1, column
            else:
                free.remove(found)
            positions.append(found[0])
        return positions

    def _kind(self, column: ColumnElement[Any]) -> str:
        kind = column.type.dialect_impl(self._dialect)
        return "text" if isinstance(kind, String) else kind.compile(self._dialect)

    def select(self, number: int, level: CTE, positions: Sequence[int]) -> Select[Any]:
        """SELECT of a level with its values in these positions."""
        # The first SELECT of a UNION sets the types.
        values: list[ColumnElement[Any]] = [null() if number else null().cast(column.type) for column in self._columns]
        for position, column in zip(positions, level.c, strict=True):
            values[position] = column
        return select(literal_column(str(number), Integer), *values)


def _row_getter(positions: Sequence[int]) -> Callable[[Row], Row]:
    """Function that extracts a level's values from a row of the result."""
    if len(positions) > 1:
        return itemgetter(*(1 + position for position in positions))
    position = 1 + positions[0]
    return lambda row: (row[position],)


def _with_key(statement: Select[Any], key: ColumnElement[Any]) -> Select[Any]:
    """Replace the key parameter of a SELECT by a column."""

    def replaced(element: Any, **kw: Any) -> Any:
        return key if isinstance(element, BindParameter) and element.key == "keys" else None

    return cast("Select[Any]", replacement_traverse(statement, {}, replaced))
