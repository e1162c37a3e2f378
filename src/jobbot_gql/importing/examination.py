"""Examination of a whole scrape before its first row is imported.

Three facts are known only after reading the whole file: whether it was imported before, the order of its dates, and
which rows are superseded by later ones.
"""

from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from jobbot_gql.importing.dates import DateEvidence, DayMonthOrder
from jobbot_gql.importing.files import read_rows
from jobbot_gql.importing.fingerprint import Fingerprint
from jobbot_gql.importing.raw import COLUMNS, REASON, TEXT, BadRow, JsonValue, RawRow, ScrapeFileError, known_column
from jobbot_gql.importing.rows import Problem, RowRejected, ScrapedJob, parse_row

_KNOWN = frozenset({*COLUMNS, REASON, TEXT})


@dataclass(frozen=True, slots=True)
class Options:
    """The user's options for reading files.

    - `placeholder_company`: company of rows without one. None rejects them.
    - `date_order`: order of dates like 9/1/2026. None infers it.
    - `without_identity`: whether to import a file in which no row has a board id or a URL.
    """

    placeholder_company: str | None = None
    date_order: DayMonthOrder | None = None
    without_identity: bool = False


@dataclass(frozen=True, slots=True)
class Scrape:
    """An examined file that can be imported.

    - `source`: the file, which can be read again; `name`: its name in messages.
    - `digest`: identifies the file's content; None if no row can be imported or the file is truncated.
    - `date_order`: the order of its dates.
    - `superseded`: one byte per importable row, in file order: 1 if a later row has the same source.
    - `unknown_columns`: columns that are stored with the source but not used.
    - `state`: device, inode, size and modification time, to detect changes during the import.
    """

    source: Path | BinaryIO
    name: str
    options: Options
    digest: str | None
    date_order: DayMonthOrder
    superseded: bytes
    unknown_columns: tuple[str, ...]
    state: tuple[int, ...] | None

    @property
    def rows(self) -> int:
        """Number of importable rows."""
        return len(self.superseded)

    def is_unchanged(self) -> bool:
        """Whether the file has not changed since the examination."""
        return self.state == _state(self.source)

    def parse(self, raw: RawRow | BadRow) -> ScrapedJob | Problem | str:
        """The job in a row of the file, or the row's problem."""
        return _parse(raw, self.options, self.date_order)


def examine(source: Path | BinaryIO, name: str, options: Options) -> Scrape:
    """Read and check a whole scrape. A JSON document with an error inside is examined up to the error.

    `source` must be readable more than once (see `files.rereadable`). A binary stream keeps its position.

    Raises ScrapeFileError if the file cannot be read, is not a scrape, has no row with an identity, or has dates in an
    unknown order.
    """
    start = None if isinstance(source, Path) else source.tell()
    state = _state(source)
    fingerprint, evidence = Fingerprint(), DateEvidence()
    columns: dict[str, None] = {}
    has_identity, is_whole = options.without_identity, True
    has_rows = False
    with closing(read_rows(source)) as raw_rows:
        try:
            for raw in raw_rows:
                has_rows = True
                if isinstance(raw, RawRow):
                    columns.update(dict.fromkeys(_unknown(raw.values)))
                row = _parse(raw, options, options.date_order or DayMonthOrder.MDY)
                if isinstance(raw, RawRow) and isinstance(row, ScrapedJob):
                    date_posted = raw.values.get("date_posted")
                    evidence.add(raw.number, date_posted)
                    fingerprint.add(row, date_posted)
                    has_identity = has_identity or _identifies(row)
        except ScrapeFileError:
            if not has_rows:
                raise
            is_whole = False
    if len(fingerprint) and not has_identity:
        raise ScrapeFileError(_without_identity(columns))
    order = evidence.order(options.date_order)
    digest, superseded = fingerprint.finish(order)
    if start is not None and not isinstance(source, Path):
        source.seek(start)
    return Scrape(
        source,
        name,
        options,
        digest if is_whole and superseded else None,
        order,
        superseded,
        tuple(columns),
        state,
    )


def _state(source: Path | BinaryIO) -> tuple[int, ...] | None:
    if not isinstance(source, Path):
        return None
    try:
        found = source.stat()
    except OSError as error:
        raise ScrapeFileError(f"cannot be read: {error.strerror or error}") from None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _unknown(values: Mapping[str, JsonValue]) -> list[str]:
    return [column for column, value in values.items() if column not in _KNOWN and value not in ("", None)]


def _without_identity(unknown: Iterable[str]) -> str:
    renamed = [f'"{column}" to "{meant}"' for column in unknown if (meant := known_column(column))]
    fix = f"rename the column {', '.join(renamed)}, or" if renamed else "add one of them, or"
    return (
        'has nothing that identifies its rows: none has a "job_url", or an "id" with a "site"; importing changed rows'
        f" again would make new jobs; {fix} add --without-identity"
    )


def _identifies(row: ScrapedJob) -> bool:
    has_id = row.source_site is not None and row.external_id is not None
    return has_id or row.url_key is not None or row.direct_url_key is not None


def _parse(raw: RawRow | BadRow, options: Options, order: DayMonthOrder) -> ScrapedJob | Problem | str:
    if isinstance(raw, BadRow):
        return raw.reason
    values = raw.values
    if REASON in values:
        values = {column: value for column, value in values.items() if column not in (REASON, TEXT)}
    try:
        return parse_row(values, placeholder_company=options.placeholder_company, date_order=order)
    except RowRejected as rejected:
        return rejected.problem
