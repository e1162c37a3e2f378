"""A command that the fork server starts behaves as one that the interpreter starts."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fork_server import Command, run

pytestmark = pytest.mark.process

ECHO = """
import os, sys
print(sys.argv[1:], os.getcwd(), dict(os.environ), sys.stdin.read(), os.getpid() == os.getppid())
print("é", file=sys.stderr)
"""
WAIT = """
import sys, time
print("ready", flush=True)
time.sleep(60)
"""


def program(folder: Path, text: str) -> str:
    """The name of a new module."""
    (folder / "program.py").write_text(text, "utf-8")
    return "program"


def test_it_gets_its_arguments_environment_folder_and_input(tmp_path: Path) -> None:
    done = run(program(tmp_path, ECHO), "a", "b c", cwd=tmp_path, env={"LANG": "C.UTF-8"}, stdin="text")

    assert (done.returncode, done.stderr) == (0, "é\n")
    assert done.stdout == f"['a', 'b c'] {tmp_path} {{'LANG': 'C.UTF-8'}} text False\n"


@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no')", 1, "no"),
        ("raise ValueError('no')", 1, "ValueError: no"),
        ("raise KeyboardInterrupt", -signal.SIGINT, "KeyboardInterrupt"),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL, ""),
        ("import atexit; atexit.register(print, 'end')", 0, ""),
    ],
)
def test_it_ends_as_the_interpreter_does(tmp_path: Path, text: str, code: int, error: str) -> None:
    done = run(program(tmp_path, text), cwd=tmp_path, env={})
    executed = subprocess.run(
        [sys.executable, "-m", "program"], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )

    assert done.returncode == executed.returncode == code
    assert done.stdout == executed.stdout
    assert done.stderr.splitlines()[-1:] == executed.stderr.splitlines()[-1:] == ([error] if error else [])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_gets_signals(tmp_path: Path, number: signal.Signals) -> None:
    with Command(
        program(tmp_path, WAIT), cwd=tmp_path, env={}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as command:
        assert command.stdout
        assert command.stdout.readline() == "ready\n"
        assert command.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            command.wait(0.01)
        command.send_signal(number)
        assert command.wait(30) == -number
    assert command.poll() == -number
    command.kill()  # which does nothing now
