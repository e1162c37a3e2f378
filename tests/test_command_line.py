"""What keeps a command from its work is one line on standard error and an exit code other than 0, never a traceback."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from jobbot_gql import cli
from tests.commands import rejection, run

pytestmark = pytest.mark.process

READING = (
    ["token", "list"],
    ["token", "revoke", "bot"],
    ["doctor"],
    ["verify"],
    ["backup", "copy.db"],
    ["export", "jobs.csv"],
)
"""Commands for which a database that is not there is a mistake."""
WRITING = (
    ["migrate"],
    ["token", "create", "bot", "--scope", "read"],
    ["import", "rows.jsonl"],
    ["restore", "copy.db"],
    ["document", "add", "rows.jsonl", "--kind", "resume"],
)
ELSEWHERE = {
    "serve": "below",
    "schema": "uses no database",
    "settings": "uses no database",
    "import-bundle": "tests/exporting",
    "continue-after": "tests/backups",
}
"""Commands that are not in these lists, and why."""


def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *command: str) -> str:
    """The one line that a command fails with."""
    monkeypatch.setattr(sys, "argv", ["jobbot-gql", *command])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (1, "")
    (line,) = printed.err.splitlines()
    return line


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with something to import and to restore."""
    (tmp_path / "rows.jsonl").write_text('{"site": "indeed", "id": "in-1", "title": "Engineer", "company": "Feldweg"}')
    (tmp_path / "copy.db").write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_command_is_here_or_elsewhere() -> None:
    assert {command for command, *_ in (*READING, *WRITING)} | ELSEWHERE.keys() == cli.commands.commands.keys()
    assert {words[1] for words in (*READING, *WRITING) if words[0] == "token"} == cli.tokens.token.commands.keys()


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_reading_commands_create_no_database(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///./none.db")

    assert re.search(r"none\.db (does not exist|has no database)", said(monkeypatch, capsys, *command))

    assert {file.name for file in folder.iterdir()} == {"rows.jsonl", "copy.db"}


def test_a_dry_run_creates_no_database(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "sqlite:///./none.db")
    monkeypatch.setattr(sys, "argv", ["jobbot-gql", "import", "--dry-run", "--json", "rows.jsonl"])

    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 0
    assert json.loads(capsys.readouterr().out)["created"] == 1
    assert {file.name for file in folder.iterdir()} == {"rows.jsonl", "copy.db"}


def test_a_write_that_the_database_rejects(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(folder, "token", "create", "bot", "--scope", "read").returncode == 0
    with closing(sqlite3.connect(folder / "jobbot.db")) as connection:
        connection.execute("CREATE TRIGGER no BEFORE UPDATE ON api_tokens BEGIN SELECT RAISE(ABORT, 'no'); END")
    monkeypatch.setenv("DATABASE_URL", "sqlite:///./jobbot.db")

    line = said(monkeypatch, capsys, "token", "revoke", "bot")

    assert line.strip() == ("jobbot-gql: ./jobbot.db is not writable (no): allow writing, or name another database")


@pytest.mark.parametrize("command", [*READING, *WRITING], ids=" ".join)
@pytest.mark.parametrize("place", ["/proc/nothing/x.db", "/dev/null/x.db"])
def test_a_database_that_cannot_be_created(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str], place: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{place}")

    assert place.rpartition("/")[0] in said(monkeypatch, capsys, *command)


def test_serving_where_nothing_can_be_created(tmp_path: Path) -> None:
    line = rejection(run(tmp_path, "serve", "--port", "0", DATABASE_URL="sqlite:////proc/nothing/x.db"))
    assert line == "jobbot-gql: cannot open /proc/nothing/x.db: No such file or directory"


@pytest.mark.parametrize("command", [["--help"], ["schema"], ["settings", "--json"]], ids=" ".join)
def test_output_that_cannot_be_written(tmp_path: Path, command: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(  # noqa: S603 - the project's own command
            [sys.executable, "-m", "jobbot_gql", *command],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip

    assert (done.returncode, done.stderr) == (1, "jobbot-gql: cannot write the output: No space left on device\n")


@pytest.mark.parametrize("module", ["sqlalchemy", "pydantic", "click", "strawberry", "uvicorn"])
def test_an_interrupt_while_modules_are_imported(tmp_path: Path, module: str) -> None:
    """In the first second; the signal comes at the moment that a module is imported."""
    program = f"""
import os, runpy, signal, sys
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupt())
sys.argv = ["jobbot-gql", "serve", "--port", "0"]
runpy.run_module("jobbot_gql", run_name="__main__")
"""
    done = subprocess.run(  # noqa: S603 - the project's own command
        [sys.executable, "-c", program],
        cwd=tmp_path, env={**os.environ, "DATABASE_URL": "sqlite:///./x.db"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")
