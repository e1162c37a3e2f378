"""Memory of a server stands still, however many distinct documents come."""

import asyncio
import ctypes
import gc
import weakref
from pathlib import Path

import httpx
import pytest

from jobbot_gql.api.engine.document_cache import Guard, Limits
from jobbot_gql.schema import schema
from jobbot_gql.settings import load_settings
from jobbot_gql.web.garbage_collection import AT_LEAST_EVERY_SECONDS, Collector, resident_bytes
from tests.web.conftest import serving

FIRST_TURN, ALL = 400, 800
FIELDS = "nodes { id title company location status applications(first: 2) { nodes { id status responses { id } } } }"


def document(number: int) -> str:
    aliases = " ".join(f"a{number}x{n}: jobs(first: {n + 1}) {{ {FIELDS} }}" for n in range(8))
    return f"{{ {aliases} }}"


def resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split(maxsplit=1)[0])


@pytest.mark.process
@pytest.mark.slow
async def test_documents_that_leave_the_cache_free_their_memory(tmp_path: Path) -> None:
    """Plans and statements of a document are cycles, and old objects by the time that the document leaves the cache."""
    with serving(tmp_path, JOBBOT_MAX_CACHED_BYTES="20000000") as (server, url):
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:

            async def ask(numbers: range) -> None:
                for number in numbers:
                    answer = await client.post("/graphql", json={"query": document(number)})
                    assert answer.status_code == 200, answer.text

            await ask(range(FIRST_TURN))
            first_turn = resident(server.pid)
            await ask(range(FIRST_TURN, ALL))
            assert resident(server.pid) < 1.3 * first_turn


class Cycle:
    """An object that only the cyclic collector frees."""

    def __init__(self, size: int = 0) -> None:
        self.itself, self.held = self, b"x" * size


def old_garbage(size: int = 0) -> "weakref.ref[Cycle]":
    """A dead cycle that no collection of young objects looks at any more."""
    cycle = Cycle(size)
    gc.collect(0)
    gc.collect(1)
    return weakref.ref(cycle)


async def test_all_generations_are_collected_when_memory_has_grown() -> None:
    collector = Collector()
    collector.collect()
    collector._took = 0
    assert not collector.is_due()

    garbage = old_garbage(300 * 2**20)
    assert garbage() is not None
    assert collector.is_due()
    running = asyncio.create_task(collector.run())
    await asyncio.sleep(2)
    running.cancel()

    assert garbage() is None
    assert not collector.is_due()


def test_all_generations_are_collected_when_time_has_passed_with_work() -> None:
    collector = Collector()
    collector.collect()
    collector._ended -= AT_LEAST_EVERY_SECONDS + 1
    collector._young = int(gc.get_stats()[0]["collections"])
    assert not collector.is_due()

    gc.collect(0)
    assert collector.is_due()


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="only glibc has it")
def test_free_memory_between_live_objects_is_returned() -> None:
    blocks = [bytes(40_000) for _ in range(5_000)]
    held = resident_bytes()
    kept = blocks[::100]
    blocks.clear()
    Collector().collect()

    assert resident_bytes() < held - 150_000_000
    assert len(kept) == 50


def test_collecting_takes_a_small_share_of_the_time() -> None:
    collector = Collector()
    collector.collect()
    collector._held, collector._took = 1, 10

    assert not collector.is_due()


def test_a_parsed_document_is_no_cycle() -> None:
    limits = {f"max_{name}": getattr(load_settings({}, dotenv=None), f"max_{name}") for name in Limits._fields}
    guard = Guard(schema.graphql, Limits(*limits.values()))
    gc.disable()
    try:
        parsed = weakref.ref(guard.document(document(1)).parsed.definitions[0])
        assert parsed() is None
    finally:
        gc.enable()
