"""Liveness and readiness probes."""

import asyncio

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from jobbot_gql.db.database import Database
from jobbot_gql.db.failures import FileReplaced, is_unavailable
from jobbot_gql.db.read.snapshot import ReadError
from jobbot_gql.upkeep.migrations import head_revision

CHECK_SECONDS = 2
"""Timeout of one check of the database."""
FRESH_SECONDS = 0.5
"""How long the result of a check is reused."""

Status = dict[str, str]

# The revision, and whether the server is read-only.
_CHECK = {
    "sqlite": "SELECT version_num, 0 FROM alembic_version",
    "postgresql": "SELECT version_num, pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean"
    " FROM alembic_version",
}


def routes(database: Database) -> list[Route]:
    """`/health/live` answers 200 while the process runs. `/health/ready` answers 200, or 503 with the reason."""
    readiness = Readiness(database)

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> JSONResponse:
        status = {"status": "draining"} if request.app.state.draining else await readiness.status()
        return JSONResponse(status, status_code=200 if status["status"] == "ready" else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


class Readiness:
    """Checks the database as a request would use it, on a connection of the same pool.

    All probes share one check at a time and wait at most `CHECK_SECONDS`, so that probes do not pile up while the
    database hangs. A result is at most `FRESH_SECONDS` old.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._check: asyncio.Task[Status] | None = None
        self._ended = 0.0

    async def status(self) -> Status:
        """The result of the latest check: `status` (`ready` or `unavailable`) and its parts."""
        loop = asyncio.get_running_loop()
        if self._check is None or (self._check.done() and loop.time() - self._ended > FRESH_SECONDS):
            self._check = asyncio.create_task(self._run_check())
        await asyncio.wait({self._check}, timeout=CHECK_SECONDS)
        return self._check.result() if self._check.done() else self._no_response()

    async def _run_check(self) -> Status:
        snapshot = self._database.snapshot()
        try:
            self._database.require_same_file()
            async with asyncio.timeout(CHECK_SECONDS):
                rows = await snapshot.rows(text(_CHECK[self._database.dialect]))
        except FileReplaced:
            return _unavailable("removed or replaced")
        except TimeoutError:
            return self._no_response()
        except (ReadError, OSError) as error:
            if is_unavailable(error):
                return self._no_response("unreachable")
            rows = []  # there is no table of revisions
        finally:
            await snapshot.close()
            self._ended = asyncio.get_running_loop().time()
        if [row[0] for row in rows] != [await asyncio.to_thread(head_revision)]:
            return {"status": "unavailable", "database": "reachable", "schema": "of another version"}
        writes = not rows[0][1] and self._database.seems_writable()
        return {
            "status": "ready",
            "database": "reachable",
            "schema": "current",
            "writes": "available" if writes else "unavailable",
        }

    def _no_response(self, default: str = "does not answer") -> Status:
        return _unavailable("no free connection" if self._database.connection_cache.is_exhausted else default)


def _unavailable(database: str) -> Status:
    return {"status": "unavailable", "database": database}
