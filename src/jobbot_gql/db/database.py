"""The database: read-only snapshots and write transactions."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from weakref import WeakSet

from jobbot_gql.db.commit_signal import CommitSignal, PostgresqlSignal, SqliteSignal
from jobbot_gql.db.engine import postgresql_engine, sqlite_engine
from jobbot_gql.db.read.connection_cache import ConnectionCache
from jobbot_gql.db.read.snapshot import Snapshot, show_statements
from jobbot_gql.db.sql.work_counter import count_writes
from jobbot_gql.db.sqlite_file import SqliteFile
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.db.write.dry_run import DryRun
from jobbot_gql.db.write.retries import with_retries
from jobbot_gql.db.write.writability import Writability
from jobbot_gql.db.write.write_session import Signature, WriteSession, write_session
from jobbot_gql.settings import Settings

T = TypeVar("T")

PROBE_BYTES = 512 * 1024
"""Free space that the probe after a full disk requires."""


class Database:
    """A database and its connection pools.

    SQLite has one engine for reads, with query-only connections, and one for writes, with a single connection: SQLite
    allows only one writer, and waiting for a lock in this process is faster than for SQLite's busy timeout.
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
        self._signals: WeakSet[CommitSignal] = WeakSet()
        if url.is_sqlite and url.sqlite_path is None:
            # An in-memory database belongs to one connection. A temporary file can be shared.
            self._temporary = TemporaryDirectory(prefix="jobbot-gql-")
            url = url._replace(url=url.url.set(database=str(Path(self._temporary.name) / "memory.db")))
        if echo:
            show_statements()
        self.url = url
        """URL of the database; of the temporary file if it is in memory."""
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
        # PostgreSQL has one pool for reads and writes.
        self.writer_connection_cache = (
            ConnectionCache(self.writer, pool_size=1, max_overflow=0) if url.is_sqlite else self.connection_cache
        )

    @property
    def is_in_memory(self) -> bool:
        """Whether the data are deleted with this object."""
        return self._temporary is not None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.reader.dialect.name

    @classmethod
    def from_settings(cls, settings: Settings) -> "Database":
        """Create from settings, without connecting."""
        return cls(
            settings.database,
            pool_size=settings.database_pool_size,
            max_overflow=settings.database_max_overflow,
            pool_timeout=settings.database_pool_timeout,
            echo=settings.sqlalchemy_echo,
        )

    async def open(self) -> None:
        """Open a connection, so that commands that would replace a SQLite file detect that it is in use."""
        async with self.reader.connect():
            pass

    def snapshot(self, max_bytes: float = inf) -> Snapshot:
        """A read-only snapshot. It takes a connection at its first read and must be closed."""
        return Snapshot(self.connection_cache, max_bytes)

    @asynccontextmanager
    async def transaction(self, *, actor: str = "local", request_id: str | None = None) -> AsyncIterator[WriteSession]:
        """A write transaction, rolled back on any error.

        The change log records `actor` and `request_id` for its changes.
        """
        signature = Signature(actor, request_id)
        try:
            async with self._writing, write_session(self.writer, self.writer_connection_cache, signature) as session:
                yield session
        except Exception as error:
            self._writability.failed(error)
            raise
        self._writability.succeeded()
        for signal in self._signals:
            signal.committed()

    def commit_signal(self) -> CommitSignal:
        """Signals commits to one task, on a connection of its own. It must be closed."""
        signal: CommitSignal
        if self._file is not None:
            engine = sqlite_engine(self.url, self._file, readonly=True, pool_size=1, pool_timeout=0, echo=False)
            signal = SqliteSignal(engine)
        else:
            signal = PostgresqlSignal(
                postgresql_engine(self.url, pool_size=1, max_overflow=0, pool_timeout=0, echo=False)
            )
        self._signals.add(signal)
        return signal

    def require_same_file(self) -> None:
        """Raise FileReplaced if the SQLite file was removed or replaced after it was opened."""
        if self._file is not None:
            self._file.require_same()

    def seems_writable(self) -> bool:
        """Whether the last write did not fail because of a full disk or a read-only database.

        After such a failure, starts a write in the background to detect when writes succeed again.
        """
        if self._file is not None and not os.access(self._file.path, os.W_OK):
            return False
        if self._writability.problem is None:
            return True
        if self._probe is None or self._probe.done():
            self._probe = asyncio.create_task(self._try_writing())
        return False

    async def _try_writing(self) -> None:
        """Write as much as a large row needs, without a lasting effect."""
        if self._file is not None and shutil.disk_usage(self._file.path).free < PROBE_BYTES:
            return
        with suppress(Exception):  # `transaction` records it
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
        """Run `work` in a transaction, and retry it if a concurrent transaction made it fail.

        `work` may run several times and must have no other side effects. Autoflush is off, so that an object with
        several changes gets one new version.
        """

        async def attempt() -> T:
            async with self.transaction(actor=actor, request_id=request_id) as session:
                session.sync_session.autoflush = False
                return await work(session)

        return await with_retries(attempt)

    def dry_run(self, *, actor: str = "local", request_id: str | None = None) -> DryRun:
        """A dry run of an operation's writes. It must be closed."""
        return DryRun(self.transaction(actor=actor, request_id=request_id), self.connection_cache)

    async def update_statistics(self) -> None:
        """Collect SQLite's statistics for its query planner. PostgreSQL's autovacuum does this by itself.

        Samples rows of each index: 40 ms for 200 MB. Open connections keep their old statistics.
        """
        if self.dialect != "sqlite":
            return
        async with self._writing, self.writer.begin() as connection:
            await connection.exec_driver_sql("PRAGMA analysis_limit = 1000")
            await connection.exec_driver_sql("ANALYZE")

    async def erase_freed(self) -> None:
        """Erase deleted data from SQLite's files. Takes as long as copying the file.

        PostgreSQL's autovacuum frees the space by itself.
        """
        if self.dialect != "sqlite":
            return
        async with self._writing, self.writer.connect() as connection:
            sqlite: Any = (await connection.get_raw_connection()).driver_connection
            await sqlite.execute("VACUUM")
            # The write-ahead log has old pages too. If readers are active, a later checkpoint truncates it.
            await sqlite.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def dispose(self) -> None:
        """Close all connections, and delete an in-memory database."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait({self._probe})
        self.connection_cache.close()
        await self.reader.dispose()
        await self.writer.dispose()
        if self._temporary:
            self._temporary.cleanup()
