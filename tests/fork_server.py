"""Starts `python -m MODULE` by forking a process that has already imported the application.

Importing the application takes seconds of processor time, forking a process milliseconds. The started process is as
real as any: it has its own pid, arguments, environment, working directory, standard streams, signals and exit code, and
runs the module from its first line. Only its imports are found in memory.

    pytest  --control socket-->  fork server  --fork-->  supervisor  --fork-->  command
       \\_______________________ channel: request, pid, exit code ____/
"""

import atexit
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, NoReturn, Self

PRELOADED = (
    "alembic.command",
    "asyncpg",
    "aiosqlite",
    "jobbot_gql.app",
    "rich.console",
    "rich.progress",
    "rich.table",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""All that takes long to import, except `jobbot_gql.cli` and `jobbot_gql.console`, which read the environment."""
ROOT = Path(__file__).parents[1]
STREAMS = 3
"""File descriptors of standard input, output and error."""


class Command:
    """A running `python -m` command, with the interface of `subprocess.Popen`."""

    def __init__(
        self,
        *words: str,
        cwd: Path,
        env: Mapping[str, str],
        stdin: int | IO[Any] = subprocess.DEVNULL,
        stdout: int | IO[Any] = 1,
        stderr: int | IO[Any] = 2,
        descriptors: Sequence[int] = (),
    ) -> None:
        """Start it.

        Args:
            words: the module and its arguments.
            descriptors: file descriptors to pass on; their numbers in the command are appended to the arguments.
        """
        sys.audit("subprocess.Popen", sys.executable, words, cwd, env)
        self.returncode: int | None = None
        self._channel, theirs = socket.socketpair()
        given, opened, pipes = [], [], []
        for number, stream in enumerate((stdin, stdout, stderr)):
            end: IO[str] | None = None
            if stream == subprocess.PIPE:
                reading, writing = os.pipe()
                mine, fd = (writing, reading) if number == 0 else (reading, writing)
                end = open(mine, "w" if number == 0 else "r", encoding="utf-8")  # noqa: SIM115, PTH123 - closed by the caller
                opened.append(fd)
            elif stream == subprocess.DEVNULL:
                fd = os.open(os.devnull, os.O_RDWR)
                opened.append(fd)
            else:
                fd = stream if isinstance(stream, int) else stream.fileno()
            given.append(fd)
            pipes.append(end)
        self.stdin, self.stdout, self.stderr = pipes
        with theirs:
            socket.send_fds(_control(), [b"+"], [theirs.fileno(), *given, *descriptors])
        for fd in opened:
            os.close(fd)
        request = {"words": words, "cwd": str(cwd), "env": dict(env)}
        self._channel.sendall(json.dumps(request).encode() + b"\n")
        self._answers = self._channel.makefile("r")
        self.pid = int(self._answers.readline())

    def poll(self) -> int | None:
        """The exit code, or None while the command runs."""
        if self.returncode is None and select.select([self._channel], [], [], 0)[0]:
            return self._ended()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, when the command has ended. Raises subprocess.TimeoutExpired."""
        if self.returncode is not None:
            return self.returncode
        if not select.select([self._channel], [], [], timeout)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self._ended()

    def _ended(self) -> int:
        self.returncode = int(self._answers.readline())
        self._answers.close()
        self._channel.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the command has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in (self.stdin, self.stdout, self.stderr):
            if stream is not None:
                stream.close()
        self.wait()


def run(
    *words: str, cwd: Path, env: Mapping[str, str], stdin: str = "", timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    """A finished `python -m` command with its output. Raises subprocess.TimeoutExpired."""
    with TemporaryFile("w+", encoding="utf-8") as out, TemporaryFile("w+", encoding="utf-8") as err:
        command = Command(*words, cwd=cwd, env=env, stdin=subprocess.PIPE, stdout=out, stderr=err)
        assert command.stdin
        try:
            with suppress(BrokenPipeError), command.stdin as pipe:
                pipe.write(stdin)
            code = command.wait(timeout)
        except subprocess.TimeoutExpired:
            command.kill()
            command.wait()
            raise
        for file in (out, err):
            file.seek(0)
        return subprocess.CompletedProcess(words, code, out.read(), err.read())


@cache
def _control() -> socket.socket:
    """The socket to the fork server, which ends when this process does."""
    ours, theirs = socket.socketpair()
    with theirs:
        server = subprocess.Popen(  # noqa: S603 - this file
            [sys.executable, "-m", "tests.fork_server", str(theirs.fileno())],
            cwd=ROOT,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )

    @atexit.register
    def end() -> None:
        ours.close()
        server.wait()

    return ours


def main() -> None:
    """Serve requests on the control socket whose file descriptor is the argument, until it is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest and the commands
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for supervisors
    for name in PRELOADED:
        importlib.import_module(name)
    while True:
        request, descriptors, *_ = socket.recv_fds(control, 1, 16)
        if not request:
            return
        if os.fork() == 0:
            control.close()
            break
        for fd in descriptors:
            os.close(fd)
    channel = socket.socket(fileno=descriptors[0])
    with channel.makefile("r") as requests:
        command = json.loads(requests.readline())
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        _supervise(pid, channel, descriptors[1:])
    channel.close()
    _become(command, descriptors[1:])


def _supervise(pid: int, channel: socket.socket, descriptors: Sequence[int]) -> NoReturn:
    """Tell the pid of a command, and its exit code when it has ended."""
    for fd in descriptors:
        os.close(fd)
    channel.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    channel.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _become(command: Mapping[str, Any], descriptors: Sequence[int]) -> None:
    """Run the module in this process, as the interpreter does; exceptions end the process as they do there."""
    for number, fd in enumerate(descriptors[:STREAMS]):
        os.dup2(fd, number)
        os.close(fd)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - standard streams
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(command["cwd"])
    os.environ.clear()
    os.environ.update(command["env"])
    module, *arguments = command["words"]
    sys.argv[1:] = [*arguments, *map(str, descriptors[STREAMS:])]
    sys.path[0] = str(Path.cwd())
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
