"""schema.graphql in the hands of ariadne-codegen, and its Python client at work.

ariadne-codegen needs another graphql-core than this project: it lives in an environment of its own, pinned with hashes
in python/requirements.lock and made once per checkout.
"""

import hashlib
import json
import shutil
import sys
from pathlib import Path

import pytest

from tests.clients.running import HERE, TOP, run

FOLDER = HERE / "python"
REJECTED = '''
from jobbot_client import ApplicationCard, Client, JobCard, JobFilter, StringFilter


async def refused(client: Client, card: JobCard, application: ApplicationCard) -> None:
    """Each line is a mistake that mypy has to find: an ignored error that is none is one, too."""
    card.location.upper()  # type: ignore[union-attr]
    card.website  # type: ignore[attr-defined]
    card.posting_date + 1  # type: ignore[operator]
    application.responses[0].claim_type  # type: ignore[attr-defined]
    await client.newest_jobs()  # type: ignore[call-arg]
    await client.applications_board(statuses=["HIRED"])  # type: ignore[list-item]
    JobFilter(wage=StringFilter(eq="1"))  # type: ignore[call-arg]
    StringFilter(contains=1)  # type: ignore[arg-type]
'''


@pytest.fixture(scope="session")
def python() -> Path:
    """The interpreter of the environment with ariadne-codegen."""
    environment = TOP / ".venv-clients"
    python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    requirements = FOLDER / "requirements.lock"
    wanted = f"{sys.version}\n{hashlib.sha256(requirements.read_bytes()).hexdigest()}"
    installed = environment / ".installed"
    if not installed.exists() or installed.read_text() != wanted:
        run([sys.executable, "-m", "venv", "--clear", environment])
        run([python, "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", requirements])
        installed.write_text(wanted)
    return python


@pytest.fixture(scope="session")
def client(python: Path) -> Path:
    """The folder with the generated package `jobbot_client`."""
    folder = FOLDER / ".generated"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    run([python, "-m", "ariadne_codegen", "--config", "ariadne-codegen.toml"], FOLDER)
    return folder


def test_ariadne_codegen(python: Path, client: Path, endpoint: str) -> None:
    """The generated client reads every screen from the live server."""
    shown = run([python, "-W", "error", "program.py", endpoint], FOLDER, PYTHONPATH=client)
    assert json.loads(shown) == json.loads((HERE / "screens.json").read_text("utf-8"))


def test_types_of_the_python_client(python: Path, client: Path, tmp_path: Path) -> None:
    """mypy --strict takes the program and finds the mistakes."""
    (tmp_path / "refused.py").write_text(REJECTED)
    mypy: list[str | Path] = [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "--cache-dir", tmp_path]
    run([*mypy, "--python-executable", python, "program.py", tmp_path / "refused.py"], FOLDER)
