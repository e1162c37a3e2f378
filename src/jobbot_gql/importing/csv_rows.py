"""Rows of CSV files, of either dialect, whose damage stays where it is."""

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
    no_scrape,
)

if TYPE_CHECKING:
    from _csv import Reader

_DELIMITERS = ",;\t|"


def csv_rows(text: TextIOWrapper, *, doubled_backslashes: bool) -> Iterator[RawRow | BadRow]:
    """The rows below the first line that is not blank, which names the columns.

    `doubled_backslashes` says that the file holds no odd run of backslashes. With a quoted header this means the
    dialect of JobSpy's README (QUOTE_NONNUMERIC, escapechar a backslash), where two stand for one.

    A row with too many or too few cells is a bad row. One whose quote never closes swallows the lines behind it: these
    are read again, and the lines up to the next sound row are one bad row.

    Raises ScrapeFileError when the columns are not those of a scrape.
    """
    # The limit belongs to the process, not to a reader. It is raised and stays so: setting it back could cut short
    # the reader of another thread.
    csv.field_size_limit(max(csv.field_size_limit(), MAX_CHARACTERS))
    lines = Lines(text)
    delimiter, header = _header(lines)
    if not header:
        return
    names = columns(tuple(header))
    if not is_scrape(names):
        raise no_scrape(names)
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
                lines.give_back()
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
            lines.give_back()
            damaged = StringIO()
            _add(damaged, lines.record)
            damage = BadRow(number, line, problem, "")
    if damage is not None:
        yield replace(damage, text=damaged.getvalue())


def _add(damaged: StringIO, lines: list[str]) -> None:
    """Add lines to the damage, up to `MAX_DAMAGE` characters in all."""
    for line in lines:
        room = MAX_DAMAGE - damaged.tell()
        if room <= 0:
            return
        damaged.write(line[:room])


def _header(lines: Lines) -> tuple[str, list[str]]:
    """The delimiter under which most column names are known, and the first line that is not blank, cut by it."""
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
    """Each record, blank ones too: the line it begins on, its cells, and what is wrong with it, if anything."""
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
            is_sound = len(cells) == width or not any(cell.strip() for cell in cells)
            yield line, cells, None if is_sound else f"has {len(cells)} cells, the header has {width}"


def _looks_like_a_job(values: dict[str, JsonValue]) -> bool:
    """Whether a row found behind damage is one, and not prose with as many commas as the header has."""
    url = str(values.get("job_url", ""))
    return bool(values["title"]) and (not url or url.startswith("http"))
