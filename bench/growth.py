"""The cost of the same requests on tables of increasing size."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from bench.dataset import undo_writes
from bench.load import Measured
from bench.measuring import Pace, Site, drive
from bench.processes import forget_peak, peak, resident
from bench.servers import Contestant, Server, running
from bench.workloads import WORKLOADS, Workload, bodies

ALONE = Pace(connections=1, seconds=3, warm_up=1)
TOGETHER = Pace(connections=16, seconds=2, warm_up=0.5)


@dataclass(frozen=True)
class Point:
    """One workload on tables of one size."""

    jobs: int
    server: str
    workload: str
    p50: float
    """Median latency on one connection, in milliseconds."""
    memory: float | None
    """Memory per concurrent request in MiB: the rise of the peak under 16 connections, divided by 16."""


def grow(
    contestants: Sequence[Contestant],
    workloads: Sequence[Workload],
    sites: Sequence[Site],
    seen: Callable[[Point], None],
) -> None:
    """Measure each workload on all sizes in turn, with a new server for each figure."""
    for workload in workloads:
        for contestant in contestants if not workload.computes else contestants[-1:]:
            for site in sites:
                first = bodies(WORKLOADS[0], contestant.dialect, site.sizes, limit=1)[0]
                with ExitStack() as stack:
                    server = stack.enter_context(running(contestant, site.database_url, first, site.cores.server))
                    latency = _driven(server, workload, site, ALONE).p50
                    forget_peak(server.process.pid)
                    before = resident(server.process.pid)
                    _driven(server, workload, site, TOGETHER)
                    after = peak(server.process.pid)
                rise = None if before is None or after is None else (after - before) / TOGETHER.connections
                seen(Point(site.sizes.jobs, contestant.name, workload.name, 1000 * latency, rise))


def _driven(server: Server, workload: Workload, site: Site, pace: Pace) -> Measured:
    """Send the requests of a workload, and remove what they wrote."""
    measured = drive(server, workload, site, pace)
    if workload.writes:
        asyncio.run(undo_writes(site.database_url, site.sizes))
    return measured
