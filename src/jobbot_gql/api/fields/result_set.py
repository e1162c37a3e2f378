"""Aggregates over the result set of a list, for all parents in one statement."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, asc, nulls_last, select
from sqlalchemy.orm import QueryableAttribute

from jobbot_gql.api.types.entity import Entity
from jobbot_gql.db.sql.array_params import is_among, key_list


def select_figures(
    entity: Entity,
    where: ColumnElement[bool] | None,
    figures: Sequence[ColumnElement[Any]],
    groups: Sequence[ColumnElement[Any]] = (),
    foreign_key: QueryableAttribute[Any] | None = None,
) -> Select[Any]:
    """The SELECT of the groups' keys and figures; with a foreign key for each of `keys`, which is the last column."""
    labels = [f"group_{number}" for number in range(len(groups))]
    keys = [group.label(label) for group, label in zip(groups, labels, strict=True)]
    statement = select(*keys, *figures).select_from(entity.model)
    if where is not None:
        statement = statement.where(where)
    if foreign_key is not None:
        keys_given = key_list("keys", foreign_key.type)
        statement = statement.add_columns(foreign_key.label("parent")).where(is_among(foreign_key, keys_given))
        labels = ["parent", *labels]
    # By label: databases do not recognise an expression with parameters as the same.
    return statement.group_by(*labels).order_by(*(nulls_last(asc(label)) for label in labels)) if labels else statement
