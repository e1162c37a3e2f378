"""Writing bundles from a snapshot, page by page."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractContextManager
from hashlib import sha256
from io import BufferedIOBase
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import select, text

from jobbot_gql.api.types.errors import InvalidStoredData
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.exporting import bundle
from jobbot_gql.exporting.bundle import Manifest, TableEntry
from jobbot_gql.exporting.pages import PAGE_ROWS, Counts
from jobbot_gql.upkeep.sequences import POSTGRESQL_LAST, SQLITE_LAST

FIRST_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of every file in a bundle: the same rows give the same bytes at any time."""


class BundleFile:
    """The bundle of a snapshot; see `ExportFile`."""

    name = bundle.NAME
    media_type = "application/zip"

    def __init__(self, snapshot: Snapshot) -> None:
        self.counts = Counts()
        self._snapshot = snapshot

    async def parts(self) -> AsyncGenerator[bytes]:
        """The parts of the file. Raises ReadError, and InvalidStoredData if a stored value cannot be read."""
        issued = await self._issued()
        ((revision,),) = await self._snapshot.rows(text("SELECT version_num FROM alembic_version"))
        sink = _Sink()
        entries = []
        with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
            for table in bundle.tables():
                archive.writestr(_info(bundle.schema_file(table)), bundle.json_schema(table))
                digest, before = sha256(), self.counts.rows
                with _opened(archive, bundle.data_file(table)) as file:
                    async for lines in self._lines(table):
                        digest.update(lines)
                        await asyncio.to_thread(file.write, lines)
                        yield sink.taken()
                rows = self.counts.rows - before
                entries.append(
                    TableEntry(table=table, rows=rows, sha256=digest.hexdigest(), last_id=issued.get(table, 0))
                )
            manifest = Manifest(format=bundle.FORMAT, revision=revision, tables=entries)
            archive.writestr(_info(bundle.MANIFEST), manifest.text())
        yield sink.taken()

    async def _issued(self) -> dict[str, int]:
        query = SQLITE_LAST if self._snapshot.dialect.name == "sqlite" else POSTGRESQL_LAST
        issued: dict[str, int] = {}
        for table, last in await self._snapshot.rows(text(query)):
            issued[table] = max(last, issued.get(table, 0))
        return issued

    async def _lines(self, table: str) -> AsyncIterator[bytes]:
        stored = bundle.stored(table)
        names, key = stored.c.keys(), stored.c[bundle.key_of(table)]
        last: int | None = None
        while True:
            page = select(*stored.c).order_by(key).limit(PAGE_ROWS)
            try:
                rows = await self._snapshot.rows(page if last is None else page.where(key > last))
            except (ValueError, TypeError, LookupError) as error:
                raise InvalidStoredData(table, None, "value of a row", "is not of its column's type") from error
            if rows:
                self.counts.rows += len(rows)
                yield bundle.encode(table, [dict(zip(names, row, strict=True)) for row in rows])
                last = rows[-1][names.index(key.name)]
            if len(rows) < PAGE_ROWS:
                return


class _Sink(BufferedIOBase):
    """What an archive is written to: a file without positions, of which parts are taken as they come."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: Any, /) -> int:
        """Append a part."""
        self._parts.append(bytes(part))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """What was written since the last call."""
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def _info(name: str) -> ZipInfo:
    info = ZipInfo(name, FIRST_TIME)
    info.compress_type, info.create_system, info.external_attr = ZIP_DEFLATED, 3, 0o600 << 16
    return info


def _opened(archive: ZipFile, name: str) -> AbstractContextManager[IO[Any]]:
    return archive.open(_info(name), "w", force_zip64=True)
