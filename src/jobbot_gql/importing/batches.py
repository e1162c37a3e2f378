"""The rows of an examined scrape, batch by batch."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from jobbot_gql.importing.examining import Scrape
from jobbot_gql.importing.files import read_rows
from jobbot_gql.importing.raw import BadRow, RawRow, ScrapeFileError
from jobbot_gql.importing.report import RowProblem
from jobbot_gql.importing.rows import Problem, ScrapedJob
from jobbot_gql.importing.superseding import Superseded

BATCH_ROWS = 500
BATCH_BYTES = 8 * 1024 * 1024

_CHANGED = "was changed while it was imported: import it again"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file, with the job that it describes or else with what is wrong with it.

    - `superseded`: the numbers of the earlier rows about its source, which have gone into the job.
    - `warnings`: the values that could not be used, theirs included.
    """

    raw: RawRow | BadRow
    read: ScrapedJob | Problem | str
    superseded: tuple[int, ...] = ()
    warnings: tuple[RowProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, and how much of the file has been read after them."""

    rows: list[Row]
    bytes_read: int
    bytes_in_all: int


def batches(scrape: Scrape) -> Generator[Batch, None, None]:
    """The rows in the file's order, superseded ones with the last about their source.

    Raises ScrapeFileError, after the rows before it, where the file breaks off or has been changed; and OSError.
    """
    progress = (0, 0)
    begun_at = 0

    def remember(bytes_read: int, bytes_in_all: int) -> None:
        nonlocal progress
        progress = bytes_read, bytes_in_all

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
    with closing(read_rows(scrape.source, on_progress=on_progress)) as raw_rows, Superseded() as waiting:
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
                numbers, told = (earlier.numbers, earlier.warnings) if earlier else ((), ())
                yield Row(raw, read, numbers, (*told, *warnings))
            source += 1
        if source != scrape.rows or waiting:
            raise ScrapeFileError(_CHANGED)
