"""schema.graphql in the hands of graphql-codegen, the Relay compiler and graphql-eslint, and their clients at work."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.clients.running import HERE, TOP, Tool, generated, run


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
