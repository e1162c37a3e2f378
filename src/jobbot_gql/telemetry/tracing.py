"""OpenTelemetry traces with three spans per operation.

    query               from the request to the encoded response
      execute           after parsing and validation
        sql             from the first statement to the end of the last one

Spans are created from the operation's record after its end. So they cost nothing during execution, and nothing at all
if tracing is off.
"""

import time
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Final

from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

from jobbot_gql import __version__
from jobbot_gql.telemetry.operations import MAX_NAME, Record

EXPORTERS: Final = {"otlp": "otlp_proto_http"}
FLUSH_MS: Final = 2_000


class UnknownExporter(ImportError):
    """No installed package provides the requested exporter."""


class Traces:
    """Creates spans and sends them to the exporter."""

    def __init__(self, provider: trace.TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("jobbot-gql", __version__)

    def add(self, record: Record, ended: float) -> None:
        """Add the spans of an operation; `ended` is a value of `time.perf_counter`."""
        at = _clock(ended)
        parent = propagate.extract(record.headers) if record.headers else None
        attributes = {
            "graphql.operation.type": record.kind or None,
            "graphql.operation.name": record.name[:MAX_NAME] if record.name else None,
            "jobbot.document.hash": record.hash,
            "jobbot.request.id": record.request_id,
            "jobbot.cost": record.cost,
            "jobbot.dry_run": record.dry_run or None,
            "jobbot.route": record.route,
            "jobbot.fallback_reason": record.fallback_reason,
            "jobbot.errors": sorted(record.codes) or None,
        }
        root = self._tracer.start_span(
            record.kind or "graphql",
            parent,
            kind=SpanKind.SERVER,
            start_time=at(record.started),
            attributes={name: value for name, value in attributes.items() if value is not None},
        )
        if record.codes:
            root.set_status(Status(StatusCode.ERROR, ",".join(sorted(record.codes))))
        if record.prepared:
            executing = trace.set_span_in_context(root)
            execute = self._tracer.start_span("execute", executing, start_time=at(record.prepared))
            if record.work.statements:
                reading = trace.set_span_in_context(execute)
                counted = {
                    "jobbot.sql.statements": record.work.statements,
                    "jobbot.sql.rows": record.work.rows,
                    "jobbot.sql.seconds": record.work.seconds,
                }
                started = at(record.work.first)
                sql = self._tracer.start_span(
                    "sql", reading, kind=SpanKind.CLIENT, start_time=started, attributes=counted
                )
                sql.end(at(record.work.last))
            execute.end(at(record.executed or ended))
        root.end(at(ended))

    def flush(self) -> None:
        """Send pending spans, within `FLUSH_MS`."""
        if isinstance(self._provider, TracerProvider):
            self._provider.force_flush(FLUSH_MS)


def configure(exporter: str) -> Traces:
    """Set up tracing with an exporter; the OTEL_ variables configure the rest.

    A tracer provider that `opentelemetry-instrument` has set is kept. Raises UnknownExporter.
    """
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        found = tuple(entry_points(group="opentelemetry_traces_exporter", name=EXPORTERS.get(exporter, exporter)))
        if not found:
            raise UnknownExporter(exporter)
        provider = TracerProvider()
        provider.add_span_processor(BatchSpanProcessor(found[0].load()()))
        trace.set_tracer_provider(provider)
    return Traces(provider)


def _clock(now: float) -> Callable[[float], int]:
    """A function from `time.perf_counter` values to nanoseconds since 1970; `now` is the current value."""
    epoch = time.time_ns()
    return lambda moment: epoch - round((now - moment) * 1e9)
