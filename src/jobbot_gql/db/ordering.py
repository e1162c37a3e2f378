"""Total orders over a table's rows, and the condition that lies behind a place in such an order (keyset paging)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Index, UnaryExpression, and_, false, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql import operators
from sqlalchemy.sql.compiler import SQLCompiler


@dataclass(frozen=True)
class OrderTerm:
    """One column to sort by. NULLs come last, whatever the direction, unless the order was reversed as a whole."""

    column: str
    descending: bool = False
    nulls_first: bool = False

    def reversed(self) -> "OrderTerm":
        """The same term in the exactly opposite order, NULLs included."""
        return OrderTerm(self.column, not self.descending, not self.nulls_first)


def is_nullable(attribute: QueryableAttribute[Any]) -> bool:
    """Whether the attribute's column can hold NULL."""
    return bool(attribute.property.columns[0].nullable)


class _NullsLast(UnaryExpression[Any]):
    """`x DESC NULLS LAST` in an index. SQLite, which knows no such index, reads any one backwards to that effect."""

    inherit_cache = True


@compiles(_NullsLast)
def _nulls_last(element: _NullsLast, compiler: SQLCompiler, **kw: Any) -> str:
    sql: str = compiler.visit_unary(element, **kw)  # type: ignore[no-untyped-call]
    return sql


@compiles(_NullsLast, "sqlite")
def _nulls_last_sqlite(element: _NullsLast, compiler: SQLCompiler, **kw: Any) -> str:
    return compiler.process(element.element, **kw)


def newest_first(time: QueryableAttribute[Any]) -> Index:
    """Add the index that serves a list in the order of a nullable time: the newest first, rows without one last."""
    table = time.class_.__table__
    name = f"ix_{table.name}_{time.key}"
    return Index(name, _NullsLast(table.c[time.key].desc(), modifier=operators.nulls_last_op), table.c.id.desc())


def order_by(entity: Any, terms: Sequence[OrderTerm]) -> list[ColumnElement[Any]]:
    """The ORDER BY expressions of `terms` on a mapped class or an alias of it."""
    clauses: list[ColumnElement[Any]] = []
    for term in terms:
        attribute = getattr(entity, term.column)
        clause = attribute.desc() if term.descending else attribute.asc()
        if is_nullable(attribute):
            clause = clause.nulls_first() if term.nulls_first else clause.nulls_last()
        clauses.append(clause)
    return clauses


def beyond(entity: Any, terms: Sequence[OrderTerm], place: Sequence[Any]) -> ColumnElement[bool]:
    """The rows that come strictly after `place` in the order of `terms`.

    `place` holds one value for each term. The order must be total, that is, end with a unique column.
    """
    alternatives: list[ColumnElement[bool]] = []
    equal_so_far: list[ColumnElement[bool]] = []
    for term, value in zip(terms, place, strict=True):
        attribute = getattr(entity, term.column)
        alternatives.append(and_(*equal_so_far, _after(attribute, term, value)))
        equal_so_far.append(attribute.is_(None) if value is None else attribute == value)
    return or_(*alternatives)


def _after(attribute: QueryableAttribute[Any], term: OrderTerm, value: Any) -> ColumnElement[bool]:
    if value is None:
        return attribute.is_not(None) if term.nulls_first else false()
    # As a typed parameter: SQLAlchemy takes a bare True or False for a keyword, which has no order.
    place = literal(value, attribute.type)
    after = attribute < place if term.descending else attribute > place
    return or_(after, attribute.is_(None)) if is_nullable(attribute) and not term.nulls_first else after
