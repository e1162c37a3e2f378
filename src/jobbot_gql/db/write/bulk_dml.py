"""Batched INSERT, UPDATE and locking SELECT statements.

The number of statements does not depend on the number of rows. Statements depend only on tables and columns, and are
cached.
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
"""Largest number of ids that are written as single nextval() calls. More use generate_series()."""

M = TypeVar("M", bound=Base)
Values = Mapping[str, Any]
"""Values of a row by column."""


class Addition(NamedTuple):
    """Rows to add to a table. All must have the same columns. Other columns get the database's defaults."""

    model: type[Base]
    rows: Sequence[Values]


def table_of(model: type[Base]) -> Table:
    """Table of a model."""
    return cast("Table", model.__table__)


@cache
def columns_of(model: type[Base]) -> tuple[str, ...]:
    """Column names of a model."""
    return tuple(table_of(model).columns.keys())


def instance(model: type[M], values: Values) -> M:
    """Create a detached row with values for all columns. Faster than the constructor, which sets each attribute."""
    row: M = manager_of_class(model).new_instance()
    row.__dict__.update(values)
    return row


async def new_ids(session: WriteSession, counts: Mapping[type[Base], int]) -> dict[type[Base], list[int]]:
    """Allocate new ids for each model, ascending. They were never used before.

    On SQLite they are reserved only by the transaction's write lock.
    """
    models = tuple(model for model, count in counts.items() if count)
    if not models:
        return {model: [] for model in counts}
    if session.placeholder_ids is not None:
        return {model: list(islice(session.placeholder_ids, amount)) for model, amount in counts.items()}
    if session.dialect.name == "postgresql":
        (ids,) = await session.rows(_next_ids(models, tuple(counts[model] for model in models)))
        return _ids_by_model(counts, models, ids)
    found = await session.rows(_LAST_IDS, keys=[table_of(model).name for model in models])
    marks: dict[str, int] = dict(found)
    last = {model: marks.get(table_of(model).name, 0) for model in counts}
    return {model: list(range(last[model] + 1, last[model] + 1 + count)) for model, count in counts.items()}


def newest_id(column: Any) -> ColumnElement[int]:
    """Id of the newest row of a group. Placeholder ids are newer than all others."""
    return func.coalesce(func.max(column).filter(column < 0), func.max(column))


def _ids_by_model(
    counts: Mapping[type[Base], int], models: Sequence[type[Base]], allocated: Sequence[list[int]]
) -> dict[type[Base], list[int]]:
    return {model: [] for model in counts} | {model: sorted(ids) for model, ids in zip(models, allocated, strict=True)}


@lru_cache(maxsize=256)
def _next_ids(models: Sequence[type[Base]], counts: Sequence[int]) -> Statement:
    return Statement(select(*_next_id_expressions(models, counts)))


def _next_id_expressions(models: Sequence[type[Base]], counts: Sequence[int]) -> list[ColumnElement[Any]]:
    """Expressions for arrays of new ids on PostgreSQL. Uses the default names of sequences."""
    # The count is part of the SQL: as a parameter, PostgreSQL would plan the statement each time.
    expressions: list[ColumnElement[Any]] = []
    for model, count in zip(models, counts, strict=True):
        one = f"""nextval('"{table_of(model).name}_id_seq"')"""  # pg_get_serial_sequence() would take longer
        few = f"ARRAY[{', '.join([one] * count)}]"
        many = f"ARRAY(SELECT {one} FROM generate_series(1, {count}))"  # noqa: S608 - a sequence's name
        expressions.append(literal_column(few if count <= FEW else many))
    return expressions


_LAST_IDS = Statement(
    select(column("name"), column("seq"))
    .select_from(table("sqlite_sequence"))
    .where(is_among(column("name"), key_list("keys", Text())))
)


async def add_rows(session: WriteSession, model: type[Base], rows: Sequence[Values]) -> None:
    """Add rows to a table; see `Addition`."""
    await add_together(session, [Addition(model, rows)])


class KeyedSelect(KeyedStatement):
    """A SELECT by keys that can be combined with INSERTs in one statement."""

    def __init__(self, key: QueryableAttribute[Any], make: Callable[[ColumnElement[bool]], Any]) -> None:
        """`make` returns the SELECT, given the condition on `key`."""
        super().__init__(key, make)
        self.for_one = make(key == bindparam("keys"))
        self.for_many = make(is_among(key, key_list("keys", key.type)))


async def add_together(
    session: WriteSession,
    additions: Iterable[Addition],
    select_by_keys: KeyedSelect | None = None,
    keys: Sequence[Any] = (),
) -> Sequence[Any]:
    """Add rows to several tables in order. Parents must precede their children, also in the change log.

    Returns the rows of `select_by_keys` as they were before.
    """
    additions = [addition for addition in additions if addition.rows]
    if session.placeholder_ids is not None:
        additions = [_with_placeholder_ids(addition, session.placeholder_ids) for addition in additions]
    if session.dialect.name == "postgresql" and additions:
        kinds = tuple((model, tuple(rows[0]), len(rows) > 1) for model, rows in additions)
        parameters = _parameters(additions)
        if select_by_keys is not None:
            single = len(keys) == 1
            parameters["keys"] = keys[0] if single else keys
            return await session.rows(
                _insert_together(kinds, select_by_keys.for_one if single else select_by_keys.for_many), **parameters
            )
        return await session.rows(_insert_together(kinds), **parameters)
    found = await session.rows_by_key(select_by_keys, keys) if select_by_keys else ()
    for model, rows in additions:
        statement = _insert(model, tuple(rows[0]))
        if len(rows) == 1:
            await session.rows(statement, **rows[0])
        else:
            # One statement, because the search index is written at its end: row by row takes twice as long.
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
    """INSERTs into several tables, and an optional SELECT, as one PostgreSQL statement.

    PostgreSQL runs CTEs in any order unless one depends on another. Here each depends on the count of the one before.
    """
    added: list[CTE] = []
    statement: Any = select_by_keys
    for index, (model, names, many) in enumerate(kinds):
        rows = _rows_to_insert(model, names, f"new{index}", many=many)
        if added:
            rows = rows.where(select(func.count()).select_from(added[-1]).scalar_subquery() >= literal_column("0"))
        one = insert(table_of(model)).from_select(names, rows, include_defaults=False)
        if select_by_keys is None and index == len(kinds) - 1:
            statement = one
        else:
            added.append(one.returning(literal_column("1")).cte(f"added{index}"))
    return Statement(statement.add_cte(*added))


def _rows_to_insert(model: type[Base], names: Sequence[str], prefix: str, *, many: bool) -> Select[Any]:
    if many:
        new = _rows_of_arrays(model, names, prefix)
        return select(*(new.c[name] for name in names))
    kinds = table_of(model).c
    return select(*(bindparam(f"{prefix}_{name}", type_=kinds[name].type, required=True) for name in names))


def _parameters(additions: Sequence[Addition]) -> dict[str, Any]:
    """Parameters of `_insert_together`."""
    parameters: dict[str, Any] = {}
    for index, (_, rows) in enumerate(additions):
        if len(rows) > 1:
            parameters |= _by_column(f"new{index}", tuple(rows[0]), rows)
        else:
            parameters |= {f"new{index}_{name}": value for name, value in rows[0].items()}
    return parameters


async def change_rows(session: WriteSession, model: type[Base], rows: Sequence[Values]) -> None:
    """Update rows by `id`. All must have the same columns."""
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
    """Rows from one array parameter per column, so that the SQL does not depend on their number. PostgreSQL only."""
    # Text, because a cast to VARCHAR(100)[] would silently truncate strings.
    types = ((name, table_of(model).c[name].type) for name in names)
    kinds = {name: Text() if type(kind) is String else kind for name, kind in types}
    arrays = (
        bindparam(f"{prefix}_{name}", type_=ARRAY(kind, dimensions=1), required=True) for name, kind in kinds.items()
    )
    return func.unnest(*arrays).table_valued(*names).render_derived(name=prefix)


def _rows_of_values(model: type[Base], names: Sequence[str]) -> FromClause:
    """VALUES with one row, which `WriteSession.send_many` repeats. SQLite only."""
    kinds = {name: table_of(model).c[name].type for name in names}
    one = tuple(bindparam(name, type_=kind) for name, kind in kinds.items())
    return values(*(column(name, kind) for name, kind in kinds.items())).data([one]).cte("new")


async def locked(session: WriteSession, model: type[M], ids: Iterable[int]) -> dict[int, M]:
    """Lock rows, and return those that exist by id. Changes of their attributes are written at the commit."""
    return _attached(session, model, await read_locked(session, model, ids))


async def locked_with_new_ids(
    session: WriteSession, model: type[M], ids: Collection[int], counts: Mapping[type[Base], int]
) -> tuple[dict[int, M], dict[type[Base], list[int]]]:
    """Results of `locked` and `new_ids`, on PostgreSQL in one statement if there is one row."""
    models = tuple(model for model, count in counts.items() if count)
    if session.dialect.name == "postgresql" and len(ids) == 1 and models and session.placeholder_ids is None:
        statement = _select_locked_with_ids(model, models, tuple(counts[model] for model in models))
        names = columns_of(model)
        for found in await session.rows(statement, key=next(iter(ids))):
            row: Any = instance(model, dict(zip(names, found, strict=False)))
            return _attached(session, model, {row.id: row}), _ids_by_model(counts, models, found[len(names) :])
    return await locked(session, model, ids), await new_ids(session, counts)


def _attached(session: WriteSession, model: type[M], rows: Mapping[int, M]) -> dict[int, M]:
    """The session's instances of locked rows. Unmodified instances are refreshed."""
    found = {}
    for row_id, row in rows.items():
        key = identity_key(model, row_id)
        known = session.sync_session.identity_map.get(key) or session.locked_rows.get(key)
        if known is None:
            make_transient_to_detached(row)
            session.locked_rows[key] = row
        elif not session.is_modified(known):
            known.__dict__.update({name: row.__dict__[name] for name in columns_of(model)})
        found[row_id] = row if known is None else known
    return found


async def read_locked(session: WriteSession, model: type[M], ids: Iterable[int]) -> dict[int, M]:
    """Lock rows, and return detached instances by id. Changes of their attributes are not written.

    Rows are locked in the order of their ids, to avoid deadlocks.
    """
    unique_ids = sorted(set(ids))
    rows = await session.rows_by_key(_select_locked(model), unique_ids) if unique_ids else ()
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
    rows = select(stored, *_next_id_expressions(models, counts)).where(stored.c.id == bindparam("key"))
    return Statement(rows.with_for_update(key_share=True))
