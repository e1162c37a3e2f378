"""Filter inputs made from an entity's columns and relationships, and their translation to SQL conditions."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import MISSING
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import strawberry
from sqlalchemy import ColumnElement, String, and_, bindparam, cast, exists, false, not_, or_, true
from sqlalchemy.orm import QueryableAttribute, aliased

from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.annotations import list_of, maybe
from jobbot_gql.api.types.entity import Entity, entity_of, python_type
from jobbot_gql.api.types.enums import graphql_enum
from jobbot_gql.api.types.errors import BadRequest
from jobbot_gql.api.types.lazy_types import Later, made_once
from jobbot_gql.db.sql.column_types import Vocabulary
from jobbot_gql.db.sql.column_values import column_of, null_default
from jobbot_gql.db.sql.selects import target_key_of
from jobbot_gql.db.sql.text_lists import has_text, holds_texts, spellings
from jobbot_gql.db.sql.text_match import contains, ends_with, starts_with

MAX_DEPTH = 5
"""Maximum nesting of relationships, `and`, `or` and `not` in a filter."""
MAX_TERMS = 50
"""Maximum number of conditions of a filter."""
MAX_VALUES = 1_000
"""Maximum number of values of `in` and `notIn`."""


class Operator(NamedTuple):
    """One comparison: its SQL, its description, and the type of its operand if it differs from the column's.

    `holds` is the comparison in Python, for columns that may have a default.
    """

    sql: Callable[[QueryableAttribute[Any], Any], ColumnElement[bool]]
    description: str
    operand: Any = None
    holds: Callable[[Any, Any], bool] | None = None


def _days_from_now(column: QueryableAttribute[Any], days: int, direction: int = 1) -> ColumnElement[Any]:
    if not 0 <= days <= 36_500:
        raise BadRequest(f"withinLastDays, withinNextDays and olderThanDays must be 0 to 36500 days; got {days}.")

    def limit() -> datetime | date:
        moment = datetime.now(UTC) + direction * timedelta(days=days)
        return moment if python_type(column) is datetime else moment.date()

    # Computed when the statement is executed, because statements are cached.
    return bindparam(None, callable_=limit, type_=column.type)


def _has_element(column: QueryableAttribute[Any], value: str) -> ColumnElement[bool]:
    # The first condition can use an index; the second one respects the boundaries of elements.
    stored = cast(column, String)
    return and_(or_(*(contains(stored, text) for text in spellings(value))), has_text(column, value))


def _is_empty(column: QueryableAttribute[Any], expected: bool) -> ColumnElement[bool]:
    return _fails(holds_texts(column)) if expected else holds_texts(column)


def _fails(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """True if the condition is false, or NULL because it compares a NULL: filters have no third truth value."""
    return condition.is_not(true())


EQUALITY = {
    "eq": Operator(operator.eq, "Equal to this value.", holds=operator.eq),
    "ne": Operator(
        lambda column, value: or_(column != value, column.is_(None)), "Not equal; null matches.", holds=operator.ne
    ),
}
MEMBERSHIP = {
    "in": Operator(
        lambda column, values: column.in_(values),
        "Equal to one of these values.",
        list,
        holds=lambda value, values: value in values,
    ),
    "notIn": Operator(
        lambda column, values: or_(column.not_in(values), column.is_(None)),
        "Equal to none of these values; null matches.",
        list,
        holds=lambda value, values: value not in values,
    ),
}
NULLNESS = {
    "isNull": Operator(
        lambda column, is_null: column.is_(None) if is_null else column.is_not(None),
        "Whether the value is null.",
        bool,
        holds=lambda value, is_null: (value is None) is is_null,
    )
}
RANGE = {
    "lt": Operator(operator.lt, "Less than this value.", holds=operator.lt),
    "lte": Operator(operator.le, "Less than or equal to this value.", holds=operator.le),
    "gt": Operator(operator.gt, "Greater than this value.", holds=operator.gt),
    "gte": Operator(operator.ge, "Greater than or equal to this value.", holds=operator.ge),
}
TEXT = {
    "contains": Operator(contains, "Contains this string, case-insensitive; no wildcards."),
    "startsWith": Operator(starts_with, "Starts with this string, case-insensitive."),
    "endsWith": Operator(ends_with, "Ends with this string, case-insensitive."),
}
AGE = {
    "withinLastDays": Operator(
        lambda column, days: column.between(_days_from_now(column, days, -1), _days_from_now(column, 0)),
        "Within the last N days, up to now; of dates, up to today in UTC.",
        int,
    ),
    "withinNextDays": Operator(
        lambda column, days: column.between(_days_from_now(column, 0), _days_from_now(column, days)),
        "Within the next N days, from now; of dates, from today in UTC.",
        int,
    ),
    "olderThanDays": Operator(
        lambda column, days: column < _days_from_now(column, days, -1), "More than N days ago.", int
    ),
}
ELEMENTS = {
    "has": Operator(_has_element, "Contains this string as an element, case-insensitive.", str),
    "isEmpty": Operator(_is_empty, "Whether the list is empty.", bool),
}

OPERATORS: Mapping[Any, tuple[str, Mapping[str, Operator]]] = {
    str: ("Conditions on a string.", {**EQUALITY, **MEMBERSHIP, **NULLNESS, **TEXT}),
    int: ("Conditions on an integer.", {**EQUALITY, **MEMBERSHIP, **NULLNESS, **RANGE}),
    float: ("Conditions on a number.", {**EQUALITY, **MEMBERSHIP, **NULLNESS, **RANGE}),
    bool: ("Conditions on a boolean.", {**EQUALITY, **NULLNESS}),
    date: ("Conditions on a date.", {**EQUALITY, **MEMBERSHIP, **NULLNESS, **RANGE, **AGE}),
    datetime: ("Conditions on a time.", {**EQUALITY, **MEMBERSHIP, **NULLNESS, **RANGE, **AGE}),
    list[str]: ("Conditions on a list of strings.", ELEMENTS),
    strawberry.ID: ("Conditions on a global id.", {**EQUALITY, **MEMBERSHIP}),
}
_NAMES = {str: "String", bool: "Boolean", datetime: "DateTime", list[str]: "StringList", strawberry.ID: "ID"}


def operators_of(kind: Any) -> Mapping[str, Operator]:
    """The operators on columns with values of the given Python type."""
    if isinstance(kind, type) and issubclass(kind, Vocabulary):
        return {**EQUALITY, **MEMBERSHIP, **NULLNESS}
    return OPERATORS[kind][1]


_operator_inputs: dict[Any, Any] = {}


def operator_input(kind: Any) -> Any:
    """The GraphQL input with the operators on values of the given Python type, such as `StringFilter`."""
    if kind not in _operator_inputs:
        if isinstance(kind, type) and issubclass(kind, Vocabulary):
            name, description, operand = kind.__name__, f"Conditions on a value of {kind.__name__}.", graphql_enum(kind)
        else:
            name, description, operand = _NAMES.get(kind, kind.__name__.title()), OPERATORS[kind][0], kind
        _operator_inputs[kind] = input_type(
            f"{name}Filter",
            f"{description} All given conditions must match; null counts as not given.",
            {
                word: (maybe(list_of(operand) if op.operand is list else op.operand or operand), op.description)
                for word, op in operators_of(kind).items()
            },
        )
    return _operator_inputs[kind]


def input_type(
    name: str,
    description: str,
    fields: Mapping[str, tuple[Any, str]],
    *,
    defaults: Mapping[str, Any] | None = None,
    deprecated: Mapping[str, str] | None = None,
    one_of: bool = False,
) -> Any:
    """A GraphQL input type from field names, their annotations and descriptions.

    `deprecated` has reasons by field. Attributes have the fields' GraphQL names; Python's keywords end with an
    underscore.
    """
    namespace: dict[str, Any] = {"__annotations__": {}, "__module__": __name__}
    for word, (annotation, text) in fields.items():
        attribute = f"{word}_" if word in {"in", "and", "or", "not"} else word
        namespace["__annotations__"][attribute] = annotation
        default = (defaults or {}).get(word, MISSING)
        reason = (deprecated or {}).get(word)
        namespace[attribute] = strawberry.field(name=word, description=text, default=default, deprecation_reason=reason)
    return strawberry.input(type(name, (), namespace), description=description, one_of=one_of)


def _given(value: Any) -> list[tuple[str, Any]]:
    """The fields of an input with a value, as (GraphQL name, value)."""
    return [
        (word.rstrip("_"), some.value)
        for word, some in vars(value).items()
        if some is not None and some.value is not None
    ]


@made_once
def filter_input(entity: Entity) -> Any:
    """The GraphQL input that filters rows of the entity, such as `JobFilter`."""
    itself = Later(filter_input, entity.model)
    fields: dict[str, tuple[Any, str]] = {
        "and": (maybe(list_of(itself)), "All of these conditions match."),
        "or": (maybe(list_of(itself)), "At least one of these conditions matches."),
        "not": (maybe(itself), "This condition does not match."),
        "id": (maybe(operator_input(strawberry.ID)), "Conditions on the global id."),
        "databaseId": (maybe(operator_input(int)), "Conditions on the primary key."),
    }
    for name, (attribute, description) in entity.shown.items():
        fields[to_camel_case(name)] = (
            maybe(operator_input(python_type(attribute))),
            description,
        )
    for name, (relationship, description) in entity.related.items():
        make = list_filter_input if relationship.property.uselist else filter_input
        fields[to_camel_case(name)] = (maybe(Later(make, relationship)), description)
    return input_type(f"{entity.name}Filter", f"Filter of {entity.name} rows; all given conditions must match.", fields)


@made_once
def list_filter_input(entity: Entity) -> Any:
    """The GraphQL input that filters by related rows of the entity, such as `ApplicationListFilter`."""
    each = maybe(Later(filter_input, entity.model))
    return input_type(
        f"{entity.name}ListFilter",
        f"Conditions on the {entity.name} rows related to a row.",
        {
            "some": (each, "At least one related row matches."),
            "none": (each, "No related row matches."),
            "every": (each, "Every related row matches; true if there are none."),
        },
    )


def condition(entity: Entity, given: Any) -> ColumnElement[bool] | None:
    """The SQL condition of a filter input on the entity's table; None without a filter.

    Raises BadRequest if the filter is deeper or larger than allowed, or has an id of another type.
    """
    if given is None:
        return None
    return _Translation().filter(entity, given, depth=1)


def _compared(comparison: Operator, attribute: QueryableAttribute[Any], value: Any) -> ColumnElement[bool]:
    """A comparison in which NULL counts as the value that it reads as."""
    compared = comparison.sql(attribute, value)
    default = null_default(column_of(attribute))
    if default is None or comparison.holds is None:
        return compared
    # COALESCE would need an index of its own.
    if comparison.holds(default, value):
        return or_(compared, attribute.is_(None))
    return and_(attribute.is_not(None), compared)


def _is_oldest(relationship: QueryableAttribute[Any]) -> ColumnElement[bool]:
    """Whether the related row is the one that the field shows, if several have the same key."""
    model, key = relationship.property.mapper.class_, target_key_of(relationship)
    if key == "id":
        return true()
    older = aliased(model)
    return not_(exists().where(getattr(older, key) == getattr(model, key), older.id < model.id))


class _Translation:
    """Translates one filter, counting its conditions."""

    def __init__(self) -> None:
        self.terms = 0

    def filter(self, entity: Entity, given: Any, depth: int) -> ColumnElement[bool]:
        if depth > MAX_DEPTH + 1:
            raise BadRequest(f"filter must not be nested more than {MAX_DEPTH} levels deep.")
        fields = {
            to_camel_case(name): attribute for name, (attribute, _) in (*entity.shown.items(), *entity.related.items())
        }
        conditions: list[ColumnElement[bool]] = []
        for word, value in _given(given):
            if word in {"and", "or"}:
                parts = [self.filter(entity, part, depth + 1) for part in value]
                conditions.append(and_(true(), *parts) if word == "and" else or_(false(), *parts))
            elif word == "not":
                conditions.append(_fails(self.filter(entity, value, depth + 1)))
            elif word == "id":
                conditions.append(self.ids(entity, value))
            elif word == "databaseId":
                conditions.append(self.column(entity.columns["id"], int, value))
            elif fields[word].key in entity.related:
                conditions.append(self.relationship(fields[word], value, depth))
            else:
                conditions.append(self.column(fields[word], python_type(fields[word]), value))
        return and_(true(), *conditions)

    def column(self, attribute: QueryableAttribute[Any], kind: Any, given: Any) -> ColumnElement[bool]:
        conditions = []
        for word, value in _given(given):
            self.terms += len(value) // 50 + 1 if isinstance(value, list) else 1
            if self.terms > MAX_TERMS:
                raise BadRequest(f"filter must not have more than {MAX_TERMS} conditions.")
            if isinstance(value, list) and len(value) > MAX_VALUES:
                raise BadRequest(f"filter: {word} must have at most {MAX_VALUES} values; got {len(value)}.")
            conditions.append(_compared(operators_of(kind)[word], attribute, value))
        return and_(true(), *conditions)

    def ids(self, entity: Entity, given: Any) -> ColumnElement[bool]:
        conditions = []
        for word, value in _given(given):
            self.terms += 1
            operand: Any
            if isinstance(value, list):
                operand = [global_ids.decode_as(entity.name, one, "filter.id") for one in value]
            else:
                operand = global_ids.decode_as(entity.name, value, "filter.id")
            conditions.append(operators_of(strawberry.ID)[word].sql(entity.columns["id"], operand))
        return and_(true(), *conditions)

    def relationship(self, attribute: QueryableAttribute[Any], given: Any, depth: int) -> ColumnElement[bool]:
        target = entity_of(attribute.property.mapper.class_)
        if not attribute.property.uselist:
            # EXISTS and not IN: if many rows match, SQLite takes a hundred times as long to list all of them as to
            # test row by row until the page is full. If few match, it is the other way round.
            inner = self.filter(target, given, depth + 1)
            return attribute.has(and_(inner, _is_oldest(attribute)))
        conditions: list[ColumnElement[bool]] = []
        for word, value in _given(given):
            inner = self.filter(target, value, depth + 1)
            if word == "every":
                conditions.append(not_(attribute.any(_fails(inner))))
            else:
                conditions.append(attribute.any(inner) if word == "some" else not_(attribute.any(inner)))
        return and_(true(), *conditions)
