"""`Change.columns`: the values of a logged change as strings."""

import json
from collections.abc import Mapping
from typing import Any

import strawberry
from sqlalchemy import Enum, Float

from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types import global_ids
from jobbot_gql.api.types.entity import Entity


@strawberry.type(
    description="A field before and after a change, as strings: times and dates as in ISO 8601, numbers"
    " and booleans as in JSON, lists as JSON arrays, enum values by their names, `id` and links as global ids."
)
class ColumnChange:
    """One entry of `Change.columns`."""

    field: str = strawberry.field(description="Name of the field; the name of a link ends with `Id`.")
    before: str | None = strawberry.field(description="Value before the change; null if there was none.")
    after: str | None = strawberry.field(description="Value after the change; null if there is none.")


def column_changes(
    entity: Entity | None, before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[ColumnChange]:
    """Columns of a logged change in the order of the table. Columns that no longer exist come last."""
    known = entity.columns if entity else {}
    before, after = before or {}, after or {}
    names = before.keys() | after.keys()
    ordered = [name for name in known if name in names] + sorted(names - known.keys())
    links = entity.links if entity else {}

    def text(values: Mapping[str, Any], name: str) -> str | None:
        value = values.get(name)
        if value is None:
            return None
        kind = known[name].type if name in known else None
        if isinstance(kind, Enum) and value in kind.enums:
            return next(word.name for word in kind.enum_class or () if word == value)
        if name in links and isinstance(value, int):
            return global_ids.encode(links[name], value)
        if isinstance(value, str):
            return value
        return json.dumps(float(value) if isinstance(kind, Float) else value, ensure_ascii=False, sort_keys=True)

    return [
        ColumnChange(field=to_camel_case(name), before=text(before, name), after=text(after, name)) for name in ordered
    ]
