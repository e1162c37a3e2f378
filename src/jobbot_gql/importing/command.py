"""The command `jobbot-gql import`."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISFIFO
from typing import TextIO

import click
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from jobbot_gql import private_files
from jobbot_gql.console import PrintableConsole, discard_output, echo_json, flush, printable_line
from jobbot_gql.db.database import Database
from jobbot_gql.importing.examination import Options, Scrape, examine
from jobbot_gql.importing.files import rereadable
from jobbot_gql.importing.outputs import OutputError
from jobbot_gql.importing.raw import ScrapeFileError, known_column
from jobbot_gql.importing.report import ImportReport, ProblemGroup
from jobbot_gql.importing.rows import MAX_COMPANY_LENGTH
from jobbot_gql.importing.service import import_rows, transactions
from jobbot_gql.settings import Settings
from jobbot_gql.upkeep.backup import require_other_file
from jobbot_gql.upkeep.startup_check import prepare

_STANDARD_INPUT = Path("-")
_LISTED_COLUMNS = 20

out = PrintableConsole(highlight=False, width=10_000)  # do not wrap file names in narrow terminals
err = PrintableConsole(stderr=True, highlight=False, soft_wrap=True)


@dataclass
class _Source:
    """A file to import, and its report so far."""

    scrape: Scrape
    report: ImportReport = field(default_factory=ImportReport)
    is_begun: bool = False

    @property
    def name(self) -> str:
        """The file's name in one printable line."""
        return printable_line(self.scrape.name)


def import_files(
    settings: Settings,
    files: Sequence[Path],
    options: Options,
    *,
    dry_run: bool,
    rejects: Path | None,
    warnings: Path | None,
    as_json: bool,
) -> None:
    """Import files in order, and print the report.

    All files are examined first. If one is not a scrape, nothing is changed and no database is created. Raises
    ClickException and DatabaseProblem, both with a message for the user.
    """
    _check_options(settings, files, options, {"rejected rows": rejects, "warnings": warnings})
    with ExitStack() as stack:
        sources = [_opened(file, options, stack) for file in files]
        rejected = stack.enter_context(_written(rejects)) if rejects else None
        warned = stack.enter_context(_written(warnings)) if warnings else None
        try:
            asyncio.run(_import(settings, sources, dry_run, rejected, warned))
        except KeyboardInterrupt:
            err.print(_interrupted(sources, dry_run=dry_run), markup=False)
            raise
        except (OutputError, OSError) as error:
            raise click.ClickException(f"{error}\n{_interrupted(sources, dry_run=dry_run)}") from None

    try:
        _print_counts(sources, dry_run=dry_run, as_json=as_json)
        flush()
    except OSError as error:
        discard_output()
        done = "nothing was changed (dry run)" if dry_run else "the files are imported"
        raise click.ClickException(f"{done}, but their report cannot be written: {error.strerror}") from None
    for source in sources:
        _print_report(source)
    failures = [
        f"{source.name}: {source.report.broken_off}: only the rows before are imported"
        for source in sources
        if source.report.broken_off
    ] + [
        f"{source.name}: all {source.report.rows:,} rows were rejected"
        for source in sources
        if source.report.rows == source.report.rejected > 0
    ]
    if failures:
        raise click.ClickException("\n".join(failures))


def _check_options(
    settings: Settings, files: Sequence[Path], options: Options, outputs: dict[str, Path | None]
) -> None:
    named = {what: path for what, path in outputs.items() if path}
    for what, path in named.items():
        if any(path.exists() and file.exists() and path.samefile(file) for file in files):
            raise click.ClickException(f"{path} is a file to import: name another file for the {what}")
        if settings.database.sqlite_path is not None:
            require_other_file(settings.database.sqlite_path, path, f"cannot hold the {what} beside")
    if len({path.absolute() for path in named.values()}) < len(named):
        raise click.ClickException("--rejects and --warnings must name different files")
    company = options.placeholder_company
    if company is not None and not 1 <= len(company) <= MAX_COMPANY_LENGTH:
        raise click.ClickException(
            f"--placeholder-company must have 1 to {MAX_COMPANY_LENGTH} characters; got {len(company)}"
        )
    if list(files).count(_STANDARD_INPUT) > 1:
        raise click.ClickException("standard input can be imported only once")
    pipes = [pipe for file in files if (pipe := _pipe(file))]
    for file in files:
        if (pipe := _pipe(file)) and pipes.count(pipe) > 1:
            raise click.ClickException(f"{printable_line(str(file))} is a pipe: it can be imported only once")


def _pipe(file: Path) -> tuple[int, int] | None:
    """Device and inode of a pipe, which can be read only once; None for other files."""
    with suppress(OSError, ValueError, AttributeError):  # it is closed or does not exist; opening it says so
        found = os.fstat(sys.stdin.fileno()) if file == _STANDARD_INPUT else file.stat()
        return (found.st_dev, found.st_ino) if S_ISFIFO(found.st_mode) else None
    return None


@contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    """Open a private file for writing. It replaces an existing file."""
    try:
        file = private_files.replaced(path)
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be written: {error.strerror}") from None
    try:
        yield file
    finally:
        with suppress(OSError):  # the file is flushed after each batch, so errors were reported
            file.close()


def _opened(file: Path, options: Options, stack: ExitStack) -> _Source:
    """Open and examine a file. Sources that can be read only once are copied."""
    name = "standard input" if file == _STANDARD_INPUT else str(file)
    try:
        if file == _STANDARD_INPUT:
            if sys.stdin is None:
                raise ScrapeFileError("is closed: name a file, or pipe one in")
            source = rereadable(sys.stdin.buffer, stack)
        else:
            source = rereadable(file, stack)
        return _Source(examine(source, name, options))
    except ScrapeFileError as error:
        raise click.ClickException(f"{printable_line(name)}: {printable_line(str(error))}") from None
    except OSError as error:
        raise click.ClickException(f"{printable_line(name)}: cannot be read: {error.strerror or error}") from None


async def _import(
    settings: Settings,
    sources: Sequence[_Source],
    dry_run: bool,
    rejects: TextIO | None,
    warnings: TextIO | None,
) -> None:
    path = settings.database.sqlite_path
    if dry_run and path and not path.exists():  # simulates a new database
        settings = settings.model_copy(update={"database_url": "sqlite:///:memory:"})
    database = Database.from_settings(settings)
    await prepare(database.url)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    try:
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
            async with transactions(database, dry_run=dry_run) as transaction:
                for source in sources:
                    source.is_begun = True
                    source.report = await import_rows(
                        transaction,
                        source.scrape,
                        rejects=rejects,
                        warnings=warnings,
                        on_progress=_shown(source, progress),
                    )
    except ScrapeFileError as error:
        raise click.ClickException(f"{source.name}: {printable_line(str(error))}") from None
    finally:
        await database.dispose()


def _shown(source: _Source, progress: Progress) -> Callable[[ImportReport, int, int], None]:
    """A callback that updates the source's report and its progress bar."""
    task = progress.add_task(source.name, total=None)

    def show(report: ImportReport, bytes_read: int, total_bytes: int) -> None:
        source.report = report
        description = f"{source.name}: {report.rows:,} rows"
        progress.update(task, completed=bytes_read, total=total_bytes, description=description)

    return show


def _interrupted(sources: Sequence[_Source], *, dry_run: bool) -> str:
    if dry_run:
        return "interrupted: nothing was imported"
    begun = [f"{source.report.rows:,} rows of {source.name}" for source in sources if source.is_begun]
    return f"interrupted: {' and '.join(begun) or 'nothing'} imported; run the same command again to continue"


def _print_counts(sources: Sequence[_Source], *, dry_run: bool, as_json: bool) -> None:
    counts = [source.report.counts() for source in sources]
    total = {name: sum(count[name] for count in counts) for name in ImportReport().counts()}
    if as_json:
        echo_json(total)
    else:
        table = Table(box=None, pad_edge=False)
        for name in total:
            table.add_column(name, justify="right")
        table.add_column("file")
        for source, count in zip(sources, counts, strict=True):
            table.add_row(*(f"{number:,}" for number in count.values()), Text(source.name))
        if len(sources) > 1:
            table.add_row(*(f"{number:,}" for number in total.values()), "all")
        out.print(table)
    if dry_run:
        err.print("dry run: nothing was changed")


def _print_report(source: _Source) -> None:
    """Print rejected rows, warnings and unknown columns of one file."""
    report, name = source.report, source.name
    if report.known_as:
        err.print(f"{name}: already imported ({printable_line(report.known_as)}); nothing was changed", markup=False)
    if report.unknown_columns:
        err.print(f"{name}: {_unknown(report.unknown_columns)}", markup=False)
    _print_problems(name, "rejected row", report.rejected, report.rejections)
    _print_problems(name, "warning", report.warnings, report.cautions)


def _unknown(columns: Sequence[str]) -> str:
    shown = [
        printable_line(column[:80]) + (f" (is it {meant}?)" if (meant := known_column(column)) else "")
        for column in columns[:_LISTED_COLUMNS]
    ]
    further = f" and {len(columns) - _LISTED_COLUMNS:,} more" if len(columns) > _LISTED_COLUMNS else ""
    return f"ignored {len(columns):,} unknown column{'s' * (len(columns) > 1)}: {', '.join(shown)}{further}"


def _print_problems(name: str, what: str, count: int, groups: Sequence[ProblemGroup]) -> None:
    if count:
        err.print(f"{name}: {count:,} {what}{'s' if count > 1 else ''}", markup=False)
    for group in groups:
        err.print(f"{name} {printable_line(str(group))}", markup=False)
    listed = sum(group.count for group in groups)
    if count > listed:
        err.print(f"… and {count - listed:,} more")
