"""Batches of the rows of an examined scrape."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from jobbot_gql.importing.examination import Scrape
from jobbot_gql.importing.files import read_rows
from jobbot_gql.importing.raw import BadRow, RawRow, ScrapeFileError
from jobbot_gql.importing.report import RowProblem
from jobbot_gql.importing.rows import Problem, ScrapedJob
from jobbot_gql.importing.superseded_rows import SupersededRows

BATCH_ROWS = 500
BATCH_BYTES = 8 * 1024 * 1024

_CHANGED = "was changed while it was imported: import it again"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file, with its parsed job or its problem.

    - `superseded`: numbers of the earlier rows of the same source, which are merged into the job.
    - `warnings`: unusable values, including those of the superseded rows.
    """

    raw: RawRow | BadRow
    read: ScrapedJob | Problem | str
    superseded: tuple[int, ...] = ()
    warnings: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive rows, and the progress in the file after them."""

    rows: list[Row]
    bytes_read: int
    total_bytes: int


def batches(scrape: Scrape) -> Generator[Batch, None, None]:
    """Read the rows in file order. SupersededRows rows are merged into the last row of their source.

    Raises ScrapeFileError if the file is truncated or was changed, and OSError; both after the earlier rows.
    """
    progress = (0, 0)
    begun_at = 0

    def remember(bytes_read: int, total_bytes: int) -> None:
        nonlocal progress
        progress = bytes_read, total_bytes

    rows: list[Row] = []
    try:
        with closing(_rows(scrape, remember)) as found:
            for row in found:
                rows.append(row)
                if len(rows) == BATCH_ROWS or progress[0] - begun_at >= BATCH_BYTES:
                    yield Batch(rows, *progress)
                    rows, begun_at = [], progress[0]
    except (ScrapeFileError, OSError):
        if rows:
            yield Batch(rows, *progress)
        raise
    if rows:
        yield Batch(rows, *progress)


def _rows(scrape: Scrape, on_progress: Callable[[int, int], None]) -> Generator[Row, None, None]:
    source = 0
    with closing(read_rows(scrape.source, on_progress=on_progress)) as raw_rows, SupersededRows() as waiting:
        for raw in raw_rows:
            read = scrape.parse(raw)
            if not isinstance(read, ScrapedJob):
                yield Row(raw, read)
                continue
            if source == scrape.rows:
                raise ScrapeFileError(_CHANGED)
            warnings = tuple(RowProblem(raw.number, warning) for warning in read.warnings)
            if scrape.superseded[source]:
                waiting.add(read, raw.number, warnings)
            else:
                read, earlier = waiting.pop(read)
                numbers, earlier_warnings = (earlier.numbers, earlier.warnings) if earlier else ((), ())
                yield Row(raw, read, numbers, (*earlier_warnings, *warnings))
            source += 1
        if source != scrape.rows or waiting:
            raise ScrapeFileError(_CHANGED)
