"""What the project uses of aiosqlite beyond its documented API; nothing else in it does.

pyproject.toml holds aiosqlite to the minor version that this was tested with. `tests/library_contracts` says what each
piece must do.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")


def sqlite_connection(connection: aiosqlite.Connection) -> sqlite3.Connection:
    """The connection of the standard library within."""
    return connection._conn


def in_thread(connection: aiosqlite.Connection, work: Callable[..., T], *arguments: Any) -> Awaitable[T]:
    """What `work` gives in the connection's own thread, behind everything that the thread was asked before."""
    result: Awaitable[T] = connection._execute(work, *arguments)  # type: ignore[no-untyped-call]
    return result
