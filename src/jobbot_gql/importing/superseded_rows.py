"""Rows superseded by a later row of the same source in the same file.

They are merged into the last row of their source: its values win, and values it lacks come from the earlier rows.
"""

import pickle
from contextlib import AbstractContextManager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from types import TracebackType

from jobbot_gql.importing.fingerprint import source_of
from jobbot_gql.importing.merge_rules import Raw, merge_raw, reparse
from jobbot_gql.importing.report import RowProblem
from jobbot_gql.importing.rows import ScrapedJob

_SPOOL_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class EarlierRows:
    """The superseded rows of one source: their numbers in the file, their warnings, and their merged values."""

    numbers: tuple[int, ...]
    warnings: tuple[RowProblem, ...]
    raw: Raw


class SupersededRows(AbstractContextManager["SupersededRows"]):
    """Stores superseded rows, in an unnamed temporary file if they are many."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - closed by __exit__
        self._offsets: dict[bytes, int] = {}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._offsets)

    def add(self, row: ScrapedJob, number: int, warnings: tuple[RowProblem, ...]) -> None:
        """Store a row until the last one of its source is read."""
        source = source_of(row)
        earlier = self._pop(source)
        if earlier is not None:
            numbers, warnings = (*earlier.numbers, number), (*earlier.warnings, *warnings)
            raw = merge_raw(earlier.raw, reparse(earlier.raw), row)
        else:
            numbers, raw = (number,), row.raw
        self._offsets[source] = self._file.seek(0, 2)
        pickle.dump(EarlierRows(numbers, warnings, raw), self._file)

    def pop(self, row: ScrapedJob) -> tuple[ScrapedJob, EarlierRows | None]:
        """Merge the stored rows of a source into its last row. Returns the merged row, and the stored rows if any."""
        earlier = self._pop(source_of(row)) if self._offsets else None
        if earlier is None:
            return row, None
        raw = merge_raw(earlier.raw, reparse(earlier.raw), row)
        return (row if raw == row.raw else reparse(raw, row.company) or row), earlier

    def _pop(self, source: bytes) -> EarlierRows | None:
        offset = self._offsets.pop(source, None)
        if offset is None:
            return None
        self._file.seek(offset)
        found = pickle.load(self._file)  # noqa: S301 - a private, unnamed file
        return found if isinstance(found, EarlierRows) else None
