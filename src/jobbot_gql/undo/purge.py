"""Purging: a thing and what hangs on it leave no trace but the numbers of their changes."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import BigInteger, delete, null, or_, select, update

from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.triggers import change_log, search_index
from jobbot_gql.db.write import idempotency
from jobbot_gql.db.write.bulk_dml import table_of
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import Change
from jobbot_gql.history.row_codec import RowKey
from jobbot_gql.undo import derived


@dataclass(frozen=True)
class Purged:
    """What a purge erased."""

    things: list[RowKey]
    """The thing and all that hung on it, now or when it was deleted."""
    changes: int
    """How many changes lost what they said, the deletions of the purge among them."""


async def purge(session: WriteSession, entity: str, row_id: int) -> Purged:
    """Erase a thing for good, whether it is there or was deleted: with what hangs on it, and from the change log.

    The log keeps that there were changes, by whom and when, so that readers of the feed see no hole and learn of the
    deletion; what the changes said is gone, and they cannot be undone. What was asked and answered under idempotency
    keys is forgotten whoever it was about: a refusal may quote anything. What others wrote about the thing elsewhere,
    in the notes of an application say, stays.

    Call it at the end of a transaction, and `Database.erase_freed` after the commit.

    Raises LookupError where there is no such thing and never was.
    """
    if entity not in row_codec.tables():
        raise LookupError(f"{entity} is not a type of rows.")
    table = row_codec.stored(entity)
    there = await session.scalar(select(table.c.id).where(table.c.id == row_id).with_for_update())
    logged = select(Change.id).where(Change.entity == entity, Change.entity_id == row_id).limit(1)
    if there is None and await session.scalar(logged) is None:
        raise LookupError(f"{entity} {row_id} not found.")
    things = await _with_all_below(session, entity, row_id)
    follow = await derived.purge_following(session, entity, row_id, things)
    await session.execute(delete(table).where(table.c.id == row_id))
    await follow()
    await change_log.write_out(session)
    await (await session.connection()).run_sync(search_index.forget)
    await idempotency.erase(session)
    return Purged([(of, one) for of, ids in things.items() for one in sorted(ids)], await _erase(session, things))


async def _with_all_below(session: WriteSession, entity: str, row_id: int) -> dict[str, set[int]]:
    """The thing and what hangs on it by foreign keys, or did until it was deleted, by entity."""
    below: dict[str, set[int]] = {entity: {row_id}}
    for parent in row_codec.tables():  # parents come before their children
        for child, key in row_codec.children(parent):
            if below.get(parent):
                below.setdefault(child, set()).update(await _children(session, child, key, below[parent]))
    return {of: ids for of, ids in below.items() if ids}


async def _children(session: WriteSession, entity: str, key: str, parents: Collection[int]) -> set[int]:
    table = row_codec.stored(entity)
    keys = key_list("keys", BigInteger())
    there = set(await session.scalars(select(table.c.id).where(is_among(table.c[key], keys)), {"keys": list(parents)}))
    named = or_(*(is_among(logged[key].as_integer(), keys) for logged in (Change.before, Change.after)))
    logged_as_theirs = select(Change.entity_id).where(Change.entity == entity, named).distinct()
    once = set(await session.scalars(logged_as_theirs, {"keys": list(parents)}))
    # What hangs on something else by now is not theirs any more.
    elsewhere = await session.scalars(
        select(table.c.id).where(is_among(table.c.id, keys)), {"keys": list(once - there)}
    )
    return there | (once - set(elsewhere))


async def _erase(session: WriteSession, things: dict[str, set[int]]) -> int:
    """Take out of the log what it says about the things; the number of its rows that said something."""
    count = 0
    for entity, ids in things.items():
        about = is_among(Change.entity_id, key_list("keys", BigInteger()))
        says = or_(Change.before.is_not(None), Change.after.is_not(None))
        statement = (
            update(table_of(Change)).where(Change.entity == entity, about, says).values(before=null(), after=null())
        )
        count += (await session.execute(statement, {"keys": list(ids)})).rowcount  # type: ignore[attr-defined] # of an UPDATE
    return count
