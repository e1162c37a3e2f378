"""Streaming readers of JSON Lines and JSON documents."""

import json
import re
from collections.abc import Iterable, Iterator
from io import TextIOWrapper
from itertools import chain
from typing import cast

from jobbot_gql.importing.raw import (
    CHUNK,
    COLUMNS,
    MAX_CHARACTERS,
    BadRow,
    JsonValue,
    Lines,
    LongLineError,
    RawRow,
    ScrapeFileError,
    columns,
    is_scrape,
)


def json_line_rows(text: TextIOWrapper) -> Iterator[RawRow | BadRow]:
    """Read one object per line. Other lines are bad rows; blank lines are skipped."""
    lines = Lines(text)
    number = 0
    while True:
        lines.begin_record()
        value: JsonValue = None
        problem = None
        try:
            line = next(lines)
            if not line.strip():
                continue
            value = json.loads(line.strip())
        except StopIteration:
            return
        except LongLineError as error:
            problem = str(error)
        except (ValueError, RecursionError) as error:
            problem = f"is not valid JSON: {_reason(error)}"
        number += 1
        if problem is None:
            yield _row(number, lines.number, value)
        else:
            yield BadRow(number, lines.number, problem, lines.record[0])


def json_rows(values: Iterable[JsonValue]) -> Iterator[RawRow | BadRow]:
    """Convert values to rows. A value that is not an object is a bad row."""
    number = 0
    try:
        for number, value in enumerate(values, start=1):
            yield _row(number, None, value)
    except ScrapeFileError as error:
        raise ScrapeFileError(f"{error} (after row {number})") from None


def first_line_is_json(text: TextIOWrapper) -> bool:
    """Whether the first line that is not blank is a complete JSON value."""
    lines = Lines(text)
    try:
        for line in lines:
            lines.begin_record()
            if line.strip():
                json.loads(line)
                return True
    except (ValueError, RecursionError):
        return False
    except LongLineError:
        return True
    return False


def arrays(text: TextIOWrapper) -> Iterator[JsonValue]:
    """The elements of all arrays of a document. A file written in append mode has several arrays."""
    reader = _Reader(text)
    while reader.peek() == "[":
        yield from reader.elements()
    if reader.peek():
        raise ScrapeFileError("is not valid JSON: text follows the end of the array")


def values(text: TextIOWrapper) -> Iterator[JsonValue]:
    """All top-level values of a document."""
    reader = _Reader(text)
    while reader.peek():
        yield reader.value()


def jobs_in_object(text: TextIOWrapper) -> Iterator[JsonValue] | None:
    """The elements of the arrays of jobs in the document's objects.

    None if the first object has no such array and is therefore a row itself. An object with an empty array and without
    columns of jobs (`{"count": 0, "jobs": []}`) is an empty scrape.
    """
    reader = _Reader(text)
    is_empty_array: dict[str, bool] = {}
    jobs = _arrays_of_jobs(reader, is_empty_array)
    first = next(jobs, None)
    if first is None and not (any(is_empty_array.values()) and set(COLUMNS).isdisjoint(is_empty_array)):
        return None
    return chain(first or (), chain.from_iterable(jobs), _further_objects(reader))


def _further_objects(reader: "_Reader") -> Iterator[JsonValue]:
    while reader.peek():
        yield from chain.from_iterable(_arrays_of_jobs(reader, {}))


def _arrays_of_jobs(reader: "_Reader", is_empty_array: dict[str, bool]) -> Iterator[Iterator[JsonValue]]:
    """The arrays of jobs in the object at the current position. Read each array to its end before the next.

    Records every key in `is_empty_array`. An array in an object with a title belongs to a job (for example similar
    jobs), so it is skipped.
    """
    reader.expect("{")
    while reader.peek() != "}":
        if is_empty_array:
            reader.expect(",")
        name = reader.value()
        if not isinstance(name, str):
            raise ScrapeFileError("is not valid JSON: an object's key is not a string")
        reader.expect(":")
        is_empty_array[name] = False
        if reader.peek() != "[":
            reader.value()
            continue
        elements = reader.elements()
        beginning = [element for _, element in zip(range(1), elements, strict=False)]
        is_empty_array[name] = not beginning
        is_job = beginning and isinstance(beginning[0], dict) and is_scrape(columns(tuple(beginning[0])))
        if is_job and "title" not in columns(tuple(is_empty_array)):
            yield chain(beginning, elements)
        else:
            for _ in elements:
                pass
    reader.expect("}")


def _row(number: int, line: int | None, value: JsonValue) -> RawRow | BadRow:
    if isinstance(value, dict):
        return RawRow(number, line, dict(zip(columns(tuple(value)), value.values(), strict=True)))
    kind = {list: "an array", str: "a string", type(None): "null", bool: "a boolean"}.get(type(value), "a number")
    return BadRow(number, line, f"is {kind}, not an object", json.dumps(value))


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg.removesuffix(' at')} at character {error.pos + 1}"
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"


class _Reader:
    """Reads JSON values one at a time from a text. Only the current value is buffered."""

    _decode = json.JSONDecoder().raw_decode
    _blank = re.compile(r"[ \t\r\n]*")

    def __init__(self, text: TextIOWrapper) -> None:
        self._text = text
        self._buffer = ""
        self._at = 0

    def peek(self) -> str:
        """The next character that is not whitespace; empty at the end."""
        while True:
            blank = self._blank.match(self._buffer, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._fill(CHUNK):
                return ""

    def expect(self, character: str) -> None:
        """Consume one character. Raises ScrapeFileError if it is another one."""
        found = self.peek()
        if found != character:
            found = repr(found) if found else "the end of the file"
            raise ScrapeFileError(f"is not valid JSON: {character!r} expected, {found} found")
        self._at += 1

    def value(self) -> JsonValue:
        self.peek()
        size = CHUNK
        while True:
            try:
                value, end = self._decode(self._buffer, self._at)
            except (ValueError, RecursionError) as error:
                # The value may be incomplete. Doubling the read size keeps parsing of long values linear.
                if len(self._buffer) - self._at > MAX_CHARACTERS or not self._fill(size):
                    reason = error.msg if isinstance(error, json.JSONDecodeError) else _reason(error)
                    raise ScrapeFileError(f"is not valid JSON: {reason}") from None
            else:
                # A number at the end of the buffer may be incomplete.
                if end < len(self._buffer) or not self._fill(size):
                    self._at = end
                    return cast("JsonValue", value)
            size *= 2

    def elements(self) -> Iterator[JsonValue]:
        """The elements of the array at the current position, read lazily."""
        self.expect("[")
        if self.peek() != "]":
            yield self.value()
            while self.peek() == ",":
                self.expect(",")
                yield self.value()
        self.expect("]")

    def _fill(self, size: int) -> bool:
        more = self._text.read(size)
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
        return bool(more)
