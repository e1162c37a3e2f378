"""Creation, listing, lookup and revocation of API tokens.

A token holds 256 random bits; the database stores their SHA-256. Salt and a slow hash protect passwords, which can be
guessed. They would not help here, and would make it easy to overload the server with invalid tokens. Rows of revoked
tokens are kept and their names are not reused, because the change log refers to tokens by name.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, Integer, String, Table, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from jobbot_gql.access.clients import LOCAL, NOBODY, Scope
from jobbot_gql.db.base import Base
from jobbot_gql.db.read.snapshot import Snapshot
from jobbot_gql.db.sql.column_types import StringList, UtcDateTime, utcnow

PREFIX = "jobbot_"
"""Prefix of every token, by which people and secret scanners recognise it."""
FORM = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}")
LONGEST_NAME = 100
USE_RECORDED_EVERY = timedelta(minutes=1)

# A table without a mapped class, because changes of mapped classes are logged.
api_tokens = Table(
    "api_tokens",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(LONGEST_NAME), nullable=False, unique=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("scopes", StringList, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, server_default=utcnow()),
    Column("expires_at", UtcDateTime),
    Column("last_used_at", UtcDateTime),
    Column("revoked_at", UtcDateTime),
    sqlite_autoincrement=True,  # ids are not reused
)


class TokenProblem(ValueError):
    """A token cannot be created, found or revoked. The message is one line for the user."""


@dataclass(frozen=True)
class Token:
    """A stored token, without its secret."""

    id: int
    name: str
    digest: str
    """SHA-256 of the token, hexadecimal."""
    scopes: frozenset[Scope]
    """Scopes known to this version; stored unknown words are ignored."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    """Accurate to a minute."""
    revoked_at: datetime | None

    @property
    def state(self) -> str:
        """`active`, `expired` or `revoked`."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= datetime.now(UTC) else "active"

    def as_dict(self) -> dict[str, Any]:
        """The token for JSON output, without its digest."""
        times = {"created_at": self.created_at, "expires_at": self.expires_at, "last_used_at": self.last_used_at}
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state,
            "scopes": in_order(self.scopes),
            **{name: time and time.isoformat() for name, time in times.items()},
            "revoked_at": self.revoked_at and self.revoked_at.isoformat(),
        }


def in_order(scopes: frozenset[Scope]) -> list[str]:
    """The names of scopes in the order of their declaration."""
    return [scope.value for scope in Scope if scope in scopes]


def digest_of(token: str) -> bytes:
    """SHA-256 of a token."""
    return sha256(token.encode()).digest()


async def create(
    session: AsyncSession, name: str, scopes: frozenset[Scope], expires_at: datetime | None = None
) -> tuple[Token, str]:
    """Create a token. Returns its stored form and the secret, which is not stored. Raises TokenProblem."""
    if not re.fullmatch(rf"[\w.@-]{{1,{LONGEST_NAME}}}", name) or name.isdecimal():
        raise TokenProblem(
            f"NAME: must be 1 to {LONGEST_NAME} letters, digits or . _ @ -, and not digits alone; got {name!r}"
        )
    if name in (LOCAL.actor, NOBODY.actor):
        raise TokenProblem(f"NAME: must not be {name!r}, which is reserved by the change log")
    if not scopes:
        raise TokenProblem(f"--scope: name at least one of {', '.join(Scope)}")
    token = PREFIX + secrets.token_urlsafe(32)
    values = {
        "name": name,
        "digest": digest_of(token).hex(),
        "scopes": in_order(scopes),
        "created_at": datetime.now(UTC),
        "expires_at": expires_at,
    }
    try:
        row = (await session.execute(insert(api_tokens).values(values).returning(api_tokens))).one()
    except IntegrityError:
        raise TokenProblem(f"NAME: a token named {name!r} exists or existed; names are not reused") from None
    return _token(row), token


async def list_tokens(snapshot: Snapshot) -> list[Token]:
    """All tokens, oldest first."""
    return [_token(row) for row in await snapshot.rows(select(api_tokens).order_by(api_tokens.c.id))]


async def with_digest(snapshot: Snapshot, digest: bytes) -> Token | None:
    """The token with this digest, in any state."""
    rows = await snapshot.rows(select(api_tokens).where(api_tokens.c.digest == digest.hex()))
    return _token(rows[0]) if rows else None


async def revoke(session: AsyncSession, name_or_id: str) -> tuple[Token, bool]:
    """Revoke a token. Returns it, and whether it was active before. Raises TokenProblem."""
    column = api_tokens.c.id if name_or_id.isdecimal() else api_tokens.c.name
    # PostgreSQL rejects an id beyond the column's range.
    value = min(int(name_or_id), 2**31 - 1) if name_or_id.isdecimal() else name_or_id
    revoking = update(api_tokens).where(column == value, api_tokens.c.revoked_at.is_(None))
    changed = (await session.execute(revoking.values(revoked_at=datetime.now(UTC)).returning(api_tokens))).one_or_none()
    if changed is not None:
        return _token(changed), True
    row = (await session.execute(select(api_tokens).where(column == value))).one_or_none()
    if row is None:
        raise TokenProblem(f"no token {name_or_id!r}; `jobbot-gql token list` lists them")
    return _token(row), False


async def record_use(session: AsyncSession, token: Token, now: datetime) -> None:
    """Set `last_used_at`, unless it was set within the last minute."""
    used = api_tokens.c.last_used_at
    stale = or_(used.is_(None), used <= now - USE_RECORDED_EVERY)
    await session.execute(update(api_tokens).where(api_tokens.c.id == token.id, stale).values(last_used_at=now))


async def has_active(snapshot: Snapshot) -> bool:
    """Whether there is an active token."""
    active = (api_tokens.c.revoked_at.is_(None), func.coalesce(api_tokens.c.expires_at > utcnow(), True))
    rows = await snapshot.rows(select(api_tokens.c.id).where(*active).limit(1))
    return bool(rows)


def _token(row: Any) -> Token:
    known = {scope.value: scope for scope in Scope}
    scopes = frozenset(known[word] for word in row.scopes if word in known)
    return Token(**{**row._mapping, "scopes": scopes})
