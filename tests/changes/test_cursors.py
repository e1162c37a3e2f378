"""Cursors of the change log: what they are made of, when they are rejected, and where transactions end."""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.db.triggers import change_log
from jobbot_gql.models import Change, Job
from tests.conftest import Api
from tests.db.looking import sql
from tests.rows import new_job, new_reference

READ = """query Read($after: String, $first: Int = 250) {
  changes(after: $after, first: $first) {
    nodes { sequence cursor transaction } newestCursor endsTransaction pageInfo { startCursor endCursor }
  }
}"""


async def add(api: Api, *titles: str) -> None:
    """Add jobs in one transaction."""
    await api.add(*(Job(title=title, company="C") for title in titles))


async def read(api: Api, after: str | None = None, **arguments: Any) -> dict[str, Any]:
    """A part of the feed."""
    part: dict[str, Any] = (await api.data(READ, {"after": after, **arguments}))["changes"]
    return part


async def rejected(api: Api, after: str) -> str:
    """The newest cursor that comes with the rejection of a cursor."""
    answer = await api.answer(READ, {"after": after})
    (error,) = answer["errors"]
    newest: str = error["extensions"].pop("newestCursor")
    assert error["extensions"] == {"code": "RESYNC_REQUIRED"}
    assert error["message"] == (
        f"after: {after} is not a position in this change log, whose newest cursor is {newest}: the database was"
        " restored or replaced. Read all rows again with `newestCursor` in one operation, and continue from that."
    )
    assert answer["data"] is None
    return newest


async def test_a_cursor_is_the_sequence_and_a_digest_of_the_row(api: Api) -> None:
    """Of exactly these six values, so that readers may keep cursors from one version of the server to the next."""
    async with api.database.transaction(request_id="réquest") as session:
        session.add(new_job())
    await sql(api.database.url, "UPDATE jobs SET title = 'C'")
    async with api.database.transaction() as session:
        rows = list(await session.scalars(select(Change).order_by(Change.id)))

    expected = []
    for row in rows:
        at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
        values = [row.sequence, at, row.entity, row.entity_id, row.operation.value, row.request_id]
        digest = sha256(json.dumps(values, separators=(",", ":")).encode()).hexdigest()
        expected.append(f"{row.sequence}-{digest[:8]}")
    part = await read(api)
    assert [one["cursor"] for one in part["nodes"]] == expected
    assert [row.request_id for row in rows] == ["réquest", None]
    assert part["newestCursor"] == part["pageInfo"]["endCursor"] == expected[-1]
    assert part["pageInfo"]["startCursor"] == expected[0]


async def test_purging_changes_no_cursor(api: Api) -> None:
    await add(api, "One", "Two")
    before = [one["cursor"] for one in (await read(api))["nodes"]]

    await api.mutate("purge", "changeCount", id=encode("Job", 1))

    after = [one["cursor"] for one in (await read(api))["nodes"]]
    assert after[:2] == before
    assert len((await read(api, before[0]))["nodes"]) == len(after) - 1


async def test_a_cursor_of_another_log_is_rejected(api: Api) -> None:
    """Same sequence, another change: every one of the six values tells them apart."""
    async with api.database.transaction(request_id="r-1") as session:
        session.add(new_job())
    await add(api, "Two", "Three")
    second = (await read(api))["nodes"][1]["cursor"]
    newest = (await read(api))["newestCursor"]
    assert len((await read(api, second))["nodes"]) == 1

    for other in (
        {"at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)},
        {"entity": "COMPANY"},
        {"entity_id": 102},
        {"operation": "update"},
        {"request_id": "other"},
    ):
        async with api.database.transaction() as session:
            change = (await session.scalars(select(Change).where(Change.id == 2))).one()
            same = {name: getattr(change, name) for name in other}
            await session.execute(update(Change).where(Change.id == 2).values(other))
        assert await rejected(api, second) == newest
        async with api.database.transaction() as session:
            await session.execute(update(Change).where(Change.id == 2).values(same))
        assert len((await read(api, second))["nodes"]) == 1


async def test_a_cursor_whose_change_is_gone_is_rejected(api: Api) -> None:
    await add(api, "One", "Two", "Three")
    cursors = [one["cursor"] for one in (await read(api))["nodes"]]
    await sql(api.database.url, "DELETE FROM change_log WHERE sequence = 2")
    assert await rejected(api, cursors[1]) == cursors[2]
    assert len((await read(api, cursors[0]))["nodes"]) == 1

    await sql(api.database.url, "DELETE FROM change_log WHERE sequence = 3")
    assert await rejected(api, cursors[2]) == cursors[0]
    await sql(api.database.url, "DELETE FROM change_log")
    assert await rejected(api, cursors[0]) == "0"
    assert await rejected(api, "0-00000000") == "0"


async def test_plain_numbers_are_accepted_unless_they_are_ahead(api: Api) -> None:
    await add(api, "One", "Two", "Three", "Four")
    cursors = [one["cursor"] for one in (await read(api))["nodes"]]
    await sql(api.database.url, "DELETE FROM change_log WHERE sequence = 1 OR sequence = 3")

    assert [one["cursor"] for one in (await read(api, "2"))["nodes"]] == [cursors[3]]
    assert (await read(api, "4"))["pageInfo"] == {"startCursor": cursors[3], "endCursor": cursors[3]}
    assert (await read(api, "0004"))["nodes"] == []
    # A number of a change that is not there: what is handed out is the cursor in front of it.
    assert (await read(api, "3", first=0))["pageInfo"] == {"startCursor": cursors[1], "endCursor": cursors[1]}
    assert (await read(api, "1", first=0))["pageInfo"] == {"startCursor": "0", "endCursor": "0"}
    assert await rejected(api, "5") == cursors[3]
    assert await rejected(api, "9" * 18) == cursors[3]
    await sql(api.database.url, "DELETE FROM change_log")
    assert await rejected(api, "1") == "0"
    assert (await read(api, "0"))["nodes"] == []


async def test_verifying_takes_no_statement_of_its_own(api: Api) -> None:
    await add(api, "One", "Two", "Three")
    cursor = (await read(api))["nodes"][0]["cursor"]
    for after in (None, "0", "1", cursor):
        await api.data("query($after: String) { changes(after: $after) { nodes { id } } }", {"after": after})
        assert len(api.statements) == 1
        await read(api, after)
        assert len(api.statements) == 2  # with the newest cursor


async def test_each_change_names_its_transaction(api: Api) -> None:
    """By the sequence of the first change in it, on both engines."""
    await add(api, "One", "Two")
    await api.mutate("createJob", "job { id }", title="Three", company="C")
    await api.mutate(
        "createJobs", "results { job { id } }", items=[{"title": title, "company": "C"} for title in "abc"]
    )
    await api.add(new_reference())

    nodes = (await read(api))["nodes"]
    groups: dict[int, list[int]] = {}
    for one in nodes:
        groups.setdefault(one["transaction"], []).append(one["sequence"])
    assert len(groups) == 4
    assert all(sequences[0] == number for number, sequences in groups.items())
    assert [len(sequences) for sequences in groups.values()] == [
        2,
        2,
        6,
        1,
    ]  # a job that a mutation adds begins its history


async def test_changes_taken_back_do_not_name_the_transaction(api: Api) -> None:
    async with api.database.transaction() as session:
        session.add(new_job())
        await session.flush()
        savepoint = await session.begin_nested()
        session.add(Job(title="X", company="B"))
        await change_log.flush_log(session)
        await savepoint.rollback()
        session.add(Job(title="B", company="B"))
    async with api.database.transaction() as session:
        savepoint = await session.begin_nested()
        session.add(Job(title="Y", company="B"))
        await change_log.flush_log(session)
        await savepoint.rollback()
        session.add_all([Job(title="C", company="B"), Job(title="D", company="B")])

    first, second, third, fourth = (await read(api))["nodes"]
    assert first["transaction"] == second["transaction"] == first["sequence"]
    assert third["transaction"] == fourth["transaction"] == third["sequence"]


async def test_transactions_of_other_programs(api: Api) -> None:
    """PostgreSQL's triggers know them. SQLite's cannot: the change says so."""
    add_one = "INSERT INTO jobs (title, company) VALUES ('A', 'B')"
    await sql(api.database.url, add_one, add_one)
    await sql(api.database.url, add_one)
    await add(api, "Ours")

    nodes = (await read(api))["nodes"]
    assert [one["transaction"] for one in nodes] == ([None] * 3 + [4] if api.database.url.is_sqlite else [1, 1, 3, 4])
    ends = [(await read(api, first=n))["endsTransaction"] for n in (1, 2, 3, 4)]
    assert ends == ([False, False, True, True] if api.database.url.is_sqlite else [False, True, True, True])


async def test_a_part_tells_whether_it_ends_with_a_transaction(api: Api) -> None:
    assert (await read(api))["endsTransaction"] is True
    await add(api, "One", "Two", "Three")
    await add(api, "Four")
    cursors = [one["cursor"] for one in (await read(api))["nodes"]]

    assert [(await read(api, first=n))["endsTransaction"] for n in (0, 1, 2, 3, 4)] == [True, False, False, True, True]
    after = [(await read(api, cursor, first=0))["endsTransaction"] for cursor in cursors]
    assert after == [False, False, True, True]
    assert (await read(api, cursors[0], first=2))["endsTransaction"] is True


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_each_session_s_transaction_has_its_own_number(api: Api) -> None:
    """Two that are open at the same time, and one after the other on the same connection."""
    async with api.database.transaction() as one, api.database.transaction() as two:
        for session in (one, two, one, two):
            session.add(Job(title="T", company="C"))
            await session.flush()
    for _ in range(3):
        async with api.database.transaction() as session:
            await session.execute(update(Job).values(location="Bern"))
            await session.execute(delete(Job).where(Job.id == 1))
            await session.execute(text("SELECT 1"))

    nodes = (await read(api))["nodes"]
    sizes: dict[int, int] = {}
    for one_change in nodes:
        sizes[one_change["transaction"]] = sizes.get(one_change["transaction"], 0) + 1
    assert list(sizes.values())[:3] == [2, 2, 5]
    assert sorted(sizes) == list(sizes)
