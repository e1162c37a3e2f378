"""How many bytes the answer to one operation has, counted while its rows arrive.

The rows of each level are counted as they come, and reading ends at the limit. An answer can be larger than its rows:
jobs that share a company each show it again. So the whole is counted before it is written, unless it is small whatever
its shape.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from jobbot_gql.api.types.errors import ResponseTooLarge

SHORT = 640
"""Bytes of a value at most that is no long text, with its name: columns of texts with a limit have at most 500."""
NUMBER = 20
"""Roughly the bytes of a number, a day or a time."""


class ResponseSize:
    """The size of one operation's answer."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._read = 0
        """Characters of long texts that were read."""
        self._longest = SHORT
        self.has_written = False
        """Whether the operation has committed something."""

    def add_texts(self, rows: Sequence[Sequence[Any]], places: Iterable[int]) -> None:
        """Count rows that were read, of which the columns at `places` hold long texts. Raises ResponseTooLarge."""
        for place in places:
            self._add([len(row[place]) for row in rows if type(row[place]) is str])

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
        """Count an answer of so many values at most, what is shown several times each time. Raises ResponseTooLarge.

        It is not counted where it cannot be too large.
        """
        if values * self._longest > self.limit and size_of(data) > self.limit:
            raise self.exceeded()

    @property
    def most_read(self) -> int:
        """Bytes that the rows of one statement may have on their way from PostgreSQL, keys and headers included."""
        return 2 * self.limit + 1_000_000

    def exceeded(self) -> ResponseTooLarge:
        """The error of an answer that is too large."""
        return ResponseTooLarge(self.limit, has_written=self.has_written)


def size_of(data: Any) -> int:
    """Bytes of a value as JSON, roughly: nothing is added for escaped characters."""
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
