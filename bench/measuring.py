"""Interleaved rounds of load on running servers, one at a time, so that noise affects all of them alike."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

import orjson

from bench.dataset import Sizes, undo_writes
from bench.load import Load, Measured
from bench.processes import Cores, on
from bench.servers import ROOT, Server
from bench.workloads import Workload, bodies, disagreement, meaning

COMPARED = 20
"""Number of requests of each workload whose responses are compared before measuring."""


@dataclass(frozen=True)
class Site:
    """Database, sizes and cores of a measurement."""

    database_url: str
    sizes: Sizes
    cores: Cores
    postmaster: int | None
    """Process id of PostgreSQL's postmaster, if visible."""


@dataclass(frozen=True)
class Sample:
    """One server under one workload in one round. Times are milliseconds."""

    engine: str
    workload: str
    server: str
    round: int
    requests_per_second: float
    p50: float
    p99: float
    cpu: float | None
    """CPU time of the server's process per request."""
    database_cpu: float | None
    """CPU time of PostgreSQL per request."""
    driver_share: float
    """Share of its core that the load generator used."""
    failed: int


@dataclass(frozen=True)
class Pace:
    """Connections and duration."""

    connections: int = 16
    seconds: float = 3.0
    warm_up: float = 0.5
    rounds: int = 3
    least: int = 32
    """Minimum number of measured requests."""


async def compare_answers(
    servers: Sequence[Server], workloads: Iterable[Workload], missing: set[str], site: Site
) -> None:
    """Send the same requests to all servers and compare responses. Raises ValueError at the first difference.

    `missing` are the workloads for which jobbot-gql has no field.
    """
    for workload in workloads:
        reference = None
        for server in able(servers, workload, missing):
            requests = bodies(workload, server.contestant.dialect, site.sizes, limit=COMPARED)
            answers = [meaning(server.ask(body), workload) for body in requests]
            if workload.writes:
                await undo_writes(site.database_url, site.sizes)
            reference = reference or (server, answers)
            if difference := disagreement(reference[1], answers):
                names = f"{reference[0].contestant.title} and {server.contestant.title}"
                raise ValueError(f"{workload.name}: {names} differ {difference}")


def able(servers: Iterable[Server], workload: Workload, missing: set[str]) -> list[Server]:
    """The servers that can do a workload."""
    return [
        server
        for server in servers
        if (workload.name not in missing if server.contestant.name == "jobbot" else not workload.computes)
    ]


async def measure(
    servers: Sequence[Server],
    workloads: Sequence[Workload],
    missing: set[str],
    site: Site,
    pace: Pace,
    *,
    seen: Callable[[Sample, Measured], None],
) -> None:
    """Run every workload against every server in each round. Calls `seen` with each figure.

    Each round starts with another server. Writes are last in a round, because they change the database's caches.
    """
    for number in range(pace.rounds):
        for workload in sorted(workloads, key=lambda workload: workload.writes):
            turn = able(servers, workload, missing)
            shift = number % len(turn)
            for server in turn[shift:] + turn[:shift]:
                measured = drive(server, workload, site, pace)
                if workload.writes:
                    await undo_writes(site.database_url, site.sizes)
                seen(_sample(server, workload, number, measured), measured)


def drive(server: Server, workload: Workload, site: Site, pace: Pace, requests: int | None = None) -> Measured:
    """Run one workload against one server, from another process on the load generator's core.

    With `requests` it ends after that number, without warm-up. The number of writes is limited, so their warm-up is
    short.
    """
    warm_up = min(pace.warm_up, 0.1) if workload.writes else pace.warm_up
    load = Load(
        port=server.port,
        bodies=[body.decode() for body in bodies(workload, server.contestant.dialect, site.sizes)],
        connections=pace.connections,
        seconds=pace.seconds,
        warm_up=0 if requests else warm_up,
        least=pace.least,
        requests=requests,
        once=workload.writes,
        server=server.process.pid,
        database=site.postmaster if server.contestant.engine == "postgresql" else None,
    )
    return run_load(load, site.cores)


def run_load(load: Load, cores: Cores) -> Measured:
    """Run the load generator."""
    with on(cores.driver):
        done = subprocess.run(
            [sys.executable, "-m", "bench.load"],
            input=orjson.dumps(asdict(load)),
            stdout=subprocess.PIPE,
            cwd=ROOT,
            check=True,
        )
    return Measured(**orjson.loads(done.stdout))


def _sample(server: Server, workload: Workload, number: int, measured: Measured) -> Sample:
    def each(seconds: float | None) -> float | None:
        return None if seconds is None else 1000 * seconds / measured.requests

    return Sample(
        engine=server.contestant.engine,
        workload=workload.name,
        server=server.contestant.name,
        round=number,
        requests_per_second=measured.requests / measured.seconds,
        p50=1000 * measured.p50,
        p99=1000 * measured.p99,
        cpu=each(measured.server_cpu),
        database_cpu=each(measured.database_cpu),
        driver_share=measured.driver_cpu / measured.seconds,
        failed=measured.failed,
    )
