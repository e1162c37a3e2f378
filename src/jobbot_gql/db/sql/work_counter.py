"""Counters of an operation's database work."""

from contextvars import ContextVar
from time import perf_counter
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

_CONTROL = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class Work:
    """Statements, rows and time of an operation. `count_writes` adds the statements that SQLAlchemy sends."""

    __slots__ = ("first", "last", "rows", "seconds", "slowest", "slowest_seconds", "statements")

    def __init__(self) -> None:
        self.statements = 0
        """Number of statements, without transaction control."""
        self.rows = 0
        """Number of rows read or changed."""
        self.seconds = 0.0
        """Time of statements in seconds, including round trips."""
        self.first = self.last = 0.0
        """Start of the first and end of the last statement, by `time.perf_counter`; 0 if there was none."""
        self.slowest = ""
        """SQL of the slowest statement, with placeholders instead of values."""
        self.slowest_seconds = 0.0

    def add(self, sql: str, started: float, rows: int) -> None:
        """Add a statement that has just ended."""
        ended = perf_counter()
        seconds = ended - started
        self.statements += 1
        self.rows += rows
        self.seconds += seconds
        self.first = self.first or started
        self.last = ended
        if seconds > self.slowest_seconds:
            self.slowest_seconds, self.slowest = seconds, sql


current: ContextVar[Work | None] = ContextVar("work", default=None)
"""Work of the present operation, if any."""


def count_writes(engine: AsyncEngine) -> None:
    """Add the statements that SQLAlchemy sends on an engine to the current work."""

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def begin(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:  # noqa: PLR0917
        connection.info["started"] = perf_counter()

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def end(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:  # noqa: PLR0917
        work = current.get()
        if work is not None and not statement.startswith(_CONTROL):
            work.add(statement, connection.info["started"], max(cursor.rowcount, 0))
