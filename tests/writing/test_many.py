"""Writing many rows at once: all or none, or each for itself; over HTTP on both engines."""

from typing import Any

import pytest

from tests.conftest import Api, everything
from tests.writing.conftest import World

ERRORS = "userErrors { code path message }"
MOST_STATEMENTS = 16


async def results(api: Api, mutation: str, selection: str, **given: Any) -> list[dict[str, Any]]:
    """The results of a mutation of many rows, without empty lists of errors."""
    payload = await api.mutate(mutation, f"results {{ {selection} {ERRORS} }}", **given)
    assert list(payload) == ["results"]
    for result in payload["results"]:
        if not result["userErrors"]:
            del result["userErrors"]
    found: list[dict[str, Any]] = payload["results"]
    return found


def titled(*titles: str) -> list[dict[str, Any]]:
    return [{"title": title, "company": "Firm"} for title in titles]


async def test_rows_are_added_in_order(api: Api) -> None:
    rows = await results(api, "createJobs", "job { databaseId title version }", items=titled("b", "a", "c"))

    assert rows == [
        {"job": {"databaseId": n, "title": title, "version": 1}} for n, title in enumerate(("b", "a", "c"), start=1)
    ]


async def test_one_rejection_rejects_all(api: Api) -> None:
    before = await everything(api.database)

    rows = await results(api, "createJobs", "job { id }", items=titled("a", "", "c", " "))

    path = ["input", "items"]

    def aborted(n: int) -> dict[str, Any]:
        message = "Not saved because another item of this atomic request was rejected."
        return {"job": None, "userErrors": [{"code": "ABORTED", "path": [*path, str(n)], "message": message}]}

    assert rows == [
        aborted(0),
        {
            "job": None,
            "userErrors": [{"code": "REQUIRED", "path": [*path, "1", "title"], "message": "title must not be blank."}],
        },
        aborted(2),
        {
            "job": None,
            "userErrors": [{"code": "REQUIRED", "path": [*path, "3", "title"], "message": "title must not be blank."}],
        },
    ]
    assert await everything(api.database) == before


async def test_each_for_itself(api: Api) -> None:
    rows = await results(api, "createJobs", "job { title }", atomic=False, items=titled("a", "", "c"))

    assert [row["job"] for row in rows] == [{"title": "a"}, None, {"title": "c"}]
    assert (await api.data("{ jobs { totalCount } statusEvents { totalCount } }")) == {
        "jobs": {"totalCount": 2},
        "statusEvents": {"totalCount": 2},
    }


async def test_two_items_with_one_address(api: Api) -> None:
    items = [
        one | {"jobUrl": url}
        for one, url in zip(titled("a", "b"), ("https://f.example/1", "http://f.example/1/"), strict=True)
    ]
    query = """mutation($input: CreateJobsInput!) { createJobs(input: $input) { results {
        job { title } userErrors { code path ... on DuplicateJobUrlError { job { title } } } } } }"""
    error = {"code": "DUPLICATE_JOB_URL", "path": ["input", "items", "1", "jobUrl"]}

    rejected = (await api.data(query, {"input": {"items": items}}))["createJobs"]["results"]
    assert rejected[1] == {"job": None, "userErrors": [error | {"job": None}]}

    kept = (await api.data(query, {"input": {"items": items, "atomic": False}}))["createJobs"]["results"]
    assert kept == [
        {"job": {"title": "a"}, "userErrors": []},
        {"job": None, "userErrors": [error | {"job": {"title": "a"}}]},
    ]


async def test_an_item_that_is_rejected_takes_nothing_from_the_others(api: Api, world: World) -> None:
    address = {"jobUrl": "https://f.example/1"}
    one, two = titled("a", "b")
    items = [one | address | {"salaryMin": 2, "salaryMax": 1}, two | address]
    rows = await results(api, "createJobs", "job { title }", items=items, atomic=False)
    assert [row["job"] for row in rows] == [None, {"title": "b"}]
    assert [error["code"] for error in rows[0]["userErrors"]] == ["MIN_ABOVE_MAX"]

    job = await world.job()
    late = {"applicationDate": "2026-03-02T00:00:00Z", "interviewDate": "2026-03-01T00:00:00Z"}
    items = [{"jobId": job} | late, {"jobId": job}]
    rows = await results(api, "createApplications", "application { status }", items=items, atomic=False)
    assert [row["application"] for row in rows] == [None, {"status": "SUBMITTED"}]
    assert [error["code"] for error in rows[0]["userErrors"]] == ["DATE_ORDER"]


async def test_rows_are_changed_together(api: Api, world: World) -> None:
    one, two = await world.job(keywords=["k"]), await world.job()
    items = [
        {"id": two, "version": 1, "title": "Two"},
        {"id": one, "version": 1, "company": "One", "salaryMin": 1},
    ]

    rows = await results(api, "updateJobs", "job { id version title company salaryMin keywords }", items=items)

    assert rows == [
        {"job": {"id": two, "version": 2, "title": "Two", "company": "Firm", "salaryMin": None, "keywords": []}},
        {"job": {"id": one, "version": 2, "title": "Engineer", "company": "One", "salaryMin": 1, "keywords": ["k"]}},
    ]
    log = (await everything(api.database))["change_log"][-2:]
    assert {(entry.entity_id, *sorted(entry.after)) for entry in log} == {
        (1, "company", "salary_min", "version"),
        (2, "title", "version"),
    }


async def test_the_same_row_twice_in_one_request(api: Api, world: World) -> None:
    job = await world.job()
    items = [{"id": job, "version": 1, "title": "A"}, {"id": job, "version": 1, "title": "B"}]

    rows = await results(api, "updateJobs", "job { title }", items=items, atomic=False)

    message = "Job 1 was already changed by an earlier item of this request."
    error = {"code": "STALE_VERSION", "path": ["input", "items", "1", "id"], "message": message}
    assert rows == [{"job": {"title": "A"}}, {"job": None, "userErrors": [error]}]
    rows = await results(api, "deleteJobs", "change { operation }", items=[{"id": job}, {"id": job}], atomic=False)
    assert rows == [{"change": {"operation": "DELETE"}}, {"change": None, "userErrors": [error]}]


async def test_one_rejected_deletion_keeps_all(api: Api, world: World) -> None:
    jobs = [await world.job(), await world.job()]
    before = await everything(api.database)

    rows = await results(api, "deleteJobs", "change { id }", items=[{"id": job} for job in (*jobs, jobs[0])])

    assert [[error["code"] for error in row["userErrors"]] for row in rows] == [
        ["ABORTED"],
        ["ABORTED"],
        ["STALE_VERSION"],
    ]
    assert [row["change"] for row in rows] == [None] * 3
    assert await everything(api.database) == before


async def test_upserts_find_rows_by_address_or_id(api: Api, world: World) -> None:
    known = await world.job(jobUrl="https://firm.example/1", location="Berlin", salaryMin=1)
    by_id = await world.job()
    items = [
        {"title": "Known", "company": "Firm", "jobUrl": "http://www.firm.example/1?utm_source=x", "salaryMin": None},
        {"title": "New", "company": "Firm", "jobUrl": "https://firm.example/2"},
        {"title": "Engineer", "company": "Firm", "id": by_id},
        {"title": "No address", "company": "Firm"},
        {"title": "New again", "company": "Firm", "jobUrl": "https://firm.example/2", "location": "Paris"},
        {"title": "No address", "company": "Firm"},
    ]

    rows = await results(api, "upsertJobs", "outcome job { databaseId title location salaryMin jobUrl }", items=items)

    def row(outcome: str, number: int, **values: Any) -> dict[str, Any]:
        nothing = {"location": None, "salaryMin": None, "jobUrl": None}
        return {"outcome": outcome, "job": {"databaseId": number} | nothing | values}

    new = row("CREATED", 3, title="New again", location="Paris", jobUrl="https://firm.example/2")
    assert rows == [
        row("UPDATED", 1, title="Known", location="Berlin", jobUrl="http://www.firm.example/1?utm_source=x"),
        new,
        row("UNCHANGED", 2, title="Engineer"),
        row("CREATED", 4, title="No address"),
        new | {"outcome": "UPDATED"},
        row("CREATED", 5, title="No address"),
    ]
    assert known == "Sm9iOjE"
    again = await results(api, "upsertJobs", "outcome", items=items[:1] + items[4:5])
    assert again == [{"outcome": "UNCHANGED"}, {"outcome": "UNCHANGED"}]


@pytest.mark.parametrize(
    ("mutation", "item"),
    [
        ("createJobs", titled("a")[0]),
        ("updateJobs", {"id": "Sm9iOjE", "version": 1}),
        ("deleteJobs", {"id": "Sm9iOjE"}),
    ],
)
async def test_no_more_than_a_thousand(api: Api, mutation: str, item: dict[str, Any]) -> None:
    assert await api.rejected(mutation, items=[item] * 1001) == [
        ("TOO_MANY", "input.items", "items must have at most 1,000 items; got 1,001.")
    ]


async def test_nothing_to_do(api: Api) -> None:
    for mutation in ("createJobs", "updateJobs", "upsertJobs", "deleteJobs"):
        assert await api.mutate(mutation, "results { userErrors { code } }", items=[]) == {"results": []}


async def test_a_thousand_rows_take_as_many_statements_as_four(api: Api) -> None:
    columns = ("location", "description", "industry", "jobType")

    def items(count: int, word: str) -> list[dict[str, Any]]:
        """Jobs that differ in which columns they give."""
        return [
            {"title": f"{word} {n}", "company": "Firm", "jobUrl": f"https://firm.example/{count}/{n}"}
            | {columns[n % 4]: word}
            | ({"keywords": [word]} if n % 3 else {})
            for n in range(count)
        ]

    counts = {}
    for count in (4, 1000):
        for word in ("added", "changed", "same"):
            given = items(count, "changed" if word == "same" else word)
            await results(api, "upsertJobs", "outcome job { title keywords }", items=given)
            counts[count, word] = len(api.statements)

    for word in ("added", "changed", "same"):
        assert counts[1000, word] == counts[4, word] <= MOST_STATEMENTS
    data = await api.data(
        "{ jobs(first: 3, filter: {databaseId: {gt: 4}}, orderBy: {field: DATABASE_ID}) {"
        " totalCount nodes { title version location keywords } } }"
    )
    assert data["jobs"]["totalCount"] == 1000
    assert data["jobs"]["nodes"] == [
        {"title": "changed 0", "version": 2, "location": "changed", "keywords": []},
        {"title": "changed 1", "version": 2, "location": None, "keywords": ["changed"]},
        {"title": "changed 2", "version": 2, "location": None, "keywords": ["changed"]},
    ]


async def test_an_application_with_claims_takes_few_statements_however_many_claims(api: Api, world: World) -> None:
    claim = {"claimType": "omission", "originalExperience": "o", "claimedExperience": "c"}
    counts = []
    for claims in (2, 200):
        job = await world.job()
        await api.mutate("createApplication", "application { id }", jobId=job, experienceClaims=[claim] * claims)
        counts.append(len(api.statements))
    assert counts[0] == counts[1]
    assert counts[0] <= MOST_STATEMENTS
