"""Plan nodes of payloads: the rows that a mutation has written."""

from collections.abc import Sequence
from typing import Any

from jobbot_gql.api.engine.fetch_by_key import KeyedRows
from jobbot_gql.api.engine.parents import Parents
from jobbot_gql.api.engine.plan_node import BatchedNode, Reads, set_field
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.selected_field import Run, SelectedField
from jobbot_gql.api.types.entity import entity_of
from jobbot_gql.api.types.page_size import DEFAULT_PAGE, checked_size
from jobbot_gql.db.base import Base

CHANGES = "changes"
"""Name of the field of payloads that lists what was written."""


class _PayloadNode(BatchedNode):
    """A payload field that shows rows of a model, whose ids are in the payload's attribute `key`."""

    def __init__(
        self, planner: Planner, selected: SelectedField, parents: Parents, *, model: type[Base], key: str
    ) -> None:
        self.selected = selected
        self._parents = parents
        self._key = key
        self._rows = KeyedRows(planner, entity_of(model), selected.details)


class PayloadRowNode(_PayloadNode):
    """The row whose id is in the attribute, or null."""

    @property
    def statements(self) -> int:
        """Maximum number of statements for one row."""
        return self._rows.statements

    @property
    def statements_for_several(self) -> int:
        """Number of statements that the rows take at most."""
        return self._rows.statements_for_several

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field to the rows' objects; None if there is no row."""
        ids = self._parents.keys(rows, self._key)
        found = yield from self._rows.read_all(run, _distinct(ids))
        set_field(out, self.selected.name, [found.get(row_id) for row_id in ids])

    def values(self, run: Run, rows: Sequence[Any]) -> Reads[list[Any]]:
        """The rows as instances."""
        ids = self._parents.keys(rows, self._key)
        found = yield from self._rows.instances("id", _distinct(ids))
        return [found.get(row_id) for row_id in ids]


class PayloadRowsNode(_PayloadNode):
    """The rows whose ids are in the attribute, in that order."""

    @property
    def statements(self) -> int:
        """Number of statements that the rows take at most."""
        return max(self._rows.statements, self._rows.statements_for_several)

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field to the rows' objects."""
        lists = self._ids(run, rows)
        found = yield from self._rows.read_all(run, _distinct(row_id for ids in lists for row_id in ids))
        set_field(out, self.selected.name, [[found[row_id] for row_id in ids if row_id in found] for ids in lists])

    def values(self, run: Run, rows: Sequence[Any]) -> Reads[list[Any]]:
        """The rows as instances."""
        lists = self._ids(run, rows)
        found = yield from self._rows.instances("id", _distinct(row_id for ids in lists for row_id in ids))
        return [[found[row_id] for row_id in ids if row_id in found] for ids in lists]

    def _ids(self, run: Run, rows: Sequence[Any]) -> list[Sequence[int]]:
        return [ids or () for ids in self._parents.keys(rows, self._key)]


class PayloadChangesNode(PayloadRowsNode):
    """The first entries of the change log whose ids are in the attribute."""

    def __init__(
        self, planner: Planner, selected: SelectedField, parents: Parents, *, model: type[Base], key: str
    ) -> None:
        super().__init__(planner, selected, parents, model=model, key=key)
        self._first = planner.arguments(selected, _size)

    def _ids(self, run: Run, rows: Sequence[Any]) -> list[Sequence[int]]:
        first = self._first.of(run)
        return [ids[:first] for ids in super()._ids(run, rows)]


def _size(first: int | None = DEFAULT_PAGE) -> int:
    return checked_size("first", first)


def _distinct(ids: Any) -> list[int]:
    return list({row_id: None for row_id in ids if row_id is not None})
