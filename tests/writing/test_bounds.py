"""Numbers and URLs that writes reject, and stored ones that break the rule all the same."""

import re
from typing import Any

import pytest
from sqlalchemy import Float, String, text

from jobbot_gql.models import Base
from jobbot_gql.upkeep.doctor import examine
from tests.conftest import Api

COLUMNS = [column for table in Base.metadata.sorted_tables for column in table.columns]
FLOATS = [column for column in COLUMNS if isinstance(column.type, Float)]
URLS = [
    column
    for column in COLUMNS
    if isinstance(column.type, String)
    and re.search(r"url|website|link|homepage", column.name)
    and "key" not in column.name
]
NOT_URLS = ["javascript:alert(1)", "data:text/html,x", "ftp://example.com/x", "example.com", "https://", "/jobs/1"]


def test_every_column_of_floats_has_two_bounds() -> None:
    assert len(FLOATS) > 8
    unbounded = [
        str(one)
        for one in FLOATS
        if one.info["range"].le is None or (one.info["range"].ge, one.info["range"].gt) == (None, None)
    ]

    assert unbounded == []


def test_every_column_of_urls_says_so() -> None:
    assert {str(one) for one in URLS} == {
        "jobs.job_url",
        "job_sources.url",
        "companies.website",
        "interviews.meeting_url",
        "contacts.profile_url",
    }
    assert all(one.info.get("http_url") for one in URLS)


@pytest.mark.parametrize("url", NOT_URLS)
async def test_only_http_urls_are_stored(api: Api, url: str) -> None:
    company = (
        await api.mutate("createCompany", "company { id version }", name="Acme", website="https://acme.example")
    )["company"]
    job: dict[str, Any] = {"title": "Engineer", "company": "Acme"}

    for mutation, given, path in (
        ("createCompany", {"name": "Other", "website": url}, ["input", "website"]),
        ("updateCompany", {"id": company["id"], "version": company["version"], "website": url}, ["input", "website"]),
        ("createJob", {**job, "jobUrl": url}, ["input", "jobUrl"]),
    ):
        payload = await api.mutate(mutation, "__typename", **given)
        assert [(one["code"], one["path"]) for one in payload["userErrors"]] == [("INVALID_URL", path)]

    assert await api.data("{ companies { nodes { website } } }") == {
        "companies": {"nodes": [{"website": "https://acme.example"}]}
    }


async def test_a_blank_website_is_none(api: Api) -> None:
    payload = await api.mutate("createCompany", "company { website }", name="Acme", website="  ")

    assert payload["company"] == {"website": None}


@pytest.mark.parametrize("multiplier", [1e300, 1_000_001, 0, -1])
async def test_a_multiplier_out_of_bounds_is_rejected(api: Api, multiplier: float) -> None:
    application = await _application(api)

    payload = await api.mutate("createExperienceClaim", "__typename", **_claim(application, multiplier))

    assert [one["code"] for one in payload["userErrors"]] == ["OUT_OF_RANGE"]


@pytest.mark.parametrize("stored", ["1e300", "9e999", "-9e999"])
async def test_figures_over_numbers_that_are_too_large_are_null(api: Api, stored: str) -> None:
    await _claim_with(api, stored)
    figures = "avg { exaggerationMultiplier credibilityImpact } sum { exaggerationMultiplier credibilityImpact }"
    figures += " min { exaggerationMultiplier } max { exaggerationMultiplier }"
    whole = f"experienceClaims {{ aggregate {{ count {figures} }} }}"

    data = await api.data(f"{{ {whole} other: applications {{ aggregate {{ avg {{ integrityScore }} }} }} }}")

    found = data["experienceClaims"]["aggregate"]
    assert found["count"] == 2
    assert found["avg"] == {"exaggerationMultiplier": None, "credibilityImpact": 0.25}
    assert found["sum"] == {"exaggerationMultiplier": None, "credibilityImpact": 0.5}
    assert {found[one]["exaggerationMultiplier"] for one in ("min", "max")} == (
        {1e300, 2.0} if stored == "1e300" else {None, 2.0}
    )
    assert data["other"]["aggregate"]["avg"]["integrityScore"] is not None


async def test_doctor_lists_numbers_and_urls_that_break_the_rules(api: Api) -> None:
    await _claim_with(api, "1e300")
    async with api.database.writer.begin() as connection:
        await connection.execute(
            text("INSERT INTO companies (name, website, version) VALUES ('Acme', 'javascript:alert(1)', 1)")
        )

    found = await examine(api.database.url, Base)

    assert [(one.kind, one.table, one.column, one.count, one.blocks) for one in found if one.kind != "trigger"] == [
        ("url", "companies", "website", 1, False),
        ("range", "experience_claims", "exaggeration_multiplier", 1, False),
    ]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)  # an error aborts no transaction of SQLite
async def test_the_error_that_aborted_a_transaction_is_the_one_that_is_logged(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    async with api.database.writer.begin() as connection:  # a fault that only the database knows
        await connection.execute(text("ALTER TABLE companies RENAME COLUMN industry TO branch"))

    answer = await api.answer("{ companies { nodes { id } aggregate { distinct { industry } } } }")

    assert answer["errors"]
    causes = [
        getattr(record.exc_info[1].__cause__, "sqlstate", None)
        for record in caplog.records
        if record.exc_info and record.exc_info[1]
    ]
    assert causes
    assert set(causes) == {"42703"}


async def _application(api: Api) -> str:
    job = (await api.mutate("createJob", "job { id }", title="Engineer", company="Acme"))["job"]["id"]
    application: str = (await api.mutate("createApplication", "application { id }", jobId=job))["application"]["id"]
    return application


def _claim(application: str, multiplier: float) -> dict[str, Any]:
    return {
        "applicationId": application,
        "claimType": "embellishment",
        "originalExperience": "Helped a team of 2",
        "claimedExperience": "Led a team of 4",
        "exaggerationMultiplier": multiplier,
    }


async def _claim_with(api: Api, stored: str) -> None:
    """Two claims, one of which another program gives a multiplier that no write accepts."""
    application = await _application(api)
    for _ in range(2):
        await api.mutate("createExperienceClaim", "__typename", **_claim(application, 2))
    if api.database.dialect == "postgresql":
        stored = f"CAST('{stored.replace('9e999', 'Infinity')}' AS float8)"
    first = "id = (SELECT min(id) FROM experience_claims)"
    async with api.database.writer.begin() as connection:
        await connection.execute(text(f"UPDATE experience_claims SET exaggeration_multiplier = {stored} WHERE {first}"))  # noqa: S608 - our own
