"""Authentication of requests: by bearer token, or as the local user of this machine.

Bearer tokens follow RFC 6750. A WebSocket client sends its token in the payload of `connection_init`, because a web
page cannot set headers of the handshake. Other clients may send the `Authorization` header with the handshake.
"""

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from starlette.types import Scope

from jobbot_gql.access.clients import LOCAL, Client
from jobbot_gql.access.token_checker import TokenChecker
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
"""Headers that proxies add. A request with one of them came from another machine, even if the proxy is local."""


class Authentication:
    """Identifies the client of a request. Rejects requests without a required token."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.tokens = TokenChecker(database)
        self._needs_token = settings.needs_token
        self._allows_everyone = settings.insecure_no_auth

    async def client(self, scope: Scope) -> Client:
        """The client that sent an HTTP request or opened a WebSocket. Raises RejectedRequest."""
        authorization = headers_of(scope).get("authorization")
        if authorization is not None:
            return await self._holder(authorization)
        if self._allows_everyone:
            return LOCAL
        if self._needs_token:
            reason = "This server requires a token"
        elif _is_remote(scope):
            reason = "Requests from a proxy or another machine require a token"
        else:
            return LOCAL
        raise RejectedRequest(401, f"{reason}. Send `Authorization: Bearer <token>`.", {"WWW-Authenticate": CHALLENGE})

    async def websocket_client(self, scope: Scope, payload: dict[str, Any]) -> Client:
        """The client that sent this payload of `connection_init`. Raises RejectedRequest."""
        values = [value for name, value in payload.items() if name.lower() == "authorization" and value is not None]
        return await self._holder(values[0] if len(values) == 1 else None) if values else await self.client(scope)

    async def is_still_valid(self, client: Client) -> bool:
        """Whether the client's token is still valid. True while the database is unavailable."""
        try:
            return client.digest is None or await self.tokens.holder_of_digest(client.digest) is not None
        except ReadError:
            return True

    async def _holder(self, authorization: object) -> Client:
        """The client whose token an `Authorization` value holds. Raises RejectedRequest."""
        match = BEARER.fullmatch(authorization) if isinstance(authorization, str) else None
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


def _is_remote(scope: Scope) -> bool:
    """Whether a request came from another machine, directly or through a proxy that adds headers."""
    host = scope["client"][0] if scope.get("client") else None  # none: a Unix socket
    return (host is not None and not _is_loopback(host)) or not FORWARDED.isdisjoint(headers_of(scope))


@lru_cache(maxsize=1_000)
def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
