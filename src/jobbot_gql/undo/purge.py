"""Permanent erasure of rows, their dependents and their logged values."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import BigInteger, delete, null, or_, select, update

from jobbot_gql.applications.models import Application
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.triggers import change_log, search_index
from jobbot_gql.db.write import idempotency
from jobbot_gql.db.write.bulk_dml import table_of
from jobbot_gql.db.write.write_session import WriteSession
from jobbot_gql.history import row_codec
from jobbot_gql.history.models import Change
from jobbot_gql.history.row_codec import RowKey
from jobbot_gql.postings.models import Posting
from jobbot_gql.undo import derived, postings


@dataclass(frozen=True)
class Purged:
    """Result of a purge."""

    row_keys: list[RowKey]
    """The row and its dependents, including those at the time of its deletion."""
    changes: int
    """Number of log rows whose values were erased, including the deletions by the purge."""


async def purge(session: WriteSession, entity: str, row_id: int) -> Purged:
    """Erase a row, even if it is already deleted, its dependents, and their values in the change log.

    The log rows remain without values, so that readers of the feed see the deletions. They cannot be undone. All stored
    results of idempotency keys are erased, because error messages may quote the values. Values that were copied to
    other rows, such as notes, remain.

    Call it at the end of a transaction, and `Database.erase_freed` after the commit.

    Raises LookupError if the row does not exist and never did.
    """
    if entity not in row_codec.tables():
        raise LookupError(f"{entity} is not a type of rows.")
    table = row_codec.stored(entity)
    there = await session.scalar(select(table.c.id).where(table.c.id == row_id).with_for_update())
    logged = select(Change.id).where(Change.entity == entity, Change.entity_id == row_id).limit(1)
    if there is None and await session.scalar(logged) is None:
        raise LookupError(f"{entity} {row_id} not found.")
    rows = await _with_dependents(session, entity, row_id)
    digests = await postings.of_applications(session, rows.get(Application.__name__, ()))
    recompute_derived = await derived.prepare_purge(session, entity, row_id, rows)
    await session.execute(delete(table).where(table.c.id == row_id))
    await recompute_derived()
    if gone := await postings.purge_unreferenced(session, digests, rows.get(Application.__name__, ())):
        rows.setdefault(Posting.__name__, set()).update(gone)
    await change_log.flush_log(session)
    await (await session.connection()).run_sync(search_index.optimize)
    await idempotency.erase(session)
    return Purged([(of, one) for of, ids in rows.items() for one in sorted(ids)], await _erase(session, rows))


async def _with_dependents(session: WriteSession, entity: str, row_id: int) -> dict[str, set[int]]:
    """Ids of the row and its dependents, present and former, by entity."""
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
    # Rows that were moved to another parent are no longer dependents.
    elsewhere = await session.scalars(
        select(table.c.id).where(is_among(table.c.id, keys)), {"keys": list(once - there)}
    )
    return there | (once - set(elsewhere))


async def _erase(session: WriteSession, rows: dict[str, set[int]]) -> int:
    """Erase the logged values of rows. Returns the number of log rows that had any."""
    count = 0
    for entity, ids in rows.items():
        of_rows = is_among(Change.entity_id, key_list("keys", BigInteger()))
        has_values = or_(Change.before.is_not(None), Change.after.is_not(None))
        statement = (
            update(table_of(Change))
            .where(Change.entity == entity, of_rows, has_values)
            .values(before=null(), after=null())
        )
        count += (await session.execute(statement, {"keys": list(ids)})).rowcount  # type: ignore[attr-defined] # of an UPDATE
    return count
