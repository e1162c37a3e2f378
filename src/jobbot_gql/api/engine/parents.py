"""The parents of a level's fields: rows of an entity, or Python objects."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Dialect

from jobbot_gql.api.engine.loaders import instance
from jobbot_gql.api.types.entity import Entity
from jobbot_gql.db.sql.compiled_query import Row, decoder, tolerant
from jobbot_gql.db.sql.selects import Columns


class Layout:
    """The columns of an entity's rows that a statement reads, in order, after `offset` other values."""

    def __init__(self, entity: Entity, dialect: Dialect | None, offset: int = 0) -> None:
        """`dialect` is that of the driver whose values the rows hold; None for Python values."""
        self.entity = entity
        self.dialect = dialect
        self.offset = offset
        self.shared: dict[Any, Any] = {}
        """Plan nodes that several fields of the level share, by what these have in common."""
        self._needed = {"id"}
        self._makers: dict[Columns, Callable[[Sequence[Row]], list[Any]]] = {}

    def need(self, columns: Iterable[str]) -> None:
        """Read these columns too. Only during planning."""
        self._needed.update(columns)

    @cached_property
    def columns(self) -> Columns:
        """The names of the columns."""
        return tuple(name for name in self.entity.columns if name in self._needed)

    def index(self, column: str) -> int:
        """The index of the column's value in a row."""
        return self.offset + self.columns.index(column)

    def keys(self, rows: Sequence[Row], column: str) -> list[Any]:
        """The column's value in each row."""
        index = self.index(column)
        return [row[index] for row in rows]

    def instances(self, rows: Sequence[Row], columns: Columns | None = None) -> list[Any]:
        """The rows as instances of the entity's GraphQL type with these columns; by default all of the layout."""
        columns = self.columns if columns is None else columns
        make = self._makers.get(columns)
        if make is None:
            make = self._makers[columns] = self._maker(columns)
        return make(rows)

    def _maker(self, columns: Columns) -> Callable[[Sequence[Row]], list[Any]]:
        cells = [(self.index(name), self._decoder(name)) for name in columns]
        kind = self.entity.type

        def make(rows: Sequence[Row]) -> list[Any]:
            return [
                instance(kind, columns, [row[at] if decode is None else decode(row[at]) for at, decode in cells])
                for row in rows
            ]

        return make

    def _decoder(self, column: str) -> Callable[[Any], Any] | None:
        decode = decoder(self.entity.columns[column].type, self.dialect) if self.dialect else None
        return tolerant(decode) if decode else None

    def rows_of(self, instances: Iterable[Any]) -> list[Row]:
        """Instances as rows of Python values. Raises KeyError if a column is missing."""
        unused = [None] * self.offset
        return [[*unused, *(vars(one)[name] for name in self.columns)] for one in instances]


class Objects:
    """Python objects, such as payloads; columns are attributes."""

    def __init__(self) -> None:
        self.shared: dict[Any, Any] = {}
        """See `Layout.shared`."""

    def need(self, columns: Iterable[str]) -> None:
        """Do nothing: objects already have their attributes."""

    def keys(self, rows: Sequence[Any], column: str) -> list[Any]:
        """The attribute of each object; None if it is missing."""
        # Not `getattr`, which would find the class's field of the same name if the object has no value.
        return [vars(one).get(column) for one in rows]

    def instances(self, rows: Sequence[Any], columns: Columns | None = None) -> list[Any]:
        """The objects."""
        return list(rows)


Parents = Layout | Objects
