"""UTC offsets of time zones.

Both engines use Python's zoneinfo. PostgreSQL's own time zones may be of another release, and it treats `CET`, `EET`,
`MET`, `WET` and others as abbreviations without daylight saving time.
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import NamedTuple
from zoneinfo import TZPATH, ZoneInfo

CYCLE_YEARS = 400
"""Period after which weekdays and leap years repeat, and with them the changes of a rule."""
LAST_YEAR = 2499
"""End of a full cycle in which every zone follows one rule. The last irregular changes are Gaza's in 2086."""
_EARLIEST = int(datetime(1, 1, 3, tzinfo=UTC).timestamp())
CHANGES_A_YEAR = 2
"""Number of changes by a rule in a year: to daylight saving time and back."""
_WEEK = 7 * 86_400
_MONTH = 30 * 86_400
_QUARTER_OF_AN_HOUR = 900
"""Rules change offsets at multiples of it in UTC, at least two months apart."""


class UtcOffsets(NamedTuple):
    """Offsets of a zone until the end of `LAST_YEAR`."""

    changes: tuple[int, ...]
    """Times at which the offset changes, in seconds since 1970, ascending."""
    seconds: tuple[int, ...]
    """Offset before the first change, and after each change, in seconds."""


@lru_cache(maxsize=64)
def utc_offsets(zone: ZoneInfo) -> UtcOffsets:
    """Offsets of a zone. Takes a few milliseconds for a zone with daylight saving time that is not cached."""
    listed, rule = _read(zone.key)
    changes: list[int] = []
    seconds = [_offset(listed[0] - 1 if listed else 0, zone)]
    for second in [*listed, *(_rule_changes(zone, listed[-1] if listed else 0) if "," in rule else ())]:
        offset = _offset(second, zone)
        if offset != seconds[-1]:
            changes.append(second)
            seconds.append(offset)
    return UtcOffsets(tuple(changes), tuple(seconds))


def _read(name: str) -> tuple[list[int], str]:
    """Changes listed in a zone's file, in seconds since 1970, and the rule for later ones (RFC 9636)."""
    data = _file(name)
    at, time = 0, "l"
    if data[4:5] >= b"2":  # a second block has 64-bit times
        sizes = struct.unpack_from(">6l", data, 20)
        at = 44 + sum(count * size for count, size in zip(sizes, (1, 1, 8, 5, 6, 1), strict=True))
        time = "q"
    count = struct.unpack_from(">l", data, at + 32)[0]
    rule = data.rsplit(b"\n", 2)[1].decode() if time == "q" else ""
    # Some files begin with a change long before the year 1.
    return [second for second in struct.unpack_from(f">{count}{time}", data, at + 44) if second > _EARLIEST], rule


def _file(name: str) -> bytes:
    for folder in TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes()
    return resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()


def _rule_changes(zone: ZoneInfo, after: int) -> Iterator[int]:
    """Times at which the offset may change by the zone's rule."""
    begin, end = after - after % _MONTH + _MONTH, int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
    yield begin
    of_year = list(islice(_searched(zone, begin, end), CHANGES_A_YEAR))
    while of_year and of_year[0] < end:
        yield from of_year
        of_year = [_a_year_later(change, zone) for change in of_year]


def _searched(zone: ZoneInfo, begin: int, end: int) -> Iterator[int]:
    for earlier in range(begin, end, _MONTH):
        if _offset(earlier, zone) != _offset(earlier + _MONTH, zone):
            yield _change(earlier, earlier + _MONTH, zone)


def _a_year_later(change: int, zone: ZoneInfo) -> int:
    """The same change of the next year. Rules name a day of the week, so it is 52 or 53 weeks later."""
    for weeks in (52, 53):
        later = change + weeks * _WEEK
        if _offset(later - 1, zone) != _offset(later, zone):
            return later
    return _change(change + 50 * _WEEK, change + 55 * _WEEK, zone)


def _change(earlier: int, later: int, zone: ZoneInfo) -> int:
    """Time between `earlier` and `later` at which the zone gets its offset of `later`."""
    offset = _offset(later, zone)
    while later - earlier > _QUARTER_OF_AN_HOUR:
        middle = (earlier + later) // 2 // _QUARTER_OF_AN_HOUR * _QUARTER_OF_AN_HOUR
        if _offset(middle, zone) == offset:
            later = middle
        else:
            earlier = middle
    return later


def _offset(second: int, zone: ZoneInfo) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset() or timedelta()
    return offset // timedelta(seconds=1)
