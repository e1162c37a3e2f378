"""Root fields that are computed before their plan runs: a function returns the value, and a level shows it.

Such a function may do what a plan node cannot: write, use a thread, decide what to read next.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Dialect, Executable

from jobbot_gql.access.clients import Client
from jobbot_gql.api.engine.levels import Shape
from jobbot_gql.api.engine.parents import Layout, Parents
from jobbot_gql.api.engine.plan_node import PlanNode, Reads, set_field
from jobbot_gql.api.engine.planner import Planner
from jobbot_gql.api.engine.row_codegen import Incomplete
from jobbot_gql.api.engine.selected_field import Arguments, Outcome, Run, SelectedField
from jobbot_gql.api.types.entity import Entity
from jobbot_gql.api.types.errors import ResponseTooLarge
from jobbot_gql.db.read.snapshot import ReadError, Snapshot
from jobbot_gql.db.sql.selects import Columns
from jobbot_gql.settings import Settings

if TYPE_CHECKING:
    from jobbot_gql.api.engine.context import Context


T = TypeVar("T")

MAX_KEPT = 4
"""Number of values that are kept for a field of a plan."""


class RootNode(PlanNode):
    """A root field that is computed by `prepare`, once for each execution, and shown by `run`."""

    def __init__(self, planner: Planner, selected: SelectedField) -> None:
        self.selected = selected
        self._shape = Shape(planner, selected)
        self._arguments: Arguments[dict[str, Any]] = planner.arguments(selected, dict)

    @property
    def statements(self) -> int:
        """Maximum number of statements for showing the value."""
        return self._shape.statements

    @abstractmethod
    async def prepare(self, context: "Context", run: Run) -> None:
        """Compute the field and store its outcome, which may be an error. Invalid arguments have no outcome."""

    def run(self, run: Run, rows: Sequence[Any], out: Sequence[dict[str, Any]]) -> Reads[None]:
        """Set the field to its shown outcome. Raises the outcome's error."""
        outcome = run.outcomes.get(self.selected.identity)
        if outcome is None:
            raise Incomplete
        set_field(out, self.selected.name, (yield from self._shape.objects(run, [outcome.result()])))


class Reader:
    """Access to the operation's snapshot and to the client's selection, for the function of a root field."""

    def __init__(self, planner: Planner, selected: SelectedField, run: Run, client: Client) -> None:
        self._planner = planner
        self._selected = selected
        self._run = run
        self.client = client
        """The sender of the operation."""

    @property
    def dialect(self) -> Dialect:
        """The SQL dialect of the driver."""
        return self._planner.dialect

    @property
    def settings(self) -> Settings:
        """The settings of the server."""
        return self._planner.settings

    @property
    def snapshot(self) -> Snapshot:
        """The operation's snapshot."""
        return self._run.loaders.snapshot

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """All rows of a SELECT; values that cannot be read are `UNREADABLE`."""
        return await self._run.loaders.rows(statement, parameters)

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returned for the key when the operation was last executed."""
        kept = self._planner.kept.setdefault(self._selected.identity, {})
        if key not in kept:
            if len(kept) == MAX_KEPT:
                kept.clear()
            kept[key] = make()
        value: T = kept[key]
        return value

    async def run(self, steps: Reads[T]) -> T:
        """Run work that reads rows."""
        return await self._run.loaders.run(steps)

    def layout(self, entity: Entity, *paths: Sequence[str], offset: int = 0) -> Layout:
        """The layout of rows with the columns that are needed of an entity's instances which any path leads to."""
        layout = self._planner.layout(entity, offset)
        for path in paths:
            layout.need(self.columns(entity, *path))
        return layout

    def columns(self, entity: Entity, *path: str) -> Columns:
        """The columns that are needed of an entity's instances at a path of fields."""
        return self._planner.columns(self._selected, entity, path)

    def selects(self, *path: str) -> bool:
        """Whether the client selects the field at a path."""
        return bool(self._planner.selected_at(self._selected, path))


class QueryNode(RootNode):
    """A root query field that an asynchronous function computes."""

    def __init__(
        self, planner: Planner, selected: SelectedField, parents: Parents, *, function: Callable[..., Awaitable[Any]]
    ) -> None:
        super().__init__(planner, selected)
        self._planner = planner
        self._function = function

    async def prepare(self, context: "Context", run: Run) -> None:
        """Compute the field. Raises ReadError and ResponseTooLarge."""
        try:
            arguments = self._arguments.of(run)
        except Exception:  # graphql-core reports what is wrong with them
            return
        reader = Reader(self._planner, self.selected, run, context.client)
        try:
            outcome = Outcome(await self._value(context, reader, arguments))
        except (ReadError, ResponseTooLarge):
            raise
        except Exception as error:
            outcome = Outcome(error=error)
        run.outcomes[self.selected.identity] = outcome

    async def _value(self, context: "Context", reader: Reader, arguments: Mapping[str, Any]) -> Any:
        return await self._function(reader, **arguments)
