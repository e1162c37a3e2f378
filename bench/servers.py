"""The measured servers: starting, requests, stopping."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.dataset import libpq_url
from bench.processes import on
from bench.workloads import Dialect

ROOT = Path(__file__).parent.parent
POSTGRAPHILE = Path(__file__).parent / "peers" / "postgraphile"
OLDEST_NODE = 22
START_SECONDS = 300


@dataclass(frozen=True)
class Contestant:
    """A kind of server."""

    name: str
    title: str
    dialect: Dialect
    engine: str
    """`postgresql` or `sqlite`."""
    command: tuple[str, ...]
    """The command that starts it; the port is appended."""


def python(*arguments: str) -> tuple[str, ...]:
    """The command that runs a module with this Python."""
    return (sys.executable, "-m", *arguments)


def contestants(engine: str) -> list[Contestant]:
    """The servers for the engine that are available on this machine, in the order of the tables."""
    driver = {"postgresql": "asyncpg", "sqlite": "sqlite3"}[engine]
    peers = python("bench.peers")
    found = [
        Contestant("json", "SQL builds the JSON", "jobbot", engine, (*peers, f"{engine}_json")),
        Contestant("rows", f"{driver} rows + orjson by hand", "jobbot", engine, (*peers, f"{engine}_rows")),
        Contestant("jobbot", "jobbot-gql", "jobbot", engine, python("jobbot_gql", "serve", "--port")),
    ]
    if engine == "postgresql" and (node := find_node()):
        script = str(POSTGRAPHILE / "server.mjs")
        found.append(Contestant("postgraphile", "PostGraphile 5", "postgraphile", engine, (node, script)))
    return [
        *found,
        Contestant("naive_tuned", "Strawberry + dataloaders, GC tuned", "naive", engine, (*peers, "naive_tuned")),
        Contestant("naive", "Strawberry + dataloaders", "naive", engine, (*peers, "naive")),
    ]


def find_node() -> str | None:
    """Path of a Node for PostGraphile: installed by its `npm ci`, or on PATH; None if there is none.

    Installs PostGraphile first, if npm is available and it is not installed.
    """
    npm = shutil.which("npm")
    if not (POSTGRAPHILE / "node_modules").exists() and npm:
        subprocess.run([npm, "ci", "--no-progress"], cwd=POSTGRAPHILE, check=False, capture_output=True)  # noqa: S603
    if not (POSTGRAPHILE / "node_modules" / "postgraphile").exists():
        return None
    brought = sorted(map(str, POSTGRAPHILE.glob("node_modules/node-linux-*/bin/node")))
    for node in (*brought, shutil.which("node")):
        if node:
            version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
            if version.returncode == 0 and int(version.stdout.strip("v\n").split(".")[0]) >= OLDEST_NODE:
                return node
    return None


@dataclass(frozen=True)
class Server:
    """A running server."""

    contestant: Contestant
    process: subprocess.Popen[bytes]
    port: int
    log: Path
    start_seconds: float
    """Seconds from its start to its first response."""

    def ask(self, body: bytes, timeout: float = 30) -> bytes:
        """The response to one GraphQL request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            headers = {"Content-Type": "application/json", "Accept": "application/json", "Host": "localhost"}
            connection.request("POST", "/graphql", body, headers)
            return connection.getresponse().read()
        finally:
            connection.close()


@contextmanager
def running(contestant: Contestant, database_url: str, first: bytes, cores: set[int]) -> Iterator[Server]:
    """A server on a free port of 127.0.0.1 for the duration of the context. It is ready when it answers `first`."""
    with tempfile.TemporaryDirectory(prefix="jobbot-bench-") as folder:
        log = Path(folder) / "log"
        port = _free_port()
        began = time.perf_counter()
        with log.open("wb") as output, on(cores):
            process = subprocess.Popen(  # noqa: S603 - commands of ours
                [*contestant.command, str(port)],
                cwd=folder,  # without a .env
                env=environment(database_url),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            server = Server(contestant, process, port, log, 0)
            _wait(server, first)
            yield Server(contestant, process, port, log, time.perf_counter() - began)
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def environment(database_url: str) -> dict[str, str]:
    """The environment of a server, without this process's settings of jobbot-gql."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JOBBOT_", "DATABASE_", "PG"))}
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    url = database_url if database_url.startswith("sqlite") else libpq_url(database_url)
    return kept | {
        "DATABASE_URL": url,
        "PYTHONPATH": path,
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }


def _wait(server: Server, first: bytes) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if b'"data"' in server.ask(first):
                return
        except (OSError, http.client.HTTPException):
            time.sleep(0.01)
    raise RuntimeError(f"{server.contestant.title} did not start:\n{server.log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
