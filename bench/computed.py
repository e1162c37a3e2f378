"""CPU time of W8 without its computed fields, and of W9 beside W4.

`python -m bench.computed DATABASE_URL` measures on a database that `bench.dataset` has filled. The operations run in
turn in one process, so that other load on the machine affects all of them alike. The figures are medians.
"""

import asyncio
import re
import sys
from statistics import median
from time import process_time

from bench.dataset import Sizes
from bench.workloads import documents
from jobbot_gql.access.clients import LOCAL
from jobbot_gql.api.engine.context import Context, OperationRequest
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.api.engine.engine import execute
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.schema import schema
from jobbot_gql.settings import load_settings

ROUNDS = 400
TEXTS = documents("jobbot")
COMPUTED = re.compile(r" daysSinceActivity| salary \{[^}]*\}")
"""The computed fields of W8."""
PAIRS = {"W8": (TEXTS["W8"], COMPUTED.sub("", TEXTS["W8"]), 1.6), "W9": (TEXTS["W9"], TEXTS["W4"], 2.0)}
"""By name: the operation, the operation to compare it with, and the maximum ratio."""


async def ratios(database: Database, applications: int, rounds: int = ROUNDS) -> dict[str, tuple[float, float, float]]:
    """For each pair, the median CPU milliseconds of both operations, and the maximum ratio."""
    settings = load_settings(env={}, dotenv=None)
    guard = Guard(schema.graphql, Limits(*(getattr(settings, f"max_{name}") for name in Limits._fields)))
    limit = TimeLimit(60)
    measured: dict[str, list[float]] = {}
    for number in range(rounds):
        for text in dict.fromkeys(text for first, second, _ in PAIRS.values() for text in (first, second)):
            variables = {"id": number % applications + 1} if "$id" in text else {}
            context = Context(database, guard, limit, request_id="bench", client=LOCAL)
            started = process_time()
            result = await execute(schema, context, OperationRequest(text, variables))
            spent = process_time() - started
            if result.errors:
                raise ValueError(f"{text}: {result.errors}")
            measured.setdefault(text, []).append(spent)
    cost = {text: median(times[rounds // 10 :]) * 1000 for text, times in measured.items()}
    return {name: (cost[first], cost[second], most) for name, (first, second, most) in PAIRS.items()}


async def _main(url: str) -> None:
    database = Database(normalise(url))
    try:
        for name, (with_them, beside, most) in (await ratios(database, Sizes.of(2_000).applications)).items():
            ratio = with_them / beside
            print(f"{name}: {with_them:.2f} ms beside {beside:.2f} ms, {ratio:.2f}x (at most {most}x)")  # noqa: T201
    finally:
        await database.dispose()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
