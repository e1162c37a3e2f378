"""What the project uses of SQLAlchemy beyond its documented API; nothing else in it does.

pyproject.toml holds SQLAlchemy to the minor version that this was tested with. `tests/library_contracts` says what each
piece must do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, PoolProxiedConnection
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.orm.attributes import manager_of_class
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.type_api import TypeEngine
from sqlalchemy.util import LRUCache, await_only, greenlet_spawn

__all__ = [
    "LRUCache",
    "await_only",
    "bind",
    "compile_cached",
    "connection_on",
    "encoders",
    "follows_clock",
    "greenlet_spawn",
    "manager_of_class",
    "open_parameters",
    "result_columns",
    "rows_of",
    "set_autocommit",
]

Encode = Callable[[Any], Any]
"""From a Python value to the driver's value of a column type."""


def compile_cached(statement: Executable, dialect: Dialect, cache: LRUCache[Any, Any]) -> tuple[Any, Any]:
    """The compiled statement and its own values, for `bind`.

    It is what Connection.execute does: statements that differ in values alone share one compiled form.
    """
    compiled, values, *_ = statement._compile_w_cache(dialect, compiled_cache=cache, column_keys=[])
    return compiled, values


def open_parameters(compiled: SQLCompiler) -> list[str]:
    """The names of the parameters that have no value of their own."""
    return [name for name, parameter in compiled.binds.items() if parameter.required]


def follows_clock(compiled: SQLCompiler, values: Any) -> bool:
    """Whether a function gives the value of some parameter each time (`bindparam(callable_=...)`)."""
    return any(parameter.callable for parameter in values or compiled.bind_names)


def encoders(compiled: SQLCompiler) -> Mapping[str, Encode]:
    """What turns the values of parameters into the driver's, by name; parameters that need nothing are missing."""
    found: Any = compiled._bind_processors
    return found  # type: ignore[no-any-return] # tuples occur in expanded parameters only


def bind(compiled: SQLCompiler, given: Mapping[str, Any], values: Any) -> tuple[str, Sequence[str], list[Any]]:
    """The text, the names of its placeholders in their order, and their values as the driver takes them.

    `given` are values by name, and `values` those of `compile_cached`.
    """
    parameters: Mapping[str, Any] = compiled.construct_params(given, extracted_parameters=values)
    sql, encode = compiled.string, encoders(compiled)
    names: Sequence[str] = compiled.positiontup or ()
    if compiled.post_compile_params:  # `IN (...)` gets its placeholders when the number of values is known
        expanded: Any = compiled._process_parameters_for_postcompile(dict(parameters))
        sql, names, parameters = expanded.statement, expanded.positiontup or (), expanded.parameters
        encode = {**encode, **expanded.processors}
    return sql, names, [encode[name](parameters[name]) if name in encode else parameters[name] for name in names]


def result_columns(compiled: SQLCompiler) -> list[tuple[str, TypeEngine[Any]]]:
    """The names and types of a SELECT's columns."""
    return [(column.keyname, column.type) for column in compiled._result_columns]


def rows_of(names: Sequence[str], values: Iterable[Sequence[Any]]) -> Sequence[Any]:
    """Rows as SQLAlchemy gives them, with attributes, of rows that it has not read."""
    result: IteratorResult[Any] = IteratorResult(SimpleResultMetaData(names), iter(values))
    return result.all()


def connection_on(engine: AsyncEngine, pooled: PoolProxiedConnection) -> AsyncConnection:
    """A connection of SQLAlchemy on one that was taken from the engine's pool."""
    return AsyncConnection(engine, Connection(engine.sync_engine, connection=pooled))


def set_autocommit(pooled: PoolProxiedConnection, autocommit: bool) -> None:
    """Whether SQLAlchemy sends no BEGIN on a connection of asyncpg."""
    adapted: Any = pooled.dbapi_connection
    adapted.autocommit = autocommit
