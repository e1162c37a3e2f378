"""Undocumented parts of libraries are used in their adapters only, and what is imported is a declared dependency."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import packages_distributions, version
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.library_contracts.contract import ADAPTERS, DISTRIBUTIONS, PACKAGE, imported

PYPROJECT = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text("utf-8"))
FILES = sorted(PACKAGE.rglob("*.py"))
ADAPTER_FILES = {PACKAGE / path for path in ADAPTERS.values()}
OTHERS = [file for file in FILES if file not in ADAPTER_FILES]

DOCUMENTED = {
    "aiosqlite": {"aiosqlite"},
    "asyncpg": {"asyncpg"},
    "graphql": {"graphql", "graphql.execution", "graphql.pyutils"},
    "sqlalchemy": {
        "sqlalchemy",
        "sqlalchemy.dialects",
        "sqlalchemy.dialects.postgresql",
        "sqlalchemy.engine",
        "sqlalchemy.engine.interfaces",
        "sqlalchemy.exc",
        "sqlalchemy.ext.asyncio",
        "sqlalchemy.ext.compiler",
        "sqlalchemy.orm",
        "sqlalchemy.orm.util",
        "sqlalchemy.pool",
        "sqlalchemy.sql",
        "sqlalchemy.sql.compiler",
        "sqlalchemy.sql.elements",
        "sqlalchemy.sql.expression",
        "sqlalchemy.sql.operators",
        "sqlalchemy.sql.type_api",
        "sqlalchemy.sql.visitors",
        "sqlalchemy.types",
    },
    "strawberry": {
        "strawberry",
        "strawberry.asgi",
        "strawberry.dataloader",
        "strawberry.exceptions",
        "strawberry.extensions",
        "strawberry.schema.config",
        "strawberry.subscriptions",
        "strawberry.types",
        "strawberry.types.field",
        "strawberry.types.graphql",
        "strawberry.types.lazy_type",
        "strawberry.types.scalar",
    },
    "uvicorn": {"uvicorn"},
    "websockets": set[str](),
}
"""The modules of which any file may import what has no underscore: the library's documentation covers it."""
PUBLIC_UNDERSCORES = {"_asdict", "_fields", "_make", "_mapping", "_replace", "_value_"}
"""Names of named tuples, of SQLAlchemy's rows and of enums that are documented in spite of their underscore."""
STRINGS = {"__strawberry_definition__", "strawberry-definition", "_strawberry_schema"}
"""Names of a library's that an attribute's name does not show."""


ADVICE = f"use these in one of {sorted(set(ADAPTERS.values()))}, with a contract test"


def name_of(file: Path) -> str:
    return str(file.relative_to(PACKAGE))


@cache
def own_names() -> frozenset[str]:
    """The private names that the project itself gives."""
    found: set[str] = set()
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                    found.add(node.name)
                case ast.Attribute(value=ast.Name(id="self" | "cls"), ctx=ast.Store()):
                    found.add(node.attr)
                case ast.Name(ctx=ast.Store()):
                    found.add(node.id)
    return frozenset(found)


@pytest.mark.parametrize("file", OTHERS, ids=name_of)
def test_only_documented_modules_are_imported(file: Path) -> None:
    wrong = [
        f"{module}.{name}"
        for module, name in imported(file)
        if (library := module.partition(".")[0]) in DOCUMENTED
        and (module not in DOCUMENTED[library] or name.startswith("_"))
    ]

    assert wrong == [], (
        f"import these in an adapter ({', '.join(sorted(set(ADAPTERS.values())))}), with a contract test"
    )


@cache
def library_names() -> frozenset[str]:
    """The private names of libraries that the adapters use."""
    return frozenset(
        node.attr
        for file in ADAPTER_FILES
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and is_private(node) and not is_own(node)
    )


def is_private(node: ast.Attribute) -> bool:
    return re.match(r"_[a-z]", node.attr) is not None and node.attr not in PUBLIC_UNDERSCORES


def is_own(node: ast.Attribute) -> bool:
    """Whether an attribute is one of the object that the code belongs to."""
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


@pytest.mark.parametrize("file", OTHERS, ids=name_of)
def test_no_private_attribute_of_a_library_is_used(file: Path) -> None:
    nodes = list(ast.walk(ast.parse(file.read_text("utf-8"))))
    private = [node for node in nodes if isinstance(node, ast.Attribute) and is_private(node)]
    wrong = [
        f"line {node.lineno}: {ast.unparse(node)}"
        for node in private
        if node.attr not in own_names() or (node.attr in library_names() and not is_own(node))
    ]
    wrong += [str(node.value) for node in nodes if isinstance(node, ast.Constant) and node.value in STRINGS]
    wrong += [node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr in STRINGS]

    assert wrong == [], ADVICE


def classes(module: ModuleType) -> Iterator[type]:
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield value


def defined_in(value: Any, module: ModuleType) -> bool:
    """Whether a class's function is written in a module; some are made by the class's own class."""
    return getattr(getattr(value, "__func__", value), "__module__", None) == module.__name__


@pytest.mark.parametrize("file", OTHERS, ids=name_of)
def test_no_private_method_of_a_library_is_overridden(file: Path) -> None:
    if file.name == "__main__.py":
        return
    dotted = ".".join(("jobbot_gql", *file.relative_to(PACKAGE).with_suffix("").parts))
    module = import_module(dotted.removesuffix(".__init__"))
    wrong = [
        f"{kind.__name__}.{name}, of {base.__module__}.{base.__qualname__}"
        for kind in classes(module)
        for base in kind.__mro__
        if base.__module__.partition(".")[0] in ADAPTERS
        for name, value in vars(kind).items()
        if re.match(r"_[a-z]", name) and name in vars(base) and defined_in(value, module)
    ]

    assert wrong == [], "give the method in the adapter a public name that calls a hook of ours"


def normalised(distribution: str) -> str:
    """A distribution's name as pyproject.toml writes it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def declared() -> dict[str, str]:
    """The declared dependencies, those of extras included, by the names of their distributions."""
    written = [*PYPROJECT["project"]["dependencies"]]
    for extra in PYPROJECT["project"]["optional-dependencies"].values():
        written += extra
    return {re.split(r"[^a-z0-9-]", requirement)[0]: requirement for requirement in written}


def test_what_is_imported_is_declared_and_what_is_declared_is_used() -> None:
    distributions = packages_distributions()
    used: set[str] = set()
    undeclared: dict[str, str] = {}
    for file in FILES:
        for module, _ in imported(file):
            library = module.partition(".")[0]
            if library == "jobbot_gql" or library in sys.stdlib_module_names:
                continue
            # A namespace package such as opentelemetry comes from several distributions.
            possible = {normalised(name) for name in distributions[library]} & declared().keys()
            used |= possible
            if not possible:
                undeclared[library] = name_of(file)

    assert undeclared == {}, "declare these in pyproject.toml and say in docs/decisions/0001 what they do"
    extras = {"opentelemetry-exporter-otlp-proto-http"}  # need not be installed
    assert declared().keys() - extras - used == set(), "nothing imports these: take them out of pyproject.toml"


@pytest.mark.parametrize("distribution", [DISTRIBUTIONS.get(library, library) for library in ADAPTERS])
def test_a_library_is_held_to_the_minor_version_that_was_tested(distribution: str) -> None:
    major, minor = map(int, version(distribution).split(".")[:2])

    assert f",<{major}.{minor + 1}" in declared()[distribution], (
        f"{distribution} {version(distribution)} is installed: pyproject.toml must end its range before the next minor"
        " version, whose undocumented parts nobody has tested"
    )
