"""What the database does for one operation, counted where statements are sent."""

from contextvars import ContextVar
from time import perf_counter
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

_CONTROL = ("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")


class Work:
    """Statements, rows and time of one operation; those that SQLAlchemy sends are counted by `count_writes`."""

    __slots__ = ("first", "last", "rows", "seconds", "slowest", "slowest_seconds", "statements")

    def __init__(self) -> None:
        self.statements = 0
        """Statements, transaction control left out."""
        self.rows = 0
        """Rows that were read or changed."""
        self.seconds = 0.0
        """Time that statements took, the way to the database included."""
        self.first = self.last = 0.0
        """When the first statement began and the last one ended, on `time.perf_counter`'s clock; 0: none did."""
        self.slowest = ""
        """The SQL of the statement that took longest. It has placeholders where values were."""
        self.slowest_seconds = 0.0

    def add(self, sql: str, started: float, rows: int) -> None:
        """Count a statement that has just ended."""
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
"""The work of the operation that is being executed, if any."""


def count_writes(engine: AsyncEngine) -> None:
    """Count the statements that SQLAlchemy sends on an engine into the current work."""

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def begin(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:  # noqa: PLR0917
        connection.info["started"] = perf_counter()

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def end(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:  # noqa: PLR0917
        work = current.get()
        if work is not None and not statement.startswith(_CONTROL):
            work.add(statement, connection.info["started"], max(cursor.rowcount, 0))
