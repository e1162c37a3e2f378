"""A bound on the memory that all connections hold together."""

from typing import Protocol


class Holder(Protocol):
    """A connection, or one direction of a connection."""

    def shed(self) -> None:
        """End the connection to free its memory."""


class HeldBytes:
    """Counts the bytes of one kind that connections hold. Over the limit, the largest holder is shed."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sizes: dict[Holder, int] = {}
        self._total = 0

    def hold(self, holder: Holder, size: int) -> None:
        """Record that `holder` now holds `size` bytes. This may shed it or another holder."""
        self._total += size - self._sizes.pop(holder, 0)
        if size:
            self._sizes[holder] = size
        while self._total > self._limit:
            largest = max(self._sizes, key=self._sizes.__getitem__)
            self._total -= self._sizes.pop(largest)
            largest.shed()
