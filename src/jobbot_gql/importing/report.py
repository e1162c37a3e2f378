"""Report of an import: counts, rejected rows and warnings."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from jobbot_gql.importing.rows import Problem

MAX_GROUPS = 30
"""Maximum number of groups of rejected rows, and of warnings, in a report."""
MAX_ROW_NUMBERS = 5
"""Maximum number of row numbers listed per group."""

_COUNTS = ("created", "updated", "unchanged", "rejected", "duplicates", "warnings", "rows")


class RowOutcome(StrEnum):
    """Outcome of importing a row."""

    CREATED = "created"
    """A new job."""
    UPDATED = "updated"
    """A change to a source stored before this import, or to a job entered by hand."""
    UNCHANGED = "unchanged"
    """No change to a source stored before this import."""
    DUPLICATE = "duplicates"
    """A new source of an existing job: on another board, or repeated in the file."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A problem of one row. `str()` is one line."""

    row: int
    """The row's number in its file, from 1."""
    problem: Problem | str
    """Of one column, or of the row as a whole."""

    def __str__(self) -> str:
        return f"row {self.row}: {_described(self.problem)}"

    def as_dict(self) -> dict[str, Any]:
        """The problem for JSON output, without the row's number."""
        if isinstance(self.problem, str):
            return {"warning": self.problem}
        return {"column": self.problem.field, "value": self.problem.value, "warning": self.problem.message}


@dataclass(slots=True)
class ProblemGroup:
    """Rows with the same problem. `str()` is one line."""

    problem: Problem | str
    """The problem of the first row."""
    numbers: list[int]
    """Numbers of the first `MAX_ROW_NUMBERS` rows."""
    count: int = 1
    has_one_value: bool = True
    """Whether all rows have the same value in the column."""

    @property
    def row(self) -> int:
        """The number of the first row."""
        return self.numbers[0]

    def add(self, other: RowProblem) -> None:
        """Add another row with this problem."""
        self.count += 1
        if len(self.numbers) < MAX_ROW_NUMBERS:
            self.numbers.append(other.row)
        self.has_one_value = self.has_one_value and other.problem == self.problem

    def __str__(self) -> str:
        if self.count == 1:
            return str(RowProblem(self.row, self.problem))
        further = self.count - len(self.numbers)
        rows = ", ".join(str(number) for number in self.numbers) + (f" and {further:,} more" if further else "")
        if self.has_one_value or isinstance(self.problem, str):
            return f"rows {rows}: {_described(self.problem)}"
        return f'rows {rows}: {self.problem.field}: {self.problem.message}; the first is "{self.problem.value}"'


@dataclass(slots=True)
class ImportReport:
    """The result of importing a file. Each row is counted in exactly one of the first five numbers.

    - `created`, `updated`, `unchanged`, `duplicates`: see `RowOutcome`.
    - `rejected`: rows that were not imported.
    - `warnings`: unusable values in imported rows.
    - `rejections`, `cautions`: the first `MAX_GROUPS` groups of rejected rows and of warnings.
    - `unknown_columns`: columns that are stored with the source but not used.
    - `known_as`: name and day of the earlier import of the same file.
    - `rejected_by_rules`: rejected rows that violated a business rule or a database constraint.
    - `broken_off`: why the file could not be read to its end. Earlier rows are imported.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    warnings: int = 0
    rows: int = 0
    rejections: list[ProblemGroup] = field(default_factory=list)
    cautions: list[ProblemGroup] = field(default_factory=list)
    unknown_columns: tuple[str, ...] = ()
    known_as: str | None = None
    rejected_by_rules: int = 0
    broken_off: str | None = None

    def count(self, outcome: RowOutcome, is_new_source: bool, superseded: int) -> None:
        """Count a row and the `superseded` rows merged into it."""
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)
        self.rows += 1 + superseded
        if is_new_source:
            self.duplicates += superseded
        else:
            self.unchanged += superseded

    def reject(self, problem: RowProblem) -> None:
        """Count a rejected row."""
        self.rows += 1
        self.rejected += 1
        _add(self.rejections, problem)

    def warn(self, problem: RowProblem) -> None:
        """Count a warning."""
        self.warnings += 1
        _add(self.cautions, problem)

    def counts(self) -> dict[str, int]:
        """All counts by name."""
        return {name: getattr(self, name) for name in _COUNTS}


def _add(groups: list[ProblemGroup], problem: RowProblem) -> None:
    kind = _kind(problem.problem)
    for group in groups:
        if _kind(group.problem) == kind:
            group.add(problem)
            return
    if len(groups) < MAX_GROUPS:
        groups.append(ProblemGroup(problem.problem, [problem.row]))


def _kind(problem: Problem | str) -> object:
    if isinstance(problem, str):
        return problem
    # Texts of different lengths belong to one group.
    return problem.field, problem.rule, "" if problem.rule == "max_length" else problem.message


def _described(problem: Problem | str) -> str:
    if isinstance(problem, str):
        return problem
    value = f'"{problem.value}" ' if problem.value else ""
    return f"{problem.field}: {value}{problem.message}"
