"""Compression of responses."""

import asyncio
import gzip
from functools import lru_cache

MIN_BYTES = 1_024
"""Smaller responses are not compressed, because they fit into a packet."""
LEVEL = 4
"""For lists of jobs, level 6 saves another 10 % and takes 50 % longer."""
THREAD_BYTES = 65_536
"""Bodies of at least this size are compressed in a thread. zlib takes 1 ms for 100 KB and releases the GIL."""


async def compressed(body: bytes) -> bytes:
    """Compress a body with gzip."""
    if len(body) < THREAD_BYTES:
        return gzip.compress(body, LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)


@lru_cache(maxsize=64)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether an Accept-Encoding header names gzip. `*` alone does not count."""
    for coding in accept_encoding.lower().replace(" ", "").split(","):
        name, _, weight = coding.partition(";q=")
        if name == "gzip":
            return weight == "" or weight.strip("0.") != ""  # a weight of 0, 0.0 or 0.000 means not acceptable
    return False
