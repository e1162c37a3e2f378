"""Time limit of an operation's execution."""

import asyncio
from types import TracebackType
from typing import Any

from jobbot_gql.api.types.errors import TimedOut


class TimeLimit:
    """Like `asyncio.timeout` for many tasks with one timer. All have the same limit: the first to begin ends first."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends: dict[Applied, float] = {}
        """End of each on the event loop's clock, in ascending order."""
        self._timer: asyncio.TimerHandle | None = None

    def applied(self) -> "Applied":
        """`with limit.applied(): await …` raises TimedOut if that takes longer."""
        return Applied(self)

    def begin(self, one: "Applied", loop: asyncio.AbstractEventLoop) -> None:
        """Start the time of one operation."""
        self._ends[one] = loop.time() + self.seconds
        if self._timer is None:
            self._timer = loop.call_later(self.seconds, self._look, loop)

    def end(self, one: "Applied") -> None:
        """Stop its time."""
        self._ends.pop(one, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        for one, end in list(self._ends.items()):
            if end > loop.time():
                self._timer = loop.call_at(end, self._look, loop)
                break
            del self._ends[one]
            one.cancel()


class Applied:
    """The time limit of one operation, in the task that executes it."""

    __slots__ = ("_cancelled", "_cancelling", "_limit", "_task")

    def __init__(self, limit: TimeLimit) -> None:
        self._limit = limit
        self._cancelled = False

    def __enter__(self) -> None:
        loop = asyncio.get_running_loop()
        self._task: asyncio.Task[Any] = asyncio.current_task(loop)  # type: ignore[assignment] # there is one
        self._cancelling = self._task.cancelling()
        self._limit.begin(self, loop)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limit.end(self)
        # Unless the task was also cancelled for another reason.
        if self._cancelled and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimedOut(self._limit.seconds) from error

    def cancel(self) -> None:
        """Stop the task."""
        self._cancelled = True
        self._task.cancel()
