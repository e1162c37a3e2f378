"""Dry runs: an operation is answered as if it had written, and nothing stays."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    get_named_type,
    is_enum_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_required_input_field,
    is_scalar_type,
)

from jobbot_gql.api.engine.schema import Schema
from jobbot_gql.api.types.global_ids import decode, encode
from jobbot_gql.schema import schema
from tests.conftest import USER_ERRORS, Api, everything
from tests.web.serving import serving
from tests.web.websocket_client import answer, connected, subscribe
from tests.writing.conftest import World
from tests.writing.kinds import KINDS, PARENTS

assert isinstance(schema, Schema)
MUTATIONS = schema.graphql.mutation_type
assert MUTATIONS is not None
ASKED = {"x-jobbot-dry-run": "yes"}
VALUES = {"DateTime": "2099-01-02T00:00:00Z", "Date": "2026-01-02", "Int": 1, "Float": 1.0, "Boolean": True}
Ids = dict[str, str]
"""Global ids of a row of each kind, by kind."""


async def rows(world: World) -> Ids:
    """A row of each kind, and a change of one."""
    ids: Ids = {"application": await world.application()}
    application = await world.api.data(
        "query($id: ID!) { node(id: $id) { ... on Application { job { id } } } }", {"id": ids["application"]}
    )
    ids["job"] = application["node"]["job"]["id"]
    for kind in (kind for kind in KINDS if kind not in ids):
        given = KINDS[kind][0] | {f"{parent}Id": ids[parent] for parent in PARENTS.get(kind, ())}
        name = f"create{kind[0].upper()}{kind[1:]}"
        ids[kind] = (await world.api.mutate(name, f"{kind} {{ id }}", **given))[kind]["id"]
    payload = await world.api.mutate("updateReference", "reference { id }", id=ids["reference"], version=1, title="CEO")
    assert payload["reference"]["id"] == ids["reference"]
    history = "query($id: ID!) { node(id: $id) { ... on Reference { history { id requestId } } } }"
    changes = await world.api.data(history, {"id": ids["reference"]})
    newest = changes["node"]["history"][0]
    return ids | {"undone change": newest["id"], "undone request": newest["requestId"]}


def value_of(kind: Any, name: str, of: str, ids: Ids) -> Any:
    """A value for a field of an input: a row's id where one is wanted, else something that is allowed."""
    if is_non_null_type(kind):
        return value_of(kind.of_type, name, of, ids)
    if is_list_type(kind):
        return [value_of(kind.of_type, name, of, ids)]
    if isinstance(kind, GraphQLInputObjectType):
        return {
            inner: value_of(field.type, inner, kind.name, ids)
            for inner, field in kind.fields.items()
            if is_required_input_field(field) or inner == "ids"
        }
    if is_enum_type(kind):
        return list(kind.values)[-1]
    if is_scalar_type(kind) and kind.name == "ID":
        wanted = name.removesuffix("Id") if name not in ("id", "ids") else of
        found = [one for one in ids if one.casefold() in wanted.casefold()]
        return ids[max(found, key=len, default="job")]
    return VALUES.get(kind.name, "Some text")


async def inputs(api: Api, ids: Ids) -> dict[str, dict[str, Any]]:
    """An input for every mutation of the schema."""
    assert MUTATIONS is not None
    found = {name: value_of(field.args["input"].type, "input", name, ids) for name, field in MUTATIONS.fields.items()}
    found["deleteCompanies"] = {"items": [{"id": ids["company"]}]}
    found["deleteOpportunities"] = {"items": [{"id": ids["opportunity"]}]}
    found["recordOutreachReply"] = {"id": ids["outreachCampaign"], "responseStatus": "REPLIED"}
    found["submitApplication"] = {"jobId": ids["job"], "allowRepeat": True, "repeatReason": "Asked to."}
    found["createApplication"] = found["submitApplication"]
    found["upsertApplication"] = found["submitApplication"]
    for name in ("createApplications", "upsertApplications"):
        found[name] = {"items": [found["submitApplication"]]}
    found["scheduleFollowUp"] = {"applicationId": ids["application"], "dueOn": "2099-01-01"}
    found["snoozeFollowUp"] = {"id": ids["followUp"], "until": "2099-01-01"}
    attached = {"applicationIds": [ids["application"]], "documentIds": [ids["attachedDocument"]]}
    found["attachDocuments"] = found["detachDocuments"] = attached
    found["undoChange"] = {"id": ids["undone change"]}
    found["undoChanges"] = {"requestId": ids["undone request"]}
    for name, given in found.items():
        if name.startswith("update"):
            for one in given.get("items", [given]):
                kind = decode(one["id"])[0]
                row = f"query($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ version }} }} }}"
                one.update((await api.data(row, {"id": one["id"]}))["node"])
                one.update(KINDS[f"{kind[0].lower()}{kind[1:]}"][1])
    return found


def query_of(name: str) -> str:
    """A document with the mutation, which selects the ids of all rows of its payload."""
    assert MUTATIONS is not None
    kind = f"{name[0].upper()}{name[1:]}Input"
    selection = _selection(get_named_type(MUTATIONS.fields[name].type))
    return f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {selection} }} }}"


def _selection(payload: Any) -> str:
    parts = [USER_ERRORS]
    for name, field in payload.fields.items():
        inner = field.type
        while is_non_null_type(inner) or is_list_type(inner):
            inner = inner.of_type
        if name == "results":
            parts.append(f"results {{ {_selection(inner)} }}")
        elif is_object_type(inner) and "id" in inner.fields:
            parts.append(f"{name} {{ id databaseId }}")
    return " ".join(parts)


Send = Callable[[str, dict[str, Any]], Awaitable[dict[str, Any]]]


async def try_every_mutation(api: Api, ids: Ids, send: Send, times: int) -> None:
    """Send each mutation so often as a dry run; nothing may change."""
    before = await everything(api.database)
    idle = []
    for name, given in (await inputs(api, ids)).items():
        for _ in range(times):
            answer = await send(query_of(name), {"input": given})
            assert "errors" not in answer, (name, answer)
            changes = answer["extensions"]["dryRun"]["changes"]
            if not changes:
                idle.append(name)
            for change in changes:
                new = change["operation"] == "CREATE"
                assert (int(decode_any(change["entityId"])[1]) < 0) == new, (name, change)
    after = await everything(api.database)
    assert {table: rows for table, rows in after.items() if rows != before[table]} == {}
    # An input that is made of the types alone may break a rule, or ask for nothing.
    assert len(idle) < 0.15 * times * len(await inputs(api, ids)), idle


def decode_any(global_id: str) -> tuple[str, str]:
    """The parts of a global id, a placeholder's too."""
    name, _, number = urlsafe_b64decode(global_id + "=" * (-len(global_id) % 4)).decode().partition(":")
    return name, number


async def test_no_mutation_writes_in_a_dry_run(api: Api, world: World) -> None:
    async def send(query: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = {"query": query, "variables": variables}
        answer: dict[str, Any] = (await api.http.post("/graphql", json=body, headers=ASKED)).json()
        return answer

    await try_every_mutation(api, await rows(world), send, 2)  # the second time a known document


@pytest.mark.process
async def test_no_mutation_writes_in_a_dry_run_over_a_websocket(
    api: Api, world: World, database_url: str, tmp_path: Path
) -> None:
    ids = await rows(world)
    with serving(tmp_path / "log", DATABASE_URL=database_url) as server:
        async with connected(server) as websocket:

            async def send(query: str, variables: dict[str, Any]) -> dict[str, Any]:
                asked = {"variables": variables, "extensions": {"dryRun": True}}
                await websocket.send(subscribe("1", query, **asked))
                told = await answer(websocket)
                assert told["type"] == "next", told
                assert (await answer(websocket))["type"] == "complete"
                payload: dict[str, Any] = told["payload"]
                return payload

            await try_every_mutation(api, ids, send, 1)
            given = {"title": "Engineer", "company": "Firm"}
            await websocket.send(subscribe("2", query_of("createJob"), variables={"input": given}))
            assert (await answer(websocket))["payload"]["data"]["createJob"]["job"]["databaseId"] == 2


async def dry(api: Api, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
    """The whole answer to a dry run, asked for in the request's extensions."""
    body = {"query": query, "variables": variables, "extensions": {"dryRun": True}}
    answer: dict[str, Any] = (await api.http.post("/graphql", json=body)).json()
    return answer


async def test_the_fields_of_an_operation_see_what_those_before_them_wrote(api: Api) -> None:
    before = await everything(api.database)
    job = 'createJob(input: { title: "A", company: "B", jobUrl: "https://firm.example/1" })'
    answer = await dry(
        api,
        f"""mutation {{
          first: {job} {{ job {{ id databaseId statusEvents {{ databaseId }}
            history {{ databaseId sequence transaction actor requestId }} }} }}
          second: {job} {{ job {{ id }}
            userErrors {{ code ... on DuplicateJobUrlError {{ job {{ databaseId title }} }} }} }}
          third: createCompany(input: {{ name: "Firm" }}) {{ company {{ databaseId name }} }}
        }}""",
    )

    first, second, third = answer["data"]["first"]["job"], answer["data"]["second"], answer["data"]["third"]
    assert first["databaseId"] < 0
    assert first["statusEvents"][0]["databaseId"] < 0
    (change,) = first["history"]
    assert change["databaseId"] == change["sequence"] == change["transaction"] < 0
    assert change["actor"] == "local"
    assert change["requestId"]
    assert second == {
        "job": None,
        "userErrors": [
            {"code": "DUPLICATE_JOB_URL", "job": {"databaseId": first["databaseId"], "title": "A"}},
        ],
    }
    assert third["company"]["databaseId"] < 0
    told = [(change["entity"], change["operation"]) for change in answer["extensions"]["dryRun"]["changes"]]
    assert told == [(name, "CREATE") for name in ("JOB", "STATUS_EVENT", "JOB_SOURCE", "COMPANY")]
    assert await everything(api.database) == before
    found = await api.answer("query($id: ID!) { node(id: $id) { id } }", {"id": first["id"]})
    assert found["data"] == {"node": None}
    # The ids are still to be given out.
    assert (await api.mutate("createJob", "job { databaseId }", title="A", company="B"))["job"]["databaseId"] == 1


@pytest.mark.parametrize("name", ["submitApplication", "deleteJob", "changeApplicationStatus", "undoChange"])
async def test_a_dry_run_lists_what_is_logged_then(api: Api, world: World, name: str) -> None:
    ids = await rows(world)
    query, given = query_of(name), {"input": (await inputs(api, ids))[name]}

    tried = await dry(api, query, given)
    newest = (await api.data("{ changes(first: 0) { newestCursor } }"))["changes"]["newestCursor"]
    done = await api.answer(query, given)

    assert _without_numbers(tried["data"]) == _without_numbers(done["data"])
    logged = await api.data(
        "query($after: String!) { changes(after: $after, first: 250) { nodes {"
        " entity operation columns { field before after } } } }",
        {"after": newest},
    )
    assert [
        (change["entity"], change["operation"], [column["field"] for column in change["columns"]])
        for change in tried["extensions"]["dryRun"]["changes"]
    ] == [
        (change["entity"], change["operation"], [column["field"] for column in change["columns"]])
        for change in logged["changes"]["nodes"]
    ]


def _without_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_numbers(inner) for name, inner in value.items() if name not in ("id", "databaseId")}
    return [_without_numbers(inner) for inner in value] if isinstance(value, list) else value


async def test_no_more_than_250_changes_are_listed(api: Api) -> None:
    items = [{"title": f"Job {number}", "company": "Firm"} for number in range(200)]

    answer = await dry(api, query_of("createJobs"), {"input": {"items": items}})

    assert len(answer["data"]["createJobs"]["results"]) == 200
    assert len(answer["extensions"]["dryRun"]["changes"]) == 250


async def test_an_idempotency_key_is_not_used_up(api: Api) -> None:
    given = {"title": "A", "company": "B", "idempotencyKey": "k"}

    for _ in range(2):
        answer = await dry(api, query_of("createJob"), {"input": given})
        assert answer["data"]["createJob"]["job"]["databaseId"] < 0
    written = await api.mutate("createJob", "job { databaseId }", **given)
    assert written["job"]["databaseId"] == 1
    # As a request that comes again would be answered.
    answer = await dry(api, query_of("createJob"), {"input": given})
    assert answer["data"]["createJob"]["job"]["databaseId"] == 1
    assert answer["extensions"]["dryRun"] == {"changes": []}


async def test_a_field_that_fails_leaves_the_others(api: Api, world: World) -> None:
    job = await world.job()
    answer = await dry(
        api,
        f"""mutation {{
          first: changeJobStatus(input: {{ id: "{job}", status: ARCHIVED }}) {{ job {{ status }} }}
          second: updateJob(input: {{ id: "{job}", version: 9, title: "B" }}) {{ userErrors {{ code }} }}
          third: changeJobStatus(input: {{ id: "{job}", status: TARGETED }}) {{ job {{ status version }} }}
        }}""",
    )

    assert answer["data"] == {
        "first": {"job": {"status": "ARCHIVED"}},
        "second": {"userErrors": [{"code": "STALE_VERSION"}]},
        "third": {"job": {"status": "TARGETED", "version": 3}},
    }


@pytest.mark.parametrize("value", ["true", "no", "", "YES", "yes, yes"])
async def test_any_other_value_of_the_header_is_rejected(api: Api, value: str) -> None:
    before = await everything(api.database)
    body = {"query": 'mutation { createCompany(input: { name: "Firm" }) { company { id } } }'}

    response = await api.http.post("/graphql", json=body, headers={"x-jobbot-dry-run": value})

    assert (response.status_code, response.json()["errors"][0]["message"]) == (
        400,
        f"The header x-jobbot-dry-run must be `yes`; got {value!r}. Without the header, data is written.",
    )
    assert await everything(api.database) == before


@pytest.mark.parametrize("value", [False, "yes", 1, None, {}])
async def test_any_other_value_of_the_extension_is_rejected(api: Api, value: Any) -> None:
    before = await everything(api.database)
    body = {
        "query": 'mutation { createCompany(input: { name: "Firm" }) { company { id } } }',
        "extensions": {"dryRun": value},
    }

    response = await api.http.post("/graphql", json=body)

    assert (response.status_code, response.json()["errors"][0]["message"]) == (
        400,
        f"extensions.dryRun must be true; got {json.dumps(value)}. Without it, data is written.",
    )
    assert await everything(api.database) == before


async def test_placeholders_name_nothing(api: Api) -> None:
    for number in (-1_000_000_000, -1):
        answer = await api.answer("query($id: ID!) { node(id: $id) { id } }", {"id": encode("JOB", number)})
        assert answer.get("errors") or answer["data"] == {"node": None}
