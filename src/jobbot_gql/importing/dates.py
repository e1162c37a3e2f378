"""Parsing of dates, and the order of day and month.

`9/1/2026` is 1 September in one country and 9 January in another. The order applies to a whole file. It is inferred
from its unambiguous dates or stated by the user, never guessed.
"""

import re
from datetime import date, datetime, timedelta
from enum import StrEnum

from jobbot_gql.db.sql.column_types import FIRST_DAY, LAST_DAY
from jobbot_gql.importing.raw import JsonValue, ScrapeFileError

_EPOCH_MILLISECONDS = re.compile(r"[0-9]{12,15}(?:\.0)?")
_TWO_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:,? \d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?)?", re.ASCII)


class DayMonthOrder(StrEnum):
    """Order of day and month in dates that end with the year."""

    DMY = "dmy"
    MDY = "mdy"


class TwoNumbers(tuple[int, int, int]):
    """A date in an unknown order: first number, second number, year."""

    __slots__ = ()

    @classmethod
    def of(cls, value: JsonValue) -> "TwoNumbers | None":
        """The numbers of a date such as `9/30/2026`, `30.09.2026` or `30-9-2026 14:05`; None for any other value."""
        found = _TWO_NUMBERS.fullmatch(value.strip()) if isinstance(value, str) else None
        return cls((int(found[1]), int(found[3]), int(found[4]))) if found else None

    def day(self, order: DayMonthOrder) -> date | None:
        """The date in this order; None if it does not exist."""
        first, second, year = self
        month, day = (first, second) if order is DayMonthOrder.MDY else (second, first)
        try:
            return date(year, month, day)
        except ValueError:
            return None


def read_date(value: JsonValue, order: DayMonthOrder = DayMonthOrder.MDY) -> date | None:
    """Parse ISO 8601 (ignoring the time zone), a date in `order`, or epoch milliseconds. None for other values.

    The default order applies to stored rows of earlier versions, which read all dates as month first.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = str(value).strip()
    day: date | None
    try:
        if _EPOCH_MILLISECONDS.fullmatch(text):
            day = (datetime(1970, 1, 1) + timedelta(milliseconds=float(text))).date()
        elif numbers := TwoNumbers.of(text):
            day = numbers.day(order)
        else:
            day = datetime.fromisoformat(text).date()
    except (ValueError, OverflowError):
        return None
    return day if day and FIRST_DAY <= day <= LAST_DAY else None


class DateEvidence:
    """Infers the order of dates from the dates of one file."""

    def __init__(self) -> None:
        self._only: dict[DayMonthOrder, str] = {}
        self._either: tuple[str, TwoNumbers] | None = None

    def add(self, row: int, value: JsonValue) -> None:
        """Add a row's date."""
        numbers = TwoNumbers.of(value)
        if numbers is None:
            return
        possible = [order for order in DayMonthOrder if numbers.day(order)]
        shown = f'row {row}: "{str(value).strip()}"'
        if len(possible) == 1:
            self._only.setdefault(possible[0], shown)
        elif possible and numbers[0] != numbers[1] and self._either is None:
            self._either = shown, numbers

    def order(self, stated: DayMonthOrder | None) -> DayMonthOrder:
        """The stated order, or the inferred one.

        Raises ScrapeFileError if no order is stated and the dates are ambiguous or contradictory.
        """
        if stated is not None:
            return stated
        if len(self._only) == 2:
            day_first, month_first = self._only[DayMonthOrder.DMY], self._only[DayMonthOrder.MDY]
            raise ScrapeFileError(
                f"writes dates in two orders ({day_first} has the day first, {month_first} the month): add"
                " --date-order dmy or --date-order mdy; dates that do not fit are then omitted with a warning"
            )
        if self._only:
            return next(iter(self._only))
        if self._either is not None:
            shown, numbers = self._either
            by_order = (f"{day:%d %B %Y}".removeprefix("0") for order in DayMonthOrder if (day := numbers.day(order)))
            raise ScrapeFileError(
                f"has ambiguous dates: date_posted of {shown} is {' or '.join(by_order)}, and no date in the file tells"
                " which; add --date-order dmy (day first) or --date-order mdy (month first)"
            )
        return DayMonthOrder.MDY
