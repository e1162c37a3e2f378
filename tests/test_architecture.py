"""Imports run one way: app -> schema -> a domain's schema -> service -> models -> db; api and web know no domain."""

import ast
from pathlib import Path

import pytest

import jobbot_gql

PACKAGE = Path(jobbot_gql.__file__).parent
DOMAINS = {"jobs", "applications", "references", "outreach"}
ACROSS = {"importing", "analytics", "changes", "demo", "search"}
SERVICES = {"service", "integrity", "identity", "repeats", "coexistence"}
"""The modules of a domain that hold its rules; they know no GraphQL."""
FIELDS = {"timeline"}
"""The modules of rooms across domains that make fields for the domains' types."""

MAY_IMPORT = {
    "settings": {"db"},
    "models": {"db", "access", "models of domains"},
    "db": {"db", "settings"},
    "access": {"access", "db"},
    "telemetry": {"telemetry", "db"},
    "writing": {"writing", "db"},
    "api": {"api", "access", "db", "telemetry", "writing"},
    "web": {"web", "api", "access", "db", "settings", "telemetry"},
    **{domain: {domain, "access", "api", "db", "writing"} for domain in DOMAINS},
    **{room: {room, "access", "api", "db", "writing", "models of domains", "services of domains"} for room in ACROSS},
    "importing": {"importing", "db", "models", "writing", "models of domains", "services of domains"},
    "demo": {"demo", "importing", "db", "models of domains", "services of domains"},
    "schema": {"api", "models", "schema of domains"},
    "app": {"web", "db", "schema", "settings", "telemetry"},
}


def imports(file: Path) -> set[str]:
    """The project's modules that a module imports when it runs, as dotted names without the package's own."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "jobbot_gql":
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.split(".")[0] == "jobbot_gql"}
    return {name.partition(".")[2] for name in found}


def room(name: str) -> str:
    """The room of a module: `jobs` of `jobs.models.Job`, `schema` of `schema`."""
    return name.split(".", maxsplit=1)[0]


def allowed(importer: str, imported: str) -> bool:
    """Whether a module may import a name."""
    rooms = MAY_IMPORT[room(importer)]
    if room(imported) in rooms or room(imported) in {"", "__version__"}:
        return True
    part = imported.split(".")[1] if "." in imported else ""
    if room(imported) not in DOMAINS | ACROSS:
        return False
    # A domain may know another one's tables: keys and relationships lead there; and act by another one's rules.
    if part == "models":
        return room(importer) in DOMAINS or "models of domains" in rooms
    if part in SERVICES:
        return room(importer) in DOMAINS or "services of domains" in rooms
    if part in FIELDS:
        return room(importer) in DOMAINS
    return part in {"schema", "mutations"} and "schema of domains" in rooms


MODULES = sorted(
    ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
    for file in PACKAGE.rglob("*.py")
    if file.name not in {"cli.py", "__main__.py"} and "_migrations" not in file.parts
)


@pytest.mark.parametrize("module", [name for name in MODULES if name != "__init__"])
def test_imports_run_one_way(module: str) -> None:
    wrong = sorted(name for name in imports(PACKAGE / (module.replace(".", "/") + ".py")) if not allowed(module, name))

    assert wrong == []


def test_every_room_has_its_rule() -> None:
    rooms = {room(module) for module in MODULES} - {"__init__"}

    assert rooms - set(MAY_IMPORT) == set()


def test_storage_and_rules_know_no_graphql() -> None:
    files = [file for room in ("db", "writing", "importing") for file in (PACKAGE / room).rglob("*.py")]
    files += [PACKAGE / domain / f"{name}.py" for domain in sorted(DOMAINS | {"changes"}) for name in SERVICES]

    for file in (file for file in files if file.exists()):
        text = file.read_text("utf-8")
        assert "import strawberry" not in text, file
        assert "from graphql" not in text, file
        assert not [name for name in imports(file) if room(name) in {"api", "web"}], file
