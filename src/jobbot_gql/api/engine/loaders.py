"""DataLoaders of an operation: keys that are loaded in one tick are read by one statement."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Executable
from strawberry.dataloader import DataLoader

from jobbot_gql.api.engine.response_size import ResponseSize
from jobbot_gql.db.read.read_transaction import ReadSteps, TooMuchRead
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.db.sql.selects import Columns

T = TypeVar("T")
Batch = Callable[[list[Any]], Awaitable[Sequence[Any]]]


class Loaders:
    """The DataLoaders of one operation, on one snapshot."""

    def __init__(self, snapshot: Snapshot, size: ResponseSize) -> None:
        self.snapshot = snapshot
        self.size = size
        """Size of the operation's response so far."""
        self._batched: dict[Hashable, DataLoader[Any, Any]] = {}
        self._remembered: dict[Hashable, Any] = {}

    def batched(self, name: Hashable, batch: Batch) -> DataLoader[Any, Any]:
        """The loader `name`: all keys that are loaded in one tick go to `batch` together.

        `batch` returns one value for each key, in their order; an exception among them is raised for that key alone.
        It is only used when the name is new.
        """
        loader = self._batched.get(name)
        if loader is None:
            loader = self._batched[name] = DataLoader(load_fn=batch, cache=False)  # parents have no hash
        return loader

    def remembered(self, name: Hashable, make: Callable[[], T]) -> T:
        """The value of `make()` when the name was new."""
        if name not in self._remembered:
            self._remembered[name] = make()
        value: T = self._remembered[name]
        return value

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """All rows of a SELECT in the operation's snapshot; values that cannot be read are `UNREADABLE`."""
        rows = await self._within_limits(self.snapshot.rows(statement, parameters, marked=True))
        self.size.add_rows(rows)
        return rows

    async def run(self, steps: ReadSteps[T]) -> T:
        """Run work that reads rows to its end, and count the rows. Raises ResponseTooLarge and ReadError."""
        return await self._within_limits(self.snapshot.run(self._counted(steps)))

    def _counted(self, steps: ReadSteps[T]) -> ReadSteps[T]:
        try:
            read = next(steps)
            while True:
                rows = yield read
                self.size.add_rows(rows)
                read = steps.send(rows)
        except StopIteration as finished:
            result: T = finished.value
            return result

    async def _within_limits(self, reading: Awaitable[T]) -> T:
        try:
            return await reading
        except TooMuchRead:
            raise self.size.exceeded() from None


def instance(kind: type, columns: Columns, values: Iterable[Any]) -> Any:
    """An instance of a GraphQL type with the given columns only."""
    row: Any = object.__new__(kind)
    row.__dict__.update(zip(columns, values, strict=True))
    return row
