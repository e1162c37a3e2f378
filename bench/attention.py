"""Latency of `attention`: all of its lists and totals, in one request.

`python -m bench.attention DATABASE_URL` measures on a database that `bench.dataset` has filled, after adding status
events, interviews, deadlines and follow-ups. The figures are medians.
"""

import asyncio
import sys
from statistics import median
from time import perf_counter, process_time

from sqlalchemy import text

from bench.dataset import NOW
from jobbot_gql.access.clients import LOCAL
from jobbot_gql.api.engine.context import Context, OperationRequest
from jobbot_gql.api.engine.deadline import TimeLimit
from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.api.engine.engine import execute
from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.attention.sections import SECTIONS
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.schema import schema
from jobbot_gql.settings import load_settings

ROUNDS = 60
LISTS = {to_camel_case(name): f"{to_camel_case(name)} {{ totalCount nodes {{ id }} }}" for name in SECTIONS}
AS_OF = NOW.isoformat()


async def add_rows(database: Database) -> None:
    """Add two status events to each application, and interviews, deadlines and follow-ups, if there are none."""
    is_sqlite = database.dialect == "sqlite"

    def later(time: str, days: str) -> str:
        if is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f000', {time}, ({days}) || ' days')"
        return f"{time} + ({days}) * interval '1 day'"

    day = "date(application_date)" if is_sqlite else "application_date::date"
    deadline = (
        f"date('{NOW.date()}', (id % 400 - 200) || ' days')" if is_sqlite else f"date '{NOW.date()}' + id % 400 - 200"
    )
    statements = [
        "INSERT INTO status_events (application_id, to_status, occurred_at)"
        " SELECT id, 'submitted', application_date FROM applications",
        "INSERT INTO status_events (application_id, from_status, to_status, occurred_at)"  # noqa: S608 - our own
        f" SELECT id, 'submitted', 'acknowledged', {later('application_date', 'id % 9')} FROM applications",
        "INSERT INTO interviews (application_id, starts_at, status)"  # noqa: S608 - our own
        f" SELECT id, {later('application_date', '14')}, 'scheduled' FROM applications WHERE id % 10 = 0",
        "INSERT INTO follow_ups (application_id, step, due_on, status)"  # noqa: S608 - our own
        f" SELECT id, 1, {day}, 'completed' FROM applications WHERE id % 20 = 0",
        f"UPDATE jobs SET application_deadline = {deadline}",  # noqa: S608 - our own
        "ANALYZE",
    ]
    async with database.writer.begin() as connection:
        if not await connection.scalar(text("SELECT count(*) FROM status_events")):
            for statement in statements:
                await connection.execute(text(statement))


async def milliseconds(database: Database, selection: str, rounds: int = ROUNDS) -> tuple[float, float]:
    """Median time, and CPU time of this process, of a request with the lists."""
    settings = load_settings(env={}, dotenv=None)
    guard = Guard(schema.graphql, Limits.of(settings))
    times = []
    for _ in range(rounds):
        context = Context(database, guard, TimeLimit(60), request_id="bench", client=LOCAL)
        started = perf_counter(), process_time()
        result = await execute(
            schema, context, OperationRequest(f'{{ attention(asOf: "{AS_OF}") {{ {selection} }} }}', {})
        )
        times.append((perf_counter() - started[0], process_time() - started[1]))
        if result.errors:
            raise ValueError(result.errors)
    wall, cpu = (median(part) * 1000 for part in zip(*times[rounds // 10 :], strict=True))
    return wall, cpu


async def _main(url: str) -> None:
    database = Database(normalise(url))
    try:
        await add_rows(database)
        for name, selection in {**LISTS, "all lists": " ".join(LISTS.values())}.items():
            wall, cpu = await milliseconds(database, selection)
            print(f"{name}: {wall:.1f} ms, CPU {cpu:.1f} ms")  # noqa: T201
    finally:
        await database.dispose()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
