"""CONTRIBUTING.md's walk through a new column works, followed to the letter on a copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.process, pytest.mark.slow]

TOP = Path(__file__).parents[1]
TEXT = (TOP / "CONTRIBUTING.md").read_text("utf-8")

PROGRAM = """
import asyncio, sys
import httpx
from jobbot_gql.app import create_app
from jobbot_gql.settings import load_settings

CREATE = 'mutation { createReference(input: {name: "Ada", preferredContact: "phone"}) { reference { id } } }'
READ = '''{ references(filter: {preferredContact: {eq: "phone"}}) {
  nodes { preferredContact history { columns { field } } }
} }'''

async def main():
    app = create_app(load_settings({"DATABASE_URL": sys.argv[1]}, dotenv=None))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
        for query in (CREATE, READ):
            print((await client.post("/graphql", json={"query": query})).text)

asyncio.run(main())
"""


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own programs
        [sys.executable, *command],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(folder / "src"),
            "DATABASE_URL": "sqlite:///./scratch.db",
            "JOBBOT_LOG_FORMAT": "json",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def code_blocks(heading: str) -> list[str]:
    """The Python blocks below a heading, without their indentation."""
    section = TEXT.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [
        "\n".join(line.strip() for line in block.splitlines())
        for block in re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    ]


def insert_after(file: Path, line: str, text: str) -> None:
    """Add lines after the one that contains `line`, indented as the class body is."""
    lines = file.read_text("utf-8").splitlines()
    (at,) = [index for index, found in enumerate(lines) if line in found]
    lines[at + 1 : at + 1] = [f"    {added}" for added in text.strip().splitlines()]
    file.write_text("\n".join(lines) + "\n", "utf-8")


def test_a_column_is_added_as_described(tmp_path: Path) -> None:
    for name in ("src", "alembic"):
        shutil.copytree(TOP / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    for name in ("alembic.ini", "pyproject.toml", "schema.graphql"):
        shutil.copy(TOP / name, tmp_path)
    model, field = code_blocks("Add a column")
    references = tmp_path / "src/jobbot_gql/references"

    insert_after(references / "models.py", "response_rate: Mapped", model)
    insert_after(references / "schema.py", "response_rate = column(", field)
    run(tmp_path, "-m", "alembic", "upgrade", "head")
    run(tmp_path, "-m", "alembic", "revision", "--autogenerate", "-m", "How references prefer contact")
    run(tmp_path, "-m", "alembic", "upgrade", "head")
    schema = run(tmp_path, "-m", "jobbot_gql", "schema")
    created, found = run(tmp_path, "-c", PROGRAM, "sqlite:///./scratch.db").splitlines()

    before = (TOP / "schema.graphql").read_text("utf-8")
    assert "preferredContact" not in before
    added = [line for line in schema.splitlines() if "preferredContact" in line]
    assert {line.split(":")[0].strip() for line in added} == {"preferredContact"}
    assert "userErrors" not in created
    assert '"errors"' not in created
    assert '"preferredContact":"phone"' in found
    assert '"field":"preferredContact"' in found, "the change log holds the column"
