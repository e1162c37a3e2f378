"""Checks of Host, Origin and Fetch Metadata headers against cross-site requests and DNS rebinding.

Every web page that a user opens can reach a server on a loopback address. Browsers state the origin of a request in
`Sec-Fetch-Site` (W3C Fetch Metadata) and `Origin` (RFC 6454). A page that uses DNS rebinding sends its own name in the
Host header. Programs other than browsers send neither `Sec-Fetch-Site` nor `Origin` and are allowed.

Pages and browser extensions of this machine, such as a frontend under development, can read why they were rejected.
Other pages cannot read anything.
"""

import re
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from jobbot_gql.api.types.errors import shown
from jobbot_gql.settings import LOOPBACK, ORIGIN_SCHEMES
from jobbot_gql.telemetry.operations import Operations
from jobbot_gql.web.headers import headers_of
from jobbot_gql.web.paths import path_of
from jobbot_gql.web.rejected_requests import RejectedRequest

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]/@,\s]+)(?::(\d{1,5}))?")
PROBES = ("/health/live", "/health/ready")
_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(r"([a-z][a-z-]{1,30})://([a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?")
"""An origin as browsers write it, in what may be shown on a terminal."""


class Origins:
    """ASGI middleware that rejects requests and WebSockets for other hosts or from pages of other origins."""

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Collection[str],
        allowed_origins: Collection[str],
        operations: Operations,
    ) -> None:
        self.app = app
        self.operations = operations
        self.allowed_hosts = frozenset(allowed_hosts)
        self.allowed_origins = frozenset(allowed_origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            try:
                self.check(scope)
            except RejectedRequest as rejection:
                if "Access-Control-Allow-Origin" in (rejection.headers or {}) and _is_preflight(scope):
                    # Without a successful preflight the browser sends no request, and cannot show the error.
                    await Response(status_code=204, headers=rejection.headers)(scope, receive, send)
                    return
                self.operations.reject(rejection.status_code, rejection.extensions["code"], rejection.logged)
                if scope["type"] == "websocket":
                    # The server answers 403. uvicorn would log a complete HTTP response as an error.
                    await send({"type": "websocket.close", "code": 1008})
                else:
                    await rejection.response()(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def check(self, scope: Scope) -> None:
        """Check the headers of a request. Raises RejectedRequest."""
        headers = headers_of(scope)
        host = headers.get("host", "")
        match = _HOST.fullmatch(host.lower())
        # Orchestrators send probes to the machine's address. Their responses hold nothing private.
        is_probe = path_of(scope) in PROBES
        if match is None or (match[1] not in self.allowed_hosts and not is_probe):
            rejection = RejectedRequest(400, f"Host {shown(host)} is not allowed. Add it to JOBBOT_ALLOWED_HOSTS.")
            rejection.logged = {"setting": "JOBBOT_ALLOWED_HOSTS"}
            raise rejection
        origin = headers.get("origin")
        if origin in self.allowed_origins:
            return
        site = headers.get("sec-fetch-site")
        if site is None:
            # Not a browser, an old browser, or a connection over plain HTTP to another host.
            foreign = origin is not None and not _same_host(origin, match[1], match[2])
        else:
            foreign = site not in ("same-origin", "none") and not _opens_a_page(scope, headers)
        if foreign:
            raise _cross_site(origin, site, headers)


def _cross_site(origin: str | None, site: str | None, headers: Mapping[str, str]) -> RejectedRequest:
    """The rejection of a request from a page of another origin."""
    readable = {}
    if origin is not None and _is_of_this_machine(origin):
        readable = {
            "Access-Control-Allow-Origin": origin,
            # For pages that send credentials, without which the browser would hide the message from them.
            "Access-Control-Allow-Credentials": "true",
            "Access-Control-Allow-Methods": "GET, POST",
            "Access-Control-Allow-Headers": headers.get("access-control-request-headers", "*"),
            "Vary": "Origin",
        }
    rejection = RejectedRequest(
        403,
        f"Cross-site request from {shown(origin or site)} was rejected. Allow the origin with JOBBOT_ALLOWED_ORIGINS.",
        readable,
    )
    rejection.logged = {"setting": "JOBBOT_ALLOWED_ORIGINS"}
    if origin is not None and _ORIGIN.fullmatch(origin):
        rejection.logged["origin"] = origin
    return rejection


def _is_preflight(scope: Scope) -> bool:
    """Whether a browser asks if a page may send a request (CORS)."""
    return (
        scope["type"] == "http"
        and scope["method"] == "OPTIONS"
        and "access-control-request-method" in headers_of(scope)
    )


def _is_of_this_machine(origin: str) -> bool:
    """Whether the pages of an origin come from this machine: from a loopback address, or from an extension."""
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return False
    scheme, host = found.groups()
    is_loopback = host in LOOPBACK or host.endswith(".localhost")
    return is_loopback if scheme in _PORTS else scheme in ORIGIN_SCHEMES


def _opens_a_page(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a link was followed. A link with a query string is excluded, because it may hold an operation."""
    return (
        scope["type"] == "http"
        and scope["method"] in ("GET", "HEAD")
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
        and not scope["query_string"]
    )


def _same_host(origin: str, host: str, port: str | None) -> bool:
    """Whether an origin has the request's host and port. Schemes may differ behind a proxy that ends TLS."""
    try:
        parts = urlsplit(origin.lower())
        usual = _PORTS.get(parts.scheme)
        origin_port = parts.port or usual
    except ValueError:
        return False
    return parts.hostname == host.strip("[]") and usual is not None and origin_port == (int(port) if port else usual)
