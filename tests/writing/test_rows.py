"""Adding, changing and deleting one row of each kind, over HTTP on both engines."""

from typing import Any

import pytest
from sqlalchemy import text

from jobbot_gql.api.strawberry_internals import to_snake_case
from tests.conftest import Api, everything
from tests.writing.conftest import World
from tests.writing.kinds import KINDS, PARENTS

JOB = "job { id version title company jobUrl salaryMin remoteOption status keywords }"


@pytest.mark.parametrize("kind", KINDS)
async def test_every_column_of_every_kind_is_added_changed_and_deleted(api: Api, world: World, kind: str) -> None:
    given, changes = KINDS[kind]
    name = kind[0].upper() + kind[1:]
    parents = {parent: await getattr(world, parent)() for parent in PARENTS.get(kind, ())}
    parent_ids = {f"{parent}Id": parent_id for parent, parent_id in parents.items()}
    parent_fields = " ".join(f"{parent} {{ id }}" for parent in parents)
    selection = f"{kind} {{ id version {parent_fields} {' '.join(given)} }}"

    row = (await api.mutate(f"create{name}", selection, **given, **parent_ids))[kind]
    expected = {"version": 1, **given} | {parent: {"id": parent_id} for parent, parent_id in parents.items()}
    assert row == {"id": row["id"], **expected}

    changed = (await api.mutate(f"update{name}", selection, id=row["id"], version=1, **changes))[kind]
    assert changed == row | changes | {"version": 2}

    unchanged = (await api.mutate(f"update{name}", selection, id=row["id"], version=2, **changes))[kind]
    assert unchanged == changed

    upserted = await api.mutate(
        f"upsert{name}", f"outcome {selection}", id=row["id"], **_upsertable(given), **parent_ids
    )
    assert upserted["outcome"] == "UPDATED"
    assert upserted[kind] == row | {"version": 3}

    gone = await api.mutate(f"delete{name}", "change { entity entityId operation actor }", id=row["id"], version=3)
    assert gone == {
        "change": {
            "entity": to_snake_case(name).upper(),
            "entityId": row["id"],
            "operation": "DELETE",
            "actor": "local",
        }
    }
    assert (await api.data("query($id: ID!) { node(id: $id) { id } }", {"id": row["id"]}))["node"] is None


def _upsertable(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in {"status", "responseStatus"}}


async def test_a_row_has_the_defaults_of_its_columns(api: Api) -> None:
    payload = await api.mutate(
        "createJob", f"{JOB} job {{ statusEvents {{ fromStatus toStatus note }} }}", title="T", company="C"
    )

    assert payload == {
        "job": {
            "id": payload["job"]["id"],
            "version": 1,
            "title": "T",
            "company": "C",
            "jobUrl": None,
            "salaryMin": None,
            "remoteOption": False,
            "status": "DISCOVERED",
            "keywords": [],
            "statusEvents": [{"fromStatus": None, "toStatus": "DISCOVERED", "note": None}],
        }
    }


async def test_null_is_not_the_same_as_left_out(api: Api) -> None:
    job = (await api.mutate("createJob", JOB, title="T", company="C", remoteOption=None, salaryMin=1))["job"]
    assert (job["remoteOption"], job["salaryMin"]) == (None, 1)

    payload = await api.mutate("updateJob", JOB, id=job["id"], version=1, title="U")
    assert payload["job"] == job | {"title": "U", "version": 2}

    payload = await api.mutate("updateJob", JOB, id=job["id"], version=2, salaryMin=None)
    assert payload["job"] == job | {"title": "U", "salaryMin": None, "version": 3}


async def test_an_empty_address_is_none(api: Api) -> None:
    for address in ("", "  ", None):
        assert (await api.mutate("createJob", JOB, title="T", company="C", jobUrl=address))["job"]["jobUrl"] is None


async def test_an_update_writes_nothing_but_what_it_changes(api: Api, world: World) -> None:
    job = await world.job(keywords=["a"])
    broken = "not a list"
    async with api.database.transaction() as session:
        await session.execute(text("UPDATE jobs SET keywords = :broken"), {"broken": broken})

    await api.mutate("updateJob", "", id=job, version=1, title="U", keywords=[])

    rows = await everything(api.database)
    assert [row.keywords for row in rows["jobs"]] == [[]]
    async with api.database.transaction() as session:
        assert await session.scalar(text("SELECT keywords FROM jobs")) == broken
    entry = rows["change_log"][-1]
    assert (entry.before, entry.after) == (
        {"title": "Engineer", "version": 1},
        {"title": "U", "version": 2},
    )


async def test_deleting_a_job_deletes_what_belongs_to_it_in_the_order_of_the_log(api: Api, world: World) -> None:
    application = await world.application(
        experienceClaims=[{"claimType": "omission", "originalExperience": "o", "claimedExperience": "c"}]
    )
    await api.mutate("createEmployerResponse", "", applicationId=application, responseType="OTHER")
    other = await world.application()
    job = (await api.data("query($id: ID!) { application(by: {id: $id}) { job { id } } }", {"id": application}))[
        "application"
    ]["job"]["id"]

    gone = await api.mutate("deleteJob", "change { id databaseId }", id=job)

    data = await api.data("{ jobs { totalCount } applications { nodes { id } } experienceClaims { totalCount } }")
    assert data == {
        "jobs": {"totalCount": 1},
        "applications": {"nodes": [{"id": other}]},
        "experienceClaims": {"totalCount": 0},
    }
    log = (await everything(api.database))["change_log"]
    deletions = [(entry.entity, entry.sequence) for entry in log if entry.operation == "delete"]
    assert deletions[0] == ("Job", gone["change"]["databaseId"])
    assert sorted(entity for entity, _ in deletions) == [
        "Application", "EmployerResponse", "ExperienceClaim", "Job", "StatusEvent", "StatusEvent",
    ]  # fmt: skip


async def test_the_fields_of_one_operation_are_written_one_after_the_other_and_seen_at_once(api: Api) -> None:
    data = await api.data(
        """mutation {
             one: createJob(input: {title: "A", company: "Firm"}) { job { title companyRecord { name } } }
             firm: createCompany(input: {name: "Firm"}) { company { jobs { totalCount nodes { title } } } }
             two: createJob(input: {title: "B", company: "Firm"}) {
               job { title companyRecord { name jobs { nodes { title } } } }
             }
             refused: createJob(input: {title: " ", company: "Firm"}) { job { title } userErrors { path } }
             three: deleteCompany(input: {id: "Q29tcGFueTox"}) { change { operation } }
             four: updateJob(input: {id: "Sm9iOjE", version: 1, title: "C"}) { job { title companyRecord { name } } }
           }"""
    )

    assert data == {
        "one": {"job": {"title": "A", "companyRecord": None}},
        "firm": {"company": {"jobs": {"totalCount": 1, "nodes": [{"title": "A"}]}}},
        "two": {
            "job": {
                "title": "B",
                "companyRecord": {"name": "Firm", "jobs": {"nodes": [{"title": "B"}, {"title": "A"}]}},
            }
        },
        "refused": {"job": None, "userErrors": [{"path": ["input", "title"]}]},
        "three": {"change": {"operation": "DELETE"}},
        "four": {"job": {"title": "C", "companyRecord": None}},
    }
    requests = {entry.request_id for entry in (await everything(api.database))["change_log"]}
    assert len(requests) == 1
    assert None not in requests
