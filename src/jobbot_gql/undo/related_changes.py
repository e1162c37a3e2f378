"""What was written together, and is undone together: one act changes several rows, which would tell different stories.

With a deleted row goes what was deleted with it, with a created one what was created under it. With a status goes the
entry that the history got for it, with an employer's answer and the use of a reference what they set on the application
and on the reference, with a job's address the places where it was seen. Everything else that a request wrote, other
items of a batch say, is left alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import Change, ChangeOperation
from jobbot_gql.history.row_codec import RowKey

CREATE, UPDATE, DELETE = ChangeOperation.CREATE, ChangeOperation.UPDATE, ChangeOperation.DELETE


class Entry(NamedTuple):
    """One row of the change log."""

    sequence: int
    at: datetime
    request_id: str | None
    entity: str
    entity_id: int
    operation: ChangeOperation
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def thing(self) -> RowKey:
        """The row that was changed."""
        return self.entity, self.entity_id


class Trace(NamedTuple):
    """What a row that was added or deleted under another one tells of."""

    columns: frozenset[str]
    """The other row's columns, one of which was changed with it."""
    value: str | None = None
    """The row's own column that has the value which that column got, if it has."""
    in_order: frozenset[ChangeOperation] = frozenset()
    """What was done to the row that cannot be undone while a later one is there."""
    founding: bool = False
    """Whether the first one is as old as the other row, which is not without it."""
    counted: bool = False
    """Whether the column counts the rows, each by a change of its own: before a row is added, after one is deleted."""


TRACES = {
    "StatusEvent": Trace(
        frozenset({"status", "response_status"}), "to_status", in_order=frozenset({CREATE, DELETE}), founding=True
    ),
    "EmployerResponse": Trace(frozenset({"response_date"}), "response_date"),
    "ReferenceUsage": Trace(frozenset({"usage_count"}), in_order=frozenset({CREATE}), counted=True),
    "JobSource": Trace(frozenset({"job_url"}), founding=True),
}


FOLLOWING = {
    "Application": {
        **dict.fromkeys(("credibility_rating", "exaggeration_level", "integrity_score"), "ExperienceClaim"),
        "response_date": "EmployerResponse",
    },
    "Reference": {"usage_count": "ReferenceUsage"},
}
"""The columns that follow from rows of another entity, by the entity that has them, with the other entity."""


async def entries(session: AsyncSession, *conditions: Any, **values: Any) -> list[Entry]:
    """The rows of the change log that meet the conditions, whose parameters have these values, the earliest first."""
    columns = Change.id, Change.at, Change.request_id, Change.entity, Change.entity_id, Change.operation
    statement = select(*columns, Change.before, Change.after).where(*conditions).order_by(Change.id)
    return [Entry._make(row) for row in await session.execute(statement, values)]


async def with_related_changes(session: AsyncSession, changes: Iterable[Entry]) -> list[Entry]:
    """The changes, and what goes with them."""
    chosen: dict[int, Entry] = {}
    found = list(changes)
    while found := [change for change in found if change.sequence not in chosen]:
        chosen |= {change.sequence: change for change in found}
        found = [*await _below(session, found), *await _above(session, found)]
    return list(chosen.values())


async def _below(session: AsyncSession, changes: Sequence[Entry]) -> list[Entry]:
    """What was created or deleted under the changes' rows and goes with the changes."""
    found: list[Entry] = []
    for entity in row_codec.tables():
        parents = [
            change
            for change in changes
            if change.entity == entity and (change.request_id is not None or change.operation is DELETE)
        ]
        for child, key in row_codec.children(entity):
            telling = [change for change in parents if change.operation is not UPDATE or tells(child, change)]
            if not telling:
                continue
            of_parent: dict[int, list[Entry]] = {}
            for below in await _written_with(session, telling, child, key):
                of_parent.setdefault(logged_row(below)[key], []).append(below)
            for change in telling:
                found += _going_with(change, child, of_parent.get(change.entity_id, ()))
    return found


async def _written_with(session: AsyncSession, changes: Sequence[Entry], child: str, key: str) -> list[Entry]:
    """What may have been created or deleted with the changes, and hangs on their rows by a foreign key."""
    logged = func.coalesce(Change.before[key].as_integer(), Change.after[key].as_integer())
    return await entries(
        session,
        Change.entity == child,
        Change.operation != UPDATE,
        or_(
            Change.request_id.in_({change.request_id for change in changes} - {None}),
            Change.at.in_({change.at for change in changes if change.operation is DELETE}),
        ),
        is_among(logged, key_list("keys", BigInteger())),
        keys=list({change.entity_id for change in changes}),
    )


def _going_with(change: Entry, child: str, below: Iterable[Entry]) -> Iterable[Entry]:
    """Those changes of a kind below the row that go with a change of it. `below` is in the log's order."""
    if change.operation is not DELETE:
        of_request = [one for one in below if change.request_id == one.request_id is not None]
        if change.operation is CREATE:
            return [one for one in of_request if one.operation is CREATE]
        return _of_same_act(child, change, [one for one in of_request if _tells_of(one, change)])
    # What was deleted several times went with it the first time after it; undoing deletes what is below before it.
    nearest: dict[RowKey, Entry] = {}
    for one in below:
        together = change.request_id == one.request_id is not None
        if one.operation is DELETE and (together or (change.at == one.at and change.sequence < one.sequence)):
            known = nearest.get(one.thing)
            if known is None or known.sequence < change.sequence:
                nearest[one.thing] = one
    return nearest.values()


async def _above(session: AsyncSession, changes: Sequence[Entry]) -> list[Entry]:
    """The changes of rows that what was created or deleted below them tells of."""
    found: list[Entry] = []
    for child, trace in TRACES.items():
        below = [one for one in changes if one.entity == child and one.operation is not UPDATE and logged_row(one)]
        below = [one for one in below if one.request_id is not None]
        for key, parent in row_codec.parents(child).items():
            ids = {logged_row(one).get(key) for one in below} - {None}
            if not ids:
                continue
            above = await entries(
                session,
                Change.entity == parent,
                Change.request_id.in_({one.request_id for one in below}),
                is_among(Change.entity_id, key_list("keys", BigInteger())),
                keys=list(ids),
            )
            of_row: dict[int, list[Entry]] = {}
            for change in above:
                of_row.setdefault(change.entity_id, []).append(change)
            for one in below:
                told = [
                    change
                    for change in of_row.get(logged_row(one).get(key, 0), ())
                    if change.request_id == one.request_id
                    and (change.operation is UPDATE or (trace.founding and change.operation is one.operation))
                    and _tells_of(one, change)
                ]
                found += _of_same_act(child, one, told)
    return found


def _of_same_act(child: str, change: Entry, others: list[Entry]) -> list[Entry]:
    """Of changes that tell the same as a change those of the same act: where rows are counted, the nearest."""
    if not TRACES[child].counted:
        return others
    return sorted(others, key=lambda one: abs(one.sequence - change.sequence))[:1]


def logged_row(change: Entry) -> Mapping[str, Any]:
    """The row that was created or deleted; nothing of it where it was purged."""
    return change.before or change.after or {}


def tells(child: str, change: Entry) -> bool:
    """Whether rows of a kind may tell of a change of what they hang on."""
    return child in TRACES and not TRACES[child].columns.isdisjoint(change.after or change.before or ())


def _tells_of(below: Entry, change: Entry) -> bool:
    """Whether a row that was created or deleted under another one tells of a change of that."""
    if not tells(below.entity, change):
        return False
    trace = TRACES[below.entity]
    if trace.counted:
        (column,) = trace.columns
        rises = ((change.after or {})[column] or 0) > ((change.before or {})[column] or 0)
        return rises is (below.operation is CREATE) is (change.sequence < below.sequence)
    if trace.value is None:
        return True
    got = (change.before if below.operation is DELETE else change.after) or {}
    return logged_row(below)[trace.value] in [got[name] for name in trace.columns if name in got]
