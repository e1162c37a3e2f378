"""Records of operations, the source of their log lines, metrics and traces.

The shortest operations take about 100 microseconds, so telemetry may take only a few. Therefore counters are plain
numbers until they are scraped, and records do not pass through `logging`.
"""

import asyncio
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

from jobbot_gql.db.sql import work_counter
from jobbot_gql.db.sql.work_counter import Work
from jobbot_gql.telemetry.logs import Log

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram, in seconds."""
FAULTS: Final = {"INTERNAL", "STORAGE_FULL"}
"""Error codes that are logged at level `error`, because they need an operator's action."""
ENDED_BY_CLIENTS: Final = {"subscription", "export"}
"""Kinds of operations that take as long as their clients read; they are never slow."""
MAX_NAME: Final = 80


class Record:
    """Facts about one operation. Times are values of `time.perf_counter`."""

    __slots__ = (
        "actor",
        "bytes",
        "codes",
        "cost",
        "dry_run",
        "executed",
        "fallback_reason",
        "hash",
        "headers",
        "kind",
        "limit",
        "name",
        "prepared",
        "request_id",
        "route",
        "started",
        "transport",
        "unreadable",
        "user_errors",
        "work",
    )

    def __init__(self, request_id: str, actor: str, transport: str, headers: Mapping[str, str] | None = None) -> None:
        self.request_id = request_id
        self.transport = transport
        """`http` or `websocket`."""
        self.headers = headers
        """Headers of the HTTP request, which may hold a trace context."""
        self.actor = actor
        """The client: a token's name, or `local`."""
        self.kind = ""
        """`query`, `mutation`, `subscription` or `export`; empty if the document was rejected before parsing."""
        self.name: str | None = None
        """The operation's name in its document; the file's name of an export."""
        self.hash = ""
        """SHA-256 of the document."""
        self.cost: int | None = None
        self.dry_run = False
        """Whether nothing stays of what it writes."""
        self.route: str | None = None
        """How it was executed; None where it was not."""
        self.fallback_reason: str | None = None
        """Why graphql-core executed it."""
        self.limit: str | None = None
        """The guard's limit that the operation exceeded."""
        self.codes: set[str] = set()
        """Codes of the operation's errors."""
        self.user_errors: set[str] = set()
        """Codes of the user errors of its mutations."""
        self.bytes = 0
        self.unreadable = 0
        """Number of an export's cells that are null because their stored values cannot be read."""
        self.prepared = self.executed = 0.0
        """End of parsing and validation; end of execution. 0 if not reached."""
        self.work = Work()
        self.started = perf_counter()

    def rejected(self, extensions: Mapping[str, Any]) -> None:
        """Record the extensions of an error."""
        code = extensions.get("code", "INTERNAL")
        self.codes.add(code)
        if code == "QUERY_TOO_COMPLEX":
            self.limit = extensions.get("limit")


@dataclass
class SubscriptionCounts:
    """What subscriptions do, since the server's start."""

    subscribers: int = 0
    """Number of open subscriptions."""
    cohorts: int = 0
    """Number of different ones among them."""
    executions: int = 0
    events: int = 0
    """Number of results that were sent."""
    log_reads: int = 0
    """Number of times that the change log was read for all of them."""
    lag: float = 0.0
    """Seconds from the newest commit to the moment at which it was read."""


Trace = Callable[[Record, float], None]
"""Receives a record and its end time."""


class Operations:
    """Begins and ends records, and counts operations since the server's start."""

    def __init__(
        self,
        log: Log | None = None,
        slow_ms: float | None = None,
        trace: Trace | None = None,
    ) -> None:
        self._log = log
        self._slow_seconds = float("inf") if slow_ms is None else slow_ms / 1000
        self._trace = trace
        self.accepting = True
        """Whether new operations are accepted. False while the server is stopping."""
        self.stopping = asyncio.Event()
        """Set when they are no longer accepted; ends subscriptions over HTTP."""
        self.in_progress: set[Record] = set()
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """Number of operations by kind and outcome (`OK` or an error code)."""
        self.latency: dict[str, list[int]] = {}
        """Number of operations by kind in each of BUCKETS, and above the last bound."""
        self.seconds: dict[str, float] = {}
        """Total duration by kind."""
        self.routes: Counter[tuple[str, str]] = Counter()
        """Number of executed operations by route and, for the fallback, its reason."""
        self.limits: Counter[str] = Counter()
        """Number of operations rejected by each limit."""
        self.rejected_requests: Counter[int] = Counter()
        """Number of HTTP requests rejected before execution, by status."""
        self.subscriptions = SubscriptionCounts()
        self.slow = self.dry_runs = self.statements = self.rows = self.bytes = 0

    def begin(self, request_id: str, actor: str, transport: str, headers: Mapping[str, str] | None = None) -> Record:
        """Begin the record of an operation. Call this in the task that executes the operation."""
        record = Record(request_id, actor, transport, headers)
        work_counter.current.set(record.work)
        self.in_progress.add(record)
        return record

    def end(self, record: Record) -> None:
        """Count, log and trace a completed operation."""
        ended = perf_counter()
        seconds = ended - record.started
        kind, codes, work = record.kind or "unknown", record.codes, record.work
        self.in_progress.discard(record)
        self.outcomes[kind, _worst(codes) if codes else "OK"] += 1
        buckets = self.latency.get(kind) or self.latency.setdefault(kind, [0] * (len(BUCKETS) + 1))
        buckets[bisect_left(BUCKETS, seconds)] += 1
        self.seconds[kind] = self.seconds.get(kind, 0.0) + seconds
        self.statements += work.statements
        self.rows += work.rows
        self.bytes += record.bytes
        if record.route is not None:
            self.routes[record.route, record.fallback_reason or ""] += 1
        if record.limit:
            self.limits[record.limit] += 1
        slow = seconds >= self._slow_seconds and kind not in ENDED_BY_CLIENTS
        self.slow += slow
        self.dry_runs += record.dry_run
        if self._log is not None:
            self._log.write_soon(_event(record, seconds, slow))
        if self._trace is not None:
            self._trace(record, ended)

    def stop(self) -> None:
        """Accept no more operations, and end subscriptions."""
        self.accepting = False
        self.stopping.set()

    def is_operation_in_progress(self) -> bool:
        """Whether an operation other than a subscription is in progress."""
        return any(record.kind != "subscription" for record in self.in_progress)

    def reject(self, status: int, code: str, fields: Mapping[str, str] | None = None) -> None:
        """Count a request that is rejected before execution, and log it with these fields."""
        self.rejected_requests[status] += 1
        if self._log is not None:
            self._log.write("info", "rejected request", {"status": status, "errors": [code], **(fields or {})})


def _worst(codes: Collection[str]) -> str:
    return next((code for code in codes if code in FAULTS), None) or min(codes)


def _level(codes: Collection[str], slow: bool) -> str:
    if codes and not FAULTS.isdisjoint(codes):
        return "error"
    return "warning" if slow else "info"


def _ms(seconds: float) -> float:
    """Milliseconds with three decimals. `round` would take four times as long."""
    return int(seconds * 1_000_000) / 1000


def _event(record: Record, seconds: float, slow: bool) -> dict[str, Any]:
    work = record.work
    fields: dict[str, Any] = {
        "time": datetime.now(UTC),
        "level": _level(record.codes, slow),
        "event": "operation",
        "request_id": record.request_id,
        "transport": record.transport,
        "actor": record.actor,
    }
    if record.kind:
        fields["kind"] = record.kind
    if record.name:
        fields["name"] = record.name[:MAX_NAME]
    if record.kind != "export":
        fields["hash"] = record.hash
    fields["ms"] = _ms(seconds)
    if record.cost is not None:
        fields["cost"] = record.cost
    routed = {"route": record.route, "fallback_reason": record.fallback_reason}
    fields.update((name, value) for name, value in routed.items() if value is not None)
    fields["statements"] = work.statements
    fields["rows"] = work.rows
    fields["sql_ms"] = _ms(work.seconds)
    fields["bytes"] = record.bytes
    if record.codes:
        fields["errors"] = sorted(record.codes)
    if record.user_errors:
        fields["user_errors"] = sorted(record.user_errors)
    if record.limit:
        fields["limit"] = record.limit
    if record.dry_run:
        fields["dry_run"] = True
    if record.unreadable:
        fields["unreadable"] = record.unreadable
    if slow:
        fields |= _details(record)
    return fields


def _details(record: Record) -> dict[str, Any]:
    """Fields of slow operations."""
    fields: dict[str, Any] = {"slow": True}
    if record.prepared:
        fields["prepare_ms"] = _ms(record.prepared - record.started)
    if record.prepared and record.executed:
        fields["execute_ms"] = _ms(record.executed - record.prepared)
    if record.work.slowest:
        fields["slowest_sql_ms"] = _ms(record.work.slowest_seconds)
        fields["slowest_sql"] = record.work.slowest
    return fields
