"""`subscription { changes }`: every change once, in the order of the commits."""

import asyncio
from typing import Any

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.history.feed import MAX_BATCH
from jobbot_gql.models import Company
from tests.conftest import recorded
from tests.live.conftest import Serve, Server, Socket, opened
from tests.rows import new_company, new_job

CHANGES = "subscription($after: String) { changes(after: $after) { cursor upToDate changes { entity sequence } } }"


async def add(database: Database, *rows: Any) -> None:
    async with database.transaction() as session:
        session.add_all(rows)


async def test_the_first_batch_comes_at_once(server: Server, database: Database) -> None:
    await add(database, new_company())

    async with opened(server) as socket:
        await socket.subscribe(CHANGES)
        first = await socket.next()

    assert first["changes"] == []
    assert first["upToDate"] is True
    assert first["cursor"].startswith("1-")


async def test_changes_come_when_they_are_committed(server: Server, database: Database) -> None:
    async with opened(server) as socket:
        await socket.subscribe(CHANGES)
        assert (await socket.next())["cursor"] == "0"
        await add(database, new_company(), new_company(name="B"))
        both = await socket.next()
        await add(database, new_company(name="Other"))
        another = await socket.next()

    assert [change["entity"] for change in both["changes"]] == ["COMPANY", "COMPANY"]
    assert [change["sequence"] for change in another["changes"]] == [3]
    assert another["cursor"].startswith("3-")


async def test_commits_of_other_processes_are_noticed(server: Server, database: Database) -> None:
    other = Database(database.url)
    try:
        async with opened(server) as socket:
            await socket.subscribe(CHANGES)
            await socket.next()
            await add(other, new_company())
            batch = await socket.next()
    finally:
        await other.dispose()

    assert [change["entity"] for change in batch["changes"]] == ["COMPANY"]


async def test_a_subscriber_resumes_with_its_cursor(server: Server, database: Database) -> None:
    async with opened(server) as socket:
        await socket.subscribe(CHANGES)
        cursor = (await socket.next())["cursor"]
    await add(database, new_company())
    await add(database, new_company(name="Other"))

    async with opened(server) as socket:
        await socket.subscribe(CHANGES, after=cursor)
        missed = await socket.next()
        await socket.subscribe(CHANGES, "2", after="0")
        everything = await socket.next()

    assert [change["sequence"] for change in missed["changes"]] == [1, 2]
    assert everything == missed


async def test_a_batch_ends_with_a_transaction(server: Server, database: Database) -> None:
    await add(database, new_company(name="1"))
    await add(database, *(new_company(name=str(number)) for number in range(5)))
    await add(database, new_company(name="last"))
    query = 'subscription { changes(after: "0", first: 2) { upToDate changes { sequence transaction } } }'

    async with opened(server) as socket:
        await socket.subscribe(query)
        first, second = await socket.next(), await socket.next()

    assert [change["sequence"] for change in first["changes"]] == [1, 2, 3, 4, 5, 6]
    assert first["upToDate"] is False
    assert [change["sequence"] for change in second["changes"]] == [7]
    assert second["upToDate"] is True


async def test_a_long_transaction_is_split(server: Server, database: Database) -> None:
    await add(database, *(new_company(name=str(number)) for number in range(MAX_BATCH + 5)))
    query = 'subscription { changes(after: "0", first: 2) { upToDate changes { sequence } } }'

    async with opened(server) as socket:
        await socket.subscribe(query)
        sizes = [len((await socket.next())["changes"]) for _ in range(2)]

    assert sizes == [MAX_BATCH, 5]


async def test_filters(server: Server, database: Database) -> None:
    kept, other = new_company(name="kept"), new_company(name="other")
    await add(database, kept, other)
    query = """subscription($ids: [ID!], $entities: [EntityType!], $operations: [ChangeOperation!]) {
        changes(ids: $ids, entities: $entities, operations: $operations) { changes { entity operation entityId } } }"""
    kept_id = "Q29tcGFueTox"

    async with opened(server) as socket:
        await socket.subscribe(query, "ids", ids=[kept_id])
        await socket.subscribe(query, "entities", entities=["JOB"])
        await socket.subscribe(query, "operations", operations=["DELETE"])
        for _ in range(3):
            await socket.next()
        async with database.transaction() as session:
            session.add(new_job())
            (await session.get_one(Company, other.id)).industry = "changed"
            await session.delete(await session.get_one(Company, kept.id))
        batches = {message["id"]: message for message in [await socket.message() for _ in range(3)]}

    found = {
        name: [
            (change["entity"], change["operation"], change["entityId"])
            for change in message["payload"]["data"]["changes"]["changes"]
        ]
        for name, message in batches.items()
    }
    assert found == {
        "ids": [("COMPANY", "DELETE", kept_id)],
        "entities": [("JOB", "CREATE", "Sm9iOjE")],
        "operations": [("COMPANY", "DELETE", kept_id)],
    }


async def test_what_does_not_concern_a_subscriber_is_not_executed(server: Server, database: Database) -> None:
    async with opened(server) as socket:
        await socket.subscribe("subscription { changes(entities: [JOB]) { cursor changes { sequence } } }")
        await socket.next()
        with recorded(database) as statements:
            await add(database, new_company())
            assert await socket.is_quiet()
        assert [sql for sql in statements if "FROM change_log" in sql and "after" not in sql.partition("FROM")[0]] == []
        await add(database, new_job())
        assert (await socket.next())["changes"] == [{"sequence": 2}]


async def test_subscribers_of_the_same_share_each_execution(server: Server, database: Database) -> None:
    async def subscribed(socket: Socket, number: int) -> None:
        await socket.subscribe(CHANGES, str(number))
        await socket.next()

    async with opened(server) as socket, opened(server) as other:
        for number in range(8):
            await subscribed(socket, number)
            await subscribed(other, number)
        with recorded(database) as statements:
            await add(database, new_company())
            batches = [await each.next() for each in (socket, other) for _ in range(8)]

    assert all(batch == batches[0] for batch in batches)
    reads = [sql for sql in statements if "FROM change_log" in sql and "max(" in sql]
    assert len([sql for sql in reads if "after" not in sql.partition("FROM")[0]]) == 1  # all others are the follower's


@pytest.mark.parametrize(
    ("argument", "code", "message"),
    [
        ('after: "x"', "BAD_REQUEST", "after: 'x' is not a cursor of the change log."),
        ('after: "7-0123abcd"', "RESYNC_REQUIRED", "after: 7-0123abcd is not a position in this change log"),
        ("first: 0", "BAD_REQUEST", "first must be 1 to 1,000; got 0."),
        ('ids: ["x"]', "BAD_REQUEST", "'x' is not a global id"),
    ],
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_what_cannot_begin_is_an_error(server: Server, argument: str, code: str, message: str) -> None:
    async with opened(server) as socket:
        await socket.subscribe(f"subscription {{ changes({argument}) {{ cursor }} }}")
        answer = await socket.message()

    assert answer["type"] == "error", answer
    (error,) = answer["payload"]
    assert error["extensions"]["code"] == code
    assert message in error["message"]


async def test_a_restored_database_is_noticed(server: Server, database: Database) -> None:
    await add(database, new_company(), new_company(name="Other"))
    async with opened(server) as socket:
        await socket.subscribe(CHANGES)
        await socket.next()
        async with database.transaction() as session:  # as if an older copy were served, and had gone on
            await session.send("UPDATE change_log SET request_id = 'other' WHERE sequence = 2")
            session.add(new_job())
        answer = await socket.message()

    assert [error["extensions"]["code"] for error in answer["payload"]["errors"]] == ["RESYNC_REQUIRED"]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_limits(serve: Serve, database: Database) -> None:
    limits = {"JOBBOT_MAX_SUBSCRIPTIONS_PER_CONNECTION": "2", "JOBBOT_MAX_SUBSCRIPTIONS": "3"}
    async with serve(**limits) as server, opened(server) as socket, opened(server) as other:
        for name in "ab":
            await socket.subscribe(CHANGES, name)
            await socket.next()
        await socket.subscribe(CHANGES, "c")
        assert (await socket.message())["payload"][0]["extensions"] == {"code": "TOO_MANY_SUBSCRIPTIONS"}
        await other.subscribe(CHANGES, "a")
        await other.next()
        await other.subscribe(CHANGES, "b")
        assert (await other.message())["type"] == "error"
        await socket.complete("a")
        await asyncio.sleep(0.2)
        await other.subscribe(CHANGES, "c")
        assert (await other.next())["changes"] == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_subscription_is_completed_after_its_time(serve: Serve, database: Database) -> None:
    async with serve(JOBBOT_SUBSCRIPTION_SECONDS="0.3") as server, opened(server) as socket:
        await socket.subscribe(CHANGES)
        await socket.next()
        assert await socket.message() == {"id": "1", "type": "complete"}


async def test_nothing_is_missed_while_many_write(server: Server, database: Database) -> None:
    async def write(number: int) -> None:
        for job in range(10):
            await add(database, new_job(title=f"{number}-{job}"), Company(name=f"{number}-{job}"))

    async with opened(server) as socket:
        await socket.subscribe("subscription { changes(entities: [JOB], first: 3) { changes { sequence } } }")
        await socket.next()
        writing = asyncio.gather(*(write(number) for number in range(4)))
        found: list[int] = []
        while len(found) < 40:
            found += [change["sequence"] for change in (await socket.next())["changes"]]
        await writing
        assert await socket.is_quiet()

    async with database.reader.connect() as connection:
        rows = await connection.exec_driver_sql("SELECT sequence FROM change_log WHERE entity = 'Job' ORDER BY 1")
        assert found == list(rows.scalars())


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_a_lost_connection_is_replaced(server: Server, database: Database) -> None:
    async with opened(server) as socket:
        await socket.subscribe(CHANGES)
        await socket.next()
        await add(database, new_company(name="before"))
        await socket.next()
        async with database.reader.connect() as connection:
            killed = await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
            )
            assert len(killed.all()) == 1
        for name in ("at once", "later"):
            await add(database, new_company(name=name))
            assert len((await socket.next())["changes"]) == 1
