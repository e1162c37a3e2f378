"""Importing scrape files: batch by batch, each batch one transaction, and a damaged row harms no other."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeAlias, TypeVar
from uuid import uuid4

from sqlalchemy.exc import DBAPIError

from jobbot_gql.db.database import Database
from jobbot_gql.db.maintenance_connection import DatabaseProblem, explain
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.importing import storing
from jobbot_gql.importing.batch import Memory, Merged, Outcome, merge_rows
from jobbot_gql.importing.files import read_rows
from jobbot_gql.importing.raw import BadRow, RawRow, ScrapeFileError
from jobbot_gql.importing.report import ImportReport, RowProblem
from jobbot_gql.importing.rows import Problem, RowRejected, ScrapedJob, parse_row
from jobbot_gql.writing.rules import Refusals

BATCH_ROWS = 500
BATCH_BYTES = 8 * 1024 * 1024

# What rejected rows carry beside their own columns. Not part of a scrape: they are left out when the file comes back.
REASON, TEXT = "rejected_because", "rejected_text"

# PostgreSQL documentation, Appendix A: data exception, integrity constraint violation, PL/pgSQL error.
_ABOUT_A_ROW = ("22", "23", "P0")
_SQLITE_ABOUT_A_ROW = (sqlite3.IntegrityError, sqlite3.DataError)

_T = TypeVar("_T")

Transaction: TypeAlias = Callable[[], AbstractAsyncContextManager[WriteSession]]
"""Gives a session in a transaction for one batch."""

Progress: TypeAlias = Callable[[ImportReport, int, int], None]
"""Called after each batch with the report so far, the bytes read and the bytes in all."""


async def import_scrape(
    database: Database,
    source: Path | BinaryIO,
    *,
    placeholder_company: str | None = None,
    dry_run: bool = False,
    rejects: TextIO | None = None,
    on_progress: Progress | None = None,
    actor: str = "local",
) -> ImportReport:
    """Import one file; see `import_rows` and `transactions`."""
    async with transactions(database, actor=actor, dry_run=dry_run) as transaction:
        return await import_rows(
            transaction, source, placeholder_company=placeholder_company, rejects=rejects, on_progress=on_progress
        )


@asynccontextmanager
async def transactions(
    database: Database, *, actor: str = "local", dry_run: bool = False
) -> AsyncIterator[Transaction]:
    """What the batches of an import are written in: each in a transaction of its own, committed at its end.

    With `dry_run` all are savepoints of one transaction that is undone in the end, so that each sees what those before
    it would have written. The change log gives all of them one request id.

    Raises DatabaseProblem when the database cannot be written.
    """
    request_id = f"import-{uuid4().hex}"
    try:
        if dry_run:
            async with _undone(database, actor, request_id) as transaction:
                yield transaction
            return

        @asynccontextmanager
        async def committed() -> AsyncIterator[WriteSession]:
            async with database.transaction(actor=actor, request_id=request_id) as session:
                await storing.begin(session)
                yield session

        yield committed
        await database.update_statistics()
    except DBAPIError as error:
        raise DatabaseProblem(explain(database.url, error)) from error


class _Undo(Exception):
    """Leaves a transaction that shall not be committed."""


@asynccontextmanager
async def _undone(database: Database, actor: str, request_id: str) -> AsyncIterator[Transaction]:
    try:
        async with database.transaction(actor=actor, request_id=request_id) as session:
            await storing.begin(session)

            @asynccontextmanager
            async def savepoint() -> AsyncIterator[WriteSession]:
                async with session.begin_nested():
                    yield session

            yield savepoint
            raise _Undo
    except _Undo:
        pass


async def import_rows(
    transaction: Transaction,
    source: Path | BinaryIO,
    *,
    placeholder_company: str | None = None,
    rejects: TextIO | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Merge a scrape into the database, 500 rows a batch; memory does not grow with the file.

    Rows without a company are rejected, unless a placeholder is given to stand for it. Rejected rows are written to
    `rejects`, if given, as JSON Lines: as they were, with the reason beside them; mended, they can be imported again.

    When this is cancelled, the batch at hand is finished and counted first; importing the file again goes on from
    there. The same holds where a JSON document has an error inside: what comes before it is imported, and
    `ImportReport.broken_off` says so.

    Raises ScrapeFileError, and changes nothing, when the file cannot be read or is no scrape.
    """
    report = ImportReport()
    memory = Memory(placeholder_company)
    with closing(_batches(source, placeholder_company)) as batches:
        while True:
            try:
                # Reading takes its time, and others may share the event loop.
                batch, cancelled = await _to_its_end(asyncio.to_thread(next, batches, None))
            except (ScrapeFileError, OSError) as error:
                if not report.rows:
                    raise ScrapeFileError(str(error)) from None
                report.broken_off = str(error)
                return report
            if cancelled is not None:
                raise cancelled
            if batch is None:
                return report
            results, cancelled = await _to_its_end(_merge(transaction, batch.rows, memory))
            _tell(report, batch.rows, results, rejects)
            if on_progress is not None:
                on_progress(report, batch.bytes_read, batch.bytes_in_all)
            if cancelled is not None:
                raise cancelled


async def _to_its_end(work: Coroutine[Any, Any, _T]) -> tuple[_T, asyncio.CancelledError | None]:
    """The result, and the cancellation that came meanwhile, if any: half a batch is of no use to whoever interrupts.

    Nor could it be cancelled safely: the reading thread would go on, and asyncpg's executemany(), when it is cancelled
    while it sends, waits for an answer to what it never sent (`bind_execute_many` of its protocol.pyx).
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task), None
    except asyncio.CancelledError as cancelled:
        return await task, cancelled


def check_scrape(source: Path | BinaryIO) -> None:
    """Raises ScrapeFileError where importing the file would, before it had changed anything.

    A binary stream must be able to seek; it is left where it stands.
    """
    start = None if isinstance(source, Path) else source.tell()
    with closing(read_rows(source)) as rows:
        next(rows, None)
    if start is not None and not isinstance(source, Path):
        source.seek(start)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file, with the job that it describes or else with what is wrong with it."""

    raw: RawRow | BadRow
    read: ScrapedJob | Problem | str


@dataclass(frozen=True, slots=True)
class _Batch:
    rows: list[_Row]
    bytes_read: int
    bytes_in_all: int


def _batches(source: Path | BinaryIO, placeholder_company: str | None) -> Generator[_Batch, None, None]:
    progress = (0, 0)
    begun_at = 0

    def remember(bytes_read: int, bytes_in_all: int) -> None:
        nonlocal progress
        progress = bytes_read, bytes_in_all

    rows: list[_Row] = []
    try:
        with closing(read_rows(source, on_progress=remember)) as raw_rows:
            for raw in raw_rows:
                rows.append(_read(raw, placeholder_company))
                if len(rows) == BATCH_ROWS or progress[0] - begun_at >= BATCH_BYTES:
                    yield _Batch(rows, *progress)
                    rows, begun_at = [], progress[0]
    except (ScrapeFileError, OSError):
        if rows:
            yield _Batch(rows, *progress)
        raise
    if rows:
        yield _Batch(rows, *progress)


def _read(raw: RawRow | BadRow, placeholder_company: str | None) -> _Row:
    if isinstance(raw, BadRow):
        return _Row(raw, raw.reason)
    if REASON in raw.values:
        values = {column: value for column, value in raw.values.items() if column not in (REASON, TEXT)}
        raw = replace(raw, values=values)
    try:
        return _Row(raw, parse_row(raw.values, placeholder_company=placeholder_company))
    except RowRejected as rejected:
        return _Row(raw, rejected.problem)


async def _merge(transaction: Transaction, rows: Sequence[_Row], memory: Memory) -> list[Merged | Problem | str]:
    """What became of each row, or why it was rejected. The rows are written together if that is possible."""
    jobs = [row.read for row in rows if isinstance(row.read, ScrapedJob)]
    merged: Sequence[Merged | str] = ()
    if jobs:
        try:
            async with transaction() as session:
                merged = await merge_rows(session, jobs, memory)
        except (DBAPIError, Refusals) as error:
            if not _is_about_a_row(error):
                raise
            async with transaction() as session:
                merged = [await _merge_alone(session, job, memory) for job in jobs]
    results = iter(merged)
    return [next(results) if isinstance(row.read, ScrapedJob) else row.read for row in rows]


async def _merge_alone(session: WriteSession, job: ScrapedJob, memory: Memory) -> Merged | str:
    try:
        async with session.begin_nested():
            (merged,) = await merge_rows(session, [job], memory)
            return merged
    except Refusals as refused:
        return str(refused)
    except DBAPIError as error:
        if not _is_about_a_row(error):
            raise
        return f"the database refuses it: {' '.join(str(error.orig).split())}"


def _is_about_a_row(error: DBAPIError | Refusals) -> bool:
    """Whether what a row says is refused, rather than that the database refuses to work at all."""
    if isinstance(error, Refusals):
        return True
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error.orig, _SQLITE_ABOUT_A_ROW) or sqlstate[:2] in _ABOUT_A_ROW


def _tell(
    report: ImportReport, rows: Sequence[_Row], results: Sequence[Merged | Problem | str], rejects: TextIO | None
) -> None:
    for row, result in zip(rows, results, strict=True):
        if not isinstance(result, Merged):
            problem = RowProblem(row.raw.number, result)
            report.reject(problem)
            if rejects is not None:
                rejects.write(_rejected_line(row.raw, str(problem)))
            continue
        report.rows += 1
        match result.outcome:
            case Outcome.CREATED:
                report.created += 1
            case Outcome.UPDATED:
                report.updated += 1
            case Outcome.UNCHANGED:
                report.unchanged += 1
            case Outcome.DUPLICATE:
                report.duplicates += 1
        for warning in (*(row.read.warnings if isinstance(row.read, ScrapedJob) else ()), *result.warnings):
            report.warn(RowProblem(row.raw.number, warning))
    if rejects is not None:
        rejects.flush()


def _rejected_line(raw: RawRow | BadRow, reason: str) -> str:
    values = raw.values if isinstance(raw, RawRow) else {TEXT: raw.text}
    line = json.dumps({REASON: reason, **values}, ensure_ascii=False)
    if any("\ud800" <= character <= "\udfff" for character in line):  # JSON may hold them, UTF-8 not
        line = json.dumps({REASON: reason, **values})
    return f"{line}\n"
