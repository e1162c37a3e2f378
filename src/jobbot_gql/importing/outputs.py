"""The files that an import writes beside the database: rejected rows, and warnings."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from jobbot_gql.importing.raw import REASON, TEXT, BadRow, JsonValue, RawRow
from jobbot_gql.importing.report import RowProblem


class OutputError(Exception):
    """A file for rejected rows or warnings cannot be written any more; the message is one line and names it."""


@dataclass(slots=True)
class Outputs:
    """Where the rejected rows and the warnings of one file go, as JSON Lines; None for nowhere.

    Every method raises OutputError.
    """

    name: str
    rejects: TextIO | None = None
    warnings: TextIO | None = None

    def reject(self, raw: RawRow | BadRow, problem: RowProblem) -> None:
        """Tell of a rejected row: as the file has it, with the reason."""
        if self.rejects is not None:
            values: dict[str, JsonValue] = raw.values if isinstance(raw, RawRow) else {TEXT: raw.text}
            self._add(self.rejects, {REASON: str(problem), **values})

    def warn(self, warnings: Iterable[RowProblem]) -> None:
        """Tell of values that could not be used."""
        if self.warnings is not None:
            for warning in warnings:
                self._add(self.warnings, {"file": self.name, "row": warning.row, **warning.as_dict()})

    def flush(self) -> None:
        """Hand everything over to the operating system."""
        for file in (self.rejects, self.warnings):
            if file is not None:
                with _naming(file):
                    file.flush()

    @staticmethod
    def _add(file: TextIO, line: dict[str, JsonValue]) -> None:
        text = json.dumps(line, ensure_ascii=False)
        if any("\ud800" <= character <= "\udfff" for character in text):  # JSON may hold them, UTF-8 not
            text = json.dumps(line)
        with _naming(file):
            file.write(f"{text}\n")


@contextmanager
def _naming(file: TextIO) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{getattr(file, 'name', 'output')}: cannot be written: {error.strerror}") from None
