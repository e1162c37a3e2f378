"""GraphQL over HTTP in the hands of others: its audit, and the clients that frontends use, against a live server.

Node.js runs them. In CI it must be there; elsewhere the tests are skipped without it.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.jobs.models import Job
from tests.web.serving import serving

pytestmark = pytest.mark.process

FOLDER = Path(__file__).parent / "audit"


@pytest.fixture(scope="session")
def node() -> Callable[..., Any]:
    """Runs a script of the folder with arguments, and gives the JSON that it prints."""
    program, npm = shutil.which("node"), shutil.which("npm")
    if not program or not npm:
        reason = "the audit of GraphQL over HTTP needs Node.js and npm"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)  # in CI it fails, above; a contributor without it still runs the rest
    lock = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    installed = FOLDER / "node_modules" / ".installed"
    if not installed.exists() or installed.read_text() != lock:
        subprocess.run([npm, "ci", "--loglevel=error"], cwd=FOLDER, check=True, timeout=300)  # noqa: S603
        installed.write_text(lock)

    def run(script: str, *arguments: str) -> Any:
        command = [program, script, *arguments]
        done = subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, timeout=60)  # noqa: S603
        return json.loads(done.stdout)

    return run


def test_every_audit_passes(node: Callable[..., Any], database_url: str, tmp_path: Path) -> None:
    with serving(tmp_path / "log", DATABASE_URL=database_url) as server:
        results = node("audit.js", f"{server.url}/graphql")

    assert [result for result in results if result["status"] != "ok"] == []
    assert len(results) == 61


async def test_clients_work_as_they_come(
    node: Callable[..., Any], database: Database, database_url: str, tmp_path: Path
) -> None:
    async with database.transaction() as session:
        session.add(Job(title="Developer", company="Feldweg Software"))
    with serving(tmp_path / "log", DATABASE_URL=database_url) as server:
        results = node("clients.js", f"{server.url}/graphql")

    counted = {"data": {"jobs": {"totalCount": 1}}, "errors": []}
    answers = [
        {"data": {"jobs": {"nodes": [{"title": "Developer"}]}}, "errors": []},
        {"data": None, "errors": ["Cannot query field 'titel' on type 'Job'. Did you mean 'title'?"]},
        {
            "data": {"jobs": {"totalCount": 1}, "job": None},
            "errors": ["'x' is not a global id. Use an `id` from an earlier answer, or `by: {databaseId: 5}`."],
        },
    ]
    assert results.pop("persisted") == {
        "post": {"answers": [counted] * 3, "requests": ["POST hash", "POST document", "POST hash", "POST hash"]},
        "get": {"answers": [counted] * 3, "requests": ["GET hash", "POST document", "GET hash", "GET hash"]},
        "webSocket": answers[0],
    }
    assert results == dict.fromkeys(["apollo", "graphqlRequest", "graphqlWs", "urqlOverGet", "urqlOverPost"], answers)
