"""Work of Python's own that takes long: in a thread beside the event loop, which goes on meanwhile.

A single thread: only one at a time has Python's global lock, and the event loop waits for it behind all others.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cpu")


async def in_cpu_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `work` returns. It must be short: an operation that ends meanwhile cannot stop it once it has begun."""
    return await asyncio.wrap_future(_thread.submit(work, *args, **kwargs))
