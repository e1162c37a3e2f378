"""A server that executes trusted documents only, asked by the clients whose builds wrote the manifests."""

import json
import shutil
from pathlib import Path

import httpx

from tests.clients.running import HERE, Tool, generated, run
from tests.web.serving import serving


def test_graphql_codegen(node: str, tool: Tool, filled_url: str, tmp_path: Path) -> None:
    """The client preset's persisted-documents.json; its documents carry nothing but their names, `documentId`."""
    folder = generated("codegen")
    tool("graphql-codegen", "--config", "codegen/codegen.persisted.ts")
    tool("tsc", "--project", "codegen")
    manifest = json.loads((folder / "persisted-documents.json").read_text())

    with serving(tmp_path / "log", DATABASE_URL=filled_url, JOBBOT_TRUSTED_DOCUMENTS=str(folder)) as server:
        endpoint = f"{server.url}/graphql"
        shown = run([node, folder / "js" / "codegen" / "program.js", endpoint])
        assert json.loads(shown) == json.loads((HERE / "screens.json").read_text("utf-8"))

        companies = next(name for name, text in manifest.items() if text.startswith("query Companies("))
        expected = httpx.post(endpoint, json={"documentId": companies}).json()["data"]
        assert [node["name"] for node in expected["companies"]["nodes"]] == ["Ahorn Bank", "Kranich Logistics"]
        for asked in (
            {"id": companies},
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": companies}}},
            {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": companies.removeprefix("sha256:")}}},
        ):
            assert httpx.post(endpoint, json=asked).json()["data"] == expected
        assert httpx.get(endpoint, params={"documentId": companies}).json()["data"] == expected


def test_relay(node: str, tool: Tool, filled_url: str, tmp_path: Path) -> None:
    """The Relay compiler's persisted_queries.json; its artifacts have ids, sent as `doc_id`, and no texts."""
    folder, manifests = generated("relay"), tmp_path / "manifests"
    (folder / "persisted_queries.json").write_text("{}")  # the compiler adds to a file that is there
    tool("relay-compiler", "relay.persisted.config.json", cwd=HERE / "relay")
    tool("tsc", "--project", "relay")
    manifests.mkdir()
    shutil.copy(folder / "persisted_queries.json", manifests)

    with serving(tmp_path / "log", DATABASE_URL=filled_url, JOBBOT_TRUSTED_DOCUMENTS=str(manifests)) as server:
        shown = run([node, folder / "js" / "relay" / "program.js", f"{server.url}/graphql"])

    jobs = ["Python developer", "Data engineer", "Tester", "Analyst", "Operator", "Librarian"]
    assert json.loads(shown) == {
        "newest": {"count": 6, "lists": [jobs[:2], jobs[:4], jobs]},
        "applications": [["OFFER_RECEIVED 2 1"], ["OFFER_RECEIVED 2 1", "WITHDRAWN 0 0"]],
    }
