"""The databases and the machine of a run."""

import asyncio
import importlib.metadata
import json
import os
import platform
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped] # has no types

from bench.dataset import Sizes, build, libpq_url
from bench.measuring import Site
from bench.processes import Cores, on, parent_named
from bench.servers import POSTGRAPHILE, ROOT, find_node
from jobbot_gql.db.url import normalise
from tests.postgres import create_database, drop_database, running_postgres

PACKAGES = (
    *("jobbot-gql", "strawberry-graphql", "graphql-core", "sqlalchemy", "asyncpg", "aiosqlite"),
    *("starlette", "uvicorn", "uvloop", "httptools", "orjson"),
)


@contextmanager
def databases(
    engine: str, sizes: Sequence[Sizes], cores: Cores, say: Callable[[str], None], *, large: bool = False
) -> Iterator[list[Site]]:
    """Filled databases, one per size, removed at the end of the context.

    PostgreSQL is that of the tests, started if necessary, with its default configuration, except that it does not wait
    for the disk, because servers and not disks are measured. `large` databases are on disk, without a search index,
    which takes longer to build than everything else.
    """
    with ExitStack() as stack:
        sites = []
        if engine == "sqlite":
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="jobbot-bench-"))
        else:
            with on(cores.database):
                server = stack.enter_context(running_postgres(in_memory=not large))
        for size in sizes:
            say(f"filling {engine} with {size.jobs:,} jobs")
            if engine == "sqlite":
                url = f"sqlite:///{folder}/{size.jobs}.db"
            else:
                name = f"jobbot_bench_{size.jobs}"
                asyncio.run(create_database(server, name))
                stack.callback(_run, drop_database, server, name)
                url = normalise(server).url.set(database=name).render_as_string(hide_password=False)
            asyncio.run(build(url, size, searchable=not large))
            sites.append(Site(url, size, cores, None if engine == "sqlite" else asyncio.run(_postmaster(url))))
        yield sites


def _run(coroutine: Callable[..., Coroutine[Any, Any, None]], *arguments: str) -> None:
    asyncio.run(coroutine(*arguments))


async def _postmaster(database_url: str) -> int | None:
    """Process id of PostgreSQL's postmaster, if it is visible on this machine."""
    connection = await asyncpg.connect(libpq_url(database_url))
    try:
        return parent_named(await connection.fetchval("SELECT pg_backend_pid()"), "postgres")
    finally:
        await connection.close()


async def run_script(database_url: str, script: str) -> None:
    """Run SQL statements on a PostgreSQL database."""
    connection = await asyncpg.connect(libpq_url(database_url))
    try:
        await connection.execute(script)
    finally:
        await connection.close()


async def postgresql_version(database_url: str) -> str:
    """The version of the server."""
    connection = await asyncpg.connect(libpq_url(database_url))
    try:
        version: str = await connection.fetchval("SHOW server_version")
        return version
    finally:
        await connection.close()


def machine(cores: Cores) -> dict[str, Any]:
    """Hardware, versions and date of a run."""
    versions = {package: importlib.metadata.version(package) for package in PACKAGES}
    versions |= {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    if node := find_node():
        installed = POSTGRAPHILE / "node_modules" / "postgraphile" / "package.json"
        versions["postgraphile"] = json.loads(installed.read_text("utf-8"))["version"]
        versions["node"] = _output(node, "--version").removeprefix("v")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _output("git", "rev-parse", "--short", "HEAD"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "load_before": round(os.getloadavg()[0], 2),
        "pinned": str(cores),
        "versions": versions,
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - ours
    except (OSError, subprocess.CalledProcessError):
        return ""
