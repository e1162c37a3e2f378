"""Compiled statements: SQL, argument encoders and row decoders for a driver.

SQLAlchemy compiles the SQL and converts values. The driver executes it directly, because SQLAlchemy's result objects
take longer than the rows in them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import Column, ColumnElement, Dialect, Executable, Float, Numeric, Select, bindparam
from sqlalchemy.orm import QueryableAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.type_api import TypeEngine

from jobbot_gql.byte_cache import CACHE, View
from jobbot_gql.db import sqlalchemy_internals
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sqlalchemy_internals import bind

Row = Sequence[Any]
Decode = Callable[[Any], Any]
"""Converts a driver's value to the Python value of a column type."""

SQLITE_VARIABLES = 32_766
"""Maximum number of placeholders of a statement (SQLITE_MAX_VARIABLE_NUMBER)."""
COMPILED_BYTES, PER_CHARACTER = 30_000, 20
"""Memory of a compiled statement, and for each character of its SQL; measured."""

_VALUES = re.compile(r"(?<=VALUES )(\([?, ]+\))")

# Statements that differ only in values share an entry.
_compiled = View(CACHE, "sql", lambda compiled: COMPILED_BYTES + PER_CHARACTER * len(compiled.string))


class CompiledQuery:
    """A SELECT with its values, compiled for one engine. It can be sent many times.

    Each time it gets new values for the parameter `keys`, for those of a `QueryWithValues`, and for parameters with a
    function (`bindparam(callable_=...)`), such as the current time.
    """

    __slots__ = ("_again", "_arguments", "_encoders", "_form", "_positions", "sql")

    def __init__(self, statement: Executable, dialect: Dialect, parameters: Mapping[str, Any] | None = None) -> None:
        compiled, own_values = sqlalchemy_internals.compile_cached(statement, dialect, _compiled)
        parameter_names = sqlalchemy_internals.open_parameters(compiled)
        encoders = sqlalchemy_internals.encoders(compiled)
        given = {**dict.fromkeys(parameter_names), **(parameters or {})}
        self.sql, names, self._arguments = bind(compiled, given, own_values)
        self._form = _form_of(compiled)
        self._positions = {name: [at for at, one in enumerate(names) if one == name] for name in parameter_names}
        self._encoders = {name: encoders.get(name) for name in parameter_names}
        follows_clock = sqlalchemy_internals.follows_clock(compiled, own_values)
        self._again = (lambda: bind(compiled, given, own_values)[2]) if follows_clock else None

    def arguments(self, keys: Any = None) -> list[Any]:
        """Encoded arguments in the order of the placeholders.

        `keys` is a sequence, or the key itself if the statement takes a single key.
        """
        arguments = self._again() if self._again else self._arguments
        return arguments if keys is None or "keys" not in self._positions else self.filled(arguments, {"keys": keys})

    def filled(self, arguments: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
        """Copy of the arguments with values for parameters without one. Unknown names are ignored."""
        filled = list(arguments)
        for name, value in values.items():
            encode = self._encoders.get(name)
            for position in self._positions.get(name, ()):
                filled[position] = value if encode is None else encode(value)
        return filled

    def to_send(self, keys: Any) -> tuple["CompiledQuery", list[Any]]:
        """The query itself and its arguments."""
        return self, self.arguments(keys)

    def decoded(self, rows: Sequence[Row], *, marked: bool = False) -> Sequence[Any]:
        """Convert rows to SQLAlchemy rows of Python values. Rows of textual SQL are returned unchanged.

        With `marked`, a value that its column type cannot decode becomes `UNREADABLE` instead of raising an error.
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
    """Type of `UNREADABLE`, the marker of a stored value that its column type cannot decode."""


UNREADABLE = Unreadable()


def tolerant(decode: Decode) -> Decode:
    """Decoder that returns `UNREADABLE` instead of raising an error."""

    def decode_or_mark(value: Any) -> Any:
        try:
            return decode(value)
        except Exception:
            return UNREADABLE

    return decode_or_mark


class UnreadableValue(Exception):
    """A stored value that its column type cannot decode."""

    def __init__(self, column: str) -> None:
        self.column = column
        super().__init__(f"a stored {column} cannot be read")


class KeyedQuery:
    """A SELECT by keys in two forms: for many keys, and for a single key, which is the most frequent case.

    With an array of a few keys PostgreSQL plans the statement each time, which takes longer than reading the rows.
    SQLite sets up a virtual table.
    """

    def __init__(self, make: Callable[..., Select[Any]], dialect: Dialect) -> None:
        """`make` returns the SELECT. Its argument `single` says whether it takes a single key."""
        self._make = make
        self._dialect = dialect

    @property
    def select_for_one(self) -> Select[Any]:
        """The SELECT for a single key."""
        return self._make(single=True)

    @cached_property
    def for_one(self) -> CompiledQuery:
        """The query for a single key."""
        return CompiledQuery(self.select_for_one, self._dialect)

    @cached_property
    def _for_many(self) -> CompiledQuery:
        return CompiledQuery(self._make(single=False), self._dialect)

    def to_send(self, keys: Sequence[Any]) -> tuple[CompiledQuery, list[Any]]:
        """Query for these keys and its arguments."""
        if len(keys) == 1:
            return self.for_one, self.for_one.arguments(keys[0])
        return self._for_many, self._for_many.arguments(keys)


@dataclass(frozen=True, eq=False)
class QueryWithValues:
    """A shared query with values for its parameters without one."""

    query: CompiledQuery | KeyedQuery
    values: Mapping[str, Any]

    def to_send(self, keys: Any) -> tuple[CompiledQuery, list[Any]]:
        """Query for these keys and its arguments."""
        query, arguments = self.query.to_send(keys)
        return query, query.filled(arguments, self.values)


class Statement:
    """A statement with named parameters, compiled once per engine.

    Create it once, such as at import time: building a statement in SQLAlchemy takes longer than sending it.
    """

    def __init__(self, expression: Executable, columns: Sequence[str] = ()) -> None:
        """`columns` are the columns that an INSERT or UPDATE takes from parameters of the same names."""
        self._expression = expression
        self._columns = columns
        self._compiled: dict[str, CompiledStatement] = {}

    def compiled(self, dialect: Dialect) -> "CompiledStatement":
        """The statement, compiled for a dialect."""
        found = self._compiled.get(dialect.name)
        if found is None:
            found = CompiledStatement(self._expression, self._columns, dialect)
            self._compiled[dialect.name] = found
        return found


class KeyedStatement:
    """A statement by keys in two forms; see `KeyedQuery`."""

    def __init__(
        self, key: Column[Any] | QueryableAttribute[Any], make: Callable[[ColumnElement[bool]], Executable]
    ) -> None:
        """`make` returns the statement, given the condition on `key`."""
        self._for_one = Statement(make(key == bindparam("keys")))
        self._for_many = Statement(make(is_among(key, key_list("keys", key.type))))

    def of(self, keys: Sequence[Any]) -> tuple[Statement, Any]:
        """Statement for these keys, and the value of its parameter `keys`."""
        return (self._for_one, keys[0]) if len(keys) == 1 else (self._for_many, keys)


class CompiledStatement:
    """A statement compiled for one engine: SQL, argument encoders and row decoder."""

    def __init__(self, expression: Executable, columns: Sequence[str], dialect: Dialect) -> None:
        compiled: Any = expression.compile(dialect=dialect, column_keys=list(columns) or None)  # type: ignore[attr-defined] # all can be compiled
        parameters = sqlalchemy_internals.open_parameters(compiled)
        self.sql, names, self._arguments = bind(compiled, dict.fromkeys(parameters), None)
        encoders = sqlalchemy_internals.encoders(compiled)
        self._positions = [(at, name, encoders.get(name)) for at, name in enumerate(names) if name in parameters]
        self._form = _form_of(compiled)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """Encoded arguments in the order of the placeholders."""
        arguments = list(self._arguments)
        for position, name, encode in self._positions:
            value = values[name]
            arguments[position] = value if encode is None else encode(value)
        return arguments

    def together(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
        """A statement with the VALUES of one row, for many rows: SQL and arguments, in batches that SQLite allows."""
        before, one, after = _VALUES.split(self.sql)
        batch_size = SQLITE_VARIABLES // len(self._positions)
        for first in range(0, len(rows), batch_size):
            batch = rows[first : first + batch_size]
            yield f"{before}{', '.join([one] * len(batch))}{after}", [v for row in batch for v in self.arguments(row)]

    def decoded(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Convert rows of the driver's values to rows of Python values. Raises UnreadableValue."""
        if not self._form.names:
            return rows
        try:
            return self._form.decode(rows)
        except Exception as error:
            values = (zip(self._form.names, row, strict=True) for row in self._form.decode_or_mark(rows))
            column = next((name for row in values for name, value in row if value is UNREADABLE), "value")
            raise UnreadableValue(column) from error


class _Form:
    """Names and types of a compiled statement's columns. Does not keep the compiled statement alive."""

    def __init__(self, compiled: SQLCompiler) -> None:
        columns = sqlalchemy_internals.result_columns(compiled)
        self.names = [name for name, _ in columns]
        self._types = [kind for _, kind in columns]
        self._dialect = compiled.dialect

    @cached_property
    def decode(self) -> Callable[[Sequence[Row]], list[Row]]:
        """Function that decodes rows."""
        return self._generated([decoder(kind, self._dialect) for kind in self._types])

    @cached_property
    def decode_or_mark(self) -> Callable[[Sequence[Row]], list[Row]]:
        """Function that decodes rows, with `UNREADABLE` for values that cannot be decoded."""
        decoders = [decoder(kind, self._dialect) for kind in self._types]
        return self._generated([tolerant(decode) if decode else None for decode in decoders])

    @staticmethod
    def _generated(decoders: Sequence[Decode | None]) -> Callable[[Sequence[Row]], list[Row]]:
        functions = {f"decode{i}": decode for i, decode in enumerate(decoders) if decode}
        values = "".join(f"decode{i}(row[{i}])," if decode else f"row[{i}]," for i, decode in enumerate(decoders))
        generated: Callable[[Sequence[Row]], list[Row]]
        generated = eval(f"lambda rows: [({values}) for row in rows]", functions)  # noqa: S307 - contains only numbers
        return generated


def _form_of(compiled: SQLCompiler) -> _Form:
    """The form of a compiled statement, which is kept with it."""
    form: _Form | None = compiled.__dict__.get("jobbot_form")
    if form is None:
        form = compiled.__dict__["jobbot_form"] = _Form(compiled)
    return form


def decoder(column_type: TypeEngine[Any], dialect: Dialect) -> Decode | None:
    """Decoder of a column type, which must also accept None; None if the driver's values need no decoding.

    The decoder raises the errors of the column type.
    """
    implementation = column_type.dialect_impl(dialect)
    if isinstance(implementation, Numeric | Float) and dialect.name == "postgresql":
        # SQLAlchemy's processor depends on the type of the result column, which is not known yet.
        return _decimal if implementation.asdecimal else _float
    return implementation.result_processor(dialect, None)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _decimal(value: Any) -> Decimal | None:
    return Decimal(str(value)) if isinstance(value, float) else value
