"""Rows whose stored data the schema cannot show: the others are shown, with an error that has a code and a path."""

from typing import Any

import orjson
import pytest

from jobbot_gql.api.strawberry_internals import to_camel_case
from jobbot_gql.api.types.entity import COLUMN, ENTITIES, fields_of
from jobbot_gql.db.database import Database
from jobbot_gql.db.sql.column_types import StringList
from jobbot_gql.db.sql.column_values import null_default
from jobbot_gql.models import Base
from jobbot_gql.schema import schema
from jobbot_gql.upkeep.checks import checks_of
from jobbot_gql.upkeep.findings import FindingKind
from tests.api.executors import Executors
from tests.api.stored_data import filled
from tests.conftest import Api

CODE = "INVALID_STORED_DATA"
LISTS = "{ jobs(orderBy: [{field: DATABASE_ID}]) { nodes { databaseId title } edges { node { title salaryMin } } } }"


async def answers(executors: Executors, query: str) -> tuple[Any, list[Any]]:
    """Data and errors, which are the same however the query is executed."""
    core, planned = await executors.core(query), await executors.planned(query)
    assert (core.data, core.errors) == (planned.data, planned.errors)
    return orjson.loads(core.data), core.errors


async def test_a_row_without_a_required_value_is_left_out_of_lists(database: Database) -> None:
    executors = await filled(database, "UPDATE jobs SET title = NULL WHERE id = 2")
    data, errors = await answers(executors, LISTS)
    assert [row["title"] for row in data["jobs"]["nodes"]] == ["T1", "T3"]
    assert [edge["node"]["title"] for edge in data["jobs"]["edges"]] == ["T1", "T3"]
    assert sorted(path for _, path, _ in errors) == [["jobs", "edges"], ["jobs", "nodes"]]
    assert errors[0][0] == (
        "Job 2: the stored title cannot be shown: it is NULL, which the schema does not allow."
        " `jobbot-gql doctor` lists such rows."
    )


async def test_a_missing_row_leaves_out_those_that_need_it(database: Database) -> None:
    statements = ["INSERT INTO applications (job_id) VALUES (1), (2)", "DELETE FROM jobs WHERE id = 1"]
    if database.dialect == "postgresql":
        statements.insert(0, "SET LOCAL session_replication_role = replica")
    executors = await filled(database, *statements)
    data, errors = await answers(executors, "{ applications { nodes { databaseId job { title } } } }")
    assert data == {"applications": {"nodes": [{"databaseId": 2, "job": {"title": "T2"}}]}}
    assert [path for _, path, _ in errors] == [["applications", "nodes"]]


SQLITE_VALUES = [
    ("title", "x'ff'", None),
    ("title", "CAST(x'c3' AS TEXT)", None),
    ("salary_min", "'50k'", "salaryMin"),
    ("salary_min", "3000000000", "salaryMin"),
    ("salary_min", "1e999", "salaryMin"),
    ("description", "CAST(x'c3' AS TEXT)", "description"),
    ("remote_option", "'false'", "remoteOption"),
    ("remote_option", "2", "remoteOption"),
    ("posting_date", "'2026-02-31'", "postingDate"),
    ("scraped_date", "'yesterday'", "scrapedDate"),
    ("status", "'nonsense'", None),
]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # the types of PostgreSQL reject these values
@pytest.mark.parametrize(("column", "value", "null_field"), SQLITE_VALUES)
async def test_values_that_sqlite_takes(database: Database, column: str, value: str, null_field: str | None) -> None:
    allow = "PRAGMA ignore_check_constraints = ON"
    executors = await filled(database, allow, f"UPDATE jobs SET {column} = {value} WHERE id = 2")  # noqa: S608
    fields = "databaseId title salaryMin description postingDate scrapedDate status remoteOption"
    data, errors = await answers(executors, f"{{ jobs(orderBy: [{{field: DATABASE_ID}}]) {{ nodes {{ {fields} }} }} }}")
    rows = {row["databaseId"]: row for row in data["jobs"]["nodes"]}
    ((message, path, _),) = errors
    assert message.startswith(f"Job 2: the stored {null_field or column} cannot be shown: it ")
    if null_field is None:
        assert (list(rows), path) == ([1, 3], ["jobs", "nodes"])
    else:
        assert list(rows) == [1, 2, 3]
        assert rows[2][null_field] is None
        assert path == ["jobs", "nodes", 1, null_field]
    one, errors = await answers(executors, f"{{ job(by: {{databaseId: 2}}) {{ {fields} }} }}")
    assert (one["job"] is None) == (null_field is None)
    assert len(errors) == 1


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_fields_that_follow_from_values_that_sqlite_takes(database: Database) -> None:
    executors = await filled(
        database,
        "INSERT INTO applications (job_id, application_date) VALUES (1, 'x'), (2, '2026-01-01 00:00:00.000000')",
        "INSERT INTO employer_responses (application_id, response_type, response_date) VALUES (2, 'other', 'x')",
        "INSERT INTO tags (job_id, name, added_at) VALUES (1, 'a', 'x')",
    )
    query = "{ jobs(orderBy: [{field: DATABASE_ID}]) { nodes { timeline { at kind } applications { nodes {"
    data, errors = await answers(executors, query + " databaseId daysSinceActivity lastActivity } } } } }")
    first, second, _ = data["jobs"]["nodes"]
    assert {"at": None, "kind": "TAG"} in first["timeline"]
    for number, job in enumerate((first, second), start=1):
        nodes = [{"databaseId": number, "daysSinceActivity": None, "lastActivity": None}]
        assert job["applications"] == {"nodes": nodes}
    assert {message.partition(":")[2] for message, _, _ in errors} == {
        f" the stored {field} cannot be shown: it follows from a value that cannot be read."
        " `jobbot-gql doctor` lists such rows."
        for field in ("daysSinceActivity", "lastActivity")
    }


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_request_id_that_is_not_text_does_not_stop_the_feed(database: Database) -> None:
    executors = await filled(database, "UPDATE change_log SET request_id = x'ff'")
    data, errors = await answers(executors, "{ changes(first: 2) { nodes { entity requestId } } }")
    assert [change["requestId"] for change in data["changes"]["nodes"]] == [None, None]
    assert len(errors) == 2


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("column", "value", "known"),
    [
        ("remote_option", "'no'", "false"),
        ("posting_date", "'2026-02-31'", None),
        ("scraped_date", "'yesterday'", "2026-01-01"),
    ],
)
async def test_groups_of_values_that_sqlite_takes(
    database: Database, column: str, value: str, known: str | None
) -> None:
    executors = await filled(
        database,
        "UPDATE jobs SET scraped_date = '2026-01-02'",
        f"UPDATE jobs SET {column} = {value} WHERE id = 2",  # noqa: S608
    )
    data, errors = await answers(
        executors, f"{{ jobs {{ groupBy(by: [{column.upper()}], bucket: YEAR) {{ key count }} }} }}"
    )
    groups = sorted(((group["count"], group["key"]) for group in data["jobs"]["groupBy"]), reverse=True)
    assert groups == [(2, [known]), (1, [None])]
    ((message, path, _),) = errors
    field = to_camel_case(column)
    assert message.startswith(f"Job: the stored {field} cannot be shown: it is not a value of its type.")
    assert path[:2] + path[3:] == ["jobs", "groupBy", "key", 0]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
@pytest.mark.parametrize("value", ["4712-01-01 BC", "20000-01-01"])
async def test_times_that_only_postgresql_has(database: Database, api: Api, value: str) -> None:
    await filled(database, f"UPDATE jobs SET scraped_date = '{value}' WHERE id = 2")  # noqa: S608
    for fields in ("nodes { scrapedDate }", "groupBy(by: [SCRAPED_DATE]) { key }"):
        assert await api.error(f"{{ jobs {{ {fields} }} }}") == (
            CODE,
            "A row that must be read has a stored date or time that cannot be read. Nothing was saved or shown."
            " `jobbot-gql doctor` lists such rows.",
        )
    assert await api.data("{ jobs { totalCount } }") == {"jobs": {"totalCount": 3}}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_groups_of_infinite_times(database: Database) -> None:
    executors = await filled(
        database, "UPDATE jobs SET scraped_date = NULL", "UPDATE jobs SET scraped_date = 'infinity' WHERE id = 2"
    )
    data, errors = await answers(executors, "{ jobs { groupBy(by: [SCRAPED_DATE]) { key count } } }")
    assert (len(data["jobs"]["groupBy"]), errors) == (2, [])


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_row_that_cannot_be_read_is_not_written(database: Database, api: Api) -> None:
    await filled(database, "UPDATE jobs SET remote_option = 'no' WHERE id = 2")
    job = (await api.data("{ job(by: {databaseId: 2}) { id version } }"))["job"]
    update = "mutation($input: UpdateJobInput!) { updateJob(input: $input) { job { id } } }"
    assert await api.error(update, {"input": {**job, "title": "New"}}) == (
        CODE,
        "A row that must be read has a stored remoteOption that cannot be read. Nothing was saved or shown."
        " `jobbot-gql doctor` lists such rows.",
    )
    assert (await api.data("{ job(by: {databaseId: 2}) { title } }"))["job"] == {"title": "T2"}


async def test_the_code_is_in_the_answer(database: Database, api: Api) -> None:
    await filled(database, "UPDATE jobs SET title = NULL WHERE id = 2")
    answer = await api.answer("{ jobs { nodes { title } } }")
    assert [error["extensions"] for error in answer["errors"]] == [
        {"code": CODE, "type": "Job", "databaseId": 2, "field": "title"}
    ]


def test_every_field_that_must_not_be_null_is_checked() -> None:
    checked = 0
    for entity in ENTITIES.values():
        fields = {field.python_name: field for field in fields_of(entity.type) if COLUMN in field.metadata}
        printed: Any = schema._schema.type_map[entity.name]
        for field in fields.values():
            attribute = field.metadata[COLUMN]
            shown = printed.fields[schema.config.name_converter.get_graphql_name(field)]
            is_list = isinstance(attribute.type, StringList)
            column = Base.metadata.tables[attribute.property.columns[0].table.name].c[attribute.key]
            if column.nullable:
                assert str(shown.type).endswith("!") is (is_list or null_default(column) is not None)
            elif str(shown.type).endswith("!") and not is_list:
                assert any(check.kind is FindingKind.NULL for check in checks_of(column, "sqlite")), (
                    entity.name,
                    column,
                )
                checked += 1
    assert checked > 20
