"""SELECTs of loaders: rows by key, and the first rows of each parent.

They take keys as the parameter `keys` (`array_params.py`), with `single` a single key. The key is the first column.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    False_,
    Integer,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import QueryableAttribute, aliased

from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.column_values import is_nullable, read_value, sort_key
from jobbot_gql.db.sql.keyset import (
    KeysetPosition,
    OrderTerm,
    keyset_predicate_within_run,
    needs_runs,
    order_by,
    order_within_run,
)

Columns = tuple[str, ...]
"""Names of mapped attributes, in the order of a row."""


def values_of(entity: Any, columns: Columns) -> list[ColumnElement[Any]]:
    """The columns of a mapped class or an alias, as they read."""
    # SQLAlchemy tells equal columns apart, but not equal labels: the key may also be among the columns.
    return [value if isinstance(value, Column) else value.label(name) for name, value in _values(entity, columns)]


def _values(entity: Any, columns: Columns) -> list[tuple[str, ColumnElement[Any]]]:
    return [(name, read_value(getattr(entity, name))) for name in columns]


def foreign_key_of(relationship: QueryableAttribute[Any]) -> QueryableAttribute[Any]:
    """Foreign key of the child in a one-to-many relationship, such as `Application.job_id` for `Job.applications`."""
    prop = relationship.property
    ((_, remote),) = prop.local_remote_pairs
    key: QueryableAttribute[Any] = getattr(prop.mapper.class_, prop.mapper.get_property_by_column(remote).key)
    return key


def target_key_of(relationship: QueryableAttribute[Any]) -> str:
    """Name of the column to which a many-to-one relationship refers, usually `id`."""
    prop = relationship.property
    ((_, remote),) = prop.local_remote_pairs
    return str(prop.mapper.get_property_by_column(remote).key)


def foreign_key_to_one(relationship: QueryableAttribute[Any]) -> ColumnElement[Any]:
    """Foreign key column of a many-to-one relationship, such as `job_id` for `Application.job`."""
    ((local, _),) = relationship.property.local_remote_pairs
    column: ColumnElement[Any] = local
    return column


def is_key(attribute: QueryableAttribute[Any], *, single: bool) -> ColumnElement[bool]:
    """The column is among the keys, or is the only key."""
    if not single:
        return is_among(attribute, key_list("keys", attribute.type))
    condition: ColumnElement[bool] = attribute == bindparam("keys", type_=attribute.type)
    return condition


@lru_cache(maxsize=1024)
def by_key(model: Any, key: str, columns: Columns, *, single: bool = False) -> Select[Any]:
    """SELECT of the rows of `model` whose column `key` is among the keys."""
    attribute = getattr(model, key)
    statement = select(attribute.label("key"), *values_of(model, columns)).where(is_key(attribute, single=single))
    return statement if key == "id" else statement.order_by(model.id)


def first_rows(
    model: Any,
    columns: Columns,
    *,
    where: ColumnElement[bool] | None,
    order: Sequence[OrderTerm],
    limit: int,
    after: KeysetPosition | None = None,
    before: KeysetPosition | None = None,
) -> Select[Any]:
    """SELECT of the first `limit` rows that match `where`, in an order, between two keyset positions.

    If no index has the NULLs of the first column in the required position, rows with and without a value in it are read
    by separate SELECTs, so that each can use the index.
    """
    filtered = [] if where is None else [where]
    nullable = is_nullable(getattr(model, order[0].column))
    if after is None and before is None and not needs_runs(model, order):
        return _read(values_of(model, columns), filtered, order_by(model, order), limit)
    runs = []
    for nulls in (order[0].nulls_first, not order[0].nulls_first) if nullable else (False,):
        conditions = list(filtered)
        if nullable:
            first = sort_key(getattr(model, order[0].column))
            conditions.append(first.is_(None) if nulls else first.is_not(None))
        if after is not None:
            conditions.append(keyset_predicate_within_run(model, order, after, nulls=nulls))
        if before is not None:
            backwards = [term.reversed() for term in order]
            conditions.append(keyset_predicate_within_run(model, backwards, before, nulls=nulls))
        if not any(isinstance(one, False_) for one in conditions):
            runs.append(conditions)
    sorting = order_within_run(model, order)
    if len(runs) < 2:
        return _read(values_of(model, columns), runs[0] if runs else [false()], sorting, limit)
    read = (*columns, *(term.column for term in order if term.column not in columns))
    stored = [getattr(model, name) for name in read]
    parts = (select(_read(stored, conditions, sorting, limit).subquery()) for conditions in runs)
    page = aliased(model, union_all(*parts).subquery("page"))
    return select(*values_of(page, columns)).order_by(*order_by(page, order)).limit(_written(limit))


def _read(
    values: Sequence[Any], conditions: Sequence[ColumnElement[bool]], order: Sequence[Any], limit: int
) -> Select[Any]:
    return select(*values).where(*conditions).order_by(*order).limit(_written(limit))


def _written(limit: int) -> ColumnElement[int]:
    # As a parameter it would be unknown to PostgreSQL's generic plans, which assume a tenth of the table.
    return literal_column(str(limit), Integer)


def first_per_parent(
    dialect: str,
    foreign_key: QueryableAttribute[Any],
    columns: Columns,
    *,
    where: ColumnElement[bool] | None,
    order: Sequence[OrderTerm],
    limit: int,
    single: bool = False,
) -> Select[Any]:
    """SELECT of the first `limit` rows of each parent that match `where`, in an order.

    One index scan for each parent. A window function would sort all children of all parents.
    """
    model = foreign_key.class_
    condition = true() if where is None else where
    if single:
        conditions = [is_key(foreign_key, single=True), condition]
        # Under its own name, which no column has: a lateral tree selects columns by their names.
        return _read([foreign_key.label("key"), *values_of(model, columns)], conditions, order_by(model, order), limit)
    keys = key_list("keys", foreign_key.type)
    if dialect == "postgresql":
        parents: Any = func.unnest(keys).table_valued("key", name="parent").render_derived()
        child = (
            select(*(value.label(name) for name, value in _values(model, columns)))
            .where(and_(foreign_key == parents.c.key, condition))
            .order_by(*order_by(model, order))
            .limit(_written(limit))
            .lateral("child")
        )
        return select(parents.c.key, *child.c).select_from(parents).join(child, true())
    parents = func.json_each(keys).table_valued("key", "value", name="parent")
    child_ids = (
        select(model.id)
        .where(and_(foreign_key == parents.c.value, condition))
        .order_by(*order_by(model, order))
        .limit(_written(limit))
        .correlate(parents)
    )
    child_row = aliased(model, name="child")
    return (
        select(parents.c.value, *values_of(child_row, columns))
        .select_from(parents)
        .join(child_row, child_row.id.in_(child_ids))
        .order_by(parents.c.key, *order_by(child_row, order))
    )
