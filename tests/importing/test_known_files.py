"""Files that were imported before: they change nothing, whatever was imported since. No update is lost or repeated."""

import csv
import json
import random
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from jobbot_gql.db.database import Database
from jobbot_gql.importing.batches import BATCH_ROWS
from jobbot_gql.importing.dates import DayMonthOrder
from jobbot_gql.importing.service import import_scrape
from jobbot_gql.models import Change, ImportedFile, Job, JobSource
from tests.conftest import Api
from tests.importing.scrapes import JOB, counts, edit, everything, numbered, only, rows, scrape

OLD = {**JOB, "title": "Cook", "description": "old", "location": "Bonn"}
NEW = {**JOB, "title": "Head cook", "description": "new"}


async def state(database: Database) -> tuple[Any, ...]:
    job = await only(database, Job)
    return job.title, job.description, job.location


async def test_an_older_file_imported_again_takes_nothing_back(database: Database) -> None:
    await import_scrape(database, scrape(OLD))
    await import_scrape(database, scrape(NEW))
    before = await everything(database)

    for again in (OLD, NEW, NEW, OLD):
        report = await import_scrape(database, scrape(again))
        assert counts(report) == {"unchanged": 1, "rows": 1}
        assert report.known_as is not None
        assert report.known_as.startswith("standard input, 20")

    assert await everything(database) == before
    assert await state(database) == ("Head cook", "new", "Bonn")
    assert [file.row_count for file in await rows(database, ImportedFile)] == [1, 1]


async def test_a_new_file_may_take_a_value_back(database: Database) -> None:
    for row in (OLD, NEW, {**OLD, "vacancy_count": 2}):
        await import_scrape(database, scrape(row))

    assert await state(database) == ("Cook", "old", "Bonn")
    assert (await only(database, JobSource)).seen_count == 3


async def test_known_files_one_after_the_other_in_one_file_change_nothing(database: Database) -> None:
    older = [{**row, "description": "old"} for row in numbered(BATCH_ROWS + 20)]
    newer = [{**row, "description": "new"} for row in numbered(BATCH_ROWS + 20)]
    await import_scrape(database, scrape(*older))
    await import_scrape(database, scrape(*newer))
    before = await everything(database)

    report = await import_scrape(database, scrape(*older, *newer))

    assert counts(report) == {"unchanged": 2 * len(older), "rows": 2 * len(older)}
    assert report.known_as is None
    assert await everything(database) == before


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_and_combination_of_known_files_changes_nothing(database: Database, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    files = [
        [
            {**row, "description": dice.choice("abc"), "location": dice.choice(["Bonn", "Ulm", ""])}
            for row in dice.sample(numbered(6), 4)
        ]
        for _ in range(4)
    ]
    for file in files:
        await import_scrape(database, scrape(*file))
    before = await everything(database)

    for _ in range(6):
        file = dice.choice(files)
        await import_scrape(database, scrape(*dice.sample(file, len(file))))

    assert await everything(database) == before


def as_csv(*rows_: dict[str, Any]) -> BytesIO:
    text = StringIO()
    names = list(dict.fromkeys(name for row in rows_ for name in row))
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows_)
    return BytesIO(text.getvalue().encode("utf-8-sig"))


async def test_a_file_is_known_in_every_format_order_and_spelling(database: Database) -> None:
    file: list[dict[str, Any]] = [
        {**row, "is_remote": True, "vacancy_count": 250, "date_posted": "2026-09-13"} for row in numbered(3)
    ]
    await import_scrape(database, scrape(*file))
    spreadsheet = [{**row, "is_remote": "TRUE", "vacancy_count": "250.0", "date_posted": "9/13/2026"} for row in file]

    for again in (as_csv(*file), BytesIO(json.dumps(file[::-1]).encode()), as_csv(*spreadsheet[1:], spreadsheet[0])):
        assert (await import_scrape(database, again)).known_as is not None
    for other in (file[:2], [*file, {**JOB, "id": "x"}], [{**file[0], "title": "Cook"}, *file[1:]]):
        assert (await import_scrape(database, scrape(*other))).known_as is None
    first, second = {**JOB, "title": "A"}, {**JOB, "title": "B"}
    assert (await import_scrape(database, scrape(first, second))).known_as is None
    assert (await import_scrape(database, scrape(first, second, second))).known_as is not None
    assert (await import_scrape(database, scrape(second, first))).known_as is None
    assert "A" in [job.title for job in await rows(database, Job)]


async def test_the_order_of_dates_and_the_placeholder_make_another_file(database: Database) -> None:
    file = [{**JOB, "date_posted": "9/1/2026"}]
    for order, day in ((DayMonthOrder.MDY, "2026-09-01"), (DayMonthOrder.DMY, "2026-01-09")):
        report = await import_scrape(database, scrape(*file), date_order=order)
        assert report.known_as is None
        assert str((await only(database, Job)).posting_date) == day
        assert (await import_scrape(database, scrape(*file), date_order=order)).known_as is not None
    nameless = {**JOB, "id": "in-2", "job_url": None, "company": ""}
    await import_scrape(database, scrape(JOB, nameless))
    report = await import_scrape(database, scrape(JOB, nameless), placeholder_company="(unknown)")
    assert counts(report) == {"created": 1, "unchanged": 1, "rows": 2}


async def test_a_dry_run_and_an_import_that_breaks_off_make_no_file_known(database: Database, tmp_path: Path) -> None:
    await import_scrape(database, scrape(OLD), dry_run=True)
    broken = BytesIO(json.dumps([OLD])[:-1].encode() + b", oops]")
    assert (await import_scrape(database, broken)).broken_off is not None
    assert await rows(database, ImportedFile) == []

    changing = tmp_path / "jobs.jsonl"
    changing.write_bytes(scrape(*numbered(BATCH_ROWS + 1)).getvalue())

    def append(*_: object) -> None:
        with changing.open("ab") as file:
            file.write(scrape({**JOB, "id": "late"}).getvalue())

    report = await import_scrape(database, changing, on_progress=append)
    assert report.broken_off == "was changed while it was imported: import it again"
    assert await rows(database, ImportedFile) == []


async def test_a_file_with_rows_that_the_database_rejected_stays_new(database: Database) -> None:
    async with database.transaction() as session:
        await (await session.connection()).exec_driver_sql(
            "CREATE UNIQUE INDEX only_one_cook ON jobs (title) WHERE title = 'Cook'"
        )
    file = [{**row, "title": "Cook"} for row in numbered(2)]

    assert counts(await import_scrape(database, scrape(*file))) == {"created": 1, "rejected": 1, "rows": 2}
    async with database.transaction() as session:
        await (await session.connection()).exec_driver_sql("DROP INDEX only_one_cook")
    assert counts(await import_scrape(database, scrape(*file))) == {"created": 1, "unchanged": 1, "rows": 2}


async def test_what_a_person_has_edited_stays_whichever_file_comes(database: Database) -> None:
    await import_scrape(database, scrape(OLD))
    await edit(database, Job, title="My title")
    for row in (NEW, OLD, {**NEW, "vacancy_count": 3}, {**OLD, "vacancy_count": 4}):
        await import_scrape(database, scrape(row))

    assert await state(database) == ("My title", "old", "Bonn")


async def test_a_superseded_row_does_not_undo_an_edit_on_its_way(database: Database) -> None:
    await import_scrape(database, scrape(OLD))
    await edit(database, Job, title="My title")

    await import_scrape(database, scrape({**OLD, "title": "My title"}, {**OLD, "title": "Third"}))

    assert (await only(database, Job)).title == "My title"


async def test_a_value_that_only_a_superseded_row_has_is_an_update(database: Database) -> None:
    await import_scrape(database, scrape(OLD))

    report = await import_scrape(database, scrape({**OLD, "location": "Ulm"}, {**NEW, "company": "", "location": None}))
    assert counts(report) == {"updated": 1, "rejected": 1, "rows": 2}
    report = await import_scrape(database, scrape({**OLD, "location": "Kiel"}, NEW))

    assert counts(report) == {"updated": 1, "unchanged": 1, "rows": 2}
    assert await state(database) == ("Head cook", "new", "Kiel")


async def test_the_log_tells_of_the_file_with_its_import(database: Database) -> None:
    await import_scrape(database, scrape(OLD), actor="bot")

    file = await only(database, ImportedFile)
    changes = await rows(database, Change)
    (logged,) = [change for change in changes if change.entity == "ImportedFile"]
    assert (logged.entity_id, logged.actor) == (file.id, "bot")
    assert {change.request_id for change in changes} == {logged.request_id}
    async with database.transaction() as session:
        assert await session.scalar(select(ImportedFile.name)) == "standard input"


UNDO = (
    "mutation($id: String!) {"
    " undoChanges(input: {requestId: $id}) { undoneChanges { requestId } userErrors { message } } }"
)


async def test_an_undone_import_can_be_done_again(api: Api) -> None:
    database = api.database
    await import_scrape(database, scrape(OLD))
    await import_scrape(database, scrape(NEW))
    new = (await rows(database, Change))[-1].request_id

    undone = await api.data(UNDO, {"id": new})
    assert undone["undoChanges"]["userErrors"] == []
    assert await state(database) == ("Cook", "old", "Bonn")
    assert counts(await import_scrape(database, scrape(OLD))) == {"unchanged": 1, "rows": 1}
    assert counts(await import_scrape(database, scrape(NEW))) == {"updated": 1, "rows": 1}
    assert await state(database) == ("Head cook", "new", "Bonn")
    files = await api.data("{ importedFiles { totalCount nodes { name rowCount digest importedAt } } }")
    assert files["importedFiles"]["totalCount"] == 2
    assert {node["name"] for node in files["importedFiles"]["nodes"]} == {"standard input"}


async def test_a_job_that_was_deleted_stays_so_when_its_file_comes_again(api: Api) -> None:
    await import_scrape(api.database, scrape(OLD))
    async with api.database.transaction() as session:
        await session.execute(delete(Job))

    assert counts(await import_scrape(api.database, scrape(OLD))) == {"unchanged": 1, "rows": 1}
    assert await rows(api.database, Job) == []
    assert counts(await import_scrape(api.database, scrape(NEW))) == {"created": 1, "rows": 1}
