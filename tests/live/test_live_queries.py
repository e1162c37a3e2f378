"""`subscription { live { … } }`: the answer to any query, at once and whenever it changes."""

import asyncio
import random
from typing import Any

import httpx
import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.models import Application, Company, Job, Reference
from tests.access.conftest import Make, make
from tests.conftest import recorded
from tests.live.conftest import Serve, Server, Socket, opened
from tests.rows import new_company, new_job, new_reference

__all__ = ["make"]

JOBS = "subscription { live(minIntervalMs: 20) { jobs { totalCount nodes { title } } } }"


async def add(database: Database, *rows: Any) -> None:
    async with database.transaction() as session:
        session.add_all(rows)


async def settled(socket: Socket) -> None:
    """Wait until the first answer was looked at once more."""
    assert await socket.is_quiet(0.3)


async def test_the_answer_comes_at_once_and_when_it_changes(server: Server, database: Database) -> None:
    async with opened(server) as socket:
        await socket.subscribe(JOBS)
        first = await socket.next("live")
        await add(database, new_job(title="One"))
        second = await socket.next("live")
        await add(database, new_job(title="Two"))
        third = await socket.next("live")

    assert first == {"jobs": {"totalCount": 0, "nodes": []}}
    assert second == {"jobs": {"totalCount": 1, "nodes": [{"title": "One"}]}}
    assert third["jobs"]["totalCount"] == 2


async def test_commits_that_cannot_change_the_answer_cause_no_execution(server: Server, database: Database) -> None:
    job = new_job()
    await add(database, job, new_reference())
    async with opened(server) as socket:
        await socket.subscribe(JOBS)
        await socket.next("live")
        await settled(socket)
        with recorded(database) as statements:
            async with database.transaction() as session:
                session.add(new_company())
                (await session.get_one(Job, job.id)).benefits = "not selected"
                (await session.get_one(Reference, 1)).company = "Acme"
            assert await socket.is_quiet(0.7)
        assert not [sql for sql in statements if "FROM jobs" in sql and "count" in sql.lower()]
        async with database.transaction() as session:
            (await session.get_one(Job, job.id)).title = "selected"
        assert (await socket.next("live"))["jobs"]["nodes"] == [{"title": "selected"}]


async def test_equal_answers_are_not_sent(server: Server, database: Database) -> None:
    async with opened(server) as socket:
        await socket.subscribe('subscription { live { jobs(filter: {title: {eq: "Wanted"}}) { totalCount } } }')
        await socket.next("live")
        await add(database, new_job(title="Other"))
        assert await socket.is_quiet(1)


async def test_subscribers_of_the_same_share_each_execution(server: Server, database: Database) -> None:
    async with opened(server) as socket:
        for name in "abcdef":
            await socket.subscribe(JOBS, name)
            await socket.next("live")
        await settled(socket)
        with recorded(database) as statements:
            await add(database, new_job())
            answers = [await socket.next("live") for _ in range(6)]

    assert all(answer == answers[0] for answer in answers)
    assert len([sql for sql in statements if sql.startswith("SELECT count")]) <= 1


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_minimum_time_between_executions(server: Server, database: Database) -> None:
    async with opened(server) as socket:
        await socket.subscribe("subscription { live(minIntervalMs: 2000) { jobs { totalCount } } }")
        await socket.next("live")
        for number in range(5):
            await add(database, new_job(title=str(number)))
        assert await socket.is_quiet(0.5)
        assert await socket.next("live") == {"jobs": {"totalCount": 5}}


QUERIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "planned": ("", "jobs(first: 2, orderBy: [{field: TITLE}]) { totalCount nodes { title salary { min } } }", {}),
    "fragments": ("$first: Int!, $title: Boolean = true", "jobs(first: $first) { ...Page }", {"first": 1}),
    "error": ("", "jobs(first: 251) { totalCount }", {}),
    "expensive": ("", "jobs(first: 250) { nodes { applications(first: 250) { nodes { job { title } } } } }", {}),
    "schema": ("", "__schema { queryType { name } }", {}),
}
FRAGMENTS = (
    "fragment Page on JobConnection { nodes { ...Some } } fragment Some on Job { id title @include(if: $title) }"
)


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_answer_is_that_of_the_query_alone(serve: Serve, database: Database, name: str) -> None:
    await add(database, *(new_job(title=f"Job {number}") for number in range(3)))
    definitions, selection, variables = QUERIES[name]
    fragments = FRAGMENTS if "..." in selection else ""
    query = f"query{f'({definitions})' if definitions else ''} {{ {selection} }} {fragments}"
    live = f"subscription{f'({definitions})' if definitions else ''} {{ live {{ {selection} }} }} {fragments}"

    async with serve(JOBBOT_MAX_COST="60000") as server:
        async with httpx.AsyncClient() as client:
            sent = {"query": query, "variables": variables}
            alone = (await client.post(f"{server.url}/graphql", json=sent)).json()
        async with opened(server) as socket:
            await socket.subscribe(live, **variables)
            message = await socket.message()

    if alone.get("data") is not None:
        assert message["payload"]["data"]["live"] == alone["data"]
    else:
        assert message["type"] == "error"
        found = [(error["message"], error["extensions"]) for error in message["payload"]]
        assert found == [(error["message"], error["extensions"]) for error in alone["errors"]]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("subscription { live(minIntervalMs: 5) { __typename } }", "minIntervalMs must be 20 to 60,000; got 5."),
        ("subscription { a: live { __typename } b: live { __typename } }", "Anonymous Subscription must select only"),
    ],
)
async def test_what_cannot_begin_is_an_error(server: Server, query: str, message: str) -> None:
    async with opened(server) as socket:
        await socket.subscribe(query)
        answer = await socket.message()

    assert answer["type"] == "error"
    assert message in answer["payload"][0]["message"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_viewer_is_each_subscriber(serve: Serve, database: Database, make: Make) -> None:
    query = "subscription { live { viewer { name } } }"
    async with (
        serve(JOBBOT_REQUIRE_TOKEN="yes") as server,
        opened(server, await make("one", "read")) as one,
        opened(server, await make("two", "read")) as two,
    ):
        await one.subscribe(query)
        await two.subscribe(query)
        assert (await one.next("live"), await two.next("live")) == (
            {"viewer": {"name": "one"}},
            {"viewer": {"name": "two"}},
        )


DOCUMENTS = (
    "jobs(first: 5, orderBy: [{field: TITLE}]) { totalCount nodes { title applications { totalCount } } }",
    "jobs(filter: {status: {eq: APPLIED}}) { nodes { id applications(first: 2) { nodes { status } } } }",
    "applications { nodes { job { title company } daysSinceActivity statusEvents { toStatus } } }",
    "jobs { groupBy(by: [COMPANY]) { count } }",
    'companies(filter: {name: {contains: "a"}}) { nodes { name } }',
)


@pytest.mark.slow
async def test_a_live_answer_equals_a_fresh_one_after_random_commits(server: Server, database: Database) -> None:
    rng = random.Random(7)  # noqa: S311 - no secret

    async def write() -> None:
        async with database.transaction() as session:
            jobs = [row.id for row in (await session.execute(Job.__table__.select())).all()]
            choice = rng.randrange(5)
            if choice == 0 or not jobs:
                session.add(new_job(title=rng.choice("abc"), company=rng.choice("xyz")))
            elif choice == 1:
                session.add(Application(job_id=rng.choice(jobs)))
            elif choice == 2:
                (await session.get_one(Job, rng.choice(jobs))).title = rng.choice("abc")
            elif choice == 3:
                session.add(Company(name=rng.choice(["Acme", "Bcme", "zzz"])))
            else:
                await session.delete(await session.get_one(Job, rng.choice(jobs)))

    async with httpx.AsyncClient() as client, opened(server) as socket:
        seen: dict[str, Any] = {}
        for number, document in enumerate(DOCUMENTS):
            await socket.subscribe(f"subscription {{ live(minIntervalMs: 20) {{ {document} }} }}", str(number))
        for _ in range(8):
            for _ in range(5):
                await write()
            await asyncio.sleep(0)
            while True:
                try:
                    message = await asyncio.wait_for(socket.message(), 1.0)
                except TimeoutError:
                    break
                seen[message["id"]] = message["payload"]["data"]["live"]
            for number, document in enumerate(DOCUMENTS):
                fresh = await client.post(f"{server.url}/graphql", json={"query": f"{{ {document} }}"})
                assert seen[str(number)] == fresh.json()["data"], document
