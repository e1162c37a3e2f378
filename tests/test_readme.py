"""What the README shows works, on the demo data."""

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from jobbot_gql.demo import load_if_empty
from tests.conftest import Api

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
OPERATIONS = [
    operation
    for operation in re.findall(r"```graphql\n(.*?)```", README, re.DOTALL)
    if not operation.startswith("subscription")  # tests/live/test_documented.py executes them
]
FOLDER = Path(__file__).parents[1] / "src/jobbot_gql/web/graphiql/source/examples"
EXAMPLES = {path.stem: path.read_text("utf-8") for path in sorted(FOLDER.glob("*.graphql"))}
VARIABLES = {path.name.removesuffix(".variables.json"): path.read_text("utf-8") for path in FOLDER.glob("*.json")}


@pytest.fixture
async def demo(api: Api) -> Api:
    """The API over the demo data."""
    assert await load_if_empty(api.database)
    return api


def empty_lists(value: Any, path: str = "") -> list[str]:
    """Where in an answer no list holds anything: the paths of those that are empty everywhere."""
    if isinstance(value, dict):
        return [found for name, part in value.items() for found in empty_lists(part, f"{path}.{name}")]
    if isinstance(value, list):
        if not value:
            return [path]
        below = [set(empty_lists(part, path)) for part in value]
        return sorted(set.intersection(*below))
    return []


async def test_every_operation_of_the_readme_shows_something(demo: Api) -> None:
    assert len(OPERATIONS) >= 6
    application = await demo.data(
        "{ applications(first: 1, filter: {responses: {some: {}}, experienceClaims: {some: {}}}) { nodes { id } } }"
    )
    company = await demo.data(
        """{ opportunities(first: 1, filter: {
               campaigns: {some: {}}, company: {jobs: {some: {applications: {some: {}}}}}
           }) { nodes { company { name } } } }"""
    )
    variables = {
        "id": application["applications"]["nodes"][0]["id"],
        "name": company["opportunities"]["nodes"][0]["company"]["name"],
    }

    for operation in OPERATIONS:
        wanted = {name: variables[name] for name in re.findall(r"\$(\w+): ", operation)}
        data = await demo.data(operation, wanted)
        assert set(empty_lists(data)) <= {".references.nodes", ".createJob.userErrors"}, operation
        assert len(demo.statements) <= 10, operation


async def test_the_headline_takes_a_statement_for_each_level_or_one_for_all(demo: Api, engine: str) -> None:
    await demo.data(OPERATIONS[0])

    # Applications, jobs, responses, claims, pay and last activity; and the count.
    assert len(demo.statements) == (1 if engine == "postgresql" else 6) + 1


async def test_every_example_of_graphiql_shows_something(demo: Api) -> None:
    assert len(EXAMPLES) >= 4
    for name, operation in EXAMPLES.items():
        variables = orjson.loads(VARIABLES.get(name, "{}"))
        assert set(empty_lists(await demo.data(operation, variables))) <= {
            ".upsertJob.userErrors",
            ".jobs.nodes.applications.nodes",
        }, name
