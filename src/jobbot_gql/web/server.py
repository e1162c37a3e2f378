"""The uvicorn server with graceful shutdown.

On SIGTERM or Ctrl-C:

1. `/health/ready` answers `draining` immediately.
2. While connections are open, requests are answered for GRACE_SECONDS, with `Connection: close`.
3. New operations are rejected with 503. Operations in progress may finish within JOBBOT_GRACEFUL_SHUTDOWN.
4. When only subscriptions are left, WebSockets are closed with 1012 (service restart).

A second Ctrl-C stops the server immediately.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress

from starlette.applications import Starlette

from jobbot_gql import __version__
from jobbot_gql.db.database import Database
from jobbot_gql.telemetry.logs import Log
from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web.garbage_collection import Collector
from jobbot_gql.web.http_protocol import HttpProtocol
from jobbot_gql.web.protocols import Config
from jobbot_gql.web.rejected_requests import STOPPING
from jobbot_gql.web.uvicorn_internals import ConnectionServer
from jobbot_gql.web.websocket_protocol import WebSocketProtocol

GRACE_SECONDS = 2
"""How long new requests are answered after the signal, so that load balancers can notice `draining`."""
LAST_SECONDS = 2
"""Time limit of each final step: closing connections, cancelling tasks, closing the database."""
POLL_SECONDS = 0.05


class Server(ConnectionServer):
    """Serves the application on listening sockets."""

    config: Config

    def __init__(
        self, config: Config, app: Starlette, database: Database, log: Log, flush: Callable[[], None] | None = None
    ) -> None:
        """`flush` is called at the end to send pending traces."""
        super().__init__(config)
        self._flush = flush
        self._app = app
        self._database = database
        self._log = log

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start serving, and log the addresses."""
        await super().startup(sockets)
        self._collecting = asyncio.create_task(Collector().run())
        for listening in sockets or ():
            host, port, *_ = listening.getsockname()
            url = f"http://[{host}]:{port}/graphql" if ":" in host else f"http://{host}:{port}/graphql"
            self._log.write("info", f"jobbot-gql {__version__} serves {url} (Ctrl-C stops it)", {})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish operations in progress, then stop."""
        self._log.write("info", "stopping: running requests are finished first (Ctrl-C again ends them)", {})
        self._app.state.draining = self.config.draining = True
        for connection in self._connections():
            connection.close_after_current_response()
        loop = asyncio.get_running_loop()
        allowed = self.config.timeout_graceful_shutdown or 0
        began = loop.time()
        grace = began + min(GRACE_SECONDS, allowed)
        while self.connections and loop.time() < grace and not self.is_forced:  # noqa: ASYNC110 - clients end them
            await asyncio.sleep(POLL_SECONDS)
        self._app.state.operations.stop()
        while self._is_at_work() and not self.is_forced:
            if loop.time() >= began + allowed:
                await self._give_up(f"The server is shutting down; this request was not finished within {allowed} s.")
                break
            await asyncio.sleep(POLL_SECONDS)
        for connection in self._connections():
            if connection.has_begun and not connection.is_executing:
                connection.reject(503, "UNAVAILABLE", STOPPING)
        self.config.timeout_graceful_shutdown = LAST_SECONDS
        self._collecting.cancel()
        await super().shutdown(sockets)
        # uvicorn re-raises SIGTERM when it is done, which ends the process.
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_SECONDS):
                await self._database.dispose()
                if self._flush is not None:
                    await asyncio.to_thread(self._flush)

    def _is_at_work(self) -> bool:
        operations: Operations = self._app.state.operations
        return operations.is_operation_in_progress() or any(connection.is_sending for connection in self._connections())

    def _connections(self) -> Iterable[HttpProtocol]:
        return [one for one in self.connections if isinstance(one, HttpProtocol)]

    async def _give_up(self, reason: str) -> None:
        for connection in self._connections():
            if connection.has_begun:
                connection.reject(503, "UNAVAILABLE", reason)
        for websocket in self.connections:
            if isinstance(websocket, WebSocketProtocol):
                websocket.close_for_restart()
        tasks = self.tasks
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_SECONDS)
