"""Rows that have held a key at the same time, according to the change log.

If a rule allows only one row per key, an undo must not give a key back to a row if another row has got it since. Rows
that held the key at the same time before may both hold it again.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import select

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history.models import Change

K = TypeVar("K", bound=Hashable)
Period = tuple[float, float]
"""Sequences of the changes with which it begins and ends."""
Logged = tuple[int, Mapping[str, Any] | None]
"""Sequence of a change, and its `before`."""


class LaterHolder(NamedTuple, Generic[K]):
    """A row that got a key before an undo gave it back to another row."""

    key: K
    restored: int
    """Id of the row to which the key was given back."""
    row_id: int
    since: int
    """Sequence of the change by which the row got the key."""


async def later_holders(
    session: WriteSession,
    model: type[Base],
    holders: Mapping[K, Collection[int]],
    undone: Mapping[int, int],
    has_key: Callable[[Mapping[str, Any], K], bool],
) -> list[LaterHolder[K]]:
    """Rows that got a key after a restored row had lost it, and never held it at the same time.

    Args:
        holders: Ids of all rows that hold each key now.
        undone: By id of a restored row, the earliest undone change that affects its key.
        has_key: Whether a row with these values has the key. Omitted columns have their present values.

    Returns:
        At most one for each restored row.
    """
    shared = {key: ids for key, ids in holders.items() if len(ids) > 1 and not undone.keys().isdisjoint(ids)}
    if not shared:
        return []
    statement = (
        select(Change.entity_id, Change.id, Change.before)
        .where(Change.entity == model.__name__)
        .where(is_among(Change.entity_id, key_list("keys", Change.entity_id.type)))
        .order_by(Change.id.desc())
    )
    log: dict[int, list[Logged]] = {}
    row_ids = {"keys": [row_id for ids in shared.values() for row_id in ids]}
    for row_id, sequence, before in await session.execute(statement, row_ids):
        log.setdefault(row_id, []).append((sequence, before))
    found = []
    for key, ids in shared.items():
        periods = {row_id: _periods(log.get(row_id, ()), undone.get(row_id), key, has_key) for row_id in ids}
        if _all_at_once(list(periods.values())):
            continue
        got_key = {row_id: int(max((since for since, _ in of), default=0)) for row_id, of in periods.items()}
        for restored in sorted(undone.keys() & ids):
            later = (
                one for one in ids if got_key[one] > undone[restored] and not _overlap(periods[restored], periods[one])
            )
            if (other := next(later, None)) is not None:
                found.append(LaterHolder(key, restored, other, got_key[other]))
    return found


def _periods(
    log: Iterable[Logged], undone: int | None, key: K, has_key: Callable[[Mapping[str, Any], K], bool]
) -> list[Period]:
    """Periods in which a row that holds a key now held it, newest first. Those after the undone change do not count.

    `log` has the row's changes, newest first.
    """
    periods: list[Period] = []
    row: Mapping[str, Any] = {}
    had_key, until = True, inf
    for sequence, before in log:
        if undone is None or sequence < undone:
            if had_key:
                periods.append((sequence, until))
        elif sequence > undone:
            continue
        until = sequence
        row = {} if before is None else {**row, **before}
        had_key = before is not None and has_key(row, key)
    if had_key:
        periods.append((0, until))
    return periods


def _all_at_once(periods: Sequence[Sequence[Period]]) -> bool:
    """Whether the last periods of all rows overlap. If so, the rows need not be compared in pairs."""
    return all(periods) and max(one[0][0] for one in periods) < min(one[0][1] for one in periods)


def _overlap(some: Iterable[Period], others: Sequence[Period]) -> bool:
    return any(max(since, begun) < min(until, ended) for since, until in some for begun, ended in others)
