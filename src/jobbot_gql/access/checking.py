"""Telling whose token it is: in microseconds for one that was seen a moment ago."""

import asyncio
import logging
from collections import OrderedDict
from datetime import UTC, datetime
from hmac import compare_digest
from math import inf
from time import monotonic, time

from jobbot_gql.access import tokens
from jobbot_gql.access.clients import Client
from jobbot_gql.access.tokens import FORM, USE_IS_NOTED_EVERY, Token, digest_of
from jobbot_gql.db.database import Database

log = logging.getLogger("jobbot_gql.access")

KNOWN_SECONDS = 2
"""How long a token that was found good is not looked up again."""
WATCH_SECONDS = 3
"""How often the token of an open WebSocket is checked."""
TAKES_EFFECT_SECONDS = KNOWN_SECONDS + WATCH_SECONDS
"""After this time a revoked token lets nobody do anything, on any road."""
MAX_KNOWN = 1_000
"""How many tokens are remembered; about a kilobyte each."""


class Checker:
    """Checks tokens against the database, and remembers the good ones for a moment.

    Bad ones are not remembered: nobody can push the good ones out. They are known by their digests, so that the secrets
    themselves stay nowhere. Whoever compares times learns nothing from a look-up by digest, because nobody can choose
    what a digest begins with.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[bytes, tuple[Client, float]] = OrderedDict()
        self._noting: dict[int, asyncio.Task[None]] = {}
        self._is_warned = False

    async def holder(self, token: str) -> Client | None:
        """Whose token it is; None for what is no token, or not valid any more. Raises ReadError."""
        return await self.holder_of_digest(digest_of(token)) if FORM.fullmatch(token) else None

    async def holder_of_digest(self, digest: bytes) -> Client | None:
        """Whose token has the digest; None where none has, or it is not valid any more. Raises ReadError."""
        client, until = self._known.get(digest, (None, 0.0))
        if client is None or monotonic() >= until:
            client = await self._read(digest)
        if client is not None and time() >= client.expires_at:
            return None
        return client

    async def close(self) -> None:
        """Bring to its end what is still being written."""
        if self._noting:
            _, late = await asyncio.wait(self._noting.values(), timeout=1)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _read(self, digest: bytes) -> Client | None:
        asked = monotonic()
        snapshot = self._database.snapshot()
        try:
            token = await tokens.with_digest(snapshot, digest)
        finally:
            await snapshot.close()
        if token is None or not compare_digest(bytes.fromhex(token.digest), digest) or token.state != "active":
            self._known.pop(digest, None)
            return None
        expires_at = token.expires_at.timestamp() if token.expires_at else inf
        client = Client(token.name, token.scopes, digest, expires_at)
        self._known[digest] = client, asked + KNOWN_SECONDS
        self._known.move_to_end(digest)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        self._note_use(token)
        return client

    def _note_use(self, token: Token) -> None:
        """Write down when the token was used, once a minute at most, and with nobody waiting for it."""
        now = datetime.now(UTC)
        if token.id in self._noting or (token.last_used_at and now - token.last_used_at < USE_IS_NOTED_EVERY):
            return
        task = self._noting[token.id] = asyncio.create_task(self._write_use(token, now))
        task.add_done_callback(lambda _: self._noting.pop(token.id, None))

    async def _write_use(self, token: Token, now: datetime) -> None:
        try:
            async with self._database.transaction() as session:
                await tokens.note_use(session, token, now)
            self._is_warned = False
        except Exception as error:  # a database that cannot be written can still be read
            if not self._is_warned:  # once, until it succeeds again
                self._is_warned = True
                log.warning("last use of tokens not recorded", extra={"exception": type(error).__name__})
