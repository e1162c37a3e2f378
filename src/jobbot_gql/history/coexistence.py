"""What was in one place at the same time, as the change log tells.

A rule may keep a place for one: undoing brings nothing back to where another one came since. Two that once were there
side by side may be so again, whatever let them in.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import select

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import Change

P = TypeVar("P", bound=Hashable)
Period = tuple[float, float]
"""From one change to another, by their sequences."""
Logged = tuple[int, Mapping[str, Any] | None]
"""A change's sequence, and what was before it."""


class Newcomer(NamedTuple, Generic[P]):
    """A row that came to a place which another one was put back to."""

    place: P
    restored: int
    """The row that was put back."""
    row_id: int
    since: int
    """The change by which it came."""


async def newcomers(
    session: WriteSession,
    model: type[Base],
    places: Mapping[P, Collection[int]],
    undone: Mapping[int, int],
    is_there: Callable[[Mapping[str, Any], P], bool],
) -> list[Newcomer[P]]:
    """One for each row that was put back to a place where others, which were never there with it, have come since.

    `places` has the ids of all rows that are there now, and `undone`, for those that were put back, the earliest change
    that was undone of what says where they are. `is_there` tells whether a row that had these values was in a place;
    columns that are left out had the values that they have now.
    """
    together = {place: ids for place, ids in places.items() if len(ids) > 1 and not undone.keys().isdisjoint(ids)}
    if not together:
        return []
    statement = (
        select(Change.entity_id, Change.id, Change.before)
        .where(Change.entity == model.__name__)
        .where(is_among(Change.entity_id, key_list("keys", Change.entity_id.type)))
        .order_by(Change.id.desc())
    )
    log: dict[int, list[Logged]] = {}
    of_all = {"keys": [row_id for ids in together.values() for row_id in ids]}
    for row_id, sequence, before in await session.execute(statement, of_all):
        log.setdefault(row_id, []).append((sequence, before))
    found = []
    for place, ids in together.items():
        periods = {row_id: _periods(log.get(row_id, ()), undone.get(row_id), place, is_there) for row_id in ids}
        if _all_at_once(list(periods.values())):
            continue
        came = {row_id: int(max((since for since, _ in of), default=0)) for row_id, of in periods.items()}
        for restored in sorted(undone.keys() & ids):
            later = (
                one for one in ids if came[one] > undone[restored] and not _overlap(periods[restored], periods[one])
            )
            if (other := next(later, None)) is not None:
                found.append(Newcomer(place, restored, other, came[other]))
    return found


def _periods(
    log: Iterable[Logged], undone: int | None, place: P, is_there: Callable[[Mapping[str, Any], P], bool]
) -> list[Period]:
    """When a row that is in a place now was there: until the undone change, if it is there by that.

    `log` is what the change log says about it, the latest first; so are the periods.
    """
    periods: list[Period] = []
    was: Mapping[str, Any] = {}
    was_there, until = True, inf
    for sequence, before in log:
        if undone is None or sequence < undone:
            if was_there:
                periods.append((sequence, until))
        elif sequence > undone:
            continue
        until = sequence
        was = {} if before is None else {**was, **before}
        was_there = before is not None and is_there(was, place)
    if was_there:
        periods.append((0, until))
    return periods


def _all_at_once(periods: Sequence[Sequence[Period]]) -> bool:
    """Whether there was a moment in the last period of each: comparing each two, which are many, can be spared then."""
    return all(periods) and max(one[0][0] for one in periods) < min(one[0][1] for one in periods)


def _overlap(some: Iterable[Period], others: Sequence[Period]) -> bool:
    return any(max(since, begun) < min(until, ended) for since, until in some for begun, ended in others)
