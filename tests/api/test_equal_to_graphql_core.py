"""The engine answers as graphql-core does: the same data, errors and extensions.

Random queries run through both, on sound rows and on rows that no database of ours lets in, with resolvers that fail.
`FUZZ=n` asks for n rounds of 500 queries, each round on other rows.
"""

import gc
import os
from collections.abc import Iterator
from datetime import timedelta
from random import SystemRandom
from typing import Any

import pytest
from graphql import build_schema
from hypothesis import HealthCheck, Phase, example, given, settings

from jobbot_gql.api.fields.ordering import Cursors
from jobbot_gql.api.types.entity import ENTITIES
from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.db.database import Database
from jobbot_gql.db.sql.keyset import OrderTerm
from tests.api.executors import Executors, failing, schema
from tests.api.odd_rows import EPOCH, ROWS, fill
from tests.api.operations import Operation, operations

ROUNDS = int(os.environ.get("FUZZ", "0"))
SEEDS = [SystemRandom().getrandbits(32) for _ in range(ROUNDS)] or [1]
EXAMPLES = 500 if ROUNDS else 75

NAMES = [entity.name for entity in ENTITIES.values()]
CURSORS = [
    Cursors(entity, order).write_values([*(EPOCH + timedelta(seconds=1) for _ in order[1:]), 6])
    for entity in ENTITIES.values()
    for order in (entity.order, (OrderTerm("id", descending=True),), (OrderTerm("id"),))
]
POOLS: dict[str, list[Any]] = {
    "Int": [0, 1, 2, 3, -1],
    "Float": [0.0, 0.5, -1.25],
    "String": ["a", "Acme", "", "%", "ü"],
    "Boolean": [True, False],
    "DateTime": [EPOCH.isoformat(), (EPOCH + timedelta(seconds=1)).isoformat(), "yesterday"],
    "Date": ["2026-01-01", "2026-01-02"],
    "ID": [encode(name, number) for name in NAMES for number in (1, 2, 5, 99)] + ["nonsense"],
    "databaseId": [1, 2, ROWS, 99],
    "first": [0, 1, 2, 3, 5, 250, 251],
    "last": [1, 2, 5],
    "after": [*CURSORS, "nonsense"],
    "before": CURSORS,
    "timeZone": ["UTC", "Europe/Berlin", "nonsense"],
}
QUERIES = operations(build_schema(schema.as_str()), POOLS)


@pytest.fixture(autouse=True)
def faults() -> Iterator[None]:
    """Resolvers that fail for some rows."""
    with (
        failing("Job", "salary", every=5),
        failing("Application", "timeline", every=7),
        failing("Application", "daysSinceActivity", every=4),
    ):
        yield
    gc.collect()  # what graphql-core has left unawaited complains here, and not in another test


@pytest.fixture(params=SEEDS)
async def sound(request: pytest.FixtureRequest, database: Database) -> Executors:
    """Both executors on sound rows."""
    await fill(database, request.param, odd=False)
    return Executors(database)


@pytest.fixture(params=SEEDS)
async def odd(request: pytest.FixtureRequest, database: Database) -> Executors:
    """Both executors on odd rows."""
    await fill(database, request.param, odd=True)
    return Executors(database)


# graphql-core cancels what has become useless, before it began too: these coroutines are never awaited.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in. <coroutine:pytest.PytestUnraisableExceptionWarning"),
]
compared = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not ROUNDS,
    phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if ROUNDS else [])],
    suppress_health_check=list(HealthCheck),
)


async def check(executors: Executors, asked: Operation) -> None:
    """Both answers are the same.

    Except that of several errors that make one and the same thing null, the first to happen is told, and which one
    that is depends on the database's speed.
    """
    expected = await executors.core(asked.text, asked.variables)
    found = await executors.planned(asked.text, asked.variables)
    assert found.data == expected.data
    assert found.extensions == expected.extensions
    expected_errors, found_errors = expected.by_null(), found.by_null()
    assert found_errors.keys() == expected_errors.keys()
    for place, errors in expected_errors.items():
        is_shared = place is not None and all(len(error[1]) > len(place) for error in (*errors, *found_errors[place]))
        assert found_errors[place] == errors or is_shared


@compared
@given(asked=QUERIES)
async def test_sound_rows(sound: Executors, asked: Operation) -> None:
    await check(sound, asked)


@compared
@given(asked=QUERIES)
@example(asked=Operation("{ jobs { nodes { title } pageInfo { endCursor } } }", {}))
@example(asked=Operation("{ jobs { nodes { sources(first: 251) { id } } } }", {}))
@example(asked=Operation("query Q($n: Int) { jobs { nodes { sources(first: $n) { id } } } }", {"n": 251}))
async def test_odd_rows(odd: Executors, asked: Operation) -> None:
    await check(odd, asked)
