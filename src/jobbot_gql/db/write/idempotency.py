"""Requests that may come twice: the first answer is kept under the key that the client chose.

Nobody can read from what is kept what a client called a request or wrote in it: there are digests of both, and the
digest of the request has the key in it. Answers hold ids, and what refusals quoted; a purge erases them.
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
"""How many characters a key may have."""
RETENTION = timedelta(days=30)
"""How long an answer is kept. Whoever sends a request again does so sooner."""

# A table without a class: what has one is written to the change log.
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
    """A request that had the key before."""

    fingerprint: str
    """Of what was asked then."""
    answer: str | None
    """What was answered then; None where that was erased, and the fingerprint with it."""


def digest(text: str) -> str:
    """What is kept of a text that is only to be recognised."""
    return hashlib.sha256(text.encode()).hexdigest()


async def claim(session: WriteSession, actor: str, key: str, fingerprint: str) -> EarlierRequest | None:
    """Take a key for the transaction's request; the request that took it before, if one did.

    Whoever comes second waits until the first one's transaction has ended; if that was undone, the key is free again.
    """
    await session.execute(delete(keys).where(keys.c.at < datetime.now(UTC) - RETENTION))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = {"actor": actor, "key": digest(key), "fingerprint": fingerprint}
    taken = dialect.insert(keys).values(row).on_conflict_do_nothing()
    if await session.scalar(taken.returning(keys.c.key)) is not None:
        return None
    earlier = select(keys.c.fingerprint, keys.c.answer).where(keys.c.actor == actor, keys.c.key == digest(key))
    return EarlierRequest(*(await session.execute(earlier)).one())


async def keep(session: WriteSession, actor: str, key: str, answer: str) -> None:
    """Keep the answer of the transaction's request, which took the key."""
    await session.execute(update(keys).where(keys.c.actor == actor, keys.c.key == digest(key)).values(answer=answer))


async def erase(session: WriteSession) -> None:
    """Forget what was asked and answered under every key, but not that the keys were used."""
    await session.execute(update(keys).where(keys.c.answer.is_not(None)).values(fingerprint="", answer=None))
