"""A time zone means the same on both engines: what Python's zoneinfo says, whatever the database knows of its name."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest
from sqlalchemy import select, text

from jobbot_gql.applications.models import Application
from jobbot_gql.db.sql.date_buckets import Bucket, bucket_of_time
from jobbot_gql.db.sql.utc_offsets import utc_offsets
from tests.conftest import Api

ZONES = sorted(available_timezones())
DAYS = (
    '{{ applications {{ groupBy(by: [APPLICATION_DATE], bucket: DAY, timeZone: "{}", first: 1000) {{ key count }} }} }}'
)
MOMENTS = [
    datetime(1883, 11, 18, 17, 59, 59, tzinfo=UTC),
    datetime(1945, 7, 1, 22, 30, tzinfo=UTC),
    datetime(2000, 10, 10, 2, 30, tzinfo=UTC),
    *(datetime(2026, month, 15, hour, 30, 0, 999_999, tzinfo=UTC) for month in (1, 7) for hour in range(0, 24, 2)),
    *(datetime(2026, month, day, 22, 59, 59, 999_999, tzinfo=UTC) for month in (3, 10) for day in range(24, 32)),
    datetime(2087, 7, 1, 22, 30, tzinfo=UTC),
    datetime(2499, 12, 31, 22, 59, 59, 999_999, tzinfo=UTC),
    datetime(2500, 7, 1, 22, 30, tzinfo=UTC),
    datetime(9876, 7, 1, 22, 30, tzinfo=UTC),
]


@pytest.fixture
async def dated(api: Api) -> Api:
    """The API on applications of all `MOMENTS`."""
    insert = text("INSERT INTO applications (job_id, application_date, status, version) VALUES (1, :at, 'ghosted', 1)")
    is_sqlite = api.database.dialect == "sqlite"
    async with api.database.writer.begin() as connection:
        await connection.execute(text("INSERT INTO jobs (id, title, company, version) VALUES (1, 'A', 'B', 1)"))
        for moment in MOMENTS:
            at = moment.strftime(f"{moment.year:04}-%m-%d %H:%M:%S.%f") if is_sqlite else moment
            await connection.execute(insert, {"at": at})
    return api


def expected(zone: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for moment in MOMENTS:
        day = moment.astimezone(ZoneInfo(zone)).date().isoformat()
        found[day] = found.get(day, 0) + 1
    return found


async def test_zones_that_postgresql_takes_for_abbreviations(dated: Api) -> None:
    for zone in ("CET", "EET", "MET", "WET", "EST", "MST", "HST", "Europe/Berlin", "America/New_York"):
        groups = (await dated.data(DAYS.format(zone)))["applications"]["groupBy"]
        assert {one["key"][0]: one["count"] for one in groups} == expected(zone), zone


async def test_every_zone_means_what_zoneinfo_says(dated: Api) -> None:
    is_postgresql = dated.database.dialect == "postgresql"
    async with dated.database.reader.connect() as connection:
        for name in ZONES:
            offsets = utc_offsets(ZoneInfo(name)) if is_postgresql else None
            day = bucket_of_time(Application.application_date, Bucket.DAY, name, offsets)
            found = await connection.scalars(select(day).order_by(Application.application_date))
            assert list(found) == [moment.astimezone(ZoneInfo(name)).date() for moment in sorted(MOMENTS)], name


async def test_names_that_only_postgresql_knows_are_rejected_by_both(dated: Api) -> None:
    for name in ("EDT", "PKT", "cest", "posix/../CET", "<x>-1", ""):
        (error,) = (await dated.answer(DAYS.format(name)))["errors"]
        assert error["extensions"]["code"] == "BAD_REQUEST", name


@pytest.mark.parametrize(
    "zone", ["CET", "America/New_York", "Asia/Gaza", "America/Recife", "Africa/Casablanca", "Asia/Kolkata"]
)
def test_offsets_change_when_zoneinfo_says(zone: str) -> None:
    changes, seconds = utc_offsets(ZoneInfo(zone))
    rng = Random(zone)  # noqa: S311 - test data
    moments = [change + shift for change in changes for shift in (-1, 0)]
    moments += [rng.randrange(-5_000_000_000, 16_000_000_000) for _ in range(2_000)]

    for moment in moments:
        offset = datetime.fromtimestamp(moment, ZoneInfo(zone)).utcoffset()
        assert offset == timedelta(seconds=seconds[sum(change <= moment for change in changes)]), moment


@pytest.mark.parametrize("zone", ["Africa/Freetown", "Europe/Amsterdam", "America/Recife", "Asia/Gaza", "CET"])
def test_no_change_is_missed(zone: str) -> None:
    """By the day in the years in which clocks were changed at will."""
    days = [datetime(1830, 1, 1, tzinfo=UTC) + timedelta(days=day) for day in range(365 * 260)]

    offsets = [day.astimezone(ZoneInfo(zone)).utcoffset() for day in days]

    changed = sum(one != other for one, other in pairwise(offsets))
    assert sum(change <= days[-1].timestamp() for change in utc_offsets(ZoneInfo(zone)).changes) == changed
