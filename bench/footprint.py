"""Start time and memory of jobbot-gql."""

import subprocess
import sys
import time
from dataclasses import dataclass

from bench.measuring import Pace, Site, drive
from bench.processes import on, resident
from bench.servers import Contestant, Server, environment, running
from bench.workloads import Workload

STARTS = 5

LIBRARIES = """
import sys
import uvicorn
from jobbot_gql.app import create_app
from jobbot_gql.settings import load_settings
config = uvicorn.Config(create_app(load_settings()))
config.load()
config.get_loop_factory()()
ours_or_python = {"jobbot_gql", "__main__", "__mp_main__", *sys.stdlib_module_names}
print(*(name for name in sys.modules if name.partition(".")[0] not in ours_or_python))
"""
"""Prints the third-party modules that serving imports, in order of import."""

IMPORTS = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    try:
        import_module(name)
    except ImportError:  # a name that its package has made up
        pass
"""


@dataclass(frozen=True)
class Start:
    """The best of several starts, in seconds, from the start of the process, including Python's start-up."""

    to_first_answer: float
    importing_libraries: float


@dataclass(frozen=True)
class Memory:
    """Resident memory of the server in MiB."""

    idle: float | None
    """After the first response."""
    half: float | None
    """After half of the requests."""
    end: float | None
    requests: int


def start(contestant: Contestant, first: bytes, site: Site) -> Start:
    """Start the server and import its libraries several times, in turn."""
    settings = environment(site.database_url)
    names = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", LIBRARIES], env=settings, stdout=subprocess.PIPE, text=True, check=True
    ).stdout.split()
    serving, importing = [], []
    for _ in range(STARTS):
        with running(contestant, site.database_url, first, site.cores.server) as server:
            serving.append(server.start_seconds)
        began = time.perf_counter()
        with on(site.cores.server):
            subprocess.run([sys.executable, "-c", IMPORTS, *names], env=settings, check=True)  # noqa: S603 - likewise
        importing.append(time.perf_counter() - began)
    return Start(min(serving), min(importing))


def memory(server: Server, workloads: list[Workload], requests: int, site: Site) -> Memory:
    """Memory of a server after `requests` requests spread over all workloads, and after half of them."""
    idle = resident(server.process.pid)
    held: list[float | None] = []
    for _ in range(2):
        for workload in workloads:
            drive(server, workload, site, Pace(), requests=max(16, requests // (2 * len(workloads))))
        held.append(resident(server.process.pid))
    return Memory(idle, held[0], held[1], requests)
