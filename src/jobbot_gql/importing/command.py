"""The command `jobbot-gql import`: files in, a report out."""

import asyncio
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, BinaryIO, TextIO, cast

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from jobbot_gql import private_files
from jobbot_gql.db.database import Database
from jobbot_gql.importing.raw import ScrapeFileError
from jobbot_gql.importing.report import ImportReport, RowProblem
from jobbot_gql.importing.rows import LONGEST_COMPANY
from jobbot_gql.importing.service import check_scrape, import_rows, transactions
from jobbot_gql.upkeep.startup_check import prepare

if TYPE_CHECKING:
    from jobbot_gql.settings import Settings

_SPOOL_BYTES = 16 * 1024 * 1024
_STANDARD_INPUT = Path("-")

out = Console(highlight=False, width=10_000)  # file names stay whole, however narrow the terminal
err = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass
class _Source:
    """A file to import, the name that it is called by, and what has become of it so far."""

    name: str
    file: Path | BinaryIO
    report: ImportReport = field(default_factory=ImportReport)
    is_begun: bool = False


def import_files(
    settings: "Settings",
    files: Sequence[Path],
    *,
    dry_run: bool,
    rejects: Path | None,
    placeholder_company: str | None,
    as_json: bool,
) -> None:
    """Import the files one after the other, and print what became of their rows.

    Nothing is changed, the database not even created, when one of them is no scrape. Raises ClickException and
    DatabaseProblem, both with one line for the person who has given the command.
    """
    if rejects and any(rejects.exists() and file.exists() and rejects.samefile(file) for file in files):
        raise click.ClickException(f"{rejects} is to be imported: name another file for the rejected rows")
    if placeholder_company is not None and not 1 <= len(placeholder_company.strip()) <= LONGEST_COMPANY:
        raise click.ClickException(
            f"--placeholder-company must have 1 to {LONGEST_COMPANY} characters, not {len(placeholder_company.strip())}"
        )
    if list(files).count(_STANDARD_INPUT) > 1:
        raise click.ClickException("standard input can be imported once only")
    with ExitStack() as stack:
        sources = [_opened(file, stack) for file in files]
        try:
            rejected = stack.enter_context(private_files.replaced(rejects)) if rejects else None
        except OSError as error:
            raise click.ClickException(f"{rejects}: cannot be written: {error.strerror}") from None
        try:
            asyncio.run(_import(settings, sources, dry_run, rejected, placeholder_company))
        except KeyboardInterrupt:
            err.print(_interrupted(sources, dry_run=dry_run), markup=False)
            raise
        except OSError as error:
            raise click.ClickException(f"interrupted: {error}") from None

    _print_counts(sources, dry_run=dry_run, as_json=as_json)
    for source in sources:
        _print_problems(source.name, "rejected row", source.report.rejected, source.report.rejections)
        _print_problems(source.name, "warning", source.report.warnings, source.report.cautions)
    if broken := [source for source in sources if source.report.broken_off]:
        lines = [f"{source.name}: {source.report.broken_off}: only the rows before are imported" for source in broken]
        raise click.ClickException("\n".join(lines))


def _opened(file: Path, stack: ExitStack) -> _Source:
    """The source, which is a scrape as far as can be said without importing it."""
    source = _Source(str(file), file)
    if file == _STANDARD_INPUT:
        spool = stack.enter_context(SpooledTemporaryFile(max_size=_SPOOL_BYTES))  # noqa: SIM115 - the stack closes it
        shutil.copyfileobj(sys.stdin.buffer, cast("IO[bytes]", spool))
        spool.seek(0)
        source = _Source("standard input", cast("BinaryIO", spool))
    try:
        check_scrape(source.file)
    except ScrapeFileError as error:
        raise click.ClickException(f"{source.name}: {error}") from None
    return source


async def _import(
    settings: "Settings",
    sources: Sequence[_Source],
    dry_run: bool,
    rejects: TextIO | None,
    placeholder_company: str | None,
) -> None:
    await prepare(settings.database)
    database = Database.from_settings(settings)
    columns = TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    try:
        with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
            async with transactions(database, dry_run=dry_run) as transaction:
                for source in sources:
                    source.is_begun = True
                    source.report = await import_rows(
                        transaction,
                        source.file,
                        placeholder_company=placeholder_company and placeholder_company.strip(),
                        rejects=rejects,
                        on_progress=_shown(source, progress),
                    )
    except ScrapeFileError as error:
        raise click.ClickException(f"{source.name}: {error}") from None
    finally:
        await database.dispose()


def _shown(source: _Source, progress: Progress) -> Callable[[ImportReport, int, int], None]:
    """What keeps the source's report and its progress bar up to date."""
    task = progress.add_task(source.name, total=None)

    def show(report: ImportReport, bytes_read: int, bytes_in_all: int) -> None:
        source.report = report
        description = f"{source.name}: {report.rows:,} rows"
        progress.update(task, completed=bytes_read, total=bytes_in_all, description=description)

    return show


def _interrupted(sources: Sequence[_Source], *, dry_run: bool) -> str:
    if dry_run:
        return "interrupted: nothing was imported"
    begun = [f"{source.report.rows:,} rows of {source.name}" for source in sources if source.is_begun]
    return f"interrupted: {' and '.join(begun) or 'nothing'} imported; the same command goes on from there"


def _print_counts(sources: Sequence[_Source], *, dry_run: bool, as_json: bool) -> None:
    counts = [source.report.counts() for source in sources]
    total = {name: sum(count[name] for count in counts) for name in ImportReport().counts()}
    if as_json:
        click.echo(json.dumps(total))
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


def _print_problems(name: str, what: str, count: int, problems: Sequence[RowProblem]) -> None:
    if count:
        err.print(f"{name}: {count:,} {what}{'s' if count > 1 else ''}", markup=False)
    for problem in problems:
        line = "".join(character if character.isprintable() else "\ufffd" for character in f"{name} {problem}")
        err.print(line, markup=False)
    if count > len(problems):
        err.print(f"… and {count - len(problems):,} more")
