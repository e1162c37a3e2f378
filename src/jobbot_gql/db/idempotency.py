"""Requests that may come twice: the first answer is kept under the key that the client chose."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Column, String, Table, Text, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.db.base import Base
from jobbot_gql.db.columns import UtcDateTime, utcnow

MAX_KEY = 255
"""How many characters a key may have."""
KEPT_FOR = timedelta(days=30)
"""How long an answer is kept. Whoever sends a request again does so sooner."""

# A table without a class: what has one is written to the change log.
keys = Table(
    "idempotency_keys",
    Base.metadata,
    Column("actor", String(255), primary_key=True),
    Column("key", String(MAX_KEY), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("answer", Text),
    Column("at", UtcDateTime, nullable=False, server_default=utcnow(), index=True),
)


class Earlier(NamedTuple):
    """A request that had the key before."""

    fingerprint: str
    """Of what was asked then."""
    answer: str
    """What was answered then."""


async def claim(session: AsyncSession, actor: str, key: str, fingerprint: str) -> Earlier | None:
    """Take a key for the transaction's request; the request that took it before, if one did.

    Whoever comes second waits until the first one's transaction has ended; if that was undone, the key is free again.
    """
    await session.execute(delete(keys).where(keys.c.at < datetime.now(UTC) - KEPT_FOR))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    taken = dialect.insert(keys).values(actor=actor, key=key, fingerprint=fingerprint).on_conflict_do_nothing()
    if await session.scalar(taken.returning(keys.c.key)) is not None:
        return None
    earlier = select(keys.c.fingerprint, keys.c.answer).where(keys.c.actor == actor, keys.c.key == key)
    return Earlier(*(await session.execute(earlier)).one())


async def keep(session: AsyncSession, actor: str, key: str, answer: str) -> None:
    """Keep the answer of the transaction's request, which took the key."""
    await session.execute(update(keys).where(keys.c.actor == actor, keys.c.key == key).values(answer=answer))
