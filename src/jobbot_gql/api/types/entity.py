"""Maps a table to a GraphQL type: columns become fields, and everything else follows from the column.

    @entity(models.Job)
    class Job(Node):
        \"""A vacancy.\"""

        title = column(models.Job.title, "Title, as the employer wrote it.")
        applications = connection(models.Job.applications, "Applications to this job, newest first.")

An instance of such a type holds the columns that the operation selected, and no others.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any, TypeVar

import strawberry
from sqlalchemy import ColumnElement, CompoundSelect, Select
from sqlalchemy.orm import QueryableAttribute
from strawberry.types.field import StrawberryField

from jobbot_gql.api.strawberry_internals import definition_of_class
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.db.base import Base, Editable
from jobbot_gql.db.sql.column_types import Ratio, StringList, Vocabulary, shown_ratio
from jobbot_gql.db.sql.column_values import is_nullable
from jobbot_gql.db.sql.keyset import OrderTerm

T = TypeVar("T")

COLUMN = "jobbot_gql.column"
"""Key in a field's metadata: the mapped attribute that the field shows."""
NEEDS = "jobbot_gql.needs"
"""Key in a field's metadata: names of the columns that it needs."""
RELATED = "jobbot_gql.related"
"""Key in a field's metadata: the relationship that the field follows."""
VALUE = "jobbot_gql.value"
"""Key in a field's metadata: function from the one column that it needs to its value; None: the column's value."""
PLAN = "jobbot_gql.plan"
"""Key in a field's metadata: factory of its plan node; see `api/engine/planned_field.py`."""
WRITTEN = "jobbot_gql.written"
"""Key in a field's metadata: when clients may write the column, a `Written`."""


class Written(Enum):
    """When clients may write a column."""

    ALWAYS = "always"
    ONCE = "once"
    """When the row is created; later only actions change it, which have rules and record a history."""
    NEVER = "never"
    """It is derived from other rows."""


@strawberry.interface(description="An object with a global id, which `node(id:)` returns.")
class Node:
    """The Relay node interface; every entity implements it."""

    id: strawberry.ID = strawberry.field(description="Global id: opaque, unique across all types, never reused.")


@dataclass(frozen=True)
class Alias:
    """Finds a row by a normalized form (key) of the value of a unique column."""

    select: Callable[[Callable[[Any], ColumnElement[bool]]], Select[Any] | CompoundSelect[Any]]
    """Makes the SELECT of the rows that may have a key, as (value, id); its argument compares a column with the key."""
    key_of_found: Callable[[Any], str | None]
    """The key of a value that the statement returned."""
    key_of: Callable[[str], str | None]
    """The key of a given value; None if it has none."""
    description: str
    """Description of the column in the lookup's input."""


@dataclass(frozen=True, eq=False)
class Entity:
    """How one table appears in the API."""

    model: type[Base]
    type: type
    order: tuple[OrderTerm, ...]
    """The default order; always ends with the id."""
    unique: tuple[str, ...] = ()
    """Unique columns other than the id."""
    named_by: tuple[str, ...] = ()
    """Columns that identify a row if no other row has the same value."""
    aliases: Mapping[str, Alias] = field(default_factory=dict)
    """By unique column: how to find a row if none has exactly the given value."""
    columns: Mapping[str, QueryableAttribute[Any]] = field(default_factory=dict)
    """Every mapped column by its attribute's name, including those that are not fields."""

    @property
    def name(self) -> str:
        """The GraphQL type's name."""
        return self.type.__name__

    @cached_property
    def links(self) -> dict[str, str]:
        """The id and the foreign keys, with the name of the entity that each refers to."""
        entities = {mapper.local_table: mapper.class_.__name__ for mapper in Base.registry.mappers}
        keys = (
            (column.key, key.column.table) for column in self.model.__table__.columns for key in column.foreign_keys
        )
        return {"id": self.name, **{column: entities[table] for column, table in keys}}

    @cached_property
    def shown(self) -> dict[str, tuple[QueryableAttribute[Any], str]]:
        """The columns that are fields of the type: name -> (attribute, description)."""
        return {
            f.python_name: (f.metadata[COLUMN], f.description or "")
            for f in fields_of(self.type)
            if COLUMN in f.metadata
        }

    @cached_property
    def written(self) -> dict[str, Written]:
        """When clients may write the columns that are fields of the type."""
        return {f.python_name: f.metadata[WRITTEN] for f in fields_of(self.type) if COLUMN in f.metadata}

    @cached_property
    def related(self) -> dict[str, tuple[QueryableAttribute[Any], str]]:
        """The relationships that are fields of the type: name -> (relationship, description)."""
        return {
            f.python_name: (f.metadata[RELATED], f.description or "")
            for f in fields_of(self.type)
            if RELATED in f.metadata
        }


ENTITIES: dict[type[Base], Entity] = {}
"""Every entity by its model; `entity` registers them when the domains' schemas are imported."""
_NAMED: dict[str, Entity] = {}


def fields_of(kind: type) -> list[StrawberryField]:
    """The Strawberry fields of a type."""
    return list(definition_of_class(kind).fields)


def entity_of(model: type[Base]) -> Entity:
    """The entity of a model."""
    return ENTITIES[model]


def entity_named(name: str) -> Entity | None:
    """The entity whose GraphQL type has the given name."""
    return _NAMED.get(name)


def column(attribute: QueryableAttribute[Any], description: str, written: Written = Written.ALWAYS) -> Any:
    """A field that shows a column. Its type and nullability, and those of the input fields, are the column's."""
    metadata = {COLUMN: attribute, NEEDS: (attribute.key,), WRITTEN: written}
    if isinstance(attribute.type, Ratio):

        def ratio(self: Any) -> Any:
            return shown_ratio(self.__dict__[attribute.key])

        return strawberry.field(
            resolver=ratio, graphql_type=graphql_type(attribute), description=description, metadata=metadata
        )
    return StrawberryField(
        python_name=None,
        type_annotation=strawberry.annotation.StrawberryAnnotation(graphql_type(attribute)),
        description=description,
        metadata=metadata,
    )


def python_type(attribute: QueryableAttribute[Any]) -> type:
    """The Python type of a column's values without None; list[str] for string lists."""
    if isinstance(attribute.type, StringList):
        return list[str]
    kind: type = attribute.type.python_type
    return kind


def graphql_type(attribute: QueryableAttribute[Any]) -> Any:
    """The annotation of the field that shows a column: its Python type, optional where it may read as NULL.

    A list of strings is never null: NULL reads as an empty list.
    """
    kind: Any = python_type(attribute)
    if isinstance(kind, type) and issubclass(kind, Vocabulary):
        kind = graphql_enum(kind)
    return kind if isinstance(attribute.type, StringList) or not is_nullable(attribute) else kind | None


def entity(
    model: type[Base],
    *,
    order: Iterable[OrderTerm] = (),
    unique: Iterable[QueryableAttribute[Any]] = (),
    named_by: Iterable[QueryableAttribute[Any]] = (),
    aliases: Mapping[str, Alias] = MappingProxyType({}),
) -> Callable[[type[T]], type[T]]:
    """Make the decorated class the GraphQL type of a table.

    The class's docstring is the type's description. `order` is the default order of its lists, by
    default newest first; the id is added to make it total.
    """

    def decorate(cls: type[T]) -> type[T]:
        name = cls.__name__
        node_id = next(f for f in fields_of(Node) if f.python_name == "id")
        cls.id = strawberry.field(  # type: ignore[attr-defined]
            description=node_id.description,
            metadata={NEEDS: ("id",), VALUE: partial(global_ids.encode, name)},
        )
        cls.database_id = strawberry.field(  # type: ignore[attr-defined]
            description="Primary key in the database, for display and logs. Use `id` in programs.",
            metadata={NEEDS: ("id",), VALUE: None},
        )
        cls.__annotations__ = {"id": strawberry.ID, "database_id": int, **inspect.get_annotations(cls)}
        if issubclass(model, Editable):
            cls.version = column(  # type: ignore[attr-defined]
                model.version, "Version number, incremented by every edit. Send it back when updating.", Written.NEVER
            )
        kind = strawberry.type(cls, description=inspect.getdoc(cls))
        columns = {a.key: getattr(model, a.key) for a in model.__mapper__.column_attrs}
        terms = tuple(order)
        ENTITIES[model] = _NAMED[name] = Entity(
            model=model,
            type=kind,
            order=(*terms, OrderTerm("id", descending=terms[-1].descending if terms else True)),
            unique=tuple(attribute.key for attribute in unique),
            named_by=tuple(attribute.key for attribute in named_by),
            aliases=aliases,
            columns=columns,
        )
        return kind

    return decorate
