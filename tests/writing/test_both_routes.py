"""A mutation is answered as graphql-core answers it, and writes the same, once.

Each mutation is made on two databases: by graphql-core's execution, and by its plan where that can be.
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
UNDO = f"mutation($id: ID!) {{ undoChange(input: {{id: $id}}) {{ undoneChanges {{ operation entity }} {ERRORS} }} }}"
BATCH = f"""mutation($input: CreateJobsInput!, $first: Int) {{ createJobs(input: $input) {{
  changes(first: $first) {{ id entity operation node {{ id }} }}
  results {{ job {{ title }} changes {{ sequence operation columns {{ field }} }} {ERRORS} }} {ERRORS} }} }}"""
LITERAL = (
    'mutation { createJob(input: {title: "T", company: "C", salaryMin: 5, keywords: ["a"]}) { job { keywords } } }'
)

MUTATIONS: list[tuple[str, dict[str, Any] | None]] = [
    (CREATE_JOB, {"input": {"title": "A", "company": "C", "jobUrl": "https://a.example/1"}}),
    (CREATE_JOB, {"input": {"title": "B", "company": "C"}}),
    (CREATE_JOB, {"input": {"title": " ", "company": "C", "salaryMin": -1}}),
    (CREATE_JOB, {"input": {"title": "A", "company": "C", "jobUrl": "http://www.a.example/1#x"}}),
    (CREATE_JOB, {"input": {"title": "K", "company": "C", "idempotencyKey": "k"}}),
    (CREATE_JOB, {"input": {"title": "K", "company": "C", "idempotencyKey": "k"}}),
    (CREATE_JOB, {"input": {"title": "L", "company": "C", "idempotencyKey": "k"}}),
    (CREATE_JOB, {"input": {"title": 1, "company": "C"}}),
    (CREATE_JOB, {"input": {"company": "C"}}),
    (CREATE_JOB, {}),
    (BATCH, {"input": {"items": [{"title": "M", "company": "C"}, {"title": "N", "company": "C"}]}, "first": 3}),
    (BATCH, {"input": {"items": [{"title": "M", "company": "C"}, {"title": " ", "company": "C"}]}, "first": None}),
    (LITERAL, None),
    (APPLY, {"input": {"jobId": JOB, "experienceClaims": [CLAIM, CLAIM | {"exaggerationMultiplier": 2}]}}),
    (APPLY, {"input": {"jobId": JOB}}),
    (APPLY, {"input": {"jobId": JOB, "allowRepeat": True, "repeatReason": "Why not"}, "bare": True}),
    (APPLY, {"input": {"jobId": OTHER}, "claims": False}),
    (APPLY, {"input": {"jobId": UNKNOWN, "experienceClaims": [CLAIM | {"exaggerationMultiplier": 0}]}}),
    (APPLY, {"input": {"jobId": APPLICATION}, "bare": True}),
    (APPLY, {"input": {"jobId": JOB}, "claims": None}),
    (SEVERAL, {"title": "T"}),
    (UPDATE, {"input": {"id": JOB, "version": 1, "title": "New", "salaryMin": None}}),
    (UPDATE, {"input": {"id": JOB, "version": 1, "title": "Newer"}}),
    (UPDATE, {"input": {"id": "nonsense", "version": 1}}),
    (UPSERT, {"input": {"items": [{"id": JOB, "title": "Up", "company": "C"}, {"title": "In", "company": "C"}]}}),
    (
        UPSERT,
        {"input": {"atomic": False, "items": [{"title": "", "company": "C"}, {"title": "In", "company": "C"}]}},
    ),
    (UPSERT, {"input": {"items": []}}),
    (COMPUTED, {"input": {"title": "F", "company": "C", "salaryMin": 1}}),
    (ANSWERED, {"input": {"applicationId": APPLICATION, "responseType": "OFFER", "applyProposedStatus": True}}),
    (ANSWERED, {"input": {"applicationId": APPLICATION, "responseType": "ACKNOWLEDGMENT"}}),
    (ANSWERED, {"input": {"applicationId": APPLICATION, "responseType": "OFFER", "version": 1}}),
    (DELETE, {"id": OTHER}),
    (DELETE, {"id": OTHER}),
    (UNDO, {"id": encode("Change", 1)}),
]
"""Mutations in their order, with their variables."""


@pytest.fixture
async def two(
    engine: str, template: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[list[Database]]:
    """Two empty databases."""
    names = [f"{request.node.name[:20].replace('[', '_')}_{n}" for n in range(2)]
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


async def test_both_routes_lead_to_the_same(two: list[Database]) -> None:
    by_core, by_plan = (Executors(database) for database in two)
    with failing("Job", "salary", every=5):
        for text, variables in MUTATIONS:
            expected = await by_core.core(text, variables)
            assert await by_plan.planned(text, variables) == expected, (text, variables)
            first, second = [await written(database) for database in two]
            assert second == first, (text, variables)
