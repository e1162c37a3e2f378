"""What a file is known by: a digest of what its rows say, however they are written and in whichever order.

Rows of one source are the exception: of those the last one wins, so that their order counts.
"""

import json
from array import array
from datetime import date
from hashlib import blake2b, sha256

from jobbot_gql.importing.comparing import plain_text
from jobbot_gql.importing.dates import DateOrder, TwoNumbers
from jobbot_gql.importing.matching import Keys
from jobbot_gql.importing.raw import JsonValue
from jobbot_gql.importing.rows import ScrapedJob

_CONTENT_BYTES = 16
_RULES = b"1"
_DATE = "date_posted"


class Fingerprint:
    """The rows of a file, 32 bytes each, as they are read; `digest` and `superseded` once all are known."""

    def __init__(self) -> None:
        self._sources = array("Q")
        self._contents = bytearray()
        self._days = array("q")

    def __len__(self) -> int:
        return len(self._sources)

    def add(self, row: ScrapedJob, date_posted: JsonValue) -> None:
        """Add a row; `date_posted` as the file has it, because its order is known at the end only."""
        self._sources.append(int.from_bytes(blake2b(source_of(row), digest_size=8).digest()))
        numbers = TwoNumbers.of(date_posted)
        if numbers is not None:
            first, second, year = numbers
            self._days.append(-(year * 10_000 + first * 100 + second))
        else:
            self._days.append(_number(row.posting_date))
        is_read = numbers is not None or row.posting_date is not None
        said = {column: value for column, value in row.raw.items() if column != _DATE or not is_read}
        text = json.dumps(sorted((column, plain_text(value)) for column, value in said.items()))
        self._contents += sha256(text.encode()).digest()[:_CONTENT_BYTES]

    def finish(self, order: DateOrder) -> tuple[str, bytes]:
        """The digest, 64 hexadecimal digits, and for each row in the file's order 1 if a later one is about its source.

        The same row twice is one row, and rows of different sources may come in any order.
        """
        superseded = bytearray(len(self))
        total = count = 0
        group, source, previous = sha256(), None, -1
        for place in sorted(range(len(self)), key=self._sources.__getitem__):
            content = self._content(place, order)
            if self._sources[place] == source:
                superseded[previous] = 1
                if content != self._content(previous, order):
                    group.update(content)
            else:
                total += int.from_bytes(group.digest()) if source is not None else 0
                count += 1
                group, source = sha256(content), self._sources[place]
            previous = place
        total += int.from_bytes(group.digest()) if source is not None else 0
        summed = (total % 2**256).to_bytes(32)
        return sha256(_RULES + count.to_bytes(8) + summed).hexdigest(), bytes(superseded)

    def _content(self, place: int, order: DateOrder) -> bytes:
        day = self._days[place]
        if day < 0:
            numbers = TwoNumbers((-day // 100 % 100, -day % 100, -day // 10_000))
            day = _number(numbers.day(order))
        start = place * _CONTENT_BYTES
        return bytes(self._contents[start : start + _CONTENT_BYTES]) + day.to_bytes(8)


def source_of(row: ScrapedJob) -> bytes:
    """What tells that two rows of one file are about one source: its id on its board, or else its URL."""
    keys = Keys.of(row)
    return repr((keys.site, keys.external_id, None if keys.board_id else keys.url_key)).encode()


def _number(day: date | None) -> int:
    return 0 if day is None else day.year * 10_000 + day.month * 100 + day.day
