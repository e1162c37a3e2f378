"""Entries of the change log that a mutation field wrote, and those that belong to each item of a batch."""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Table, cast, func, select

from jobbot_gql.api.types.entity import ENTITIES, Entity, entity_named
from jobbot_gql.api.types.page_size import MAX_PAGE
from jobbot_gql.db.sql.array_params import is_among, key_list
from jobbot_gql.db.triggers import change_log
from jobbot_gql.db.write.bulk_dml import table_of
from jobbot_gql.db.write.write_session import WriteSession

RowKey = tuple[str, int]
"""Entity name and id of a row."""
Rows = dict[RowKey, set[RowKey]]
"""Rows that were written, with the rows that their foreign keys refer to."""


@cache
def log_entity() -> Entity:
    """The entity of the change log."""
    return next(entity for entity in ENTITIES.values() if table_of(entity.model).name == change_log.LOG)


class WrittenChanges:
    """The changes of one mutation field. Made by `since`, before the field writes."""

    def __init__(self, before: int) -> None:
        """`before` is the sequence of an earlier change."""
        self._before = before

    @classmethod
    async def since(cls, session: WriteSession) -> "WrittenChanges":
        """The changes that the session logs from now on."""
        if session.dialect.name == "postgresql" and session.placeholder_ids is None:
            return cls(0)  # the session has logged nothing yet, and others may do so meanwhile
        await change_log.flush_log(session)
        return cls(await session.scalar(select(func.max(_log().c.sequence))) or 0)

    async def of_items(self, session: WriteSession, items: Sequence[RowKey | None]) -> list[list[int]]:
        """Sequences of the changes that belong to each item, as clients see them, oldest first; at most `MAX_PAGE`.

        A single item has all changes. Each of several has those of its row, and those of other rows to which foreign
        keys connect it, directly or over rows that are no items. Changes without such an item belong to all items.

        Args:
            items: Row of each item; None if it was rejected.
        """
        await change_log.flush_log(session)
        log = _log()
        logged = list(_logged_since(session, log, self._before))
        if len(items) == 1:
            first = select(log.c.sequence).where(*logged).order_by(log.c.sequence).limit(MAX_PAGE)
            return [[session.sequence_shown(one) for one in await session.scalars(first)]]
        sequences: defaultdict[RowKey, list[int]] = defaultdict(list)
        rows, updated = Rows(), set[RowKey]()
        for sequence, entity, row_id, operation, *links in await session.execute(
            select(log.c.sequence, log.c.entity, log.c.entity_id, log.c.operation, *_links(log))
            .where(*logged)
            .order_by(log.c.sequence)
        ):
            row_key = entity, row_id
            sequences[row_key].append(session.sequence_shown(sequence))
            targets = entity_named(entity)
            rows.setdefault(row_key, set()).update(
                (targets.links[key], target)
                for key, target in zip(_foreign_keys() * 2, links, strict=True)
                if targets and target and key in targets.links
            )
            if operation == "update":  # the log has only the keys that changed
                updated.add(row_key)
        for row_key, target in [one async for one in _stored_links(session, updated)]:
            rows[row_key].add(target)
        owners = _owners(rows, {one for one in items if one is not None})
        of_item: defaultdict[RowKey | None, list[int]] = defaultdict(list)
        for row_key, of_row in sequences.items():
            for owner in owners[row_key]:
                of_item[owner] += of_row
        return [sorted(of_item[one])[:MAX_PAGE] if one else [] for one in items]


def _log() -> Table:
    return table_of(log_entity().model)


def _logged_since(session: WriteSession, log: Table, before: int) -> Iterator[ColumnElement[bool]]:
    yield log.c.sequence > before
    if session.dialect.name == "postgresql":
        # From its first change on, a transaction holds the lock of the log: all later changes are its own.
        first = func.nullif(func.current_setting("jobbot.transaction", True), "")
        yield log.c.sequence >= func.coalesce(cast(first, BigInteger), 2**63 - 1)


@cache
def _foreign_keys() -> tuple[str, ...]:
    """Names of the foreign key columns of all entities."""
    return tuple(sorted({key for entity in ENTITIES.values() for key in entity.links} - {"id"}))


def _links(log: Table) -> list[ColumnElement[Any]]:
    """Logged values of the foreign keys, before and after."""
    return [values[key].as_integer() for values in (log.c.before, log.c.after) for key in _foreign_keys()]


async def _stored_links(session: WriteSession, row_keys: set[RowKey]) -> AsyncIterator[tuple[RowKey, RowKey]]:
    """Rows that the foreign keys of stored rows refer to. One statement for each entity with foreign keys."""
    ids: defaultdict[str, list[int]] = defaultdict(list)
    for name, row_id in row_keys:
        ids[name].append(row_id)
    for name, of_entity in ids.items():
        entity = entity_named(name)
        keys = [key for key in entity.links if key != "id"] if entity else []
        if entity is None or not keys:
            continue
        table = table_of(entity.model)
        statement = select(table.c.id, *(table.c[key] for key in keys))
        statement = statement.where(is_among(table.c.id, key_list("keys", table.c.id.type)))
        for row_id, *targets in await session.execute(statement, {"keys": of_entity}):
            for key, target in zip(keys, targets, strict=True):
                if target is not None:
                    yield (name, row_id), (entity.links[key], target)


def _owners(rows: Rows, items: set[RowKey]) -> dict[RowKey, set[RowKey]]:
    """Items that each written row belongs to."""
    neighbours: defaultdict[RowKey, set[RowKey]] = defaultdict(set)
    for row_key, targets in rows.items():
        for target in targets & (rows.keys() | items):
            neighbours[row_key].add(target)
            neighbours[target].add(row_key)
    owners = {row_key: {row_key} for row_key in rows if row_key in items}
    for start in rows:
        if start in owners:
            continue
        connected, waiting = {start}, [start]
        while waiting:
            near = neighbours[waiting.pop()] - connected
            connected |= near
            waiting += near - items
        for one in connected - items:
            owners[one] = connected & items or items
    return owners
