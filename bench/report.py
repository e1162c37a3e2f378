"""The figures of a run as Markdown."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from bench.workloads import WORKLOADS

OURS = "jobbot"
TITLES = {workload.name: f"{workload.name} {workload.title}" for workload in WORKLOADS}

Result = dict[str, Any]
"""The stored figures of a run; see `docs/performance.md`."""


def markdown(result: Result) -> str:
    """All tables of a run, after a description of the machine."""
    parts = [_machine(result)]
    for engine, servers in result["servers"].items():
        samples = [sample for sample in result["samples"] if sample["engine"] == engine]
        name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}[engine]
        parts += [
            f"## {name}: requests/s (and CPU milliseconds of the server per request)",
            _table(servers, samples, _speed),
            f"## {name}: latency, median / 99th percentile in milliseconds",
            _table(servers, samples, _latency),
            f"## {name}: jobbot-gql against each, requests/s (and CPU per request, how many times less)",
            _table(servers, samples, _ratio, leave_out=(OURS,)),
        ]
        if any(sample["database_cpu"] is not None for sample in samples):
            parts += [f"## {name}: its own CPU milliseconds per request", _table(servers, samples, _database)]
    parts += [f"- {note}" for note in result["notes"]]
    if result["footprint"]:
        parts += ["## Start and memory of jobbot-gql", _footprint(result["footprint"])]
    if result["bulk"]:
        parts += ["## Importing a scrape into SQLite, rows/s", _bulk(result["bulk"])]
    if result["growth"]:
        parts += ["## Growth: median latency on one connection (and memory per request under way)", _growth(result)]
    return "\n\n".join(parts) + "\n"


def of(samples: Iterable[Result], workload: str, server: str) -> list[Result]:
    """The samples of one server under one workload, one per round."""
    return [sample for sample in samples if sample["workload"] == workload and sample["server"] == server]


def typical(samples: Sequence[Result], figure: str) -> float | None:
    """The median of a figure over the rounds; None if it was not measured."""
    values = [sample[figure] for sample in samples if sample[figure] is not None]
    return median(values) if values else None


def number(value: float | None) -> str:
    """A figure with three significant digits."""
    if value is None:
        return "-"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def rows(table: Sequence[Sequence[str]]) -> str:
    """A Markdown table. The first row is the header."""
    head, *body = table
    rule = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *body))


def _table(servers: dict[str, str], samples: list[Result], cell: Any, leave_out: Sequence[str] = ()) -> str:
    shown = [server for server in servers if server not in leave_out]
    workloads = dict.fromkeys(sample["workload"] for sample in samples)
    return rows(
        [
            ["operation", *(servers[server] for server in shown)],
            *(
                [TITLES[workload], *(cell(samples, workload, server) for server in shown)]
                for workload in TITLES
                if workload in workloads
            ),
        ]
    )


def _speed(samples: list[Result], workload: str, server: str) -> str:
    found = of(samples, workload, server)
    if not found:
        return "-"
    failed = sum(sample["failed"] for sample in found)
    text = f"{number(typical(found, 'requests_per_second'))} ({number(typical(found, 'cpu'))})"
    return f"{text}, {failed} failed" if failed else text


def _latency(samples: list[Result], workload: str, server: str) -> str:
    found = of(samples, workload, server)
    return f"{number(typical(found, 'p50'))} / {number(typical(found, 'p99'))}" if found else "-"


def _database(samples: list[Result], workload: str, server: str) -> str:
    return number(typical(of(samples, workload, server), "database_cpu"))


def _ratio(samples: list[Result], workload: str, server: str) -> str:
    """The median of the ratios within each round, so that noise affects both servers."""
    pairs = list(zip(of(samples, workload, OURS), of(samples, workload, server), strict=False))
    if not pairs:
        return "-"
    speed = median(ours["requests_per_second"] / theirs["requests_per_second"] for ours, theirs in pairs)
    cpu = [theirs["cpu"] / ours["cpu"] for ours, theirs in pairs if ours["cpu"] and theirs["cpu"]]
    return f"{speed:.2f}x ({median(cpu):.2f}x)" if cpu else f"{speed:.2f}x"


def _machine(result: Result) -> str:
    machine, settings = result["machine"], result["settings"]
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    busiest = max((sample["driver_share"] for sample in result["samples"]), default=0)
    return "\n".join(
        [
            f"# {machine['date']}, commit {machine['commit'] or 'unknown'}",
            "",
            f"- Machine: {machine['processor']}, {machine['cores']} cores, {machine['system']}; {machine['pinned']};"
            f" load average before the run {machine['load_before']}.",
            f"- Versions: {versions}.",
            f"- Data: {settings['jobs']:,} jobs and the rest in proportion. {settings['connections']} connections,"
            f" {settings['rounds']} round(s) of {settings['seconds']} s after {settings['warm_up']} s of warming up;"
            " medians over the rounds.",
            f"- The load generator sends {number(result['driver']['requests_per_second'])} requests/s to a server"
            f" with a constant response; in this run it used at most {busiest:.0%} of its core.",
        ]
    )


def _footprint(found: dict[str, Result]) -> str:
    head = ["", "start, s", "importing its libraries, s", "ratio", "idle, MiB", "half way", "at the end", "requests"]
    body = []
    for engine, figures in found.items():
        start, memory = figures["start"], figures["memory"]
        ratio = start["to_first_answer"] / start["importing_libraries"]
        held = [number(memory[name]) for name in ("idle", "half", "end")]
        body.append(
            [
                engine,
                number(start["to_first_answer"]),
                number(start["importing_libraries"]),
                f"{ratio:.2f}",
                *held,
                f"{memory['requests']:,}",
            ]
        )
    return rows([head, *body])


def _bulk(found: Result) -> str:
    ours = found["imported"]
    lines = {
        "jobbot-gql import": ours,
        "the same file again": found["imported_again"],
        "sqlite3 executemany() of what was written": found["executemany"],
        "the same without change log and search index": found["executemany_without_triggers"],
    }
    head = [f"{found['rows']:,} rows, {found['megabytes']:.0f} MB", "rows/s", "against the import"]
    return rows([head, *([name, number(speed), f"{speed / ours:.2f}x"] for name, speed in lines.items())])


def _growth(result: Result) -> str:
    points = result["growth"]
    sizes = sorted({point["jobs"] for point in points})
    servers = dict.fromkeys(point["server"] for point in points)
    found = {(point["workload"], point["server"], point["jobs"]): point for point in points}
    body = []
    for workload in dict.fromkeys(point["workload"] for point in points):
        for server in servers:
            line = [found[workload, server, size] for size in sizes]
            cells = [f"{number(point['p50'])} ms ({number(point['memory'])} MiB)" for point in line]
            title = result["servers"].get("postgresql", {}).get(server, server)
            body.append([f"{workload}, {title}", *cells, f"{line[-1]['p50'] / line[0]['p50']:.2f}x"])
    return rows([["operation", *(f"{size:,} jobs" for size in sizes), "last / first"], *body])
