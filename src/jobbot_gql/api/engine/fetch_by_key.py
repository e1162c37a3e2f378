"""Rows by a key with the selection below them. PostgreSQL reads one row and its fixed branches in one statement."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from jobbot_gql.api.engine.levels import grows
from jobbot_gql.api.engine.plan_node import Reads, fed
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.selected_field import Details, Run
from jobbot_gql.api.types.entity import Entity
from jobbot_gql.db.sql.compiled_query import KeyedQuery, Row
from jobbot_gql.db.sql.lateral_tree import LateralTree
from jobbot_gql.db.sql.selects import by_key


class KeyedRows:
    """A selection set on one row of an entity, given by a unique key, or on several rows, given by ids."""

    def __init__(self, planner: Planner, entity: Entity, details: Details) -> None:
        self._entity = entity
        self.layout = planner.layout(entity, offset=1)
        """Of a row as it is read: the key, then the columns."""
        self.level = planner.level(details, self.layout)
        """The selection set."""
        self._dialect = planner.dialect
        self._is_tree = grows([self.level], planner.dialect)
        self._queries: dict[str, KeyedQuery] = {}
        self._trees: dict[str, LateralTree] = {}

    @property
    def statements(self) -> int:
        """Number of statements that the row takes at most."""
        return 1 + (self.level.statements_apart if self._is_tree else self.level.statements)

    @property
    def statements_for_several(self) -> int:
        """Number of statements that several rows take at most."""
        return 1 + self.level.statements

    def read(self, run: Run, key: str, value: Any) -> Reads[Any]:
        """The object of the row whose column `key` has the value; None if there is none."""
        query = self._query(key)
        if not self._is_tree:
            rows: Sequence[Row] = yield query, [value]
            objects = yield from self.level.objects(run, rows[:1])
        else:
            tree = self._tree(run, key)
            run.trees += 1
            below = tree.deal((yield tree.query, value))
            objects = yield from fed(self.level.objects(run, below[query][:1]), below)
        return objects[0] if objects else None

    def read_all(self, run: Run, ids: Sequence[int]) -> Reads[dict[int, Any]]:
        """The objects of the existing rows with these distinct ids."""
        if len(ids) == 1:
            made = yield from self.read(run, "id", ids[0])
            return {} if made is None else {ids[0]: made}
        rows: Sequence[Row] = (yield self._query("id"), ids) if ids else ()
        objects = yield from self.level.objects(run, rows)
        return {row[0]: made for row, made in zip(rows, objects, strict=True)}

    def instances(self, key: str, values: Sequence[Any]) -> Reads[dict[Any, Any]]:
        """The rows with these values of a unique key, as instances."""
        rows: Sequence[Row] = (yield self._query(key), values) if values else ()
        # If several rows have the key, the oldest one counts.
        return {row[0]: one for row, one in zip(reversed(rows), reversed(self.layout.instances(rows)), strict=True)}

    def _query(self, key: str) -> KeyedQuery:
        found = self._queries.get(key)
        if found is None:
            select = partial(by_key, self._entity.model, key, self.layout.columns)
            found = self._queries[key] = KeyedQuery(select, self._dialect)
        return found

    def _tree(self, run: Run, key: str) -> LateralTree:
        found = self._trees.get(key)
        if found is None:
            found = self._trees[key] = LateralTree(self._query(key), self.level.branches(run), self._dialect)
        return found
