"""Classification of driver errors: unavailable, full, read-only, replaced."""

import errno
import sqlite3
from collections.abc import Iterator

import asyncpg  # type: ignore[import-untyped] # has no types
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, sqlite3.Error)
"""Base classes of the errors of asyncpg and sqlite3. A broken connection may also raise OSError."""

_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
}
_SQLSTATES = ("08", "25P03", "28", "3D", "40", "53", "55P03", "57P")
"""Errors and classes of errors: connection, idle timeout, authorisation, unknown database, conflict of transactions,
resources, lock timeout, shutdown (PostgreSQL, Appendix A). Conflicts were retried before."""
_TIMED_OUT = {"25P04", "57014"}
"""PostgreSQL's transaction_timeout and statement_timeout."""
_DISK_FULL = "53100"
_NOT_WRITABLE = {"25006", "42501", "P0001"}
"""A read-only transaction, as on a standby server; a missing privilege; a trigger that rejects the write.

The project's own triggers reject nothing. An administrator may have added one, for instance to protect the change log.
"""


class FileReplaced(OSError):
    """A SQLite file was removed or replaced while it was open."""


def is_read_only(error: BaseException) -> bool:
    """Whether the error or one of its causes means that the database is read-only."""
    return any(map(_means_read_only, _causes(error)))


def is_replaced(error: BaseException) -> bool:
    """Whether the error or one of its causes means that the SQLite file was replaced."""
    return any(isinstance(cause, FileReplaced) for cause in _causes(error))


def is_full(error: BaseException) -> bool:
    """Whether the error or one of its causes means that the disk is full."""
    return any(map(_means_full, _causes(error)))


def is_unavailable(error: BaseException) -> bool:
    """Whether the error or one of its causes means that the database is unreachable or busy."""
    return any(map(_means_unavailable, _causes(error)))


def is_timed_out(error: BaseException) -> bool:
    """Whether the error or one of its causes means that the database's own time limit was exceeded."""
    return any(getattr(cause, "sqlstate", None) in _TIMED_OUT for cause in _causes(error))


def is_referred_to(error: BaseException) -> bool:
    """Whether the error or one of its causes means that another row refers to a deleted row."""
    return any(
        isinstance(cause, asyncpg.ForeignKeyViolationError)
        or getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _means_full(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return getattr(error, "errno", None) == errno.ENOSPC or getattr(error, "sqlstate", None) == _DISK_FULL


def _means_read_only(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0)
        return code & 0xFF == sqlite3.SQLITE_READONLY or code == sqlite3.SQLITE_CONSTRAINT_TRIGGER
    return getattr(error, "errno", None) == errno.EROFS or getattr(error, "sqlstate", None) in _NOT_WRITABLE


def _means_unavailable(error: BaseException) -> bool:
    # asyncpg raises InternalClientError if the server dies while it sends a message.
    if isinstance(error, PoolTimeout | OSError | EOFError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in _SQLITE
    return str(getattr(error, "sqlstate", None)).startswith(_SQLSTATES)
