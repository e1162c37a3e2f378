"""Reading scrape files row by row, in memory that does not grow with the file.

The format is told from the content, never from the name:

- CSV, separated by commas, semicolons, tabs or bars, in either of the two dialects that python-jobspy writes;
- JSON Lines: one object a line;
- a JSON array of objects, or an object that holds such an array among its values (`{"jobs": [...]}`), or JSON objects
  one after the other.

Text is UTF-8, with or without a byte order mark; UTF-16 is read where a byte order mark announces it.
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
from jobbot_gql.importing.raw import CHUNK, BadRow, RawRow, ScrapeFileError, is_scrape, no_scrape

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
    """The rows of a scrape, in the file's order.

    The file is read twice, the first time for its encoding and dialect alone, so that these are known to be sound
    before the first row is given. What can be read once only is copied first (see `rereadable`). A binary stream is
    read from where it stands and left open.

    `on_progress(bytes_read, bytes_in_all)` is called after each row.

    Raises ScrapeFileError, on the first row asked for, when the file cannot be read, is no text, is no scrape, or is a
    JSON document that has been cut off. Only a JSON document with an error inside raises it later, after the rows
    before the error have been given. An empty file, or one of blank lines, is an empty scrape.
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
    """The same rows, once the first of them together have shown the columns of a scrape (JSON leaves blanks out)."""
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
        raise no_scrape(seen)
    yield from chain(held, rows)


def rereadable(source: Path | BinaryIO, stack: ExitStack) -> Path | BinaryIO:
    """The source if it can be read more than once, and else a copy of what is left in it.

    A pipe, a terminal, `/dev/stdin` and a process substitution give their bytes once. The copy is in memory while it is
    short, and then in a temporary file that has no name and goes with the stack. Raises OSError.
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
    """What the first pass over a file finds: positions in bytes, the first and last character that are not blank."""

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
            # A run that reaches the end of the chunk may go on: only whether it is odd so far has to be remembered.
            half_run = "\\" * ((len(text) - len(inner)) % 2)
            # Taking the pairs away leaves one backslash of each run of odd length.
            doubled = "\\" not in inner.replace("\\\\", "")
