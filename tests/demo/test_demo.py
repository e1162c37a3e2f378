import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Date, Enum, String, delete, func, select
from sqlalchemy.exc import IntegrityError

from jobbot_gql import demo
from jobbot_gql.db.database import Database
from jobbot_gql.db.sql.column_types import UtcDateTime
from jobbot_gql.db.url import normalise
from jobbot_gql.demo.loading import rows
from jobbot_gql.models import (
    Application,
    AttachedDocument,
    Base,
    Company,
    Contact,
    ContactLink,
    DocumentLink,
    EmployerResponse,
    ExperienceClaim,
    FollowUp,
    Interview,
    Job,
    JobSource,
    Opportunity,
    OutreachCampaign,
    Posting,
    Reference,
    ReferenceUsage,
    StatusEvent,
    Tag,
)
from jobbot_gql.upkeep.migrations import migrate
from tests.conftest import recorded
from tests.demo.conftest import DAY, NOW, TABLES, Data, everything

AHEAD = {
    "interview_date",
    "starts_at",
    "ends_at",
    "follow_up_scheduled",
    "application_deadline",
    "due_on",
    "snoozed_until",
}
"""Columns whose time may lie ahead."""


async def test_both_engines_hold_the_same_rows_after_a_few_statements(database: Database, data: Data) -> None:
    async with database.transaction() as session:
        assert await demo.is_empty(session)
        with recorded(database) as statements:
            await demo.load(session, now=NOW)
        assert not await demo.is_empty(session)
    assert len(statements) == 2 * len(TABLES)
    assert sum(statement.startswith("INSERT") for statement in statements) == len(TABLES)
    assert await everything(database) == data.rows


@pytest.mark.process
async def test_another_process_with_other_hashes_makes_the_same_rows(data: Data, tmp_path: Path) -> None:
    database = Database(normalise(f"sqlite:///{tmp_path / 'other.db'}"))
    await migrate(database.url)
    script = """if True:
        import asyncio, datetime, sys
        from jobbot_gql import demo
        from jobbot_gql.db.database import Database
        from jobbot_gql.db.url import normalise

        async def load():
            database = Database(normalise(sys.argv[1]))
            async with database.transaction() as session:
                await demo.load(session, now=datetime.datetime.fromisoformat(sys.argv[2]))
            await database.dispose()

        asyncio.run(load())
    """
    # Microseconds do not count, nor does the zone in which the time is told.
    now = (NOW + timedelta(microseconds=7)).astimezone().isoformat()
    subprocess.run(  # noqa: ASYNC221, S603 - nothing else runs meanwhile, and the command is ours
        [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'other.db'}", now],
        env=os.environ | {"PYTHONHASHSEED": "4711"},
        check=True,
    )
    assert await everything(database) == data.rows
    await database.dispose()


async def test_loading_if_empty_loads_once(database: Database) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert await demo.load_if_empty(database)
    loaded = await everything(database)
    assert len(loaded[Job]) == 400
    assert before <= loaded[StatusEvent][0]["recorded_at"] <= datetime.now(UTC)
    assert not await demo.load_if_empty(database)
    assert await everything(database) == loaded


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Job, {"title": "Tester", "company": "Elsewhere"}),
        (Reference, {"name": "A colleague"}),
        (Company, {"name": "Elsewhere"}),
    ],
)
async def test_a_database_that_holds_anything_is_not_empty(
    database: Database, model: type[Base], values: dict[str, str]
) -> None:
    async with database.transaction() as session:
        session.add(model(**values))
    assert not await demo.load_if_empty(database)
    async with database.transaction() as session:
        assert sum([await session.scalar(select(func.count(m.id))) or 0 for m in (Job, Reference, Company)]) == 1


async def test_ids_are_never_given_out_again(database: Database) -> None:
    async with database.transaction() as session:
        await demo.load(session, now=NOW)
    first = await everything(database)
    async with database.transaction() as session:
        for model in (Job, Reference, Company, Contact, AttachedDocument):
            await session.execute(delete(model))
        assert await demo.is_empty(session)
    async with database.transaction() as session:
        await demo.load(session, now=NOW)
        session.add(Job(title="Tester", company="Elsewhere"))
    second = await everything(database)
    for model in TABLES:
        assert second[model][0]["id"] == first[model][-1]["id"] + 1
    assert second[Job][-1]["title"] == "Tester"
    assert len(second[Job]) == 401


async def test_a_second_load_is_rejected_and_changes_nothing(database: Database) -> None:
    async with database.transaction() as session:
        await demo.load(session, now=NOW)
    first = await everything(database)
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await demo.load(session, now=NOW)
    assert await everything(database) == first


async def test_a_naive_time_is_rejected(database: Database) -> None:
    async with database.transaction() as session:
        with pytest.raises(ValueError, match=r"^now needs a time zone: 2026-11-22T10:30:00$"):
            await demo.load(session, now=NOW.replace(tzinfo=None))
        assert await demo.is_empty(session)


@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize("hour", [0, 7, 23])
def test_it_can_be_loaded_at_any_time_and_tells_the_same_story(data: Data, day: int, hour: int) -> None:
    now = datetime(2028, 2, 26, hour, 59, 59, tzinfo=UTC) + day * DAY
    found = rows(now)
    assert max(row.occurred_at for row in found if isinstance(row, StatusEvent)) <= now
    assert max(row.response_date or NOW for row in found if isinstance(row, EmployerResponse)) <= now
    assert max(row.response_date or NOW for row in found if isinstance(row, OutreachCampaign)) <= now
    jobs = [(row.title, row.company, row.status) for row in found if isinstance(row, Job)]
    assert jobs == [(row["title"], row["company"], row["status"]) for row in data[Job]]
    applications = [(row.job.title, row.status) for row in found if isinstance(row, Application)]
    titles = {row["id"]: row["title"] for row in data[Job]}
    assert applications == [(titles[row["job_id"]], row["status"]) for row in data[Application]]


def test_there_is_enough_to_see(data: Data) -> None:
    assert {model: len(found) for model, found in data.rows.items() if model is not StatusEvent} == {
        Job: 400,
        JobSource: len(data[JobSource]),
        Application: 91,
        Posting: len(data[Posting]),
        EmployerResponse: len(data[EmployerResponse]),
        ExperienceClaim: len(data[ExperienceClaim]),
        Reference: 8,
        ReferenceUsage: len(data[ReferenceUsage]),
        Company: 60,
        Opportunity: 80,
        OutreachCampaign: 120,
        Interview: len(data[Interview]),
        Contact: len(data[Contact]),
        ContactLink: len(data[ContactLink]),
        FollowUp: len(data[FollowUp]),
        AttachedDocument: 11,
        DocumentLink: len(data[DocumentLink]),
        Tag: len(data[Tag]),
    }
    assert 420 <= len(data[JobSource]) <= 460
    assert len(data[EmployerResponse]) > 130
    assert len(data[ExperienceClaim]) > 80
    assert len(data[ReferenceUsage]) > 15
    assert len(data[Interview]) > 20
    assert len(data[Contact]) > 30
    assert len(data[ContactLink]) > 50
    assert len(data[FollowUp]) > 20
    assert len(data[Posting]) > 50
    assert len(data[DocumentLink]) > 100
    assert len(data[Tag]) > 60


def test_every_word_of_every_vocabulary_occurs(data: Data) -> None:
    found: defaultdict[str, set[str]] = defaultdict(set)
    words = {}
    for name, column, value in data.values():
        if (
            isinstance(column.type, Enum) and column.table.name != "status_events"
        ):  # of four kinds of rows in one column
            words[name] = {str(word) for word in column.type.enums}
            found[name] |= {value} - {None}
    assert len(words) == 15
    assert found == words


def test_every_text_fits_its_column_and_is_complete(data: Data) -> None:
    for name, column, value in data.values():
        is_text = isinstance(column.type, String) and not isinstance(column.type, Enum)
        if is_text and value is not None and "computed" not in column.info:
            assert 0 < len(value) <= (column.type.length or 4000), name
            assert not re.search(r"[{}]|\bNone\b", value), name
            assert value == value.strip(), name


def test_every_address_is_on_a_domain_for_examples(data: Data) -> None:
    hosts = Counter(
        found[1].rpartition(".")[2]
        for _, _, value in data.values()
        for found in re.finditer(r"(?:https?://|@)([\w.-]+\w)", str(value))
    )
    assert set(hosts) == {"example"}
    assert hosts["example"] > 1000


def test_what_has_happened_lies_behind_and_some_things_lie_ahead(data: Data) -> None:
    ahead: Counter[str] = Counter()
    for name, column, value in data.values():
        if value is None or not isinstance(column.type, UtcDateTime | Date):
            continue
        late = value > NOW if isinstance(column.type, UtcDateTime) else value > NOW.date()
        if column.name in AHEAD:
            ahead[name] += late
        else:
            assert not late, name
    assert min(ahead.values()) >= 3
    assert set(ahead) == {
        "jobs.application_deadline",
        "applications.interview_date",
        "employer_responses.follow_up_scheduled",
        "follow_ups.due_on",
        "follow_ups.snoozed_until",
        "interviews.starts_at",
        "interviews.ends_at",
        "outreach_campaigns.follow_up_scheduled",
    }


@pytest.mark.parametrize(
    ("model", "key", "column", "first"),
    [
        (Job, "job_id", "status", "discovered"),
        (Application, "application_id", "status", "submitted"),
        (Opportunity, "opportunity_id", "status", "identified"),
        (OutreachCampaign, "outreach_campaign_id", "response_status", "sent"),
    ],
)
def test_the_history_leads_from_the_first_status_to_todays(
    data: Data, model: type[Base], key: str, column: str, first: str
) -> None:
    found = data.courses(key)
    assert found.keys() == data.by_id(model).keys()
    for row in data[model]:
        assert found[row["id"]][0]["to_status"] == first
        assert found[row["id"]][-1]["to_status"] == row[column]


def test_history_begins_when_the_subject_does(data: Data) -> None:
    for model, key, column in (
        (Job, "job_id", "scraped_date"),
        (Application, "application_id", "application_date"),
        (OutreachCampaign, "outreach_campaign_id", "sent_date"),
    ):
        found = data.courses(key)
        for row in data[model]:
            assert found[row["id"]][0]["occurred_at"] == row[column]


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (Job, "scraped_date"),
        (Application, "application_date"),
        (EmployerResponse, "response_date"),
        (ReferenceUsage, "used_on"),
        (Interview, "starts_at"),
        (FollowUp, "created_at"),
        (DocumentLink, "attached_at"),
        (OutreachCampaign, "sent_date"),
        (StatusEvent, "occurred_at"),
    ],
)
def test_rows_are_numbered_in_the_order_of_their_time(data: Data, model: type[Base], column: str) -> None:
    assert [row[column] for row in data[model]] == sorted(row[column] for row in data[model])


def test_employers_and_applicants_keep_human_hours(data: Data) -> None:
    times: list[datetime] = [row["interview_date"] for row in data[Application] if row["interview_date"]]
    times += [row["sent_date"] for row in data[OutreachCampaign]]
    assert {time.weekday() for time in times} == {0, 1, 2, 3, 4}
    assert all(8 <= time.hour <= 16 for time in times)
    assert {type(row["used_on"]) for row in data[ReferenceUsage]} == {date}
