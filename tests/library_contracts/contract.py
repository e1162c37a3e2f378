"""What the contract tests share: which module adapts which library, and what a failure says."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest

SPEC = find_spec("jobbot_gql")
assert SPEC is not None
assert SPEC.origin is not None
PACKAGE = Path(SPEC.origin).parent

ADAPTERS = {
    "aiosqlite": "db/aiosqlite_internals.py",
    "asyncpg": "db/asyncpg_internals.py",
    "sqlalchemy": "db/sqlalchemy_internals.py",
    "graphql": "api/graphql_core_internals.py",
    "strawberry": "api/strawberry_internals.py",
    "uvicorn": "web/uvicorn_internals.py",
    "httptools": "web/uvicorn_internals.py",
    "websockets": "web/uvicorn_internals.py",
}
"""The only module that may use what is private or undocumented of a library, by the library's import name."""
DISTRIBUTIONS = {"graphql": "graphql-core", "strawberry": "strawberry-graphql"}
"""Where the name of the distribution is not that of the import."""


def changed(library: str, piece: str, problem: object) -> str:
    """The text that says what has changed in a library, where that is used, and what to do."""
    distribution = DISTRIBUTIONS.get(library, library)
    return (
        f"{distribution} {version(distribution)} has changed `{piece}`, which is not part of its documented API:"
        f" {problem}. Only src/jobbot_gql/{ADAPTERS[library]} uses it, or the classes that inherit from it there."
        f" Adapt that module and this contract, or hold {distribution} to the version before in pyproject.toml"
        " (`make lock` pins it)."
    )


@contextmanager
def contract(library: str, piece: str) -> Iterator[None]:
    """Have whatever goes wrong within say that a piece of a library has changed."""
    try:
        yield
    except Exception as error:
        raise AssertionError(changed(library, piece, f"{type(error).__name__}: {error}")) from error


def imported(file: Path) -> Iterator[tuple[str, str]]:
    """The modules that a file imports, and what it takes from each: `""` for the module itself."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def require_imports() -> None:
    """Raise pytest.UsageError where an adapter imports what its library does not have: no test could run."""
    for library, path in ADAPTERS.items():
        for module, name in imported(PACKAGE / path):
            if module.partition(".")[0] == library:
                try:
                    if name and not hasattr(import_module(module), name):
                        import_module(f"{module}.{name}")
                except ImportError as error:
                    raise pytest.UsageError(changed(library, f"{module}.{name}", error)) from error


require_imports()
