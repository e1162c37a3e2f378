"""What a time zone's clocks are ahead of UTC, and from when on.

Python's zoneinfo is the one source for both engines. PostgreSQL's own zones may be of another release, and it takes
`CET`, `EET`, `MET`, `WET` and others for abbreviations, which have no summer time, before it looks for zones.
"""

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple
from zoneinfo import TZPATH, ZoneInfo

CYCLE_YEARS = 400
"""Days of the week and leap years repeat, and with them the changes of a rule."""
LAST_YEAR = 2499
"""Every zone follows one rule for a whole cycle by then: the last irregular changes are Gaza's of 2086."""
_EARLIEST = int(datetime(1, 1, 3, tzinfo=UTC).timestamp())
_MONTH = 30 * 86_400
_QUARTER_OF_AN_HOUR = 900
"""Rules change clocks at such a moment in UTC, at least two months apart."""


class UtcOffsets(NamedTuple):
    """The offsets of a zone until the end of `LAST_YEAR`."""

    changes: tuple[int, ...]
    """When the offset changes, in seconds since 1970, in ascending order."""
    seconds: tuple[int, ...]
    """The offset before the first change, and from each on."""


@lru_cache(maxsize=64)
def utc_offsets(zone: ZoneInfo) -> UtcOffsets:
    """The offsets of a zone. It takes some 10 ms when a zone with summer time is new."""
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
    """The changes that a zone's file lists, in seconds since 1970, and the rule behind them (RFC 9636)."""
    data = _file(name)
    at, time = 0, "l"
    if data[4:5] >= b"2":  # the same once more, with 64 bits for a time
        sizes = struct.unpack_from(">6l", data, 20)
        at = 44 + sum(count * size for count, size in zip(sizes, (1, 1, 8, 5, 6, 1), strict=True))
        time = "q"
    count = struct.unpack_from(">l", data, at + 32)[0]
    rule = data.rsplit(b"\n", 2)[1].decode() if time == "q" else ""
    # Some files begin with a change that is older than the universe.
    return [second for second in struct.unpack_from(f">{count}{time}", data, at + 44) if second > _EARLIEST], rule


def _file(name: str) -> bytes:
    for folder in TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes()
    return resources.files("tzdata.zoneinfo").joinpath(*name.split("/")).read_bytes()


def _rule_changes(zone: ZoneInfo, after: int) -> Iterator[int]:
    earlier, end = after - after % _MONTH + _MONTH, int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp())
    yield earlier
    for later in range(earlier + _MONTH, end + _MONTH, _MONTH):
        if _offset(later, zone) != _offset(earlier, zone):
            yield _change(earlier, later, zone)
        earlier = later


def _change(earlier: int, later: int, zone: ZoneInfo) -> int:
    """When the zone gets the offset that it has at `later`; it has another one at `earlier`."""
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
