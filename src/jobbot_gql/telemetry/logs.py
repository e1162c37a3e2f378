"""The log: one event per line on standard error, as JSON or text, without values of the data.

Messages of exceptions are omitted because they quote values: PostgreSQL's DETAIL quotes the duplicate key, asyncpg the
argument it cannot encode, Python the text that is not a number. An exception is logged with its types, the database's
structured fields (SQLSTATE, constraint, table, column) and its traceback.
"""

import asyncio
import errno
import logging
import os
import re
import select
import threading
import traceback
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

import orjson

from jobbot_gql.telemetry.terminal import TerminalLines

Event = Mapping[str, Any]
"""An event's fields, in the order of output."""

STANDARD_ERROR: Final = 2
MAX_FRAMES: Final = 40
_CONSTRAINT = re.compile(r"(UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed(: [\w., ]+)?")
_POSTGRESQL_FIELDS = ("sqlstate", "schema_name", "table_name", "column_name", "constraint_name")
_STANDARD: Final = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}


BUFFER_SECONDS: Final = 0.01
"""How long a line may be buffered."""
BUFFER_BYTES: Final = select.PIPE_BUF
"""Maximum size of one write. Writes of this size to a pipe are atomic."""


class Log:
    """Writes events atomically, so that lines of several threads and processes do not mix."""

    def __init__(self, descriptor: int, *, as_json: bool) -> None:
        self._descriptor = descriptor
        self._encode = _as_json if as_json else TerminalLines(colours=_has_colours(descriptor))
        self._buffered: list[bytes] = []
        self._buffered_bytes = 0
        self._lock = threading.Lock()

    def write(self, level: str, event: str, fields: Event) -> None:
        """Write an event with the current time, and everything buffered before it."""
        line = self._encode({"time": datetime.now(UTC), "level": level, "event": event, **fields})
        with self._lock:
            self._buffer(line)
            self._write_buffer()

    def write_soon(self, event: Event) -> None:
        """Buffer an event, which is written within BUFFER_SECONDS. Requires a running event loop.

        The event's first fields are `time`, `level` and `event`. Buffering avoids a system call per operation, which
        would take a twentieth of the time of the shortest ones.
        """
        line = self._encode(event)
        with self._lock:
            if not self._buffered:
                asyncio.get_running_loop().call_later(BUFFER_SECONDS, self.flush)
            self._buffer(line)

    def flush(self) -> None:
        """Write the buffered events."""
        with self._lock:
            self._write_buffer()

    def _buffer(self, line: bytes) -> None:
        if self._buffered_bytes + len(line) > BUFFER_BYTES:
            self._write_buffer()
        self._buffered.append(line)
        self._buffered_bytes += len(line)

    def _write_buffer(self) -> None:
        lines = b"".join(self._buffered)
        self._buffered.clear()
        self._buffered_bytes = 0
        if lines:
            with suppress(OSError):  # a full disk or a closed pipe must not stop the service
                os.write(self._descriptor, lines)


def _as_json(event: Event) -> bytes:
    return orjson.dumps(event, default=str, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)


def _has_colours(descriptor: int) -> bool:
    """Whether a descriptor is a terminal with colours whose user has not switched them off; see no-color.org."""
    return os.isatty(descriptor) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def configure(*, as_json: bool) -> Log:
    """Create the log on standard error, and send Python's logging and warnings to it."""
    log = Log(STANDARD_ERROR, as_json=as_json)
    root = logging.getLogger()
    root.handlers[:] = [_Handler(log)]
    root.setLevel(logging.WARNING)

    def show(  # noqa: PLR0917 - the signature of `warnings.showwarning`
        message: Warning | str, category: type[Warning], filename: str, lineno: int, file: Any = None, line: Any = None
    ) -> None:
        log.write("warning", "warning", {"category": category.__name__, "place": f"{filename}:{lineno}"})

    warnings.showwarning = show
    return log


class _Handler(logging.Handler):
    """Forwards records of Python's logging to the log."""

    def __init__(self, log: Log) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fields = {name: value for name, value in record.__dict__.items() if name not in _STANDARD and value is not None}
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, asyncio.CancelledError):
            return  # uvicorn logs requests that were cancelled at shutdown
        if record.name == "uvicorn.error" and getattr(error, "__notes__", None):
            return  # `handle_exception` has logged it already
        # Arguments and further lines of other loggers' messages may quote values. Our own events use fields instead.
        ours = record.name.startswith("jobbot_gql")
        event = record.getMessage() if ours else str(record.msg).partition("\n")[0]
        self._log.write(
            record.levelname.lower(),
            event,
            {**({} if ours else {"logger": record.name}), **fields, **(exception_fields(error) if error else {})},
        )


def exception_fields(error: BaseException) -> dict[str, Any]:
    """Fields of an event for an exception and its causes, without their messages."""
    chain = list(_chain(error))
    facts: dict[str, Any] = {}
    for one in chain:
        facts |= _facts(one)
    root = chain[-1]
    return {
        "exception": [_name(one) for one in chain],
        **facts,
        "traceback": [line for one in (root, error)[: 1 + (root is not error)] for line in _frames(one.__traceback__)],
    }


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        if isinstance(following, BaseExceptionGroup):
            following = following.exceptions[0]
        elif following.__cause__ is not None or following.__suppress_context__:
            following = following.__cause__
        else:
            following = following.__context__


def _name(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _facts(error: BaseException) -> dict[str, Any]:
    """Attributes of an exception that hold no values of rows."""
    facts: dict[str, Any] = {
        name: value for name in _POSTGRESQL_FIELDS if isinstance(value := getattr(error, name, None), str)
    }
    if isinstance(code := getattr(error, "sqlite_errorname", None), str):
        facts["sqlite_error"] = code
        if constraint := _CONSTRAINT.match(str(error)):
            facts["constraint_name"] = constraint[0]
    if isinstance(error, OSError) and error.errno:
        facts["errno"] = errno.errorcode.get(error.errno, error.errno)
    if isinstance(statement := getattr(error, "statement", None), str):
        facts["sql"] = statement  # with placeholders
    return facts


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in traceback.extract_tb(trace)[-MAX_FRAMES:]]
