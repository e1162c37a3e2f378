"""Changes one operator at a time in a copy of the project, and says which changes no test notices.

Cosmic Ray finds and makes the changes; a random sample of them is tried. The quick tests on SQLite run once with
coverage.py, which records the lines that each test runs; a mutant is tried on the tests that run its lines, those that
run the fewest lines first.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import coverage
from cosmic_ray.ast import ast_nodes, get_ast_from_path
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

TOP = Path(__file__).parents[2]
PACKAGE = Path("src/jobbot_gql")
PARTS = (
    *("jobs", "applications", "writing", "history", "undo", "importing", "access", "web"),
    *("api/fields", "api/guard", "db/sql", "db/url.py"),
)
"""What is mutated, below the package."""
QUICK = "not (postgresql or browser or node or process or slow)"
EXCLUDED = (
    "BitOr",
    "BinaryOperator_Pow",
    "RemoveDecorator",
    "NoOp",
    "VariableInserter",
    "VariableReplacer",
    "KeywordReplacer",
)
"""Operators that mostly change type annotations and unpackings: every test fails then, whatever it checks."""
SLOWEST_SECONDS = 600
COVERAGE = "[run]\nconcurrency = greenlet,thread\nsource = src/jobbot_gql\n"


class Mutant(NamedTuple):
    """The change number `occurrence` that an operator can make in a file, and where it makes it."""

    path: Path
    operator: str
    occurrence: int
    lines: range
    column: int


class Outcome(NamedTuple):
    """`killed`: a test has failed, or has run for too long; `tests` is how many could have."""

    mutant: Mutant
    killed: bool
    tests: int
    diff: str


def main() -> None:
    arguments = argparse.ArgumentParser(prog="make mutants ARGS=", description=__doc__)
    arguments.add_argument("--sample", type=int, default=300, help="how many mutants to try (default: 300)")
    arguments.add_argument("--seed", type=int, default=1, help="which ones (default: 1)")
    arguments.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at once (default: one per core)")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies = [_copy(Path(folder) / str(number)) for number in range(asked.jobs)]
        tests = Tests(copies[0], asked.jobs)
        mutants = _sample(asked.sample, random.Random(asked.seed))  # noqa: S311 # no secret
        free: SimpleQueue[Path] = SimpleQueue()
        for copy in copies:
            free.put(copy)

        def attempt(mutant: Mutant) -> Outcome:
            copy = free.get()
            try:
                return _attempt(mutant, copy, tests.of(mutant))
            finally:
                free.put(copy)

        killed = 0
        with ThreadPoolExecutor(asked.jobs) as pool:
            for number, outcome in enumerate(pool.map(attempt, mutants), start=1):
                killed += outcome.killed
                word = "killed" if outcome.killed else f"SURVIVED {outcome.tests} tests\n{outcome.diff}"
                print(f"{number} {_name(outcome.mutant)}: {word}", flush=True)  # noqa: T201
        print(f"{killed} of {len(mutants)} mutants were killed ({killed / len(mutants):.1%}).")  # noqa: T201


def _name(mutant: Mutant) -> str:
    return f"{mutant.path}:{mutant.lines[0]} {mutant.operator.removeprefix('core/')}"


def _mutants() -> Iterator[Mutant]:
    for part in PARTS:
        target = TOP / PACKAGE / part
        for path in sorted(target.rglob("*.py")) if target.is_dir() else [target]:
            nodes = list(ast_nodes(get_ast_from_path(path)))
            for name in operator_names():
                if any(word in name for word in EXCLUDED):
                    continue
                operator_class = get_operator(name)
                operator = operator_class()
                spots = (spot for node in nodes for spot in operator.mutation_positions(node))
                for occurrence, ((first, column), (last, _)) in enumerate(spots):
                    yield Mutant(path.relative_to(TOP), name, occurrence, range(first, last + 1), column)


def _sample(size: int, rng: random.Random) -> list[Mutant]:
    """Mutants that Python can compile, at most one for each place in the code."""
    places: dict[tuple[Path, int, int], list[Mutant]] = {}
    for mutant in _mutants():
        places.setdefault((mutant.path, mutant.lines[0], mutant.column), []).append(mutant)
    order = sorted(places)
    rng.shuffle(order)
    chosen = (rng.choice(places[place]) for place in order)
    return list(islice((mutant for mutant in chosen if _compiles(mutant)), size))


def _compiles(mutant: Mutant) -> bool:
    try:
        compile(_mutated(mutant, (TOP / mutant.path).read_text("utf-8")), mutant.path, "exec")
    except SyntaxError:
        return False
    return True


def _mutated(mutant: Mutant, source: str) -> str:
    mutated: str | None = mutate_code(source, get_operator(mutant.operator)(), mutant.occurrence)
    assert mutated is not None, mutant
    return mutated


def _copy(folder: Path) -> Path:
    """A clone of the last commit."""
    subprocess.run(["git", "clone", "--quiet", "--shared", TOP, folder], check=True)  # noqa: S603, S607
    return folder


def _pytest(folder: Path, *arguments: str | Path, seconds: float | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run the tests of a copy, on its code rather than on the installed one."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        check=False,
        timeout=seconds,
    )


class Tests:
    """The tests that run each line of the package."""

    def __init__(self, folder: Path, jobs: int) -> None:
        (folder / ".coveragerc").write_text(COVERAGE)
        cover = ("--cov", "--cov-config=.coveragerc", "--cov-context=test", "--cov-report=")
        done = _pytest(folder, "-m", QUICK, "-n", str(jobs), "--dist=loadgroup", *cover)
        if done.returncode:
            sys.exit(f"The tests fail without any mutant:\n{done.stdout.decode()[-4000:]}")
        data = coverage.CoverageData(str(folder / ".coverage"))
        data.read()
        self._lines: dict[Path, dict[int, list[str]]] = {}
        self._sizes: dict[str, int] = {}
        for file in data.measured_files():
            lines = {
                line: sorted({context.partition("|")[0].partition("@")[0] for context in contexts if context})
                for line, contexts in data.contexts_by_lineno(file).items()
            }
            self._lines[Path(file).relative_to(folder)] = lines
            for tests in lines.values():
                for test in tests:
                    self._sizes[test] = self._sizes.get(test, 0) + 1

    def of(self, mutant: Mutant) -> Sequence[str]:
        """The tests that run its lines; of a line that runs at import, those that run any line of its file."""
        lines = self._lines.get(mutant.path, {})
        found = {test for line in mutant.lines for test in lines.get(line, ())}
        return sorted(found or {test for tests in lines.values() for test in tests}, key=lambda test: self._sizes[test])


def _attempt(mutant: Mutant, folder: Path, tests: Sequence[str]) -> Outcome:
    path = folder / mutant.path
    source = path.read_text("utf-8")
    mutated = _mutated(mutant, source)
    diff = "\n".join(unified_diff(source.splitlines(), mutated.splitlines(), lineterm="", n=1))
    chosen = folder / ".chosen"
    chosen.write_text("\n".join(tests))
    path.write_text(mutated, "utf-8")
    try:
        killed = not tests or _pytest(folder, "-x", f"@{chosen}", seconds=SLOWEST_SECONDS).returncode != 0
    except subprocess.TimeoutExpired:
        killed = True
    finally:
        path.write_text(source, "utf-8")
    return Outcome(mutant, killed and bool(tests), len(tests), diff)


if __name__ == "__main__":
    main()
