"""`/metrics`: what happened is counted, and clients cannot make the series many."""

from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.settings import load_settings
from tests.conftest import Api

Series = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


async def scraped(api: Api) -> Series:
    """The value of each series."""
    response = await api.http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = text_string_to_metric_families(response.text)
    return {(one.name, frozenset(one.labels.items())): one.value for family in families for one in family.samples}


def value(series: Series, name: str, **labels: str) -> float:
    """The value of one series."""
    return series[name, frozenset(labels.items())]


async def test_operations_are_counted(api: Api) -> None:
    for query in (
        "{ jobs { totalCount } }",
        "{ jobs { totalCount nodes { title } } }",
        "{ jobs { totalCount } }",
        "{ nothing }",
        "{" + " a: jobs { nodes { job: id } }" * 1001 + "}",
        "{",
    ):
        await api.answer(query)
    await api.http.post("/graphql", json={"query": "{ nothing }"}, headers={"x-jobbot-dry-run": "yes"})
    await api.http.get("/elsewhere")

    series = await scraped(api)
    assert value(series, "jobbot_build_info", version="0.1.0", database=api.database.dialect) == 1
    assert value(series, "jobbot_operations_total", kind="query", outcome="OK") == 3
    assert value(series, "jobbot_operations_total", kind="query", outcome="BAD_REQUEST") == 2
    assert value(series, "jobbot_operations_total", kind="unknown", outcome="BAD_REQUEST") == 1
    assert value(series, "jobbot_operations_total", kind="unknown", outcome="QUERY_TOO_COMPLEX") == 1
    assert value(series, "jobbot_operations_over_limit_total", limit="tokens") == 1
    assert value(series, "jobbot_operation_duration_seconds_count", kind="query") == 5
    assert value(series, "jobbot_operation_duration_seconds_bucket", kind="query", le="+Inf") == 5
    assert value(series, "jobbot_operations_dry_run_total") == 1
    assert value(series, "jobbot_operations_in_flight", transport="http") == 0
    assert value(series, "jobbot_sql_statements_total") == 4
    assert value(series, "jobbot_sql_rows_total") == 3
    assert value(series, "jobbot_http_rejected_requests_total", status="404") == 1
    pool = "reader" if api.database.dialect == "sqlite" else "both"
    assert value(series, "jobbot_pool_connections", pool=pool, state="used") == 0
    assert value(series, "jobbot_pool_connections", pool=pool, state="idle") == 1


async def test_names_of_clients_make_no_series(api: Api) -> None:
    await api.answer("query First { jobs { totalCount } }")
    await api.answer("query First { jobs { nothing } }")
    before = set(await scraped(api))
    for number in range(50):
        await api.answer(f"query Name{number} {{ jobs {{ totalCount }} }}")
        await api.answer(f"query Name{number} {{ jobs {{ nothing{number} }} }}")

    assert set(await scraped(api)) == before


async def test_metrics_are_not_for_everybody(database: Database) -> None:
    app = create_app(load_settings({"JOBBOT_HOST": "0.0.0.0"}, dotenv=None), database)  # noqa: S104 - not bound to
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.get("/metrics")).status_code == 401
