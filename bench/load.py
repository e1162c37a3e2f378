"""The load generator: `python -m bench.load`, with a `Load` as JSON on standard input.

Each connection sends its next request when the last response is complete (a closed loop). Requests are prepared as
bytes. Responses are parsed only as far as needed to detect their end and errors.
"""

import asyncio
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import chain, repeat
from time import perf_counter, process_time
from typing import Any

import orjson
import uvloop

from bench.processes import cpu_seconds, cpu_seconds_of_group

CONTENT_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
CHUNKED = -1
PATIENCE = 60
"""Seconds to wait after the window for the minimum number of requests, and then for the last responses."""


@dataclass(frozen=True)
class Load:
    """Target, requests and duration of a load."""

    port: int
    bodies: list[str]
    connections: int
    seconds: float
    warm_up: float
    """Seconds of the same load before measuring."""
    least: int = 1
    """Minimum number of measured requests; the window is extended to it, because slow servers respond in waves."""
    requests: int | None = None
    """Number of requests after which to end, instead of `seconds`."""
    once: bool = False
    """Send each body only once, and end after the last one."""
    server: int | None = None
    """Process id of the server, to measure its CPU time."""
    database: int | None = None
    """Process id of the database server; its children count too."""


@dataclass(frozen=True)
class Measured:
    """Figures of a load."""

    requests: int
    failed: int
    seconds: float
    p50: float
    """Median latency in seconds."""
    p99: float
    server_cpu: float | None
    """CPU seconds of the server's process."""
    database_cpu: float | None
    driver_cpu: float
    failure: str = ""
    """The beginning of the first error response."""


class Run:
    """State that the connections of a load share."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.over = asyncio.Event()
        """Whether measuring and sending have ended."""
        self.quiet = asyncio.Event()
        """Whether every response has arrived, so that the server is idle for the next load."""
        self.connected = 0
        prepared = [request(load.port, body.encode()) for body in load.bodies]
        # All connections together send the bodies in order, repeatedly.
        self.requests: Iterator[bytes] = iter(prepared) if load.once else chain.from_iterable(repeat(prepared))
        self.latencies: list[float] = []
        self.failed = 0
        self.failure = ""
        self.measuring = self.late = False
        self.started = self.ended = 0.0
        self.cpu: list[tuple[float | None, float | None]] = []
        self.driver_cpu = 0.0

    def begin(self) -> None:
        self.cpu.append(self._cpu())
        self.driver_cpu = process_time()
        self.measuring, self.started = True, perf_counter()

    def time_is_up(self) -> None:
        self.late = True
        if len(self.latencies) >= self.load.least:
            self.end()

    def end(self) -> None:
        if not self.over.is_set():
            self.measuring, self.ended = False, perf_counter()
            self.driver_cpu = process_time() - self.driver_cpu
            self.cpu.append(self._cpu())
            self.over.set()

    def _cpu(self) -> tuple[float | None, float | None]:
        return cpu_seconds(self.load.server), cpu_seconds_of_group(self.load.database)

    def answered(self, latency: float, answer: bytes) -> None:
        if not answer.startswith(b"HTTP/1.1 200") or b'"errors":' in answer:
            self.failed += 1
            self.failure = self.failure or answer[-300:].decode(errors="replace")
        if self.measuring:
            self.latencies.append(latency)
            if len(self.latencies) == self.load.requests or (self.late and len(self.latencies) >= self.load.least):
                self.end()


class Connection(asyncio.Protocol):
    """One keep-alive connection with one concurrent request."""

    transport: Any  # uvloop's are no asyncio.Transport

    def __init__(self, run: Run) -> None:
        self.run = run
        self.parts: list[bytes] = []
        self.size = 0
        self.expected: int | None = None
        self.sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.run.connected += 1
        self.send()

    def send(self) -> None:
        following = None if self.run.over.is_set() else next(self.run.requests, None)
        if following is None:
            self.run.end()
            self.transport.close()
            return
        self.sent = perf_counter()
        self.transport.write(following)

    def data_received(self, data: bytes) -> None:
        self.parts.append(data)
        self.size += len(data)
        if self.expected is None:
            head = b"".join(self.parts)
            end = head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = CONTENT_LENGTH.search(head, 0, end)
            self.expected = end + 4 + int(length[1]) if length else CHUNKED
        if not (data.endswith(b"0\r\n\r\n") if self.expected == CHUNKED else self.size >= self.expected):
            return
        self.run.answered(perf_counter() - self.sent, b"".join(self.parts))
        self.parts, self.size, self.expected = [], 0, None
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.run.over.is_set():
            self.run.failed += 1
            self.run.failure = self.run.failure or f"the server closed a connection: {error}"
            self.run.end()
        self.run.connected -= 1
        if not self.run.connected:
            self.run.quiet.set()


def request(port: int, body: bytes) -> bytes:
    """The bytes of a GraphQL request over HTTP."""
    return (
        b"POST /graphql HTTP/1.1\r\nHost: localhost:%d\r\nContent-Type: application/json\r\n"
        b"Accept: application/json\r\nContent-Length: %d\r\n\r\n%b" % (port, len(body), body)
    )


async def drive(load: Load) -> Measured:
    """Send the load to the server and measure."""
    run = Run(load)
    loop = asyncio.get_running_loop()
    if load.warm_up:
        loop.call_later(load.warm_up, run.begin)
    else:
        run.begin()
    for _ in range(load.connections):
        await loop.create_connection(lambda: Connection(run), "127.0.0.1", load.port)
    if load.requests is None:
        loop.call_later(load.warm_up + load.seconds, run.time_is_up)
        loop.call_later(load.warm_up + load.seconds + PATIENCE, run.end)
    await run.over.wait()
    await asyncio.wait_for(run.quiet.wait(), PATIENCE)
    if not run.latencies:
        raise SystemExit(f"no answer in {load.seconds} s after {load.warm_up} s of warming up; {run.failure}")
    latencies = sorted(run.latencies)
    server, database = (
        None if before is None or after is None else after - before for before, after in zip(*run.cpu, strict=True)
    )
    return Measured(
        requests=len(latencies),
        failed=run.failed,
        seconds=run.ended - run.started,
        p50=latencies[len(latencies) // 2],
        p99=latencies[int(len(latencies) * 0.99)],
        server_cpu=server,
        database_cpu=database,
        driver_cpu=run.driver_cpu,
        failure=run.failure,
    )


if __name__ == "__main__":
    measured = uvloop.run(drive(Load(**orjson.loads(sys.stdin.buffer.read()))))
    sys.stdout.buffer.write(orjson.dumps(asdict(measured)))
