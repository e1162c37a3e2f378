"""Rows of a file that a later row about the same source supersedes: they wait for it, and go into it.

Of one source the last row wins, as if the file were as many files; what the last one leaves out the others still say.
"""

import pickle
from contextlib import AbstractContextManager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from types import TracebackType

from jobbot_gql.importing.fingerprint import source_of
from jobbot_gql.importing.merging import Raw, later_word, understood
from jobbot_gql.importing.report import RowProblem
from jobbot_gql.importing.rows import ScrapedJob

_SPOOL_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the superseded rows of one source say together: their numbers in the file, and what is wrong with them."""

    numbers: tuple[int, ...]
    warnings: tuple[RowProblem, ...]
    raw: Raw


class Superseded(AbstractContextManager["Superseded"]):
    """The superseded rows, in a temporary file without a name once they are many."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - closed by __exit__
        self._places: dict[bytes, int] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, row: ScrapedJob, number: int, warnings: tuple[RowProblem, ...]) -> None:
        """Keep a row until the last one about its source comes."""
        source = source_of(row)
        earlier = self._pop(source)
        if earlier is not None:
            numbers, warnings = (*earlier.numbers, number), (*earlier.warnings, *warnings)
            raw = later_word(earlier.raw, understood(earlier.raw), row)
        else:
            numbers, raw = (number,), row.raw
        self._places[source] = self._file.seek(0, 2)
        pickle.dump(Earlier(numbers, warnings, raw), self._file)

    def pop(self, row: ScrapedJob) -> tuple[ScrapedJob, Earlier | None]:
        """The last row about a source with what the earlier ones said beside it, and these."""
        earlier = self._pop(source_of(row)) if self._places else None
        if earlier is None:
            return row, None
        raw = later_word(earlier.raw, understood(earlier.raw), row)
        return (row if raw == row.raw else understood(raw, row.company) or row), earlier

    def _pop(self, source: bytes) -> Earlier | None:
        place = self._places.pop(source, None)
        if place is None:
            return None
        self._file.seek(place)
        found = pickle.load(self._file)  # noqa: S301 - our own file, which nobody else can open
        return found if isinstance(found, Earlier) else None
