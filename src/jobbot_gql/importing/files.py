"""Reader of scrape files. It streams rows, so memory does not grow with the file.

The format is detected from the content, never from the name:

- CSV with commas, semicolons, tabs or bars, in both dialects of python-jobspy;
- JSON Lines: one object per line;
- a JSON array of objects, an object that holds such an array (`{"jobs": [...]}`), or concatenated JSON objects.

Text is UTF-8 with or without a byte order mark, or UTF-16 with one.
"""

import codecs
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import chain
from pathlib import Path
from stat import S_ISREG
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO, cast

from jobbot_gql.importing.csv_rows import csv_rows
from jobbot_gql.importing.formats import HEAD, advice
from jobbot_gql.importing.json_rows import (
    arrays,
    first_line_is_json,
    jobs_in_object,
    json_line_rows,
    json_rows,
    values,
)
from jobbot_gql.importing.raw import CHUNK, BadRow, RawRow, ScrapeFileError, is_scrape, not_a_scrape

__all__ = ["BadRow", "RawRow", "ScrapeFileError", "read_rows", "rereadable"]

_SPOOL_BYTES = 16 * 1024 * 1024
_COLUMN_SEARCH_ROWS = 100
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_rows(
    source: Path | BinaryIO, *, on_progress: Callable[[int, int], None] | None = None
) -> Generator[RawRow | BadRow, None, None]:
    """Read the rows of a scrape in file order. An empty or blank file has no rows.

    A first pass determines encoding and dialect, so that an undecodable file fails before the first row. A source that
    can be read only once is copied (see `rereadable`). A binary stream is read from its current position and left open.

    Args:
        source: The file.
        on_progress: Called after each row with the bytes read and the total bytes.

    Raises:
        ScrapeFileError: The file cannot be read, is not text, is not a scrape, or is truncated JSON. Raised at
            the first row; only an error inside a JSON document is raised later, after the rows before it.
    """
    with ExitStack() as stack:
        try:
            again = rereadable(source, stack)
            file = stack.enter_context(again.open("rb")) if isinstance(again, Path) else again
            start = file.tell()
            survey = _survey(file, start)
        except OSError as error:
            raise ScrapeFileError(f"cannot be read: {error.strerror or error}") from None
        if not survey.first:
            return
        file.seek(survey.begin)
        text = TextIOWrapper(file, encoding=survey.encoding, newline="")
        stack.callback(text.detach)
        for row in _rows(text, survey):
            yield row
            if on_progress is not None:
                on_progress(file.tell() - start, survey.end - start)


def _rows(text: TextIOWrapper, survey: "_Survey") -> Iterator[RawRow | BadRow]:
    if survey.first == "[":
        if survey.last != "]":
            raise ScrapeFileError("the JSON is cut off: its array is never closed")
        return _with_columns(json_rows(arrays(text)))
    if survey.first != "{":
        return csv_rows(text, doubled_backslashes=survey.doubled_backslashes)

    try:
        jobs, is_whole = jobs_in_object(text), True
    except ScrapeFileError:
        jobs, is_whole = None, False
    if jobs is not None:
        if survey.last != "}":
            raise ScrapeFileError("the JSON is cut off: its outermost object is never closed")
        return _with_columns(json_rows(jobs))
    text.seek(survey.begin)
    is_lines = not is_whole or first_line_is_json(text)
    text.seek(survey.begin)
    return _with_columns(json_line_rows(text) if is_lines else json_rows(values(text)))


def _with_columns(rows: Iterable[RawRow | BadRow]) -> Iterator[RawRow | BadRow]:
    """Check that the first rows together have the columns of a scrape. JSON rows may omit empty columns."""
    rows = iter(rows)
    seen: dict[str, None] = {}
    held: list[RawRow | BadRow] = []
    for row in rows:
        held.append(row)
        if isinstance(row, RawRow):
            seen.update(dict.fromkeys(row.values))
        if is_scrape(seen) or len(held) == _COLUMN_SEARCH_ROWS:
            break
    if held and not is_scrape(seen):
        if not seen and isinstance(held[0], BadRow):
            raise ScrapeFileError(f"is not a file of jobs: row 1 {held[0].reason}")
        raise not_a_scrape(seen)
    yield from chain(held, rows)


def rereadable(source: Path | BinaryIO, stack: ExitStack) -> Path | BinaryIO:
    """The source if it can be read more than once, else a copy of the rest of it.

    Pipes, terminals and process substitutions can be read only once. The copy is held in memory or, if large, in an
    unnamed temporary file, until the stack closes. Raises OSError.
    """
    if isinstance(source, Path):
        if S_ISREG(source.stat().st_mode):
            return source
        source = stack.enter_context(source.open("rb"))
    elif source.seekable():
        return source
    spool = stack.enter_context(SpooledTemporaryFile(max_size=_SPOOL_BYTES))  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(source, cast("IO[bytes]", spool), CHUNK)
    spool.seek(0)
    return cast("BinaryIO", spool)


@dataclass(frozen=True, slots=True)
class _Survey:
    """Result of the first pass: byte positions, and the first and last characters that are not blank."""

    encoding: str
    begin: int
    end: int
    first: str
    last: str
    doubled_backslashes: bool


def _survey(file: BinaryIO, start: int) -> _Survey:
    head = file.read(4)
    mark, encoding = next((known for known in _BYTE_ORDER_MARKS if head.startswith(known[0])), (b"", "utf-8"))
    begin = position = start + len(mark)
    file.seek(start)
    if message := advice(file.read(HEAD)):
        raise ScrapeFileError(message)
    file.seek(begin)
    decoder = codecs.getincrementaldecoder(encoding)()
    first = last = half_run = ""
    doubled = True
    while True:
        chunk = file.read(CHUNK)
        undecoded = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            offset = position - undecoded + error.start - start
            byte = f"0x{error.object[error.start]:02x}"
            raise ScrapeFileError(
                f"is not {encoding[:6].rstrip('-').upper()} text: byte {byte} at offset {offset} ({error.reason}); "
                "save it as UTF-8"
            ) from None
        position += len(chunk)
        if not chunk:
            return _Survey(encoding, begin, position, first, last, doubled and not half_run)
        visible = text.strip()
        if visible:
            first = first or visible[0]
            last = visible[-1]
        if doubled:
            text = half_run + text
            inner = text.rstrip("\\")
            # A run may continue in the next chunk. Only its parity matters.
            half_run = "\\" * ((len(text) - len(inner)) % 2)
            # Removing pairs leaves one backslash of each run of odd length.
            doubled = "\\" not in inner.replace("\\\\", "")
