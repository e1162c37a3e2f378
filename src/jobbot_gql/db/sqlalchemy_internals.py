"""The only module that uses undocumented parts of SQLAlchemy.

`pyproject.toml` limits SQLAlchemy to the tested minor version. `tests/library_contracts` tests each part.
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
"""Converts a Python value to the driver's value of a column type."""


def compile_cached(statement: Executable, dialect: Dialect, cache: Any) -> tuple[Any, Any]:
    """Compiled statement and its extracted values, for `bind`.

    As in Connection.execute, statements that differ only in values share one compiled form.
    """
    compiled, values, *_ = statement._compile_w_cache(dialect, compiled_cache=cache, column_keys=[])
    return compiled, values


def open_parameters(compiled: SQLCompiler) -> list[str]:
    """Names of the parameters without a value."""
    return [name for name, parameter in compiled.binds.items() if parameter.required]


def follows_clock(compiled: SQLCompiler, values: Any) -> bool:
    """Whether a parameter's value comes from a function (`bindparam(callable_=...)`)."""
    return any(parameter.callable for parameter in values or compiled.bind_names)


def encoders(compiled: SQLCompiler) -> Mapping[str, Encode]:
    """Encoders of parameters by name. Parameters that need none are omitted."""
    found: Any = compiled._bind_processors
    return found  # type: ignore[no-any-return] # tuples occur in expanded parameters only


def bind(compiled: SQLCompiler, given: Mapping[str, Any], values: Any) -> tuple[str, Sequence[str], list[Any]]:
    """SQL, names of its placeholders in order, and their encoded values.

    `given` are values by name; `values` are those of `compile_cached`.
    """
    parameters: Mapping[str, Any] = compiled.construct_params(given, extracted_parameters=values)
    sql, encode = compiled.string, encoders(compiled)
    names: Sequence[str] = compiled.positiontup or ()
    if compiled.post_compile_params:  # the placeholders of `IN (...)` depend on the number of values
        expanded: Any = compiled._process_parameters_for_postcompile(dict(parameters))
        sql, names, parameters = expanded.statement, expanded.positiontup or (), expanded.parameters
        encode = {**encode, **expanded.processors}
    return sql, names, [encode[name](parameters[name]) if name in encode else parameters[name] for name in names]


def result_columns(compiled: SQLCompiler) -> list[tuple[str, TypeEngine[Any]]]:
    """Names and types of a statement's result columns."""
    return [(column.keyname, column.type) for column in compiled._result_columns]


def rows_of(names: Sequence[str], values: Iterable[Sequence[Any]]) -> Sequence[Any]:
    """SQLAlchemy rows, with attributes, made of plain values."""
    result: IteratorResult[Any] = IteratorResult(SimpleResultMetaData(names), iter(values))
    return result.all()


def connection_on(engine: AsyncEngine, pooled: PoolProxiedConnection) -> AsyncConnection:
    """SQLAlchemy connection on a connection checked out of the engine's pool."""
    return AsyncConnection(engine, Connection(engine.sync_engine, connection=pooled))


def set_autocommit(pooled: PoolProxiedConnection, autocommit: bool) -> None:
    """Set whether SQLAlchemy sends no BEGIN on a connection of asyncpg."""
    adapted: Any = pooled.dbapi_connection
    adapted.autocommit = autocommit
