"""What the cache says that it holds is what it holds, roughly: measured with tracemalloc on small figures."""

import gc
import tracemalloc
from collections.abc import AsyncIterator, Iterator

import orjson
import pytest

from bench.memory import documents, one_document
from jobbot_gql.byte_cache import CACHE, ENTRY_BYTES, ByteCache
from jobbot_gql.db.database import Database
from jobbot_gql.demo import load_if_empty
from tests.conftest import Api, api_of


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """The cache without what other tests left there, which would be evicted during a measurement."""
    bound = CACHE.max_bytes
    CACHE.resize(0)
    CACHE.resize(bound)
    yield
    CACHE.resize(bound)


@pytest.fixture
async def demo(database: Database, empty_cache: None) -> AsyncIterator[Api]:
    """The application on the demo data."""
    await load_if_empty(database)
    async with api_of(database) as api:
        yield api


async def grown_by(api: Api, bodies: list[bytes]) -> tuple[int, int]:
    """By how many bytes memory grows with requests, and the cache by its own account."""
    gc.collect()
    held = CACHE.bytes
    tracemalloc.start()
    try:
        for body in bodies:
            answer = await api.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
            assert answer.status_code == 200
        gc.collect()
        return tracemalloc.get_traced_memory()[0], CACHE.bytes - held
    finally:
        tracemalloc.stop()


async def test_distinct_documents_take_what_the_cache_says(demo: Api) -> None:
    texts = [text for number, text in enumerate(documents(80)) if number % 8 < 5]
    bodies = [orjson.dumps({"query": text}) for text in texts]
    for body in bodies[:15]:  # what is made once
        await demo.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    grown, told = await grown_by(demo, bodies[15:])

    assert grown <= 1.3 * told


async def test_the_lists_of_one_document_take_what_the_cache_says(demo: Api) -> None:
    bodies = list(one_document(8))
    for body in bodies[:2]:
        await demo.http.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    grown, told = await grown_by(demo, bodies[2:])

    assert grown <= 1.3 * told


async def test_the_lists_of_one_document_stay_within_the_bound(demo: Api) -> None:
    CACHE.resize(600_000)
    bodies = list(one_document(8))

    await grown_by(demo, bodies)

    assert 400_000 < CACHE.bytes <= CACHE.max_bytes
    assert sum(CACHE.bytes_by_kind.values()) == CACHE.bytes


def test_the_least_recently_used_entries_are_evicted() -> None:
    dropped: list[str] = []
    cache = ByteCache(3 * (ENTRY_BYTES + 10))
    for name in ("a", "b", "c"):
        assert cache.put(name, name.upper(), 10, "letters", lambda name=name: dropped.append(name))  # type: ignore[misc]
    assert cache.get("a") == "A"

    assert cache.put("d", "D", 20, "others")

    assert dropped == ["b", "c"]
    assert [cache.get(name) for name in "abcd"] == ["A", None, None, "D"]
    assert cache.bytes_by_kind == {"letters": ENTRY_BYTES + 10, "others": ENTRY_BYTES + 20}
    assert not cache.put("e", "E", cache.max_bytes, "others")
    assert len(cache) == 2


def test_a_smaller_bound_evicts_at_once() -> None:
    cache = ByteCache(10_000)
    for name in "abc":
        cache.put(name, name, 10, "letters")

    cache.resize(2 * (ENTRY_BYTES + 10))

    assert [cache.get(name) for name in "abc"] == [None, "b", "c"]
    assert cache.bytes == cache.max_bytes
