"""Shared by the readers of scrape files: unparsed rows, column names, and lines."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import TextIOWrapper
from typing import TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"

# Columns of python-jobspy 1.1.80 to 1.4.1, in its order. Other columns are kept under their own names.
COLUMNS = (
    *("id", "site", "job_url", "job_url_direct", "title", "company", "location", "date_posted", "job_type"),
    *("salary_source", "interval", "min_amount", "max_amount", "currency", "is_remote", "job_level", "job_function"),
    *("listing_type", "emails", "description", "company_industry", "company_url", "company_logo", "company_url_direct"),
    *("company_addresses", "company_num_employees", "company_revenue", "company_description", "skills"),
    *("experience_range", "company_rating", "company_reviews_count", "vacancy_count", "work_from_home_type"),
)

# Columns added to rejected rows. They are ignored when the corrected file is imported.
REASON, TEXT = "rejected_because", "rejected_text"

# A longer line, cell or JSON value is damage, such as an unclosed quote.
MAX_CHARACTERS = 8 * 1024 * 1024

CHUNK = 256 * 1024

# Memory bound of a record with an unclosed quote. Python needs about 60 bytes per line in addition to its text.
_MAX_RECORD_BYTES = 32 * 1024 * 1024
_LINE_BYTES = 60

MAX_DAMAGE = 1024 * 1024
"""Maximum length of `BadRow.text`."""


class ScrapeFileError(Exception):
    """The file cannot be imported. The message is one line and does not name the file."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of the file with all its values unconverted. CSV yields only strings.

    `number` counts data rows from 1, including bad rows. `line` is the row's first line in the file, from 1; None in a
    JSON document.
    """

    number: int
    line: int | None
    values: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be read. It does not affect other rows.

    `text` is the row's text in the file. Damage over several lines is cut at `MAX_DAMAGE` characters.
    """

    number: int
    line: int | None
    reason: str
    text: str


@lru_cache(maxsize=64)
def columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Unique column names: known ones in lower case, others unchanged, repeated ones with a number."""
    unique: dict[str, None] = {}
    for position, name in enumerate(names, start=1):
        column = name.strip().strip("\ufeff") or f"column {position}"
        column = column.lower() if column.lower() in COLUMNS else column
        unique[column if column not in unique else f"{column} (column {position})"] = None
    return tuple(unique)


def known_column(name: str) -> str | None:
    """The known column with a similar spelling, such as `job_url` for "jobUrl" and "Job URL"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
    return words if words in COLUMNS else None


def is_scrape(names: Iterable[str]) -> bool:
    """Whether these columns suffice for jobs."""
    return "title" in names and ("company" in names or "job_url" in names)


def not_a_scrape(names: Iterable[str]) -> ScrapeFileError:
    """The error for a file with these columns. It names the missing and the present ones."""
    found = list(names)
    lacking = [] if "title" in found else ['"title"']
    if "company" not in found and "job_url" not in found:
        lacking.append('"company" or "job_url"')
    shown = ", ".join(" ".join(name[:40].split()) for name in found[:8]) + (", …" if len(found) > 8 else "")
    has = f"its columns are {shown}" if found else "it has no columns at all"
    return ScrapeFileError(f"is not a file of jobs: it lacks {' and '.join(lacking)}; {has}")


class LongLineError(Exception):
    """A line exceeds `MAX_CHARACTERS`, or a record has too many lines. Reading continues with the next line."""


class Lines:
    """Iterates over the lines of a text, including line endings, as `csv.reader` requires.

    `number` is the number of the last line, from 1. `record` holds the lines since `begin_record`. `unread_lines` puts
    all of them but the first back, so that the lines after an unclosed quote are read again.
    """

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._returned: deque[str] = deque()
        # This bound keeps reading linear in a file full of unclosed quotes.
        self._returnable = 2 * MAX_CHARACTERS
        self.number = 0
        self.record: list[str] = []
        self._record_bytes = 0

    def begin_record(self) -> None:
        """Start a new record."""
        self.record.clear()
        self._record_bytes = 0

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else self._text.readline(MAX_CHARACTERS)
        if not line:
            raise StopIteration
        self.number += 1
        self.record.append(line)
        self._record_bytes += len(line) + _LINE_BYTES
        if self._record_bytes > _MAX_RECORD_BYTES:
            raise LongLineError(f"has a quote that is not closed within {len(self.record):,} lines")
        if len(line) == MAX_CHARACTERS and line[-1] not in "\r\n":
            while (rest := self._text.readline(CHUNK)) and rest[-1] not in "\r\n":
                pass
            raise LongLineError(f"is a line of more than {MAX_CHARACTERS:,} characters")
        return line

    def unread_lines(self) -> None:
        again = self.record[1:]
        self._returnable -= sum(map(len, again))
        if self._returnable > 0:
            self._returned.extendleft(reversed(again))
            self.number -= len(again)
            del self.record[1:]
