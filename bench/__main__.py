"""`python -m bench` runs the benchmark or a part of it. See `docs/performance.md`."""

import asyncio
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import click
import orjson
import pytest
from rich.console import Console

from bench import bulk, footprint, growth, plot
from bench.dataset import Sizes
from bench.load import Load, Measured
from bench.measuring import Pace, Sample, Site, compare_answers, measure, run_load
from bench.processes import Cores
from bench.report import OURS, Result, markdown, number
from bench.servers import POSTGRAPHILE, Contestant, contestants, python, running
from bench.sites import databases, machine, postgresql_version, run_script
from bench.workloads import WORKLOADS, Workload, bodies, not_served_by
from jobbot_gql.schema import schema

out = Console(highlight=False, soft_wrap=True, markup=False)
err = Console(stderr=True, highlight=False, soft_wrap=True, markup=False)

ENGINES = ("postgresql", "sqlite")
MANY = [workload for workload in WORKLOADS if not workload.writes and workload.name != "W6"]
"""Workloads that are quick enough for 100,000 requests."""


@click.command()
@click.option("--quick", is_flag=True, help="One short round of everything, in about two minutes.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(ENGINES), help="Only this engine.")
@click.option("--workload", "names", multiple=True, type=click.Choice([w.name for w in WORKLOADS]), help="Only this.")
@click.option("--server", "servers", multiple=True, help="Only this server, such as jobbot, rows, postgraphile, naive.")
@click.option("--jobs", default=20_000, show_default=True, help="Size of the data: jobs, the rest in proportion.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--seconds", default=2.0, show_default=True, help="Of measured load on one server in one round.")
@click.option("--connections", default=16, show_default=True)
@click.option("--memory", "requests", default=100_000, show_default=True, help="Requests before memory is measured.")
@click.option(
    "--growth",
    "sizes",
    default="",
    metavar="JOBS,JOBS,...",
    help="Only measure latency by table size, and add it to the figures in --output.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Write the figures as JSON.")
@click.option("--plots", type=click.Path(path_type=Path), help="Draw them into this folder, as SVG and PNG.")
@click.option("--show", type=click.Path(path_type=Path, exists=True), help="Print a file of figures without measuring.")
def main(
    *,
    quick: bool,
    engines: tuple[str, ...],
    names: tuple[str, ...],
    servers: tuple[str, ...],
    jobs: int,
    rounds: int,
    seconds: float,
    connections: int,
    requests: int,
    sizes: str,
    output: Path | None,
    plots: Path | None,
    show: Path | None,
) -> None:
    """Measure jobbot-gql and other servers that return the same responses."""
    chosen = [workload for workload in WORKLOADS if not names or workload.name in names]
    if show:
        result = orjson.loads(show.read_bytes())
    else:
        pace = (
            Pace(connections, 0.4, 0.2, rounds=1, least=connections)
            if quick
            else Pace(connections, seconds, rounds=rounds)
        )
        bench = Bench(Sizes.of(jobs), pace, chosen, servers, requests)
        if sizes and output and output.exists():
            bench.result = orjson.loads(output.read_bytes())
        result = bench.result
        try:
            if sizes:
                bench.grow([int(size) for size in sizes.split(",")])
            else:
                bench.run(engines or ENGINES, light=quick)
        finally:  # keep the figures of an interrupted run
            if output:
                output.parent.mkdir(parents=True, exist_ok=True)
                output.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    out.print(markdown(result))
    if plots:
        plot.draw(result, plots, err.print)


class Bench:
    """One run: its options, and the figures so far."""

    def __init__(
        self, sizes: Sizes, pace: Pace, workloads: list[Workload], servers: tuple[str, ...], requests: int
    ) -> None:
        self.sizes = sizes
        self.pace = pace
        self.workloads = workloads
        self.servers = servers
        self.requests = requests
        self.cores = Cores()
        self.missing = not_served_by(schema.as_str())
        self.result: Result = {
            "machine": machine(self.cores),
            "settings": asdict(pace) | {"jobs": sizes.jobs},
            "driver": {"requests_per_second": None},
            "servers": {},
            "samples": [],
            "notes": [f"{name}: jobbot-gql has no field for it yet." for name in sorted(self.missing)],
            "footprint": {},
            "growth": [],
            "bulk": None,
        }

    def run(self, engines: tuple[str, ...], *, light: bool) -> None:
        """Measure everything but growth, engine after engine. `light` skips measurements that need many requests."""
        self.ceiling()
        for engine in engines:
            try:
                with databases(engine, [self.sizes], self.cores, err.print) as (site,):
                    self.engine(engine, site, light=light)
            except (pytest.skip.Exception, pytest.fail.Exception) as missing:
                self.note(f"{engine} was omitted: {missing}")

    def ceiling(self) -> None:
        """Measure the maximum throughput of the load generator."""
        nothing = Contestant("nothing", "nothing", "jobbot", "sqlite", python("bench.peers.nothing"))
        with running(nothing, "sqlite://", b"{}", self.cores.server) as server:
            body = bodies(WORKLOADS[0], "jobbot", self.sizes, limit=1)[0].decode()
            found = run_load(
                Load(server.port, [body], self.pace.connections, self.pace.seconds, self.pace.warm_up), self.cores
            )
        self.result["driver"] = {"requests_per_second": found.requests / found.seconds}

    def engine(self, engine: str, site: Site, *, light: bool) -> None:
        """Compare and measure all servers on one database, then start and memory of jobbot-gql."""
        if engine == "postgresql":
            self.result["machine"]["versions"]["postgresql"] = asyncio.run(postgresql_version(site.database_url))
            script = (POSTGRAPHILE / "create_application.sql").read_text("utf-8")
            asyncio.run(run_script(site.database_url, script))
        found = [one for one in contestants(engine) if not self.servers or one.name in self.servers]
        if engine == "postgresql" and all(one.name != "postgraphile" for one in contestants(engine)):
            self.note("PostGraphile was omitted: it needs npm once, and Node 22 or newer.")
        self.result["servers"][engine] = {one.name: one.title for one in found}
        with ExitStack() as stack:
            err.print(f"starting {', '.join(one.title for one in found)}")
            up = []
            for one in found:
                try:
                    server = stack.enter_context(running(one, site.database_url, self.first(one), self.cores.server))
                except RuntimeError as error:
                    if one.name == OURS:
                        raise
                    self.note(f"{one.title} was omitted: {error}")
                else:
                    up.append(server)
            err.print("comparing their answers")
            asyncio.run(compare_answers(up, self.workloads, self.missing, site))
            asyncio.run(measure(up, self.workloads, self.missing, site, self.pace, seen=self.seen))
        ours = next((one for one in found if one.name == "jobbot"), None)
        if ours and not light:
            err.print("start and memory")
            with running(ours, site.database_url, self.first(ours), self.cores.server) as server:
                memory = footprint.memory(server, MANY, self.requests, site)
            start = footprint.start(ours, self.first(ours), site)
            self.result["footprint"][engine] = {"start": asdict(start), "memory": asdict(memory)}
        if engine == "sqlite" and not light and not self.servers:
            err.print(f"importing {bulk.ROWS:,} rows")
            self.result["bulk"] = asdict(bulk.bulk())

    def grow(self, sizes: list[int]) -> None:
        """Measure jobbot-gql and a hand-written server on tables of increasing size."""
        self.result["growth"] = []

        def seen(point: growth.Point) -> None:
            err.print(f"{point.jobs:>9,} jobs  {point.workload}  {point.server:<8} {number(point.p50)} ms")
            self.result["growth"].append(asdict(point))

        compared = [one for one in contestants("postgresql") if one.name in ("rows", "jobbot")]
        with databases("postgresql", [Sizes.of(size) for size in sizes], self.cores, err.print, large=True) as sites:
            growth.grow(compared, self.workloads, sites, seen)

    def first(self, contestant: Contestant) -> bytes:
        """A request that shows whether a server is ready."""
        return bodies(WORKLOADS[0], contestant.dialect, self.sizes, limit=1)[0]

    def seen(self, sample: Sample, measured: Measured) -> None:
        """Store a figure and print it."""
        line = f"{sample.round + 1}  {sample.workload}  {sample.server:<12} {number(sample.requests_per_second):>7}/s"
        line += f"  p50 {number(sample.p50)} ms  p99 {number(sample.p99)} ms  CPU {number(sample.cpu)} ms"
        if sample.failed:
            line += f"  {sample.failed} failed, first: {measured.failure}"
        err.print(line)
        self.result["samples"].append(asdict(sample))

    def note(self, text: str) -> None:
        """Print a note and add it to the report."""
        err.print(text)
        self.result["notes"].append(text)


if __name__ == "__main__":
    main()
