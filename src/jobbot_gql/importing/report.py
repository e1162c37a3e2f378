"""What an import tells about itself."""

from dataclasses import dataclass, field, fields

from jobbot_gql.importing.rows import Problem

LISTED = 30
"""How many rejected rows, and how many warnings, a report holds one by one."""


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What was wrong with a row; `str()` says it in one line."""

    row: int
    """The row's number in its file, from 1."""
    problem: Problem | str
    """With one column of it, or with the row as a whole."""

    def __str__(self) -> str:
        if isinstance(self.problem, str):
            return f"row {self.row}: {self.problem}"
        value = f'"{self.problem.value}" ' if self.problem.value else ""
        return f"row {self.row}: {self.problem.field}: {value}{self.problem.message}"


@dataclass(slots=True)
class ImportReport:
    """What became of a file's rows: each is counted once, so that the first five add up to `rows`.

    - `created`: a job that was not known.
    - `updated`: a place that was known before this import, of which the row told something new; or a job that was
      known from no scrape.
    - `unchanged`: a place that was known before this import, of which the row told nothing new.
    - `rejected`: not imported.
    - `duplicates`: a known job in a place that was not known before this import: on another board, or the same job
      again in this file.
    - `warnings`: how many values could not be used, of the rows that were imported.
    - `rejections`, `cautions`: the first `LISTED` rejected rows and warnings, one by one.
    - `broken_off`: why the file could not be read to its end; what came before is imported.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    duplicates: int = 0
    warnings: int = 0
    rows: int = 0
    rejections: list[RowProblem] = field(default_factory=list)
    cautions: list[RowProblem] = field(default_factory=list)
    broken_off: str | None = None

    def reject(self, problem: RowProblem) -> None:
        """Count a rejected row."""
        self.rows += 1
        self.rejected += 1
        if len(self.rejections) < LISTED:
            self.rejections.append(problem)

    def warn(self, problem: RowProblem) -> None:
        """Count a warning."""
        self.warnings += 1
        if len(self.cautions) < LISTED:
            self.cautions.append(problem)

    def counts(self) -> dict[str, int]:
        """The seven numbers by name."""
        names = [field.name for field in fields(self)]
        return {name: value for name in names if isinstance(value := getattr(self, name), int)}
