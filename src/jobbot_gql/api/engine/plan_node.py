"""Plan nodes: each executes one field, or several that need the same rows, for all objects of a level at once."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from typing import Any, TypeVar

from jobbot_gql.api.engine.selected_field import Run, SelectedField
from jobbot_gql.db.read.read_transaction import Read
from jobbot_gql.db.sql.compiled_query import KeyedQuery, Row
from jobbot_gql.db.sql.lateral_tree import Branch

T = TypeVar("T")
Reads = Generator[Read, Sequence[Row], T]
"""Work that reads rows: it yields queries, is sent their rows, and returns a T; see `ReadSteps`."""


class Unplanned(Exception):
    """The plan does not cover a field, so graphql-core executes the operation."""


class PlanNode(ABC):
    """A field for all objects of a level on the fast path.

    Its parents are the rows or the Python objects of their level (see `parents.py`).
    """

    selected: SelectedField
    """The field; the first one if the node executes several."""
    is_fixed = False
    """Whether its statements never change, so that `branches` can be read in the parents' statement."""

    @property
    def statements(self) -> int:
        """Maximum number of statements, all levels below included."""
        return 0

    @property
    def statements_apart(self) -> int:
        """Maximum number of statements if its `branches` are read in the parents' statement."""
        return self.statements

    @property
    def statements_for_several(self) -> int:
        """Maximum number of statements for any number of parents; `statements` is for a single one."""
        return self.statements

    def branches(self, run: Run) -> list[Branch]:
        """Branches that can be read in the parents' statement, if it `is_fixed`."""
        return []

    @abstractmethod
    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field in each object of the response, whose parent is at the same index of `rows`."""


class BatchedNode(PlanNode):
    """A field that the fallback, too, reads for several parents at once, through a DataLoader."""

    @abstractmethod
    def values(self, run: Run, rows: Sequence[Any]) -> Reads[list[Any]]:
        """The value of each parent's field for graphql-core to complete: a Python value, or an exception."""


def fed(steps: Reads[T], read: Mapping[KeyedQuery, Sequence[Row]]) -> Reads[T]:
    """The same work, with rows that were read already; it yields only the other queries."""
    try:
        query, keys = next(steps)
        while True:
            rows = read.get(query)  # type: ignore[arg-type] # queries without keys are not among them
            query, keys = steps.send((yield query, keys) if rows is None else rows)
    except StopIteration as finished:
        result: T = finished.value
        return result


def set_field(objects: Sequence[dict[str, Any]], name: str, values: Sequence[Any]) -> None:
    """Set a field of each object."""
    for one, value in zip(objects, values, strict=True):
        one[name] = value
