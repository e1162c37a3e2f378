"""Imports run one way: a package imports only packages below it, and no two files import each other."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import jobbot_gql

PACKAGE = Path(jobbot_gql.__file__).parent
MIGRATIONS = PACKAGE.parents[1] / "alembic" / "versions"
DOMAINS = (
    "jobs",
    "applications",
    "references",
    "outreach",
    "interviews",
    "follow_ups",
    "contacts",
    "documents",
    "postings",
    "tags",
)

# From the top to the bottom. The domains share a layer: their tables refer to each other's.
LAYERS: list[tuple[str, ...]] = [
    ("__main__",),
    ("cli",),
    ("app",),
    ("web",),
    ("schema",),
    ("demo",),
    ("importing", "exporting"),
    ("undo",),
    ("live",),
    ("search", "attention"),
    ("models",),
    DOMAINS,
    ("history",),
    ("api.mutations",),
    ("api.fields",),
    ("api.engine",),
    ("api.guard",),
    ("api.types",),
    ("api.graphql_core_internals",),
    ("api.strawberry_internals",),
    ("writing",),
    ("access",),
    ("telemetry",),
    ("upkeep",),
    ("db.database",),
    ("db.commit_signal",),
    ("db.triggers",),
    ("db.write",),
    ("db.read",),
    ("db.maintenance_connection",),
    ("db.engine",),
    ("db.base",),
    ("db.sql",),
    ("db.sqlite_file",),
    ("settings",),
    ("db.change_cursor", "db.failures", "db.url", "private_files", "console", "byte_cache"),
    ("db.aiosqlite_internals", "db.asyncpg_internals", "db.sqlalchemy_internals"),
    ("",),
]
KNOWS_NO_GRAPHQL = ("db", "writing", "importing", "upkeep")
KNOWS_NO_DOMAIN = ("api", "web")


def imports(file: Path, *, for_types: bool = False) -> Iterator[str]:
    """The project's modules that a file imports, as `db.sql.keyset`; also those for type checkers if `for_types`."""

    def visit(node: ast.AST) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING" and not for_types:
                continue
            if isinstance(child, ast.ImportFrom) and child.module:
                yield from (f"{child.module}.{alias.name}" for alias in child.names)
            elif isinstance(child, ast.Import):
                yield from (alias.name for alias in child.names)
            yield from visit(child)

    for name in visit(ast.parse(file.read_text("utf-8"))):
        if name.partition(".")[0] == "jobbot_gql":
            yield module_of(name.partition(".")[2])


@cache
def modules() -> dict[str, Path]:
    """Every module's file by its dotted name; `""` is the package itself."""
    found = {}
    for file in PACKAGE.rglob("*.py"):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        found["" if name == "__init__" else name.removesuffix(".__init__")] = file
    return found


def module_of(name: str) -> str:
    """The module that defines what a dotted name names."""
    while name not in modules():
        name = name.rpartition(".")[0]
    return name


@cache
def layer(module: str) -> int:
    """The index of a module's layer. Raises AssertionError where it has none."""
    named = {package: index for index, packages in enumerate(LAYERS) for package in packages}
    for name in (module, ".".join(module.split(".")[:2]), module.split(".", maxsplit=1)[0]):
        if name in named:
            return named[name]
    raise AssertionError(f"no layer for {module}: name its package in LAYERS")


def package(module: str) -> str:
    """The package of a module: `db.sql` of `db.sql.keyset`, `jobs` of `jobs.models`."""
    parts = module.split(".")
    return ".".join(parts[: 2 if parts[0] in {"api", "db"} else 1])


PACKAGES_ALONE = {"api", "db"}
"""Packages of packages, whose own `__init__` is empty."""


@pytest.mark.parametrize("module", sorted(set(modules()) - PACKAGES_ALONE))
def test_imports_run_one_way(module: str) -> None:
    """Imports for type checkers count, except for the annotations of relationships, which go both ways."""
    found = set(imports(modules()[module]))
    found |= {name for name in imports(modules()[module], for_types=True) if not name.endswith(".models")}
    wrong = [
        name
        for name in sorted(found - PACKAGES_ALONE)
        if layer(name) <= layer(module)
        and package(name) != package(module)
        and not (package(name) in DOMAINS and package(module) in DOMAINS)
    ]

    assert wrong == []


def test_no_two_files_import_each_other() -> None:
    graph = {name: set(imports(file)) - {name} for name, file in modules().items()}
    while leaves := {name for name, below in graph.items() if not below & graph.keys()}:
        graph = {name: below for name, below in graph.items() if name not in leaves}

    assert graph == {}, "an import circle is among these"


@pytest.mark.parametrize("name", KNOWS_NO_GRAPHQL)
def test_storage_and_rules_know_no_graphql(name: str) -> None:
    for module, file in modules().items():
        if module.partition(".")[0] == name:
            text = file.read_text("utf-8")
            assert "import strawberry" not in text, module
            assert "from graphql" not in text, module


@pytest.mark.parametrize("name", KNOWS_NO_DOMAIN)
def test_the_machinery_knows_no_domain(name: str) -> None:
    for module, file in modules().items():
        if module.partition(".")[0] == name:
            assert {package(below) for below in imports(file)}.isdisjoint(DOMAINS), module


@pytest.mark.parametrize("revision", sorted(path.name for path in MIGRATIONS.glob("*.py")))
def test_revisions_import_no_application_code(revision: str) -> None:
    """What a revision does to a database must not change with the application's code."""
    allowed = {"alembic", "sqlalchemy"} | sys.stdlib_module_names - {"importlib", "pkgutil", "runpy"}
    imported = set()
    for node in ast.walk(ast.parse((MIGRATIONS / revision).read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or ".").partition(".")[0] if not node.level else ".")
        elif isinstance(node, ast.Name) and node.id == "__import__":
            imported.add(node.id)

    assert imported <= allowed


def test_public_class_names_are_unique() -> None:
    """A class name is used once. Only a model and its GraphQL type share one."""
    found: dict[str, list[str]] = {}
    for module, file in modules().items():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(module)

    repeated = {
        name: defining for name, defining in found.items() if len(defining) > 1 and not is_model_and_type(defining)
    }
    assert repeated == {}


def is_model_and_type(defining: list[str]) -> bool:
    """Whether the modules are the `models` and the `schema` of one package."""
    return sorted(defining) == [f"{package(defining[0])}.{name}" for name in ("models", "schema")]
