"""What a hostile client can ask: each attack is answered with the right error, for little processor time and memory,
while another client's small queries keep answering."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from graphql import get_introspection_query

from jobbot_gql.web import graphiql
from tests.conftest import database_at
from tests.postgres import create_database, drop_database
from tests.web.serving import Server, serving

pytestmark = pytest.mark.process

SECONDS = 2
"""How much of the server's processor time an attack may cost; waiting for it does not count."""
PATIENCE = 5
"""How many seconds another client may have to wait meanwhile, on a machine that has more to do."""
MEGABYTES = 40
"""How much memory an attack may cost the server."""
EXAMPLES = sorted((Path(graphiql.__file__).parent / "source" / "examples").glob("*.graphql"))


@pytest.fixture(scope="module")
async def server(
    engine: str, template: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    """A server on an empty database of each engine."""
    folder = tmp_path_factory.mktemp("attacks")
    if engine == "sqlite":
        shutil.copyfile(template, folder / "attacks.db")
        with serving(folder / "log", DATABASE_URL=f"sqlite:///{folder}/attacks.db") as server:
            yield server
    else:
        postgres = request.getfixturevalue("postgres")
        name = f"attacks_{uuid4().hex}"
        await create_database(postgres, name, template=template)
        with serving(folder / "log", DATABASE_URL=database_at(postgres, name)) as server:
            yield server
        await drop_database(postgres, name)


class Bystander:
    """Another client, who asks small queries all the time."""

    def __init__(self) -> None:
        self.longest = 0.0
        """Seconds that the slowest answer took."""
        self._answered = asyncio.Event()

    async def ask(self, url: str) -> None:
        """Ask until cancelled."""
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            while True:
                started = time.monotonic()
                response = await client.post("/graphql", json={"query": "{ jobs(first: 1) { nodes { title } } }"})
                assert response.json()["data"] == {"jobs": {"nodes": []}}
                self.longest = max(self.longest, time.monotonic() - started)
                self._answered.set()
                await asyncio.sleep(0.01)

    async def next_answer(self) -> None:
        """Wait for an answer that has not come yet."""
        self._answered.clear()
        await asyncio.wait_for(self._answered.wait(), 30)


@dataclass(frozen=True)
class Attack:
    """A request and what must be answered: the status, and the extensions of the first error."""

    body: bytes | Callable[[], AsyncIterator[bytes]]
    status: int
    extensions: dict[str, Any]


BAD_REQUEST = {"code": "BAD_REQUEST"}
SOME = -1
"""A value over the cap that depends on how the body is cut into pieces, or on the schema."""


def query(text: str, extensions: dict[str, Any], **more: Any) -> Attack:
    """An attack by a document and its variables."""
    return Attack(json.dumps({"query": text, **more}).encode(), 400, extensions)


def too_complex(limit: str, value: int, cap: int) -> dict[str, Any]:
    return {"code": "QUERY_TOO_COMPLEX", "limit": limit, "value": value, "cap": cap}


def jobs(selection: str) -> str:
    return f"{{ jobs {{ nodes {{ {selection} }} }} }}"


def each(count: int, text: str) -> str:
    """`count` texts in which # is their number, counted from 0."""
    return " ".join(text.replace("#", str(number)) for number in range(count))


def fragments(count: int, spread: Callable[[int], str]) -> str:
    """A query of the first of `count` fragments, each with what `spread` says of its number; the last has the id."""
    definitions = " ".join(f"fragment F{number} on Job {{ {spread(number)} }}" for number in range(count))
    return f"{jobs('...F0')} {definitions} fragment F{count} on Job {{ id }}"


def nested_filter(depth: int) -> bytes:
    """A query whose variables hold a filter within so many others."""
    nested = b'{"and": [' * depth + b'{"title": {"eq": "x"}}' + b"]}" * depth
    return b'{"query": "%s", "variables": {"filter": %s}}' % (FILTERED.encode(), nested)


FILTERED = "query ($filter: JobFilter) { jobs(filter: $filter) { totalCount } }"


def fan_out(size: str) -> str:
    return (
        f"{{ companies(first: {size}) {{ nodes {{ opportunities(first: {size}) {{ nodes {{"
        f" campaigns(first: {size}) {{ nodes {{ id }} }} }} }} }} }} }}"
    )


async def spaces(megabytes: int) -> AsyncIterator[bytes]:
    for _ in range(megabytes * 16):
        yield b" " * 65_536


FULL_INTROSPECTION = get_introspection_query(
    specified_by_url=True,
    directive_is_repeatable=True,
    schema_description=True,
    input_value_deprecation=True,
    experimental_directive_deprecation=True,
    one_of=True,
)
WHOLE_SCHEMA = FULL_INTROSPECTION.partition("{")[2].partition("fragment")[0].rpartition("}")[0].strip()

ATTACKS = {
    # many of one thing
    "10,000 aliases": query(f"{{ {each(10_000, 'a#: __typename')} }}", too_complex("queryLength", 178_893, 50_000)),
    "2,000 aliases": query(f"{{ {each(2_000, 'a#: __typename')} }}", too_complex("tokens", 6_002, 5_000)),
    "1,000 aliases": query(f"{{ {each(1_000, 'a#: __typename')} }}", too_complex("aliases", 1_000, 50)),
    "51 aliases, by fragments": query(
        jobs("...A " * 17) + " fragment A on Job { a: id b: id c: id }", too_complex("aliases", 51, 50)
    ),
    "2,000 fields": query(jobs("id " * 2_000), too_complex("fields", 2_002, 1_000)),
    "10,000 directives": query(f"{{ id {each(10_000, '@a')} }}", too_complex("tokens", 20_003, 5_000)),
    "1,000 directives": query(f"{{ id {each(1_000, '@a')} }}", too_complex("directives", 1_000, 50)),
    "1,000 directives on a variable": query(
        f"query ($a: Int {each(1_000, '@a')}) {{ id }}", too_complex("directives", 1_000, 50)
    ),
    "900 operations": query(each(900, "{ id }"), BAD_REQUEST),
    "1,000 variables that nobody uses": query(f"query ({each(1_000, '$a#: Int')}) {{ __typename }}", BAD_REQUEST),
    "a megabyte of comments": Attack(
        json.dumps({"query": "#\n" * 500_000 + "{ __typename }"}).encode(),
        413,
        too_complex("bodyBytes", SOME, 1_000_000),
    ),
    "nearly a megabyte of comments": query(
        "#\n" * 300_000 + "{ __typename }", too_complex("queryLength", 600_014, 50_000)
    ),
    "100 MB, announced": Attack(b" " * 100_000_000, 413, too_complex("bodyBytes", 100_000_000, 1_000_000)),
    "100 MB, streamed": Attack(lambda: spaces(100), 413, too_complex("bodyBytes", SOME, 1_000_000)),
    # deep
    "depth 5,000": query("{a" * 5_000 + "}" * 5_000, too_complex("depth", 5_000, 20)),
    "depth 5,000, never closed": query("{a" * 5_000, too_complex("depth", 5_000, 20)),
    "depth 21": query("{a" * 21 + "}" * 21, too_complex("depth", 21, 20)),
    "depth 21, by fragments": query(
        jobs("...F0")
        + " fragment F0 on Job { applications { nodes { job { ...F1 } } } }"
        + f" fragment F1 on Job {{ {'a {' * 15} id {'}' * 16}",
        too_complex("depth", 21, 20),
    ),
    "literals 2,000 lists deep": query(
        f"{{ jobs(filter: {'[' * 2_000}{']' * 2_000}) {{ totalCount }} }}", too_complex("valueDepth", 2_000, 20)
    ),
    "literals 400 filters deep": query(
        f"{{ jobs(filter: {'{and: [' * 400}{'}' * 400}) {{ totalCount }} }}", too_complex("valueDepth", 800, 20)
    ),
    "types 2,000 lists deep": query(
        f"query ($a: {'[' * 2_000}Int{']' * 2_000}) {{ id }}", too_complex("valueDepth", 2_000, 20)
    ),
    # fragments
    "fragments that double 30 times": query(
        fragments(30, lambda number: f"...F{number + 1} ...F{number + 1}"), too_complex("fields", 2**30 + 2, 1_000)
    ),
    "fragments that grow by 100 nine times": query(
        fragments(9, lambda number: f"...F{number + 1} " * 100), too_complex("fields", 10**15, 1_000)
    ),
    "unused fragments that double 30 times": query(
        fragments(30, lambda number: f"...F{number + 1} ...F{number + 1}").replace(jobs("...F0"), "{ __typename }"),
        too_complex("fields", 2**30, 1_000),
    ),
    "a chain of 500 fragments": query(
        fragments(500, lambda number: f"...F{number + 1}"), too_complex("fragmentDepth", 501, 50)
    ),
    "a fragment that spreads itself": query(f"{jobs('...A')} fragment A on Job {{ ...A }}", BAD_REQUEST),
    "a cycle of 300 fragments": query(
        fragments(300, lambda number: f"...F{(number + 1) % 300} ...F{number * 7 % 300}"), BAD_REQUEST
    ),
    "a cycle through fields": query(
        f"{jobs('...A')} fragment A on Job {{ applications {{ nodes {{ job {{ ...A ...A }} }} }} }}", BAD_REQUEST
    ),
    # fields that overlap
    "one field 900 times": query(jobs("id " * 900), too_complex("overlaps", 900 * 899 // 2, 50_000)),
    "one list 300 times": query(
        jobs("applications { nodes { id } } " * 300), too_complex("overlaps", 3 * (300 * 299 // 2), 50_000)
    ),
    "fields that overlap through fragments": query(
        jobs(each(400, "...F#")) + each(400, "fragment F# on Job { id title }"),
        too_complex("overlaps", 2 * (400 * 399 // 2), 50_000),
    ),
    # variables
    "300,000 variables": query(
        "{ __typename }", too_complex("variableValues", 300_001, 50_000), variables={"a": [1] * 300_000}
    ),
    "3,000 items in a variable": query(
        FILTERED, too_complex("listLength", 3_000, 2_000), variables={"filter": {"title": {"in": ["x"] * 3_000}}}
    ),
    "2,001 items in a literal": query(
        "{ jobs(filter: { title: { in: [%s] } }) { totalCount } }" % ('"x" ' * 2_001),
        too_complex("listLength", 2_001, 2_000),
    ),
    "variables 500 filters deep": Attack(nested_filter(500), 400, too_complex("valueDepth", 1_002, 20)),
    "variables 50,000 filters deep": Attack(nested_filter(50_000), 400, BAD_REQUEST),
    "100,000 brackets": Attack(b'{"query": ' + b"[" * 100_000, 400, BAD_REQUEST),
    "1e999 for a whole number": query("{ jobs(first: 1e999) { totalCount } }", BAD_REQUEST),
    "1e999 for a number": query(
        "{ applications(filter: { integrityScore: { gt: 1e999 } }) { totalCount } }", BAD_REQUEST
    ),
    "1e999 in variables": Attack(b'{"query": "{ __typename }", "variables": {"a": 1e999}}', 400, BAD_REQUEST),
    "a number of 10,000 digits": query("{ jobs(first: %s) { totalCount } }" % ("9" * 10_000), BAD_REQUEST),
    "a number of 10,000 digits in variables": Attack(
        b'{"query": "query ($n: Int) { jobs(first: $n) { totalCount } }", "variables": {"n": %s}}' % (b"9" * 10_000),
        400,
        BAD_REQUEST,
    ),
    # errors that quote what they are about
    "900 unknown fields beside a large value": query(
        f'{{ jobs(filter: {{ title: {{ eq: "{"x" * 30_000}" }} {each(900, "a#: 1")} }}) {{ totalCount }} }}',
        BAD_REQUEST,
    ),
    "1,500 unknown fields in variables": query(
        FILTERED, BAD_REQUEST, variables={"filter": {f"{'a' * 500}{number}": "x" * 100 for number in range(1_500)}}
    ),
    "200 filters with large unknown fields": query(
        FILTERED, BAD_REQUEST, variables={"filter": {"and": [{"a": ["b" * 400] * 10} for _ in range(200)]}}
    ),
    "a field with a name of 40,000 characters": query(f"{{ {'a' * 40_000} }}", BAD_REQUEST),
    "an enum value of 40,000 characters, 50 times": query(
        f"query ($o: [JobOrder!]) {{ {each(50, 'a#: jobs(orderBy: $o) { totalCount }')} }}",
        BAD_REQUEST,
        variables={"o": [{"field": "A" * 40_000, "direction": "ASC"}] * 20},
    ),
    # what would be a great deal to answer
    "100 x 100 x 100": query(fan_out("100"), too_complex("cost", 1_020_202, 200_000)),
    "100 x 100 x 100, by variables": query(
        "query ($n: Int)" + fan_out("$n"), too_complex("cost", 1_020_202, 200_000), variables={"n": 100}
    ),
    "100 x 100 x 100, by defaults": query(
        "query ($n: Int = 100)" + fan_out("$n"), too_complex("cost", 1_020_202, 200_000)
    ),
    "45 lists of each of 250 rows": query(
        jobs(each(45, "a#: applications { nodes { id } }")).replace("jobs", "jobs(first: 250)"),
        too_complex("cost", 2 + 250 * 45 * 27, 200_000),
    ),
    # introspection
    "introspection that goes round": query(
        "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }",
        too_complex("introspections", SOME, 2),
    ),
    "introspection three times": query(
        FULL_INTROSPECTION.replace(WHOLE_SCHEMA, each(3, f"a#: {WHOLE_SCHEMA}")), too_complex("introspections", 3, 2)
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
async def test_attacks(server: Server, name: str) -> None:
    attack = ATTACKS[name]
    content = attack.body if isinstance(attack.body, bytes) else attack.body()
    headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
    bystander = Bystander()
    asking = asyncio.create_task(bystander.ask(server.url))
    await bystander.next_answer()
    memory = server.memory()
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        spent = server.processor_seconds()
        response = await client.post("/graphql", content=content, headers=headers)
        spent = server.processor_seconds() - spent
    await bystander.next_answer()
    asking.cancel()

    assert response.status_code == attack.status
    errors = response.json()["errors"]
    expected = dict(attack.extensions)
    if expected.get("value") == SOME:
        expected["value"] = max(expected["cap"] + 1, errors[0]["extensions"]["value"])
    assert errors[0]["extensions"] == expected
    assert {error["extensions"]["code"] for error in errors} == {expected["code"]}
    assert len(response.content) < 20_000
    assert spent < SECONDS
    assert bystander.longest < PATIENCE
    assert server.memory() - memory < MEGABYTES * 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(path.read_text(), id=path.stem) for path in EXAMPLES),
        pytest.param(FULL_INTROSPECTION, id="introspection with every option"),
        pytest.param(get_introspection_query(), id="introspection"),
        pytest.param(
            """{
              applications(first: 250) { nodes {
                id status applicationDate integrityScore notes
                job { id title company location salaryMin salaryMax jobUrl description }
                responses { id responseType responseDate subjectLine emailContent sentimentScore }
                experienceClaims { id claimType originalExperience claimedExperience riskLevel justification }
              } }
            }""",
            id="a board of applications",
        ),
        pytest.param(
            """{
              companies(first: 20) { nodes {
                id name industry opportunities(first: 25) { nodes {
                  id problemDescription status campaigns(first: 25) { nodes {
                    id contactMethod contactPerson messageContent sentDate responseStatus responseDate notes
                  } }
                } }
              } }
            }""",
            id="companies with everything below them",
        ),
    ],
)
async def test_honest_operations_pass(server: Server, text: str) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
        variables = {name: value for name, value in {"id": 1, "text": "python"}.items() if f"${name}" in text}
        answer = (await client.post("/graphql", json={"query": text, "variables": variables})).json()

    assert "errors" not in answer
    assert 0 <= answer["extensions"]["cost"]["value"] <= 200_000


async def test_nothing_was_a_fault_of_ours(server: Server) -> None:
    """Run after the attacks."""
    assert server.log.read_text() == ""
