"""The server is killed under write load, again and again: what it acknowledged is there, and nothing is half done."""

import asyncio
import json
import os
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from jobbot_gql.api.types.global_ids import decode
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.models import Application, Base, Change
from tests.web.serving import serving

pytestmark = pytest.mark.process

KILLS = int(os.environ.get("TEST_KILLS", "6"))
"""How often the server is killed on each engine; a release is tested with 20."""
WRITERS = 6
CLAIM = {
    "claimType": "embellishment",
    "originalExperience": "o",
    "claimedExperience": "c",
    "exaggerationMultiplier": 2.0,
}
APPLY = """mutation($title: String!, $claims: [NewExperienceClaimInput!]!, $key: String!, $job: ID!) {
  createJob(input: {title: $title, company: "Firm"}) { job { id } }
  createApplication(input: {
    jobId: $job, allowRepeat: true, repeatReason: "r", experienceClaims: $claims, idempotencyKey: $key
  }) { application { id } userErrors { message } }
}"""


class Writers:
    """Clients that apply to one job without end, each request under a key of its own."""

    def __init__(self, url: str, job: str) -> None:
        self.url = url
        self.job = job
        self.acknowledged: dict[str, int] = {}
        """The application that each key was answered with."""
        self.lost: list[str] = []
        """The keys of requests that were not answered."""

    async def write(self, keys: Any) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=30) as client:
            while True:
                key = f"key {next(keys)}"
                try:
                    await self.apply(client, key)
                except httpx.TransportError:
                    self.lost.append(key)
                    return

    async def apply(self, client: httpx.AsyncClient, key: str) -> None:
        variables = {"title": key, "key": key, "job": self.job, "claims": [CLAIM, CLAIM]}
        response = await client.post("/graphql", json={"query": APPLY, "variables": variables})
        payload = response.json()["data"]["createApplication"]
        assert payload["userErrors"] == []
        self.acknowledged[key] = decode(payload["application"]["id"])[1]


async def test_killed_under_load(database_url: str, tmp_path: Path) -> None:
    dice = random.Random(database_url)  # noqa: S311 - no secret
    keys = count()
    acknowledged: dict[str, int] = {}
    lost: list[str] = []
    job = ""
    for kill in range(KILLS):
        with serving(tmp_path / f"{kill}.log", DATABASE_URL=database_url) as server:
            async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
                if not job:
                    query = 'mutation { createJob(input: {title: "T", company: "C"}) { job { id } } }'
                    answer = (await client.post("/graphql", json={"query": query})).json()
                    job = answer["data"]["createJob"]["job"]["id"]
                writers = Writers(server.url, job)
                for key in lost:  # what was not acknowledged is sent again, whether it was done or not
                    await writers.apply(client, key)
            load = [asyncio.create_task(writers.write(keys)) for _ in range(WRITERS)]
            await asyncio.sleep(dice.uniform(0.05, 0.4))
            os.kill(server.pid, signal.SIGKILL)
            await asyncio.gather(*load)
        acknowledged |= writers.acknowledged
        lost = writers.lost
        async with opened(database_url) as rows:
            check_whole(rows, acknowledged, lost)
            check_log(rows)
    assert len(acknowledged) > KILLS


@asynccontextmanager
async def opened(database_url: str) -> AsyncIterator[dict[str, list[Any]]]:
    """Every row of every class's table, by table."""
    database = Database(normalise(database_url))
    async with database.transaction() as session:
        yield {
            mapper.local_table.description: list(
                await session.scalars(select(mapper.class_).order_by(mapper.class_.id))
            )
            for mapper in Base.registry.mappers
        }
    await database.dispose()


def check_whole(rows: dict[str, list[Any]], acknowledged: dict[str, int], lost: list[str]) -> None:
    applications: dict[int, Application] = {row.id: row for row in rows["applications"]}
    assert set(acknowledged.values()) <= applications.keys()
    assert len(set(acknowledged.values())) == len(acknowledged)
    # An application was made for each key that was answered, and perhaps for those that were not.
    assert len(acknowledged) <= len(applications) <= len(acknowledged) + len(lost)
    claims = Counter(claim.application_id for claim in rows["experience_claims"])
    events = Counter(event.application_id for event in rows["status_events"] if event.application_id)
    assert claims == dict.fromkeys(applications, 2)
    assert events == dict.fromkeys(applications, 1)
    assert {row.integrity_score for row in applications.values()} <= {100 * 0.75**2 * 0.5}


def check_log(rows: dict[str, list[Any]]) -> None:
    """The log, gone through from its beginning, gives the rows."""
    made: dict[tuple[str, int], dict[str, Any]] = {}
    changes: list[Change] = rows.pop("change_log")
    for change in changes:
        key = (change.entity, change.entity_id)
        if change.operation == "delete":
            del made[key]
        else:
            made[key] = made.get(key, {}) | (change.after or {})
    stored = {
        (type(row).__name__, row.id): {
            column.key: as_logged(getattr(row, column.key))
            for column in row.__table__.columns
            if column.info.get("logged", True)
        }
        for table in rows.values()
        for row in table
    }
    assert made == stored


def as_logged(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    # An empty list is what NULL reads as; nothing else is written here.
    return (json.dumps(value) if value else None) if isinstance(value, list) else value
