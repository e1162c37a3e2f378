"""Random histories of a database, and readers of its change log that keep nothing but a cursor and what they were told.

Databases are backed up, restored, replaced by copied files, and failed over to a replica that lost commits. Each reader
continues exactly, or is told to read everything again: once it has caught up it knows the rows that are there.
HISTORIES in the environment asks for another number of histories.
"""

import os
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from itertools import count
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest
from sqlalchemy import delete, select, update

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.models import Job
from jobbot_gql.upkeep.backup import back_up, restore
from jobbot_gql.upkeep.migrations import migrate
from jobbot_gql.upkeep.sequences import continue_after_database
from tests.conftest import Api, api_of, database_at
from tests.db.looking import sql
from tests.postgres import Cluster, create_database, drop_database, own_cluster

ROWS = "{ jobs(first: 250) { nodes { id title } pageInfo { hasNextPage } } changes(first: 0) { newestCursor } }"
FEED = """query Feed($after: String, $first: Int!) {
  changes(after: $after, first: $first) {
    nodes { entity entityId operation columns { field after } } pageInfo { endCursor hasNextPage }
  }
}"""
STEPS = 8
ON_SQLITE = 32
"""How many histories the suite tries on SQLite; its share is 25 s of CPU. The long run is HISTORIES=100."""
TEMPLATE = "template_jobbot"


class Reader:
    """Knows the jobs, by what the feed tells since it read all of them."""

    def __init__(self) -> None:
        self.titles: dict[str, str | None] = {}
        self.cursor: str | None = None

    async def read_everything(self, api: Api) -> None:
        """Read all rows, and from where to continue."""
        data = await api.data(ROWS)
        assert not data["jobs"]["pageInfo"]["hasNextPage"]
        self.titles = {job["id"]: job["title"] for job in data["jobs"]["nodes"]}
        self.cursor = data["changes"]["newestCursor"]

    async def read_on(self, api: Api, first: int) -> tuple[bool, bool]:
        """Read a part of the feed: whether there is more, and whether everything had to be read again."""
        answer = await api.answer(FEED, {"after": self.cursor, "first": first})
        if "errors" in answer:
            (error,) = answer["errors"]
            assert error["extensions"]["code"] == "RESYNC_REQUIRED", error
            await self.read_everything(api)
            return False, True
        part = answer["data"]["changes"]
        for change in part["nodes"]:
            if change["entity"] != "JOB":
                continue
            if change["operation"] == "DELETE":
                self.titles.pop(change["entityId"], None)
            for column in change["columns"]:
                if column["field"] == "title" and change["operation"] != "DELETE":
                    self.titles[change["entityId"]] = column["after"]
        self.cursor = part["pageInfo"]["endCursor"]
        return part["pageInfo"]["hasNextPage"], False


class World:
    """One database and its readers."""

    def __init__(self, seed: int, counts: Counter[str]) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - no secret
        self.counts = counts
        self.readers = [Reader() for _ in range(2)]
        self._names = count()
        self._seed = seed

    def name(self) -> str:
        """A name that nothing else has."""
        return f"h{self._seed}_{next(self._names)}"

    async def write(self, api: Api) -> None:
        """One transaction with several changes, which may come to nothing, or another program's."""
        dice = self.dice
        if dice.random() < 0.15:
            insert = f"INSERT INTO jobs (title, company) VALUES ('{self.name()}', 'C')"  # noqa: S608 - a name of ours
            await sql(api.database.url, *[insert] * dice.randint(1, 3))
            return
        try:
            async with api.database.transaction() as session:
                for _ in range(dice.randint(1, 4)):
                    ids = list(await session.scalars(select(Job.id)))
                    if not ids or dice.random() < 0.5:
                        session.add_all([Job(title=self.name(), company="C") for _ in range(dice.randint(1, 12))])
                        await session.flush()
                    elif dice.random() < 0.6:
                        await session.execute(update(Job).where(Job.id == dice.choice(ids)).values(title=self.name()))
                    else:
                        gone = dice.sample(ids, dice.randint(1, len(ids)))
                        await session.execute(delete(Job).where(Job.id.in_(gone)))
                if dice.random() < 0.15:
                    raise LookupError
        except LookupError:
            return

    async def purge(self, api: Api) -> None:
        """Erase a job, and what the log says about it."""
        jobs = (await api.data(ROWS))["jobs"]["nodes"]
        if jobs:
            await api.mutate("purge", "changeCount", id=self.dice.choice(jobs)["id"])

    async def read(self, api: Api, reader: Reader) -> None:
        """Let a reader read a little, or all that there is."""
        if self.dice.random() < 0.5:
            await reader.read_on(api, self.dice.randint(1, 9))
        else:
            await self.catch_up(api, reader)

    async def catch_up(self, api: Api, reader: Reader) -> None:
        """Let a reader read all that there is: then it knows what is there."""
        more, again = True, False
        while more:
            more, resynced = await reader.read_on(api, self.dice.choice([3, 50]))
            again |= resynced
        self.counts["resynchronised" if again else "continued"] += 1
        async with api.database.reader.connect() as connection:
            rows = await connection.execute(select(Job.id, Job.title))
            gap = reader.titles != {encode("Job", row.id): row.title for row in rows}
        self.counts["silent gaps"] += gap
        assert not gap, f"history {self._seed}: a silent gap before {reader.cursor}"


Act = Callable[[], Awaitable[None]]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Api]:
    """The application on a database, both new."""
    database = Database(normalise(url))
    async with api_of(database) as api:
        yield api
    await database.dispose()


def histories(number: int) -> range:
    """The seeds of so many histories."""
    return range(int(os.environ.get("HISTORIES", number)))


async def live(world: World, url: str, steps: int, also: list[tuple[float, Act]]) -> None:
    """Let so many things happen: writing and reading, and now and then what replaces the database meanwhile."""
    for _ in range(steps):
        (chosen,) = world.dice.choices([None, *(act for _, act in also)], [1, *(weight for weight, _ in also)])
        if chosen is not None:
            await chosen()
        async with opened(url) as api:
            await world.write(api)
            await world.read(api, world.dice.choice(world.readers))


async def finish(world: World, url: str) -> None:
    """Let every reader catch up."""
    async with opened(url) as api:
        for reader in world.readers:
            await world.catch_up(api, reader)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize("restored", [True, False])
async def test_a_reader_of_what_a_backup_does_not_hold(database_url: str, tmp_path: Path, *, restored: bool) -> None:
    """It has read 70 changes, of which the backup has 20; 130 others follow, with other sequences or with the same."""
    path = normalise(database_url).sqlite_path
    assert path is not None

    async def write(api: Api, number: int) -> str:
        await api.add(*(Job(title=f"T{n}", company="C") for n in range(number)))
        return str((await api.data("{ changes(first: 0) { newestCursor } }"))["changes"]["newestCursor"])

    async with opened(database_url) as api:
        at_20 = await write(api, 20)
        back_up(api.database.url, tmp_path / "copy.db")
        at_70 = await write(api, 50)
    if restored:
        restore(normalise(database_url), tmp_path / "copy.db", force=True)
    else:
        shutil.copyfile(tmp_path / "copy.db", path)

    async with opened(database_url) as api:
        for number in (0, 130):
            newest = await write(api, number)
            answer = await api.answer(FEED, {"after": at_70, "first": 250})
            assert answer["errors"][0]["extensions"] == {"code": "RESYNC_REQUIRED", "newestCursor": newest}
            part = (await api.data(FEED, {"after": at_20, "first": 250}))["changes"]
            assert len(part["nodes"]) == number
    assert newest.startswith("200-" if restored else "150-")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
@pytest.mark.parametrize("part", range(4))
async def test_histories_of_sqlite_files(template: str, tmp_path: Path, part: int) -> None:
    counts: Counter[str] = Counter()
    for seed in histories(ON_SQLITE)[part::4]:
        world = World(seed, counts)
        folder = tmp_path / str(seed)
        folder.mkdir()
        file = folder / "jobbot.db"
        shutil.copyfile(template, file)
        await live_on_sqlite(world, file)
        shutil.rmtree(folder)
    told(counts)


def told(counts: Counter[str]) -> None:
    """Check that nothing was missed, and that readers met both: a log that goes on, and one that does not."""
    print(dict(counts))  # noqa: T201 - for `pytest -s`
    assert counts["silent gaps"] == 0
    assert counts["continued"] > counts["resynchronised"] > 0, counts


async def live_on_sqlite(world: World, file: Path) -> None:
    """A history of a SQLite file."""
    url = f"sqlite:///{file}"
    database = normalise(url)
    backups: list[Path] = []
    copies: list[Path] = []

    async def make_backup() -> None:
        backups.append(file.with_name(f"{world.name()}.backup"))
        back_up(database, backups[-1])

    async def restore_backup() -> None:
        if backups:
            restore(database, world.dice.choice(backups), force=True)

    async def copy_file() -> None:
        copies.append(file.with_name(f"{world.name()}.copy"))
        shutil.copyfile(file, copies[-1])

    async def put_copy_in_place() -> None:
        for ending in ("-wal", "-shm"):
            file.with_name(file.name + ending).unlink(missing_ok=True)
        if copies:
            shutil.copyfile(world.dice.choice(copies), file)

    async def purge() -> None:
        async with opened(url) as api:
            await world.purge(api)

    await live(
        world,
        url,
        STEPS,
        [(0.3, make_backup), (0.3, restore_backup), (0.3, copy_file), (0.3, put_copy_in_place), (0.03, purge)],
    )
    await finish(world, url)


@pytest.mark.slow
@pytest.mark.process
async def test_histories_of_postgresql_servers() -> None:
    """Each ends with the promotion of a replica that has not received all that readers have seen."""
    counts: Counter[str] = Counter()
    with own_cluster() as cluster, ExitStack() as replicas:
        await create_database(cluster.url, TEMPLATE)
        await migrate(normalise(database_at(cluster.url, TEMPLATE)))
        primary = cluster
        for seed in histories(10):
            promoted = await live_on_postgresql(World(seed, counts), primary, replicas)
            primary.remove()
            primary = promoted
    told(counts)


async def live_on_postgresql(world: World, primary: Cluster, replicas: ExitStack) -> Cluster:
    """A history of a PostgreSQL server and its replica; the promoted replica."""
    name = world.name()
    await create_database(primary.url, name, template=TEMPLATE)
    url = database_at(primary.url, name)
    backups: list[str] = []

    async def make_backup() -> None:
        backups.append(world.name())
        await create_database(primary.url, backups[-1], template=name)

    async def restore_backup() -> None:
        if backups:
            replaced = world.name()
            await _execute(primary.url, f"ALTER DATABASE {name} RENAME TO {replaced}")
            await create_database(primary.url, name, template=world.dice.choice(backups))
            if world.dice.random() < 0.5:
                await continue_after_database(normalise(url), normalise(database_at(primary.url, replaced)))
            await drop_database(primary.url, replaced)

    replacing: list[tuple[float, Act]] = [(0.2, make_backup), (0.2, restore_backup)]
    await live(world, url, STEPS // 4, replacing)
    replica = primary.replica()
    replicas.callback(replica.remove)
    await live(world, url, STEPS // 4, replacing)
    replica.stop()
    await live(world, url, STEPS // 4, replacing)  # lost, as far as it was not sent before
    primary.stop()
    replica.start()
    await _execute(replica.url, "SELECT pg_promote()")
    url = database_at(replica.url, name)
    await live(world, url, STEPS // 4, [])
    await finish(world, url)
    for left in (name, *backups):
        await drop_database(replica.url, left)
    return replica


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
