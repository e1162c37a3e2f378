"""Purging erases personal data from rows and log for good."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from jobbot_gql.db.database import Database
from jobbot_gql.db.triggers import search_index
from jobbot_gql.models import Application, Base, Change, EmployerResponse, Job, Reference, ReferenceUsage, StatusEvent
from jobbot_gql.undo.purge import Purged, purge
from jobbot_gql.undo.undo import Conflict, Conflicts, changes_to_undo, undo
from tests.conftest import Api
from tests.db.looking import rows_of
from tests.rows import new_job, new_reference


async def add(database: Database, *new: Base) -> None:
    async with database.transaction() as session:
        session.add_all(new)


async def purged(database: Database, entity: str, row_id: int) -> Purged:
    async with database.transaction(actor="bot") as session:
        return await purge(session, entity, row_id)


async def holding(database: Database, word: str) -> list[str]:
    """The tables in which a word is found in any column of any row."""
    found: dict[str, Any] = await rows_of(database.url)
    return [table for table, rows in sorted(found.items()) if any(word in str(row) for row in rows)]


def without_index(tables: list[str]) -> list[str]:
    """The tables without those of the search index."""
    return [table for table in tables if not search_index.owns(table)]


async def test_a_thing_and_what_hangs_on_it_leave_rows_and_log(database: Database) -> None:
    usage = ReferenceUsage(context="secret call")
    await add(database, Reference(name="secret Ada", usages=[usage]), Reference(name="Bob"))
    async with database.transaction() as session:
        await session.execute(update(Reference).where(Reference.id == 1).values(email="secret@a.example"))
    assert without_index(await holding(database, "secret")) == ["change_log", "reference_usages", "references"]

    assert await purged(database, "Reference", 1) == Purged([("Reference", 1), ("ReferenceUsage", 1)], 5)

    assert await holding(database, "secret") == []
    assert await purged(database, "Reference", 1) == Purged([("Reference", 1)], 0)
    found = await rows_of(database.url)
    assert [row["name"] for row in found["references"]] == ["Bob"]
    assert [(row["operation"], row["entity"], row["entity_id"], row["actor"]) for row in found["change_log"]] == [
        ("create", "Reference", 1, "local"),
        ("create", "Reference", 2, "local"),
        ("create", "ReferenceUsage", 1, "local"),
        ("update", "Reference", 1, "local"),
        ("delete", "Reference", 1, "bot"),
        ("delete", "ReferenceUsage", 1, "bot"),
    ]
    assert [row["before"] is None and row["after"] is None for row in found["change_log"]] == [
        True,
        False,
        True,
        True,
        True,
        True,
    ]


async def test_what_was_deleted_before_is_purged_too(database: Database) -> None:
    response = EmployerResponse(response_type="offer", email_content="secret")
    await add(database, Job(title="secret", company="B", applications=[Application(responses=[response])]))
    async with database.transaction() as session:
        await session.execute(delete(EmployerResponse))
    await add(database, StatusEvent(application_id=1, to_status="secret"))
    async with database.transaction() as session:
        await session.execute(delete(Job))

    result = await purged(database, "Job", 1)

    assert set(result.row_keys) == {("Job", 1), ("Application", 1), ("EmployerResponse", 1), ("StatusEvent", 1)}
    assert result.changes == 8
    assert await holding(database, "secret") == []


async def test_what_has_moved_elsewhere_stays(database: Database) -> None:
    await add(database, new_job(applications=[Application(notes="kept")]), Job(title="C", company="D"))
    async with database.transaction() as session:
        await session.execute(update(Application).values(job_id=2))

    assert (await purged(database, "Job", 1)).row_keys == [("Job", 1)]

    assert without_index(await holding(database, "kept")) == ["applications", "change_log"]


async def test_what_was_purged_cannot_be_undone(database: Database) -> None:
    await add(database, new_reference())
    await purged(database, "Reference", 1)
    with pytest.raises(Conflicts) as rejection:
        async with database.transaction() as session:
            await undo(session, await changes_to_undo(session, [1, 2]))
    assert rejection.value.conflicts == [
        Conflict(2, "Reference", 1, "it was purged"),
        Conflict(1, "Reference", 1, "it was purged"),
    ]


async def test_readers_of_the_feed_learn_of_it(api: Api) -> None:
    await api.add(new_reference())
    await purged(api.database, "Reference", 1)
    data = await api.data("{ changes { nodes { sequence operation purged node { id } columns { field } } } }")
    assert data["changes"]["nodes"] == [
        {"sequence": 1, "operation": "CREATE", "purged": True, "node": None, "columns": []},
        {"sequence": 2, "operation": "DELETE", "purged": True, "node": None, "columns": []},
    ]


WORD = "xylographer"
"""What is looked for after a purge."""


async def test_no_table_holds_a_word_of_what_was_asked_and_answered_about_it(api: Api) -> None:
    job = (await api.mutate("createJob", "job { id }", title="T", company="C", jobUrl=f"https://c.example/{WORD}"))[
        "job"
    ]
    batch = {
        "atomic": False,
        "idempotencyKey": f"batch about {WORD}",
        "items": [
            {"title": f"The {WORD}", "company": WORD, "location": WORD, "keywords": [WORD], "description": WORD},
            {"title": "T", "company": "C", "jobUrl": f"http://www.c.example/{WORD}"},
            {"title": "T", "company": "C", "jobUrl": f"no address of a {WORD}"},
        ],
    }
    answer = await api.mutate("createJobs", "results { job { id } userErrors { code message } }", **batch)
    added, *rejected = answer["results"]
    assert [one["userErrors"][0]["code"] for one in rejected] == ["DUPLICATE_JOB_URL", "INVALID_URL"]
    assert all(WORD in one["userErrors"][0]["message"] for one in rejected)
    claim = {"claimType": WORD, "originalExperience": WORD, "claimedExperience": WORD}
    application = await api.mutate(
        "submitApplication",
        "application { id }",
        jobId=added["job"]["id"],
        notes=WORD,
        note=WORD,
        experienceClaims=[claim],
        idempotencyKey=WORD,
    )
    answered = {
        "applicationId": application["application"]["id"],
        "responseType": "REJECTION",
        "applyProposedStatus": True,
    }
    await api.mutate("recordEmployerResponse", "", **answered, emailContent=WORD, senderEmail=f"{WORD}@c.example")
    await api.mutate("updateJob", "", id=added["job"]["id"], version=2, industry=WORD)
    requests = (await api.data("{ changes { nodes { requestId } } }"))["changes"]["nodes"]
    await api.mutate("undoChanges", "", requestId=requests[-1]["requestId"])
    await api.mutate("deleteApplication", "", id=answered["applicationId"])
    assert without_index(await holding(api.database, WORD)) == ["change_log", "idempotency_keys", "job_sources", "jobs"]

    for one in (added["job"], job):
        assert (await api.mutate("purge", "purgedIds", id=one["id"]))["purgedIds"]

    assert await holding(api.database, WORD) == []
    files = [api.database.url.sqlite_path] if api.database.url.sqlite_path else []
    files += [file.with_name(f"{file.name}-wal") for file in files]
    assert not [file for file in files if WORD.encode() in file.read_bytes()]
    found = await rows_of(api.database.url)
    assert [found[table] for table in ("jobs", "job_sources", "applications", "status_events")] == [[]] * 4


async def test_a_request_whose_answer_was_erased_is_not_done_again(api: Api) -> None:
    first = await api.mutate("createReference", "reference { id }", name="Ada", idempotencyKey="k")
    await api.mutate("createReference", "", name="Bob", idempotencyKey="l")
    await api.mutate("purge", "", id=first["reference"]["id"])

    erased = [
        (
            "ANSWER_ERASED",
            "input.idempotencyKey",
            f"{key!r} was used before, and a purge has erased its result. Use another key.",
        )
        for key in ("k", "l")
    ]
    assert await api.rejected("createReference", name="Ada", idempotencyKey="k") == erased[:1]
    assert await api.rejected("createReference", name="Bob", idempotencyKey="l") == erased[1:]
    assert await api.rejected("createCompany", name="Firm", idempotencyKey="l") == erased[1:]
    assert (await api.data("{ references { nodes { name } } }"))["references"]["nodes"] == [{"name": "Bob"}]

    again = await api.mutate("createReference", "reference { name }", name="Eve", idempotencyKey="m")
    assert await api.mutate("createReference", "reference { name }", name="Eve", idempotencyKey="m") == again


@pytest.mark.parametrize(
    ("entity", "row_id", "message"),
    [
        ("Reference", 1, "Reference 1 not found."),
        ("Person", 1, "Person is not a type of rows."),
        ("Change", 1, "Change is not a type of rows."),
    ],
)
async def test_what_never_was_is_named(database: Database, entity: str, row_id: int, message: str) -> None:
    with pytest.raises(LookupError, match=f"^{message}$"):
        await purged(database, entity, row_id)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True, scope="session")
async def test_nothing_is_left_in_the_files_of_sqlite(database: Database) -> None:
    path = database.url.sqlite_path
    assert path is not None
    files = [path, path.with_name(f"{path.name}-wal")]

    def left() -> bool:
        return any(b"secret-content" in file.read_bytes() for file in files if file.exists())

    await add(database, *(Reference(name=f"R{n}", notes="secret-content " * 1000) for n in range(20)))
    async with database.transaction() as session:
        await session.execute(update(Reference).values(notes="other"))
        for row_id in range(1, 21):
            await purge(session, "Reference", row_id)
    assert left()

    await database.erase_freed()

    assert not left()
    await add(database, Reference(name="Bob"))
    async with database.transaction() as session:
        assert await session.scalar(select(Reference.id)) == 21
        assert await session.scalar(select(Change.sequence).where(Change.after.is_not(None))) == 61
        assert await session.scalar(text("PRAGMA integrity_check")) == "ok"


async def test_erasing_what_is_free_changes_no_row(database: Database, tmp_path: Path) -> None:
    await add(database, new_reference())
    before = await rows_of(database.url)
    await database.erase_freed()
    assert await rows_of(database.url) == before
