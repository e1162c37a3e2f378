"""The formats of an export: encoders that turn pages of rows into parts of a file."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import orjson

from jobbot_gql.exporting.columns import Cell

Rows = Sequence[Sequence[Cell]]

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""UTF-8's mark at the start of a file, without which Excel reads CSV in the encoding of the machine."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", *"\uff1d\uff0b\uff0d\uff20")
"""How cells begin that spreadsheets may execute as formulas (OWASP, CSV injection); the last four are full-width."""
_QUOTED = frozenset('",\r\n')


class Encoder(ABC):
    """Encodes one export. `begin`, `add` for each page, and `end` give the parts of the file."""

    media_type: ClassVar[str]
    has_formulas: ClassVar[bool] = False
    """Whether programs that open such files may execute text as formulas."""

    def __init__(self, names: Sequence[str], *, excel_safe: bool = False) -> None:
        """`names` are those of the columns. With `excel_safe`, text that begins like a formula gets a `'` in front."""
        self._names = names
        self._excel_safe = excel_safe

    @abstractmethod
    def begin(self) -> bytes:
        """The start of the file."""

    @abstractmethod
    def add(self, rows: Rows) -> bytes:
        """The part of the file with these rows."""

    def end(self) -> bytes:
        """The end of the file."""
        return b""


class CsvEncoder(Encoder):
    """CSV of RFC 4180: UTF-8, commas, CRLF. Null is an empty cell, the empty string is `""`, a list is a JSON array."""

    media_type = "text/csv; charset=utf-8; header=present"
    has_formulas = True

    def begin(self) -> bytes:
        """The line with the columns' names; with `excel_safe` behind a byte order mark."""
        return (BYTE_ORDER_MARK if self._excel_safe else b"") + self.add([self._names])

    def add(self, rows: Rows) -> bytes:
        """One line for each row."""
        return "".join(f"{','.join(map(self._cell, row))}\r\n" for row in rows).encode()

    def _cell(self, value: Cell) -> str:
        if value is None:
            return ""
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return repr(value)
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        if self._excel_safe and text.startswith(FORMULA_STARTS):
            text = f"'{text}"
        if not text or not _QUOTED.isdisjoint(text) or text != text.strip():
            doubled = text.replace('"', '""')
            return f'"{doubled}"'
        return text


class JsonLinesEncoder(Encoder):
    """JSON Lines: one object for each row, its keys the columns' names."""

    media_type = "application/jsonl; charset=utf-8"

    def begin(self) -> bytes:
        """Nothing: a file without rows is empty."""
        return b""

    def add(self, rows: Rows) -> bytes:
        """One line for each row."""
        return b"".join(self._object(row) + b"\n" for row in rows)

    def _object(self, row: Sequence[Cell]) -> bytes:
        return orjson.dumps(dict(zip(self._names, row, strict=True)))


class JsonEncoder(JsonLinesEncoder):
    """JSON: an array of the objects of JSON Lines."""

    media_type = "application/json; charset=utf-8"

    def begin(self) -> bytes:
        """The opening bracket."""
        self._separator = b"\n"
        return b"["

    def add(self, rows: Rows) -> bytes:
        """The rows, each in a line of its own."""
        text = self._separator + b",\n".join(map(self._object, rows))
        self._separator = b",\n"
        return text

    def end(self) -> bytes:
        """The closing bracket."""
        return b"\n]\n"


FORMATS: dict[str, type[Encoder]] = {"csv": CsvEncoder, "jsonl": JsonLinesEncoder, "json": JsonEncoder}
"""Encoders by the file names' extensions."""
