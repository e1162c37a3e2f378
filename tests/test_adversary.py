"""The search for the worst document, bounded: it finds documents near the cap, which the server answers."""

from random import Random

import pytest

from bench.adversary import NEAR_CAP, SETTINGS, Documents, Target, candidate, search
from jobbot_gql.db.database import Database
from jobbot_gql.demo import load_if_empty
from tests.conftest import api_of


def test_documents_are_near_the_cap_of_cost() -> None:
    documents = Documents(Random(3))  # noqa: S311 - no secrets
    found = [candidate(documents, []) for _ in range(3)]

    assert len({text for _, text, _ in found}) == 3
    for tree, text, cost in found:
        assert NEAR_CAP * SETTINGS.max_cost <= cost <= SETTINGS.max_cost
        assert documents.fitted(tree, text) == cost


@pytest.mark.slow
async def test_the_worst_documents_come_first(database: Database) -> None:
    await load_if_empty(database)
    async with api_of(database) as api:
        found = await search(Target(api.http), 60, seed=5, most=3)

    assert len(found) == 3
    assert found == sorted(found, key=lambda one: -one.badness)
    assert all(one.stall > 0 and one.seconds > 0 for one in found)
