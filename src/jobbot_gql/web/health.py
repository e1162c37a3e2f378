"""Whether the service lives, and whether requests should be sent to it."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from jobbot_gql.db.maintenance_connection import DatabaseProblem
from jobbot_gql.db.url import DatabaseUrl
from jobbot_gql.upkeep.migrations import head_revision, stored_revision

CHECK_SECONDS = 2
"""How long the database may take to answer a check."""
FRESH_SECONDS = 0.5
"""How long the result of a check is good for."""

Answer = dict[str, str]


def routes(database: DatabaseUrl) -> list[Route]:
    """`/health/live` answers as long as the process does; `/health/ready` is 503 and says why where it is not ready."""
    readiness = Readiness(database)

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> JSONResponse:
        answer = {"status": "draining"} if request.app.state.draining else await readiness.answer()
        return JSONResponse(answer, status_code=200 if answer["status"] == "ready" else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


class Readiness:
    """Checks the database, on a connection of its own: a pool that is exhausted says nothing about the database.

    There is one check at a time, however many ask, and nobody waits for it longer than `CHECK_SECONDS`. So probes do
    not pile up behind a database that hangs, and what they say is at most `FRESH_SECONDS` old.
    """

    def __init__(self, database: DatabaseUrl) -> None:
        self._database = database
        self._check: asyncio.Task[Answer] | None = None
        self._ended = 0.0

    async def answer(self) -> Answer:
        """What the check has found: `status`, and what it was made of."""
        loop = asyncio.get_running_loop()
        if self._check is None or (self._check.done() and loop.time() - self._ended > FRESH_SECONDS):
            self._check = asyncio.create_task(self._look())
        await asyncio.wait({self._check}, timeout=CHECK_SECONDS)
        return self._check.result() if self._check.done() else _unavailable("does not answer")

    async def _look(self) -> Answer:
        try:
            async with asyncio.timeout(CHECK_SECONDS):
                revision = await stored_revision(self._database)
        except TimeoutError:
            return _unavailable("does not answer")
        except (DatabaseProblem, OSError):
            return _unavailable("unreachable")
        finally:
            self._ended = asyncio.get_running_loop().time()
        if revision != await asyncio.to_thread(head_revision):
            return {"status": "unavailable", "database": "reachable", "schema": "of another version"}
        return {"status": "ready", "database": "reachable", "schema": "current"}


def _unavailable(database: str) -> Answer:
    return {"status": "unavailable", "database": database}
