"""Helpers of tests are in helper modules: no module of the tests imports from a `test_*` module."""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.mark.parametrize("module", [str(path.relative_to(TESTS)) for path in sorted(TESTS.rglob("*.py"))])
def test_no_module_imports_from_a_test_module(module: str) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse((TESTS / module).read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            imported |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}

    found = [name for name in imported if name.startswith("tests.") and ".test_" in name]
    assert found == []
