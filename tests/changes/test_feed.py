"""The change log as it is read: `changes`, `change`, and `history` of a thing."""

import asyncio
import random
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.demo import load_if_empty
from jobbot_gql.models import Application, Change, Company, Job, JobSource, Reference
from tests.conftest import Api
from tests.db.looking import sql
from tests.rows import new_company, new_job, new_reference

FEED = """
query Feed($after: String, $first: Int) {
  changes(after: $after, first: $first) {
    nodes { sequence entity entityId operation }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""


async def test_a_change_tells_who_did_what_to_which_thing(api: Api) -> None:
    async with api.database.transaction(actor="bot", request_id="r-1") as session:
        session.add(new_job(scraped_date=datetime(2026, 1, 2, tzinfo=UTC)))
    async with api.database.transaction() as session:
        await session.execute(
            update(Job).values(
                title="C", remote_option=True, salary_min=5, posting_date=date(2026, 1, 2), keywords=["C++", "é"]
            )
        )
    await sql(api.database.url, "DELETE FROM jobs")

    data = await api.data(
        """{ changes(after: "1") { nodes {
               id sequence actor entity entityId node { id } operation requestId purged columns { field before after }
             } } }"""
    )
    edited, deleted = data["changes"]["nodes"]
    assert edited == {
        "id": encode("Change", 2),
        "sequence": 2,
        "actor": "local",
        "entity": "JOB",
        "entityId": encode("Job", 1),
        "node": None,
        "operation": "UPDATE",
        "requestId": None,
        "purged": False,
        "columns": [
            {"field": "title", "before": "A", "after": "C"},
            {"field": "salaryMin", "before": None, "after": "5"},
            {"field": "postingDate", "before": None, "after": "2026-01-02"},
            {"field": "remoteOption", "before": "false", "after": "true"},
            {"field": "keywords", "before": None, "after": '["C++", "é"]'},
        ],
    }
    assert (deleted["actor"], deleted["operation"]) == (None, "DELETE")
    assert [one["field"] for one in deleted["columns"]][:4] == ["id", "title", "company", "location"]
    assert deleted["columns"][0] == {"field": "id", "before": encode("Job", 1), "after": None}
    assert {"field": "scrapedDate", "before": "2026-01-02T00:00:00.000000+00:00", "after": None} in deleted["columns"]

    first = await api.data(
        '{ change(by: {databaseId: 1}) { actor requestId operation at } node(id: "Q2hhbmdlOjE") { id } }'
    )
    at = first["change"].pop("at")
    assert first == {
        "change": {"actor": "bot", "requestId": "r-1", "operation": "CREATE"},
        "node": {"id": encode("Change", 1)},
    }
    assert abs((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()) < 600


async def test_numbers_and_json_are_written_alike_on_both_engines(api: Api) -> None:
    await api.add(
        new_company(confidence_score=1.0),
        Company(name="Zeta", confidence_score=1e300),
        new_job(sources=[JobSource(raw={"min": 1.5, "x": [None, True]})]),
    )
    data = await api.data("{ changes { nodes { entity columns { field after } } } }")
    texts = [
        one["after"]
        for node in data["changes"]["nodes"]
        for one in node["columns"]
        if one["field"] in ("confidenceScore", "raw")
    ]
    assert sorted(texts) == ["1.0", "1e+300", '{"min": 1.5, "x": [null, true]}']


async def test_a_change_leads_to_the_thing_as_it_is_now_in_one_statement_for_each_type(api: Api) -> None:
    await api.add(*(Job(title=f"T{n}", company="B") for n in range(20)), new_reference())

    data = await api.data("{ changes { nodes { node { id ... on Job { title } ... on Reference { name } } } } }")

    nodes = [one["node"] for one in data["changes"]["nodes"]]
    assert {"id": encode("Reference", 1), "name": "Ada"} in nodes
    assert sorted(node["title"] for node in nodes if "title" in node) == sorted(f"T{n}" for n in range(20))
    assert len(api.statements) == 3


async def test_the_feed_is_read_piece_by_piece(api: Api) -> None:
    await api.add(*(Job(title=f"T{n}", company="B") for n in range(5)))
    first, second, third, _, fifth = await cursors(api)

    page = (await api.data(FEED, {"first": 2}))["changes"]
    assert [one["sequence"] for one in page["nodes"]] == [1, 2]
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": first,
        "endCursor": second,
    }
    page = (await api.data(FEED, {"first": 3, "after": second}))["changes"]
    assert [one["sequence"] for one in page["nodes"]] == [3, 4, 5]
    assert page["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "startCursor": third,
        "endCursor": fifth,
    }
    page = (await api.data(FEED, {"after": fifth}))["changes"]
    assert page == {
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": True, "startCursor": fifth, "endCursor": fifth},
    }
    assert (await api.data("{ changes(first: 0) { newestCursor nodes { id } } }"))["changes"] == {
        "newestCursor": fifth,
        "nodes": [],
    }


async def cursors(api: Api) -> list[str]:
    """The cursor of every change."""
    nodes = (await api.data("{ changes(first: 250) { nodes { cursor } } }"))["changes"]["nodes"]
    return [one["cursor"] for one in nodes]


async def test_an_empty_log_has_a_place_to_start_from(api: Api) -> None:
    data = await api.data("{ changes { nodes { id } newestCursor pageInfo { endCursor hasNextPage } } }")
    assert data["changes"] == {
        "nodes": [],
        "newestCursor": "0",
        "pageInfo": {"endCursor": None, "hasNextPage": False},
    }
    assert (await api.data(FEED, {"after": "0"}))["changes"]["nodes"] == []


NO_CURSOR = "after: {} is not a cursor of the change log. Use an `endCursor`, a `newestCursor` or a change's `cursor`."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('after: "x"', NO_CURSOR.format("'x'")),
        ('after: "-1"', NO_CURSOR.format("'-1'")),
        ('after: "²"', NO_CURSOR.format("'²'")),
        ('after: "1000000000000000000"', NO_CURSOR.format("'1000000000000000000'")),
        ('after: "1-0a1b2c3"', NO_CURSOR.format("'1-0a1b2c3'")),
        ('after: "1-0A1B2C3D"', NO_CURSOR.format("'1-0A1B2C3D'")),
        ('after: "1-0a1b2c3d "', NO_CURSOR.format("'1-0a1b2c3d '")),
        ("first: 251", "first must be 0 to 250; got 251."),
        ("first: -1", "first must be 0 to 250; got -1."),
    ],
)
async def test_bad_arguments_are_named(api: Api, arguments: str, message: str) -> None:
    assert await api.error(f"{{ changes({arguments}) {{ nodes {{ id }} }} }}") == ("BAD_REQUEST", message)


async def test_history_is_what_was_done_to_one_thing_the_latest_first(api: Api) -> None:
    # an application with the same number as the job
    await api.add(new_job(applications=[Application()]), Job(title="Z", company="B"))
    for title in ("C", "D"):
        async with api.database.transaction() as session:
            await session.execute(update(Job).where(Job.id == 1).values(title=title))

    query = """query History($first: Int) {
      job(by: {databaseId: 1}) { history(first: $first) { operation node { id } columns { field before after } } }
    }"""
    history = (await api.data(query))["job"]["history"]
    assert [one["operation"] for one in history] == ["UPDATE", "UPDATE", "CREATE"]
    assert history[0] == {
        "operation": "UPDATE",
        "node": {"id": encode("Job", 1)},
        "columns": [{"field": "title", "before": "C", "after": "D"}],
    }
    assert (await api.data(query, {"first": 1}))["job"]["history"] == history[:1]
    assert (await api.data(query, {"first": 0}))["job"]["history"] == []
    assert (await api.data(query, {"first": None}))["job"]["history"] == history
    assert await api.error(query, {"first": 251}) == ("BAD_REQUEST", "first must be 0 to 250; got 251.")


@pytest.mark.parametrize(
    "things",
    [
        "jobs",
        "applications",
        "employerResponses",
        "experienceClaims",
        "references",
        "companies",
        "opportunities",
        "outreachCampaigns",
    ],
)
async def test_the_histories_of_many_things_are_one_statement(api: Api, things: str) -> None:
    """PostgreSQL reads them along with the rows."""
    assert await load_if_empty(api.database)

    data = await api.data(f"{{ {things}(first: 9) {{ nodes {{ id history {{ entityId operation sequence }} }} }} }}")

    for node in data[things]["nodes"]:
        assert [(one["entityId"], one["operation"]) for one in node["history"]] == [(node["id"], "CREATE")]
    assert len(api.statements) == (1 if api.database.dialect == "postgresql" else 2)


async def test_a_reader_misses_nothing_however_many_write(api: Api) -> None:
    """Writers that commit in another order than they began in, a few of whom give up; one reader beside them."""
    dice = random.Random(7)  # noqa: S311 - no secret
    committed: list[str] = []

    async def write(writer: int) -> None:
        for number in range(12):
            titles = [f"{writer}-{number}-{n}" for n in range(dice.randint(1, 3))]
            try:
                async with api.database.transaction() as session:
                    for title in titles:
                        session.add(Job(title=title, company="B"))
                        await session.flush()
                        await asyncio.sleep(dice.uniform(0, 0.01) if api.database.dialect == "postgresql" else 0)
                    if dice.random() < 0.2:
                        raise RuntimeError("changed my mind")
            except RuntimeError:
                continue
            committed.extend(titles)

    seen: list[dict[str, Any]] = []
    cursor: str | None = None

    async def read() -> bool:
        nonlocal cursor
        page = (
            await api.data(
                """query Feed($after: String) { changes(after: $after, first: 7) {
                     nodes { sequence columns { field after } } pageInfo { endCursor hasNextPage } } }""",
                {"after": cursor},
            )
        )["changes"]
        seen.extend(page["nodes"])
        cursor = page["pageInfo"]["endCursor"]
        return bool(page["pageInfo"]["hasNextPage"])

    writers = asyncio.gather(*(write(writer) for writer in range(16)))
    while not writers.done():
        await read()
    await writers
    while await read():
        pass

    titles = [one["after"] for change in seen for one in change["columns"] if one["field"] == "title"]
    assert sorted(titles) == sorted(committed)
    async with api.database.transaction() as session:
        logged = list(await session.scalars(select(Change.sequence).order_by(Change.sequence)))
    assert [change["sequence"] for change in seen] == logged


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_who_commits_last_comes_last_whoever_wrote_first(api: Api) -> None:
    """On SQLite nobody else can write in between."""
    async with api.database.transaction(actor="slow") as slow:
        slow.add(Job(title="slow", company="B"))
        await slow.flush()
        async with api.database.transaction(actor="quick") as quick:
            quick.add(Job(title="quick", company="B"))
        before = (await api.data("{ changes { nodes { sequence actor } } }"))["changes"]["nodes"]
    after = (await api.data("{ changes { nodes { sequence actor } } }"))["changes"]["nodes"]

    assert [one["actor"] for one in before] == ["quick"]
    assert [one["actor"] for one in after] == ["quick", "slow"]
    assert after[0] == before[0]
    assert after[0]["sequence"] < after[1]["sequence"]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True, scope="session")
async def test_truncating_right_after_writing_is_logged_or_rejected(api: Api) -> None:
    await api.add(new_reference(), Reference(name="Bob"))
    async with api.database.transaction() as session:
        await session.execute(delete(Reference).where(Reference.name == "Ada"))
        await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))  # or PostgreSQL says that changes are pending
        await session.execute(text('TRUNCATE "references" CASCADE'))
    nodes = (await api.data("{ changes { nodes { operation entityId } } }"))["changes"]["nodes"]
    assert [(one["operation"], one["entityId"]) for one in nodes[2:]] == [
        ("DELETE", encode("Reference", 1)),
        ("DELETE", encode("Reference", 2)),
    ]
