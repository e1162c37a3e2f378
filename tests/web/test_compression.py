"""Large answers are compressed for those who ask for it."""

import gzip
import json

import httpx
import pytest

from jobbot_gql.jobs.models import Job
from jobbot_gql.web.compression import THREAD_BYTES
from tests.conftest import Api

LARGE = "{ jobs(first: 250) { nodes { title company description } } }"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("rows", [5, 250])
async def test_a_large_answer(api: Api, rows: int) -> None:
    await api.add(*(Job(title=f"Job {n}", company="Acme", description="Words. " * 100) for n in range(rows)))
    plain, compressed = [
        await raw(api, LARGE, {"Accept-Encoding": encoding}) for encoding in ("identity", "br, gzip;q=0.5")
    ]

    assert (len(plain[1]) > THREAD_BYTES) == (rows == 250)
    assert "content-encoding" not in plain[0].headers
    assert compressed[0].headers["content-encoding"] == "gzip"
    assert compressed[0].headers["vary"] == "Accept, Accept-Encoding"
    assert int(compressed[0].headers["content-length"]) == len(compressed[1]) < len(plain[1]) / 5
    assert gzip.decompress(compressed[1]) == plain[1]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("encoding", ["gzip;q=0", "br", "identity", "*"])
async def test_nobody_gets_what_they_did_not_ask_for(api: Api, encoding: str) -> None:
    await api.add(Job(title="Engineer", company="Acme", description="Words. " * 1_000))
    response, body = await raw(api, LARGE, {"Accept-Encoding": encoding})

    assert "content-encoding" not in response.headers
    assert json.loads(body)["data"]["jobs"]["nodes"][0]["title"] == "Engineer"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_small_answer_is_sent_as_it_is(api: Api) -> None:
    response, body = await raw(api, "{ __typename }", {"Accept-Encoding": "gzip"})

    assert "content-encoding" not in response.headers
    assert json.loads(body)["data"] == {"__typename": "Query"}


async def raw(api: Api, query: str, headers: dict[str, str]) -> tuple[httpx.Response, bytes]:
    """The answer, and its body as it was sent."""
    async with api.http.stream("POST", "/graphql", json={"query": query}, headers=headers) as response:
        return response, b"".join([chunk async for chunk in response.aiter_raw()])
