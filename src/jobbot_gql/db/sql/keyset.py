"""Keyset pagination: total orders of rows, and the predicates for rows after a position."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Index, UnaryExpression, and_, false, or_, true, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler

from jobbot_gql.db.sql.column_values import Position, column_of, is_nullable, sort_key


@dataclass(frozen=True)
class OrderTerm:
    """A column to sort by. NULLs come last in both directions, unless `nulls_first` is set."""

    column: str
    descending: bool = False
    nulls_first: bool = False

    def reversed(self) -> "OrderTerm":
        """The term of the reverse order, NULLs included."""
        return OrderTerm(self.column, not self.descending, not self.nulls_first)


KeysetPosition = Sequence[ColumnElement[Any] | None]
"""Values of the terms of an order; None for NULL."""


NEWEST_FIRST = "jobbot_gql.newest_first"
"""Key in the info of a column that has an index by `newest_first`."""


class _NullsLast(UnaryExpression[Any]):
    """`x DESC NULLS LAST` in an index. SQLite has no such indexes; it scans an ascending one backwards instead."""

    inherit_cache = True


@compiles(_NullsLast)
def _nulls_last(element: _NullsLast, compiler: SQLCompiler, **kw: Any) -> str:
    sql: str = compiler.visit_unary(element, **kw)  # type: ignore[no-untyped-call]
    return sql


@compiles(_NullsLast, "sqlite")
def _nulls_last_sqlite(element: _NullsLast, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.element, **kw)


def newest_first(time: QueryableAttribute[Any]) -> Index:
    """Add an index for the order by a nullable time, newest first, NULLs last."""
    table = time.class_.__table__
    table.c[time.key].info[NEWEST_FIRST] = True
    name = f"ix_{table.name}_{time.key}"
    return Index(name, _NullsLast(table.c[time.key].desc(), modifier=operators.nulls_last_op), table.c.id.desc())


def order_by(entity: Any, terms: Sequence[OrderTerm]) -> list[ColumnElement[Any]]:
    """ORDER BY expressions of `terms` for a mapped class or an alias."""
    clauses: list[ColumnElement[Any]] = []
    for term in terms:
        attribute = getattr(entity, term.column)
        key = sort_key(attribute)
        clause = key.desc() if term.descending else key.asc()
        if is_nullable(attribute):
            clause = clause.nulls_first() if term.nulls_first else clause.nulls_last()
        clauses.append(clause)
    return clauses


def order_within_run(entity: Any, terms: Sequence[OrderTerm]) -> list[ColumnElement[Any]]:
    """ORDER BY expressions for rows of which all or none are NULL in the first column.

    The position of NULLs does not matter there, so it is that of the column's index.
    """
    attribute = getattr(entity, terms[0].column)
    key = sort_key(attribute)
    clause = key.desc() if terms[0].descending else key.asc()
    if _newest_first(attribute):
        clause = clause.nulls_last() if terms[0].descending else clause.nulls_first()
    return [clause, *order_by(entity, terms[1:])]


def needs_runs(entity: Any, terms: Sequence[OrderTerm]) -> bool:
    """Whether no index has the NULLs of the first column in the position that the order requires."""
    attribute = getattr(entity, terms[0].column)
    fits = _newest_first(attribute) and terms[0].descending is not terms[0].nulls_first
    return is_nullable(attribute) and not fits


def _newest_first(attribute: QueryableAttribute[Any]) -> bool:
    return NEWEST_FIRST in column_of(attribute).info


def keyset_predicate(entity: Any, terms: Sequence[OrderTerm], position: KeysetPosition) -> ColumnElement[bool]:
    """Condition for rows strictly after `position`. The order must end with a unique column."""
    first, value = terms[0], position[0]
    attribute = getattr(entity, first.column)
    after = _after(attribute, first, value)
    if len(terms) == 1:
        return after
    key = sort_key(attribute)
    same = key.is_(None) if value is None else key == value
    return or_(after, and_(same, keyset_predicate(entity, terms[1:], position[1:])))


def keyset_predicate_within_run(
    entity: Any, terms: Sequence[OrderTerm], position: KeysetPosition, *, nulls: bool
) -> ColumnElement[bool]:
    """Keyset predicate for rows with a value in the first column, or with `nulls` for those without one.

    It has a form that can use an index on the first columns.
    """
    first, value = terms[0], position[0]
    if (value is None) is not nulls:  # the position is in the other run
        return false() if nulls is first.nulls_first else true()
    if nulls:
        return keyset_predicate(entity, terms[1:], position[1:])
    attributes = [getattr(entity, term.column) for term in terms]
    keys = [sort_key(attribute) for attribute in attributes]
    # The bound is redundant, but it can use an index where the rest cannot.
    bound = keys[0] <= value if first.descending else keys[0] >= value
    same_direction = all(term.descending is first.descending for term in terms)
    if same_direction and not any(map(is_nullable, attributes[1:])):
        row, start = tuple_(*keys), tuple_(*position)
        after = row < start if first.descending else row > start
        # SQLite does not compare tuples along an index on an expression.
        return and_(bound, after) if isinstance(keys[0].type, Position) else after
    return and_(bound, keyset_predicate(entity, terms, position))


def _after(
    attribute: QueryableAttribute[Any], term: OrderTerm, value: ColumnElement[Any] | None
) -> ColumnElement[bool]:
    key = sort_key(attribute)
    if value is None:
        return key.is_not(None) if term.nulls_first else false()
    after = key < value if term.descending else key > value
    return or_(after, key.is_(None)) if is_nullable(attribute) and not term.nulls_first else after
