"""Rows with everything that hangs on them in one statement, where a level each would take a round trip each.

A tree of SELECTs becomes, on PostgreSQL,

    WITH level0 AS (SELECT id, job_id, status FROM applications ORDER BY … LIMIT 51),
         level1 AS (SELECT child.* FROM (SELECT DISTINCT job_id AS key FROM level0) parent,
                    LATERAL (SELECT id, id, title FROM jobs WHERE id = parent.key) child),
         level2 AS (SELECT child.* FROM (SELECT id AS key FROM level0) parent,
                    LATERAL (SELECT application_id, id, sent FROM … WHERE application_id = parent.key …) child)
    SELECT 0, id, job_id, status, NULL FROM level0
    UNION ALL SELECT 1, id, id, title, NULL FROM level1
    UNION ALL SELECT 2, application_id, id, NULL, sent FROM level2

and what comes back is dealt out to the levels again, as the rows that their own SELECTs would have given. Columns of
one type share their places, so that the rows are hardly wider than those of the widest level.
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

from jobbot_gql.db.sql.compiled_query import KeyedQuery, Query, Row


@dataclass(frozen=True)
class Branch:
    """What hangs on the rows of a level."""

    column: str
    """The column of those rows that is its key."""
    query: KeyedQuery
    """What reads it by that key."""
    branches: Sequence["Branch"] = ()
    """What hangs on it in turn."""


class LateralTree:
    """A SELECT's rows with their branches, to be read by one statement."""

    def __init__(self, root: KeyedQuery, branches: Sequence[Branch], dialect: Dialect) -> None:
        self._levels: list[CTE] = []
        self._queries: list[KeyedQuery] = []
        self._add(root.select_for_one, Branch("", root, branches))
        places = _Places(dialect)
        taken = [places.take(level) for level in self._levels]
        self.query = Query(
            union_all(*(places.select(number, level, taken[number]) for number, level in enumerate(self._levels))),
            dialect,
        )
        """The statement; it takes the root's only key, if that has one."""
        self._own = [_own(numbers) for numbers in taken]

    def _add(self, statement: Select[Any], branch: Branch) -> None:
        level = statement.cte(f"level{len(self._levels)}")
        self._levels.append(level)
        self._queries.append(branch.query)
        names = [column.key for column in statement.selected_columns]
        for below in branch.branches:
            keys = select(level.c[names.index(below.column)].label("key"))
            # Rows may share what their key names; an id is no other row's.
            parent = (keys if below.column == "id" else keys.distinct()).subquery("parent")
            child = _with_key(below.query.select_for_one, parent.c.key).correlate(parent).lateral("child")
            self._add(select(*child.c).select_from(parent.join(child, true())), below)

    def deal(self, rows: Sequence[Row]) -> dict[KeyedQuery, list[Row]]:
        """The rows of each level, by the query that would have read them."""
        dealt: dict[KeyedQuery, list[Row]] = {query: [] for query in self._queries}
        for number, of_level in groupby(rows, _NUMBER):
            dealt[self._queries[number]].extend(map(self._own[number], of_level))
        return dealt


_NUMBER = itemgetter(0)


class _Places:
    """Which place of the rows holds what: behind the level's number, places of one type each."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._columns: list[ColumnElement[Any]] = []
        """A column for each place, of the type that it has."""

    def take(self, level: CTE) -> list[int]:
        """A place for each column of a level."""
        free = list(enumerate(self._columns))
        taken = []
        for column in level.c:
            kind = self._kind(column)
            found = next((one for one in free if self._kind(one[1]) == kind), None)
            if found is None:
                self._columns.append(column)
                found = len(self._columns) - 1, column
            else:
                free.remove(found)
            taken.append(found[0])
        return taken

    def _kind(self, column: ColumnElement[Any]) -> str:
        kind = column.type.dialect_impl(self._dialect)
        return "text" if isinstance(kind, String) else kind.compile(self._dialect)

    def select(self, number: int, level: CTE, taken: Sequence[int]) -> Select[Any]:
        """The rows of a level, each value in its place."""
        # The types are those of the first SELECT.
        values: list[ColumnElement[Any]] = [null() if number else null().cast(column.type) for column in self._columns]
        for place, column in zip(taken, level.c, strict=True):
            values[place] = column
        return select(literal_column(str(number), Integer), *values)


def _own(places: Sequence[int]) -> Callable[[Row], Row]:
    """What takes a level's own values, which lie at these places behind the level's number."""
    if len(places) > 1:
        return itemgetter(*(1 + place for place in places))
    place = 1 + places[0]
    return lambda row: (row[place],)


def _with_key(statement: Select[Any], key: ColumnElement[Any]) -> Select[Any]:
    """A SELECT by a single key with a column in the key's place."""

    def replaced(element: Any, **kw: Any) -> Any:
        return key if isinstance(element, BindParameter) and element.key == "keys" else None

    return cast("Select[Any]", replacement_traverse(statement, {}, replaced))
