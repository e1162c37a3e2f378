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
    Reading,
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
from jobbot_gql.writing.rules import ReferencedElsewhere, Refusals, Save, StaleVersion, about, not_found, stale

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

    reading: Reading
    keys: Callable[[Sequence[Save[M]]], Collection[Any]]
    """Those to read by for saves; none where the rule has nothing to say."""
    judge: Callable[[Sequence[Save[M]], Sequence[Any]], None]
    """Refuses saves, given the rows that were read."""


async def _no_rule(session: WriteSession, rows: Sequence[Any]) -> None:
    """Where a domain has none."""


def _nothing_along(saves: Sequence[Any]) -> Iterable[Addition]:
    """Where rows come alone."""
    return ()


@dataclass(frozen=True)
class Writer(Generic[M]):
    """Writes the rows of one table.

    `check` sees rows that are about to be written, may complete them and refuse them; `lookup` may refuse them too.
    `along` says which rows of other tables are added with them, such as the beginning of a history. `settle` sees what
    was written, `before_delete` what is about to be deleted, and `removed` what was deleted, to bring other rows in
    line. `parts` are rows that can be added together with their parent, by field of the input: who writes them, and
    their foreign key.
    """

    model: type[M]
    check: Callable[[WriteSession, Sequence[Save[M]]], Awaitable[None]] = _no_rule
    along: Callable[[Sequence[Save[M]]], Iterable[Addition]] = _nothing_along
    settle: Callable[[WriteSession, Sequence[Save[M]]], Awaitable[None]] = _no_rule
    before_delete: Callable[[WriteSession, Sequence[M]], Awaitable[None]] = _no_rule
    removed: Callable[[WriteSession, Sequence[M]], Awaitable[None]] = _no_rule
    lookup: Lookup[M] | None = None
    natural_key: NaturalKey | None = None
    parts: Mapping[str, tuple["Writer[Any]", str]] = field(default_factory=dict)

    async def save(self, session: WriteSession, saves: Sequence[Save[M]], *, atomic: bool = True) -> None:
        """Add and change rows: those that no rule refuses; if `atomic`, none where any is refused.

        What became of each is in `saves`. Where `atomic` ones are refused, the transaction is to be undone: what comes
        of a lookup may be known after they are written.
        """
        await self._find(session, [save for save in saves if not save.refusals])
        sound = [save for save in saves if not save.refusals and save.same_as is None]
        ids = await self._load_parents(session, sound)
        self._build(sound, ids)
        await self._build_parts(session, sound, ids)
        checked = [save for save in sound if not save.refusals]
        await self.check(session, checked)
        keys = sorted(self.lookup.keys(checked)) if self.lookup else []
        all_new = all(save.before is None and not save.refusals for save in saves)
        if self.lookup and keys and not (atomic and all_new):
            self.lookup.judge(checked, await session.rows_by_key(self.lookup.reading, keys))
            keys = []
        if atomic and any(save.refusals for save in saves):
            return
        sound = [save for save in sound if not save.refusals]
        await self._change(session, [save for save in sound if save.before is not None])
        if self.lookup and keys:
            found = await add_together(session, self._additions(sound), self.lookup.reading, keys)
            self.lookup.judge(sound, found)
            if any(save.refusals for save in sound):
                return
        else:
            await add_together(session, self._additions(sound))
        await self.settle(session, sound)

    async def add(self, session: WriteSession, **given: Any) -> Save[M]:
        """Add one row. Raises Refusals."""
        save: Save[M] = Save(given)
        await self.save(session, [save])
        if save.refusals:
            raise Refusals(save.refusals)
        return save

    async def delete(self, session: WriteSession, saves: Sequence[Save[M]], *, atomic: bool = True) -> None:
        """Delete rows, and with them whatever belongs to them; refusals as with `save`."""
        await self._find(session, [save for save in saves if not save.refusals])
        if atomic and any(save.refusals for save in saves):
            return
        rows = [save.before for save in saves if save.before is not None and not save.refusals]
        if rows:
            await self.before_delete(session, rows)
            ids = [save.row_id for save in saves if not save.refusals]
            try:
                await session.rows_by_key(_delete(self.model), ids)
            except DBAPIError as error:
                if not is_referred_to(error):
                    raise
                raise ReferencedElsewhere(await _message(session, self.model, error), "id") from error
        await self.removed(session, rows)

    async def match(self, session: WriteSession, saves: Sequence[Save[M]]) -> None:
        """Give saves without an id that of the row with their natural key.

        Where several mean the same row, the first takes over what the others ask, the last word winning.
        """
        if self.natural_key is None:
            return
        keys = {save: self.natural_key.of(save.given) for save in saves if not save.refusals and save.row_id is None}
        found = await self.natural_key.find(session, [save.given for save, key in keys.items() if key is not None])
        first: dict[Any, Save[M]] = {
            save.row_id: save for save in saves if save.row_id is not None and not save.refusals
        }
        for save, key in keys.items():
            if key is None:
                continue
            save.row_id, save.by_key = found.get(key), True
            earlier = first.setdefault(save.row_id or key, save)
            if earlier is not save:
                earlier.take(save)

    async def _find(self, session: WriteSession, saves: Sequence[Save[M]]) -> None:
        """Give the saves of rows that exist their `before`, locked; refuse those that mean none, or another version."""
        rows = await read_locked(session, self.model, [save.row_id for save in saves if save.row_id is not None])
        seen = set()
        for save in saves:
            if save.row_id is None or save.same_as is not None:
                continue
            row: Any = rows.get(save.row_id)
            if row is None and save.by_key:  # deleted since it was looked up
                save.row_id = None
            elif row is None:
                save.refuse(not_found(self.model, save.row_id, "id"))
            elif save.row_id in seen:
                message = f"{self.model.__name__} {save.row_id} was already changed by an earlier item of this request."
                save.refuse(StaleVersion(message, "id", current_version=row.version + 1))
            elif save.version is not None and row.version != save.version:
                save.refuse(stale(row, save.version))
            else:
                save.before = row
            seen.add(save.row_id)

    async def _load_parents(self, session: WriteSession, saves: Sequence[Save[M]]) -> _Ids:
        """Give each save its `parents`; refuse those that name one that is not there.

        Gives ids for the rows to add, and for their parts.
        """
        counts: dict[type[Base], int] = {self.model: sum(save.before is None for save in saves)}
        for name, (writer, _) in self.parts.items():
            counts[writer.model] = sum(len(save.given.get(name, ())) for save in saves)
        ids: dict[type[Base], list[int]] = {}
        for name, target in _parents(self.model).items():
            keys = {save: save.given.get(name, getattr(save.before, name, None)) for save in saves}
            wanted = {key for key in keys.values() if key is not None}
            rows, new = await locked_with_new_ids(session, target, wanted, {} if ids else counts)
            ids |= new
            for save, key in keys.items():
                if key in rows:
                    save.parents[name] = rows[key]
                elif key is not None:
                    save.refuse(not_found(target, key, name))
        if not ids:
            ids = await new_ids(session, counts)
        return {model: iter(new) for model, new in ids.items()}

    def _build(self, saves: Sequence[Save[M]], ids: _Ids) -> None:
        """Give each save its `row`."""
        columns = columns_of(self.model)
        defaults = _defaults(self.model)
        for save in saves:
            if save.before is None:
                values = defaults | {"id": next(ids[self.model])}
            else:
                values = {name: getattr(save.before, name) for name in columns}
            values.update((name, save.given[name]) for name in columns if name in save.given)
            save.row = instance(self.model, values)

    async def _build_parts(self, session: WriteSession, saves: Sequence[Save[M]], ids: _Ids) -> None:
        """Give each save its `parts`, checked; a refused part refuses the whole."""
        for name, (writer, foreign_key) in self.parts.items():
            for save in saves:
                save.parts[name] = [
                    Save({**given, foreign_key: save.row.id})  # type: ignore[attr-defined] # every table has one
                    for given in save.given.get(name, ())
                ]
                for part in save.parts[name]:
                    part.parents[foreign_key] = save.row
            parts = [part for save in saves for part in save.parts[name]]
            writer._build(parts, ids)
            await writer.check(session, parts)
            for save in saves:
                for index, part in enumerate(save.parts[name]):
                    save.refusals += [about((name, str(index)), refusal) for refusal in part.refusals]

    def _additions(self, saves: Sequence[Save[M]]) -> Iterator[Addition]:
        """What is to be added for the saves: their own rows, if they are new, their parts, and what comes along."""
        columns = columns_of(self.model)
        new = [vars(save.row) for save in saves if save.before is None]
        yield Addition(self.model, [{name: values[name] for name in columns} for values in new])
        for name, (writer, _) in self.parts.items():
            yield from writer._additions([part for save in saves for part in save.parts[name]])
        yield from self.along(saves)

    async def _change(self, session: WriteSession, saves: Sequence[Save[M]]) -> None:
        """Change the rows of the saves. All get values in the columns that any of them changes."""
        changed = {save: names for save in saves if (names := save.changed())}
        if not changed:
            return
        for save, names in changed.items():
            if isinstance(save.row, Editable):
                save.row.version += 1
                names.append("version")
        # A list that cannot be read looks empty: it is written only where it is this very row's that changes.
        columns = columns_of(self.model)
        lists = frozenset(name for name in columns if isinstance(table_of(self.model).c[name].type, StringList))
        everything = {name for names in changed.values() for name in names} - lists
        groups: dict[frozenset[str], list[M]] = {}
        for save, names in changed.items():
            groups.setdefault(lists.intersection(names), []).append(save.row)
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
