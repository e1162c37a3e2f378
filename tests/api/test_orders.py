"""Orders are those of plain Python on both engines: words as declared, text by code point, NULL as the default."""

from collections.abc import Callable
from functools import cmp_to_key
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import null, text

from jobbot_gql.applications.models import RiskLevel
from jobbot_gql.db.database import Database
from jobbot_gql.models import Application
from tests.conftest import Api
from tests.rows import new_claim, new_company, new_job

UNKNOWN = "nonsense"
RISKS = [*RiskLevel, None, UNKNOWN]
TEXTS = ["a", "B", "Z", "b", "ä", "Ä", "a b", "a-b", "\uffee", "\U0001f916"]
"""The last two are in another order by UTF-16 units."""


def make_claims() -> list[dict[str, Any]]:
    """Thirty claims as they are stored, with many ties and NULLs."""
    rng = Random(5)  # noqa: S311 - test data
    return [
        {
            "claim_type": rng.choice(TEXTS),
            "risk_level": rng.choice(RISKS),
            "credibility_impact": rng.choice([0.0, 0.5, None]),
            "justification": rng.choice(["x", "Y", None]),
        }
        for _ in range(30)
    ]


CLAIMS = make_claims()
KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "CLAIM_TYPE": lambda claim: claim["claim_type"],
    "RISK_LEVEL": lambda claim: RISKS[:3].index(claim["risk_level"] or "low") if claim["risk_level"] != UNKNOWN else 3,
    "CREDIBILITY_IMPACT": lambda claim: claim["credibility_impact"] or 0.0,
    "JUSTIFICATION": lambda claim: claim["justification"],
}


async def allow_unknown_words(database: Database, table: str, column: str, where: str) -> None:
    """Store an unknown word, as a program may that has removed the CHECK."""
    async with database.writer.begin() as connection:
        if database.dialect == "sqlite":
            await connection.execute(text("PRAGMA ignore_check_constraints = ON"))
        else:
            await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT ck_{table}_{column}"))
        await connection.execute(text(f"UPDATE {table} SET {column} = '{UNKNOWN}' WHERE {where}"))  # noqa: S608
        if database.dialect == "sqlite":
            await connection.execute(text("PRAGMA ignore_check_constraints = OFF"))


@pytest.fixture
async def claims(api: Api) -> Api:
    """The API over CLAIMS; the n-th has the number n + 1."""
    application = Application(job=new_job())
    for claim in CLAIMS:
        risk = claim["risk_level"]
        columns = {name: null() if value is None else value for name, value in claim.items()}
        columns["risk_level"] = null() if risk in (None, UNKNOWN) else risk
        await api.add(new_claim(**columns, application=application))
    unknown = ", ".join(str(number) for number, claim in enumerate(CLAIMS, 1) if claim["risk_level"] == UNKNOWN)
    await allow_unknown_words(api.database, "experience_claims", "risk_level", f"id IN ({unknown})")
    return api


def in_order(terms: list[dict[str, str]]) -> list[int]:
    """The numbers of CLAIMS in an order: nulls last, ties by the number in the direction of the last term."""

    def compare(left: int, right: int) -> int:
        for term in terms:
            one, other = (KEYS[term["field"]](CLAIMS[number - 1]) for number in (left, right))
            if one == other:
                continue
            if one is None or other is None:
                return 1 if one is None else -1
            return (1 if one > other else -1) * (1 if term["direction"] == "ASC" else -1)
        return (left - right) * (1 if terms[-1]["direction"] == "ASC" else -1)

    return sorted(range(1, len(CLAIMS) + 1), key=cmp_to_key(compare))


PAGE = """query Page($first: Int, $after: String, $last: Int, $before: String, $orderBy: [ExperienceClaimOrder!]) {
  experienceClaims(first: $first, after: $after, last: $last, before: $before, orderBy: $orderBy) {
    nodes { databaseId } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
ORDERS = st.lists(
    st.fixed_dictionaries({"field": st.sampled_from(sorted(KEYS)), "direction": st.sampled_from(["ASC", "DESC"])}),
    min_size=1,
    max_size=3,
    unique_by=lambda term: term["field"],
)


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(terms=ORDERS, size=st.integers(3, 11))
@pytest.mark.slow
async def test_pages_are_those_of_a_plain_sort(claims: Api, terms: list[dict[str, str]], size: int) -> None:
    pages: dict[str, list[list[int]]] = {"first": [], "last": []}
    for way, cursor, end, more in (
        ("first", "after", "endCursor", "hasNextPage"),
        ("last", "before", "startCursor", "hasPreviousPage"),
    ):
        place = None
        while True:
            page = (await claims.data(PAGE, {way: size, cursor: place, "orderBy": terms}))["experienceClaims"]
            pages[way].append([node["databaseId"] for node in page["nodes"]])
            place = page["pageInfo"][end]
            if not page["pageInfo"][more]:
                break

    expected = in_order(terms)
    assert [number for page in pages["first"] for number in page] == expected
    assert [number for page in reversed(pages["last"]) for number in page] == expected


async def test_groups_are_in_the_order_of_their_words(claims: Api) -> None:
    await claims.add(*(new_company(size=size or null()) for size in ("large", "small", None, "medium", "small")))
    await allow_unknown_words(claims.database, "companies", "size", "size = 'medium'")

    answer = await claims.answer(
        """{ experienceClaims { groupBy(by: [RISK_LEVEL]) { key count } byType: groupBy(by: [CLAIM_TYPE]) { key } }
             companies { groupBy(by: [SIZE]) { key count } } }"""
    )
    data = answer["data"]
    assert sorted(error["path"] for error in answer["errors"]) == [
        ["companies", "groupBy", 2, "key", 0],
        ["experienceClaims", "groupBy", 3, "key", 0],
    ]

    stored = [claim["risk_level"] for claim in CLAIMS]
    assert [(*group["key"], group["count"]) for group in data["experienceClaims"]["groupBy"]] == [
        ("LOW", stored.count("low") + stored.count(None)),
        ("MEDIUM", stored.count("medium")),
        ("HIGH", stored.count("high")),
        (None, stored.count(UNKNOWN)),
    ]
    assert data["experienceClaims"]["byType"] == [
        {"key": [name]} for name in sorted({claim["claim_type"] for claim in CLAIMS})
    ]
    assert [(*group["key"], group["count"]) for group in data["companies"]["groupBy"]] == [
        ("SMALL", 2),
        ("LARGE", 1),
        (None, 1),
        (None, 1),
    ]


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_text_is_sorted_by_code_point_whatever_the_collation(api: Api) -> None:
    async with api.database.writer.begin() as connection:
        await connection.execute(text('ALTER TABLE jobs ALTER title TYPE VARCHAR(255) COLLATE "en-x-icu"'))
    await api.add(*(new_job(title=title) for title in TEXTS))

    data = await api.data(
        "{ jobs(orderBy: [{field: TITLE}]) { nodes { title } groupBy(by: [TITLE]) { key } } found:"
        ' jobs(filter: {title: {contains: "Ä"}}, orderBy: [{field: TITLE}]) { nodes { title } } }'
    )

    assert [node["title"] for node in data["jobs"]["nodes"]] == sorted(TEXTS)
    assert data["jobs"]["groupBy"] == [{"key": [title]} for title in sorted(TEXTS)]
    assert [node["title"] for node in data["found"]["nodes"]] == ["Ä", "ä"]
