"""The audit of GraphQL over HTTP that comes with the npm package graphql-http, against a live server.

Node.js runs it. In CI it must be there; elsewhere the test is skipped without it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.web.serving import serving

FOLDER = Path(__file__).parent / "audit"


@pytest.fixture(scope="session")
def node() -> str:
    """Path of Node.js, with the packages of the audit installed."""
    path, npm = shutil.which("node"), shutil.which("npm")
    if not path or not npm:
        reason = "the audit of GraphQL over HTTP needs Node.js and npm"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    if not (FOLDER / "node_modules" / "graphql-http").exists():
        subprocess.run([npm, "ci", "--loglevel=error"], cwd=FOLDER, check=True, timeout=300)  # noqa: S603
    return path


def test_every_audit_passes(node: str, database_url: str, tmp_path: Path) -> None:
    with serving(tmp_path / "log", DATABASE_URL=database_url) as server:
        audit = subprocess.run(  # noqa: S603
            [node, "audit.js", f"{server.url}/graphql"], cwd=FOLDER, check=True, capture_output=True, timeout=60
        )
    results = json.loads(audit.stdout)

    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61
