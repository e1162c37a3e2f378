"""The GraphiQL page and its assets, served from the package.

`make graphiql` builds `source/` into `dist/`. Every file there is gzip-compressed and sent unchanged to clients that
accept gzip. `dist/graphql/assets/` holds the page's assets; their names contain a hash of the content.
"""

import gzip
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from jobbot_gql.web.compression import accepts_gzip

DIST = files(__name__) / "dist"

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the editor positions its text with style attributes
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",  # covers ws: and wss: of this host, for subscriptions
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)

# A worker obeys the policy of its own response, not that of the page. So every response carries the policy.
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class Asset(NamedTuple):
    """A file of `dist/`."""

    gzipped: bytes
    etag: str
    """Weak, because the compressed and the plain form share it."""


def page(request: Request) -> Response:
    """The GraphiQL page, or 304 if the browser has the current one."""
    # The same URL answers JSON if the client accepts only JSON.
    return _respond(request, "index.html", cache_control="no-cache", vary="Accept, Accept-Encoding")


def routes() -> list[BaseRoute]:
    """The route /graphql/assets/{name}. Only names listed at start-up are opened."""
    names = {entry.name.removesuffix(".gz") for entry in (DIST / "graphql" / "assets").iterdir()}

    # Not async, so that Starlette reads and decompresses in a thread.
    def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in names:
            raise HTTPException(404)
        cache_control = "public, max-age=31536000, immutable"
        return _respond(request, f"graphql/assets/{name}", cache_control=cache_control, vary="Accept-Encoding")

    return [Route("/graphql/assets/{name}", asset, name="graphiql-asset")]


def schema_route(as_text: Callable[[], str]) -> Route:
    """The route of the schema in its definition language, which the page links to. `as_text` returns it."""
    text = cache(as_text)

    # Not async: Starlette runs it in a thread, because printing the schema takes a while.
    def schema(request: Request) -> Response:
        return Response(text(), headers=SECURITY_HEADERS, media_type="text/plain; charset=utf-8")

    return Route("/graphql/schema.graphql", schema)


def _respond(request: Request, path: str, *, cache_control: str, vary: str) -> Response:
    file = _read(path)
    headers = SECURITY_HEADERS | {"Cache-Control": cache_control, "ETag": file.etag, "Vary": vary}
    if_none_match = {tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")}
    if if_none_match & {file.etag, "*"}:
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = CONTENT_TYPES[PurePath(path).suffix]
    if accepts_gzip(request.headers.get("Accept-Encoding", "")):
        return Response(file.gzipped, headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(file.gzipped), headers=headers)


@cache
def _read(path: str) -> Asset:
    content = DIST.joinpath(*f"{path}.gz".split("/")).read_bytes()
    return Asset(content, f'W/"{sha256(content).hexdigest()[:32]}"')
