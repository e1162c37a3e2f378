"""Runs long pure-Python work in a thread, so that the event loop continues meanwhile.

It is a single thread: with several, the event loop would wait for all of them to get the global interpreter lock.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="cpu")


async def in_cpu_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of `work`, which must be short: it cannot be cancelled once it has begun."""
    return await asyncio.wrap_future(_thread.submit(work, *args, **kwargs))
