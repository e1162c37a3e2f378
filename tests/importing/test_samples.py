"""Whole scrapes: the rows that they gave in version 0.1, and a database in which no problems found."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from jobbot_gql.db.database import Database
from jobbot_gql.db.url import normalise
from jobbot_gql.importing.service import import_scrape
from jobbot_gql.models import Base, Company, Job, JobSource
from jobbot_gql.search.documents import DOCUMENTS
from jobbot_gql.undo.verify import verify
from jobbot_gql.upkeep.doctor import examine
from tests.importing.scrapes import counts, rows

FILES = Path(__file__).parent / "files"
TIMES = {"first_seen", "last_seen", "scraped_date", "research_date", "last_updated"}
KEYS = {"url_key", "direct_url_key"}
"""Columns whose values depend on the time, or on the rules for URL keys, which have changed since."""

# Of the rows that version 0.1 stored.
SIX_BOARDS = {"jobs": "1f444be4b0b128a8", "job_sources": "fb34b2edff48e958", "companies": "ca122e124ba14fa4"}
JOBSPY = {"jobs": "11b7d4eb1556cee8", "job_sources": "2370262fb9ce46dc", "companies": "2bf3e9ffb0e40d1d"}


def digest(found: Any) -> str:
    said = [{name: value for name, value in row._asdict().items() if name not in TIMES | KEYS} for row in found]
    return sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()[:16]


@pytest.mark.parametrize(
    ("name", "counted", "digests"),
    [
        ("jobspy-six-boards.csv", {"created": 120, "warnings": 1, "rows": 120}, SIX_BOARDS),
        ("jobspy-cli.csv", {"created": 3, "rejected": 1, "rows": 4}, JOBSPY),
        ("jobspy-readme.csv", {"created": 3, "rejected": 1, "rows": 4}, JOBSPY),
    ],
)
async def test_a_sample_gives_the_rows_that_it_gave(
    database: Database, database_url: str, name: str, counted: dict[str, int], digests: dict[str, str]
) -> None:
    report = await import_scrape(database, FILES / name)

    assert counts(report) == counted
    assert report.unknown_columns == ()
    found = {model.__tablename__: digest(await rows(database, model)) for model in (Job, JobSource, Company)}
    assert found == digests
    url = normalise(database_url)
    assert await examine(url, Base, DOCUMENTS.values()) == []
    assert await verify(url, Base, DOCUMENTS.values()) == []
