"""schema.graphql in the hands of graphql-codegen, the Relay compiler and graphql-eslint, and their clients at work.

The tools are npm packages, pinned in package-lock.json and installed once per checkout. In CI they must run; elsewhere
the tests are skipped where there is no Node.js that can run them.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.clients.running import HERE, TOP, run

OLDEST_NODE = (20, 19)
"""The first version that package.json's `engines` allows."""

Tool = Callable[..., str]


@pytest.fixture(scope="session")
def node() -> str:
    """Path of a Node.js that is new enough."""
    paths = {name: shutil.which(name) for name in ("node", "npm")}
    missing = [name for name, path in paths.items() if not path]
    if not missing:
        path = str(paths["node"])
        version = run([path, "--version"]).strip()
        if tuple(int(number) for number in re.findall(r"\d+", version)[:2]) >= OLDEST_NODE:
            return path
    found = f"not on the PATH: {', '.join(missing)}" if missing else f"{path} is {version}"
    reason = f"the TypeScript clients need Node.js {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer, and npm; {found}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def tool(node: str) -> Tool:
    """Runs one of the npm packages' programs, such as `tool("tsc", "--version")`, and gives what it prints."""
    modules = HERE / "node_modules"
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    installed = modules / ".installed"
    if not installed.exists() or installed.read_text() != lock:
        run(["npm", "ci", "--loglevel=error"])
        installed.write_text(lock)
    return lambda name, *arguments, cwd=HERE: run([modules / ".bin" / name, *arguments], cwd)


def generated(folder: str) -> Path:
    """The empty folder for what is generated of one of the folders here."""
    path = HERE / folder / "__generated__"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


def test_graphql_codegen(node: str, tool: Tool, endpoint: str) -> None:
    """The client preset's documents and types: tsc takes the program, finds every mistake, and the program runs."""
    folder = generated("codegen")
    tool("graphql-codegen", "--config", "codegen/codegen.ts")
    tool("tsc", "--project", "codegen")
    shown = run([node, folder / "js" / "codegen" / "program.js", endpoint])
    assert json.loads(shown) == json.loads((HERE / "screens.json").read_text("utf-8"))


def test_relay(node: str, tool: Tool, endpoint: str) -> None:
    """The Relay compiler's artifacts: the components compile, and the store joins the pages of both connections."""
    folder = generated("relay")
    tool("relay-compiler", cwd=HERE / "relay")
    tool("tsc", "--project", "relay")
    shown = run([node, folder / "js" / "relay" / "program.js", endpoint])
    jobs = ["Python developer", "Data engineer", "Tester", "Analyst", "Operator", "Librarian"]
    assert json.loads(shown) == {
        "newest": {"count": 6, "lists": [jobs[:2], jobs[:4], jobs]},
        "applications": [["OFFER_RECEIVED 2 1"], ["OFFER_RECEIVED 2 1", "WITHDRAWN 0 0"]],
    }


def test_graphql_eslint(tool: Tool) -> None:
    """The rules of eslint.config.mjs, which says why where it leaves one out."""
    lint = ["--config", HERE / "eslint.config.mjs", "schema.graphql", "tests/clients/operations"]
    tool("eslint", *lint, cwd=TOP)


def test_graphql_eslint_has_eyes(tool: Tool, tmp_path: Path) -> None:
    shutil.copytree(HERE / "operations", tmp_path / "tests" / "clients" / "operations")
    schema = (TOP / "schema.graphql").read_text("utf-8")
    (tmp_path / "schema.graphql").write_text(f"{schema}\ntype Stray {{\n  Bad_Field: [Int!]\n}}\n", "utf-8")
    with pytest.raises(AssertionError) as complaint:
        tool("eslint", "--config", HERE / "eslint.config.mjs", "schema.graphql", cwd=tmp_path)
    assert sorted(re.findall(r"@graphql-eslint/([a-z-]+)$", str(complaint.value), re.MULTILINE)) == [
        "naming-convention",
        "no-unreachable-types",
        "require-description",
        "require-description",
    ]
