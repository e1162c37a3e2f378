"""SELECTs as a driver takes them: text and arguments in, rows of the driver's own values out.

SQLAlchemy writes the SQL and knows what the column types do to values on their way in and out. Running it is left to
the driver, because a result of SQLAlchemy costs more than the rows in it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Dialect, Executable, Float, Numeric, Select, bindparam
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.type_api import TypeEngine

from jobbot_gql.db import sqlalchemy_internals
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sqlalchemy_internals import LRUCache, bind

Row = Sequence[Any]
Decode = Callable[[Any], Any]
"""From a driver's value to the Python value of a column type."""

SQLITE_VARIABLES = 32_766
"""How many placeholders a statement may have (SQLITE_MAX_VARIABLE_NUMBER)."""
COMPILED = 500
"""How many statements are kept compiled, not counting how often they differ in values alone."""

_VALUES = re.compile(r"(?<=VALUES )(\([?, ]+\))")

_compiled: LRUCache[Any, Any] = LRUCache(COMPILED)


class Query:
    """A SELECT with its values, compiled for one engine, to be run any number of times.

    Three kinds of values are taken anew each time: the parameter `keys`, those of a `QueryWithValues`, and what a
    function gives (`bindparam(callable_=...)`), which is how a condition follows the clock.
    """

    __slots__ = ("_again", "_arguments", "_encoders", "_form", "_places", "sql")

    def __init__(self, statement: Executable, dialect: Dialect, parameters: Mapping[str, Any] | None = None) -> None:
        compiled, own_values = sqlalchemy_internals.compile_cached(statement, dialect, _compiled)
        open_ones = sqlalchemy_internals.open_parameters(compiled)
        encoders = sqlalchemy_internals.encoders(compiled)
        given = {**dict.fromkeys(open_ones), **(parameters or {})}
        self.sql, names, self._arguments = bind(compiled, given, own_values)
        self._form = _form_of(compiled)
        self._places = {name: [at for at, one in enumerate(names) if one == name] for name in open_ones}
        self._encoders = {name: encoders.get(name) for name in open_ones}
        follows_clock = sqlalchemy_internals.follows_clock(compiled, own_values)
        self._again = (lambda: bind(compiled, given, own_values)[2]) if follows_clock else None

    def arguments(self, keys: Any = None) -> list[Any]:
        """The arguments in the order of the text's placeholders, as the driver takes them.

        `keys` are a sequence, or the key of a statement that takes a single one.
        """
        arguments = self._again() if self._again else self._arguments
        return arguments if keys is None or "keys" not in self._places else self.filled(arguments, {"keys": keys})

    def filled(self, arguments: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
        """The arguments with values for parameters that have none of their own; those it does not have are left out."""
        filled = list(arguments)
        for name, value in values.items():
            encode = self._encoders.get(name)
            for place in self._places.get(name, ()):
                filled[place] = value if encode is None else encode(value)
        return filled

    def to_send(self, keys: Any) -> tuple["Query", list[Any]]:
        """Itself and its arguments."""
        return self, self.arguments(keys)

    def decoded(self, rows: Sequence[Row], *, marked: bool = False) -> Sequence[Any]:
        """Rows of the driver's values as SQLAlchemy's rows of Python values; of plain text as they are.

        `marked`: with `UNREADABLE` for what a column's type cannot read, which otherwise raises.
        """
        if not self._form.names:
            return rows
        try:
            values = self._form.decode(rows)
        except Exception:
            if not marked:
                raise
            values = self._form.decode_or_mark(rows)
        return sqlalchemy_internals.rows_of(self._form.names, values)


@dataclass(frozen=True)
class Unreadable:
    """Stands for a stored value that its column's type cannot read."""


UNREADABLE = Unreadable()


def tolerant(decode: Decode) -> Decode:
    """The decoder, but with `UNREADABLE` for what it fails on."""

    def decode_or_mark(value: Any) -> Any:
        try:
            return decode(value)
        except Exception:
            return UNREADABLE

    return decode_or_mark


class KeyedQuery:
    """A SELECT by keys in two texts: for any number of keys, and for a single one, which is what most requests ask for.

    PostgreSQL would plan a statement anew each time that it comes with an array of a few keys, which takes longer than
    reading the rows. SQLite would set up a virtual table.
    """

    def __init__(self, make: Callable[..., Select[Any]], dialect: Dialect) -> None:
        """`make` gives the SELECT; its argument `single` says whether there is a single key."""
        self._make = make
        self._dialect = dialect

    @property
    def select_for_one(self) -> Select[Any]:
        """The SELECT for a single key."""
        return self._make(single=True)

    @cached_property
    def for_one(self) -> Query:
        """The query for a single key."""
        return Query(self.select_for_one, self._dialect)

    @cached_property
    def _for_many(self) -> Query:
        return Query(self._make(single=False), self._dialect)

    def to_send(self, keys: Sequence[Any]) -> tuple[Query, list[Any]]:
        """The query to send for these keys, and its arguments."""
        if len(keys) == 1:
            return self.for_one, self.for_one.arguments(keys[0])
        return self._for_many, self._for_many.arguments(keys)


@dataclass(frozen=True, eq=False)
class QueryWithValues:
    """A query, and the values of its parameters that have none of their own; others may use it with other values."""

    query: Query | KeyedQuery
    values: Mapping[str, Any]

    def to_send(self, keys: Any) -> tuple[Query, list[Any]]:
        """The query to send for these keys, and its arguments."""
        query, arguments = self.query.to_send(keys)
        return query, query.filled(arguments, self.values)


class Statement:
    """A statement with its parameters by name, to be sent any number of times with other values.

    It is made once, when its module is imported, say: building a statement in SQLAlchemy takes longer than sending it.
    """

    def __init__(self, expression: Executable, columns: Sequence[str] = ()) -> None:
        """`columns` are those that an INSERT or UPDATE takes from parameters of their names."""
        self._expression = expression
        self._columns = columns
        self._compiled: dict[str, CompiledStatement] = {}

    def compiled(self, dialect: Dialect) -> "CompiledStatement":
        """The statement as an engine's driver takes it."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = CompiledStatement(self._expression, self._columns, dialect)
            self._compiled[dialect.name] = found
        return found


class KeyedStatement:
    """A statement by keys in two texts; see `KeyedQuery`."""

    def __init__(
        self, key: Column[Any] | QueryableAttribute[Any], make: Callable[[ColumnElement[bool]], Executable]
    ) -> None:
        """`make` gives the statement about the rows whose `key` is asked for, which its argument says."""
        self._for_one = Statement(make(key == bindparam("keys")))
        self._for_many = Statement(make(is_among(key, key_list("keys", key.type))))

    def of(self, keys: Sequence[Any]) -> tuple[Statement, Any]:
        """The statement to send for these keys, and the value of its parameter `keys`."""
        return (self._for_one, keys[0]) if len(keys) == 1 else (self._for_many, keys)


class CompiledStatement:
    """A statement for one engine: its text, and what becomes of values on their way in and out."""

    def __init__(self, expression: Executable, columns: Sequence[str], dialect: Dialect) -> None:
        compiled: Any = expression.compile(dialect=dialect, column_keys=list(columns) or None)  # type: ignore[attr-defined] # all can be compiled
        taken = sqlalchemy_internals.open_parameters(compiled)
        self.sql, names, self._arguments = bind(compiled, dict.fromkeys(taken), None)
        encoders = sqlalchemy_internals.encoders(compiled)
        self._places = [(place, name, encoders.get(name)) for place, name in enumerate(names) if name in taken]
        self._form = _form_of(compiled)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The arguments in the order of the text's placeholders, as the driver takes them."""
        arguments = list(self._arguments)
        for place, name, encode in self._places:
            value = values[name]
            arguments[place] = value if encode is None else encode(value)
        return arguments

    def together(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
        """A statement about the VALUES of one row as one of many: texts that SQLite allows, and their arguments."""
        before, one, after = _VALUES.split(self.sql)
        most = SQLITE_VARIABLES // len(self._places)
        for first in range(0, len(rows), most):
            some = rows[first : first + most]
            yield f"{before}{', '.join([one] * len(some))}{after}", [v for row in some for v in self.arguments(row)]

    def decoded(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Rows of the driver's values as rows of Python values."""
        return self._form.decode(rows) if self._form.names else rows


class _Form:
    """What a compiled statement's rows look like; all that is kept of it by those who run it again and again."""

    def __init__(self, compiled: SQLCompiler) -> None:
        columns = sqlalchemy_internals.result_columns(compiled)
        self.names = [name for name, _ in columns]
        self._types = [kind for _, kind in columns]
        self._dialect = compiled.dialect

    @cached_property
    def decode(self) -> Callable[[Sequence[Row]], list[Row]]:
        """Decodes many rows at once."""
        return self._made_of([decoder(kind, self._dialect) for kind in self._types])

    @cached_property
    def decode_or_mark(self) -> Callable[[Sequence[Row]], list[Row]]:
        """The same with `UNREADABLE` for what a column's type cannot read."""
        decoders = [decoder(kind, self._dialect) for kind in self._types]
        return self._made_of([tolerant(decode) if decode else None for decode in decoders])

    @staticmethod
    def _made_of(decoders: Sequence[Decode | None]) -> Callable[[Sequence[Row]], list[Row]]:
        functions = {f"decode{place}": decode for place, decode in enumerate(decoders) if decode}
        values = "".join(f"decode{i}(row[{i}])," if decode else f"row[{i}]," for i, decode in enumerate(decoders))
        made: Callable[[Sequence[Row]], list[Row]]
        made = eval(f"lambda rows: [({values}) for row in rows]", functions)  # noqa: S307 - made of numbers alone
        return made


_form_of = lru_cache(maxsize=COMPILED)(_Form)


def decoder(column_type: TypeEngine[Any], dialect: Dialect) -> Decode | None:
    """What turns a driver's value, None included, into the Python value of a column type; None if it is that already.

    Raises what the type raises on a value that is none of its own.
    """
    implementation = column_type.dialect_impl(dialect)
    if isinstance(implementation, Numeric | Float) and dialect.name == "postgresql":
        # SQLAlchemy asks for the wire type here, which is only known with the answer.
        return _decimal if implementation.asdecimal else _float
    return implementation.result_processor(dialect, None)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _decimal(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, float) else value
