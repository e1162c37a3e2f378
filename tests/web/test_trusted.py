"""A server that executes trusted documents only: what it takes, what it rejects, and what keeps it from starting."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.jobs.models import Job
from jobbot_gql.settings import load_settings
from tests.commands import rejection, run
from tests.web.conftest import serving
from tests.web.explorer import opened
from tests.web.serving import Server
from tests.web.websocket_client import answer, connected, subscribe

JOBS = "query Jobs($first: Int) { jobs(first: $first) { nodes { title } } }"
COUNT = "query Count { jobs { totalCount } }"
IDS = {"7f3a9c": JOBS, "count": COUNT}
TITLES = {"jobs": {"nodes": [{"title": "Developer"}]}}
ID_REQUIRED = {
    "message": "This server executes trusted documents only. Send documentId instead of query.",
    "extensions": {"code": "PERSISTED_QUERY_ID_REQUIRED"},
}


def not_trusted(name: str) -> dict[str, Any]:
    return {
        "message": f"'{name}' is not one of this server's trusted documents. Check documentId.",
        "extensions": {"code": "PERSISTED_QUERY_NOT_IN_LIST"},
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two manifests."""
    folder = tmp_path / "trusted"
    folder.mkdir()
    for name, text in IDS.items():
        (folder / f"{name}.json").write_text(json.dumps({name: text}))
    (folder / "README.md").write_text("Whatever lies beside manifests.")
    return folder


@pytest.fixture
async def http(database: Database, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with database.transaction() as session:
        session.add(Job(title="Developer", company="Feldweg Software"))
    settings = load_settings({"JOBBOT_TRUSTED_DOCUMENTS": str(folder), "JOBBOT_MAX_COST": "30"}, dotenv=None)
    app = create_app(settings, database)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize(
    "named",
    [
        {"documentId": "7f3a9c"},
        {"id": "7f3a9c"},
        {"doc_id": "7f3a9c"},
        {"documentId": "7f3a9c", "query": None},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "7f3a9c"}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha256(JOBS.encode()).hexdigest()}}},
        {"documentId": f"sha256:{sha256(JOBS.encode()).hexdigest()}"},
    ],
)
async def test_every_way_to_name_a_document(http: httpx.AsyncClient, named: dict[str, Any]) -> None:
    posted = await http.post("/graphql", json={**named, "variables": {"first": 5}, "operationName": "Jobs"})
    assert posted.json()["data"] == TITLES
    url = {name: value if isinstance(value, str) else json.dumps(value) for name, value in named.items() if value}
    got = await http.get("/graphql", params={**url, "variables": '{"first": 5}'})
    assert (got.status_code, got.json()) == (200, posted.json())


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"query": "{ __typename }"}, ID_REQUIRED),
        ({"query": JOBS}, ID_REQUIRED),
        ({"query": JOBS, "documentId": "7f3a9c"}, ID_REQUIRED),
        ({"query": "", "documentId": "7f3a9c"}, ID_REQUIRED),
        ({"query": "{"}, ID_REQUIRED),
        ({"documentId": "7f3a9d"}, not_trusted("7f3a9d")),
        ({"documentId": ""}, not_trusted("")),
        ({"documentId": JOBS}, not_trusted(JOBS[:80])),
        ({"documentId": f"sha256:{'0' * 64}"}, not_trusted(f"sha256:{'0' * 64}")),
    ],
)
async def test_whatever_else_is_rejected(http: httpx.AsyncClient, asked: dict[str, Any], error: dict[str, Any]) -> None:
    for accept, status in (("application/json", 200), ("application/graphql-response+json", 400)):
        rejected = await http.post("/graphql", json=asked, headers={"Accept": accept})
        assert (rejected.status_code, rejected.json()) == (status, {"errors": [error]})


async def test_a_trusted_document_is_held_to_the_limits(http: httpx.AsyncClient) -> None:
    rejected = await http.post("/graphql", json={"documentId": "7f3a9c", "variables": {"first": 50}})

    (error,) = rejected.json()["errors"]
    assert (
        error["message"]
        == "The operation is too complex: cost is 52, at most 30 is allowed (JOBBOT_MAX_COST). Request fewer "
        "rows with `first`, or fewer nested lists."
    )


@pytest.mark.process
async def test_websocket_and_page(chromium: Browser, tmp_path: Path, folder: Path) -> None:
    with serving(tmp_path, "--trusted-documents", str(folder)) as (process, url):
        async with connected(Server(url, process.pid, tmp_path)) as websocket:
            await websocket.send(subscribe("1", None, documentId="count"))
            assert (await answer(websocket))["payload"]["data"] == {"jobs": {"totalCount": 0}}
            assert await answer(websocket) == {"id": "1", "type": "complete"}
            for query, named, error in ((COUNT, {}, ID_REQUIRED), (None, {"documentId": "x"}, not_trusted("x"))):
                await websocket.send(subscribe("1", query, **named))
                assert await answer(websocket) == {"id": "1", "type": "error", "payload": [error]}
        async with opened(chromium, url) as explorer:
            # GraphiQL asks for the schema by itself, and shows what it is told.
            await explorer.expect_script(
                "JSON.parse(__MONACO.editor.getModels()"
                ".find(({ uri }) => uri.path.endsWith('response.json')).getValue() || null)",
                {"errors": [ID_REQUIRED]},
            )
            await expect(explorer.page.get_by_role("region", name="Result Window")).to_contain_text(
                "This server executes trusted documents"
            )


FILE = "{folder}/7f3a9c.json"


@pytest.mark.parametrize(
    ("manifest", "lines"),
    [
        ("{", [f"{FILE}: must be JSON ("]),
        ("[]", [f"{FILE}: must be a manifest, one object of document texts by their names"]),
        ('{"lockfileVersion": 3}', [f"{FILE}: must be a manifest, one object of document texts by their names"]),
        (
            json.dumps({"a": "query A { jobs { nodes { titel } } }", "b": "{", "c": COUNT, "d": "query D { jobs(n: 1"}),
            [
                "has documents that cannot be executed:",
                f"{FILE}: A ('a'): Cannot query field 'titel' on type 'Job'. Did you mean 'title'? (line 1, column 26)",
                f"{FILE}: 'b': Syntax Error: Expected Name, found <EOF>. The document ends too early: close "
                "every brace. (line 1, column 2)",
                f"{FILE}: 'd': Syntax Error: Expected Name, found <EOF>. The document ends too early: close "
                "every brace. (line 1, column 20)",
            ],
        ),
        (
            json.dumps({"deep": "{ jobs " * 21 + "{ id" + " }" * 22}),
            [
                "has documents that cannot be executed:",
                f"{FILE}: 'deep': The operation is too complex: depth is 22, at most 20 is allowed (JOBBOT_MAX_DEPTH).",
            ],
        ),
        (
            json.dumps({"fragments": "fragment F on Job { id }"}),
            [
                "has documents that cannot be executed:",
                f"{FILE}: no operation ('fragments'): Fragment 'F' is never used. (line 1, column 1)",
            ],
        ),
        (
            json.dumps({"count": JOBS}),
            [
                "has documents that cannot be executed:",
                "{folder}/count.json: 'count': another file has another text under this name",
            ],
        ),
    ],
)
@pytest.mark.process
def test_a_wrong_manifest_stops_the_start(tmp_path: Path, folder: Path, manifest: str, lines: list[str]) -> None:
    (folder / "7f3a9c.json").write_text(manifest)

    done = run(tmp_path, "serve", "--port", "0", JOBBOT_TRUSTED_DOCUMENTS=str(folder))

    assert (done.returncode, done.stdout) == (1, "")
    first, *others = (line.format(folder=folder) for line in lines)
    said = done.stderr.splitlines()
    assert said[0].startswith(f"jobbot-gql: JOBBOT_TRUSTED_DOCUMENTS {first}")
    assert said[1:] == others


@pytest.mark.process
def test_a_folder_without_manifests(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder, rule in (
        ("empty", "must be a folder with manifests, *.json; 'empty' has none"),
        ("none-here", "must be a folder; got 'none-here' (No such file or directory)"),
    ):
        said = rejection(run(tmp_path, "serve", "--port", "0", "--trusted-documents", folder))
        assert said == f"jobbot-gql: JOBBOT_TRUSTED_DOCUMENTS {rule}"
