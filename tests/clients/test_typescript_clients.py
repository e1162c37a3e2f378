"""schema.graphql with code generators, Relay, TanStack Query, urql and graphql-eslint: clients compile, and run."""

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.clients.running import HERE, TOP, Tool, generated, run


@pytest.fixture(scope="module")
def codegen(node: str, tool: Tool) -> Path:
    """The client preset's documents and types: tsc takes the programs, and finds every mistake in refused.ts."""
    folder = generated("codegen")
    tool("graphql-codegen", "--config", "codegen/codegen.ts")
    tool("tsc", "--project", "codegen")
    return folder / "js" / "codegen"


@pytest.fixture(scope="module")
def relay(node: str, tool: Tool) -> Path:
    """The Relay compiler's artifacts, with which the components and programs compile."""
    folder = generated("relay")
    tool("relay-compiler", cwd=HERE / "relay")
    tool("tsc", "--project", "relay")
    return folder / "js" / "relay"


def test_graphql_codegen(node: str, codegen: Path, endpoint: str) -> None:
    shown = run([node, codegen / "program.js", endpoint])
    assert json.loads(shown) == json.loads((HERE / "screens.json").read_text("utf-8"))


def test_relay(node: str, relay: Path, endpoint: str) -> None:
    """The store joins the pages of both connections."""
    shown = run([node, relay / "program.js", endpoint])
    jobs = ["Python developer", "Data engineer", "Tester", "Analyst", "Operator", "Librarian"]
    assert json.loads(shown) == {
        "newest": {"count": 6, "lists": [jobs[:2], jobs[:4], jobs]},
        "applications": [["OFFER_RECEIVED 2 1"], ["OFFER_RECEIVED 2 1", "WITHDRAWN 0 0"]],
    }


JOBS = 8
EVENING = {
    "jobs": [JOBS, JOBS],
    "rejected": [["MIN_ABOVE_MAX", "input.salaryMin"]],
    "edited": "Master fitter",
    "stale": [["STALE_VERSION", 2]],
    "labelled": 2,
    "detail": ["Master fitter", ["night shift", "remote"], ["DISCOVERED"]],
    "found": [["Job", "Master fitter"]],
    "applied": "APPLIED",
    "answered": ["PHONE_SCREEN", 1],
    "moved": ["REJECTED", ["APPLICATION", "STATUS_EVENT"]],
    "board": ["Welder: REJECTED, 1", "Backend developer: SUBMITTED, 0"],
    "taken back": ["APPLICATION", "STATUS_EVENT"],
    "board afterwards": ["Welder: SUBMITTED, 1", "Backend developer: SUBMITTED, 0"],
    "removed": True,
    "board at last": ["Backend developer: SUBMITTED, 0", "Python developer: OFFER_RECEIVED, 2"],
}
"""What every client shows of the twelve operations of evening/evening.ts."""


def test_an_evening_with_graphql_codegen(node: str, codegen: Path, own_endpoint: str) -> None:
    assert json.loads(run([node, codegen / "board.js", own_endpoint])) == {"evening": EVENING}


def test_an_evening_with_relay(node: str, relay: Path, own_endpoint: str) -> None:
    """@deleteRecord removes a deleted job from a list that is not read again."""
    shown = json.loads(run([node, relay / "board.program.js", own_endpoint]))
    assert shown == {"evening": EVENING, "deleted": ["Zoologist", None]}


def test_an_evening_with_genql(node: str, tool: Tool, own_endpoint: str) -> None:
    folder = generated("genql")
    tool("genql", "--schema", TOP / "schema.graphql", "--output", folder / "client")
    tool("tsc", "--project", "genql")
    assert json.loads(run([node, folder / "js" / "genql" / "board.js", own_endpoint])) == {"evening": EVENING}


@pytest.fixture(scope="module")
def tada(node: str, tool: Tool) -> Path:
    """Folder of the programs with the types that gql.tada infers; tsc finds every mistake in operations.ts."""
    folder = generated("tada")
    run([node, "tada/introspection.mjs"])
    tool("tsc", "--project", "tada")
    return folder / "js" / "tada"


def test_an_evening_with_gql_tada_and_tanstack_query(node: str, tada: Path, own_endpoint: str) -> None:
    """Each mutation invalidates all queries, so the board is read three times."""
    shown = json.loads(run([node, tada / "tanstack.js", own_endpoint]))
    assert shown == {"evening": EVENING, "requests": {**REQUESTS, "Board": 3}}


def test_an_evening_with_gql_tada_and_urql_graphcache(node: str, tada: Path, own_endpoint: str) -> None:
    """The normalized cache takes what the undo returns: the board is not read again for it."""
    shown = json.loads(run([node, tada / "urql.js", own_endpoint]))
    assert shown == {"evening": EVENING, "requests": {**REQUESTS, "Board": 2}, "warnings": []}


REQUESTS = {
    "JobsPage": 2,
    "AddJob": 2,
    "EditJob": 2,
    "Label": 1,
    "JobDetail": 1,
    "Found": 1,
    "Apply": 1,
    "Answered": 1,
    "MoveCard": 1,
    "TakeBack": 1,
    "RemoveJob": 1,
}


def test_graphql_eslint(tool: Tool) -> None:
    """The rules of eslint.config.mjs, which says why where it leaves one out."""
    lint = ["--config", HERE / "eslint.config.mjs", "schema.graphql", "tests/clients/operations"]
    tool("eslint", *lint, cwd=TOP)


def test_graphql_eslint_has_eyes(tool: Tool, tmp_path: Path) -> None:
    shutil.copytree(HERE / "operations", tmp_path / "tests" / "clients" / "operations")
    schema = (TOP / "schema.graphql").read_text("utf-8")
    (tmp_path / "schema.graphql").write_text(f"{schema}\ntype Stray {{\n  Bad_Field: [Int!]\n}}\n", "utf-8")
    with pytest.raises(AssertionError) as complaint:
        tool("eslint", "--config", HERE / "eslint.config.mjs", "schema.graphql", cwd=tmp_path)
    assert sorted(re.findall(r"@graphql-eslint/([a-z-]+)$", str(complaint.value), re.MULTILINE)) == [
        "naming-convention",
        "no-unreachable-types",
        "require-description",
        "require-description",
    ]
