"""Adding, changing and deleting rows of one table, many at once, under its domain's rules.

All rows are looked up, checked and written together: the number of statements does not depend on how many there are.
"""

from collections.abc import Awaitable, Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import bindparam, delete, text
from sqlalchemy.exc import DBAPIError

from jobbot_gql.db.base import Base, Editable
from jobbot_gql.db.failures import is_referred_to
from jobbot_gql.db.sql.column_types import StringList, utcnow
from jobbot_gql.db.sql.compiled_query import KeyedStatement
from jobbot_gql.db.write.bulk_dml import (
    Addition,
    KeyedSelect,
    add_together,
    change_rows,
    columns_of,
    instance,
    locked_with_new_ids,
    new_ids,
    read_locked,
    table_of,
)
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.writing.rules import (
    PendingWrite,
    ReferencedElsewhere,
    RuleViolations,
    StaleVersion,
    about,
    not_found,
    stale,
)

M = TypeVar("M", bound=Base)
_Ids = Mapping[type[Base], Iterator[int]]
"""New ids by model."""
_FOREIGN = text(
    "SELECT DISTINCT found.name FROM sqlite_schema AS found JOIN pragma_foreign_key_list(found.name) AS key"
    " WHERE found.type = 'table' AND found.name NOT IN :ours AND key.\"table\" IN :ours"
    " AND key.on_delete IN ('NO ACTION', 'RESTRICT')"
).bindparams(bindparam("ours", expanding=True))
"""Other programs' tables in a SQLite database whose rows keep ours from being deleted."""


@dataclass(frozen=True)
class NaturalKey:
    """What makes an input mean a row where no id says which."""

    name: str
    """The field that gives it, as clients know it."""
    of: Callable[[Mapping[str, Any]], Hashable]
    """The key of an input's values, or None."""
    find: Callable[[WriteSession, Iterable[Mapping[str, Any]]], Awaitable[Mapping[Any, int]]]
    """The ids of the rows that inputs' values mean, by their key."""


@dataclass(frozen=True)
class Lookup(Generic[M]):
    """A rule that has to read something of what was locked before; it may be read in the statement that writes."""

    select_by_keys: KeyedSelect
    keys: Callable[[Sequence[PendingWrite[M]]], Collection[Any]]
    """Those to read by for saves; none where the rule has nothing to say."""
    judge: Callable[[Sequence[PendingWrite[M]], Sequence[Any]], None]
    """Refuses saves, given the rows that were read."""


async def _no_rule(session: WriteSession, rows: Sequence[Any]) -> None:
    """Where a domain has none."""


def _nothing_along(pending_writes: Sequence[Any]) -> Iterable[Addition]:
    """Where rows come alone."""
    return ()


@dataclass(frozen=True)
class EntityWriter(Generic[M]):
    """Writes the rows of one table.

    `check` sees rows that are about to be written, may complete them and refuse them; `lookup` may refuse them too.
    `along` says which rows of other tables are added with them, such as the beginning of a history. `settle` sees what
    was written, `before_delete` what is about to be deleted, and `removed` what was deleted, to bring other rows in
    line. `parts` are rows that can be added together with their parent, by field of the input: who writes them, and
    their foreign key.
    """

    model: type[M]
    check: Callable[[WriteSession, Sequence[PendingWrite[M]]], Awaitable[None]] = _no_rule
    along: Callable[[Sequence[PendingWrite[M]]], Iterable[Addition]] = _nothing_along
    settle: Callable[[WriteSession, Sequence[PendingWrite[M]]], Awaitable[None]] = _no_rule
    before_delete: Callable[[WriteSession, Sequence[M]], Awaitable[None]] = _no_rule
    removed: Callable[[WriteSession, Sequence[M]], Awaitable[None]] = _no_rule
    lookup: Lookup[M] | None = None
    natural_key: NaturalKey | None = None
    parts: Mapping[str, tuple["EntityWriter[Any]", str]] = field(default_factory=dict)

    async def save(
        self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]], *, atomic: bool = True
    ) -> None:
        """Add and change rows that no rule rejects; if `atomic`, none where any is rejected.

        The outcome of each is in `pending_writes`. If an atomic one is rejected, the caller must roll back: the rule of
        a lookup may be known only after the rows are written.
        """
        await self._find(session, [pending for pending in pending_writes if not pending.violations])
        sound = [pending for pending in pending_writes if not pending.violations and pending.same_as is None]
        ids = await self._load_parents(session, sound)
        self._build(sound, ids)
        await self._build_parts(session, sound, ids)
        checked = [pending for pending in sound if not pending.violations]
        await self.check(session, checked)
        keys = sorted(self.lookup.keys(checked)) if self.lookup else []
        all_new = all(pending.before is None and not pending.violations for pending in pending_writes)
        if self.lookup and keys and not (atomic and all_new):
            self.lookup.judge(checked, await session.rows_by_key(self.lookup.select_by_keys, keys))
            keys = []
        if atomic and any(pending.violations for pending in pending_writes):
            return
        sound = [pending for pending in sound if not pending.violations]
        await self._change(session, [pending for pending in sound if pending.before is not None])
        if self.lookup and keys:
            found = await add_together(session, self._additions(sound), self.lookup.select_by_keys, keys)
            self.lookup.judge(sound, found)
            if any(pending.violations for pending in sound):
                return
        else:
            await add_together(session, self._additions(sound))
        await self.settle(session, sound)

    async def add(self, session: WriteSession, **given: Any) -> PendingWrite[M]:
        """Add one row. Raises RuleViolations."""
        pending: PendingWrite[M] = PendingWrite(given)
        await self.save(session, [pending])
        if pending.violations:
            raise RuleViolations(pending.violations)
        return pending

    async def delete(
        self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]], *, atomic: bool = True
    ) -> None:
        """Delete rows, and with them whatever belongs to them; refusals as with `pending`."""
        await self._find(session, [pending for pending in pending_writes if not pending.violations])
        if atomic and any(pending.violations for pending in pending_writes):
            return
        rows = [pending.before for pending in pending_writes if pending.before is not None and not pending.violations]
        if rows:
            await self.before_delete(session, rows)
            ids = [pending.row_id for pending in pending_writes if not pending.violations]
            try:
                await session.rows_by_key(_delete(self.model), ids)
            except DBAPIError as error:
                if not is_referred_to(error):
                    raise
                raise ReferencedElsewhere(await _message(session, self.model, error), "id") from error
        await self.removed(session, rows)

    async def match(self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]]) -> None:
        """Give saves without an id that of the row with their natural key.

        Where several mean the same row, the first takes over what the others ask, the last word winning.
        """
        if self.natural_key is None:
            return
        keys = {
            pending: self.natural_key.of(pending.given)
            for pending in pending_writes
            if not pending.violations and pending.row_id is None
        }
        found = await self.natural_key.find(
            session, [pending.given for pending, key in keys.items() if key is not None]
        )
        first: dict[Any, PendingWrite[M]] = {
            pending.row_id: pending
            for pending in pending_writes
            if pending.row_id is not None and not pending.violations
        }
        for pending, key in keys.items():
            if key is None:
                continue
            pending.row_id, pending.by_key = found.get(key), True
            earlier = first.setdefault(pending.row_id or key, pending)
            if earlier is not pending:
                earlier.take(pending)

    async def _find(self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]]) -> None:
        """Give the saves of rows that exist their `before`, locked; refuse those that mean none, or another version."""
        rows = await read_locked(
            session, self.model, [pending.row_id for pending in pending_writes if pending.row_id is not None]
        )
        seen = set()
        for pending in pending_writes:
            if pending.row_id is None or pending.same_as is not None:
                continue
            row: Any = rows.get(pending.row_id)
            if row is None and pending.by_key:  # deleted since it was looked up
                pending.row_id = None
            elif row is None:
                pending.reject(not_found(self.model, pending.row_id, "id"))
            elif pending.row_id in seen:
                message = (
                    f"{self.model.__name__} {pending.row_id} was already changed by an earlier item of this request."
                )
                pending.reject(StaleVersion(message, "id", current_version=row.version + 1))
            elif pending.version is not None and row.version != pending.version:
                pending.reject(stale(row, pending.version))
            else:
                pending.before = row
            seen.add(pending.row_id)

    async def _load_parents(self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]]) -> _Ids:
        """Give each save its `parents`; refuse those that name one that is not there.

        Gives ids for the rows to add, and for their parts.
        """
        counts: dict[type[Base], int] = {self.model: sum(pending.before is None for pending in pending_writes)}
        for name, (writer, _) in self.parts.items():
            counts[writer.model] = sum(len(pending.given.get(name, ())) for pending in pending_writes)
        ids: dict[type[Base], list[int]] = {}
        for name, target in _parents(self.model).items():
            keys = {pending: pending.given.get(name, getattr(pending.before, name, None)) for pending in pending_writes}
            wanted = {key for key in keys.values() if key is not None}
            rows, new = await locked_with_new_ids(session, target, wanted, {} if ids else counts)
            ids |= new
            for pending, key in keys.items():
                if key in rows:
                    pending.parents[name] = rows[key]
                elif key is not None:
                    pending.reject(not_found(target, key, name))
        if not ids:
            ids = await new_ids(session, counts)
        return {model: iter(new) for model, new in ids.items()}

    def _build(self, pending_writes: Sequence[PendingWrite[M]], ids: _Ids) -> None:
        """Give each save its `row`."""
        columns = columns_of(self.model)
        defaults = _defaults(self.model)
        for pending in pending_writes:
            if pending.before is None:
                values = defaults | {"id": next(ids[self.model])}
            else:
                values = {name: getattr(pending.before, name) for name in columns}
            values.update((name, pending.given[name]) for name in columns if name in pending.given)
            pending.row = instance(self.model, values)

    async def _build_parts(self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]], ids: _Ids) -> None:
        """Give each save its `parts`, checked; a refused part refuses the whole."""
        for name, (writer, foreign_key) in self.parts.items():
            for pending in pending_writes:
                pending.parts[name] = [
                    PendingWrite({**given, foreign_key: pending.row.id})  # type: ignore[attr-defined] # every table has one
                    for given in pending.given.get(name, ())
                ]
                for part in pending.parts[name]:
                    part.parents[foreign_key] = pending.row
            parts = [part for pending in pending_writes for part in pending.parts[name]]
            writer._build(parts, ids)
            await writer.check(session, parts)
            for pending in pending_writes:
                for index, part in enumerate(pending.parts[name]):
                    pending.violations += [about((name, str(index)), violation) for violation in part.violations]

    def _additions(self, pending_writes: Sequence[PendingWrite[M]]) -> Iterator[Addition]:
        """What is to be added for the saves: their own rows, if they are new, their parts, and what comes along."""
        columns = columns_of(self.model)
        new = [vars(pending.row) for pending in pending_writes if pending.before is None]
        yield Addition(self.model, [{name: values[name] for name in columns} for values in new])
        for name, (writer, _) in self.parts.items():
            yield from writer._additions([part for pending in pending_writes for part in pending.parts[name]])
        yield from self.along(pending_writes)

    async def _change(self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]]) -> None:
        """Change the rows of the saves. All get values in the columns that any of them changes."""
        changed = {pending: names for pending in pending_writes if (names := pending.changed())}
        if not changed:
            return
        for pending, names in changed.items():
            if isinstance(pending.row, Editable):
                pending.row.version += 1
                names.append("version")
        # A list that cannot be read looks empty: it is written only where it is this very row's that changes.
        columns = columns_of(self.model)
        lists = frozenset(name for name in columns if isinstance(table_of(self.model).c[name].type, StringList))
        everything = {name for names in changed.values() for name in names} - lists
        groups: dict[frozenset[str], list[M]] = {}
        for pending, names in changed.items():
            groups.setdefault(lists.intersection(names), []).append(pending.row)
        for with_lists, rows in groups.items():
            written = ["id", *sorted(everything | with_lists)]
            await change_rows(session, self.model, [{name: getattr(row, name) for name in written} for row in rows])


@cache
def _parents(model: type[Base]) -> dict[str, type[Base]]:
    """The models of the rows that a model's foreign keys name, by the keys' columns."""
    models = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    return {column.key: models[key.column.table] for column in table_of(model).columns for key in column.foreign_keys}


def _defaults(model: type[Base]) -> dict[str, Any]:
    """The values of a new row's columns where nobody gives one; the moment is the same for all rows added together."""
    constants, moments = _kinds_of_defaults(model)
    return constants | dict.fromkeys(moments, datetime.now(UTC))


@cache
def _kinds_of_defaults(model: type[Base]) -> tuple[dict[str, Any], list[str]]:
    """The values that are always the same, and the columns that are the moment."""
    constants: dict[str, Any] = {}
    moments = []
    for column in table_of(model).columns:
        default: Any = column.default
        server_default: Any = column.server_default
        constants[column.key] = None if default is None else default.arg
        if default is None and server_default is not None and isinstance(server_default.arg, utcnow):
            moments.append(column.key)
    return constants, moments


async def _message(session: WriteSession, model: type[Base], error: DBAPIError) -> str:
    """Why a row cannot be deleted, with the names of the tables whose rows refer to it."""
    if session.dialect.name == "postgresql":
        tables = [getattr(error.orig, "table_name", None) or "another table"]
    else:
        found = await session.execute(_FOREIGN, {"ours": list(model.metadata.tables)})
        tables = sorted({table for (table,) in found.all()})
    return (
        f"Rows of {', '.join(tables)} refer to it, or to a row that is deleted with it."
        " Delete them first; the API does not know this table."
    )


@cache
def _delete(model: type[Base]) -> KeyedStatement:
    table = table_of(model)
    return KeyedStatement(table.c.id, lambda is_meant: delete(table).where(is_meant))
