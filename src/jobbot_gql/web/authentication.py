"""Who sent a request: the holder of a token, or somebody at this machine.

Bearer tokens are those of RFC 6750. Over WebSocket they come in the payload of `connection_init`, because a web page
cannot set headers there; other clients may send the header of the handshake.
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from starlette.types import Scope

from jobbot_gql.access.checking import Checker
from jobbot_gql.access.clients import LOCAL, Client
from jobbot_gql.api.types.errors import UNAVAILABLE
from jobbot_gql.db.database import Database
from jobbot_gql.db.failures import is_unavailable
from jobbot_gql.db.read.snapshot import ReadError
from jobbot_gql.settings import Settings
from jobbot_gql.web.headers import headers_of
from jobbot_gql.web.rejected_requests import RejectedRequest

BEARER = re.compile(r"(?i:bearer) +(\S+) *")
CHALLENGE = 'Bearer realm="jobbot-gql"'
FORWARDED = {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
"""Headers that proxies add. A request that has one was sent elsewhere, however near the proxy is."""


class Authentication:
    """Tells who sent what, and refuses whom it must."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.tokens = Checker(database)
        self._needs_token = settings.needs_token
        self._lets_all_in = settings.insecure_no_auth

    async def client(self, scope: Scope) -> Client:
        """Who sent an HTTP request, or opened a WebSocket. Raises RejectedRequest."""
        given = headers_of(scope).get("authorization")
        if given is not None:
            return await self._holder(given)
        if self._lets_all_in:
            return LOCAL
        if self._needs_token:
            reason = "This server requires a token"
        elif _came_from_elsewhere(scope):
            reason = "Requests from a proxy or another machine require a token"
        else:
            return LOCAL
        raise RejectedRequest(401, f"{reason}. Send `Authorization: Bearer <token>`.", {"WWW-Authenticate": CHALLENGE})

    async def client_of_websocket(self, scope: Scope, payload: dict[str, Any]) -> Client:
        """Who opened a WebSocket and sent this payload of `connection_init`. Raises RejectedRequest."""
        given = [value for name, value in payload.items() if name.lower() == "authorization" and value is not None]
        return await self._holder(given[0] if len(given) == 1 else None) if given else await self.client(scope)

    async def is_still(self, client: Client) -> bool:
        """Whether the client's token is as good as it was. True while the database cannot tell."""
        try:
            return client.digest is None or await self.tokens.holder_of_digest(client.digest) is not None
        except ReadError:
            return True

    async def _holder(self, given: object) -> Client:
        """The holder of the one token that was given."""
        match = BEARER.fullmatch(given) if isinstance(given, str) else None
        try:
            client = await self.tokens.holder(match[1]) if match else None
        except ReadError as error:
            if not is_unavailable(error):
                raise
            raise RejectedRequest(503, UNAVAILABLE, {"Retry-After": "1"}, code="UNAVAILABLE") from error
        if client is None:
            challenge = f'{CHALLENGE}, error="invalid_token"'
            raise RejectedRequest(
                401, "Invalid token. Send `Authorization: Bearer <token>`.", {"WWW-Authenticate": challenge}
            )
        return client


def _came_from_elsewhere(scope: Scope) -> bool:
    """Whether a request came from another machine, as far as can be told: directly, or by a proxy that says so."""
    host = scope["client"][0] if scope.get("client") else None  # none: a Unix socket
    return (host is not None and not _is_loopback(host)) or not FORWARDED.isdisjoint(headers_of(scope))


@lru_cache(maxsize=1_000)
def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
