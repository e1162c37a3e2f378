"""NULL that another program stored reads as the column's default, wherever the API reads, compares or sorts it."""

from typing import Any

import orjson
import pytest
from sqlalchemy import Enum, Float, null, select

from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types.entity import Entity
from jobbot_gql.db.base import Base
from jobbot_gql.db.database import Database
from jobbot_gql.db.sql.column_values import null_default
from jobbot_gql.exporting.query import exportable
from jobbot_gql.models import Application, EmployerResponse, Job, OutreachCampaign, Reference
from jobbot_gql.schema import schema
from tests.api.executors import Executors
from tests.conftest import Api
from tests.rows import new_claim, new_company, new_job, new_opportunity, new_reference

DEFAULTS = {
    (table.name, column.name): null_default(column)
    for table in Base.metadata.sorted_tables
    for column in table.columns
    if null_default(column) is not None
}
ENTITIES: dict[str, Entity] = {
    name: entity
    for name, entity in exportable(schema.graphql).items()
    if any(table == entity.model.__tablename__ for table, _ in DEFAULTS)
}


def defaults_of(entity: Entity) -> dict[str, Any]:
    return {column: value for (table, column), value in DEFAULTS.items() if table == entity.model.__tablename__}


@pytest.fixture
async def stored(database: Database) -> Database:
    """A database in which every column with a default is NULL."""
    rows: dict[type[Base], dict[str, Any]] = {entity.model: {} for entity in ENTITIES.values()}
    for entity in ENTITIES.values():
        rows[entity.model] = dict.fromkeys(defaults_of(entity), null())
    async with database.transaction() as session:
        application = Application(job=new_job(**rows[Job]), **rows[Application])
        company = new_company(**rows[type(new_company())])
        session.add_all(
            [
                application,
                EmployerResponse(response_type="offer", application=application, **rows[EmployerResponse]),
                new_claim(application=application, **rows[type(new_claim())]),
                new_opportunity(company=company, **rows[type(new_opportunity())]),
                OutreachCampaign(company=company, **rows[OutreachCampaign]),
                new_reference(**rows[Reference]),
            ]
        )
    return database


def test_which_columns_have_a_default() -> None:
    assert {(table, column) for table, column in DEFAULTS if column.endswith("status")} == {
        ("jobs", "status"),
        ("applications", "status"),
        ("opportunities", "status"),
        ("outreach_campaigns", "response_status"),
    }
    assert DEFAULTS["references", "consent_given"] is False
    assert DEFAULTS["references", "usage_count"] == 0
    assert ("jobs", "remote_option") not in DEFAULTS, "null means unknown"
    assert len(DEFAULTS) == 18


@pytest.mark.parametrize("name", ENTITIES)
async def test_null_reads_as_the_default(stored: Database, name: str) -> None:
    entity = ENTITIES[name]
    model: Any = entity.model
    async with stored.transaction() as session:
        row = (await session.execute(select(*(getattr(model, column) for column in defaults_of(entity))))).one()
    assert [*row] == [None] * len(row), "or the test tests nothing"
    executors = Executors(stored)
    for column, default in defaults_of(entity).items():
        field = to_camel_case(column)
        kind = entity.columns[column].type
        shown = default.name if isinstance(kind, Enum) else default
        literal = shown if isinstance(kind, Enum) else orjson.dumps(default).decode()
        query = f"""{{
            {name}(orderBy: [{{field: {column.upper()}}}]) {{ nodes {{ id {field} }} pageInfo {{ endCursor }} }}
            found: {name}(filter: {{{field}: {{eq: {literal}}}}}) {{ totalCount }}
            other: {name}(filter: {{{field}: {{ne: {literal}}}}}) {{ totalCount }}
            null: {name}(filter: {{{field}: {{isNull: true}}}}) {{ totalCount }}
            all: {name} {{ nodes {{ {field} }} {figures(kind, field)} }} }}"""
        core, planned = await executors.core(query), await executors.planned(query)
        assert (core.errors, planned.errors) == ([], [])
        assert core.data == planned.data
        data = orjson.loads(planned.data)
        assert [node[field] for node in data[name]["nodes"] + data["all"]["nodes"]] == [shown, shown]
        assert [data[key]["totalCount"] for key in ("found", "other", "null")] == [1, 0, 0]
        if isinstance(kind, Float):
            assert data["all"]["aggregate"] == {"avg": {field: default}, "distinct": {field: 1}}
        if isinstance(kind, Enum):
            assert data["all"]["groupBy"] == [{"key": [shown]}]
        after = f'{{ {name}(orderBy: [{{field: {column.upper()}}}], after: "{data[name]["pageInfo"]["endCursor"]}")'
        rest = await executors.planned(f"{after} {{ nodes {{ id }} }} }}")
        assert orjson.loads(rest.data) == {name: {"nodes": []}}


def figures(kind: Any, field: str) -> str:
    if isinstance(kind, Float):
        return f"aggregate {{ avg {{ {field} }} distinct {{ {field} }} }}"
    return f"groupBy(by: [{snake(field)}]) {{ key }}" if isinstance(kind, Enum) else ""


def snake(field: str) -> str:
    return "".join(f"_{letter}" if letter.isupper() else letter.upper() for letter in field)


async def test_null_reads_as_the_default_below_other_rows(stored: Database, api: Api) -> None:
    data = await api.data(
        """{ applications { nodes { job { status } experienceClaims { riskLevel } responses { requiresAction }
               timeline { kind node { ... on ExperienceClaim { riskLevel credibilityImpact }
                                      ... on EmployerResponse { requiresAction } } }
               integrityReport { claims { claim { exaggerationMultiplier } } } } }
             jobsWithFilters { status } applicationDetails(id: "1") { status integrityScore }
             search(query: "A", types: [JOB]) { node { ... on Job { status } } } }"""
    )

    (application,) = data["applications"]["nodes"]
    assert application["job"] == {"status": "DISCOVERED"}
    assert application["experienceClaims"] == [{"riskLevel": "LOW"}]
    assert application["responses"] == [{"requiresAction": False}]
    assert {entry["kind"]: entry["node"] for entry in application["timeline"]} == {
        "CLAIM": {"riskLevel": "LOW", "credibilityImpact": 0.0},
        "RESPONSE": {"requiresAction": False},
    }
    assert application["integrityReport"]["claims"] == [{"claim": {"exaggerationMultiplier": 1.0}}]
    assert data["jobsWithFilters"] == [{"status": "DISCOVERED"}]
    assert data["applicationDetails"] == {"status": "SUBMITTED", "integrityScore": 100.0}
    assert data["search"] == [{"node": {"status": "DISCOVERED"}}]


async def test_exports_show_the_default(stored: Database, api: Api) -> None:
    answer = await api.http.get("/export/references.jsonl", params={"columns": "usageCount,consentGiven"})

    assert orjson.loads(answer.content) == {"usageCount": 0, "consentGiven": False}


async def test_actions_take_null_for_the_default(stored: Database, api: Api) -> None:
    found = await api.data("{ applications { nodes { id } } }")
    (application,) = found["applications"]["nodes"]

    same = await api.mutate(
        "changeApplicationStatus",
        "statusEvent { id } application { version }",
        id=application["id"],
        status="SUBMITTED",
    )
    await api.add(new_job(title="other", status=null()))
    applied = await api.mutate("submitApplication", "application { job { title status } }", job={"id": "Sm9iOjI"})

    assert same == {"statusEvent": None, "application": {"version": 1}}
    assert applied == {"application": {"job": {"title": "other", "status": "APPLIED"}}}
