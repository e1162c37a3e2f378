"""Size of the response to one operation in bytes, counted while its rows arrive.

The rows of each level are counted when they are read, and reading stops at the limit. A response can be larger than its
rows: jobs of one company each repeat it. So the whole response is measured before it is serialized, unless it is small
in any case.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from jobbot_gql.api.types.errors import ResponseTooLarge

SHORT = 640
"""Maximum bytes of a value, with its name, that is not a long text: limited text columns have at most 500."""
NUMBER = 20
"""Estimated bytes of a number, a date or a time."""


class ResponseSize:
    """The size of one operation's response."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._read = 0
        """Characters of long texts that were read so far."""
        self._longest = SHORT
        self.has_written = False
        """Whether the operation has committed a write."""

    def add_texts(self, rows: Sequence[Sequence[Any]], indexes: Iterable[int]) -> None:
        """Count rows that were read; the columns at `indexes` hold long texts. Raises ResponseTooLarge."""
        for index in indexes:
            self._add([len(row[index]) for row in rows if type(row[index]) is str])

    def add_rows(self, rows: Sequence[Sequence[Any]]) -> None:
        """Count rows that a resolver has read. Raises ResponseTooLarge."""
        self._add([len(value) for row in rows for value in row if type(value) is str and len(value) > SHORT])

    def _add(self, lengths: list[int]) -> None:
        if lengths:
            self._read += sum(lengths)
            self._longest = max(self._longest, *lengths)
        if self._read > self.limit:
            raise self.exceeded()

    def check(self, data: Any, values: int) -> None:
        """Measure a response with at most this number of values. Raises ResponseTooLarge.

        It is not measured if it cannot be too large.
        """
        if values * self._longest > self.limit and size_of(data) > self.limit:
            raise self.exceeded()

    @property
    def most_read(self) -> int:
        """Maximum bytes of the rows of one statement on the wire from PostgreSQL, keys and headers included."""
        return 2 * self.limit + 1_000_000

    def exceeded(self) -> ResponseTooLarge:
        """The error for a response that is too large."""
        return ResponseTooLarge(self.limit, has_written=self.has_written)


def size_of(data: Any) -> int:
    """Estimated bytes of a value as JSON; escaped characters count as one."""
    known: dict[int, int] = {}

    def measure(value: Any) -> int:
        kind = type(value)
        if kind is str:
            return 2 + (len(value) if value.isascii() else len(value.encode(errors="replace")))
        if kind is not dict and kind is not list:
            return NUMBER if isinstance(value, int | float | date) else 5
        found = known.get(id(value))
        if found is not None:
            return found
        size = 2
        if kind is dict:
            for name, inner in value.items():
                size += len(name) + 4 + measure(inner)
        else:
            for inner in value:
                size += 1 + measure(inner)
        known[id(value)] = size
        return size

    return measure(data)
