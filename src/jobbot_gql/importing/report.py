"""What an import tells about itself."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from jobbot_gql.importing.rows import Problem

LISTED = 30
"""How many kinds of rejected rows, and how many of warnings, a report lists."""
NUMBERED = 5
"""How many rows of each it numbers."""

_COUNTS = ("created", "updated", "unchanged", "rejected", "duplicates", "warnings", "rows")


class Outcome(StrEnum):
    """Outcome of importing a row."""

    CREATED = "created"
    """A job that was not known."""
    UPDATED = "updated"
    """A source that was known before this import, or a job from no scrape, of which the row told something new."""
    UNCHANGED = "unchanged"
    """A source that was known before this import, of which the row told nothing new."""
    DUPLICATE = "duplicates"
    """A known job in a source that was not known before this import: another board, or an earlier row of the file."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What was wrong with a row; `str()` says it in one line."""

    row: int
    """The row's number in its file, from 1."""
    problem: Problem | str
    """With one column of it, or with the row as a whole."""

    def __str__(self) -> str:
        return f"row {self.row}: {_described(self.problem)}"

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without the row's number."""
        if isinstance(self.problem, str):
            return {"warning": self.problem}
        return {"column": self.problem.field, "value": self.problem.value, "warning": self.problem.message}


@dataclass(slots=True)
class ProblemGroup:
    """Rows with the same problem; `str()` says it in one line."""

    problem: Problem | str
    """Of the first row."""
    numbers: list[int]
    """The first `NUMBERED` rows."""
    count: int = 1
    has_one_value: bool = True
    """Whether all rows have the same value there."""

    @property
    def row(self) -> int:
        """The number of the first row."""
        return self.numbers[0]

    def add(self, other: RowProblem) -> None:
        """Count another row with this problem."""
        self.count += 1
        if len(self.numbers) < NUMBERED:
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
    """What became of a file's rows: each is counted once, so that the first five add up to `rows`.

    - `created`: a job that was not known.
    - `updated`: a source that was known before this import, of which the row told something new; or a job that was
      known from no scrape.
    - `unchanged`: a source that was known before this import, of which the row told nothing new.
    - `rejected`: not imported.
    - `duplicates`: a known job in a source that was not known before this import: on another board, or the same job
      again in this file.
    - `warnings`: how many values could not be used, of the rows that were imported.
    - `rejections`, `cautions`: rejected rows and warnings in groups of equal ones, the first `LISTED` groups.
    - `unknown_columns`: columns that were kept with the rows and used for nothing.
    - `known_as`: for a file that was imported before, its name then and the day.
    - `rejected_by_rules`: how many of the rejected rows the database or a business rule rejected.
    - `broken_off`: why the file could not be read to its end; what came before is imported.
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

    def count(self, outcome: Outcome, is_new_source: bool, superseded: int) -> None:
        """Count a row, and those that it supersedes."""
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
        """The seven numbers by name."""
        return {name: getattr(self, name) for name in _COUNTS}


def _add(groups: list[ProblemGroup], problem: RowProblem) -> None:
    kind = _kind(problem.problem)
    for group in groups:
        if _kind(group.problem) == kind:
            group.add(problem)
            return
    if len(groups) < LISTED:
        groups.append(ProblemGroup(problem.problem, [problem.row]))


def _kind(problem: Problem | str) -> object:
    if isinstance(problem, str):
        return problem
    # How many characters a text has is no other problem.
    return problem.field, problem.rule, "" if problem.rule == "max_length" else problem.message


def _described(problem: Problem | str) -> str:
    if isinstance(problem, str):
        return problem
    value = f'"{problem.value}" ' if problem.value else ""
    return f"{problem.field}: {value}{problem.message}"
