"""What the columns of rows stand for: NULL for a default, a word for its position in the vocabulary.

| expression | use |
|---|---|
| `read_value` | SELECT lists and aggregates: NULL is the column's default |
| `sort_key` | ORDER BY, GROUP BY and keyset positions: also, words in declared order, text by code point |

All constants are part of the SQL, so that indexes on the same expressions match (`db/triggers/order_indexes.py`).
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import (
    Column,
    ColumnDefault,
    ColumnElement,
    Dialect,
    Enum,
    Integer,
    String,
    case,
    false,
    func,
    literal_column,
    true,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import SQLCoreOperations
from sqlalchemy.sql.expression import FunctionElement
from sqlalchemy.types import TypeDecorator

from jobbot_gql.db.sql.column_types import NULL_IS_UNKNOWN, Vocabulary
from jobbot_gql.db.sql.compiled_query import Decode, decoder


def null_default(column: Column[Any]) -> Any:
    """The value that NULL stands for: the constant default of a nullable column. None if NULL has its own meaning."""
    default = column.default
    if not column.nullable or NULL_IS_UNKNOWN in column.info:
        return None
    return default.arg if isinstance(default, ColumnDefault) and default.is_scalar else None


def present_value(row: Any, column: str) -> Any:
    """The value that a row's column reads as."""
    value = getattr(row, column)
    return null_default(row.__table__.columns[column]) if value is None else value


def column_of(attribute: QueryableAttribute[Any]) -> Column[Any]:
    """The table's column of a mapped attribute, also of an alias."""
    column: Column[Any] = attribute.property.columns[0]
    return column


def is_nullable(attribute: QueryableAttribute[Any]) -> bool:
    """Whether the attribute may read as NULL."""
    column = column_of(attribute)
    return bool(column.nullable) and null_default(column) is None


def read_value(attribute: QueryableAttribute[Any]) -> ColumnElement[Any]:
    """The attribute, with the default in place of NULL."""
    default = null_default(column_of(attribute))
    if default is None:
        return attribute.expression
    return func.coalesce(attribute, _constant(default), type_=attribute.type)


def _constant(value: Any) -> ColumnElement[Any]:
    if isinstance(value, bool):
        return true() if value else false()
    return literal_column(f"'{value}'" if isinstance(value, str) else repr(value))


def sort_key(attribute: QueryableAttribute[Any]) -> ColumnElement[Any]:
    """What rows are sorted by: the position of a word in its vocabulary, text by code point, other values as read."""
    kind = attribute.type
    if isinstance(kind, Enum) and isinstance(kind.enum_class, type) and issubclass(kind.enum_class, Vocabulary):
        return _position(attribute, Position(kind.enum_class))
    value = read_value(attribute)
    return by_code_point(value) if isinstance(kind, String) else value


def sort_value(attribute: QueryableAttribute[Any], dialect: Dialect) -> Decode | None:
    """Decoder from the driver's value of `read_value` to the value of `sort_key`; None if that needs no decoding."""
    kind = sort_key(attribute).type
    return kind.of_stored if isinstance(kind, Position) else decoder(kind, dialect)


class Position(TypeDecorator[Vocabulary | int]):
    """Position of a word in its vocabulary. Other stored values have the position after the last word.

    A position is compared with words and with numbers, and read as a word. Reading a value outside of the vocabulary
    raises LookupError.
    """

    impl = Integer
    cache_ok = True

    def __init__(self, words: type[Vocabulary]) -> None:
        super().__init__()
        self.words = words

    @cached_property
    def _positions(self) -> Mapping[Any, int]:
        return {word.value: position for position, word in enumerate(self.words)}

    def of_stored(self, value: Any) -> int | None:
        """The position of a stored value."""
        return None if value is None else self._positions.get(value, len(self.words))

    def process_bind_param(self, value: Vocabulary | int | None, dialect: Dialect) -> int | None:
        return self.of_stored(value.value) if isinstance(value, Vocabulary) else value

    def process_result_value(self, value: int | None, dialect: Dialect) -> Vocabulary | None:
        return None if value is None else list(self.words)[value]


def _position(attribute: QueryableAttribute[Any], kind: Position) -> ColumnElement[Any]:
    number: Callable[[int], ColumnElement[int]] = lambda position: literal_column(str(position), Integer)  # noqa: E731
    words = [(_constant(word.value), number(position)) for position, word in enumerate(kind.words)]
    others: ColumnElement[Any] = number(len(words))
    if is_nullable(attribute):
        others = case((attribute.is_not(None), others))
    return type_coerce(case(*words, value=read_value(attribute), else_=others), kind)


class by_code_point(FunctionElement[str]):  # noqa: N801 - reads as an SQL function
    """Text that is compared by the code points of its characters, as SQLite does."""

    inherit_cache = True

    def __init__(self, text: SQLCoreOperations[Any]) -> None:
        super().__init__(text)
        self.type = text.type  # type: ignore[attr-defined] # expressions have a type


@compiles(by_code_point)
def _by_code_point(element: by_code_point, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = element.clauses
    return compiler.process(text, **kw)


@compiles(by_code_point, "postgresql")
def _by_code_point_postgresql(element: by_code_point, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = element.clauses
    return f'({compiler.process(text, **kw)} COLLATE "C")'
