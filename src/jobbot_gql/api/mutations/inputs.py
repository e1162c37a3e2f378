"""Fields of inputs, their checks, and reading a given input.

Type, description, length, range and nullability of a field follow from its column. They are checked here and not by the
database, so that SQLite, which stores any text, behaves like PostgreSQL. Characters that a database cannot store are
rejected before.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, cast

import strawberry
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.fields.filters import input_type
from jobbot_gql.api.strawberry_internals import InputContext, converted_input, definition_of_class, to_camel_case
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.annotations import list_of, maybe
from jobbot_gql.api.types.entity import Entity, Written, entity_of, python_type
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_types import Range, Vocabulary
from jobbot_gql.db.sql.column_values import column_of, is_nullable
from jobbot_gql.db.sql.selects import foreign_key_to_one
from jobbot_gql.db.write.idempotency import MAX_KEY, RETENTION
from jobbot_gql.writing.rules import (
    InvalidId,
    OutOfRange,
    Required,
    RuleViolation,
    RuleViolations,
    TooLong,
    TooMany,
    WrongType,
    prefixed,
)

Check = Callable[[Any], Any]
"""Returns the value to use for a given value that is not null. Raises RuleViolation with a path from the value."""


@dataclass(frozen=True)
class InputField:
    """One field of an input."""

    name: str
    """In Python; in camel case in the API."""
    annotation: Any
    """The GraphQL type without its nullability."""
    description: str
    check: Check = lambda value: value
    required: bool = False
    nullable: bool = True
    """Whether null is a value. If not, null counts as omitted, because generated clients send it."""
    default: Any = strawberry.UNSET
    """The value if it is omitted; without a default, an omitted field is missing in the values."""
    deprecated: str | None = None
    """Why the field is deprecated, and what to use instead."""
    is_object: bool = False
    """Whether Strawberry makes an object of the value, as of a filter."""

    @property
    def has_default(self) -> bool:
        """Whether there is a default."""
        return self.default is not strawberry.UNSET

    @cached_property
    def word(self) -> str:
        """The name in the API."""
        return to_camel_case(self.name)


def text(value: str, limit: int | None = None, *, blank: bool = True) -> str:
    """The check of a string. `limit` is in characters; `blank` is whether it may be empty or white space."""
    if not (blank or value.strip()):
        raise Required("must not be blank.")
    if limit is not None and len(value) > limit:
        raise TooLong(f"must have at most {limit:,} characters; got {len(value):,}.")
    return value


def column_field(
    attribute: QueryableAttribute[Any],
    description: str = "",
    *,
    name: str = "",
    required: bool = False,
    nullable: bool | None = None,
) -> InputField:
    """The field of a column, by default with the description of the column's field."""
    kind: Any = python_type(attribute)
    return InputField(
        name or attribute.key,
        list_of(str) if kind == list[str] else graphql_enum(kind) if issubclass(kind, Vocabulary) else kind,
        description or entity_of(cast("type[Base]", attribute.class_)).shown[attribute.key][1],
        _column_check(attribute, kind),
        required=required,
        nullable=bool(column_of(attribute).nullable) if nullable is None else nullable,
    )


def _column_check(attribute: QueryableAttribute[Any], kind: Any) -> Check:
    column = column_of(attribute)
    limit: int | None = getattr(column.type, "length", None)
    allowed: Range | None = column.info.get("range")

    def check(value: Any) -> Any:
        if isinstance(value, Vocabulary):
            return value
        if isinstance(value, str):
            return text(value, limit, blank=bool(column.nullable))
        if allowed is not None and value not in allowed:
            raise OutOfRange(f"must be {allowed}; got {value}.")
        return value

    return check


def decoded_id(value: str) -> tuple[str, int]:
    """Entity name and row id of a global id. Raises InvalidId."""
    try:
        return global_ids.decode(value)
    except BadRequest:
        raise InvalidId(f"must be a global id; got {shown(value)}. Use an `id` from an earlier answer.") from None


def id_field(name: str, model: type[Base], description: str, *, required: bool = True, nullable: bool = False) -> Any:
    """A field for the global id of a row; its value is the row id."""

    def check(value: str) -> int:
        found, row_id = decoded_id(value)
        if found != model.__name__:
            raise WrongType(f"must be an id of type {model.__name__}; got one of type {found}: {shown(value)}.")
        return row_id

    return InputField(name, strawberry.ID, description, check, required=required, nullable=nullable)


def ids_field(name: str, one: Check, limit: int, description: str, *, required: bool = False) -> InputField:
    """A field for global ids; `one` checks each of them, such as the check of an `id_field`."""

    def check(values: list[str]) -> list[Any]:
        if len(values) > limit:
            raise TooMany(f"must have at most {limit:,} ids; got {len(values):,}.")
        found, violations = [], []
        for index, value in enumerate(values):
            try:
                found.append(one(value))
            except RuleViolation as violation:
                violations.append(prefixed((str(index),), violation))
        if violations:
            raise RuleViolations(violations)
        return found

    return InputField(name, list_of(strawberry.ID), description, check, required=required, nullable=False)


def row_or_new_field(
    name: str, type_name: str, model: type[Base], new: tuple[Any, Sequence[InputField]], description: str
) -> InputField:
    """A field for an existing row or the values of a new one; its value is `{"id": …}` or `{"create": …}`.

    `new` is the input type of a new row, and its fields.
    """
    words = model.__name__.lower()
    which = id_field("id", model, f"An existing {words}.")
    item, fields = new
    made = input_type(
        type_name,
        f"An existing {words} or a new one: exactly one field.",
        {"id": (maybe(strawberry.ID), which.description), "create": (maybe(item), f"A new {words}.")},
        one_of=True,
    )
    definition_of_class(made).from_input = lambda kind, given, context: given

    def check(value: Mapping[str, Any]) -> dict[str, Any]:
        (word,) = value
        given, violations = read([which], value) if word == "id" else read(fields, value[word])
        if violations:
            raise RuleViolations(one if word == "id" else prefixed((word,), one) for one in violations)
        return given if word == "id" else {word: given}

    return InputField(name, made, description, check, nullable=False)


def text_field(name: str, description: str, *, limit: int | None = None, blank: bool = True) -> InputField:
    """A field for a string that is not a column; `blank` is whether it may be empty or white space."""
    return InputField(name, str, description, lambda value: text(value, limit, blank=blank), nullable=False)


def time_field(name: str, description: str) -> InputField:
    """A field for a time that is not a column."""
    return InputField(name, datetime, description, nullable=False)


def list_field(name: str, item: Any, fields: Sequence[InputField], limit: int, description: str) -> InputField:
    """A field for a list of inputs; its value is a list of the values of each.

    `item` is the type of one, with these `fields`.
    """

    def check(values: list[Any]) -> list[dict[str, Any]]:
        if len(values) > limit:
            raise TooMany(f"must have at most {limit:,} items; got {len(values):,}.")
        items, violations = [], []
        for index, value in enumerate(values):
            given, wrong = read(fields, value)
            items.append(given)
            violations += [prefixed((str(index),), violation) for violation in wrong]
        if violations:
            raise RuleViolations(violations)
        return items

    return InputField(name, list_of(item), description, check, nullable=False)


def make_input(name: str, description: str, fields: Sequence[InputField]) -> Any:
    """The GraphQL input type of these fields. Its value is a mapping, for `read`."""
    made = input_type(
        name,
        description,
        {
            field.word: (
                field.annotation if field.required or field.has_default else field.annotation | None,
                field.description,
            )
            for field in fields
        },
        defaults={field.word: field.default for field in fields if field.has_default},
        deprecated={field.word: field.deprecated for field in fields if field.deprecated},
    )
    objects = {field.word: field.annotation for field in fields if field.is_object}

    def as_mapping(kind: type, given: Mapping[str, Any], context: InputContext) -> Mapping[str, Any]:
        made_of = {word: converted_input(objects[word], given[word], context) for word in objects.keys() & given.keys()}
        return {**given, **made_of}

    # Strawberry would make an object with all the fields, in which omitted ones look like null.
    definition_of_class(made).from_input = as_mapping
    return made


def read(fields: Sequence[InputField], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[RuleViolation]]:
    """The values of a given input, by the fields' Python names, and its rule violations.

    Omitted fields are missing in the values.
    """
    values: dict[str, Any] = {}
    violations: list[RuleViolation] = []
    for field in fields:
        value = given.get(field.word)
        if value is None:
            if field.nullable and field.word in given:
                values[field.name] = None
            continue
        try:
            values[field.name] = field.check(value)
        except RuleViolation as violation:
            violations.append(prefixed((field.name,), violation))
        except RuleViolations as several:
            violations += [prefixed((field.name,), violation) for violation in several.violations]
    return values, violations


@lru_cache
def foreign_keys(entity: Entity) -> dict[str, tuple[QueryableAttribute[Any], type[Base], str]]:
    """The foreign keys that an entity shows: column name -> (its attribute, the target's model, description)."""
    found = {}
    for relationship, description in entity.related.values():
        if relationship.property.uselist or relationship.property.viewonly:
            continue
        name = str(foreign_key_to_one(relationship).key)
        found[name] = (entity.columns[name], relationship.property.mapper.class_, description)
    return found


def create_fields(entity: Entity) -> list[InputField]:
    """The fields of an input that creates a row: required if the column is NOT NULL and has no default."""
    fields = [
        id_field(name, target, description, required=not is_nullable(attribute), nullable=is_nullable(attribute))
        for name, (attribute, target, description) in foreign_keys(entity).items()
    ]
    for name, (attribute, _) in entity.shown.items():
        if entity.written[name] is Written.NEVER:
            continue
        column = column_of(attribute)
        optional = column.nullable or column.default is not None or column.server_default is not None
        # A column that actions change always has a value.
        nullable = column.nullable and entity.written[name] is Written.ALWAYS
        fields.append(column_field(attribute, required=not optional, nullable=nullable))
    return fields


def update_fields(entity: Entity) -> list[InputField]:
    """The fields of an input that updates a row: omitted ones keep their value."""
    return [
        replace(field, required=False)
        for field in create_fields(entity)
        if entity.written.get(field.name, Written.ALWAYS) is Written.ALWAYS
    ]


VERSION = InputField(
    "version",
    int,
    "Version on which the edit is based. The mutation fails if the row has changed since.",
    required=True,
)
VERSION_IF_IT_MATTERS = InputField(
    "version",
    int,
    "Expected version. The mutation fails if the row has changed since. Omit to skip the check.",
    nullable=False,
)
OCCURRED_AT = time_field("occurred_at", "When it happened; must not be in the future. Default: now.")
NOTE = text_field("note", "Note to keep in the history.")
IDEMPOTENCY_KEY = text_field(
    "idempotency_key",
    "Idempotency key: any string unique to this request. A repeat within"
    f" {RETENTION.days} days returns the first result.",
    limit=MAX_KEY,
    blank=False,
)
ATOMIC = InputField("atomic", bool, "Whether one rejected item rejects all of them. Default: true.", default=True)
