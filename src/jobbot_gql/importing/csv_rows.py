"""Reader of CSV files in both dialects of python-jobspy. Damage in one row does not affect others."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING, cast

from jobbot_gql.importing.formats import is_excel_separator
from jobbot_gql.importing.raw import (
    COLUMNS,
    MAX_CHARACTERS,
    MAX_DAMAGE,
    BadRow,
    JsonValue,
    Lines,
    LongLineError,
    RawRow,
    ScrapeFileError,
    columns,
    is_scrape,
    not_a_scrape,
)

if TYPE_CHECKING:
    from _csv import Reader

_DELIMITERS = ",;\t|"


def csv_rows(text: TextIOWrapper, *, doubled_backslashes: bool) -> Iterator[RawRow | BadRow]:
    """Read the rows below the header, which is the first line that is not blank.

    A row with too many or too few cells is a bad row. After an unclosed quote the following lines are read again, and
    the lines up to the next valid row are one bad row.

    Args:
        text: The file.
        doubled_backslashes: Whether every run of backslashes has an even length. With a quoted header this is the
            dialect of JobSpy's README (QUOTE_NONNUMERIC with a backslash as escapechar).

    Raises:
        ScrapeFileError: The columns are not those of a scrape.
    """
    # The limit is global to the process. It is never lowered, because another thread may be reading.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CHARACTERS))
    lines = Lines(text)
    delimiter, header = _header(lines)
    if not header:
        return
    names = columns(tuple(header))
    if not is_scrape(names):
        raise not_a_scrape(names)
    escape = "\\" if doubled_backslashes and lines.record[-1].lstrip("\ufeff \t").startswith('"') else None
    reader = csv.reader(lines, delimiter=delimiter, escapechar=escape, strict=True)

    number = 0
    damage: BadRow | None = None
    damaged = StringIO()
    for line, cells, problem in _records(reader, lines, len(names)):
        is_blank = problem is None and not any(cell.strip() for cell in cells)
        if is_blank and damage is None:
            continue
        values = cast("dict[str, JsonValue]", dict(zip(names, cells, strict=False)))
        if damage is not None:
            if is_blank or problem is not None or not _looks_like_a_job(values):
                lines.unread_lines()
                _add(damaged, lines.record)
                continue
            yield replace(damage, text=damaged.getvalue())
            damage = None
        number += 1
        if problem is None:
            yield RawRow(number, line, values)
        elif cells or len(lines.record) == 1:
            yield BadRow(number, line, problem, "".join(lines.record))
        else:
            lines.unread_lines()
            damaged = StringIO()
            _add(damaged, lines.record)
            damage = BadRow(number, line, problem, "")
    if damage is not None:
        yield replace(damage, text=damaged.getvalue())


def _add(damaged: StringIO, lines: list[str]) -> None:
    """Add lines to the damage, up to `MAX_DAMAGE` characters."""
    for line in lines:
        remaining = MAX_DAMAGE - damaged.tell()
        if remaining <= 0:
            return
        damaged.write(line[:remaining])


def _header(lines: Lines) -> tuple[str, list[str]]:
    """The delimiter that yields most known column names, and the header split by it."""
    best: tuple[str, list[str]] = (",", [])
    try:
        for line in lines:
            if not line.strip(' \t\r\n",;|\ufeff'):
                lines.begin_record()
                continue
            if is_excel_separator(line):
                raise ScrapeFileError(
                    f'begins with "{line.strip()}", a note for Excel: remove that line and import again'
                )
            known = -1
            for delimiter in _DELIMITERS:
                header = next(csv.reader([line.lstrip("\ufeff")], delimiter=delimiter))
                count = len(set(columns(tuple(header))) & set(COLUMNS))
                if count > known:
                    known, best = count, (delimiter, header)
            break
    except (csv.Error, LongLineError) as error:
        raise ScrapeFileError(f"is not a file of jobs: its first line cannot be read ({error})") from None
    return best


def _records(reader: "Reader", lines: Lines, width: int) -> Iterator[tuple[int, list[str], str | None]]:
    """All records including blank ones: first line, cells, and the problem if there is one."""
    while True:
        lines.begin_record()
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, [], f"is not valid CSV: {error}"
        except LongLineError as error:
            yield line, [], str(error)
        else:
            is_valid = len(cells) == width or not any(cell.strip() for cell in cells)
            yield line, cells, None if is_valid else f"has {len(cells)} cells, the header has {width}"


def _looks_like_a_job(values: dict[str, JsonValue]) -> bool:
    """Whether a record after damage is a job, not prose with the same number of commas."""
    url = str(values.get("job_url", ""))
    return bool(values["title"]) and (not url or url.startswith("http"))
