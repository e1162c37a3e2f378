"""Whether the service lives, and whether it can work."""

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from jobbot_gql.db.database import Database
from jobbot_gql.db.reading import ReadError


def routes(database: Database) -> list[Route]:
    """`/health/live` answers as long as the process does; `/health/ready` asks the database."""

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({"status": "live"})

    async def ready(request: Request) -> JSONResponse:
        snapshot = database.snapshot()
        try:
            await snapshot.rows(text("SELECT 1"))
        except ReadError:
            return JSONResponse({"status": "unavailable", "database": "unreachable"}, status_code=503)
        finally:
            await snapshot.close()
        return JSONResponse({"status": "ready"})

    return [Route("/health/live", live), Route("/health/ready", ready)]
