"""The steps after which follow-ups fall due, and the ids of follow-ups that are computed from them."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jobbot_gql.db.sql.column_types import FIRST_DAY
from jobbot_gql.settings import Settings

_PER_SUBJECT = 20
"""Computed ids for each application; half of them are for the campaign with the same id."""


class Step(NamedTuple):
    """One follow-up in a row of them."""

    number: int
    """From 1."""
    days: int
    """Days after the last activity on which it falls due."""
    until: int
    """Days after the last activity on which the next step, or archiving, replaces it."""


def steps_of(settings: Settings) -> tuple[Step, ...]:
    """The steps that the settings name."""
    days = settings.follow_up_days
    ends = (*days[1:], settings.archive_after_days)
    return tuple(Step(number, *one) for number, one in enumerate(zip(days, ends, strict=True), start=1))


class ComputedId(NamedTuple):
    """Application or campaign, and step, of a computed follow-up."""

    subject: str
    """Foreign key of the application or campaign."""
    subject_id: int
    step: int

    @property
    def number(self) -> int:
        """As the id of a row; negative, so that no stored row has it."""
        return -(self.subject_id * _PER_SUBJECT + _FIRST[self.subject] + self.step)

    @classmethod
    def of(cls, number: int) -> Self:
        """The parts of a negative id."""
        subject_id, step = divmod(-number, _PER_SUBJECT)
        subject = max(_FIRST, key=lambda one: _FIRST[one] if _FIRST[one] <= step else -1)
        return cls(subject, subject_id, step - _FIRST[subject])


_FIRST = {"application_id": 0, "outreach_campaign_id": _PER_SUBJECT // 2}


def zone_of(name: str) -> ZoneInfo:
    """A time zone. Raises ValueError if it is not an IANA name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(name) from None


def today(zone: ZoneInfo) -> date:
    """The current day in a time zone."""
    return datetime.now(zone).date()


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """Start of a day in a time zone, in UTC."""
    return datetime.combine(max(day, FIRST_DAY), time(), zone).astimezone(UTC)


def earliest_activity(as_of: date, zone: ZoneInfo, steps: tuple[Step, ...]) -> datetime:
    """Time before which a last activity has no step any more."""
    longest = min(steps[-1].until - 1, (as_of - FIRST_DAY).days)
    return start_of(as_of - timedelta(days=longest), zone)
