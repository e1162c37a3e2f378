"""Exports over HTTP: what the files hold, on both engines."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from jobbot_gql.applications.models import Application, EmployerResponse
from jobbot_gql.exporting.pages import PAGE_ROWS
from jobbot_gql.jobs.models import Job, JobStatus
from jobbot_gql.models import Company
from tests.conftest import Api, recorded
from tests.exporting.conftest import exported

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\uff1d1"]


def cells(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


async def test_every_export_holds_what_the_api_shows(api: Api) -> None:
    await api.add(
        Job(
            title='Says "hello", twice\r\nand more',
            company="Ångström",
            salary_min=50_000,
            keywords=["C++", "a, b"],
            remote_option=True,
            posting_date=date(2026, 1, 31),
            status=JobStatus.TARGETED,
            location="",
        )
    )
    fields = (
        "id databaseId title company salaryMin salaryMax keywords remoteOption postingDate scrapedDate status location"
    )
    (job,) = (await api.data(f"{{ jobs {{ nodes {{ {fields} }} }} }}"))["jobs"]["nodes"]
    names = ",".join(fields.split())

    lines = await exported(api, "jobs.jsonl", columns=names)
    assert json.loads(lines) == job
    assert json.loads(await exported(api, "jobs.json", columns=names)) == [job]
    assert (
        await exported(api, "jobs.csv", columns=names)
        == (
            f"{names}\r\n"
            f'{job["id"]},{job["databaseId"]},"Says ""hello"", twice\r\nand more",Ångström,50000,,'
            f'"[""C++"",""a, b""]",true,2026-01-31,{job["scrapedDate"]},TARGETED,""\r\n'
        ).encode()
    )


async def test_all_columns_and_the_ids_of_related_rows_come_without_columns(api: Api) -> None:
    await api.add(Application(job=Job(title="T", company="C")))
    (application,) = (await api.data("{ applications { nodes { id job { id } } } }"))["applications"]["nodes"]
    row = json.loads(await exported(api, "applications.jsonl"))

    assert (row["id"], row["job.id"]) == (application["id"], application["job"]["id"])
    assert {"databaseId", "status", "applicationDate", "integrityScore", "notes", "version"} <= row.keys()


async def test_columns_follow_relations(api: Api) -> None:
    await api.add(
        Company(name="Acme", website="https://acme.example"),
        EmployerResponse(
            application=Application(job=Job(title="T", company="Acme")), response_type="other", subject_line="Hello"
        ),
        EmployerResponse(application=Application(job=Job(title="U", company="Nameless")), response_type="other"),
    )
    names = ["subjectLine", "application.job.title", "application.job.companyRecord.website"]
    content = await exported(api, "employerResponses.csv", columns=",".join(names), orderBy='{"field": "DATABASE_ID"}')

    assert [list(row.values()) for row in cells(content)] == [["Hello", "T", "https://acme.example"], ["", "U", ""]]


async def test_filters_and_orders_are_those_of_the_api(api: Api) -> None:
    await api.add(*(Job(title=f"T{number}", company="C", salary_min=number) for number in range(5)))
    lines = await exported(
        api,
        "jobs.jsonl",
        columns="title",
        filter='{"salaryMin": {"gte": 2}, "not": {"title": {"eq": "T3"}}}',
        orderBy='[{"field": "SALARY_MIN", "direction": "DESC"}]',
    )
    assert [json.loads(line)["title"] for line in lines.splitlines()] == ["T4", "T2"]


@pytest.mark.parametrize("rows", [0, 1, PAGE_ROWS - 1, PAGE_ROWS, PAGE_ROWS + 1, 2 * PAGE_ROWS + 1])
async def test_pages_hold_each_row_once(api: Api, rows: int) -> None:
    jobs = [Job(title="T", company="C", salary_min=number % 7 or None) for number in range(rows)]
    await api.add(*jobs)
    order = '[{"field": "SALARY_MIN"}, {"field": "DATABASE_ID", "direction": "DESC"}]'
    found = json.loads(await exported(api, "jobs.json", columns="databaseId,salaryMin", orderBy=order))

    key = lambda row: (row["salaryMin"] is None, row["salaryMin"] or 0, -row["databaseId"])  # noqa: E731
    assert found == sorted(found, key=key)
    assert {row["databaseId"] for row in found} == {job.id for job in jobs}
    assert len(found) == rows
    assert len(cells(await exported(api, "jobs.csv"))) == rows


async def test_statements_grow_with_pages_only(api: Api) -> None:
    numbers = []
    for rows in (1, 20):
        await api.add(*(Application(job=Job(title="T", company=f"C{number}")) for number in range(rows)))
        with recorded(api.database) as statements:
            await exported(api, "applications.csv", columns="id,job.title,job.companyRecord.name")
        numbers.append(len(statements))
    assert numbers == [3, 3]


async def test_formulas_are_escaped_on_request_only(api: Api) -> None:
    await api.add(*(Job(title=formula, company="C", salary_min=5) for formula in FORMULAS))
    order = '{"field": "DATABASE_ID"}'
    plain = await exported(api, "jobs.csv", columns="title,salaryMin", orderBy=order)
    safe = await exported(api, "jobs.csv", columns="title,salaryMin", orderBy=order, excelSafe="true")

    assert [row["title"] for row in cells(plain)] == FORMULAS
    assert safe.startswith("\ufeff".encode())
    assert [row["title"] for row in cells(safe.removeprefix("\ufeff".encode()))] == [f"'{one}" for one in FORMULAS]
    assert {row["salaryMin"] for row in cells(plain)} == {"5"}


async def test_values_that_cannot_be_read_are_null(api: Api) -> None:
    await api.add(Job(title="T", company="C"))
    broken = "'nonsense'" if api.database.dialect == "sqlite" else "'infinity'"
    async with api.database.writer.begin() as connection:
        await connection.execute(text(f"UPDATE jobs SET posting_date = {broken}, keywords = 'no list'"))  # noqa: S608
    row = json.loads(await exported(api, "jobs.jsonl", columns="title,postingDate,keywords"))

    expected: Any = None if api.database.dialect == "sqlite" else "9999-12-31"
    assert row == {"title": "T", "postingDate": expected, "keywords": []}
