"""The only module that uses undocumented parts of aiosqlite.

`pyproject.toml` limits aiosqlite to the tested minor version. `tests/library_contracts` tests each part.
"""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")


def sqlite_connection(connection: aiosqlite.Connection) -> sqlite3.Connection:
    """The wrapped connection of the standard library."""
    return connection._conn


def in_thread(connection: aiosqlite.Connection, work: Callable[..., T], *arguments: Any) -> Awaitable[T]:
    """Run `work` in the connection's thread, after everything queued before."""
    result: Awaitable[T] = connection._execute(work, *arguments)  # type: ignore[no-untyped-call]
    return result
