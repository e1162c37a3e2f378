"""Filters on lists of texts compare whole elements, whatever the JSON text looks like. On both engines."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from jobbot_gql.db.sql.column_types import parse_string_list
from tests.conftest import Api

LISTS: list[list[str]] = [
    [],
    ["a", "b"],
    ["a, ", "b"],
    ["a,", "b", "["],
    ['say "x"', "back\\slash", "line\nbreak"],
    ["Café", "C++", "100%_"],
    [", "],
    [""],
]
STORED = [
    *(json.dumps(one, ensure_ascii=False) for one in LISTS),
    *(json.dumps(one, separators=(",", ":")) for one in LISTS),
    json.dumps(["Café", "b"], indent=2),
    '["a", 1]',
    '{"a": "b"}',
    "C++, a",
    '["a", "b"',
    '[["a"]]',
    "",
    None,
]
WORDS = [
    "a",
    "b",
    ", ",
    '", "',
    "a, ",
    "a,",
    "[",
    "]",
    ",",
    "x",
    'say "x"',
    "back\\slash",
    "line\nbreak",
    "CAFÉ",
    "c++",
]
WORDS += ["100%_", "100", "", "caf", '"', "\\", '["a"', 'a", "b']


@pytest.fixture
async def stored(api: Api) -> Api:
    """The API, with a job for each text."""
    async with api.database.transaction() as session:
        for n, value in enumerate(STORED):
            values = {"title": str(n), "keywords": value}
            await session.execute(
                text("INSERT INTO jobs (title, company, keywords) VALUES (:title, 'C', :keywords)"), values
            )
    return api


async def found(api: Api, condition: dict[str, Any]) -> list[str]:
    query = "query($f: JobFilter) { jobs(filter: $f, first: 250, orderBy: {field: DATABASE_ID}) { nodes { title } } }"
    return [job["title"] for job in (await api.data(query, {"f": condition}))["jobs"]["nodes"]]


async def test_has_is_true_of_whole_elements(stored: Api) -> None:
    lists = [parse_string_list(value or "") or [] for value in STORED]
    for word in WORDS:
        expected = [str(n) for n, words in enumerate(lists) if word.lower() in map(str.lower, words)]
        assert await found(stored, {"keywords": {"has": word}}) == expected, word
        others = [str(n) for n in range(len(STORED)) if str(n) not in expected]
        assert await found(stored, {"not": {"keywords": {"has": word}}}) == others, word


async def test_a_list_is_empty_where_it_reads_as_empty(stored: Api) -> None:
    empty = [str(n) for n, value in enumerate(STORED) if not parse_string_list(value or "")]
    assert await found(stored, {"keywords": {"isEmpty": True}}) == empty
    full = [str(n) for n in range(len(STORED)) if str(n) not in empty]
    assert await found(stored, {"keywords": {"isEmpty": False}}) == full
