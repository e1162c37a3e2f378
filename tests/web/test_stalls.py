"""What is accepted and takes long does not keep others waiting: the event loop goes on meanwhile."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import perf_counter

import pytest

from tests.conftest import Api

STALL_SECONDS = 2.0
"""A stall that a busy machine may cause by itself; 0.02 s is usual."""
LENGTH = 20_000


@asynccontextmanager
async def no_stall() -> AsyncIterator[None]:
    """Hold that the event loop is never held up for most of the block.

    What earlier tests have left on the heap is not collected meanwhile: in a server, full collections run apart from
    operations.
    """
    gc.collect()
    gc.freeze()
    longest, started = 0.0, perf_counter()

    async def tick() -> None:
        nonlocal longest
        while True:
            began = perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, perf_counter() - began)

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)
    yield
    await asyncio.sleep(0.01)
    ticking.cancel()
    gc.unfreeze()
    assert longest < max(STALL_SECONDS, (perf_counter() - started) / 2)


def units(word: str) -> str:
    """A text of numbers with a unit of its own each."""
    names = (f"{chr(97 + n // 676 % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}" for n in range(LENGTH))
    return " ".join(f"{n % 9 + 1} {word}{name}" for n, name in enumerate(names))[:LENGTH]


CHECKS = "query($a: String!, $b: String!) {{ {} }}"
CHECK = "c{}: checkClaims(original: $a, claimed: $b) {{ proposedMultiplier }}"


async def test_claims_are_checked_beside_the_event_loop(api: Api) -> None:
    texts = {"a": units("x"), "b": units("y")}
    checks = CHECKS.format(" ".join(CHECK.format(n) for n in range(4)))

    await api.data(checks, {"a": "1 dog", "b": "2 dogs"})
    async with no_stall():
        data = await api.data(checks, texts)

    assert data == {f"c{n}": {"proposedMultiplier": 1.0} for n in range(4)}


async def test_checking_claims_costs_one_for_each_character(api: Api) -> None:
    texts = {"a": units("x"), "b": units("y")}
    answer = await api.answer(CHECKS.format(" ".join(CHECK.format(n) for n in range(50))), texts)
    (error,) = answer["errors"]
    assert error["extensions"] == {
        "code": "QUERY_TOO_COMPLEX",
        "limit": "cost",
        "value": 50 * (2 * LENGTH + 2),
        "cap": 200_000,
    }

    for query in (
        '{ checkClaims(original: "1 dog", claimed: "22 dogs") { proposedMultiplier } }',
        'query($a: String! = "1 dog") { checkClaims(original: $a, claimed: "22 dogs") { proposedMultiplier } }',
    ):
        for _ in range(2):  # on graphql-core's path, and as a document that is known
            assert (await api.answer(query))["extensions"]["cost"]["value"] == len("1 dog22 dogs") + 2


async def test_a_multiplier_of_endless_digits_stays_a_number(api: Api) -> None:
    for original, claimed in (
        ("1 dog", f"{'9' * 400} dogs"),
        (f"{'9' * 400} dogs", "1 dog"),
        ("1 dog", f"{10**9} dogs"),
    ):
        query = CHECKS.format(CHECK.format(0))
        found = (await api.data(query, {"a": original, "b": claimed}))["c0"]["proposedMultiplier"]
        assert 0 <= found <= 1_000_000


WORDS = [f"word{n}" for n in range(20)]


PHRASE = "a " * 116 + "a"
OTHER_WORDS = "b and wor wordy some other words " * 4_500
ALMOST_PHRASES = ("a " * 115 + "b ") * 700
"""What takes an expression that goes back longest: it is tried from each word of each part."""


@pytest.mark.parametrize(
    ("query", "rest"), [(" ".join(WORDS), OTHER_WORDS), (f'"{PHRASE}"', ALMOST_PHRASES)], ids=["words", "phrase"]
)
async def test_snippets_are_made_beside_the_event_loop(api: Api, query: str, rest: str) -> None:
    text = f"{' '.join(WORDS)} {PHRASE} " * 5 + rest
    assert len(text) > 150_000
    texts = {"description": text, "requirements": text}
    jobs = [{"title": "Engineer", "company": "Acme", **texts} for _ in range(3)]
    for _ in range(10):
        await api.mutate("createJobs", "results { userErrors { code } }", items=jobs)

    async with no_stall():
        hits = (await api.data("query($q: String!) { search(query: $q, first: 100) { snippet } }", {"q": query}))[
            "search"
        ]

    assert len(hits) == 30
    assert all("<mark>" in hit["snippet"] for hit in hits)
