"""Importing scrape files: batch by batch, each batch one transaction, and a damaged row harms no other."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any, BinaryIO, TextIO, TypeAlias, TypeVar
from uuid import uuid4

from sqlalchemy.exc import DBAPIError

from jobbot_gql.db.database import Database
from jobbot_gql.db.maintenance_connection import DatabaseProblem, explain
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.importing import storing
from jobbot_gql.importing.batch import Memory, Merged, merge_rows
from jobbot_gql.importing.batches import BATCH_ROWS, Row, batches
from jobbot_gql.importing.dates import DateOrder
from jobbot_gql.importing.examining import Options, Scrape, examine
from jobbot_gql.importing.files import rereadable
from jobbot_gql.importing.outputs import Outputs
from jobbot_gql.importing.raw import ScrapeFileError
from jobbot_gql.importing.report import ImportReport, Outcome, RowProblem
from jobbot_gql.importing.rows import Problem, ScrapedJob
from jobbot_gql.writing.rules import RuleViolations

__all__ = ["BATCH_ROWS", "import_rows", "import_scrape", "transactions"]

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
    date_order: DateOrder | None = None,
    without_identity: bool = False,
    dry_run: bool = False,
    rejects: TextIO | None = None,
    warnings: TextIO | None = None,
    on_progress: Progress | None = None,
    actor: str = "local",
) -> ImportReport:
    """Import one file; see `examine`, `import_rows` and `transactions`."""
    options = Options(placeholder_company, date_order, without_identity)
    with ExitStack() as stack:
        try:
            again = await asyncio.to_thread(rereadable, source, stack)
        except OSError as error:
            raise ScrapeFileError(f"cannot be read: {error.strerror or error}") from None
        name = str(source) if isinstance(source, Path) else "standard input"
        scrape, cancelled = await _to_its_end(asyncio.to_thread(examine, again, name, options))
        if cancelled is not None:
            raise cancelled
        async with transactions(database, actor=actor, dry_run=dry_run) as transaction:
            return await import_rows(transaction, scrape, rejects=rejects, warnings=warnings, on_progress=on_progress)


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
    scrape: Scrape,
    *,
    rejects: TextIO | None = None,
    warnings: TextIO | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Merge a scrape into the database, 500 rows a batch; memory does not grow with what the rows say.

    A file that was imported to its end before changes nothing. Rejected rows are written to `rejects`, if given, as
    JSON Lines: as they were, with the reason beside them; mended, they can be imported again. All warnings are written
    to `warnings`, as JSON Lines too.

    When this is cancelled, the batch at hand is finished and counted first; importing the file again goes on from
    there. The same holds where a JSON document has an error inside: what comes before it is imported, and
    `ImportReport.broken_off` says so.

    Raises ScrapeFileError, and changes nothing, when the file cannot be read, and OutputError, after the batch at hand,
    when `rejects` or `warnings` cannot be written.
    """
    report = ImportReport(unknown_columns=scrape.unknown_columns)
    memory = Memory(scrape.options.placeholder_company)
    outputs = Outputs(scrape.name, rejects, warnings)
    known = await _finished(_known_file(transaction, scrape))
    if known is not None:
        report.known_as = f"{known.name}, {known.imported_at:%Y-%m-%d}"
    with closing(batches(scrape)) as reading:
        while True:
            try:
                # Reading takes its time, and others may share the event loop.
                batch = await _finished(asyncio.to_thread(next, reading, None))
            except (ScrapeFileError, OSError) as error:
                if not report.rows:
                    raise ScrapeFileError(str(error)) from None
                report.broken_off = str(error)
                return report
            if batch is None:
                break
            if known is None:
                results, cancelled = await _to_its_end(_merge(transaction, batch.rows, memory))
            else:
                results, cancelled = [_nothing_new(row) for row in batch.rows], None
            _tell(report, batch.rows, results)
            if on_progress is not None:
                on_progress(report, batch.bytes_read, batch.bytes_in_all)
            _write(outputs, batch.rows, results)
            if cancelled is not None:
                raise cancelled
    if known is None and not report.rejected_by_rules and scrape.is_unchanged():
        await _finished(_remember_file(transaction, scrape))
    return report


async def _known_file(transaction: Transaction, scrape: Scrape) -> "storing.KnownFile | None":
    if scrape.digest is None:
        return None
    async with transaction() as session:
        return await storing.known_file(session, scrape.digest)


async def _remember_file(transaction: Transaction, scrape: Scrape) -> None:
    if scrape.digest is not None:
        async with transaction() as session:
            await storing.remember_file(session, scrape.digest, scrape.name, scrape.rows)


async def _finished(work: Coroutine[Any, Any, _T]) -> _T:
    """The result of work that is finished also when it is cancelled meanwhile."""
    result, cancelled = await _to_its_end(work)
    if cancelled is not None:
        raise cancelled
    return result


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


async def _merge(transaction: Transaction, rows: Sequence[Row], memory: Memory) -> list[Merged | Problem | str]:
    """What became of each row, or why it was rejected. The rows are written together if that is possible."""
    jobs = [row.read for row in rows if isinstance(row.read, ScrapedJob)]
    merged: Sequence[Merged | str] = ()
    if jobs:
        try:
            async with transaction() as session:
                merged = await merge_rows(session, jobs, memory)
        except (DBAPIError, RuleViolations) as error:
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
    except RuleViolations as rejected:
        return str(rejected)
    except DBAPIError as error:
        if not _is_about_a_row(error):
            raise
        return f"the database rejects it: {' '.join(str(error.orig).split())}"


def _is_about_a_row(error: DBAPIError | RuleViolations) -> bool:
    """Whether what a row says is refused, rather than that the database refuses to work at all."""
    if isinstance(error, RuleViolations):
        return True
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error.orig, _SQLITE_ABOUT_A_ROW) or sqlstate[:2] in _ABOUT_A_ROW


def _nothing_new(row: Row) -> Merged | Problem | str:
    return Merged(Outcome.UNCHANGED) if isinstance(row.read, ScrapedJob) else row.read


def _tell(report: ImportReport, rows: Sequence[Row], results: Sequence[Merged | Problem | str]) -> None:
    for row, result in zip(rows, results, strict=True):
        number = row.raw.number
        if not isinstance(result, Merged):
            report.reject(RowProblem(number, result))
            report.rejected_by_rules += isinstance(row.read, ScrapedJob)
            for earlier in row.superseded:
                report.reject(RowProblem(earlier, f"goes with row {number}, which has the same source"))
            continue
        report.count(result.outcome, result.is_new_source, len(row.superseded))
        for warning in _warnings(row, result):
            report.warn(warning)


def _write(outputs: Outputs, rows: Sequence[Row], results: Sequence[Merged | Problem | str]) -> None:
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, Merged):
            outputs.warn(_warnings(row, result))
        else:
            outputs.reject(row.raw, RowProblem(row.raw.number, result))
    outputs.flush()


def _warnings(row: Row, result: Merged) -> list[RowProblem]:
    return [*row.warnings, *(RowProblem(row.raw.number, warning) for warning in result.warnings)]
