"""What every reader of scrape files shares: rows as the file holds them, the names of their columns, lines."""

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from io import TextIOWrapper
from typing import TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"

# python-jobspy's columns, 1.1.80 to 1.4.1, in its order. Others are kept under the name that the file gives them.
COLUMNS = (
    *("id", "site", "job_url", "job_url_direct", "title", "company", "location", "date_posted", "job_type"),
    *("salary_source", "interval", "min_amount", "max_amount", "currency", "is_remote", "job_level", "job_function"),
    *("listing_type", "emails", "description", "company_industry", "company_url", "company_logo", "company_url_direct"),
    *("company_addresses", "company_num_employees", "company_revenue", "company_description", "skills"),
    *("experience_range", "company_rating", "company_reviews_count", "vacancy_count", "work_from_home_type"),
)

# What rejected rows carry beside their own columns. Not part of a scrape: they are left out when the file comes back.
REASON, TEXT = "rejected_because", "rejected_text"

# A line, a cell or a JSON value longer than this is damage (a quote that never closes), not a job.
MAX_CHARACTERS = 8 * 1024 * 1024

CHUNK = 256 * 1024

# What a quote that never closes may hold in memory: Python needs some 60 bytes for a line beside its text.
_MAX_RECORD_BYTES = 32 * 1024 * 1024
_LINE_BYTES = 60

MAX_DAMAGE = 1024 * 1024
"""How many characters of damage `BadRow.text` holds at most."""


class ScrapeFileError(Exception):
    """The file as a whole cannot be imported; the message is one line and does not name the file."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One job as the file holds it: nothing converted, nothing left out.

    `number` counts the data rows from 1, bad ones included. `line` is the line of the file on which the row begins,
    from 1; None in a JSON document, which has no lines of its own. CSV gives strings only.
    """

    number: int
    line: int | None
    values: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read; the rows around it are unharmed.

    `text` is what the file holds there; damage over several lines is cut at `MAX_DAMAGE` characters.
    """

    number: int
    line: int | None
    reason: str
    text: str


@lru_cache(maxsize=64)
def columns(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names as rows carry them: known ones in lower case, others as given; a name met again gets a number."""
    unique: dict[str, None] = {}
    for place, name in enumerate(names, start=1):
        column = name.strip().strip("\ufeff") or f"column {place}"
        column = column.lower() if column.lower() in COLUMNS else column
        unique[column if column not in unique else f"{column} (column {place})"] = None
    return tuple(unique)


def known_column(name: str) -> str | None:
    """The column that a name of another spelling probably means: `job_url` for "jobUrl" and "Job URL"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").lower()
    return words if words in COLUMNS else None


def is_scrape(names: Iterable[str]) -> bool:
    """Whether rows with these columns can be jobs."""
    return "title" in names and ("company" in names or "job_url" in names)


def no_scrape(names: Iterable[str]) -> ScrapeFileError:
    """The error for a file with these columns, which says what it lacks and what it has."""
    found = list(names)
    lacking = [] if "title" in found else ['"title"']
    if "company" not in found and "job_url" not in found:
        lacking.append('"company" or "job_url"')
    shown = ", ".join(" ".join(name[:40].split()) for name in found[:8]) + (", …" if len(found) > 8 else "")
    has = f"its columns are {shown}" if found else "it has no columns at all"
    return ScrapeFileError(f"is not a file of jobs: it lacks {' and '.join(lacking)}; {has}")


class LongLineError(Exception):
    """A line beyond `MAX_CHARACTERS`, or too many lines for one record; the next line can be read."""


class Lines:
    """The lines of a text, with their endings, as `csv.reader` wants them.

    `number` is the line last taken, from 1. `record` collects the lines taken since `begin_record`; `give_back` puts
    all but its first back, so that rows swallowed by a quote that never closes are read again, each for itself.
    """

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._returned: deque[str] = deque()
        # Reading again must not make a file full of stray quotes quadratic.
        self._returnable = 2 * MAX_CHARACTERS
        self.number = 0
        self.record: list[str] = []
        self._record_bytes = 0

    def begin_record(self) -> None:
        """Forget the lines taken so far."""
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

    def give_back(self) -> None:
        again = self.record[1:]
        self._returnable -= sum(map(len, again))
        if self._returnable > 0:
            self._returned.extendleft(reversed(again))
            self.number -= len(again)
            del self.record[1:]
