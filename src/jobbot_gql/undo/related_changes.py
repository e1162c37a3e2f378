"""Changes that must be undone together because one action wrote them.

- A deletion includes the rows that were deleted by cascade, a creation the children that were created with the row.
- A status change includes its status event.
- A response includes the application's response date, a reference usage the reference's usage count.
- A change of a job's URL includes its sources.

Other changes of the same request, such as other items of a batch, are not included.
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
    def row_key(self) -> RowKey:
        """The changed row."""
        return self.entity, self.entity_id


class Companion(NamedTuple):
    """How a child row accompanies a change of its parent."""

    columns: frozenset[str]
    """Columns of the parent. One of them was changed with the child."""
    value: str | None = None
    """Column of the child with the parent's new value, if any."""
    in_order: frozenset[ChangeOperation] = frozenset()
    """Operations on the child that cannot be undone while a later child exists."""
    created_with_parent: bool = False
    """Whether the first child is created with the parent."""
    is_counted: bool = False
    """Whether the column counts the children. It changes before a child is added and after one is deleted."""


COMPANIONS = {
    "StatusEvent": Companion(
        frozenset({"status", "response_status"}),
        "to_status",
        in_order=frozenset({CREATE, DELETE}),
        created_with_parent=True,
    ),
    "EmployerResponse": Companion(frozenset({"response_date"}), "response_date"),
    "Interview": Companion(frozenset({"interview_date"}), "starts_at"),
    "ReferenceUsage": Companion(frozenset({"usage_count"}), in_order=frozenset({CREATE}), is_counted=True),
    "JobSource": Companion(frozenset({"job_url"}), created_with_parent=True),
}


DERIVED_COLUMNS = {
    "Application": {
        **dict.fromkeys(("credibility_rating", "exaggeration_level", "integrity_score"), "ExperienceClaim"),
        "interview_date": "Interview",
        "response_date": "EmployerResponse",
    },
    "Reference": {"usage_count": "ReferenceUsage"},
}
"""Entity from whose rows a column is derived, by the entity and name of the column."""


async def entries(session: AsyncSession, *conditions: Any, **values: Any) -> list[Entry]:
    """Rows of the change log that meet the conditions, oldest first. `values` are bind parameters."""
    columns = Change.id, Change.at, Change.request_id, Change.entity, Change.entity_id, Change.operation
    statement = select(*columns, Change.before, Change.after).where(*conditions).order_by(Change.id)
    return [Entry._make(row) for row in await session.execute(statement, values)]


async def with_related_changes(session: AsyncSession, changes: Iterable[Entry]) -> list[Entry]:
    """The changes and all changes that must be undone with them."""
    chosen: dict[int, Entry] = {}
    found = list(changes)
    while found := [change for change in found if change.sequence not in chosen]:
        chosen |= {change.sequence: change for change in found}
        found = [*await _below(session, found), *await _above(session, found)]
    return list(chosen.values())


async def _below(session: AsyncSession, changes: Sequence[Entry]) -> list[Entry]:
    """Related changes of children."""
    found: list[Entry] = []
    for entity in row_codec.tables():
        parents = [
            change
            for change in changes
            if change.entity == entity and (change.request_id is not None or change.operation is DELETE)
        ]
        for child, key in row_codec.children(entity):
            candidates = [
                change for change in parents if change.operation is not UPDATE or can_accompany(child, change)
            ]
            if not candidates:
                continue
            of_parent: dict[int, list[Entry]] = {}
            for below in await _written_with(session, candidates, child, key):
                of_parent.setdefault(logged_row(below)[key], []).append(below)
            for change in candidates:
                found += _dependents(change, child, of_parent.get(change.entity_id, ()))
    return found


async def _written_with(session: AsyncSession, changes: Sequence[Entry], child: str, key: str) -> list[Entry]:
    """Creations and deletions of children by the requests of the changes, or at the time of deletions."""
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


def _dependents(change: Entry, child: str, below: Iterable[Entry]) -> Iterable[Entry]:
    """Changes of children that must be undone with a change of the parent. `below` is in the order of the log."""
    if change.operation is not DELETE:
        of_request = [one for one in below if change.request_id == one.request_id is not None]
        if change.operation is CREATE:
            return [one for one in of_request if one.operation is CREATE]
        return _of_same_action(child, change, [one for one in of_request if _accompanies(one, change)])
    # A child may have been deleted several times: the first deletion after the parent's belongs to it. An undo deletes
    # children before their parent, but in the same request.
    nearest: dict[RowKey, Entry] = {}
    for one in below:
        together = change.request_id == one.request_id is not None
        if one.operation is DELETE and (together or (change.at == one.at and change.sequence < one.sequence)):
            known = nearest.get(one.row_key)
            if known is None or known.sequence < change.sequence:
                nearest[one.row_key] = one
    return nearest.values()


async def _above(session: AsyncSession, changes: Sequence[Entry]) -> list[Entry]:
    """Related changes of parents."""
    found: list[Entry] = []
    for child, companion in COMPANIONS.items():
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
                accompanied = [
                    change
                    for change in of_row.get(logged_row(one).get(key, 0), ())
                    if change.request_id == one.request_id
                    and (
                        change.operation is UPDATE
                        or (companion.created_with_parent and change.operation is one.operation)
                    )
                    and _accompanies(one, change)
                ]
                found += _of_same_action(child, one, accompanied)
    return found


def _of_same_action(child: str, change: Entry, others: list[Entry]) -> list[Entry]:
    """Changes that belong to the same action as a change: for counted children the nearest, else all."""
    if not COMPANIONS[child].is_counted:
        return others
    return sorted(others, key=lambda one: abs(one.sequence - change.sequence))[:1]


def logged_row(change: Entry) -> Mapping[str, Any]:
    """Logged values of a created or deleted row; empty if they were purged."""
    return change.before or change.after or {}


def can_accompany(child: str, change: Entry) -> bool:
    """Whether child rows of this entity may accompany a change of a parent."""
    return child in COMPANIONS and not COMPANIONS[child].columns.isdisjoint(change.after or change.before or ())


def _accompanies(below: Entry, change: Entry) -> bool:
    """Whether the creation or deletion of a child accompanies a change of its parent."""
    if not can_accompany(below.entity, change):
        return False
    companion = COMPANIONS[below.entity]
    if companion.is_counted:
        (column,) = companion.columns
        rises = ((change.after or {})[column] or 0) > ((change.before or {})[column] or 0)
        return rises is (below.operation is CREATE) is (change.sequence < below.sequence)
    if companion.value is None:
        return True
    got = (change.before if below.operation is DELETE else change.after) or {}
    return logged_row(below)[companion.value] in [got[name] for name in companion.columns if name in got]
