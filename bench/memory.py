"""`python -m bench.memory` checks that memory is bounded if almost every document is new.

A server with its default settings gets 100,000 requests of 20,000 distinct documents in turn: nested lists, rows by
key, aggregates, searches, mutations, and invalid documents. Each document has been evicted from the document cache when
it is repeated.

Then one document of 45 fields is sent with another long list and other conditions each time. Every field caches what it
derives from the list, in a plan for each combination of conditions, within the bound of the cache.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

import click
import httpx
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
"""Limit of the ratio of memory after all requests to memory after one turn, and of growth to the cache's bound."""
BOUND = 64_000_000 / 2**20
"""Default of JOBBOT_MAX_CACHED_BYTES, in MiB."""
CONDITIONS = "abcde"
LIST_LENGTH = 800
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
    """With distinct documents."""
    start: float
    """After the first response."""
    first_turn: float
    """After each document was sent once."""
    end: float
    one_document: float
    """Growth by the requests of the single document, on a new server."""

    @property
    def over_bound(self) -> float:
        """Ratio of the larger growth, by distinct documents or the single one, to the cache's bound."""
        return max(self.first_turn - self.start, self.one_document) / BOUND

    @property
    def growth(self) -> float:
        """Ratio of memory at the end to memory after the first turn."""
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


def one_document(count: int) -> Iterator[bytes]:
    """Requests of one document, each with different conditions or lists."""
    fields = " ".join(
        f"x{n}: jobs(first: 1, filter: {{salaryMin: {{in: $i}}}}) @include(if: ${name}) {{ nodes {{ id }} }}"
        for n, name in enumerate(CONDITIONS * 9)
    )
    query = f"query($i: [Int!], {', '.join(f'${name}: Boolean!' for name in CONDITIONS)}) {{ {fields} }}"
    for number in range(count):
        conditions = {name: bool(number >> bit & 1) for bit, name in enumerate(CONDITIONS)}
        numbers = [900 + (7 * number + n) % 9_000 for n in range(LIST_LENGTH)]
        yield orjson.dumps({"query": query, "variables": {"i": numbers, **conditions}})


def growth_by_one_document(server: Server, engine: str, count: int) -> float:
    """Growth of memory in MiB by requests of one document."""
    url = f"http://127.0.0.1:{server.port}/graphql"
    bodies = list(one_document(count))
    with httpx.Client(headers={"Content-Type": "application/json"}, timeout=60) as client:
        client.post(url, content=bodies[0]).raise_for_status()
        start = resident(server.process.pid) or 0.0
        for body in bodies:
            client.post(url, content=body).raise_for_status()
    grown = (resident(server.process.pid) or 0.0) - start
    out.print(f"{engine}: {count:,} requests of one document, {grown:.0f} MiB more")
    return grown


def turns(server: Server, engine: str, count: int, requests: int, cores: Cores) -> tuple[float, float, float]:
    """Send the documents in turn, `requests` in total. Returns memory before, after one turn, and at the end."""
    bodies = [orjson.dumps({"query": text}).decode() for text in documents(count)]
    start = resident(server.process.pid)
    load = Load(server.port, bodies, connections=CONNECTIONS, seconds=3_600, warm_up=0, once=True)
    first_turn = 0.0
    for turn in range(requests // count):
        answered = run_load(load, cores)
        if answered.requests <= count - CONNECTIONS:  # the last ones may still be running
            raise click.ClickException(f"the server stopped answering after {answered.requests:,} requests")
        held = resident(server.process.pid) or 0.0
        first_turn = first_turn or held
        out.print(f"{engine}: {(turn + 1) * count:>7,} requests, {held:.0f} MiB")
    return start or 0.0, first_turn, held


def held_on(engine: str, count: int, requests: int, repeats: int, cores: Cores) -> Held:
    """Memory of a new server on a new database."""
    ours = Contestant("jobbot", "jobbot-gql", "jobbot", engine, python("jobbot_gql", "serve", "--port"))
    with databases(engine, [Sizes.of(JOBS)], cores, out.print) as (site,):
        with running(ours, site.database_url, WARM, cores.server) as server:
            by_one = growth_by_one_document(server, engine, repeats)
        with running(ours, site.database_url, WARM, cores.server) as server:
            return Held(engine, count, requests, *turns(server, engine, count, requests, cores), by_one)


@click.command()
@click.option("--engine", "engines", multiple=True, type=click.Choice(ENGINES), help="Only this engine.")
@click.option("--documents", "count", default=20_000, show_default=True, help="Distinct documents.")
@click.option("--requests", default=100_000, show_default=True, help="Requests in all, whole turns of the documents.")
@click.option("--repeats", default=2_048, show_default=True, help="Requests of the single document.")
@click.option("--output", type=click.Path(path_type=Path), help="Keep the figures as JSON.")
def main(engines: tuple[str, ...], count: int, requests: int, repeats: int, output: Path | None) -> None:
    """Measure memory after one and several turns of distinct documents. Exit code 1 if it grows too much."""
    cores = Cores(pinned=False)
    found = [held_on(engine, count, requests, repeats, cores) for engine in engines or ENGINES]
    for held in found:
        out.print(
            f"{held.engine}: {held.start:.0f} MiB at the start, {held.first_turn:.0f} after {held.documents:,} distinct"
            f" documents, {held.end:.0f} after {held.requests:,} requests: {held.growth:.2f} times;"
            f" growth over the bound of the cache: {held.over_bound:.2f}"
        )
    if output:
        output.write_bytes(orjson.dumps([asdict(held) for held in found], option=orjson.OPT_INDENT_2))
    if any(max(held.growth, held.over_bound) > AT_MOST for held in found):
        raise click.ClickException(f"memory grew to more than {AT_MOST} times")


if __name__ == "__main__":
    main()
