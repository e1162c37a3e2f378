"""A mutation that was seen before is answered as graphql-core answers it, and writes the same, once.

Each mutation is made on three databases: by graphql-core's executor, by ours, and on the short road where it can be.
"""

import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from tests.api.executors import Executors, failing
from tests.conftest import database_at, everything
from tests.postgres import create_database, drop_database

CHANCE = re.compile(r"datetime\.datetime\([^)]*\)|\d{4}-\d\d-\d\d[T ][\d:.]+(?:\+00:00)?|'(?:[0-9a-f]{16}|test)'")
"""Moments and the ids of requests."""
ERRORS = """userErrors { __typename code message path
  ... on StaleVersionError { currentVersion } ... on DuplicateJobUrlError { job { id title } }
  ... on AlreadyAppliedError { application { id status } } }"""
JOB, OTHER, UNKNOWN, APPLICATION = encode("Job", 1), encode("Job", 2), encode("Job", 99), encode("Application", 1)
CLAIM = {"claimType": "embellishment", "originalExperience": "o", "claimedExperience": "c"}

CREATE_JOB = (
    f"mutation($input: CreateJobInput!) {{ createJob(input: $input) {{ job {{ id title version }} {ERRORS} }} }}"
)
APPLY = f"""mutation Apply($input: CreateApplicationInput!, $claims: Boolean = true, $bare: Boolean = false) {{
  made: createApplication(input: $input) {{
    __typename
    application {{
      ...Figures
      twin: job {{ id title }} job {{ id }}
      experienceClaims @include(if: $claims) {{ claimType riskLevel credibilityImpact }}
    }}
    again: application {{ databaseId }}
    ...Wrong @skip(if: $bare)
  }}
}}
fragment Figures on Application {{ databaseId status integrityScore ... on Node {{ id }} }}
fragment Wrong on CreateApplicationPayload {{ {ERRORS} }}"""
UPSERT = f"""mutation($input: UpsertJobsInput!) {{ upsertJobs(input: $input) {{
  results {{ __typename outcome job {{ title version }} {ERRORS} }} {ERRORS} }} }}"""
SEVERAL = f"""mutation($title: String!) {{
  __typename
  first: createJob(input: {{title: $title, company: "C"}}) {{ job {{ databaseId title }} {ERRORS} }}
  second: updateJob(input: {{id: "{JOB}", version: 77, title: $title}}) {{ job {{ id }} {ERRORS} }}
  third: createJob(input: {{title: "", company: "C"}}) {{ job {{ id }} {ERRORS} }}
  fourth: updateJob(input: {{id: "{OTHER}", version: 1, title: $title}}) {{ job {{ title version }} {ERRORS} }}
}}"""
UPDATE = f"mutation($input: UpdateJobInput!) {{ updateJob(input: $input) {{ job {{ title version }} {ERRORS} }} }}"
COMPUTED = (
    "mutation($input: CreateJobInput!) { createJob(input: $input) { job { id salary { min } } userErrors { code } } }"
)
ANSWERED = f"""mutation($input: RecordEmployerResponseInput!) {{ recordEmployerResponse(input: $input) {{
  proposedStatus employerResponse {{ responseType }} application {{ status version responses {{ responseType }} }}
  statusEvent {{ fromStatus toStatus note }} {ERRORS} }} }}"""
DELETE = f"mutation($id: ID!) {{ deleteJob(input: {{id: $id}}) {{ change {{ operation entity }} {ERRORS} }} }}"
UNDO = f"mutation($id: ID!) {{ undoChange(input: {{id: $id}}) {{ changes {{ operation entity }} {ERRORS} }} }}"
LITERAL = (
    'mutation { createJob(input: {title: "T", company: "C", salaryMin: 5, keywords: ["a"]}) { job { keywords } } }'
)

MUTATIONS: list[tuple[str, dict[str, Any] | None, bool]] = [
    (CREATE_JOB, {"input": {"title": "A", "company": "C", "jobUrl": "https://a.example/1"}}, True),
    (CREATE_JOB, {"input": {"title": "B", "company": "C"}}, True),
    (CREATE_JOB, {"input": {"title": " ", "company": "C", "salaryMin": -1}}, False),
    (CREATE_JOB, {"input": {"title": "A", "company": "C", "jobUrl": "http://www.a.example/1#x"}}, False),
    (CREATE_JOB, {"input": {"title": "K", "company": "C", "idempotencyKey": "k"}}, True),
    (CREATE_JOB, {"input": {"title": "K", "company": "C", "idempotencyKey": "k"}}, True),
    (CREATE_JOB, {"input": {"title": "L", "company": "C", "idempotencyKey": "k"}}, False),
    (CREATE_JOB, {"input": {"title": 1, "company": "C"}}, False),
    (CREATE_JOB, {"input": {"company": "C"}}, False),
    (CREATE_JOB, {}, False),
    (LITERAL, None, True),
    (APPLY, {"input": {"jobId": JOB, "experienceClaims": [CLAIM, CLAIM | {"exaggerationMultiplier": 2}]}}, True),
    (APPLY, {"input": {"jobId": JOB}}, False),
    (APPLY, {"input": {"jobId": JOB, "allowRepeat": True, "repeatReason": "Why not"}, "bare": True}, True),
    (APPLY, {"input": {"jobId": OTHER}, "claims": False}, True),
    (APPLY, {"input": {"jobId": UNKNOWN, "experienceClaims": [CLAIM | {"exaggerationMultiplier": 0}]}}, False),
    (APPLY, {"input": {"jobId": APPLICATION}, "bare": True}, True),
    (APPLY, {"input": {"jobId": JOB}, "claims": None}, False),
    (SEVERAL, {"title": "T"}, False),
    (UPDATE, {"input": {"id": JOB, "version": 1, "title": "New", "salaryMin": None}}, True),
    (UPDATE, {"input": {"id": JOB, "version": 1, "title": "Newer"}}, False),
    (UPDATE, {"input": {"id": "nonsense", "version": 1}}, False),
    (UPSERT, {"input": {"items": [{"id": JOB, "title": "Up", "company": "C"}, {"title": "In", "company": "C"}]}}, True),
    (
        UPSERT,
        {"input": {"atomic": False, "items": [{"title": "", "company": "C"}, {"title": "In", "company": "C"}]}},
        False,
    ),
    (UPSERT, {"input": {"items": []}}, True),
    (COMPUTED, {"input": {"title": "F", "company": "C", "salaryMin": 1}}, False),
    (ANSWERED, {"input": {"applicationId": APPLICATION, "responseType": "OFFER", "applyProposedStatus": True}}, True),
    (ANSWERED, {"input": {"applicationId": APPLICATION, "responseType": "ACKNOWLEDGMENT"}}, True),
    (ANSWERED, {"input": {"applicationId": APPLICATION, "responseType": "OFFER", "version": 1}}, False),
    (DELETE, {"id": OTHER}, True),
    (DELETE, {"id": OTHER}, False),
    (UNDO, {"id": encode("Change", 1)}, False),
]
"""Mutations in their order, with their variables, and whether the short road answers them."""


@pytest.fixture
async def three(
    engine: str, template: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[list[Database]]:
    """Three empty databases."""
    names = [f"{request.node.name[:20].replace('[', '_')}_{n}" for n in range(3)]
    if engine == "sqlite":
        for name in names:
            shutil.copyfile(template, tmp_path / name)
        urls = [f"sqlite:///{tmp_path / name}" for name in names]
    else:
        server = request.getfixturevalue("postgres")
        for name in names:
            await create_database(server, name, template=template)
        urls = [database_at(server, name) for name in names]
    databases = [Database(normalise(url)) for url in urls]
    yield databases
    for database, name in zip(databases, names, strict=True):
        await database.dispose()
        if engine == "postgresql":
            await drop_database(server, name)


async def written(database: Database) -> list[str]:
    """Every row of every table, without what differs from one time to the next."""
    found = await everything(database)
    return [CHANCE.sub("_", f"{table}: {tuple(row)}") for table, rows in found.items() for row in rows]


async def test_the_short_road_leads_to_the_same(three: list[Database]) -> None:
    by_core, by_levels, on_short_road = (Executors(database) for database in three)
    with failing("Job", "salary", every=5):
        for text, variables, is_short in MUTATIONS:
            expected = await by_core.core(text, variables)
            assert await by_levels.levels(text, variables) == expected, (text, variables)
            found, was_short = await on_short_road.written(text, variables)
            assert found == expected, (text, variables)
            assert was_short == is_short, (text, variables)
            first, second, third = [await written(database) for database in three]
            assert second == first, (text, variables)
            assert third == first, (text, variables)
