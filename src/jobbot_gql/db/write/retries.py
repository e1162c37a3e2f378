"""Retries of writes that failed because of concurrent transactions."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

T = TypeVar("T")

MAX_ATTEMPTS = 5
"""Number of times that a write is tried."""
RETRYABLE_SQLSTATES = frozenset({"40001", "40P01", "23503", "23505"})
"""Errors that a concurrent transaction causes (PostgreSQL documentation, Appendix A).

Serialisation failure, deadlock, and violations of foreign and unique keys. Keys are checked before a write, so a
violation means that another transaction has changed them since. The next attempt sees its changes.
"""


async def with_retries(attempt: Callable[[], Awaitable[T]]) -> T:
    """Call `attempt` until it succeeds, and return its result. A failed attempt must have rolled back."""
    for number in count(1):
        try:
            return await attempt()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in RETRYABLE_SQLSTATES or number == MAX_ATTEMPTS:
                raise
        # Random backoff, so that the same transactions do not collide again.
        await asyncio.sleep(random.uniform(0, 0.01 * 2**number))  # noqa: S311 - no secret
    raise AssertionError("count() has no end")
