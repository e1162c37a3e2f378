"""Digest of a file's rows, independent of the file format and of the order of rows.

Only the order of rows of the same source matters, because the last one wins.
"""

import json
from array import array
from datetime import date
from hashlib import blake2b, sha256

from jobbot_gql.importing.comparison import plain_text
from jobbot_gql.importing.dates import DayMonthOrder, TwoNumbers
from jobbot_gql.importing.matcher import Keys
from jobbot_gql.importing.raw import JsonValue
from jobbot_gql.importing.rows import ScrapedJob

_CONTENT_BYTES = 16
_RULES = b"1"
_DATE = "date_posted"


class Fingerprint:
    """Collects the rows of a file in 32 bytes each, and computes their digest."""

    def __init__(self) -> None:
        self._sources = array("Q")
        self._contents = bytearray()
        self._days = array("q")

    def __len__(self) -> int:
        return len(self._sources)

    def add(self, row: ScrapedJob, date_posted: JsonValue) -> None:
        """Add a row, and its unparsed `date_posted`, because the file's date order is not known yet."""
        self._sources.append(int.from_bytes(blake2b(source_of(row), digest_size=8).digest()))
        numbers = TwoNumbers.of(date_posted)
        if numbers is not None:
            first, second, year = numbers
            self._days.append(-(year * 10_000 + first * 100 + second))
        else:
            self._days.append(_number(row.posting_date))
        is_read = numbers is not None or row.posting_date is not None
        values = {column: value for column, value in row.raw.items() if column != _DATE or not is_read}
        text = json.dumps(sorted((column, plain_text(value)) for column, value in values.items()))
        self._contents += sha256(text.encode()).digest()[:_CONTENT_BYTES]

    def finish(self, order: DayMonthOrder) -> tuple[str, bytes]:
        """Compute the digest (64 hexadecimal digits) and the superseded rows.

        The second result has one byte per row in file order: 1 if a later row has the same source. Equal rows count
        once.
        """
        superseded = bytearray(len(self))
        total = count = 0
        group, source, previous = sha256(), None, -1
        for index in sorted(range(len(self)), key=self._sources.__getitem__):
            content = self._content(index, order)
            if self._sources[index] == source:
                superseded[previous] = 1
                if content != self._content(previous, order):
                    group.update(content)
            else:
                total += int.from_bytes(group.digest()) if source is not None else 0
                count += 1
                group, source = sha256(content), self._sources[index]
            previous = index
        total += int.from_bytes(group.digest()) if source is not None else 0
        summed = (total % 2**256).to_bytes(32)
        return sha256(_RULES + count.to_bytes(8) + summed).hexdigest(), bytes(superseded)

    def _content(self, index: int, order: DayMonthOrder) -> bytes:
        day = self._days[index]
        if day < 0:
            numbers = TwoNumbers((-day // 100 % 100, -day % 100, -day // 10_000))
            day = _number(numbers.day(order))
        start = index * _CONTENT_BYTES
        return bytes(self._contents[start : start + _CONTENT_BYTES]) + day.to_bytes(8)


def source_of(row: ScrapedJob) -> bytes:
    """A key that rows of one source share: the id on its board, or else the URL."""
    keys = Keys.of(row)
    return repr((keys.site, keys.external_id, None if keys.board_id else keys.url_key)).encode()


def _number(day: date | None) -> int:
    return 0 if day is None else day.year * 10_000 + day.month * 100 + day.day
