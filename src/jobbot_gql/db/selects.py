"""The SELECTs that loaders send: rows by key, and the first rows of each parent.

Each takes its keys as the parameter `keys` (see `db/keys.py`) and gives the key first in every row.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import QueryableAttribute, aliased

from jobbot_gql.db.keys import is_among, key_list
from jobbot_gql.db.ordering import OrderTerm, order_by

Columns = tuple[str, ...]
"""Names of mapped attributes, in the order in which a row holds their values."""


def foreign_key_of(relationship: QueryableAttribute[Any]) -> QueryableAttribute[Any]:
    """The child's foreign key of a one-to-many relationship, such as `Application.job_id` of `Job.applications`."""
    prop = relationship.property
    ((_, remote),) = prop.local_remote_pairs
    key: QueryableAttribute[Any] = getattr(prop.mapper.class_, prop.mapper.get_property_by_column(remote).key)
    return key


def target_key_of(relationship: QueryableAttribute[Any]) -> str:
    """The name of the column that a many-to-one relationship leads to, as a rule `id`."""
    prop = relationship.property
    ((_, remote),) = prop.local_remote_pairs
    return str(prop.mapper.get_property_by_column(remote).key)


def foreign_key_to_one(relationship: QueryableAttribute[Any]) -> ColumnElement[Any]:
    """The row's own foreign key column of a many-to-one relationship, such as `job_id` of `Application.job`."""
    ((local, _),) = relationship.property.local_remote_pairs
    column: ColumnElement[Any] = local
    return column


@lru_cache(maxsize=1024)
def by_key(model: Any, key: str, columns: Columns) -> Select[Any]:
    """The rows of `model` whose `key` column is among the keys."""
    attribute = getattr(model, key)
    statement = select(attribute, *(getattr(model, name) for name in columns)).where(
        is_among(attribute, key_list("keys", attribute.type))
    )
    return statement if key == "id" else statement.order_by(model.id)


def first_per_parent(
    dialect: str,
    foreign_key: QueryableAttribute[Any],
    columns: Columns,
    *,
    where: ColumnElement[bool] | None,
    order: Sequence[OrderTerm],
    limit: int,
) -> Select[Any]:
    """The first `limit` rows of each parent: those that `where` lets through, in the given order.

    One index walk for each parent, where a window function would sort all children of all parents.
    """
    model = foreign_key.class_
    condition = true() if where is None else where
    keys = key_list("keys", foreign_key.type)
    if dialect == "postgresql":
        parents: Any = func.unnest(keys).table_valued("key", name="parent").render_derived()
        child = (
            select(*(getattr(model, name).label(name) for name in columns))
            .where(and_(foreign_key == parents.c.key, condition))
            .order_by(*order_by(model, order))
            .limit(limit)
            .lateral("child")
        )
        return select(parents.c.key, *child.c).select_from(parents).join(child, true())
    parents = func.json_each(keys).table_valued("key", "value", name="parent")
    wanted = (
        select(model.id)
        .where(and_(foreign_key == parents.c.value, condition))
        .order_by(*order_by(model, order))
        .limit(limit)
        .correlate(parents)
    )
    child_row = aliased(model, name="child")
    return (
        select(parents.c.value, *(getattr(child_row, name) for name in columns))
        .select_from(parents)
        .join(child_row, child_row.id.in_(wanted))
        .order_by(parents.c.key, *order_by(child_row, order))
    )
