"""Findings: violated rules in stored data, and the options of `jobbot-gql migrate` that fix them."""

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


class FindingKind(StrEnum):
    """FindingKind of a finding."""

    VOCABULARY = "vocabulary"
    ORPHAN = "orphan"
    NULL = "null"
    JSON = "json"
    EMPTY = "empty"
    DUPLICATE = "duplicate"
    MERGED = "merged"
    """One row that represents two vacancies."""
    EXTRA = "extra"
    """An additional column or table, which is kept."""
    LEGACY = "legacy"
    """Conversion of a table of JobBot's older code."""
    TIME = "time"
    TIME_FORM = "time-form"
    """An unambiguous time in a form whose text order is not the time order."""
    DATE = "date"
    NUMBER = "number"
    BOOLEAN = "boolean"
    BLOB = "blob"
    """Text stored as BLOB."""
    ENCODING = "encoding"
    """Text that is not valid UTF-8."""
    LENGTH = "length"
    RANGE = "range"
    URL = "url"
    KEY = "key"
    """A computed key that is not the one of its row."""
    DERIVED = "derived"
    """A value that differs from the rows from which it is derived."""
    TRIGGER = "trigger"
    INTEGRITY = "integrity"
    LOG = "log"


@dataclass(frozen=True)
class Finding:
    """A rule that rows violate in one column, and its fix."""

    kind: FindingKind
    table: str
    column: str
    """Empty for a finding about a whole table or database."""
    ids: tuple[int, ...]
    """Ids of the first `SHOWN_IDS` rows."""
    count: int
    """Number of rows."""
    values: tuple[str, ...]
    """The most frequent values as shortened text, at most `SHOWN_VALUES`."""
    rule: str
    fix: str
    """The fix in words."""
    options: tuple[str, ...] = ()
    """Options of `jobbot-gql migrate` that apply the fix, quoted for a shell."""
    blocks: bool = False
    """Whether it prevents the adoption of a database, or makes queries on a current database fail."""

    def as_dict(self) -> dict[str, Any]:
        """The finding for JSON output."""
        return asdict(self) | {"command": repair_command([self])}


def repair_command(findings: Iterable[Finding]) -> str | None:
    """A shell command that fixes all findings with options; None if there are none."""
    options = list(dict.fromkeys(option for finding in findings for option in finding.options))
    deletes = "--orphans delete"
    if deletes in options:  # some orphans cannot be kept
        options = [option for option in options if not option.startswith("--orphans") or option == deletes]
    return " ".join(["jobbot-gql migrate", *options]) if options else None


def shell_word(text: str) -> str:
    """A text quoted as one shell word on one line."""
    if not _UNPRINTABLE.search(text):
        return quote(text)
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return "$'" + _UNPRINTABLE.sub(_escape, escaped) + "'"


def printable(text: str) -> str:
    """A text with control characters escaped."""
    return _UNPRINTABLE.sub(_escape, text)


def cut(text: str) -> str:
    """A text shortened to `SHOWN_CHARACTERS`."""
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _escape(match: re.Match[str]) -> str:
    number = ord(match.group())
    return f"\\x{number:02x}" if number < 0x80 else f"\\u{number:04x}"
