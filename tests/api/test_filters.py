"""Filters give the rows that a plain Python filter over the same data gives, on both engines."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import null

from jobbot_gql.applications.models import ApplicationStatus, ResponseType
from jobbot_gql.jobs.models import JobStatus
from jobbot_gql.models import Application, EmployerResponse, Job
from tests.conftest import Api

WORDS = ["Acme", "ACME GmbH", "Ünder", "ünder_score", "100 %", "a\\b", "C++", "C#", "", "Ωmega", "ωMEGA", "Заря", None]
NUMBERS = [0, 1, 2, 50_000, 60_000, -5, None]
KEYWORDS = [[], ["C++"], ["C#", "c++ 20"], ['say "hi"', "hi"], ["a, b", "b"], None]
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
TIMES = [NOON, NOON + timedelta(microseconds=1), NOON - timedelta(days=40), None]
DAYS = [date(2026, 1, 15), date(2025, 12, 31), None]

Row = dict[str, Any]


def with_default(column: str, stored: Any, default: Any) -> Row:
    """A column's value as it reads, and as it is stored."""
    return {column: default if stored is None else stored, f"stored {column}": null() if stored is None else stored}


def make_rows() -> list[Row]:
    """Sixty jobs with applications and responses: ties, nulls, upper and lower case, special characters."""
    rng = Random(7)  # noqa: S311 - test data
    return [
        {
            "title": rng.choice([word for word in WORDS if word is not None]),
            "company": rng.choice([word for word in WORDS if word is not None]),
            "location": rng.choice(WORDS),
            "salaryMin": rng.choice(NUMBERS),
            "remoteOption": rng.choice([True, False]),
            "postingDate": rng.choice(DAYS),
            "keywords": rng.choice(KEYWORDS) or [],
            **with_default("status", rng.choice([*JobStatus, None]), JobStatus.DISCOVERED),
            "applications": [
                {
                    "notes": rng.choice(WORDS),
                    **with_default("status", rng.choice([*ApplicationStatus, None]), ApplicationStatus.SUBMITTED),
                    **with_default("integrityScore", rng.choice([0.0, 50.0, None]), 100.0),
                    "responseDate": rng.choice(TIMES),
                    "responses": [
                        {
                            "responseType": rng.choice(list(ResponseType)),
                            "sentimentScore": rng.choice([None, 0.0, 0.5, -1.0]),
                        }
                        for _ in range(rng.choice([0, 0, 1, 2]))
                    ],
                }
                for _ in range(rng.choice([0, 0, 1, 2]))
            ],
        }
        for _ in range(60)
    ]


ROWS = make_rows()


@pytest.fixture
async def filled(api: Api) -> Api:
    """The API over ROWS; the n-th has the number n + 1."""
    await api.add(
        *(
            Job(
                title=row["title"],
                company=row["company"],
                location=row["location"],
                salary_min=row["salaryMin"],
                remote_option=row["remoteOption"],
                posting_date=row["postingDate"],
                keywords=row["keywords"],
                status=row["stored status"],
                applications=[
                    Application(
                        notes=application["notes"],
                        status=application["stored status"],
                        integrity_score=application["stored integrityScore"],
                        response_date=application["responseDate"],
                        responses=[
                            EmployerResponse(
                                response_type=response["responseType"], sentiment_score=response["sentimentScore"]
                            )
                            for response in application["responses"]
                        ],
                    )
                    for application in row["applications"]
                ],
            )
            for row in ROWS
        )
    )
    return api


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "ne": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "notIn": lambda value, wanted: value not in wanted,
    "isNull": lambda value, wanted: (value is None) == wanted,
    "lt": lambda value, wanted: value is not None and value < wanted,
    "lte": lambda value, wanted: value is not None and value <= wanted,
    "gt": lambda value, wanted: value is not None and value > wanted,
    "gte": lambda value, wanted: value is not None and value >= wanted,
    "contains": lambda value, wanted: value is not None and wanted.lower() in value.lower(),
    "startsWith": lambda value, wanted: value is not None and value.lower().startswith(wanted.lower()),
    "endsWith": lambda value, wanted: value is not None and value.lower().endswith(wanted.lower()),
    "has": lambda value, wanted: wanted.lower() in [item.lower() for item in value],
    "isEmpty": lambda value, wanted: (not value) == wanted,
}


def holds(row: Row, given: Row) -> bool:
    """Whether a row passes a filter."""
    return all(holds_for(row, word, wanted) for word, wanted in given.items())


def holds_for(row: Row, word: str, wanted: Any) -> bool:
    if word == "and":
        return all(holds(row, part) for part in wanted)
    if word == "or":
        return any(holds(row, part) for part in wanted)
    if word == "not":
        return not holds(row, wanted)
    if word in {"applications", "responses"}:
        children = row[word]
        return all(
            {"some": any, "none": lambda found: not any(found), "every": all}[quantor](
                [holds(child, part) for child in children]
            )
            for quantor, part in wanted.items()
        )
    return all(OPERATORS[operator](row[word], value) for operator, value in wanted.items())


def some_of(choices: dict[str, st.SearchStrategy[Any]], most: int) -> st.SearchStrategy[Row]:
    """Dictionaries with a few of the choices."""
    names = st.lists(st.sampled_from(sorted(choices)), unique=True, max_size=most)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: choices[name] for name in chosen}))


def operators(kind: str, values: list[Any]) -> st.SearchStrategy[Row]:
    """Conditions on a column with such values."""
    value = st.sampled_from([value for value in values if value is not None])
    choices: dict[str, st.SearchStrategy[Any]] = {"eq": value, "ne": value, "isNull": st.booleans()}
    if kind != "boolean":
        choices |= {"in": st.lists(value, max_size=3), "notIn": st.lists(value, max_size=3)}
    if kind == "text":
        part = st.sampled_from(["a", "Ü", "_", "%", "\\", "ACME", "+", "ω", "", "Я"]) | value
        choices |= {"contains": part, "startsWith": part, "endsWith": part}
    if kind == "ordered":
        choices |= dict.fromkeys(("lt", "lte", "gt", "gte"), value)
    return some_of(choices, 2)


KEYWORD_CONDITIONS = st.fixed_dictionaries(
    {}, optional={"has": st.sampled_from(["c++", "C#", "hi", "b", 'say "HI"', "a"]), "isEmpty": st.booleans()}
)


def combined(base: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    """Filters of one type, joined by and, or, not."""
    parts = st.lists(base, max_size=2)
    return base | some_of({"and": parts, "or": parts, "not": base}, 2)


def relation(inner: st.SearchStrategy[Row]) -> st.SearchStrategy[Row]:
    return some_of(dict.fromkeys(("some", "none", "every"), inner), 2)


RESPONSE_FILTERS = combined(
    some_of(
        {
            "responseType": operators("enum", list(ResponseType)),
            "sentimentScore": operators("ordered", [0.0, 0.5, -1.0, 2.0]),
        },
        3,
    )
)
APPLICATION_FILTERS = combined(
    some_of(
        {
            "notes": operators("text", WORDS),
            "status": operators("enum", list(ApplicationStatus)),
            "responseDate": operators("ordered", TIMES),
            "integrityScore": operators("ordered", [0.0, 50.0, 75.0, 100.0]),
            "responses": relation(RESPONSE_FILTERS),
        },
        3,
    )
)
JOB_FILTERS = combined(
    some_of(
        {
            "title": operators("text", WORDS),
            "location": operators("text", WORDS),
            "salaryMin": operators("ordered", NUMBERS),
            "remoteOption": operators("boolean", [True, False]),
            "postingDate": operators("ordered", DAYS),
            "keywords": KEYWORD_CONDITIONS,
            "status": operators("enum", list(JobStatus)),
            "applications": relation(APPLICATION_FILTERS),
        },
        3,
    )
)


def as_json(value: Any) -> Any:
    """A filter as it is sent: enums by name, times and days in ISO 8601."""
    if isinstance(value, dict):
        return {word: as_json(part) for word, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    if isinstance(value, JobStatus | ApplicationStatus | ResponseType):
        return value.name
    if isinstance(value, date):
        return value.isoformat()
    return value


def conditions(given: Any) -> int:
    """How many conditions a filter has in all."""
    if isinstance(given, dict):
        return sum(conditions(part) for part in given.values())
    return sum(map(conditions, given)) if isinstance(given, list) and given and isinstance(given[0], dict) else 1


# Without shrinking, which takes minutes where each example is a request; a failing filter is legible as it is.
@settings(
    max_examples=100,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(wanted=JOB_FILTERS.filter(lambda wanted: conditions(wanted) <= 40))
@pytest.mark.slow
async def test_a_filter_gives_the_rows_of_a_plain_python_filter(filled: Api, wanted: Row) -> None:
    data = await filled.data(
        """query Filtered($filter: JobFilter) {
             jobs(first: 250, filter: $filter, orderBy: {field: DATABASE_ID}) {
               totalCount aggregate { count } nodes { databaseId }
             }
           }""",
        {"filter": as_json(wanted)},
    )

    expected = [number for number, row in enumerate(ROWS, start=1) if holds(row, wanted)]
    assert [node["databaseId"] for node in data["jobs"]["nodes"]] == expected
    assert data["jobs"]["totalCount"] == data["jobs"]["aggregate"]["count"] == len(expected)


async def test_a_to_one_relation_is_filtered_from_the_other_side(filled: Api) -> None:
    data = await filled.data(
        """{ employerResponses(first: 250, filter: {application: {job: {remoteOption: {eq: true},
               applications: {some: {responses: {none: {}}}}}}}) { totalCount } }"""
    )

    expected = sum(
        len(application["responses"])
        for row in ROWS
        for application in row["applications"]
        if row["remoteOption"] and any(not other["responses"] for other in row["applications"])
    )
    assert data["employerResponses"]["totalCount"] == expected > 0


async def test_days_are_counted_from_now(api: Api) -> None:
    now = datetime.now(UTC)
    await api.add(
        *(Job(title=str(age), company="Firm", applications=[Application(application_date=now - timedelta(days=age))])
          for age in (-20, -3, 1, 10, 20, 40)),
        *(Job(title=f"day {age}", company="Firm", application_deadline=now.date() - timedelta(days=age))
          for age in (-3, 0, 3)),
    )  # fmt: skip

    data = await api.data(
        """{ new: applications(filter: {applicationDate: {withinLastDays: 15}}) { nodes { job { title } } }
             old: applications(filter: {applicationDate: {olderThanDays: 15}}) { nodes { job { title } } }
             soon: applications(filter: {applicationDate: {withinNextDays: 15}}) { nodes { job { title } } }
             due: jobs(filter: {applicationDeadline: {withinNextDays: 3}}) { nodes { title } }
             past: jobs(filter: {applicationDeadline: {withinLastDays: 3}}) { nodes { title } } }"""
    )

    assert [node["job"]["title"] for node in data["new"]["nodes"]] == ["1", "10"]
    assert [node["job"]["title"] for node in data["old"]["nodes"]] == ["20", "40"]
    assert [node["job"]["title"] for node in data["soon"]["nodes"]] == ["-3"]
    assert [node["title"] for node in data["due"]["nodes"]] == ["day 0", "day -3"]
    assert [node["title"] for node in data["past"]["nodes"]] == ["day 3", "day 0"]


@pytest.mark.parametrize(
    ("given_filter", "message"),
    [
        ("{not: {not: {not: {not: {not: {not: {}}}}}}}", "filter must not be nested more than 5 levels deep."),
        (
            "{and: [" + "{title: {eq: \"x\"}}," * 51 + "]}",
            "filter must not have more than 50 conditions.",
        ),
        ("{title: {in: [" + '"x",' * 1001 + "]}}", "filter: in must have at most 1000 values; got 1001."),
        (
            "{scrapedDate: {olderThanDays: -1}}",
            "withinLastDays, withinNextDays and olderThanDays must be 0 to 36500 days; got -1.",
        ),
        ('{id: {eq: "QTox"}}', "filter.id must be an id of type Job; got one of type A: 'QTox'."),
    ],
)  # fmt: skip
async def test_a_filter_over_the_limits_is_rejected(api: Api, given_filter: str, message: str) -> None:
    assert await api.error(f"{{ jobs(filter: {given_filter}) {{ totalCount }} }}") == ("BAD_REQUEST", message)
