"""Writing rows, many at once: the number of statements does not depend on the number of rows.

The statements depend on the table and the columns alone; they are made once and kept.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import (
    ARRAY,
    CTE,
    ColumnElement,
    FromClause,
    Select,
    String,
    Table,
    Text,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    select,
    table,
    update,
    values,
)
from sqlalchemy.orm import QueryableAttribute, make_transient_to_detached
from sqlalchemy.orm.util import identity_key

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.sql.compiled_query import KeyedStatement, Statement
from jobbot_gql.db.sqlalchemy_internals import manager_of_class
from jobbot_gql.db.write.write_session import WriteSession

FEW = 8
"""How many ids are taken one by one; more are taken by a query of their own, so that no statement gets long."""

M = TypeVar("M", bound=Base)
Values = Mapping[str, Any]
"""A row's values by their columns."""


class Addition(NamedTuple):
    """Rows to add to a table. All give values for the same columns; the other columns have the database's defaults."""

    model: type[Base]
    rows: Sequence[Values]


def table_of(model: type[Base]) -> Table:
    """A model's table."""
    return cast("Table", model.__table__)


@cache
def columns_of(model: type[Base]) -> tuple[str, ...]:
    """The names of a model's columns."""
    return tuple(table_of(model).columns.keys())


def instance(model: type[M], values: Values) -> M:
    """A row that belongs to no session, with values of all columns; the constructor would look at each of them."""
    made: M = manager_of_class(model).new_instance()
    made.__dict__.update(values)
    return made


async def new_ids(session: WriteSession, counts: Mapping[type[Base], int]) -> dict[type[Base], list[int]]:
    """Ids that the models' tables have never given out, as many as asked, in ascending order; nobody else gets them.

    On SQLite that holds within the transaction, which keeps the only write lock.
    """
    models = tuple(model for model, count in counts.items() if count)
    if not models:
        return {model: [] for model in counts}
    if session.placeholder_ids is not None:
        return {model: list(islice(session.placeholder_ids, amount)) for model, amount in counts.items()}
    if session.dialect.name == "postgresql":
        (taken,) = await session.rows(_next_ids(models, tuple(counts[model] for model in models)))
        return _given_out(counts, models, taken)
    found = await session.rows(_LAST_IDS, keys=[table_of(model).name for model in models])
    marks: dict[str, int] = dict(found)
    last = {model: marks.get(table_of(model).name, 0) for model in counts}
    return {model: list(range(last[model] + 1, last[model] + 1 + count)) for model, count in counts.items()}


def newest_id(column: Any) -> ColumnElement[int]:
    """The id that was given out last of the rows of a group: placeholders are younger than any other."""
    return func.coalesce(func.max(column).filter(column < 0), func.max(column))


def _given_out(
    counts: Mapping[type[Base], int], models: Sequence[type[Base]], taken: Sequence[list[int]]
) -> dict[type[Base], list[int]]:
    return {model: [] for model in counts} | {model: sorted(ids) for model, ids in zip(models, taken, strict=True)}


@lru_cache(maxsize=256)
def _next_ids(models: Sequence[type[Base]], counts: Sequence[int]) -> Statement:
    return Statement(select(*_taken_ids(models, counts)))


def _taken_ids(models: Sequence[type[Base]], counts: Sequence[int]) -> list[ColumnElement[Any]]:
    """New ids of each model on PostgreSQL, whose sequences have the names that it gives them by itself."""
    # A text for each number: with the number as a parameter PostgreSQL plans anew each time, which takes longer.
    taken: list[ColumnElement[Any]] = []
    for model, count in zip(models, counts, strict=True):
        one = f"""nextval('"{table_of(model).name}_id_seq"')"""  # pg_get_serial_sequence takes longer
        few = f"ARRAY[{', '.join([one] * count)}]"
        many = f"ARRAY(SELECT {one} FROM generate_series(1, {count}))"  # noqa: S608 - a sequence's name
        taken.append(literal_column(few if count <= FEW else many))
    return taken


_LAST_IDS = Statement(
    select(column("name"), column("seq"))
    .select_from(table("sqlite_sequence"))
    .where(is_among(column("name"), key_list("keys", Text())))
)


async def add_rows(session: WriteSession, model: type[Base], rows: Sequence[Values]) -> None:
    """Add rows to one table; see `Addition`."""
    await add_together(session, [Addition(model, rows)])


class KeyedSelect(KeyedStatement):
    """A SELECT by keys that can go along with rows that are added."""

    def __init__(self, key: QueryableAttribute[Any], make: Callable[[ColumnElement[bool]], Any]) -> None:
        """`make` gives the SELECT of what belongs to the keys asked for, which its argument says."""
        super().__init__(key, make)
        self.for_one = make(key == bindparam("keys"))
        self.for_many = make(is_among(key, key_list("keys", key.type)))


async def add_together(
    session: WriteSession,
    additions: Iterable[Addition],
    select_by_keys: KeyedSelect | None = None,
    keys: Sequence[Any] = (),
) -> Sequence[Any]:
    """Add rows to several tables, one after the other: parents come before what hangs on them, in the log too.

    Gives what is read by the keys. That is what was there before.
    """
    additions = [addition for addition in additions if addition.rows]
    if session.placeholder_ids is not None:
        additions = [_with_placeholder_ids(addition, session.placeholder_ids) for addition in additions]
    if session.dialect.name == "postgresql" and additions:
        kinds = tuple((model, tuple(rows[0]), len(rows) > 1) for model, rows in additions)
        placed = _placed(additions)
        if select_by_keys is not None:
            single = len(keys) == 1
            placed["keys"] = keys[0] if single else keys
            return await session.rows(
                _insert_together(kinds, select_by_keys.for_one if single else select_by_keys.for_many), **placed
            )
        return await session.rows(_insert_together(kinds), **placed)
    found = await session.rows_by_key(select_by_keys, keys) if select_by_keys else ()
    for model, rows in additions:
        statement = _insert(model, tuple(rows[0]))
        if len(rows) == 1:
            await session.rows(statement, **rows[0])
        else:
            # The search index sorts a statement's words and writes them at its end: row by row takes twice as long.
            await session.send_many(statement, rows)
    return found


def _with_placeholder_ids(addition: Addition, ids: Iterator[int]) -> Addition:
    if "id" in addition.rows[0]:
        return addition
    return Addition(addition.model, [{**row, "id": next(ids)} for row in addition.rows])


@lru_cache(maxsize=256)
def _insert(model: type[Base], names: Sequence[str]) -> Statement:
    return Statement(insert(table_of(model)), names)


@lru_cache(maxsize=256)
def _insert_together(
    kinds: Sequence[tuple[type[Base], Sequence[str], bool]], select_by_keys: Select[Any] | None = None
) -> Statement:
    """INSERTs of one row, or of many, into a table each, and perhaps a SELECT, as one statement of PostgreSQL.

    It runs WITH's parts in whatever order it likes, unless one needs what another gives: here each counts the rows of
    the one before.
    """
    added: list[CTE] = []
    statement: Any = select_by_keys
    for place, (model, names, many) in enumerate(kinds):
        rows = _rows_to_insert(model, names, f"new{place}", many=many)
        if added:
            rows = rows.where(select(func.count()).select_from(added[-1]).scalar_subquery() >= literal_column("0"))
        one = insert(table_of(model)).from_select(names, rows, include_defaults=False)
        if select_by_keys is None and place == len(kinds) - 1:
            statement = one
        else:
            added.append(one.returning(literal_column("1")).cte(f"added{place}"))
    return Statement(statement.add_cte(*added))


def _rows_to_insert(model: type[Base], names: Sequence[str], prefix: str, *, many: bool) -> Select[Any]:
    if many:
        new = _rows_of_arrays(model, names, prefix)
        return select(*(new.c[name] for name in names))
    kinds = table_of(model).c
    return select(*(bindparam(f"{prefix}_{name}", type_=kinds[name].type, required=True) for name in names))


def _placed(additions: Sequence[Addition]) -> dict[str, Any]:
    """The values of the parameters of `_insert_together`."""
    placed: dict[str, Any] = {}
    for place, (_, rows) in enumerate(additions):
        if len(rows) > 1:
            placed |= _by_column(f"new{place}", tuple(rows[0]), rows)
        else:
            placed |= {f"new{place}_{name}": value for name, value in rows[0].items()}
    return placed


async def change_rows(session: WriteSession, model: type[Base], rows: Sequence[Values]) -> None:
    """Give rows, each named by its `id`, new values. All give values for the same columns."""
    if not rows:
        return
    names = tuple(rows[0])
    if len(rows) == 1:
        await session.rows(_update(model, names), **{f"new_{name}": rows[0][name] for name in names})
    elif session.dialect.name == "postgresql":
        await session.rows(_update_many(model, names, _rows_of_arrays), **_by_column("new", names, rows))
    else:
        await session.send_many(_update_many(model, names, _rows_of_values), rows)


@lru_cache(maxsize=256)
def _update(model: type[Base], names: Sequence[str]) -> Statement:
    changed = table_of(model)
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names if name != "id"}
    return Statement(update(changed).where(changed.c.id == bindparam("new_id")).values(new))


@lru_cache(maxsize=256)
def _update_many(model: type[Base], names: Sequence[str], rows_of: Callable[..., FromClause]) -> Statement:
    changed, new = table_of(model), rows_of(model, names)
    return Statement(
        update(changed).where(changed.c.id == new.c.id).values({name: new.c[name] for name in names if name != "id"})
    )


def _by_column(prefix: str, names: Sequence[str], rows: Sequence[Values]) -> dict[str, Any]:
    return {f"{prefix}_{name}": [row[name] for row in rows] for name in names}


def _rows_of_arrays(model: type[Base], names: Sequence[str], prefix: str = "new") -> FromClause:
    """Rows on PostgreSQL whose columns' values travel as arrays: one text and one message for any number of them."""
    # As VARCHAR(100)[] texts would be cut off at 100 characters without a word.
    types = ((name, table_of(model).c[name].type) for name in names)
    kinds = {name: Text() if type(kind) is String else kind for name, kind in types}
    arrays = (
        bindparam(f"{prefix}_{name}", type_=ARRAY(kind, dimensions=1), required=True) for name, kind in kinds.items()
    )
    return func.unnest(*arrays).table_valued(*names).render_derived(name=prefix)


def _rows_of_values(model: type[Base], names: Sequence[str]) -> FromClause:
    """One row on SQLite, which is to stand for many; see `WriteSession.send_many`."""
    kinds = {name: table_of(model).c[name].type for name in names}
    one = tuple(bindparam(name, type_=kind) for name, kind in kinds.items())
    return values(*(column(name, kind) for name, kind in kinds.items())).data([one]).cte("new")


async def locked(session: WriteSession, model: type[M], ids: Iterable[int]) -> dict[int, M]:
    """The rows with these ids as they are now, those that exist; nobody else changes them before the transaction ends.

    What is changed in them is written at the end.
    """
    return _attached(session, model, await read_locked(session, model, ids))


async def locked_with_new_ids(
    session: WriteSession, model: type[M], ids: Collection[int], counts: Mapping[type[Base], int]
) -> tuple[dict[int, M], dict[type[Base], list[int]]]:
    """What `locked` and `new_ids` give; on PostgreSQL in one statement, if it is about one row."""
    models = tuple(model for model, count in counts.items() if count)
    if session.dialect.name == "postgresql" and len(ids) == 1 and models and session.placeholder_ids is None:
        statement = _select_locked_with_ids(model, models, tuple(counts[model] for model in models))
        names = columns_of(model)
        for found in await session.rows(statement, key=next(iter(ids))):
            row: Any = instance(model, dict(zip(names, found, strict=False)))
            return _attached(session, model, {row.id: row}), _given_out(counts, models, found[len(names) :])
    return await locked(session, model, ids), await new_ids(session, counts)


def _attached(session: WriteSession, model: type[M], rows: Mapping[int, M]) -> dict[int, M]:
    """The session's objects for locked rows."""
    found = {}
    for row_id, row in rows.items():
        key = identity_key(model, row_id)
        held = session.sync_session.identity_map.get(key) or session.locked_rows.get(key)
        if held is None:
            make_transient_to_detached(row)
            session.locked_rows[key] = row
        elif not session.is_modified(held):
            held.__dict__.update({name: row.__dict__[name] for name in columns_of(model)})
        found[row_id] = row if held is None else held
    return found


async def read_locked(session: WriteSession, model: type[M], ids: Iterable[int]) -> dict[int, M]:
    """The same, but what is changed in the rows is not written: they belong to no session.

    They are locked in the order of their ids, so that two transactions do not wait for one another.
    """
    wanted = sorted(set(ids))
    rows = await session.rows_by_key(_select_locked(model), wanted) if wanted else ()
    names = columns_of(model)
    instances = (instance(model, dict(zip(names, row, strict=True))) for row in rows)
    return {row.id: row for row in instances}  # type: ignore[attr-defined] # every table has one


@cache
def _select_locked(model: type[Base]) -> KeyedStatement:
    stored = table_of(model)
    rows = select(stored).order_by(stored.c.id).with_for_update(key_share=True)
    return KeyedStatement(stored.c.id, rows.where)


@lru_cache(maxsize=256)
def _select_locked_with_ids(model: type[Base], models: Sequence[type[Base]], counts: Sequence[int]) -> Statement:
    stored = table_of(model)
    rows = select(stored, *_taken_ids(models, counts)).where(stored.c.id == bindparam("key"))
    return Statement(rows.with_for_update(key_share=True))
