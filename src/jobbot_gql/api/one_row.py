"""Reading one row with what is selected below it: on PostgreSQL in a single statement, where its parts allow that."""

from collections.abc import Sequence
from typing import Any

from jobbot_gql.api.entity import Entity
from jobbot_gql.api.plans import Layout, Planner, Reads, fed
from jobbot_gql.api.uses import Details, Run
from jobbot_gql.db.queries import KeyedQuery, Query, Row
from jobbot_gql.db.selects import by_key, within
from jobbot_gql.db.writing import table_of


class OneRow:
    """A selection set on one row of an entity, which a unique key names."""

    def __init__(self, planner: Planner, entity: Entity, details: Details) -> None:
        self._entity = entity
        self.layout = Layout(entity, offset=1)
        """Of the row as it is read: behind the key, and before its parts."""
        self.level = planner.level(entity, details, self.layout)
        """The selection set, for rows that were read otherwise."""
        self._dialect = planner.dialect
        # A row of PostgreSQL can hold the rows of its parts, which saves a round trip for each of them.
        self._is_whole = planner.dialect.name == "postgresql" and all(step.is_part for step in self.level.steps)
        self._queries: dict[str, tuple[Query, list[Query]]] = {}
        """By key: the query for the row, and those for its parts whose rows come in its last columns."""

    @property
    def statements(self) -> int:
        """How many statements the row takes at most."""
        return 1 if self._is_whole else 1 + self.level.statements

    def read(self, run: Run, key: str, value: Any) -> Reads[Any]:
        """The object of the row whose column `key` has the value, or None where there is no such row."""
        found = self._queries.get(key)
        if found is None:
            found = self._queries[key] = self._queries_by(key, run)
        query, parts = found
        rows: Sequence[Row] = (yield query, query.arguments(value))[:1]
        if not rows:
            return None
        objects = self.level.objects(run, rows)
        if parts:
            (row,) = rows
            (made,) = fed(objects, dict(zip(parts, row[len(row) - len(parts) :], strict=True)))
        else:
            (made,) = yield from objects
        return made

    def _queries_by(self, key: str, run: Run) -> tuple[Query, list[Query]]:
        model = self._entity.model
        statement = by_key(model, key, self.layout.columns, single=True)
        parts: list[tuple[str, KeyedQuery]] = [step.part(run) for step in self.level.steps] if self._is_whole else []
        for column, part in parts:
            statement = statement.add_columns(within(part.select_for_one, table_of(model).c[column]))
        return Query(statement, self._dialect), [part.for_one for _, part in parts]
