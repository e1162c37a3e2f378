"""Prometheus metrics, built from the server's counters on each scrape.

Every label has few values, all defined by the server. Operation names are chosen by clients, so only the log has them.
"""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from jobbot_gql import __version__
from jobbot_gql.byte_cache import CACHE
from jobbot_gql.db.database import Database
from jobbot_gql.telemetry.operations import BUCKETS, Operations, SubscriptionCounts


def exposition(operations: Operations, database: Database) -> bytes:
    """All metrics in Prometheus's text format 0.0.4."""
    registry = CollectorRegistry()
    registry.register(_Counters(operations, database))
    ProcessCollector(registry=registry)
    return generate_latest(registry)


class _Counters(Collector):
    def __init__(self, operations: Operations, database: Database) -> None:
        self._operations = operations
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """The metric families of this project."""
        counted = self._operations
        info = GaugeMetricFamily("jobbot_build_info", "Running version.", labels=["version", "database"])
        info.add_metric([__version__, self._database.dialect], 1)
        yield info

        outcomes = CounterMetricFamily(
            "jobbot_operations",
            "Operations by kind, and by outcome: OK or an error's code.",
            labels=["kind", "outcome"],
        )
        for labels, count in counted.outcomes.items():
            outcomes.add_metric(labels, count)
        yield outcomes

        routes = CounterMetricFamily(
            "jobbot_operation_routes",
            "Executed operations by route, and by the reason of the fallback.",
            labels=["route", "reason"],
        )
        for labels, count in counted.routes.items():
            routes.add_metric(labels, count)
        yield routes

        latency = HistogramMetricFamily(
            "jobbot_operation_duration_seconds", "Time from an operation's request to its answer.", labels=["kind"]
        )
        bounds = [*map(str, BUCKETS), "+Inf"]
        for kind, buckets in counted.latency.items():
            latency.add_metric([kind], list(zip(bounds, accumulate(buckets), strict=True)), counted.seconds[kind])
        yield latency

        flight = GaugeMetricFamily("jobbot_operations_in_flight", "Operations in progress.", labels=["transport"])
        in_progress = [record.transport for record in list(counted.in_progress)]
        for transport in ("http", "websocket", "sse", "multipart"):
            flight.add_metric([transport], in_progress.count(transport))
        yield flight

        limits = CounterMetricFamily(
            "jobbot_operations_over_limit", "Operations rejected by a limit, by limit.", labels=["limit"]
        )
        for limit, count in counted.limits.items():
            limits.add_metric([limit], count)
        yield limits

        rejected_requests = CounterMetricFamily(
            "jobbot_http_rejected_requests", "Requests rejected before execution, by status.", labels=["status"]
        )
        for status, count in counted.rejected_requests.items():
            rejected_requests.add_metric([str(status)], count)
        yield rejected_requests

        for name, help_text, total in (
            ("jobbot_operations_slow", "Operations that took longer than JOBBOT_SLOW_MS.", counted.slow),
            ("jobbot_operations_dry_run", "Operations executed as dry runs.", counted.dry_runs),
            ("jobbot_sql_statements", "SQL statements of operations.", counted.statements),
            ("jobbot_sql_rows", "Rows read or changed by operations.", counted.rows),
            ("jobbot_response_bytes", "Bytes of operations' answers over HTTP.", counted.bytes),
        ):
            yield CounterMetricFamily(name, help_text, value=total)
        yield from _subscriptions(counted.subscriptions)
        yield from _pools(self._database)
        yield from _cache()


def _subscriptions(counted: SubscriptionCounts) -> Iterator[Metric]:
    for name, help_text, value in (
        ("jobbot_subscribers", "Open subscriptions.", counted.subscribers),
        ("jobbot_subscription_cohorts", "Different ones among the open subscriptions.", counted.cohorts),
        ("jobbot_change_log_lag_seconds", "Time from the newest commit until subscriptions knew it.", counted.lag),
    ):
        yield GaugeMetricFamily(name, help_text, value=value)
    for name, help_text, value in (
        ("jobbot_subscription_executions", "Executions of subscriptions.", counted.executions),
        ("jobbot_subscription_events", "Results sent to subscribers.", counted.events),
        ("jobbot_change_log_reads", "Reads of the change log for all subscribers.", counted.log_reads),
    ):
        yield CounterMetricFamily(name, help_text, value=value)


def _pools(database: Database) -> Iterator[Metric]:
    used = GaugeMetricFamily("jobbot_pool_connections", "Database connections by state.", labels=["pool", "state"])
    most = GaugeMetricFamily("jobbot_pool_connections_max", "Maximum connections of a pool.", labels=["pool"])
    pools = {"reader": database.connection_cache, "writer": database.writer_connection_cache}
    if database.writer_connection_cache is database.connection_cache:
        pools = {"both": database.connection_cache}
    for name, connections in pools.items():
        used.add_metric([name, "used"], connections.used)
        used.add_metric([name, "idle"], connections.idle)
        most.add_metric([name], connections.capacity)
    yield used
    yield most


def _cache() -> Iterator[Metric]:
    held = GaugeMetricFamily(
        "jobbot_cache_bytes", "Approximate memory of cached documents and what is kept for them.", labels=["kind"]
    )
    for kind, size in CACHE.bytes_by_kind.items():
        held.add_metric([kind], size)
    yield held
    yield GaugeMetricFamily("jobbot_cache_bytes_max", "JOBBOT_MAX_CACHED_BYTES.", value=CACHE.max_bytes)
