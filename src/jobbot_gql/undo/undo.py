"""Undoing changes: what the log says was, is again, or the conflict is named that stands in the way."""

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
from jobbot_gql.undo.related_changes import FOLLOWING, TRACES, Entry, entries, logged_row, tells, with_related_changes
from jobbot_gql.writing.rules import api_names


@dataclass(frozen=True)
class Conflict:
    """Why one change cannot be undone."""

    sequence: int
    """Change that cannot be undone."""
    entity: str
    row_id: int
    reason: str
    """In words, for the person who wants it undone."""
    later: int | None = None
    """The sequence of the change that stands in the way, where the log knows one."""
    columns: tuple[str, ...] = ()
    """The columns that it is about, if it is about some."""


class Conflicts(Exception):
    """Changes that cannot be undone. The transaction must be rolled back."""

    def __init__(self, conflicts: Sequence[Conflict]) -> None:
        super().__init__("; ".join(f"Change {one.sequence} cannot be undone: {one.reason}." for one in conflicts))
        self.conflicts = list(conflicts)


class NotInLog(LookupError):
    """Sequences that the change log has no row for."""

    def __init__(self, sequences: Sequence[int]) -> None:
        super().__init__(f"the change log has no change {', '.join(map(str, sequences))}")
        self.sequences = list(sequences)


@dataclass(frozen=True)
class Undone:
    """What undoing did."""

    changes: list[int]
    """The changes that were undone, the latest first, with those that go with what was asked."""
    things: list[RowKey]
    """The rows that it concerned, in the order of the first change that was undone on each."""
    entries: list[Entry] = field(default_factory=list, compare=False)
    """The changes, as the log tells of them."""
    since: int = field(default=0, compare=False)
    """The newest change when the undo began."""
    left: set[tuple[int, str]] = field(default_factory=set, compare=False)
    """The columns that follow from other rows and had other values by then: they were left alone, by the change."""


async def chosen(session: AsyncSession, sequences: Iterable[int]) -> list[Entry]:
    """The changes with these sequences and those that were written together with them (see `acts.py`).

    Raises NotInLog.
    """
    wanted = sorted(set(sequences))
    found = await entries(session, is_among(Change.id, key_list("wanted", BigInteger())), wanted=wanted)
    if missing := set(wanted) - {change.sequence for change in found}:
        raise NotInLog(sorted(missing))
    return await with_related_changes(session, found)


async def undo(session: AsyncSession, changes: Iterable[Entry]) -> Undone:
    """Undo changes, which were `chosen`, the latest first, in the session's transaction.

    An update gets the old values of the columns that it changed back; the version rises all the same, since what was
    read under it must not pass for new. A created row is deleted. A deleted row is put back with its id. The log
    takes undoing for a write like any other, which can itself be undone.

    Raises Conflicts where a row is no longer as the change left it, where something else hangs on a created row or
    misses what it hung on, where a history goes on behind it, where another row has taken a unique value, or where a
    change was purged.
    """
    undoing = _Undoing(session, sorted(changes, key=lambda one: one.sequence, reverse=True))
    newest = await session.scalar(select(func.max(Change.sequence))) or 0
    await undoing.read()
    await undoing.plan()
    await undoing.check_order()
    undoing.raise_conflicts()
    await undoing.write()
    things = dict.fromkeys(change.thing for change in undoing.changes)
    return Undone([change.sequence for change in undoing.changes], list(things), undoing.changes, newest, undoing.left)


async def of_request(session: AsyncSession, request_id: str) -> list[int]:
    """The sequences of everything that a request wrote."""
    statement = select(Change.sequence).where(Change.request_id == request_id).order_by(Change.sequence)
    return list(await session.scalars(statement))


@dataclass(frozen=True)
class _Step:
    """One write that undoes one change."""

    change: Entry
    operation: ChangeOperation
    values: Row


@dataclass
class _Undoing:
    """Changes on their way of being undone, the latest first."""

    session: AsyncSession
    changes: list[Entry]
    rows: dict[RowKey, Row | None] = field(default_factory=dict)
    """The rows that the changes are about, locked; as they would be after the steps planned so far."""
    steps: list[_Step] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    left: set[tuple[int, str]] = field(default_factory=set)
    deleted_again: dict[RowKey, Entry] = field(default_factory=dict)

    async def read(self) -> None:
        """Read the rows, and lock them."""
        wanted: dict[str, dict[int, None]] = {}
        for change in self.changes:
            self.rows[change.entity, change.entity_id] = None
            wanted.setdefault(change.entity, {})[change.entity_id] = None
        for entity in row_codec.tables():
            if entity not in wanted:
                continue
            table = row_codec.stored(entity)
            ids = sorted(wanted[entity])
            statement = select(table).where(is_among(table.c.id, key_list("keys", table.c.id.type))).with_for_update()
            for row in await self.session.execute(statement.order_by(table.c.id), {"keys": ids}):
                self.rows[entity, row.id] = dict(row._mapping)

    async def plan(self) -> None:
        """Find the step for each change, or what stands in its way."""
        latest = await self._latest_others()
        self.deleted_again = await self._deleted_again(latest)
        for change in self.changes:
            thing = change.thing
            row = self.rows[thing]
            later = latest.get(thing, 0) if latest.get(thing, 0) > change.sequence else None
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
                if differing := row_codec.differing(change.entity, row, after):
                    await self._reject_changed(change, differing)
                else:
                    self.step(change, ChangeOperation.DELETE, {})
            elif before is not None and after is not None:
                await self._plan_update(change, row, before, after)

    async def _plan_restoring(self, change: Entry, before: Row, later: int | None) -> None:
        """Plan to put a deleted row back."""
        if self.rows[change.thing] is not None:
            self.reject(change, f"the {change.entity} exists again", later)
            return
        if later is not None:
            last = self.deleted_again.get(change.thing)
            deleted = row_codec.values(change.entity, last.before) if last and last.before else None
            if deleted is None or row_codec.differing(change.entity, deleted, before):
                self.reject(
                    change, f"the {change.entity} was restored and deleted again; undo its latest deletion", later
                )
                return
            before = deleted
        self.step(change, ChangeOperation.CREATE, before)

    async def _deleted_again(self, latest: Mapping[RowKey, int]) -> dict[RowKey, Entry]:
        """The latest deletions of rows that were put back and deleted again, if that undid the putting back.

        That is so where they are of one act, and that is about the same rows as the one to be undone.
        """
        ours = [one for one in self.changes if one.operation is ChangeOperation.DELETE]
        ours = [one for one in ours if self.rows[one.thing] is None and latest.get(one.thing, 0) > one.sequence]
        if not ours:
            return {}
        first = min(ours, key=lambda one: one.sequence)
        (last,) = await entries(self.session, Change.sequence == latest[first.thing])
        act, again = [await with_related_changes(self.session, [one]) for one in (first, last)]
        if last.operation is not ChangeOperation.DELETE or {one.thing for one in act} != {one.thing for one in again}:
            return {}
        return {one.thing: one for one in again if one.sequence == latest.get(one.thing)}

    async def _plan_update(self, change: Entry, row: Row, before: Row, after: Row) -> None:
        """Plan to put old values back. Columns that follow from rows which are undone too are no conflict."""
        following = FOLLOWING.get(change.entity, {})
        named = {following[name] for name in after.keys() & following.keys()}
        undone = {entity for entity in named if any(self._is_cause(one, change, entity) for one in self.changes)}
        for entity in sorted(named - undone):
            causes = await entries(self.session, Change.entity == entity, Change.request_id == change.request_id)
            if causes and change.request_id is not None:
                columns = [name for name, cause in following.items() if name in after and cause == entity]
                derived = f"{api_names(columns)} of the {change.entity} {'is' if len(columns) == 1 else 'are'} derived"
                reason = f"{derived} from {entity} rows; undo their change"
                self.reject(change, reason, causes[-1].sequence, columns)
                return
        differing = row_codec.differing(change.entity, row, after)
        free = {name for name in differing if following.get(name) in undone}
        if set(differing) - free:
            await self._reject_changed(change, [name for name in differing if name not in free])
            return
        self.left |= {(change.sequence, name) for name in free}
        values = {name: value for name, value in before.items() if name not in free}
        if "version" in row:
            values["version"] = row["version"] + 1
        self.step(change, ChangeOperation.UPDATE, values)

    @staticmethod
    def _is_cause(one: Entry, change: Entry, entity: str) -> bool:
        return one.entity == entity and one.request_id == change.request_id is not None

    async def check_order(self) -> None:
        """Refuse to take something out of the middle of a history."""
        for child, trace in TRACES.items():
            below = [one for one in self.changes if one.entity == child and one.operation in trace.in_order]
            for key, parent in row_codec.parents(child).items() if below else ():
                await self._check_order_of(below, child, key, parent)

    async def _check_order_of(self, below: Sequence[Entry], child: str, key: str, parent: str) -> None:
        last: dict[int, int] = {}
        for change in below:
            if (row_id := logged_row(change).get(key)) is not None:
                last[row_id] = max(last.get(row_id, 0), change.entity_id)
        told = {
            change.entity_id: change
            for change in self.changes
            if change.entity == parent
            and change.operation is ChangeOperation.UPDATE
            and change.entity_id in last
            and tells(child, change)
        }
        if not told:
            return
        table = row_codec.stored(child)
        statement = select(table.c.id, table.c[key]).where(is_among(table.c[key], key_list("keys", BigInteger())))
        for row_id, of in await self.session.execute(statement.order_by(table.c.id), {"keys": list(told)}):
            if row_id > last[of] and (child, row_id) not in self.rows:
                later = await self._latest(child, row_id, ChangeOperation.CREATE)
                self.reject(told[of], f"{child} {row_id} was created later", later)

    def step(self, change: Entry, operation: ChangeOperation, values: Row) -> None:
        """Plan a write."""
        thing = change.thing
        if values:
            values |= {
                name: value({**(self.rows[thing] or {}), **values})
                for name, value in row_codec.computed(change.entity).items()
            }
        self.rows[thing] = None if operation is ChangeOperation.DELETE else {**(self.rows[thing] or {}), **values}
        self.steps.append(_Step(change, operation, values))

    def reject(self, change: Entry, reason: str, later: int | None = None, columns: Iterable[str] = ()) -> None:
        """Say that a change cannot be undone."""
        self.conflicts.append(Conflict(change.sequence, change.entity, change.entity_id, reason, later, tuple(columns)))

    def raise_conflicts(self) -> None:
        """Raise Conflicts if there are any."""
        if self.conflicts:
            raise Conflicts(self.conflicts)

    async def _latest_others(self) -> dict[RowKey, int]:
        """The latest change of each row among those that are not undone."""
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
        """Refuse a change of which others have changed columns since."""
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
        """Write the steps. Whatever order they came about in, that order backwards breaks no rule of the database."""
        for operation, run in groupby(self.steps, key=lambda step: step.operation):
            steps = list(run)
            if operation is ChangeOperation.UPDATE:
                for (entity, _), alike in groupby(steps, key=lambda step: (step.change.entity, frozenset(step.values))):
                    await self._update(entity, list(alike))
                continue
            # Those that were deleted together, or made one after another, stood side by side: parents before children.
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
            for step in steps:  # each may need what the one before gives
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
        """Refuse values that another row has and no two may share, and keys whose rows are gone."""
        table = row_codec.stored(entity)
        for columns in row_codec.unique_keys(entity):
            first = columns[0]
            wanted: dict[tuple[Any, ...], Entry] = {}
            for step in steps:
                values = tuple(self._value(step, name) for name in columns)
                if None in values or step.values.keys().isdisjoint(columns):
                    continue
                if values in wanted:
                    other = wanted[values]
                    reason = f"{entity} {other.entity_id} had the same {api_names(columns)} later"
                    self.reject(step.change, reason, other.sequence, columns)
                wanted[values] = step.change
            keys = [values[0] for values in wanted]
            statement = select(table).where(is_among(table.c[first], key_list("keys", table.c[first].type)))
            for row in (await self.session.execute(statement, {"keys": keys})).mappings() if keys else ():
                change = wanted.get(tuple(row[name] for name in columns))
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
        """The value of a column after a step; one that the step leaves alone is as the later steps left it."""
        if column in step.values:
            return step.values[column]
        row = self.rows[step.change.entity, step.change.entity_id]
        return row.get(column) if row else None

    async def _present(self, entity: str, ids: Collection[int]) -> set[int]:
        """Which of the rows are there; they stay until the transaction ends."""
        if not ids:
            return set()
        table = row_codec.stored(entity)
        statement = select(table.c.id).where(is_among(table.c.id, key_list("keys", table.c.id.type)))
        return set(
            await self.session.scalars(statement.with_for_update(read=True, key_share=True), {"keys": list(ids)})
        )

    async def _latest(self, entity: str, row_id: int, operation: ChangeOperation | None = None) -> int | None:
        """The latest change of a row, of an operation if one is given."""
        conditions = [Change.entity == entity, Change.entity_id == row_id]
        if operation:
            conditions.append(Change.operation == operation)
        latest: int | None = await self.session.scalar(select(func.max(Change.sequence)).where(*conditions))
        return latest
