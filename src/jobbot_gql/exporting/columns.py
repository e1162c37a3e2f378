"""Columns of an export: paths such as `title` or `job.company`, and the values that they give."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from functools import cached_property, partial
from math import isfinite
from typing import Any, NamedTuple

from sqlalchemy import Dialect
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.entity import Entity, entity_of, python_type
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.sql.compiled_query import UNREADABLE, decoder
from jobbot_gql.db.sql.selects import foreign_key_to_one, target_key_of

MAX_COLUMNS = 200
MAX_LINKS = 5
"""Number of to-one relations that a path may follow."""

Cell = str | int | float | bool | list[str] | None
"""A value as the API shows it: times and dates as in ISO 8601, enum values by their names."""
Path = tuple[str, ...]


class Link(NamedTuple):
    """A to-one relation of an entity."""

    target: Entity
    key: str
    """The column that holds the related row's key."""
    target_key: str
    """The related row's column with that key, usually `id`."""


@dataclass(frozen=True)
class ExportColumn:
    """One column of an export."""

    name: str
    """The path with dots, which is the column's name in the file."""
    links: Path
    """The relations that the path follows."""
    attribute: QueryableAttribute[Any]
    """The column that it shows."""
    id_of: str | None
    """Name of the type whose global ids are shown, for a column `id`."""

    def reader(self, dialect: Dialect) -> Callable[[Any], Any]:
        """A function from a driver's value to a Cell, or to UNREADABLE if the column's type cannot read it."""
        decode = decoder(self.attribute.type, dialect)
        represent = _representation(self)

        def read(value: Any) -> Any:
            try:
                decoded = value if decode is None else decode(value)
                return represent(decoded)
            except Exception:  # any exception of a column type
                return UNREADABLE

        return read


class Columns:
    """The columns of an export in their order, and what has to be read for them.

    Raises BadRequest if a name is unknown or given twice.
    """

    def __init__(self, entity: Entity, names: Sequence[str] | None = None) -> None:
        """Without names: `id`, `databaseId`, every column of the entity, and the ids of related rows."""
        self.entity = entity
        if names is not None and len(names) > MAX_COLUMNS:
            raise BadRequest(f"columns must have at most {MAX_COLUMNS} names; got {len(names)}.")
        self.columns = [self._column(name) for name in names or default_names(entity)]
        twice = [name for name in self.names if self.names.count(name) > 1]
        if twice:
            raise BadRequest(f"columns: {shown(twice[0])} is given twice. Name each column once.")

    @property
    def names(self) -> list[str]:
        """The columns' names."""
        return [column.name for column in self.columns]

    @cached_property
    def links(self) -> dict[Path, Link]:
        """The relations to follow by their paths, each after the relation that leads to it."""
        paths = {column.links[:end] for column in self.columns for end in range(1, len(column.links) + 1)}
        return {
            path: _link(self._entity(path[:-1]), path[-1]) for path in sorted(paths, key=lambda one: (len(one), one))
        }

    def needed(self, path: Path) -> tuple[str, ...]:
        """The columns to read of the rows at a path, `()` being the exported rows."""
        shown_here = [column.attribute.key for column in self.columns if column.links == path]
        keys = [link.key for way, link in self.links.items() if way[:-1] == path]
        return tuple(dict.fromkeys(("id", *shown_here, *keys)))

    def _entity(self, path: Path) -> Entity:
        entity = self.entity
        for name in path:
            entity = _link(entity, name).target
        return entity

    def _column(self, name: str) -> ExportColumn:
        *links, last = name.split(".")
        if len(links) > MAX_LINKS:
            raise BadRequest(f"columns: {shown(name)} follows {len(links)} relations; at most {MAX_LINKS} are allowed.")
        entity = self.entity
        for link in links:
            entity = _link(entity, link, within=name).target
        if last in ("id", "databaseId"):
            id_of = entity.name if last == "id" else None
            return ExportColumn(name, tuple(links), entity.columns["id"], id_of)
        found = _shown(entity).get(last)
        if found is None:
            raise BadRequest(_unknown(name, last, entity))
        return ExportColumn(name, tuple(links), found, None)


def default_names(entity: Entity) -> list[str]:
    """The columns of an export if none are named: all of the entity, and the ids of the rows that it refers to."""
    links = [name for name, link in _links(entity) if link.target_key == "id"]
    return ["id", "databaseId", *_shown(entity), *(f"{name}.id" for name in links)]


def _shown(entity: Entity) -> dict[str, QueryableAttribute[Any]]:
    return {to_camel_case(name): attribute for name, (attribute, _) in entity.shown.items()}


def _links(entity: Entity) -> Iterator[tuple[str, Link]]:
    for name, (relationship, _) in entity.related.items():
        if not relationship.property.uselist:
            model: Any = entity.model
            key = model.__mapper__.get_property_by_column(foreign_key_to_one(relationship)).key
            yield (
                to_camel_case(name),
                Link(entity_of(relationship.property.mapper.class_), key, target_key_of(relationship)),
            )


def _link(entity: Entity, name: str, *, within: str = "") -> Link:
    links = dict(_links(entity))
    if name in links:
        return links[name]
    follows = f"columns: {shown(within)} follows {name} of {entity.name}, which"
    if name in _shown(entity):
        raise BadRequest(f"{follows} is a column and no relation. Name the column itself.")
    if name in {to_camel_case(one) for one in entity.related}:
        raise BadRequest(f"{follows} leads to many rows. Export those rows instead.")
    raise BadRequest(_unknown(within, name, entity))


def _unknown(path: str, name: str, entity: Entity) -> str:
    known = ["id", "databaseId", *_shown(entity), *(link for link, _ in _links(entity))]
    near = get_close_matches(name, known, n=1)
    where = "" if path == name else f" in {shown(path)}"
    return (
        f"columns: unknown column {shown(name)} of {entity.name}{where}.{f' Did you mean {near[0]}?' if near else ''}"
    )


def _representation(column: ExportColumn) -> Callable[[Any], Cell]:
    if column.id_of is not None:
        return partial(global_ids.encode, column.id_of)
    kind = python_type(column.attribute)
    if kind == list[str]:
        return lambda value: value or []
    if issubclass(kind, Vocabulary):
        return lambda value: value and value.name
    if issubclass(kind, datetime | date):
        return lambda value: None if value is None else value.isoformat()
    return partial(_checked, kind)


def _checked(kind: type, value: Any) -> Any:
    if value is None or (type(value) is kind and kind is not float):
        return value
    if kind is float and isinstance(value, int | float) and isfinite(value):
        return float(value)
    raise TypeError(kind)


def cells_of(
    columns: Columns, found: Mapping[Path, Sequence[Any]], dialect: Dialect
) -> tuple[list[tuple[Cell, ...]], int]:
    """The cells of one page, and how many of them are null because their stored values cannot be read.

    `found` has the rows at each path, in the order of the exported rows; None where there is no related row.
    """
    shown_columns: list[list[Cell]] = []
    unreadable = 0
    for column in columns.columns:
        read = column.reader(dialect)
        place = columns.needed(column.links).index(column.attribute.key)
        cells = [None if row is None else read(row[place]) for row in found[column.links]]
        if UNREADABLE in cells:
            unreadable += cells.count(UNREADABLE)
            cells = [None if cell is UNREADABLE else cell for cell in cells]
        shown_columns.append(cells)
    return list(zip(*shown_columns, strict=True)), unreadable
