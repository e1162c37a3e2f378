"""Undo of logged changes."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, bindparam, delete, func, insert, not_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import Change, ChangeOperation
from jobbot_gql.history.row_codec import Row, RowKey
from jobbot_gql.undo.related_changes import (
    COMPANIONS,
    DERIVED_COLUMNS,
    Entry,
    can_accompany,
    entries,
    logged_row,
    with_related_changes,
)
from jobbot_gql.writing.rules import api_names


@dataclass(frozen=True)
class Conflict:
    """Why one change cannot be undone."""

    sequence: int
    """Change that cannot be undone."""
    entity: str
    row_id: int
    reason: str
    """End of a sentence for the user."""
    later: int | None = None
    """Sequence of the later change that prevents the undo, if it is logged."""
    columns: tuple[str, ...] = ()
    """Columns in conflict."""


class Conflicts(Exception):
    """Changes cannot be undone. The transaction must be rolled back."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__("; ".join(f"Change {one.sequence} cannot be undone: {one.reason}." for one in conflicts))
        self.conflicts = list(conflicts)


class NotInLog(LookupError):
    """The change log has no changes with these sequences."""

    def __init__(self, sequences: Sequence[int]) -> None:
        super().__init__(f"the change log has no change {', '.join(map(str, sequences))}")
        self.sequences = list(sequences)


@dataclass(frozen=True)
class Undone:
    """Result of an undo."""

    changes: list[int]
    """Sequences of the undone changes, newest first, related ones included."""
    row_keys: list[RowKey]
    """Changed rows, without duplicates, in the order of `changes`."""
    entries: list[Entry] = field(default_factory=list, compare=False)
    """The undone changes."""
    since: int = field(default=0, compare=False)
    """Sequence of the newest change before the undo."""
    kept_columns: set[tuple[int, str]] = field(default_factory=set, compare=False)
    """Derived columns that were not restored because they have changed since, with the sequence of the change."""


async def changes_to_undo(session: AsyncSession, sequences: Iterable[int]) -> list[Entry]:
    """The changes with these sequences and their related changes (`related_changes.py`).

    Raises NotInLog.
    """
    requested = sorted(set(sequences))
    found = await entries(session, is_among(Change.id, key_list("requested", BigInteger())), requested=requested)
    if missing := set(requested) - {change.sequence for change in found}:
        raise NotInLog(sorted(missing))
    return await with_related_changes(session, found)


async def undo(session: AsyncSession, changes: Iterable[Entry], requested: Collection[int] | None = None) -> Undone:
    """Undo the result of `changes_to_undo`, newest first, in the session's transaction.

    Restores the previous values of updated columns, deletes created rows, and inserts deleted rows with their ids. An
    update increments the version, so that clients notice it. The undo is itself logged and can be undone.

    Args:
        session: The session.
        changes: The changes.
        requested: Sequences of the changes that the user named. Related ones may be undone already. Default: all.

    Raises Conflicts if a row has changed since, other rows refer to a created row, a parent or a unique value of a
    restored row is gone or taken, a status event is not the last one of its history, or a change was purged.
    """
    newest_first = sorted(changes, key=lambda one: one.sequence, reverse=True)
    plan = _UndoPlan(session, newest_first, {one.sequence for one in newest_first} if requested is None else requested)
    newest = await session.scalar(select(func.max(Change.sequence))) or 0
    await plan.read()
    await plan.plan()
    await plan.check_order()
    plan.raise_conflicts()
    await plan.write()
    row_keys = dict.fromkeys(change.row_key for change in plan.changes)
    return Undone([change.sequence for change in plan.changes], list(row_keys), plan.changes, newest, plan.kept_columns)


async def of_request(session: AsyncSession, request_id: str) -> list[int]:
    """Sequences of all changes of a request."""
    statement = select(Change.sequence).where(Change.request_id == request_id).order_by(Change.sequence)
    return list(await session.scalars(statement))


@dataclass(frozen=True)
class _Step:
    """The write that undoes one change."""

    change: Entry
    operation: ChangeOperation
    values: Row


@dataclass
class _UndoPlan:
    """The writes that undo changes, newest first."""

    session: AsyncSession
    changes: list[Entry]
    requested: Collection[int]
    """Sequences of changes that must be undone. Others may have been undone before."""
    rows: dict[RowKey, Row | None] = field(default_factory=dict)
    """Locked rows of the changes, in their state after the steps planned so far."""
    steps: list[_Step] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    kept_columns: set[tuple[int, str]] = field(default_factory=set)
    already_undone: list[Entry] = field(default_factory=list)
    deleted_again: dict[RowKey, Entry] = field(default_factory=dict)

    async def read(self) -> None:
        """Read and lock the rows."""
        ids_by_entity: dict[str, dict[int, None]] = {}
        for change in self.changes:
            self.rows[change.entity, change.entity_id] = None
            ids_by_entity.setdefault(change.entity, {})[change.entity_id] = None
        for entity in row_codec.tables():
            if entity not in ids_by_entity:
                continue
            table = row_codec.stored(entity)
            ids = sorted(ids_by_entity[entity])
            statement = select(table).where(is_among(table.c.id, key_list("keys", table.c.id.type))).with_for_update()
            for row in await self.session.execute(statement.order_by(table.c.id), {"keys": ids}):
                self.rows[entity, row.id] = dict(row._mapping)

    async def plan(self) -> None:
        """Find the step for each change, or a conflict."""
        self.already_undone = [change for change in self.changes if self._is_undone_already(change)]
        self.changes = [change for change in self.changes if change not in self.already_undone]
        latest = await self._latest_others()
        self.deleted_again = await self._deleted_again(latest)
        for change in self.changes:
            key = change.row_key
            row = self.rows[key]
            later = latest.get(key, 0) if latest.get(key, 0) > change.sequence else None
            before, after = (
                None if logged is None else row_codec.values(change.entity, logged)
                for logged in (change.before, change.after)
            )
            if before is None and after is None:
                self.reject(change, "it was purged")
            elif after is None and before is not None:
                await self._plan_restoring(change, before, later)
            elif row is None:
                self.reject(change, f"the {change.entity} no longer exists", later)
            elif before is None and after is not None:
                differing = [
                    name for name in row_codec.differing(change.entity, row, after) if not self._follows(change, name)
                ]
                if differing:
                    await self._reject_changed(change, differing)
                else:
                    self.step(change, ChangeOperation.DELETE, {})
            elif before is not None and after is not None:
                await self._plan_update(change, row, before, after)

    def _is_undone_already(self, change: Entry) -> bool:
        """Whether a change that was not requested, and goes with the creation of its row or parent, is undone already.

        Parts of an action may be undone one by one before its beginning is.
        """
        if change.sequence in self.requested:
            return False
        created = {one.row_key for one in self.changes if one.operation is ChangeOperation.CREATE}
        row = self.rows[change.row_key]
        if change.operation is ChangeOperation.CREATE:
            parents = row_codec.parents(change.entity).items()
            return row is None and any((parent, logged_row(change).get(key)) in created for key, parent in parents)
        if change.operation is not ChangeOperation.UPDATE or row is None or change.row_key not in created:
            return False
        before = row_codec.values(change.entity, change.before or {})
        return bool(before) and not row_codec.differing(change.entity, row, before)

    def _follows(self, creation: Entry, column: str) -> bool:
        """Whether a column of a created row is derived from rows that were created with it and are undone."""
        cause = DERIVED_COLUMNS.get(creation.entity, {}).get(column)
        return cause is not None and any(
            self._is_cause(one, creation, cause) for one in (*self.changes, *self.already_undone)
        )

    async def _plan_restoring(self, change: Entry, before: Row, later: int | None) -> None:
        """Plan to restore a deleted row."""
        if self.rows[change.row_key] is not None:
            self.reject(change, f"the {change.entity} exists again", later)
            return
        if later is not None:
            last = self.deleted_again.get(change.row_key)
            deleted = row_codec.values(change.entity, last.before) if last and last.before else None
            if deleted is None or row_codec.differing(change.entity, deleted, before):
                self.reject(
                    change, f"the {change.entity} was restored and deleted again; undo its latest deletion", later
                )
                return
            before = deleted
        self.step(change, ChangeOperation.CREATE, before)

    async def _deleted_again(self, latest: Mapping[RowKey, int]) -> dict[RowKey, Entry]:
        """Latest deletions of rows that were restored and deleted again, if that deletion undid the restore.

        It did if it deleted the same rows as the deletion to undo.
        """
        ours = [one for one in self.changes if one.operation is ChangeOperation.DELETE]
        ours = [one for one in ours if self.rows[one.row_key] is None and latest.get(one.row_key, 0) > one.sequence]
        if not ours:
            return {}
        first = min(ours, key=lambda one: one.sequence)
        (last,) = await entries(self.session, Change.sequence == latest[first.row_key])
        deleted, again = [await with_related_changes(self.session, [one]) for one in (first, last)]
        rows, rows_again = [{one.row_key for one in changes} for changes in (deleted, again)]
        if last.operation is not ChangeOperation.DELETE or rows != rows_again:
            return {}
        return {one.row_key: one for one in again if one.sequence == latest.get(one.row_key)}

    async def _plan_update(self, change: Entry, row: Row, before: Row, after: Row) -> None:
        """Plan to restore previous values. Columns derived from rows that are undone too are not in conflict."""
        sources = DERIVED_COLUMNS.get(change.entity, {})
        named = {sources[name] for name in after.keys() & sources.keys()}
        undone = {entity for entity in named if any(self._is_cause(one, change, entity) for one in self.changes)}
        for entity in sorted(named - undone):
            causes = await entries(self.session, Change.entity == entity, Change.request_id == change.request_id)
            if causes and change.request_id is not None:
                columns = [name for name, cause in sources.items() if name in after and cause == entity]
                derived = f"{api_names(columns)} of the {change.entity} {'is' if len(columns) == 1 else 'are'} derived"
                reason = f"{derived} from {entity} rows; undo their change"
                self.reject(change, reason, causes[-1].sequence, columns)
                return
        differing = row_codec.differing(change.entity, row, after)
        free = {name for name in differing if sources.get(name) in undone}
        if set(differing) - free:
            await self._reject_changed(change, [name for name in differing if name not in free])
            return
        self.kept_columns |= {(change.sequence, name) for name in free}
        values = {name: value for name, value in before.items() if name not in free}
        if "version" in row:
            values["version"] = row["version"] + 1
        self.step(change, ChangeOperation.UPDATE, values)

    @staticmethod
    def _is_cause(one: Entry, change: Entry, entity: str) -> bool:
        return one.entity == entity and one.request_id == change.request_id is not None

    async def check_order(self) -> None:
        """Add conflicts for status events and usages that are not the last ones of their parent."""
        for child, companion in COMPANIONS.items():
            below = [one for one in self.changes if one.entity == child and one.operation in companion.in_order]
            for key, parent in row_codec.parents(child).items() if below else ():
                await self._check_order_of(below, child, key, parent)

    async def _check_order_of(self, below: Sequence[Entry], child: str, key: str, parent: str) -> None:
        last: dict[int, int] = {}
        for change in below:
            if (row_id := logged_row(change).get(key)) is not None:
                last[row_id] = max(last.get(row_id, 0), change.entity_id)
        updates = {
            change.entity_id: change
            for change in self.changes
            if change.entity == parent
            and change.operation is ChangeOperation.UPDATE
            and change.entity_id in last
            and can_accompany(child, change)
        }
        if not updates:
            return
        table = row_codec.stored(child)
        statement = select(table.c.id, table.c[key]).where(is_among(table.c[key], key_list("keys", BigInteger())))
        for row_id, parent_id in await self.session.execute(statement.order_by(table.c.id), {"keys": list(updates)}):
            if row_id > last[parent_id] and (child, row_id) not in self.rows:
                later = await self._latest(child, row_id, ChangeOperation.CREATE)
                self.reject(updates[parent_id], f"{child} {row_id} was created later", later)

    def step(self, change: Entry, operation: ChangeOperation, values: Row) -> None:
        """Add a step, and apply it to `rows`."""
        key = change.row_key
        if values:
            values |= {
                name: value({**(self.rows[key] or {}), **values})
                for name, value in row_codec.computed(change.entity).items()
            }
        self.rows[key] = None if operation is ChangeOperation.DELETE else {**(self.rows[key] or {}), **values}
        self.steps.append(_Step(change, operation, values))

    def reject(self, change: Entry, reason: str, later: int | None = None, columns: Iterable[str] = ()) -> None:
        """Add a conflict."""
        self.conflicts.append(Conflict(change.sequence, change.entity, change.entity_id, reason, later, tuple(columns)))

    def raise_conflicts(self) -> None:
        """Raise Conflicts if any were found."""
        if self.conflicts:
            raise Conflicts(self.conflicts)

    async def _latest_others(self) -> dict[RowKey, int]:
        """Latest change of each row that is not undone."""
        ours = {"ours": [change.sequence for change in self.changes]}
        found: dict[RowKey, int] = {}
        for entity in {entity for entity, _ in self.rows}:
            statement = (
                select(Change.entity_id, func.max(Change.sequence))
                .where(
                    Change.entity == entity,
                    is_among(Change.entity_id, key_list("keys", Change.entity_id.type)),
                    not_(is_among(Change.id, key_list("ours", BigInteger()))),
                )
                .group_by(Change.entity_id)
            )
            ids = [row_id for of, row_id in self.rows if of == entity]
            for row_id, sequence in await self.session.execute(statement, {"keys": ids, **ours}):
                found[entity, row_id] = sequence
        return found

    async def _reject_changed(self, change: Entry, columns: list[str]) -> None:
        """Add a conflict for columns that later changes have changed."""
        ours = {one.sequence for one in self.changes}
        later = [
            one.sequence
            for one in await entries(
                self.session,
                Change.entity == change.entity,
                Change.entity_id == change.entity_id,
                Change.sequence > change.sequence,
            )
            if one.sequence not in ours and not set(columns).isdisjoint({*(one.before or ()), *(one.after or ())})
        ]
        self.reject(
            change,
            f"{api_names(columns)} {'was' if len(columns) == 1 else 'were'} changed later"
            + (f" (change {later[-1]})" if later else ""),
            later[-1] if later else None,
            columns,
        )

    async def write(self) -> None:
        """Write the steps, newest change first, so that no constraint is violated in between."""
        for operation, run in groupby(self.steps, key=lambda step: step.operation):
            steps = list(run)
            if operation is ChangeOperation.UPDATE:
                for (entity, _), alike in groupby(steps, key=lambda step: (step.change.entity, frozenset(step.values))):
                    await self._update(entity, list(alike))
                continue
            # Consecutive steps of one operation are grouped by entity, parents before children.
            order = list(row_codec.tables())
            for entity in order if operation is ChangeOperation.CREATE else reversed(order):
                if together := [step for step in steps if step.change.entity == entity]:
                    await (self._insert if operation is ChangeOperation.CREATE else self._delete)(entity, together)

    async def _insert(self, entity: str, steps: list[_Step]) -> None:
        await self._check(entity, steps)
        by_columns: dict[frozenset[str], list[Row]] = {}
        for step in sorted(steps, key=lambda step: step.change.entity_id):
            by_columns.setdefault(frozenset(step.values), []).append(step.values)
        for same in by_columns.values():
            await self.session.execute(insert(row_codec.stored(entity)), same)

    async def _update(self, entity: str, steps: list[_Step]) -> None:
        """Write steps that give values to the same columns."""
        unique = {name for columns in row_codec.unique_keys(entity) for name in columns}
        ids = {step.change.entity_id for step in steps}
        if len(steps) > 1 and (len(ids) < len(steps) or not unique.isdisjoint(steps[0].values)):
            for step in steps:  # a step may depend on the one before
                await self._update(entity, [step])
            return
        await self._check(entity, steps)
        table = row_codec.stored(entity)
        by_id = update(table).where(table.c.id == bindparam("row_id"))
        await self.session.execute(by_id, [{**step.values, "row_id": step.change.entity_id} for step in steps])

    async def _delete(self, entity: str, steps: list[_Step]) -> None:
        by_id = {step.change.entity_id: step.change for step in steps}
        for child, key in row_codec.children(entity):
            table = row_codec.stored(child)
            statement = select(table.c.id, table.c[key]).where(is_among(table.c[key], key_list("keys", BigInteger())))
            for row_id, parent in await self.session.execute(statement.order_by(table.c.id), {"keys": list(by_id)}):
                later = await self._latest(child, row_id, ChangeOperation.CREATE)
                self.reject(by_id[parent], f"{child} {row_id} refers to the {entity}", later)
        self.raise_conflicts()
        table = row_codec.stored(entity)
        keys = key_list("keys", BigInteger())
        await self.session.execute(delete(table).where(is_among(table.c.id, keys)), {"keys": list(by_id)})

    async def _check(self, entity: str, steps: list[_Step]) -> None:
        """Add conflicts for unique values that other rows have, and for missing parents."""
        table = row_codec.stored(entity)
        for columns in row_codec.unique_keys(entity):
            first = columns[0]
            restored: dict[tuple[Any, ...], Entry] = {}
            for step in steps:
                values = tuple(self._value(step, name) for name in columns)
                if None in values or step.values.keys().isdisjoint(columns):
                    continue
                if values in restored:
                    other = restored[values]
                    reason = f"{entity} {other.entity_id} had the same {api_names(columns)} later"
                    self.reject(step.change, reason, other.sequence, columns)
                restored[values] = step.change
            keys = [values[0] for values in restored]
            statement = select(table).where(is_among(table.c[first], key_list("keys", table.c[first].type)))
            for row in (await self.session.execute(statement, {"keys": keys})).mappings() if keys else ():
                change = restored.get(tuple(row[name] for name in columns))
                if change and row["id"] != change.entity_id:
                    later = await self._latest(entity, row["id"])
                    self.reject(change, f"{entity} {row['id']} has the same {api_names(columns)}", later, columns)
        for key, parent in row_codec.parents(entity).items():
            by_key: dict[int, list[Entry]] = {}
            for step in steps:
                if step.values.get(key) is not None:
                    by_key.setdefault(step.values[key], []).append(step.change)
            present = await self._present(parent, by_key)
            for row_id in by_key.keys() - present:
                later = await self._latest(parent, row_id, ChangeOperation.DELETE)
                for change in by_key[row_id]:
                    self.reject(
                        change, f"{parent} {row_id}, to which the {entity} refers, no longer exists", later, [key]
                    )
        self.raise_conflicts()

    def _value(self, step: _Step, column: str) -> Any:
        """Value of a column after a step, or after all planned steps if the step does not set it."""
        if column in step.values:
            return step.values[column]
        row = self.rows[step.change.entity, step.change.entity_id]
        return row.get(column) if row else None

    async def _present(self, entity: str, ids: Collection[int]) -> set[int]:
        """Ids of existing rows. They are locked against deletion."""
        if not ids:
            return set()
        table = row_codec.stored(entity)
        statement = select(table.c.id).where(is_among(table.c.id, key_list("keys", table.c.id.type)))
        return set(
            await self.session.scalars(statement.with_for_update(read=True, key_share=True), {"keys": list(ids)})
        )

    async def _latest(self, entity: str, row_id: int, operation: ChangeOperation | None = None) -> int | None:
        """Sequence of the latest change of a row, optionally of one operation."""
        conditions = [Change.entity == entity, Change.entity_id == row_id]
        if operation:
            conditions.append(Change.operation == operation)
        latest: int | None = await self.session.scalar(select(func.max(Change.sequence)).where(*conditions))
        return latest
