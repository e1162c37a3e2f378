"""Whether the service lives, and whether requests should be sent to it."""

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
"""How long the database may take to answer a check."""
FRESH_SECONDS = 0.5
"""How long the result of a check is good for."""

Answer = dict[str, str]

# The revision, and whether everything is read-only.
_CHECK = {
    "sqlite": "SELECT version_num, 0 FROM alembic_version",
    "postgresql": "SELECT version_num, pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean"
    " FROM alembic_version",
}


def routes(database: Database) -> list[Route]:
    """`/health/live` answers as long as the process does; `/health/ready` is 503 and says why where it is not ready."""
    readiness = Readiness(database)

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> JSONResponse:
        answer = {"status": "draining"} if request.app.state.draining else await readiness.answer()
        return JSONResponse(answer, status_code=200 if answer["status"] == "ready" else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


class Readiness:
    """Reads from the database as a request does, on a connection of the same pool: what fails here fails there.

    There is one check at a time, however many ask, and nobody waits for it longer than `CHECK_SECONDS`. So probes do
    not pile up behind a database that hangs, and what they say is at most `FRESH_SECONDS` old.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._check: asyncio.Task[Answer] | None = None
        self._ended = 0.0

    async def answer(self) -> Answer:
        """What the check has found: `status`, and what it was made of."""
        loop = asyncio.get_running_loop()
        if self._check is None or (self._check.done() and loop.time() - self._ended > FRESH_SECONDS):
            self._check = asyncio.create_task(self._look())
        await asyncio.wait({self._check}, timeout=CHECK_SECONDS)
        return self._check.result() if self._check.done() else self._unanswered()

    async def _look(self) -> Answer:
        snapshot = self._database.snapshot()
        try:
            self._database.require_same_file()
            async with asyncio.timeout(CHECK_SECONDS):
                rows = await snapshot.rows(text(_CHECK[self._database.dialect]))
        except FileReplaced:
            return _unavailable("removed or replaced")
        except TimeoutError:
            return self._unanswered()
        except (ReadError, OSError) as error:
            if is_unavailable(error):
                return self._unanswered("unreachable")
            rows = []  # it has no table of revisions
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

    def _unanswered(self, otherwise: str = "does not answer") -> Answer:
        return _unavailable("no free connection" if self._database.connection_cache.is_exhausted else otherwise)


def _unavailable(database: str) -> Answer:
    return {"status": "unavailable", "database": database}
