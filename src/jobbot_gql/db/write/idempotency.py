"""Stored results of requests with idempotency keys.

Keys and requests are stored as digests only. A request's digest includes its key. Results contain ids and error
messages, which may quote values, so a purge erases them.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Column, String, Table, Text, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from jobbot_gql.db.base import Base
from jobbot_gql.db.sql.column_types import UtcDateTime, utcnow
from jobbot_gql.db.write.write_session import WriteSession

MAX_KEY = 255
"""Maximum length of a key in characters."""
RETENTION = timedelta(days=30)
"""How long a result is stored."""

# A table without a model, because all models are logged in the change log.
keys = Table(
    "idempotency_keys",
    Base.metadata,
    Column("actor", String(255), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", Text),
    Column("at", UtcDateTime, nullable=False, server_default=utcnow(), index=True),
)


class EarlierRequest(NamedTuple):
    """An earlier request with the same key."""

    fingerprint: str
    """Digest of its input; empty if it was erased."""
    answer: str | None
    """Its result; None if it was erased."""


def digest(text: str) -> str:
    """SHA-256 of a string, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


async def claim(session: WriteSession, actor: str, key: str, fingerprint: str) -> EarlierRequest | None:
    """Claim a key for the transaction's request. Returns the earlier request that has it, if any.

    A concurrent claim of the same key waits until the other transaction has ended.
    """
    await session.execute(delete(keys).where(keys.c.at < datetime.now(UTC) - RETENTION))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"actor": actor, "key": digest(key), "fingerprint": fingerprint}
    inserted = dialect.insert(keys).values(row).on_conflict_do_nothing()
    if await session.scalar(inserted.returning(keys.c.key)) is not None:
        return None
    earlier = select(keys.c.fingerprint, keys.c.answer).where(keys.c.actor == actor, keys.c.key == digest(key))
    return EarlierRequest(*(await session.execute(earlier)).one())


async def keep(session: WriteSession, actor: str, key: str, answer: str) -> None:
    """Store the result of the request that has claimed the key."""
    await session.execute(update(keys).where(keys.c.actor == actor, keys.c.key == digest(key)).values(answer=answer))


async def erase(session: WriteSession) -> None:
    """Erase the requests and results of all keys. The keys remain used."""
    await session.execute(update(keys).where(keys.c.answer.is_not(None)).values(fingerprint="", answer=None))
