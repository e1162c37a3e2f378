"""Follows the change log: one reader per process, whatever the number of subscribers.

A subscriber is a cursor: nothing is queued for it. The follower notifies the cohorts that a change concerns, and their
members read on from their own positions. So a slow subscriber costs no memory, and misses nothing.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Hashable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from jobbot_gql.api.engine.subscription import SubscriptionLimits
from jobbot_gql.api.types.errors import ResyncRequired
from jobbot_gql.db.change_cursor import ChangeCursor
from jobbot_gql.db.database import Database
from jobbot_gql.db.read.snapshot import ReadError
from jobbot_gql.history import feed
from jobbot_gql.telemetry.operations import SubscriptionCounts

T = TypeVar("T")
MAX_READ = 1_000
"""Number of changes that are read at a time."""
MAX_RESULTS = 4
"""Number of results that a cohort keeps for members that come to the same position later."""


class Interest(Protocol):
    """The changes that concern a cohort."""

    @property
    def entities(self) -> Collection[str] | None:
        """Names of the entities whose changes may concern it; None: all."""

    def concerns(self, change: Any) -> bool:
        """Whether a change of one of these entities concerns it. It has the attributes `feed.ALWAYS` and `after`."""

    def with_statements(self, statements: Collection[str]) -> "Interest":
        """Itself, or with the changes that concern the results of SQL statements."""


class Cohort:
    """Subscribers that ask for the same: what one of them needs is made once for all."""

    interest: Interest

    def __init__(self) -> None:
        self.members = 0
        self.version = 0
        """Incremented when a change concerns the cohort."""
        self._changed = asyncio.Event()
        self._results: dict[Hashable, asyncio.Task[Any]] = {}

    def notify(self) -> None:
        """Wake the members."""
        self.version += 1
        self._changed.set()
        self._changed.clear()

    async def changed(self, version: int) -> None:
        """Return when the cohort's version is not the given one."""
        while self.version == version:
            await self._changed.wait()

    async def shared(self, position: Hashable, make: Callable[[], Awaitable[T]]) -> T:
        """What `make` returns for a position and the present version: it is called by the first member only."""
        key = position, self.version
        task = self._results.get(key)
        if task is None:
            task = self._results[key] = asyncio.ensure_future(make())
            while len(self._results) > MAX_RESULTS:
                self._results.pop(next(iter(self._results)))
        # Another member may leave while all wait for what it has begun.
        result: T = await asyncio.shield(task)
        return result


class Follower:
    """Reads the change log as long as there are subscribers."""

    def __init__(self, database: Database, limits: SubscriptionLimits, counts: SubscriptionCounts) -> None:
        self.limits = limits
        self.members = 0
        """Number of subscribers."""
        self._counts = counts
        self._database = database
        self._cohorts: dict[Hashable, Cohort] = {}
        self._by_entity: defaultdict[str | None, set[Cohort]] = defaultdict(set)
        """The cohorts that are interested in an entity; under None those that are interested in all."""
        self._cursor: ChangeCursor | None = None
        self._following: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def member(self, key: Hashable, interest: Interest) -> AsyncIterator[Cohort]:
        """Join the cohort of a key, which is notified of later commits. Raises ReadError."""
        cohort = self._cohorts.get(key)
        if cohort is None:
            cohort = self._cohorts[key] = Cohort()
            self.follow(cohort, interest)
        cohort.members += 1
        self.members += 1
        self._count()
        try:
            await self._start()
            yield cohort
        finally:
            self.members -= 1
            cohort.members -= 1
            if not cohort.members and self._cohorts.get(key) is cohort:
                del self._cohorts[key]
                self._forget(cohort)
            self._count()
            if not self.members:
                await self.close()

    def _count(self) -> None:
        self._counts.subscribers, self._counts.cohorts = self.members, len(self._cohorts)

    async def _start(self) -> None:
        async with self._starting:
            if self._following is None:
                snapshot = self._database.snapshot()
                try:
                    self._cursor = await feed.newest(snapshot)
                finally:
                    await snapshot.close()
                self._following = asyncio.create_task(self._follow(self._cursor))

    async def close(self) -> None:
        """Stop reading."""
        following, self._following = self._following, None
        if following is not None:
            following.cancel()
            await asyncio.wait([following])

    async def _follow(self, cursor: ChangeCursor) -> None:
        signal = self._database.commit_signal()
        try:
            while True:
                await signal.wait()
                cursor = await self._read(cursor)
        finally:
            await signal.close()

    async def _read(self, cursor: ChangeCursor) -> ChangeCursor:
        """Notify the cohorts of all changes after a cursor; the cursor of the newest one."""
        self._counts.log_reads += 1
        snapshot = self._database.snapshot()
        try:
            has_more = True
            while has_more:
                page = await feed.read(snapshot, cursor, MAX_READ, ("after",))
                self._dispatch(page.rows)
                cursor, has_more = page.end, page.has_more
        except ResyncRequired:  # the database was restored or replaced: every member finds out for itself
            for cohort in self._cohorts.values():
                cohort.notify()
            cursor = await feed.newest(snapshot)
        except ReadError:  # the next signal is another try
            pass
        finally:
            await snapshot.close()
        return cursor

    def follow(self, cohort: Cohort, interest: Interest) -> None:
        """Set the changes that concern a cohort."""
        self._forget(cohort)
        cohort.interest = interest
        for entity in [None] if interest.entities is None else interest.entities:
            self._by_entity[entity].add(cohort)

    def learn(self, cohort: Cohort, statements: Collection[str]) -> None:
        """Have the changes concern a cohort that concern the results of these SQL statements.

        Such a change may have been overlooked since they were sent, so that the cohort is notified once.
        """
        grown = cohort.interest.with_statements(statements)
        if grown is not cohort.interest:
            self.follow(cohort, grown)
            cohort.notify()

    def _forget(self, cohort: Cohort) -> None:
        for entity in [one for one, cohorts in self._by_entity.items() if cohort in cohorts]:
            self._by_entity[entity].discard(cohort)
            if not self._by_entity[entity]:
                del self._by_entity[entity]

    def _dispatch(self, changes: Sequence[Any]) -> None:
        if changes:
            self._counts.lag = max(0.0, (datetime.now(UTC) - changes[-1].at).total_seconds())
        notified: set[Cohort] = set()
        for change in changes:
            for entity in (None, change.entity):
                for cohort in self._by_entity.get(entity, ()):
                    if cohort not in notified and cohort.interest.concerns(change):
                        notified.add(cohort)
        for cohort in notified:
            cohort.notify()
