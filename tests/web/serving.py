"""The application in a process of its own: what a request does to it cannot slow down the test that sends it."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from jobbot_gql.app import create_app
from jobbot_gql.settings import load_settings
from jobbot_gql.web.protocols import Config
from tests.fork_server import ROOT, Command

START_SECONDS = 90


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    """Its base URL, such as http://127.0.0.1:45123."""
    pid: int
    log: Path
    """What it wrote on standard output and standard error."""

    def memory(self) -> int:
        """Bytes of physical memory that it takes now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return 1024 * int(status.partition("VmRSS:")[2].split(maxsplit=1)[0])

    def processor_seconds(self) -> float:
        """Seconds of processor time that it has taken so far."""
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(log: Path, **settings: str) -> Iterator[Server]:
    """A server with the given settings (environment variables), ready when the block begins and gone when it ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as output:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JOBBOT_")}
        process = Command(
            "tests.web.serving",
            cwd=ROOT,
            env={**environment, **settings},
            stdout=output,
            stderr=output,
            descriptors=[listener.fileno()],
        )
        try:
            _wait_until_ready(url, process, log)
            yield Server(url, process.pid, log)
        finally:
            process.terminate()
            process.wait(START_SECONDS)


def _wait_until_ready(url: str, process: Command, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health/live", timeout=1).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")


def main() -> None:
    """Serve on the listening socket whose file descriptor is the argument."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    settings = load_settings(dotenv=None)
    config = Config(create_app(settings), settings)
    config.timeout_graceful_shutdown = 1
    uvicorn.Server(config).run([listener])


if __name__ == "__main__":
    main()
