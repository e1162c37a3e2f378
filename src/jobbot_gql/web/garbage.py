"""When Python looks for reference cycles in a server process.

What requests leave behind is mostly freed by reference counts. The rest, cycles of graphql-core's validation, of
compiled statements and of plans that left a cache, is garbage that only the cyclic collector frees. Its cost grows with
the number of live objects and not with the garbage, so young objects are looked at seldom, and all objects when memory
has grown or time has passed.
"""

import asyncio
import gc
from pathlib import Path
from time import perf_counter

LOOK_SECONDS = 0.5
"""How often memory is looked at."""
GROWTH = 1.1
GROWTH_BYTES = 16 * 2**20
"""Memory is collected when it is more than `GROWTH` times what it was after the last collection, plus these bytes."""
AT_LEAST_EVERY_SECONDS = 60.0
"""A process that does something collects this often, however its memory is."""
SHARE_OF_TIME = 0.05
"""Largest share of the time that full collections may take."""
_STATM = Path("/proc/self/statm")
_PAGE = 4096


def collect_rarely() -> None:
    """Have Python look at young objects less often, and never at those that exist now.

    By default it looks at every seven hundredth new object, a fifth of all CPU time and most of the 99th percentile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 1_000_000)  # full collections are the `Collector`'s


def resident_bytes() -> int:
    """Physical memory of this process; 0 where it cannot be told."""
    try:
        return int(_STATM.read_bytes().split()[1]) * _PAGE
    except (OSError, ValueError):
        return 0


class Collector:
    """Collects all generations by time and by memory."""

    def __init__(self) -> None:
        self._held = resident_bytes()
        """Memory after the last full collection."""
        self._ended = perf_counter()
        self._took = 0.0
        self._young = _young_collections()

    async def run(self) -> None:
        """Collect when it is time, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if self.is_due():
                self.collect()

    def is_due(self) -> bool:
        """Whether to collect now."""
        passed = perf_counter() - self._ended
        if passed * SHARE_OF_TIME < self._took:
            return False
        if resident_bytes() > GROWTH * self._held + GROWTH_BYTES:
            return True
        return passed >= AT_LEAST_EVERY_SECONDS and _young_collections() > self._young

    def collect(self) -> None:
        """Free all cyclic garbage; it takes about 0.1 s for a million live objects."""
        started = perf_counter()
        gc.collect()
        self._ended = perf_counter()
        self._took = self._ended - started
        self._held = resident_bytes()
        self._young = _young_collections()


def _young_collections() -> int:
    """How many collections of young objects there were: a process without work has none."""
    return int(gc.get_stats()[0]["collections"])
