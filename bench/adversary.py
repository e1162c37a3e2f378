"""`python -m bench.adversary` searches for the accepted document that costs the server most.

Random documents of the schema, within all limits and near the cap of cost, are sent one after another. Those with the
longest stall of the event loop, the largest growth of memory or the longest time are varied further (hill climbing).
The search fails if it finds a stall of more than 250 ms, a growth of more than 200 MB, or twice the time limit.
"""

import asyncio
import gc
import os
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import count
from random import Random
from statistics import median
from typing import Any

import click
import httpx
import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLScalarType,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    is_required_argument,
)
from rich.console import Console

from bench.dataset import Sizes
from bench.processes import Cores, forget_peak, peak, resident
from bench.sites import databases
from jobbot_gql.api.engine.document_cache import Guard, Invalid, Limits
from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.schema import schema
from jobbot_gql.settings import load_settings

ENGINES = ("sqlite", "postgresql")
JOBS = (100, 20_000)
"""Rows of the databases: about as many as in the demo data, and 50,000 applications."""
STALL_SECONDS, GROWTH_MIB, TIME_LIMITS = 0.25, 200.0, 2.0
"""Limits of a document; the last one in multiples of JOBBOT_EXECUTION_TIMEOUT."""
NEAR_CAP = 0.3
"""Minimum cost of a document, as a share of the cap."""
SIZES = (1, 5, 25, 100, 250)
KEPT = 8
"""Worst documents that are varied further."""
MAX_DEPTH = 4
TEXT = "python " * 200
TICK_SECONDS = 0.001
VARIED = 0.7
"""Share of the documents that are variations."""

out = Console(highlight=False, soft_wrap=True, markup=False)
SCHEMA = schema.graphql
SETTINGS = load_settings({}, dotenv=None)
GUARD = Guard(SCHEMA, Limits(*(getattr(SETTINGS, f"max_{name}") for name in Limits._fields)))


@dataclass
class Selected:
    """A field of a document, with `copies` aliases."""

    name: str
    kind: str
    """Name of its type, without lists and non-null."""
    arguments: dict[str, str] = field(default_factory=dict)
    children: list["Selected"] = field(default_factory=list)
    copies: int = 1

    def written(self, numbers: Iterator[int]) -> str:
        """The field in a document."""
        given = ", ".join(f"{name}: {value}" for name, value in self.arguments.items())
        own = f"{self.name}({given})" if given else self.name
        below = f" {{ {' '.join(child.written(numbers) for child in self.children)} }}" if self.children else ""
        if self.copies == 1:
            return own + below
        return " ".join(f"a{next(numbers)}: {own}{below}" for _ in range(self.copies))

    def all(self) -> Iterator["Selected"]:
        """The field and all fields below it."""
        yield self
        for child in self.children:
            yield from child.all()


@dataclass(frozen=True)
class Measured:
    """Figures of a document: the worse of a first and a second request."""

    text: str
    cost: int
    stall: float
    """Seconds."""
    growth: float
    """MiB."""
    seconds: float

    @property
    def badness(self) -> float:
        """Largest ratio of a figure to its limit. Above 1, the search fails."""
        limit = TIME_LIMITS * SETTINGS.execution_timeout
        return max(self.stall / STALL_SECONDS, self.growth / GROWTH_MIB, self.seconds / limit)

    def __str__(self) -> str:
        return (
            f"{self.badness:5.2f}: stall {1000 * self.stall:.0f} ms, {self.growth:.0f} MiB more, {self.seconds:.2f} s,"
            f" cost {self.cost:,}: {self.text[:300]}"
        )


class Documents:
    """Random documents and variations of them."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice

    def new(self) -> Selected:
        """A random document: the selection of the root."""
        root = Selected("", "Query")
        while not root.children:
            self._fill(root, "Query", MAX_DEPTH)
        return root

    def varied(self, root: Selected) -> Selected:
        """A document with a few differences."""
        root = deepcopy(root)
        for _ in range(self.dice.randint(1, 3)):
            one = self.dice.choice(list(root.all()))
            match self.dice.randrange(4):
                case 0 if one.name:
                    one.copies = self.dice.choice((1, 2, 10, 40))
                case 1 if "first" in one.arguments:
                    one.arguments["first"] = str(self.dice.choice(SIZES))
                case 2 if len(one.children) > 1:
                    one.children.remove(self.dice.choice(one.children))
                case _:
                    self._fill(one, one.kind, 3)
        return root

    def fitted(self, tree: Selected, text: str) -> int | None:
        """The cost of a document that is accepted and near the cap; otherwise None, and the document is changed."""
        try:
            document = GUARD.document(text)
            cost = GUARD.cost(document, document.operation(None), {})
            GUARD.validate(document)
        except GraphQLError as error:
            over = (error.extensions or {}).get("limit")
            self._shrink(tree, pages=over in ("cost", None))
            return None
        except Invalid:
            self._shrink(tree, pages=False)
            return None
        if cost >= NEAR_CAP * SETTINGS.max_cost:
            return cost
        pages = [one for one in tree.all() if one.arguments.get("first", str(SIZES[-1])) != str(SIZES[-1])]
        one = self.dice.choice(pages or tree.children)
        if pages:
            one.arguments["first"] = str(SIZES[-1])
        else:
            one.copies = min(2 * one.copies, 40)
        return None

    def _shrink(self, tree: Selected, *, pages: bool) -> None:
        one = self.dice.choice(list(tree.all()))
        if pages and "first" in one.arguments:
            one.arguments["first"] = str(max(1, int(one.arguments["first"]) // 2))
        elif one.copies > 1:
            one.copies //= 2
        elif len(one.children) > 1 and not pages:
            one.children.remove(self.dice.choice(one.children))

    def _fill(self, selected: Selected, kind: str, depth: int) -> None:
        """Add some fields of a type to a selection."""
        fields = getattr(SCHEMA.type_map[kind], "fields", {})
        for name in self.dice.sample(list(fields), min(len(fields), self.dice.randint(1, 3))):
            arguments = self._arguments(fields[name])
            if arguments is None or (depth == 0 and is_composite_type(get_named_type(fields[name].type))):
                continue
            named = get_named_type(fields[name].type)
            child = Selected(name, named.name, arguments)
            if is_composite_type(named):
                self._fill(child, named.name, depth - 1)
                if not child.children:
                    child.children.append(Selected("__typename", "String"))
            selected.children = [one for one in selected.children if one.name != name] + [child]

    def _arguments(self, definition: GraphQLField) -> dict[str, str] | None:
        """Values of the arguments of a field; None if a required one has no value."""
        given = {}
        for name, argument in definition.args.items():
            kind: Any = get_named_type(argument.type)
            value = None
            if name == "first":
                value = str(self.dice.choice(SIZES))
            elif isinstance(kind, GraphQLEnumType) and (is_required_argument(argument) or self.dice.random() < 0.3):
                value = self.dice.choice(list(kind.values))
            elif isinstance(kind, GraphQLScalarType) and kind.name == "String" and is_required_argument(argument):
                value = orjson.dumps(TEXT[: self.dice.choice((5, 100, 1000))].strip()).decode()
            if value is not None:
                given[name] = f"[{value}]" if is_list_type(get_nullable_type(argument.type)) else value
            elif is_required_argument(argument):
                return None
        return given


def candidate(documents: Documents, kept: list[tuple[float, Selected]]) -> tuple[Selected, str, int]:
    """A document near the cap: new, or a variation of one of the worst."""
    while True:
        varies = kept and documents.dice.random() < VARIED
        tree = documents.varied(documents.dice.choice(kept)[1]) if varies else documents.new()
        for _ in range(40):
            text = tree.written(count()).strip()
            found = documents.fitted(tree, text)
            if found is not None:
                return tree, text, found


@dataclass(frozen=True)
class Target:
    """The application in this process, called over HTTP without a network."""

    client: httpx.AsyncClient

    async def measured(self, text: str, cost: int) -> Measured:
        """Send a document twice; the second time it is cached."""
        found = [await self._request(text) for _ in range(2)]
        stall, growth, seconds = (max(values) for values in zip(*found, strict=True))
        return Measured(text, cost, stall, growth, seconds)

    async def _request(self, text: str) -> tuple[float, float, float]:
        """Stall in seconds, growth in MiB, and seconds of a request."""
        gc.collect()
        forget_peak(os.getpid())
        before = resident(os.getpid()) or 0.0
        stalls = [0.0]

        async def tick() -> None:
            # CPU time of the event loop's thread: other processes of a busy machine stall nothing here.
            while True:
                began = time.thread_time()
                await asyncio.sleep(TICK_SECONDS)
                stalls.append(time.thread_time() - began)

        ticking = asyncio.create_task(tick())
        await asyncio.sleep(0)
        began = time.perf_counter()
        response = await self.client.post("/graphql", json={"query": text})
        seconds = time.perf_counter() - began
        await asyncio.sleep(2 * TICK_SECONDS)
        ticking.cancel()
        codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
        if response.status_code >= 500 and "TIMEOUT" not in codes:
            raise click.ClickException(f"the server failed on {text}")
        return max(stalls), (peak(os.getpid()) or 0.0) - before, seconds


async def search(target: Target, seconds: float, seed: int, most: int = 1_000_000) -> list[Measured]:
    """All documents tried within the time or number, worst first."""
    documents = Documents(Random(seed))  # noqa: S311 - no secrets
    kept: list[tuple[float, Selected]] = []
    found: list[Measured] = []
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and len(found) < most:
        tree, text, cost = candidate(documents, kept)
        one = await target.measured(text, cost)
        found.append(one)
        kept = sorted([*kept, (one.badness, tree)], key=lambda pair: -pair[0])[:KEPT]
        if kept[0][0] == one.badness:
            out.print(str(one))
    return sorted(found, key=lambda one: -one.badness)


async def search_on(url: str, seconds: float, seed: int) -> list[Measured]:
    """Search with a new application on a database."""
    database = Database(normalise(url))
    try:
        transport = httpx.ASGITransport(app=create_app(SETTINGS, database), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost", timeout=60) as client:
            return await search(Target(client), seconds, seed)
    finally:
        await database.dispose()


@click.command()
@click.option("--engine", "engines", multiple=True, type=click.Choice(ENGINES), help="Only this engine.")
@click.option("--minutes", default=10.0, show_default=True, help="Minutes in all.")
@click.option("--seed", default=1, show_default=True, help="Seed of chance.")
def main(engines: tuple[str, ...], minutes: float, seed: int) -> None:
    """Search for the most expensive document. Exit code 1 if one exceeds a limit."""
    cores = Cores()
    chosen = engines or ENGINES
    worst = 0.0
    for engine in chosen:
        with databases(engine, [Sizes.of(jobs) for jobs in JOBS], cores, out.print) as sites:
            for site in sites:
                found = asyncio.run(search_on(site.database_url, 60 * minutes / len(chosen) / len(JOBS), seed))
                times = [one.seconds for one in found]
                out.print(
                    f"{engine}, {site.sizes.applications:,} applications: {len(found):,} documents; the slowest took"
                    f" {max(times) / median(times):.1f} times the median of {1000 * median(times):.0f} ms"
                )
                for one in found[:3]:
                    out.print(str(one))
                worst = max(worst, found[0].badness)
    if worst > 1:
        raise click.ClickException(f"the worst document exceeds what is allowed {worst:.1f} times")


if __name__ == "__main__":
    main()
