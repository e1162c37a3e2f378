"""`python -m bench.memory`: does memory stand still when almost every document is a new one?

A server with its default settings gets a hundred thousand requests of twenty thousand distinct documents: lists with
levels below them, rows by key, aggregates, searches, mutations, and documents that are not valid. They take turns, so
that each has long left the document cache when it comes again.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import click
import orjson
from rich.console import Console

from bench.dataset import Sizes
from bench.load import Load
from bench.measuring import run_load
from bench.processes import Cores, resident
from bench.servers import Contestant, Server, python, running
from bench.sites import databases

ENGINES = ("sqlite", "postgresql")
AT_MOST = 1.3
"""Memory after all requests over memory after one turn of all documents."""
JOBS = 500
"""Rows of the database: enough for every page to be full."""
CONNECTIONS = 4
WARM = b'{"query": "{ __typename }"}'

out = Console(highlight=False, soft_wrap=True, markup=False)


@dataclass(frozen=True)
class Held:
    """Resident memory of a server in MiB."""

    engine: str
    documents: int
    requests: int
    start: float
    """After the first answer."""
    first_turn: float
    """After each document has come once."""
    end: float

    @property
    def growth(self) -> float:
        """How many times the memory of the first turn it is at the end."""
        return self.end / self.first_turn


def documents(count: int) -> Iterator[str]:
    """Distinct documents, the same each time."""
    rng = Random("documents")  # noqa: S311 - no secrets
    for number in range(count):
        alias, size, row = f"a{number}", rng.randint(1, 20), rng.randint(1, JOBS)
        yield (
            f"{{ {alias}: jobs(first: {size}) {{ nodes {{ id title applications(first: 2) {{ nodes {{ id status"
            " responses { responseType } } } } } }",
            f"{{ applications(first: {size}) {{ totalCount nodes {{ {alias}: status job {{ title company }} claims {{"
            " claimType } } } }",
            f"{{ {alias}: job(by: {{databaseId: {row}}}) {{ title salaryMin applications(first: {size}) {{ nodes {{ id"
            " } } } }",
            f"{{ {alias}: jobs {{ aggregate {{ count avg {{ salaryMin }} }} groupBy(by: [STATUS], first: {size}) {{ key"
            " count } } }",
            f'{{ {alias}: search(query: "engineer", first: {size}) {{ score snippet node {{ id }} }} }}',
            f"query ${alias} {{ jobs {{ nodes {{ id }} }} }}",
            f"{{ {alias}: jobs {{ noSuchField }} }}",
            f'mutation {{ {alias}: createCompany(input: {{name: "Company {rng.random()}"}}) {{ company {{ id }} }} }}',
        )[number % 8]


def turns(server: Server, engine: str, count: int, requests: int, cores: Cores) -> Held:
    """Send the documents in turn until so many requests were answered."""
    bodies = [orjson.dumps({"query": text}).decode() for text in documents(count)]
    start = resident(server.process.pid)
    load = Load(server.port, bodies, connections=CONNECTIONS, seconds=3_600, warm_up=0, once=True)
    first_turn = 0.0
    for turn in range(requests // count):
        answered = run_load(load, cores)
        if answered.requests <= count - CONNECTIONS:  # the last ones may still be under way
            raise click.ClickException(f"the server stopped answering after {answered.requests:,} requests")
        held = resident(server.process.pid) or 0.0
        first_turn = first_turn or held
        out.print(f"{engine}: {(turn + 1) * count:>7,} requests, {held:.0f} MiB")
    return Held(engine, count, requests, start or 0.0, first_turn, held)


def held_on(engine: str, count: int, requests: int, cores: Cores) -> Held:
    """The memory of a server on a database, both made for it."""
    ours = Contestant("jobbot", "jobbot-gql", "jobbot", engine, python("jobbot_gql", "serve", "--port"))
    with (
        databases(engine, [Sizes.of(JOBS)], cores, out.print) as (site,),
        running(ours, site.database_url, WARM, cores.server) as server,
    ):
        return turns(server, engine, count, requests, cores)


@click.command()
@click.option("--engine", "engines", multiple=True, type=click.Choice(ENGINES), help="Only this engine.")
@click.option("--documents", "count", default=20_000, show_default=True, help="Distinct documents.")
@click.option("--requests", default=100_000, show_default=True, help="Requests in all, whole turns of the documents.")
@click.option("--output", type=click.Path(path_type=Path), help="Keep the figures as JSON.")
def main(engines: tuple[str, ...], count: int, requests: int, output: Path | None) -> None:
    """Memory of the server after one turn of distinct documents and after several. Exit code 1 if it grows too much."""
    cores = Cores()
    found = [held_on(engine, count, requests, cores) for engine in engines or ENGINES]
    for held in found:
        out.print(
            f"{held.engine}: {held.start:.0f} MiB at the start, {held.first_turn:.0f} after {held.documents:,} distinct"
            f" documents, {held.end:.0f} after {held.requests:,} requests: {held.growth:.2f} times"
        )
    if output:
        output.write_bytes(orjson.dumps([asdict(held) for held in found], option=orjson.OPT_INDENT_2))
    if any(held.growth > AT_MOST for held in found):
        raise click.ClickException(f"memory grew to more than {AT_MOST} times")


if __name__ == "__main__":
    main()
