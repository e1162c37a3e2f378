"""Running the tools that make clients, and the clients."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).parent
TOP = HERE.parents[1]

Tool = Callable[..., str]
"""Runs one of the npm packages' programs, such as `tool("tsc", "--version")`, and gives what it prints."""


def run(command: Sequence[str | Path], cwd: Path = HERE, **environment: str | Path) -> str:
    """What a command prints; that and its errors are the message if it fails."""
    done = subprocess.run(  # noqa: S603
        command,
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **{name: str(value) for name, value in environment.items()}},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=300,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def generated(folder: str) -> Path:
    """The empty folder for what is generated of one of the folders here."""
    path = HERE / folder / "__generated__"
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path
