"""Import of scrape files in batches. Each batch is one transaction, and a bad row does not affect others."""

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
from jobbot_gql.importing import storage
from jobbot_gql.importing.batch_merge import ImportState, Merged, merge_rows
from jobbot_gql.importing.batches import BATCH_ROWS, Row, batches
from jobbot_gql.importing.dates import DayMonthOrder
from jobbot_gql.importing.examination import Options, Scrape, examine
from jobbot_gql.importing.files import rereadable
from jobbot_gql.importing.outputs import Outputs
from jobbot_gql.importing.raw import ScrapeFileError
from jobbot_gql.importing.report import ImportReport, RowOutcome, RowProblem
from jobbot_gql.importing.rows import Problem, ScrapedJob
from jobbot_gql.writing.rules import RuleViolations

__all__ = ["BATCH_ROWS", "import_rows", "import_scrape", "transactions"]

# PostgreSQL documentation, Appendix A: data exception, integrity constraint violation, PL/pgSQL error.
_ROW_SQLSTATES = ("22", "23", "P0")
_ROW_ERRORS = (sqlite3.IntegrityError, sqlite3.DataError)

_T = TypeVar("_T")

Transaction: TypeAlias = Callable[[], AbstractAsyncContextManager[WriteSession]]
"""Opens a session in a transaction for one batch."""

Progress: TypeAlias = Callable[[ImportReport, int, int], None]
"""Called after each batch with the report so far, the bytes read and the total bytes."""


async def import_scrape(
    database: Database,
    source: Path | BinaryIO,
    *,
    placeholder_company: str | None = None,
    date_order: DayMonthOrder | None = None,
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
        scrape, cancelled = await _run_shielded(asyncio.to_thread(examine, again, name, options))
        if cancelled is not None:
            raise cancelled
        async with transactions(database, actor=actor, dry_run=dry_run) as transaction:
            return await import_rows(transaction, scrape, rejects=rejects, warnings=warnings, on_progress=on_progress)


@asynccontextmanager
async def transactions(
    database: Database, *, actor: str = "local", dry_run: bool = False
) -> AsyncIterator[Transaction]:
    """Open the transactions of an import's batches. All share one request id in the change log.

    Each batch is committed in its own transaction. With `dry_run`, batches are savepoints of one transaction that is
    rolled back at the end, so that each batch sees the effects of the earlier ones.

    Raises DatabaseProblem if the database cannot be written.
    """
    request_id = f"import-{uuid4().hex}"
    try:
        if dry_run:
            async with _dry_run_transaction(database, actor, request_id) as transaction:
                yield transaction
            return

        @asynccontextmanager
        async def committed() -> AsyncIterator[WriteSession]:
            async with database.transaction(actor=actor, request_id=request_id) as session:
                await storage.lock_tables(session)
                yield session

        yield committed
        await database.update_statistics()
    except DBAPIError as error:
        raise DatabaseProblem(explain(database.url, error)) from error


class _Rollback(Exception):
    """Rolls back the transaction of a dry run."""


@asynccontextmanager
async def _dry_run_transaction(database: Database, actor: str, request_id: str) -> AsyncIterator[Transaction]:
    try:
        async with database.transaction(actor=actor, request_id=request_id) as session:
            await storage.lock_tables(session)

            @asynccontextmanager
            async def savepoint() -> AsyncIterator[WriteSession]:
                async with session.begin_nested():
                    yield session

            yield savepoint
            raise _Rollback
    except _Rollback:
        pass


async def import_rows(
    transaction: Transaction,
    scrape: Scrape,
    *,
    rejects: TextIO | None = None,
    warnings: TextIO | None = None,
    on_progress: Progress | None = None,
) -> ImportReport:
    """Merge a scrape into the database in batches of `BATCH_ROWS`. ImportState use does not depend on the file's size.

    A file that was imported completely before changes nothing. On cancellation the current batch is finished; another
    import of the file continues from there. The rows before an error in a JSON document are imported, and
    `ImportReport.broken_off` holds the error.

    Args:
        transaction: See `transactions`.
        scrape: The examined file.
        rejects: Receives rejected rows with the reason, as JSON Lines. They can be corrected and imported again.
        warnings: Receives all warnings, as JSON Lines.
        on_progress: See `Progress`.

    Raises:
        ScrapeFileError: The file cannot be read; nothing was changed.
        OutputError: `rejects` or `warnings` cannot be written; the current batch was imported.
    """
    report = ImportReport(unknown_columns=scrape.unknown_columns)
    state = ImportState(scrape.options.placeholder_company)
    outputs = Outputs(scrape.name, rejects, warnings)
    known = await _shielded(_known_file(transaction, scrape))
    if known is not None:
        report.known_as = f"{known.name}, {known.imported_at:%Y-%m-%d}"
    with closing(batches(scrape)) as reading:
        while True:
            try:
                # Reading blocks, so it runs in a thread.
                batch = await _shielded(asyncio.to_thread(next, reading, None))
            except (ScrapeFileError, OSError) as error:
                if not report.rows:
                    raise ScrapeFileError(str(error)) from None
                report.broken_off = str(error)
                return report
            if batch is None:
                break
            if known is None:
                results, cancelled = await _run_shielded(_merge(transaction, batch.rows, state))
            else:
                results, cancelled = [_unchanged(row) for row in batch.rows], None
            _report_results(report, batch.rows, results)
            if on_progress is not None:
                on_progress(report, batch.bytes_read, batch.total_bytes)
            _write(outputs, batch.rows, results)
            if cancelled is not None:
                raise cancelled
    if known is None and not report.rejected_by_rules and scrape.is_unchanged():
        await _shielded(_remember_file(transaction, scrape))
    return report


async def _known_file(transaction: Transaction, scrape: Scrape) -> "storage.KnownFile | None":
    if scrape.digest is None:
        return None
    async with transaction() as session:
        return await storage.known_file(session, scrape.digest)


async def _remember_file(transaction: Transaction, scrape: Scrape) -> None:
    if scrape.digest is not None:
        async with transaction() as session:
            await storage.remember_file(session, scrape.digest, scrape.name, scrape.rows)


async def _shielded(work: Coroutine[Any, Any, _T]) -> _T:
    """Run work to its end even if the caller is cancelled, then raise the cancellation."""
    result, cancelled = await _run_shielded(work)
    if cancelled is not None:
        raise cancelled
    return result


async def _run_shielded(work: Coroutine[Any, Any, _T]) -> tuple[_T, asyncio.CancelledError | None]:
    """Run work to its end. Returns its result, and the cancellation of the caller if there was one.

    A batch cannot be cancelled safely. The reading thread would continue, and asyncpg's `executemany`, if cancelled
    while sending, waits for a response that never comes (`bind_execute_many` in its protocol.pyx).
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task), None
    except asyncio.CancelledError as cancelled:
        return await task, cancelled


async def _merge(transaction: Transaction, rows: Sequence[Row], state: ImportState) -> list[Merged | Problem | str]:
    """Merge rows together, or one by one if the batch fails. Returns each row's outcome or its problem."""
    jobs = [row.read for row in rows if isinstance(row.read, ScrapedJob)]
    merged: Sequence[Merged | str] = ()
    if jobs:
        try:
            async with transaction() as session:
                merged = await merge_rows(session, jobs, state)
        except (DBAPIError, RuleViolations) as error:
            if not _concerns_row(error):
                raise
            async with transaction() as session:
                merged = [await _merge_alone(session, job, state) for job in jobs]
    results = iter(merged)
    return [next(results) if isinstance(row.read, ScrapedJob) else row.read for row in rows]


async def _merge_alone(session: WriteSession, job: ScrapedJob, state: ImportState) -> Merged | str:
    try:
        async with session.begin_nested():
            (merged,) = await merge_rows(session, [job], state)
            return merged
    except RuleViolations as rejected:
        return str(rejected)
    except DBAPIError as error:
        if not _concerns_row(error):
            raise
        return f"the database rejects it: {' '.join(str(error.orig).split())}"


def _concerns_row(error: DBAPIError | RuleViolations) -> bool:
    """Whether the error concerns a row's values, not the database as a whole."""
    if isinstance(error, RuleViolations):
        return True
    sqlstate = getattr(error.orig, "sqlstate", None) or ""
    return isinstance(error.orig, _ROW_ERRORS) or sqlstate[:2] in _ROW_SQLSTATES


def _unchanged(row: Row) -> Merged | Problem | str:
    return Merged(RowOutcome.UNCHANGED) if isinstance(row.read, ScrapedJob) else row.read


def _report_results(report: ImportReport, rows: Sequence[Row], results: Sequence[Merged | Problem | str]) -> None:
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
