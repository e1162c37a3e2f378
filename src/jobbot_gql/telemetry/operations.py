"""One record for each operation, from which its line in the log, the metrics and the trace are made.

The shortest operations take some 100 microseconds; what is told of one may take a few. So a record is filled where
things happen anyway, counters are plain numbers until somebody asks for them, and nothing goes through `logging`.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from time import perf_counter
from typing import Any, Final

from jobbot_gql.db.sql import work_counter
from jobbot_gql.db.sql.work_counter import Work
from jobbot_gql.telemetry.logs import Log

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the latency histogram, in seconds."""
FAULTS: Final = {"INTERNAL", "STORAGE_FULL"}
"""Error codes that somebody has to do something about."""
MAX_NAME: Final = 80


class Record:
    """What is known of one operation. Times are on `time.perf_counter`'s clock."""

    __slots__ = (
        "actor",
        "bytes",
        "codes",
        "cost",
        "executed",
        "hash",
        "headers",
        "kind",
        "limit",
        "name",
        "prepared",
        "request_id",
        "started",
        "transport",
        "work",
    )

    def __init__(self, request_id: str, actor: str, transport: str, headers: Mapping[str, str] | None = None) -> None:
        self.request_id = request_id
        self.transport = transport
        """`http` or `websocket`."""
        self.headers = headers
        """Of the request, for the trace that it belongs to."""
        self.actor = actor
        """Who asked: a token's name, or `local`."""
        self.kind = ""
        """`query`, `mutation` or `subscription`; empty where the document was refused before that was known."""
        self.name: str | None = None
        self.hash = ""
        """SHA-256 of the document."""
        self.cost: int | None = None
        self.limit: str | None = None
        """The guard's limit that the operation was over."""
        self.codes: set[str] = set()
        """Codes of its errors."""
        self.bytes = 0
        self.prepared = self.executed = 0.0
        """When it was parsed and validated, and when its result was there."""
        self.work = Work()
        self.started = perf_counter()

    def rejected(self, extensions: Mapping[str, Any]) -> None:
        """Take note of an error's extensions."""
        code = extensions.get("code", "INTERNAL")
        self.codes.add(code)
        if code == "QUERY_TOO_COMPLEX":
            self.limit = extensions.get("limit")


Trace = Callable[[Record, float], None]
"""Takes a record, and the moment of its end."""


class Operations:
    """Begins and ends the records of a server's operations, and counts them since its start."""

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
        """Whether new operations begin; none do any more when the server is about to stop."""
        self.under_way: set[Record] = set()
        self.outcomes: Counter[tuple[str, str]] = Counter()
        """By kind and outcome: `OK`, or the code of an error."""
        self.latency: dict[str, list[int]] = {}
        """By kind: how many operations fell into each of BUCKETS and beyond."""
        self.seconds: dict[str, float] = {}
        """By kind, all of them together."""
        self.limits: Counter[str] = Counter()
        """Operations rejected by a limit, by limit."""
        self.rejected_requests: Counter[int] = Counter()
        """HTTP requests that were refused before they were an operation, by status."""
        self.slow = self.statements = self.rows = self.bytes = 0

    def begin(self, request_id: str, actor: str, transport: str, headers: Mapping[str, str] | None = None) -> Record:
        """The record of an operation that begins now, in the task that will execute it."""
        record = Record(request_id, actor, transport, headers)
        work_counter.current.set(record.work)
        self.under_way.add(record)
        return record

    def end(self, record: Record) -> None:
        """Count and log an operation, which has ended."""
        ended = perf_counter()
        seconds = ended - record.started
        kind, codes, work = record.kind or "unknown", record.codes, record.work
        self.under_way.discard(record)
        self.outcomes[kind, _worst(codes) if codes else "OK"] += 1
        buckets = self.latency.get(kind) or self.latency.setdefault(kind, [0] * (len(BUCKETS) + 1))
        buckets[bisect_left(BUCKETS, seconds)] += 1
        self.seconds[kind] = self.seconds.get(kind, 0.0) + seconds
        self.statements += work.statements
        self.rows += work.rows
        self.bytes += record.bytes
        if record.limit:
            self.limits[record.limit] += 1
        slow = seconds >= self._slow_seconds and kind != "subscription"
        self.slow += slow
        if self._log is not None:
            self._log.write_soon(_event(record, seconds, slow))
        if self._trace is not None:
            self._trace(record, ended)

    def finishes_soon(self) -> bool:
        """Whether anything is under way that has an end of its own, unlike subscriptions."""
        return any(record.kind != "subscription" for record in self.under_way)

    def reject(self, status: int, code: str) -> None:
        """Count and log a request that was refused before it was an operation."""
        self.rejected_requests[status] += 1
        if self._log is not None:
            self._log.write("info", "rejected request", {"status": status, "errors": [code]})


def _worst(codes: Collection[str]) -> str:
    return next((code for code in codes if code in FAULTS), None) or min(codes)


def _level(codes: Collection[str], slow: bool) -> str:
    if codes and not FAULTS.isdisjoint(codes):
        return "error"
    return "warning" if slow else "info"


def _ms(seconds: float) -> float:
    """Milliseconds with three decimals; `round` takes four times as long."""
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
    fields["hash"] = record.hash
    fields["ms"] = _ms(seconds)
    if record.cost is not None:
        fields["cost"] = record.cost
    fields["statements"] = work.statements
    fields["rows"] = work.rows
    fields["sql_ms"] = _ms(work.seconds)
    fields["bytes"] = record.bytes
    if record.codes:
        fields["errors"] = sorted(record.codes)
    if record.limit:
        fields["limit"] = record.limit
    if slow:
        fields["slow"] = True
        if record.prepared:
            fields["prepare_ms"] = _ms(record.prepared - record.started)
        if record.prepared and record.executed:
            fields["execute_ms"] = _ms(record.executed - record.prepared)
        if work.slowest:
            fields["slowest_sql_ms"] = _ms(work.slowest_seconds)
            fields["slowest_sql"] = work.slowest
    return fields
