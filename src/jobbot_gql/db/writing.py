"""Writing rows, many at once: the number of statements does not depend on the number of rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from sqlalchemy import ARRAY, Table, bindparam, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.db.base import Base
from jobbot_gql.db.keys import is_among, key_list

M = TypeVar("M", bound=Base)


def table_of(model: type[Base]) -> Table:
    """A model's table."""
    return cast("Table", model.__table__)


async def new_ids(session: AsyncSession, model: type[Base], count: int) -> list[int]:
    """Ids that the model's table has never given out, in ascending order; nobody else will get them.

    On SQLite that holds within the transaction, which keeps the only write lock.
    """
    if not count:
        return []
    table = table_of(model).name
    if session.get_bind().dialect.name == "postgresql":
        sequence = func.nextval(func.pg_get_serial_sequence(f'"{table}"', "id"))
        return list(await session.scalars(select(sequence).select_from(func.generate_series(1, count))))
    mark = text("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = :table), 0)")
    last: int = (await session.scalars(mark, {"table": table})).one()
    return list(range(last + 1, last + 1 + count))


async def add_rows(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Add rows. All give values for the same columns; the other columns have their defaults."""
    if rows:
        table = table_of(model)
        # With RETURNING, SQLAlchemy sends many rows in one statement instead of one statement many times. SQLite's
        # search index sorts the words of a statement and writes them at its end: single rows would take twice as long.
        await session.execute(insert(table).returning(table.c.id), list(rows))


async def change_rows(session: AsyncSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Give rows, each named by its `id`, new values. All give values for the same columns."""
    if not rows:
        return
    table = table_of(model)
    names = [name for name in rows[0] if name != "id"]
    if session.get_bind().dialect.name != "postgresql":
        one = update(table).where(table.c.id == bindparam("new_id"))
        values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        await session.execute(
            one.values(values), [{f"new_{name}": row[name] for name in ("id", *names)} for row in rows]
        )
        return
    # One statement, and not one for each row: a column's values travel as an array.
    arrays = [bindparam(f"new_{name}", type_=ARRAY(table.c[name].type, dimensions=1)) for name in ("id", *names)]
    new = func.unnest(*arrays).table_valued("id", *names).render_derived(name="new")
    await session.execute(
        update(table).where(table.c.id == new.c.id).values({name: new.c[name] for name in names}),
        {f"new_{name}": [row[name] for row in rows] for name in ("id", *names)},
    )


async def locked(session: AsyncSession, model: type[M], ids: Iterable[int]) -> dict[int, M]:
    """The rows with these ids as they are now, those that exist; nobody else changes them before the transaction ends.

    They are locked in the order of their ids, so that two transactions do not wait for one another.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    statement = (
        select(model)
        .where(is_among(model.id, key_list("keys", table_of(model).c.id.type)))  # type: ignore[attr-defined] # every table has one
        .order_by(model.id)  # type: ignore[attr-defined] # likewise
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in await session.scalars(statement, {"keys": wanted})}  # type: ignore[attr-defined] # likewise
