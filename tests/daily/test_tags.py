"""Tags, over HTTP on both engines."""

from typing import Any

import pytest

from tests.conftest import Api, everything
from tests.writing.conftest import World

TAGGED = "query($filter: JobFilter) { jobs(filter: $filter, orderBy: {field: DATABASE_ID}) { nodes { id } } }"


@pytest.fixture
def world(api: Api) -> World:
    return World(api)


async def tagged(api: Api, **filter_: Any) -> list[str]:
    found = await api.data(TAGGED, {"filter": {"tags": filter_}})
    return [job["id"] for job in found["jobs"]["nodes"]]


async def test_rows_of_several_types_are_tagged_filtered_and_untagged(api: Api, world: World) -> None:
    jobs = [await world.job(), await world.job()]
    application, company = await world.application(jobId=jobs[0]), await world.company()
    ids = [*jobs, application, company]

    assert await api.mutate("addTags", "count", ids=ids, names=[" remote  first ", "b"]) == {"count": 8}
    assert await api.mutate("addTags", "count", ids=jobs, names=["b", "c", "c"]) == {"count": 2}

    shown = "tags { name job { id } application { id } company { id } }"
    data = await api.data(
        f"""query($job: ID!, $application: ID!, $company: ID!) {{
            job(by: {{id: $job}}) {{ {shown} }} application(by: {{id: $application}}) {{ {shown} }}
            company(by: {{id: $company}}) {{ {shown} }}
            tags(first: 0) {{ totalCount groupBy(by: [NAME]) {{ count }} }} }}""",
        {"job": jobs[0], "application": application, "company": company},
    )
    blank = {"job": None, "application": None, "company": None}
    assert data["job"]["tags"] == [
        {"name": name, **blank, "job": {"id": jobs[0]}} for name in ("b", "c", "remote first")
    ]
    assert data["application"]["tags"][0] == {"name": "b", **blank, "application": {"id": application}}
    assert [tag["name"] for tag in data["company"]["tags"]] == ["b", "remote first"]
    assert data["tags"] == {"totalCount": 10, "groupBy": [{"count": 4}, {"count": 2}, {"count": 4}]}

    assert await api.mutate("removeTags", "count", ids=[jobs[1], company], names=["c", "x"]) == {"count": 1}
    assert await tagged(api, some={"name": {"eq": "c"}}) == [jobs[0]]
    assert await tagged(api, none={"name": {"eq": "c"}}) == [jobs[1]]
    assert await tagged(api, some={"name": {"in": ["b"]}}) == jobs


async def test_tags_are_deleted_purged_and_restored_with_their_row(api: Api, world: World) -> None:
    job = await world.job()
    await api.mutate("addTags", "count", ids=[job], names=["a", "b"])
    before = (await everything(api.database))["tags"]

    deleted = await api.mutate("deleteJob", "change { id }", id=job)
    assert (await everything(api.database))["tags"] == []
    await api.mutate("undoChange", "undoneChanges { id }", id=deleted["change"]["id"])
    assert (await everything(api.database))["tags"] == before

    purged = await api.mutate("purge", "purgedIds", id=job)
    assert purged["purgedIds"] == [job, "VGFnOjE", "VGFnOjI", "U3RhdHVzRXZlbnQ6MQ"]
    log = (await everything(api.database))["change_log"]
    assert all(entry.before is entry.after is None for entry in log)


async def test_adding_and_removing_tags_can_be_undone(api: Api, world: World) -> None:
    job = await world.job()
    await api.mutate("addTags", "count", ids=[job], names=["a"])
    feed = "{ changes(first: 250) { nodes { requestId entity operation columns { field after } } } }"
    (added,) = [change for change in (await api.data(feed))["changes"]["nodes"] if change["entity"] == "TAG"]
    assert added["operation"] == "CREATE"
    assert {"field": "jobId", "after": job} in added["columns"]

    removed = await api.mutate("removeTags", "requestId", ids=[job], names=["a"])
    await api.mutate("undoChanges", "undoneChanges { id }", requestId=removed["requestId"])
    assert await tagged(api, some={"name": {"eq": "a"}}) == [job]
    await api.mutate("removeTags", "count", ids=[job], names=["a"])
    await api.mutate("addTags", "count", ids=[job], names=["a"])
    ((code, _, message),) = await api.rejected("undoChanges", requestId=removed["requestId"])
    assert code == "UNDO_CONFLICT"
    assert "Tag 2 has the same" in message


async def test_tags_are_in_the_timeline(api: Api, world: World) -> None:
    job, company = await world.job(), await world.company()
    application = await world.application(jobId=job)
    await api.mutate("addTags", "count", ids=[job, company, application], names=["a"])
    timeline = "timeline { kind node { ... on Tag { name } } }"
    data = await api.data(
        f"""query($job: ID!, $application: ID!, $company: ID!) {{
            job(by: {{id: $job}}) {{ {timeline} }} application(by: {{id: $application}}) {{ {timeline} }}
            company(by: {{id: $company}}) {{ {timeline} }} }}""",
        {"job": job, "application": application, "company": company},
    )
    assert [row["timeline"][-1] for row in data.values()] == [{"kind": "TAG", "node": {"name": "a"}}] * 3


async def test_statements_do_not_grow_with_rows(api: Api) -> None:
    counts: dict[str, list[int]] = {"addTags": [], "removeTags": []}
    for count in (2, 1000):
        items = [{"title": "a", "company": "b"}] * count
        payload = await api.mutate("createJobs", "results { job { id } }", items=items)
        ids = [result["job"]["id"] for result in payload["results"]]
        for mutation, seen in counts.items():
            assert await api.mutate(mutation, "count", ids=ids, names=["a", "b"]) == {"count": 2 * count}
            seen.append(len(api.statements))
    assert all(few == many <= 6 for few, many in counts.values())


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"names": []}, ("REQUIRED", "input.names", "names must have at least one name.")),
        ({"names": [" "]}, ("REQUIRED", "input.names.0", "names.0 must not be blank.")),
        (
            {"names": ["a", "é" * 101]},
            ("TOO_LONG", "input.names.1", "names.1 must have at most 100 characters; got 101."),
        ),
        ({"names": ["a"] * 11}, ("TOO_MANY", "input.names", "names must have at most 10 names; got 11.")),
        ({"ids": ["Sm9iOjE"] * 1001}, ("TOO_MANY", "input.ids", "ids must have at most 1,000 ids; got 1,001.")),
        ({"ids": ["Sm9iOjE", "Sm9iOjk5"]}, ("NOT_FOUND", "input.ids.1", "Job 99 not found.")),
        (
            {"ids": ["UmVmZXJlbmNlOjE="]},
            (
                "WRONG_TYPE",
                "input.ids.0",
                "ids.0 must be the id of a Job, Application, Company, Contact;"
                " got one of type Reference: 'UmVmZXJlbmNlOjE='.",
            ),
        ),
    ],
)
async def test_what_is_rejected(api: Api, world: World, given: dict[str, Any], error: tuple[str, str, str]) -> None:
    await world.job()

    assert await api.rejected("addTags", **{"ids": ["Sm9iOjE"], "names": ["a"], **given}) == [error]
