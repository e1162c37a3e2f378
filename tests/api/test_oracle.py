"""Random queries are answered as plain Python computes them from the exported rows, on both engines.

The oracle knows no SQL, no plan and no code of the API: filter, order, page, aggregates, groups and computed fields.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from jobbot_gql.models import Application, EmployerResponse, Job, JobSource, StatusEvent
from tests.conftest import Api, everything

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
STATUSES = ["discovered", "targeted", "applied"]
NUMBERS = [0, 1, 50_000, 60_001, -5, None]
SCORES = [0.0, 12.5, 50.0, 99.9, 100.0]


def rows() -> Iterable[Job]:
    """Forty jobs with ties and nulls, and what belongs to them."""
    dice = Random(11)  # noqa: S311 - test data

    def time(chance: float = 0.3) -> datetime | None:
        hours = dice.choice([0, 0, -1, -24, -800, -9000])
        return None if dice.random() < chance else NOON + timedelta(hours=hours, microseconds=dice.choice([0, 0, 7]))

    for number in range(40):
        yield Job(
            title=f"Job {number % 7}",
            company=dice.choice(["Acme", "Firm", "ünder"]),
            salary_min=dice.choice(NUMBERS),
            salary_max=dice.choice(NUMBERS),
            status=dice.choice(STATUSES),
            remote_option=dice.choice([True, False]),
            posting_date=dice.choice([NOON.date(), (NOON - timedelta(days=20)).date(), None]),
            sources=[
                JobSource(
                    source_site=f"site{index}",
                    last_seen=NOON - timedelta(days=dice.choice([0, 0, 3])),
                    pay_min=dice.choice([None, 10.5, 20.0]),
                    pay_max=dice.choice([None, 30.25]),
                    pay_interval=dice.choice([None, "hourly"]),
                    raw={},
                )
                for index in range(dice.choice([0, 1, 2, 3]))
            ],
            applications=[
                Application(
                    status=dice.choice(["submitted", "rejected", "ghosted"]),
                    integrity_score=dice.choice(SCORES),
                    application_date=time(),
                    responses=[
                        EmployerResponse(response_type="offer", response_date=time())
                        for _ in range(dice.choice([0, 1, 2]))
                    ],
                    status_events=[
                        StatusEvent(to_status="submitted", occurred_at=time(0) or NOON)
                        for _ in range(dice.choice([0, 0, 1, 2]))
                    ],
                )
                for _ in range(dice.choice([0, 0, 1, 2, 4]))
            ],
        )


class Oracle:
    """What the API must answer, from the rows of the tables."""

    def __init__(self, exported: dict[str, list[Any]]) -> None:
        self.jobs = exported["jobs"]
        self._children = {
            (name, key): self._by(exported[name], key)
            for name, key in (
                ("applications", "job_id"),
                ("job_sources", "job_id"),
                ("employer_responses", "application_id"),
                ("status_events", "application_id"),
            )
        }

    @staticmethod
    def _by(found: list[Any], key: str) -> dict[int, list[Any]]:
        grouped = defaultdict(list)
        for row in found:
            grouped[getattr(row, key)].append(row)
        return grouped

    def of(self, name: str, key: str, row_id: int) -> list[Any]:
        """The rows of a table with a foreign key."""
        return self._children[name, key].get(row_id, [])

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The connection of the jobs."""
        found = [row for row in self.jobs if self.passes(row, asked["filter"])]
        descending = asked["direction"] == "DESC"
        found = ordered(found, asked["order"], descending=descending)
        page = found[asked["skip"] : asked["skip"] + asked["first"]]
        return {
            "totalCount": len(found),
            "aggregate": figures(found, "salary_min", "salaryMin", distinct={"salaryMin", "status"}),
            "groupBy": groups(found, asked["by"]),
            "nodes": [self.job(row, asked) for row in page],
        }

    def passes(self, row: Any, wanted: dict[str, Any]) -> bool:
        """Whether a job passes a filter."""
        low, high = wanted.get("salaryMin", {}).get("gte"), wanted.get("salaryMin", {}).get("lt")
        scores = [one.integrity_score for one in self.of("applications", "job_id", row.id)]
        return (
            (low is None or (row.salary_min is not None and row.salary_min >= low))
            and (high is None or (row.salary_min is not None and row.salary_min < high))
            and ("status" not in wanted or row.status.name in wanted["status"]["in"])
            and ("company" not in wanted or wanted["company"]["contains"].lower() in row.company.lower())
            and ("applications" not in wanted or any(one >= 50 for one in scores))
            and ("not" not in wanted or not self.passes(row, wanted["not"]))
        )

    def job(self, row: Any, asked: dict[str, Any]) -> dict[str, Any]:
        """A job with its computed fields and a page of its applications."""
        children = [one for one in self.of("applications", "job_id", row.id) if one.integrity_score >= asked["score"]]
        children = ordered(children, "application_date", descending=True)
        return {
            "databaseId": row.id,
            "salary": self.salary(row),
            "applications": {
                "totalCount": len(children),
                "aggregate": figures(children, "integrity_score", "integrityScore"),
                "groupBy": groups(children, ["STATUS"]),
                "nodes": [self.application(one) for one in children[: asked["few"]]],
            },
        }

    def salary(self, row: Any) -> dict[str, Any] | None:
        """The pay that the source stated which was seen last."""
        sources = self.of("job_sources", "job_id", row.id)
        paying = [one for one in sources if one.pay_min is not None or one.pay_max is not None]
        last = max(paying, key=lambda one: (one.last_seen, one.id), default=None)
        if last is None and row.salary_min is None and row.salary_max is None:
            return None
        stated = (last.pay_min, last.pay_max, last.pay_interval) if last else (None, None, None)
        return dict(
            zip(
                ("annualMin", "annualMax", "min", "max", "interval"),
                (row.salary_min, row.salary_max, *stated),
                strict=True,
            )
        )

    def application(self, row: Any) -> dict[str, Any]:
        """An application with its computed fields."""
        responses = self.of("employer_responses", "application_id", row.id)
        events = self.of("status_events", "application_id", row.id)
        times = [row.application_date, *(one.response_date for one in responses), *(one.occurred_at for one in events)]
        latest = max((one for one in times if one is not None), default=None)
        entries = [*((one.occurred_at, "STATUS", one.id) for one in events)]
        entries += [(one.response_date, "RESPONSE", one.id) for one in responses]
        entries.sort(key=lambda one: (one[0] is None, one[0] or NOON))
        return {
            "databaseId": row.id,
            "lastActivity": shown(latest),
            "daysSinceActivity": None if latest is None else (datetime.now(UTC) - latest).days,
            "timeline": [
                {"at": shown(at), "kind": kind, "node": {"databaseId": row_id}} for at, kind, row_id in entries
            ],
        }


def shown(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def ordered(found: list[Any], column: str, *, descending: bool) -> list[Any]:
    """Rows in the order of a column: nulls last, ties by id in the same direction."""
    known = [row for row in found if getattr(row, column) is not None]
    known.sort(key=lambda row: (getattr(row, column), row.id), reverse=descending)
    unknown = sorted((row for row in found if getattr(row, column) is None), key=lambda row: row.id, reverse=descending)
    return known + unknown


def figures(found: list[Any], column: str, name: str, distinct: Iterable[str] = ()) -> dict[str, Any]:
    """The aggregates of a column."""
    values = [value for row in found if (value := getattr(row, column)) is not None]
    columns = {"salaryMin": "salary_min", "status": "status"}
    counted = {one: len({getattr(row, columns[one]) for row in found} - {None}) for one in distinct}
    return {
        "count": len(found),
        "min": {name: min(values, default=None)},
        "max": {name: max(values, default=None)},
        "sum": {name: pytest.approx(sum(values)) if values else None},
        "avg": {name: pytest.approx(sum(values) / len(values), abs=1e-4) if values else None},
    } | ({"distinct": counted} if counted else {})


def groups(found: list[Any], by: list[str]) -> list[dict[str, Any]]:
    """The number of rows in each group, in the order of the keys."""
    counts: defaultdict[tuple[Any, ...], int] = defaultdict(int)
    declared: list[str] = []
    for row in found:
        counts[tuple(group_key(row, name) for name in by)] += 1
        declared = list(type(row.status).__members__)
    in_order = sorted(counts, key=lambda key: [_rank(one, declared) for one in key])
    return [{"key": list(key), "count": counts[key]} for key in in_order]


def _rank(value: str | None, declared: list[str]) -> tuple[bool, int, str]:
    """What sorts enum values as they are declared, texts by code point, and nulls last."""
    return (value is None, declared.index(value) if value in declared else 0, value or "")


def group_key(row: Any, name: str) -> str | None:
    """The key of a row's group by one column; days are grouped by month."""
    match name:
        case "STATUS":
            return str(row.status.name)
        case "REMOTE_OPTION":
            return "true" if row.remote_option else "false"
    return row.posting_date.replace(day=1).isoformat() if row.posting_date else None


QUERY = """query Q(
  $filter: JobFilter, $order: [JobOrder!], $first: Int!, $after: String
  $by: [JobGroupField!]!, $few: Int!, $score: Float!
) {
  jobs(filter: $filter, orderBy: $order, first: $first, after: $after) {
    totalCount
    aggregate {
      count distinct { salaryMin status } min { salaryMin } max { salaryMin } sum { salaryMin } avg { salaryMin }
    }
    groupBy(by: $by) { key count }
    nodes {
      databaseId
      salary { annualMin annualMax min max interval }
      applications(first: $few, filter: { integrityScore: { gte: $score } }) {
        totalCount
        aggregate { count min { integrityScore } max { integrityScore } sum { integrityScore } avg { integrityScore } }
        groupBy(by: [STATUS]) { key count }
        nodes { databaseId lastActivity daysSinceActivity timeline { at kind node { ...Id } } }
      }
    }
    pageInfo { endCursor }
  }
}
fragment Id on Node { ... on StatusEvent { databaseId } ... on EmployerResponse { databaseId } }"""
SIMPLE = {
    "salaryMin": st.fixed_dictionaries({}, optional=dict.fromkeys(("gte", "lt"), st.sampled_from([0, 1, 60_001]))),
    "status": st.fixed_dictionaries(
        {"in": st.lists(st.sampled_from(["DISCOVERED", "TARGETED", "APPLIED"]), max_size=2)}
    ),
    "company": st.fixed_dictionaries({"contains": st.sampled_from(["a", "IR", "Ü"])}),
    "applications": st.just({"some": {"integrityScore": {"gte": 50}}}),
}
FILTERS = st.fixed_dictionaries({}, optional=SIMPLE | {"not": st.fixed_dictionaries({}, optional=SIMPLE)})
ASKED = st.fixed_dictionaries(
    {
        "filter": FILTERS,
        "order": st.sampled_from(["salary_min", "title", "posting_date"]),
        "direction": st.sampled_from(["ASC", "DESC"]),
        "skip": st.integers(0, 12),
        "first": st.integers(1, 15),
        "by": st.lists(
            st.sampled_from(["STATUS", "REMOTE_OPTION", "POSTING_DATE"]), min_size=1, max_size=2, unique=True
        ),
        "few": st.integers(0, 3),
        "score": st.sampled_from(SCORES),
    }
)


@pytest.fixture
async def filled(api: Api) -> Api:
    await api.add(*rows())
    return api


# Without shrinking, which takes minutes where each example is a request.
@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(asked=ASKED)
async def test_answers_are_what_plain_python_computes(filled: Api, asked: dict[str, Any]) -> None:
    oracle = Oracle(await everything(filled.database))
    variables = {name: asked[name] for name in ("filter", "first", "by", "few", "score")}
    variables["order"] = [{"field": asked["order"].upper(), "direction": asked["direction"]}]
    if asked["skip"]:
        before = (await filled.data(QUERY, variables | {"first": asked["skip"]}))["jobs"]
        variables["after"] = before["pageInfo"]["endCursor"]

    found = (await filled.data(QUERY, variables))["jobs"]

    expected = oracle.answer(asked)
    del found["pageInfo"]
    assert found == expected
