"""Speed of importing a large scrape into SQLite, compared with sqlite3's executemany() for the same rows."""

import asyncio
import csv
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.dataset import CITIES, INDUSTRIES, NOW, SKILLS, TITLES
from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.importing.service import import_scrape
from jobbot_gql.upkeep.migrations import migrate

ROWS = 10_000
BATCH = 500
"""Rows per transaction, as in the import."""
TABLES = ("companies", "jobs", "job_sources")
"""Tables that an import writes."""

COLUMNS = (
    *("id", "site", "job_url", "job_url_direct", "title", "company", "location", "date_posted", "job_type"),
    *("salary_source", "interval", "min_amount", "max_amount", "currency", "is_remote", "job_level", "emails"),
    *("description", "company_industry", "company_url", "company_num_employees", "skills"),
)
"""JobSpy's columns, without those that boards seldom fill."""
SYLLABLES = ("ba", "co", "di", "fe", "gu", "ka", "lor", "men", "nis", "pro", "que", "ren", "sta", "ti", "ver", "zon")


@dataclass(frozen=True)
class Bulk:
    """Rows of the file per second, each into a new database file. `triggers` write change log and search index."""

    rows: int
    megabytes: float
    imported: float
    imported_again: float
    """If every row is already stored."""
    executemany: float
    executemany_without_triggers: float


def bulk(rows: int = ROWS) -> Bulk:
    """Import a scrape of `rows` rows twice, then write the imported rows into other databases without processing."""
    with tempfile.TemporaryDirectory(prefix="jobbot-bench-") as name:
        folder = Path(name)
        scrape = folder / "scrape.csv"
        with scrape.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_scrape(rows))
        imported = folder / "imported.db"
        first, again = asyncio.run(_import_twice(imported, scrape))
        with_triggers = _executemany(folder / "with.db", imported, triggers=True)
        without = _executemany(folder / "without.db", imported, triggers=False)
        return Bulk(
            rows,
            scrape.stat().st_size / 1e6,
            *(rows / seconds for seconds in (first, again, with_triggers, without)),
        )


async def _import_twice(path: Path, scrape: Path) -> tuple[float, float]:
    url = normalise(f"sqlite:///{path}")
    await migrate(url)
    database = Database(url)
    seconds = []
    try:
        for _ in range(2):
            began = time.perf_counter()
            report = await import_scrape(database, scrape)
            seconds.append(time.perf_counter() - began)
            if report.rejected:
                raise RuntimeError(f"{report.rejected} rows were rejected")
    finally:
        await database.dispose()
    return seconds[0], seconds[1]


def _executemany(path: Path, imported: Path, *, triggers: bool) -> float:
    asyncio.run(migrate(normalise(f"sqlite:///{path}")))
    with closing(sqlite3.connect(imported)) as source, closing(sqlite3.connect(path, isolation_level=None)) as target:
        target.execute("PRAGMA synchronous = FULL")
        if not triggers:
            for (name,) in target.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
                target.execute(f'DROP TRIGGER "{name}"')
        seconds = 0.0
        for table in TABLES:
            found = source.execute(f"SELECT * FROM {table} ORDER BY id")  # noqa: S608 - our own names
            columns = ", ".join(column for column, *_ in found.description)
            placeholders = ", ".join("?" for _ in found.description)
            while rows := found.fetchmany(BATCH):
                began = time.perf_counter()
                target.execute("BEGIN")
                target.executemany(f"INSERT INTO {table} ({columns}) VALUES ({placeholders})", rows)  # noqa: S608 - likewise
                target.execute("COMMIT")
                seconds += time.perf_counter() - began
        return seconds


def _scrape(rows: int) -> Iterator[tuple[object, ...]]:
    """Rows with a description of about 3 kB, whose word frequencies follow Zipf's law."""
    rng = Random("bench scrape")  # noqa: S311 - the same rows each time, not secrets
    words = sorted({"".join(rng.choices(SYLLABLES, k=rng.randint(1, 4))) for _ in range(20_000)}, key=len)
    often = [1 / rank for rank in range(1, len(words) + 1)]
    for number in range(rows):
        low = rng.randrange(40, 120) * 1000
        company = number * 7919 % max(1, rows // 5)
        yield (
            *(f"in-{number:06x}", "indeed", f"https://board.example/viewjob?jk={number:06x}&from=serp"),
            f"https://company-{company}.example/careers/{number}",
            *(f"{rng.choice(TITLES)} ({rng.choice(SKILLS)})", f"{rng.choice(INDUSTRIES)} Works {company:05}"),
            *(rng.choice(CITIES), NOW.date(), "fulltime", "direct_data", "yearly", f"{low}.0", f"{low + 20_000}.0"),
            *("EUR", rng.random() < 0.3, "mid-senior level", "people@employer.example"),
            "\n".join(" ".join(rng.choices(words, often, k=12)).capitalize() + "." for _ in range(44)),
            *(rng.choice(INDUSTRIES), f"https://board.example/cmp/{company}", "51 to 200", ", ".join(SKILLS[:3])),
        )
