"""The database as the rest of the project sees it: snapshots to read from, transactions to write in."""

import asyncio
import os
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from itertools import count
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError

from jobbot_gql.db.engine import postgresql_engine, sqlite_engine
from jobbot_gql.db.read.connection_cache import ConnectionCache
from jobbot_gql.db.read.snapshot import Snapshot, show_statements
from jobbot_gql.db.sql.work_counter import count_writes
from jobbot_gql.db.sqlite_file import SqliteFile
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.db.write.writability import Writability
from jobbot_gql.db.write.write_session import Signature, WriteSession, write_session

if TYPE_CHECKING:
    from jobbot_gql.settings import Settings

T = TypeVar("T")

PROBE_BYTES = 512 * 1024
"""How much room a write needs, to be tried after a disk was full."""
MAX_ATTEMPTS = 5
"""How often a transaction is tried before its failure is the caller's."""
WORTH_ANOTHER_TRY = frozenset({"40001", "40P01", "23503", "23505"})
"""PostgreSQL's codes (its documentation, Appendix A) for what somebody else's transaction did to ours.

Serialisation failure, deadlock, and the violation of a foreign or unique key: keys are looked up before a write, so
that one which still fails came or went meanwhile. The next try sees it.
"""


class Database:
    """One database and its pools of connections.

    On SQLite reads and writes have an engine each: many readers that cannot write, and one writer, because the engine
    allows no second one and a queue in this process is shorter than one of busy time-outs.
    """

    def __init__(
        self,
        url: DatabaseUrl,
        *,
        pool_size: int = 20,
        max_overflow: int = 30,
        pool_timeout: float = 10,
        echo: bool = False,
    ) -> None:
        self._temporary: TemporaryDirectory[str] | None = None
        self._file: SqliteFile | None = None
        self._writability = Writability()
        self._probe: asyncio.Task[None] | None = None
        if url.is_sqlite and url.sqlite_path is None:
            # A database in memory belongs to one connection; a file that vanishes with us serves them all.
            self._temporary = TemporaryDirectory(prefix="jobbot-gql-")
            url = url._replace(url=url.url.set(database=str(Path(self._temporary.name) / "memory.db")))
        if echo:
            show_statements()
        self.url = url
        """Where the data are, usable by others; for a database in memory that is a temporary file."""
        if url.is_sqlite:
            self._file = SqliteFile(Path(str(url.url.database)))
            self.writer = sqlite_engine(
                url, self._file, readonly=False, pool_size=1, pool_timeout=pool_timeout, echo=echo
            )
            self.reader = sqlite_engine(
                url, self._file, readonly=True, pool_size=pool_size, pool_timeout=pool_timeout, echo=echo
            )
            self._writing: asyncio.Lock | nullcontext[None] = asyncio.Lock()
        else:
            self.writer = postgresql_engine(
                url, pool_size=pool_size, max_overflow=max_overflow, pool_timeout=pool_timeout, echo=echo
            )
            self.reader = self.writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writing = nullcontext()
        count_writes(self.writer)
        self.connection_cache = ConnectionCache(
            self.reader, pool_size=pool_size, max_overflow=0 if url.is_sqlite else max_overflow
        )
        # On PostgreSQL readers and writers share a pool.
        self.writer_connection_cache = (
            ConnectionCache(self.writer, pool_size=1, max_overflow=0) if url.is_sqlite else self.connection_cache
        )

    @property
    def is_in_memory(self) -> bool:
        """Whether it ends with this process."""
        return self._temporary is not None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.reader.dialect.name

    @classmethod
    def from_settings(cls, settings: "Settings") -> "Database":
        """The database that the settings name; nothing is connected yet."""
        return cls(
            settings.database,
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_max_overflow,
            pool_timeout=settings.database_pool_timeout,
            echo=settings.sqlalchemy_echo,
        )

    async def open(self) -> None:
        """Connect now and not at the first read: whoever wants to replace a SQLite file sees that it is in use."""
        async with self.reader.connect():
            pass

    def snapshot(self, most_bytes: float = inf) -> Snapshot:
        """A read-only snapshot; it takes a connection at its first read and must be closed."""
        return Snapshot(self.connection_cache, most_bytes)

    @asynccontextmanager
    async def transaction(self, *, actor: str = "local", request_id: str | None = None) -> AsyncIterator[WriteSession]:
        """One write transaction, committed at its end and undone whole on any error.

        The change log names `actor` and `request_id` for everything that is written in it.
        """
        signature = Signature(actor, request_id)
        try:
            async with self._writing, write_session(self.writer, self.writer_connection_cache, signature) as session:
                yield session
        except Exception as error:
            self._writability.failed(error)
            raise
        self._writability.succeeded()

    def require_same_file(self) -> None:
        """Raise FileReplaced where SQLite's file was removed or replaced since it was opened."""
        if self._file is not None:
            self._file.require_same()

    def seems_writable(self) -> bool:
        """Whether the last write did not fail because the disk was full or nothing may be written.

        After one that did, the next one is a probe in the background: that a client writes again may take long.
        """
        if self._file is not None and not os.access(self._file.path, os.W_OK):
            return False
        if self._writability.problem is None:
            return True
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._try_writing())
        return False

    async def _try_writing(self) -> None:
        """Write as much as a large row, of which nothing stays."""
        if self._file is not None and shutil.disk_usage(self._file.path).free < PROBE_BYTES:
            return
        with suppress(Exception):  # `transaction` takes note of it
            async with self.transaction() as session:
                if self._file is None:
                    rows = PROBE_BYTES // 32
                    await session.send(
                        f"CREATE TEMPORARY TABLE jobbot_write_probe ON COMMIT DROP AS SELECT generate_series(1, {rows})"
                    )
                await session.send("UPDATE alembic_version SET version_num = version_num")

    async def write(
        self,
        work: Callable[[WriteSession], Awaitable[T]],
        *,
        actor: str = "local",
        request_id: str | None = None,
    ) -> T:
        """What `work` gives in a transaction of its own, which is tried again where other writers made it fail.

        `work` may run several times, and must change nothing but the database. Objects are flushed at the end, or when
        told to, and not before each query: one that is changed in several places gets one new version.
        """
        for attempt in count(1):
            try:
                async with self.transaction(actor=actor, request_id=request_id) as session:
                    session.sync_session.autoflush = False
                    return await work(session)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in WORTH_ANOTHER_TRY or attempt == MAX_ATTEMPTS:
                    raise
            # At random, so that those who met once do not meet again.
            await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - no secret
        raise AssertionError("count() has no end")

    async def update_statistics(self) -> None:
        """Have SQLite look how values are spread, of which it knows nothing otherwise, so that its plans fit.

        It looks at some rows of each index: 40 ms for 200 MB. Connections that are open already keep what they know.
        PostgreSQL's autovacuum does this by itself.
        """
        if self.dialect != "sqlite":
            return
        async with self._writing, self.writer.begin() as connection:
            await connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
            await connection.exec_driver_sql("ANALYZE")

    async def erase_freed(self) -> None:
        """Leave nothing in SQLite's files of rows that were deleted or changed; it takes as long as copying the file.

        PostgreSQL does that in its own time: autovacuum frees the space, and the log and backups grow old.
        """
        if self.dialect != "sqlite":
            return
        async with self._writing, self.writer.connect() as connection:
            sqlite: Any = (await connection.get_raw_connection()).driver_connection
            await sqlite.execute("VACUUM")
            # Old pages lie in the write-ahead log too. Readers that are at work put that off to the next time.
            await sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def dispose(self) -> None:
        """Close every connection; a database in memory ends here."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait({self._probe})
        self.connection_cache.close()
        await self.reader.dispose()
        await self.writer.dispose()
        if self._temporary:
            self._temporary.cleanup()
