"""Traces: three spans for an operation, and no values."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from jobbot_gql.app import create_app
from jobbot_gql.db.database import Database
from jobbot_gql.settings import load_settings
from jobbot_gql.telemetry.tracing import Traces
from tests.web.conftest import serving

QUERY = 'query Board { jobs(filter: { title: { contains: "Zaunkoenig" } }) { totalCount nodes { title } } }'


@pytest.fixture
def exported() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def client(database: Database, exported: InMemorySpanExporter) -> AsyncIterator[httpx.AsyncClient]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exported))
    app = create_app(load_settings({}, dotenv=None), database, trace=Traces(provider).add)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


async def test_three_spans_for_an_operation(client: httpx.AsyncClient, exported: InMemorySpanExporter) -> None:
    for _ in range(2):  # in full, and on the short road
        await client.post("/graphql", json={"query": QUERY})
    spans = exported.get_finished_spans()

    assert [span.name for span in spans] == ["sql", "execute", "query"] * 2
    for sql, execute, query in (spans[:3], spans[3:]):
        assert (sql.parent, execute.parent, query.parent) == (execute.context, query.context, None)
        assert (sql.kind, execute.kind, query.kind) == (SpanKind.CLIENT, SpanKind.INTERNAL, SpanKind.SERVER)
        moments = [query.start_time, execute.start_time, sql.start_time, sql.end_time, execute.end_time, query.end_time]
        assert moments == sorted(moment for moment in moments if moment is not None)
        assert query.attributes is not None
        assert query.attributes["graphql.operation.type"] == "query"
        assert query.attributes["graphql.operation.name"] == "Board"
        assert sql.attributes is not None
        assert (sql.attributes["jobbot.sql.statements"], sql.attributes["jobbot.sql.rows"]) == (2, 1)
        assert "Zaunkoenig" not in "".join(span.to_json() for span in (sql, execute, query))


async def test_an_operation_belongs_to_the_trace_of_its_client(
    client: httpx.AsyncClient, exported: InMemorySpanExporter
) -> None:
    headers = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    await client.post("/graphql", json={"query": QUERY}, headers=headers)

    spans: tuple[ReadableSpan, ...] = exported.get_finished_spans()
    assert {f"{span.context.trace_id:032x}" for span in spans if span.context} == {"0af7651916cd43dd8448eb211c80319c"}
    assert spans[-1].parent is not None
    assert f"{spans[-1].parent.span_id:016x}" == "b7ad6b7169203331"


async def test_an_operation_that_is_rejected(client: httpx.AsyncClient, exported: InMemorySpanExporter) -> None:
    await client.post("/graphql", json={"query": "{ zaunkoenig }"})

    (query,) = exported.get_finished_spans()
    assert (query.status.status_code, query.status.description) == (StatusCode.ERROR, "BAD_REQUEST")
    assert "zaunkoenig" not in query.to_json()


@pytest.mark.process
async def test_the_standard_variables_turn_traces_on(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    environment = {"OTEL_TRACES_EXPORTER": "console", "OTEL_SERVICE_NAME": "board", "OTEL_BSP_SCHEDULE_DELAY": "60000"}
    with serving(tmp_path, said=None, **environment) as (process, url):
        async with httpx.AsyncClient() as client:
            await client.post(f"{url}/graphql", json={"query": QUERY})
        process.terminate()
        await asyncio.to_thread(process.wait, 20)
    out = capfd.readouterr().out  # the server's
    spans = [json.loads(part) for part in out.replace("\n}\n{", "\n}\n\0{").split("\0")]

    assert [span["name"] for span in spans] == ["sql", "execute", "query"]
    assert {span["resource"]["attributes"]["service.name"] for span in spans} == {"board"}


@pytest.mark.process
async def test_an_exporter_that_is_not_installed_stops_nothing(tmp_path: Path) -> None:
    said: list[str] = []
    with serving(tmp_path, said=said, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1") as (_, url):
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{url}/health/ready")).status_code == 200

    (warning,) = [json.loads(line) for line in said if "traces" in line]
    assert (warning["level"], warning["exporter"]) == ("warning", "otlp")
    assert warning["event"] == "no traces: the exporter is not installed, see jobbot-gql[opentelemetry]"
