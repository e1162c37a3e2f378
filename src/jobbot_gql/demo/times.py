"""Times of demo events: during working hours on weekdays."""

from datetime import datetime, timedelta
from random import Random

FRIDAY = 4


def at_work(rng: Random, day: datetime) -> datetime:
    """A time between 8:00 and 17:00 UTC on that day, or on the Friday before a weekend."""
    weekday = day - timedelta(days=max(0, day.weekday() - FRIDAY))
    return weekday.replace(hour=rng.randint(8, 16), minute=rng.randint(0, 59), second=rng.randint(0, 59))


def appointment(rng: Random, day: datetime) -> datetime:
    """A full or half hour between 8:00 and 16:00 UTC on that day, or on the Monday after a weekend."""
    weekday = day + timedelta(days=7 - day.weekday() if day.weekday() > FRIDAY else 0)
    return weekday.replace(hour=rng.randint(8, 15), minute=rng.choice((0, 30)), second=0)
