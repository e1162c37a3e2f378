"""Every field of the schema is planned, and the number of statements does not depend on the number of parents."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLObjectType

from jobbot_gql.api.engine.route import FallbackReason, Route
from jobbot_gql.api.strawberry_internals import definition_of
from jobbot_gql.api.types.entity import COLUMN, PLAN, VALUE
from jobbot_gql.api.types.global_ids import encode
from jobbot_gql.db.database import Database
from jobbot_gql.models import Application, EmployerResponse, ExperienceClaim, Job, JobSource
from jobbot_gql.schema import schema
from tests.api.executors import Executors
from tests.conftest import recorded

UNPLANNED: dict[str, str] = {}
"""The fields without a plan node, and why."""
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DOCS = Path(__file__).parents[2] / "docs" / "execution.md"


def is_planned(field: Any) -> bool:
    """Whether a field shows a column or an attribute, or has a plan node."""
    definition = definition_of(field)
    return not {COLUMN, VALUE, PLAN}.isdisjoint(definition.metadata) or definition.base_resolver is None


def test_every_field_is_planned() -> None:
    types = [
        kind
        for kind in schema.graphql.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__") and kind.name != "Subscription"
    ]
    unplanned = {
        f"{kind.name}.{name}" for kind in types for name, field in kind.fields.items() if not is_planned(field)
    }
    assert unplanned == UNPLANNED.keys()
    assert len(types) > 50


def test_the_decision_table_names_every_route_and_reason() -> None:
    table = DOCS.read_text("utf-8").split("## Which route")[1].split("\n## ")[0]
    rows = [re.findall(r"`(\w+)`", " ".join(line.split("|")[2:])) for line in table.splitlines() if line[:1] == "|"]
    assert {row[0] for row in rows if row} == {route.value for route in Route}
    assert sorted(row[1] for row in rows if len(row) > 1) == sorted(reason.value for reason in FallbackReason)


@pytest.fixture
async def parents(database: Database) -> Executors:
    """250 jobs, each with an application that was answered."""
    async with database.transaction() as session:
        session.add_all(
            Job(
                title=f"Job {n}",
                company="Firm",
                job_url=f"https://firm.example/{n}",
                sources=[JobSource(source_site="indeed", url=f"https://indeed.example/{n}", pay_min=1.5, raw={})],
                applications=[
                    Application(
                        application_date=NOON + timedelta(minutes=n),
                        responses=[EmployerResponse(response_type="offer", response_date=NOON)],
                        experience_claims=[
                            ExperienceClaim(claim_type="omission", original_experience="a", claimed_experience="b")
                        ],
                    )
                ],
            )
            for n in range(250)
        )
    return Executors(database)


VARIABLES = {"n": "Int!", "ids": "[ID!]!", "one": "ID!", "text": "String!"}
FIELDS = {
    "salary": "jobs(first: $n) { nodes { salary { min annualMin } } }",
    "history": "jobs(first: $n) { nodes { history { operation columns { field } node { id } } } }",
    "timeline": "jobs(first: $n) { nodes { timeline { at kind node { id ... on JobSource { url } } } } }",
    "lastActivity": "applications(first: $n) { nodes { lastActivity daysSinceActivity } }",
    "integrityReport": "applications(first: $n) { nodes { integrityReport { gate claims { claim { claimType } } } } }",
    "aggregate": "jobs(first: $n) { nodes { applications { aggregate { count max { applicationDate } } } } }",
    "groupBy": "jobs(first: $n) { nodes { applications { groupBy(by: [STATUS]) { key count } } } }",
    "search": 'search(query: "job", first: $n) { score snippet node { id ... on Job { title } } }',
    "checkClaims": "checkClaims(original: $text, claimed: $text) { proposedMultiplier }",
    "node": "node(id: $one) { id ... on Job { salary { min } sources { url } applications { nodes { status } } } }",
    "nodes": "nodes(ids: $ids) { id ... on Job { salary { min } sources { url } applications { nodes { status } } } }",
    "changes": "changes(first: $n) { nodes { sequence cursor purged node { id } } newestCursor }",
}


async def test_the_number_of_statements_is_the_same_for_any_number_of_parents(parents: Executors) -> None:
    for name, field in FIELDS.items():
        counted = []
        for number in (1, 20, 250):
            ids = [encode("Job", row_id) for row_id in range(1, number + 1)]
            variables = {"n": number, "ids": ids, "one": ids[-1], "text": "Led teams. " * number}
            given = {word: value for word, value in variables.items() if f"${word}" in field}
            types = ", ".join(f"${word}: {VARIABLES[word]}" for word in given)
            with recorded(parents.database) as sent:
                answer = await parents.planned(f"query Q({types}) {{ {field} }}", given)
            assert answer.errors == [], name
            counted.append(len(sent))
        if name == "nodes" and parents.database.dialect == "postgresql":
            assert counted.pop(0) == 1, name  # the tree of one row is one statement
        assert len(set(counted)) == 1, (name, counted)
