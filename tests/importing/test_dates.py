"""Which of two numbers is the month: what a file tells, or a person states, and never a guess."""

import json
from datetime import date
from io import BytesIO

import pytest

from jobbot_gql.importing.dates import DayMonthOrder
from jobbot_gql.importing.examination import Options, examine
from jobbot_gql.importing.raw import ScrapeFileError
from jobbot_gql.importing.rows import ScrapedJob, parse_row


def read(*dates: str, stated: DayMonthOrder | None = None) -> list[str | None]:
    """The days of a file's rows, as they are stored."""
    found = [
        {"id": str(n), "site": "x", "title": "Cook", "company": "Foods", "date_posted": day}
        for n, day in enumerate(dates)
    ]
    scrape = examine(BytesIO("\n".join(map(json.dumps, found)).encode()), "f", Options(date_order=stated))
    jobs = [parse_row(row, date_order=scrape.date_order) for row in found]
    assert all(isinstance(job, ScrapedJob) for job in jobs)
    for job in jobs:  # what is kept of the row means the same without the order
        assert parse_row(job.raw).posting_date == job.posting_date or job.posting_date is None
    return [job.posting_date.isoformat() if job.posting_date else None for job in jobs]


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (["9/1/2026", "9/30/2026"], ["2026-09-01", "2026-09-30"]),
        (["1/9/2026", "30/9/2026 14:05"], ["2026-09-01", "2026-09-30"]),
        (["01.09.2026", "30.09.2026"], ["2026-09-01", "2026-09-30"]),
        (["1-9-2026", "30-9-2026"], ["2026-09-01", "2026-09-30"]),
        (["5/5/2026", "2026-09-01", ""], ["2026-05-05", "2026-09-01", None]),
        (["30/30/2026", "2026-09-01"], [None, "2026-09-01"]),
    ],
)
def test_one_date_tells_the_order_of_a_file(dates: list[str], days: list[str | None]) -> None:
    assert read(*dates) == days


def test_ambiguous_dates_are_rejected_until_the_order_is_stated() -> None:
    with pytest.raises(ScrapeFileError) as rejected:
        read("2026-09-30", "9/1/2026")
    assert str(rejected.value) == (
        'has ambiguous dates: date_posted of row 2: "9/1/2026" is 9 January 2026 or 1 September 2026, and no date in'
        " the file tells which; add --date-order dmy (day first) or --date-order mdy (month first)"
    )
    assert read("9/1/2026", stated=DayMonthOrder.MDY) == [date(2026, 9, 1).isoformat()]
    assert read("9/1/2026", stated=DayMonthOrder.DMY) == [date(2026, 1, 9).isoformat()]


def test_contradicting_dates_are_rejected_until_the_order_is_stated() -> None:
    with pytest.raises(ScrapeFileError) as rejected:
        read("30/9/2026", "9/30/2026")
    assert "writes dates in two orders" in str(rejected.value)
    assert 'row 1: "30/9/2026" has the day first, row 2: "9/30/2026" the month' in str(rejected.value)
    assert read("30/9/2026", "9/30/2026", stated=DayMonthOrder.DMY) == ["2026-09-30", None]
