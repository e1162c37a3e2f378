"""Output files of an import: rejected rows and warnings."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from jobbot_gql.importing.raw import REASON, TEXT, BadRow, JsonValue, RawRow
from jobbot_gql.importing.report import RowProblem


class OutputError(Exception):
    """An output file cannot be written. The message is one line and names the file."""


@dataclass(slots=True)
class Outputs:
    """Writes rejected rows and warnings of one file as JSON Lines. Every method raises OutputError."""

    name: str
    rejects: TextIO | None = None
    warnings: TextIO | None = None

    def reject(self, raw: RawRow | BadRow, problem: RowProblem) -> None:
        """Write a rejected row with its original values and the reason."""
        if self.rejects is not None:
            values: dict[str, JsonValue] = raw.values if isinstance(raw, RawRow) else {TEXT: raw.text}
            self._add(self.rejects, {REASON: str(problem), **values})

    def warn(self, warnings: Iterable[RowProblem]) -> None:
        """Write warnings about unusable values."""
        if self.warnings is not None:
            for warning in warnings:
                self._add(self.warnings, {"file": self.name, "row": warning.row, **warning.as_dict()})

    def flush(self) -> None:
        """Flush both files."""
        for file in (self.rejects, self.warnings):
            if file is not None:
                with _naming(file):
                    file.flush()

    @staticmethod
    def _add(file: TextIO, line: dict[str, JsonValue]) -> None:
        text = json.dumps(line, ensure_ascii=False)
        if any("\ud800" <= character <= "\udfff" for character in text):  # JSON allows lone surrogates, UTF-8 does not
            text = json.dumps(line)
        with _naming(file):
            file.write(f"{text}\n")


@contextmanager
def _naming(file: TextIO) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{getattr(file, 'name', 'output')}: cannot be written: {error.strerror}") from None
