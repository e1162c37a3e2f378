"""The columns of a logged change, as texts for people and programs that follow along."""

import json
from collections.abc import Mapping
from typing import Any

import strawberry
from sqlalchemy import Float
from strawberry.utils.str_converters import to_camel_case

from jobbot_gql.api.types.entity import Entity


@strawberry.type(
    description="A field before and after a change, as strings: times and dates as in ISO 8601, numbers"
    " and booleans as in JSON, lists as JSON arrays, enum values as they are stored."
)
class ColumnChange:
    """One of `Change.columns`."""

    field: str = strawberry.field(description="Name of the field; the name of a link ends with `Id`.")
    before: str | None = strawberry.field(description="Value before the change; null if there was none.")
    after: str | None = strawberry.field(description="Value after the change; null if there is none.")


def column_changes(
    entity: Entity | None, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[ColumnChange]:
    """The columns that a log row names, in the order of the table's columns, those that it has no more at the end."""
    known = entity.columns if entity else {}
    before, after = before or {}, after or {}
    names = before.keys() | after.keys()
    ordered = [name for name in known if name in names] + sorted(names - known.keys())
    floats = {name for name in names & known.keys() if isinstance(known[name].type, Float)}

    def text(values: Mapping[str, Any], name: str) -> str | None:
        value = values.get(name)
        if value is None or isinstance(value, str):
            return value
        return json.dumps(float(value) if name in floats else value, ensure_ascii=False, sort_keys=True)

    return [
        ColumnChange(field=to_camel_case(name), before=text(before, name), after=text(after, name)) for name in ordered
    ]
