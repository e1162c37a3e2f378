"""Lists of keys as a single parameter, so that the SQL does not depend on their number."""

from collections.abc import Sequence
from typing import Any, Self

import orjson
from sqlalchemy import ARRAY, BindParameter, Dialect, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import Boolean, TypeDecorator, TypeEngine


class KeyList(TypeDecorator[Sequence[Any]]):
    """A list of integers or strings as one bound value: an array on PostgreSQL, a JSON array on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, item_type: TypeEngine[Any]) -> None:
        super().__init__()
        self.item_type = item_type

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(self.item_type) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Sequence[Any] | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" or value is None else orjson.dumps(list(value)).decode()


def key_list(name: str, item_type: TypeEngine[Any]) -> BindParameter[Sequence[Any]]:
    """Parameter for a list of keys of the given type."""
    return bindparam(name, type_=KeyList(item_type))


class is_among(FunctionElement[bool]):  # noqa: N801 - reads as an SQL operator
    """`is_among(column, key_list(...))`: the column equals one of the keys."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: SQLCoreOperations[Any], keys: SQLCoreOperations[Any]) -> None:
        super().__init__(column, keys)

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Return itself. Otherwise SQLAlchemy would append `= 1` for SQLite, which then uses no index."""
        return self


@compiles(is_among, "postgresql")
def _is_among_postgresql(element: is_among, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **kw)} = ANY ({compiler.process(keys, **kw)})"


@compiles(is_among, "sqlite")
def _is_among_sqlite(element: is_among, compiler: SQLCompiler, **kw: Any) -> str:
    column, keys = element.clauses
    return f"{compiler.process(column, **kw)} IN (SELECT value FROM json_each({compiler.process(keys, **kw)}))"  # noqa: S608 - compiled expressions, no values
