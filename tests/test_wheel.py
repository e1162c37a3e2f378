"""The wheel carries all that the program needs: scripts of the migrations, the schema, the page."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.web.conftest import STARTED

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True)  # noqa: S603 - our own project
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_migrates_and_serves_from_an_empty_folder(unpacked: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": "sqlite:///./jobbot.db", "PYTHONPATH": str(unpacked)}
    command = [sys.executable, "-m", "jobbot_gql", "serve", "--port", "0", "--demo"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True) as server:  # noqa: S603
        assert server.stderr
        try:
            url = next(found[1] for line in server.stderr if (found := STARTED.search(line)))
            answer = httpx.post(f"{url}/graphql", json={"query": "{ jobs { totalCount } }"})
            page = httpx.get(f"{url}/graphql", headers={"accept": "text/html"})
        finally:
            server.terminate()
    where = subprocess.run(
        [sys.executable, "-c", "import jobbot_gql; print(jobbot_gql.__file__)"],
        env={"PYTHONPATH": str(unpacked)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert where.stdout.startswith(str(unpacked))
    assert answer.json()["data"] == {"jobs": {"totalCount": 400}}
    assert "<title>jobbot-gql</title>" in page.text
    assert (unpacked / "jobbot_gql/schema.graphql").read_bytes() == (ROOT / "schema.graphql").read_bytes()


def test_the_wheel_holds_nothing_that_it_does_not_need(unpacked: Path) -> None:
    known = {".py", ".typed", ".gz", ".graphql", ".mako", ".pyc"}
    strange = [path for path in unpacked.rglob("*") if path.is_file() and path.suffix not in known]

    assert {path.parent.suffix or path.parent.name for path in strange} <= {".dist-info", "licenses"}
