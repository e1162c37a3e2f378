"""Order inputs made from an entity's columns, and cursors, which are keyset positions in an order."""

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any

import orjson
import strawberry
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.fields.filters import input_type
from jobbot_gql.api.strawberry_internals import definition_of_class
from jobbot_gql.api.types.entity import Entity, python_type
from jobbot_gql.api.types.errors import BadRequest, shown
from jobbot_gql.api.types.lazy_types import made_once
from jobbot_gql.db.sql.column_values import Position, is_nullable, sort_key
from jobbot_gql.db.sql.keyset import OrderTerm

MAX_ORDER_TERMS = 5
"""Maximum number of columns to sort by."""


@strawberry.enum(description="Sort direction.")
class OrderDirection(Enum):
    """Ascending or descending."""

    ASC = strawberry.enum_value("asc", description="Ascending: smallest or earliest value first.")
    DESC = strawberry.enum_value("desc", description="Descending: largest or latest value first.")


@made_once
def order_input(entity: Entity) -> Any:
    """The GraphQL input that sorts rows of the entity, such as `JobOrder`."""
    sortable = {
        name: (attribute, description)
        for name, (attribute, description) in entity.shown.items()
        if python_type(attribute) != list[str]
    }
    members = {"DATABASE_ID": "id", **{name.upper(): name for name in sortable}}
    descriptions = {"id": "Primary key in the database: the order in which rows were created."}
    field = StrEnum(f"{entity.name}OrderField", members)  # type: ignore[misc] # made from the entity's columns
    strawberry.enum(field, description=f"Columns by which {entity.name} rows can be sorted.")
    for value in definition_of_class(field).values:
        value.description = descriptions.get(value.value) or sortable[value.value][1]
    return input_type(
        f"{entity.name}Order",
        f"A column by which to sort {entity.name} rows. Enums are sorted in declared order, text by Unicode code"
        " point. Nulls come last.",
        {
            "field": (field, "Column to sort by."),
            "direction": (OrderDirection, "Sort direction. Default: ASC."),
        },
        defaults={"direction": OrderDirection.ASC},
    )


def order_terms(entity: Entity, given: Sequence[Any] | None) -> tuple[OrderTerm, ...]:
    """The requested total order; by default the entity's own."""
    if not given:
        return entity.order
    if len(given) > MAX_ORDER_TERMS:
        raise BadRequest(f"orderBy must have at most {MAX_ORDER_TERMS} columns; got {len(given)}.")
    terms: dict[str, OrderTerm] = {}
    for one in given:
        terms.setdefault(one.field.value, OrderTerm(one.field.value, one.direction is OrderDirection.DESC))
    terms.setdefault("id", OrderTerm("id", descending=next(reversed(terms.values())).descending))
    names = list(terms)
    return tuple(terms[name] for name in names[: names.index("id") + 1])


class Cursors:
    """Encodes and decodes cursors of one order: the sort values of a row, and a mark of the order."""

    def __init__(self, entity: Entity, terms: Sequence[OrderTerm]) -> None:
        self.entity = entity
        self.terms = terms
        kinds = [sort_key(entity.columns[term.column]).type for term in terms]
        # A cursor holds positions of words, which are others when the vocabulary changes.
        words = [list(map(str, kind.words)) for kind in kinds if isinstance(kind, Position)]
        signature = repr((entity.name, [(term.column, term.descending) for term in terms], *words))
        self.mark = hashlib.blake2b(signature.encode(), digest_size=4).hexdigest()

    def write_values(self, values: Sequence[Any]) -> str:
        """The cursor of a row with these values, one per term."""
        return urlsafe_b64encode(orjson.dumps([self.mark, *values])).decode().rstrip("=")

    def read(self, cursor: str, argument: str) -> list[Any]:
        """The keyset position of a cursor. Raises BadRequest if it is malformed or belongs to another order."""
        try:
            mark, *values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if mark != self.mark and isinstance(mark, str):
                raise BadRequest(
                    f"{argument}: cursor {shown(cursor)} belongs to another list or order. Start again without it."
                )
            return [
                _from_json(self.entity.columns[term.column], value)
                for term, value in zip(self.terms, values, strict=True)
            ]
        except (ValueError, TypeError, LookupError) as error:
            raise BadRequest(
                f"{argument}: {shown(cursor)} is not a cursor. Use an `endCursor` or a `startCursor` of this list."
            ) from error


def _from_json(attribute: QueryableAttribute[Any], value: Any) -> Any:
    if value is None:
        if not is_nullable(attribute):
            raise TypeError(f"{attribute} is never NULL")
        return None
    sorted_by = sort_key(attribute).type
    kind = int if isinstance(sorted_by, Position) else python_type(attribute)
    if issubclass(kind, datetime | date):
        return kind.fromisoformat(value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        raise TypeError(f"{attribute} holds {kind}")
    return value
