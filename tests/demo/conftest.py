"""The demo data as rows, for tests that look at it from all sides."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import RowMapping, select

from jobbot_gql import demo
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.models import Base, Change, ImportedFile, StatusEvent
from jobbot_gql.upkeep.migrations import migrate

NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
DAY = timedelta(days=1)
TABLES = {
    mapper.class_: mapper.local_table
    for mapper in Base.registry.mappers
    if mapper.class_ not in (Change, ImportedFile)  # the demo data comes from no file
}


async def everything(database: Database) -> dict[type[Base], list[RowMapping]]:
    """Every row of every table of the demo data, by id."""
    async with database.transaction() as session:
        return {
            model: list((await session.execute(select(table).order_by(table.c.id))).mappings())
            for model, table in TABLES.items()
        }


@dataclass
class Data:
    """The loaded rows, in order of their ids."""

    rows: dict[type[Base], list[RowMapping]]

    def __getitem__(self, model: type[Base]) -> list[RowMapping]:
        return self.rows[model]

    def by_id(self, model: type[Base]) -> dict[int, RowMapping]:
        return {row["id"]: row for row in self.rows[model]}

    def by(self, model: type[Base], key: str) -> defaultdict[int, list[RowMapping]]:
        """The rows that point to each id."""
        groups: defaultdict[int, list[RowMapping]] = defaultdict(list)
        for row in self.rows[model]:
            if row[key] is not None:
                groups[row[key]].append(row)
        return groups

    def values(self) -> Iterator[tuple[str, Any, Any]]:
        """Every value with the name of its column and the column, as (name, column, value)."""
        for model, found in self.rows.items():
            for row in found:
                for column in TABLES[model].columns:
                    yield f"{TABLES[model]}.{column.name}", column, row[column.name]

    def courses(self, key: str) -> defaultdict[int, list[RowMapping]]:
        """The status events of each subject, after a look at what every course has to be."""
        found = self.by(StatusEvent, key)
        for course in found.values():
            assert course[0]["from_status"] is None
            for before, after in pairwise(course):
                assert after["from_status"] == before["to_status"] != after["to_status"]
                assert before["occurred_at"] < after["occurred_at"]
            assert {event["recorded_at"] for event in course} == {NOW}
        return found


@pytest.fixture(scope="session")
async def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """The demo data as of NOW, read back from a migrated SQLite file."""
    database = Database(normalise(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}"))
    await migrate(database.url)
    async with database.transaction() as session:
        await demo.load(session, now=NOW)
    found = await everything(database)
    await database.dispose()
    return Data(found)
