"""Findings: what is wrong with the stored data, and the options of `jobbot-gql migrate` that fix it."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from shlex import quote
from typing import Any

SHOWN_IDS = 5
SHOWN_VALUES = 5
SHOWN_CHARACTERS = 80

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Kind(StrEnum):
    """What is wrong."""

    VOCABULARY = "vocabulary"
    ORPHAN = "orphan"
    NULL = "null"
    JSON = "json"
    EMPTY = "empty"
    DUPLICATE = "duplicate"
    MERGED = "merged"
    """One row that stands for two things."""
    EXTRA = "extra"
    """A column or a table that is not ours, and is kept."""
    LEGACY = "legacy"
    """How the tables of JobBot's older code were converted."""
    TIME = "time"
    TIME_FORM = "time-form"
    """A time whose instant is clear, in a form that does not sort as time does."""
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"
    BLOB = "blob"
    """Text that is stored as bytes."""
    ENCODING = "encoding"
    """Text that is not valid UTF-8."""
    LENGTH = "length"
    RANGE = "range"
    URL = "url"
    TRIGGER = "trigger"
    INTEGRITY = "integrity"
    LOG = "log"


@dataclass(frozen=True)
class Finding:
    """One rule that stored data breaks, in one column, and how to fix it."""

    kind: Kind
    table: str
    column: str
    """Empty where the whole table or database is meant."""
    ids: tuple[int, ...]
    """The first few of the rows."""
    count: int
    """How many rows."""
    values: tuple[str, ...]
    """A few of the values as text, the most frequent first, each cut if it is long."""
    rule: str
    fix: str
    """What to do, in words."""
    options: tuple[str, ...] = ()
    """Options of `jobbot-gql migrate` that do it, quoted for a shell."""
    blocks: bool = False
    """Whether adopting the database has to wait until it is fixed; in a current database: whether queries fail."""

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"command": repair_command([self])}


def repair_command(findings: Iterable[Finding]) -> str | None:
    """One line for a shell that fixes all findings that have options; None where none has."""
    options = list(dict.fromkeys(option for finding in findings for option in finding.options))
    deletes = "--orphans delete"
    if deletes in options:  # some orphans cannot be kept
        options = [option for option in options if not option.startswith("--orphans") or option == deletes]
    return " ".join(["jobbot-gql migrate", *options]) if options else None


def shell_word(text: str) -> str:
    """A text as one word of a shell's command line, on one line, whatever is in it."""
    if not _UNPRINTABLE.search(text):
        return quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _UNPRINTABLE.sub(_escape, escaped) + "'"


def printable(text: str) -> str:
    """A text with control characters written as escapes."""
    return _UNPRINTABLE.sub(_escape, text)


def cut(text: str) -> str:
    """A text, shortened if it is long."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _escape(match: re.Match[str]) -> str:
    number = ord(match.group())
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}"
