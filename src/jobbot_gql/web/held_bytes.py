"""Memory that connections hold, bounded in total."""

from typing import Protocol


class Holder(Protocol):
    """A connection, or one direction of it."""

    def shed(self) -> None:
        """End the connection, so that what it holds is freed."""


class HeldBytes:
    """Bytes of one kind that all connections hold together. Over the limit, the connection that holds most is ended."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sizes: dict[Holder, int] = {}
        self._total = 0

    def hold(self, holder: Holder, size: int) -> None:
        """Take note that `holder` holds `size` bytes now, 0 for none. This may end it, or another one."""
        self._total += size - self._sizes.pop(holder, 0)
        if size:
            self._sizes[holder] = size
        while self._total > self._limit:
            largest = max(self._sizes, key=self._sizes.__getitem__)
            self._total -= self._sizes.pop(largest)
            largest.shed()
