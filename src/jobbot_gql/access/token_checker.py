"""Validation of API tokens, with a cache of a few seconds."""

import asyncio
import logging
from collections import OrderedDict
from datetime import UTC, datetime
from hmac import compare_digest
from math import inf
from time import monotonic, time

from jobbot_gql.access import tokens
from jobbot_gql.access.clients import Client
from jobbot_gql.access.tokens import FORM, USE_RECORDED_EVERY, Token, digest_of
from jobbot_gql.db.database import Database

log = logging.getLogger("jobbot_gql.access")

CACHE_SECONDS = 2
"""How long a valid token stays in the cache."""
RECHECK_SECONDS = 3
"""Interval between two checks of an open WebSocket's token."""
TAKES_EFFECT_SECONDS = CACHE_SECONDS + RECHECK_SECONDS
"""After this time a revoked token is rejected everywhere."""
MAX_CACHED = 1_000
"""Maximum number of tokens in the cache; about a kilobyte each."""


class TokenChecker:
    """Checks tokens against the database and caches the valid ones for `CACHE_SECONDS`.

    Invalid tokens are not cached, so that they cannot evict valid ones. The cache's keys are digests, so no secret
    stays in memory. The timing of a lookup leaks nothing, because clients cannot choose a digest's prefix.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: OrderedDict[bytes, tuple[Client, float]] = OrderedDict()
        self._pending: dict[int, asyncio.Task[None]] = {}
        self._is_warned = False

    async def holder(self, token: str) -> Client | None:
        """The client that holds a token; None if the token is malformed or invalid. Raises ReadError."""
        return await self.holder_of_digest(digest_of(token)) if FORM.fullmatch(token) else None

    async def holder_of_digest(self, digest: bytes) -> Client | None:
        """The client whose valid token has this digest, or None. Raises ReadError."""
        client, until = self._cache.get(digest, (None, 0.0))
        if client is None or monotonic() >= until:
            client = await self._read(digest)
        if client is not None and time() >= client.expires_at:
            return None
        return client

    async def close(self) -> None:
        """Wait up to a second for pending writes of `last_used_at`, then cancel them."""
        if self._pending:
            _, late = await asyncio.wait(self._pending.values(), timeout=1)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _read(self, digest: bytes) -> Client | None:
        started = monotonic()
        snapshot = self._database.snapshot()
        try:
            token = await tokens.with_digest(snapshot, digest)
        finally:
            await snapshot.close()
        if token is None or not compare_digest(bytes.fromhex(token.digest), digest) or token.state != "active":
            self._cache.pop(digest, None)
            return None
        expires_at = token.expires_at.timestamp() if token.expires_at else inf
        client = Client(token.name, token.scopes, digest, expires_at)
        self._cache[digest] = client, started + CACHE_SECONDS
        self._cache.move_to_end(digest)
        if len(self._cache) > MAX_CACHED:
            self._cache.popitem(last=False)
        self._record_use(token)
        return client

    def _record_use(self, token: Token) -> None:
        """Record the token's use in the background, at most once per minute."""
        now = datetime.now(UTC)
        if token.id in self._pending or (token.last_used_at and now - token.last_used_at < USE_RECORDED_EVERY):
            return
        task = self._pending[token.id] = asyncio.create_task(self._write_use(token, now))
        task.add_done_callback(lambda _: self._pending.pop(token.id, None))

    async def _write_use(self, token: Token, now: datetime) -> None:
        try:
            async with self._database.transaction() as session:
                await tokens.record_use(session, token, now)
            self._is_warned = False
        except Exception as error:  # a read-only database still serves reads
            if not self._is_warned:  # warn once until a write succeeds
                self._is_warned = True
                log.warning("last use of tokens not recorded", extra={"exception": type(error).__name__})
