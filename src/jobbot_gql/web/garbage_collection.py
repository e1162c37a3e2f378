"""Schedule of Python's cyclic garbage collector in a server process.

Reference counting frees most objects of a request. Reference cycles (of graphql-core's validation, of compiled
statements and of plans evicted from a cache) need the cyclic collector. Its cost grows with the number of live objects,
not with the garbage. So young generations are collected rarely, and all generations when memory has grown or a minute
has passed.
"""

import asyncio
import ctypes
import gc
import sys
from pathlib import Path
from time import perf_counter

LOOK_SECONDS = 0.5
"""Interval between two checks of memory."""
GROWTH = 1.1
GROWTH_BYTES = 16 * 2**20
"""A collection is due when memory exceeds `GROWTH` times the memory after the last collection plus these bytes."""
AT_LEAST_EVERY_SECONDS = 60.0
"""Interval of collections in a process that is not idle, whatever its memory."""
SHARE_OF_TIME = 0.05
"""Maximum share of time spent in full collections."""
_STATM = Path("/proc/self/statm")
_PAGE = 4096
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None


def raise_collection_thresholds() -> None:
    """Collect young generations less often, and exclude the objects that exist now.

    Python's default threshold of 700 objects costs a fifth of all CPU time and most of the 99th percentile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000_000)  # `Collector` runs the full collections


def resident_bytes() -> int:
    """Resident set size of this process; 0 on platforms without /proc."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE
    except (OSError, ValueError):
        return 0


class Collector:
    """Runs full collections, triggered by time and by memory."""

    def __init__(self) -> None:
        self._held = resident_bytes()
        """Resident memory after the last full collection."""
        self._ended = perf_counter()
        self._took = 0.0
        self._young = _young_collections()

    async def run(self) -> None:
        """Collect whenever a collection is due, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self.is_due():
                self.collect()

    def is_due(self) -> bool:
        """Whether memory or time calls for a collection."""
        passed = perf_counter() - self._ended
        if passed * SHARE_OF_TIME < self._took:
            return False
        if resident_bytes() > GROWTH * self._held + GROWTH_BYTES:
            return True
        return passed >= AT_LEAST_EVERY_SECONDS and _young_collections() > self._young

    def collect(self) -> None:
        """Free all cyclic garbage, and return free memory to the operating system.

        Takes about 0.1 s per million live objects.
        """
        started = perf_counter()
        gc.collect()
        _return_free_memory()
        self._ended = perf_counter()
        self._took = self._ended - started
        self._held = resident_bytes()
        self._young = _young_collections()


def _return_free_memory() -> None:
    """Return free pages between live objects, which glibc otherwise keeps. Other C libraries have no such function."""
    if _trim is not None:
        _trim(0)


def _young_collections() -> int:
    """Number of collections of the youngest generation. It does not grow in an idle process."""
    return int(gc.get_stats()[0]["collections"])
