"""Batched writes of rows of one table under its rules.

The number of statements does not depend on the number of rows.
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
    not_found,
    prefixed,
    stale,
)

M = TypeVar("M", bound=Base)
_Ids = Mapping[type[Base], Iterator[int]]
"""New ids by model."""
_FOREIGN_TABLES = text(
    "SELECT DISTINCT found.name FROM sqlite_schema AS found JOIN pragma_foreign_key_list(found.name) AS key"
    " WHERE found.type = 'table' AND found.name NOT IN :ours AND key.\"table\" IN :ours"
    " AND key.on_delete IN ('NO ACTION', 'RESTRICT')"
).bindparams(bindparam("ours", expanding=True))
"""Tables of other programs in a SQLite database with foreign keys that prevent deletes."""


@dataclass(frozen=True)
class NaturalKey:
    """A key that identifies the row of an input without an id."""

    name: str
    """Its field in the API."""
    of: Callable[[Mapping[str, Any]], Hashable]
    """Returns the key of an input, or None."""
    find: Callable[[WriteSession, Iterable[Mapping[str, Any]]], Awaitable[Mapping[Any, int]]]
    """Returns the ids of existing rows with the keys of inputs, by key."""


@dataclass(frozen=True)
class Lookup(Generic[M]):
    """A rule that depends on other rows. An atomic save of new rows reads them in the statement that writes."""

    select_by_keys: KeyedSelect
    keys: Callable[[Sequence[PendingWrite[M]]], Collection[Any]]
    """Returns the keys to read by; empty if the rule does not apply."""
    check: Callable[[Sequence[PendingWrite[M]], Sequence[Any]], None]
    """Rejects pending writes, given the rows that were read."""


async def _no_rule(session: WriteSession, rows: Sequence[Any]) -> None:
    """Default of the rules."""


def _no_additions(pending_writes: Sequence[Any]) -> Iterable[Addition]:
    """Default of `EntityWriter.additions`."""
    return ()


@dataclass(frozen=True)
class EntityWriter(Generic[M]):
    """Writes the rows of one table.

    Attributes:
        check: Completes and rejects pending writes. `lookup` may reject them too.
        additions: Returns rows of other tables to add in the same statement, such as initial status events.
        after_save: Updates derived values of other rows. So do `before_delete` and `after_delete`.
        parts: Writers of rows that can be created with their parent, and their foreign key, by field of the input.
    """

    model: type[M]
    check: Callable[[WriteSession, Sequence[PendingWrite[M]]], Awaitable[None]] = _no_rule
    additions: Callable[[Sequence[PendingWrite[M]]], Iterable[Addition]] = _no_additions
    after_save: Callable[[WriteSession, Sequence[PendingWrite[M]]], Awaitable[None]] = _no_rule
    before_delete: Callable[[WriteSession, Sequence[M]], Awaitable[None]] = _no_rule
    after_delete: Callable[[WriteSession, Sequence[M]], Awaitable[None]] = _no_rule
    lookup: Lookup[M] | None = None
    natural_key: NaturalKey | None = None
    parts: Mapping[str, tuple["EntityWriter[Any]", str]] = field(default_factory=dict)

    async def save(
        self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]], *, atomic: bool = True
    ) -> None:
        """Add and change the rows that no rule rejects; if `atomic`, all rows or none.

        The outcome is in `pending_writes`. If an atomic save is rejected, the caller must roll back: a lookup may
        reject rows after they are written.
        """
        await self._find(session, [pending for pending in pending_writes if not pending.violations])
        sound = [pending for pending in pending_writes if not pending.violations and pending.merged_into is None]
        ids = await self._load_parents(session, sound)
        self._build(sound, ids)
        await self._build_parts(session, sound, ids)
        checked = [pending for pending in sound if not pending.violations]
        await self.check(session, checked)
        keys = sorted(self.lookup.keys(checked)) if self.lookup else []
        all_new = all(pending.before is None and not pending.violations for pending in pending_writes)
        if self.lookup and keys and not (atomic and all_new):
            self.lookup.check(checked, await session.rows_by_key(self.lookup.select_by_keys, keys))
            keys = []
        if atomic and any(pending.violations for pending in pending_writes):
            return
        sound = [pending for pending in sound if not pending.violations]
        await self._change(session, [pending for pending in sound if pending.before is not None])
        if self.lookup and keys:
            found = await add_together(session, self._rows_to_add(sound), self.lookup.select_by_keys, keys)
            self.lookup.check(sound, found)
            if any(pending.violations for pending in sound):
                return
        else:
            await add_together(session, self._rows_to_add(sound))
        await self.after_save(session, sound)

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
        """Delete rows and their dependents. The outcome is in `pending_writes`, as with `save`."""
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
        await self.after_delete(session, rows)

    async def match(self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]]) -> None:
        """Set the ids of pending writes without an id to those of the rows with their natural keys.

        If several have the same row, they are merged into the first. The values of later ones win.
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
            pending.row_id, pending.found_by_key = found.get(key), True
            earlier = first.setdefault(pending.row_id or key, pending)
            if earlier is not pending:
                earlier.merge(pending)

    async def _find(self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]]) -> None:
        """Lock existing rows and set `before`. Reject pending writes with an unknown id or a stale version."""
        rows = await read_locked(
            session, self.model, [pending.row_id for pending in pending_writes if pending.row_id is not None]
        )
        seen = set()
        for pending in pending_writes:
            if pending.row_id is None or pending.merged_into is not None:
                continue
            row: Any = rows.get(pending.row_id)
            if row is None and pending.found_by_key:  # deleted since it was looked up
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
        """Lock parents and set `parents`. Reject pending writes with an unknown parent.

        Returns ids for the rows to add, parts included.
        """
        counts: dict[type[Base], int] = {self.model: sum(pending.before is None for pending in pending_writes)}
        for name, (writer, _) in self.parts.items():
            counts[writer.model] = sum(len(pending.given.get(name, ())) for pending in pending_writes)
        ids: dict[type[Base], list[int]] = {}
        for name, target in _parents(self.model).items():
            keys = {pending: pending.given.get(name, getattr(pending.before, name, None)) for pending in pending_writes}
            parent_ids = {key for key in keys.values() if key is not None}
            rows, new = await locked_with_new_ids(session, target, parent_ids, {} if ids else counts)
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
        """Set the `row` of each pending write."""
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
        """Build and check parts. A rejected part rejects its parent."""
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
                    pending.violations += [prefixed((name, str(index)), violation) for violation in part.violations]

    def _rows_to_add(self, pending_writes: Sequence[PendingWrite[M]]) -> Iterator[Addition]:
        """New rows, their parts, and the additions of both."""
        columns = columns_of(self.model)
        new = [vars(pending.row) for pending in pending_writes if pending.before is None]
        yield Addition(self.model, [{name: values[name] for name in columns} for values in new])
        for name, (writer, _) in self.parts.items():
            yield from writer._rows_to_add([part for pending in pending_writes for part in pending.parts[name]])
        yield from self.additions(pending_writes)

    async def _change(self, session: WriteSession, pending_writes: Sequence[PendingWrite[M]]) -> None:
        """Update rows. All rows of a statement write the columns that any of them changes."""
        changed = {pending: names for pending in pending_writes if (names := pending.changed())}
        if not changed:
            return
        for pending, names in changed.items():
            if isinstance(pending.row, Editable):
                pending.row.version += 1
                names.append("version")
        # Invalid stored lists read as empty. A list is written only if this row changes it, so that they are kept.
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
    """Models that a model's foreign keys refer to, by column."""
    models = {mapper.local_table: mapper.class_ for mapper in Base.registry.mappers}
    return {column.key: models[key.column.table] for column in table_of(model).columns for key in column.foreign_keys}


def _defaults(model: type[Base]) -> dict[str, Any]:
    """Default values of a new row. Rows that are added together have the same time."""
    constants, timestamps = _kinds_of_defaults(model)
    return constants | dict.fromkeys(timestamps, datetime.now(UTC))


@cache
def _kinds_of_defaults(model: type[Base]) -> tuple[dict[str, Any], list[str]]:
    """Constant defaults, and the columns whose default is the current time."""
    constants: dict[str, Any] = {}
    timestamps = []
    for column in table_of(model).columns:
        default: Any = column.default
        server_default: Any = column.server_default
        constants[column.key] = default.arg if default is not None and default.is_scalar else None
        if default is None and server_default is not None and isinstance(server_default.arg, utcnow):
            timestamps.append(column.key)
    return constants, timestamps


async def _message(session: WriteSession, model: type[Base], error: DBAPIError) -> str:
    """Message for a row that cannot be deleted. Names the tables that refer to it."""
    if session.dialect.name == "postgresql":
        tables = [getattr(error.orig, "table_name", None) or "another table"]
    else:
        found = await session.execute(_FOREIGN_TABLES, {"ours": list(model.metadata.tables)})
        tables = sorted({table for (table,) in found.all()})
    return (
        f"Rows of {', '.join(tables)} refer to it, or to a row that is deleted with it."
        " Delete them first; the API does not know this table."
    )


@cache
def _delete(model: type[Base]) -> KeyedStatement:
    table = table_of(model)
    return KeyedStatement(table.c.id, lambda is_meant: delete(table).where(is_meant))
