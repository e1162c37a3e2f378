"""Dataloaders: reads of one moment become one statement, and rows become instances of their GraphQL type."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Executable
from strawberry.dataloader import DataLoader

from jobbot_gql.api.engine.response_size import ResponseSize
from jobbot_gql.db.read.read_transaction import Read, TooMuchRead
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.db.sql.compiled_query import Row
from jobbot_gql.db.sql.selects import Columns, by_key

T = TypeVar("T")
Batch = Callable[[list[Any]], Awaitable[Sequence[Any]]]


class Loaders:
    """The loaders of one operation, on one snapshot: what one of its parts has read, another does not read again."""

    def __init__(self, snapshot: Snapshot, size: ResponseSize) -> None:
        self.snapshot = snapshot
        self.size = size
        """How large the operation's answer has become."""
        self._batched: dict[Hashable, DataLoader[Any, Any]] = {}
        self._remembered: dict[Hashable, Any] = {}

    def batched(self, name: Hashable, batch: Batch) -> DataLoader[Any, Any]:
        """The loader called `name`: all keys that are asked of it in one tick go to `batch` together.

        `batch` gets the distinct keys and gives one value for each, in their order. It is used when the name is new.
        """
        loader = self._batched.get(name)
        if loader is None:
            loader = self._batched[name] = _Loader(load_fn=batch)
        return loader

    def remembered(self, name: Hashable, make: Callable[[], T]) -> T:
        """What `make` gave when the name was new: work that is the same for every parent of a field is done once."""
        if name not in self._remembered:
            self._remembered[name] = make()
        value: T = self._remembered[name]
        return value

    async def one(self, kind: type, model: Any, key: str, value: Any, columns: Columns) -> Any:
        """The row of `model` whose column `key` has the value, as an instance of `kind`, or None."""

        async def load(values: list[Any]) -> Sequence[Any]:
            return await self.several(kind, model, key, values, columns)

        return await self.batched((kind, key, columns), load).load(value)

    async def several(self, kind: type, model: Any, key: str, values: Sequence[Any], columns: Columns) -> list[Any]:
        """What `one` gives for each of the values, where they are all known at once: a future for each takes long."""
        rows = await self.rows(by_key(model, key, columns), {"keys": list(values)}) if values else ()
        # Where the key is not unique after all, the oldest row stands for its value.
        found = {row[0]: instance(kind, columns, row[1:]) for row in reversed(rows)}
        return [found.get(value) for value in values]

    async def read(self, read: Read) -> Sequence[Row]:
        """All rows of a query, read in the operation's snapshot, as the driver gives them."""
        return await self._counted(self.snapshot.read(read))

    async def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
        """All rows of a SELECT, read in the operation's snapshot; `UNREADABLE` stands for values that are not."""
        return await self._counted(self.snapshot.rows(statement, parameters, marked=True))

    async def _counted(self, reading: Awaitable[Sequence[Any]]) -> Sequence[Any]:
        try:
            rows = await reading
        except TooMuchRead:
            raise self.size.exceeded() from None
        self.size.add_rows(rows)
        return rows


class _Loader(DataLoader[Any, Any]):
    """A loader whose values outlive whoever asks first.

    graphql-core cancels what is pending beside an error, and with a plain loader that would cancel the value for
    everybody else who waits for it.
    """

    def load(self, key: Any) -> Awaitable[Any]:
        value = asyncio.ensure_future(super().load(key))
        value.add_done_callback(_seen)
        return asyncio.shield(value)


def _seen(value: asyncio.Future[Any]) -> None:
    """A failure that nobody waits for any more is not worth a line in the log."""
    if not value.cancelled():
        value.exception()


def instance(kind: type, columns: Columns, values: Iterable[Any]) -> Any:
    """An instance of a GraphQL type that holds the given columns and nothing else."""
    row: Any = object.__new__(kind)
    row.__dict__.update(zip(columns, values, strict=True))
    return row
