"""The GraphiQL page and its assets, served from the package.

`make graphiql` builds `source/` into `dist/`, where every file is gzip-compressed and is sent as it is to clients that
accept gzip. `dist/graphql/assets/` holds what the page loads, under names that contain a hash of the content.
"""

import gzip
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import PurePath
from typing import NamedTuple

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

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

# A worker obeys the policy of its own response, not the page's: every response carries it.
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class File(NamedTuple):
    gzipped: bytes
    etag: str  # weak, because the gzip and the plain form share it


def page(request: Request) -> Response:
    """The GraphiQL page, for a browser that opens the endpoint; 304 when the browser has it already."""
    # The endpoint answers JSON at the same address to those who ask for JSON.
    return _respond(request, "index.html", cache_control="no-cache", vary="Accept, Accept-Encoding")


def routes() -> list[BaseRoute]:
    """The route of the assets, /graphql/assets/{name}. No other name than those in the package now is ever opened."""
    names = {entry.name.removesuffix(".gz") for entry in (DIST / "graphql" / "assets").iterdir()}

    # Not async: Starlette runs it in a thread, where reading and decompressing hold up no other request.
    def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in names:
            raise HTTPException(404)
        cache_control = "public, max-age=31536000, immutable"
        return _respond(request, f"graphql/assets/{name}", cache_control=cache_control, vary="Accept-Encoding")

    return [Route("/graphql/assets/{name}", asset, name="graphiql-asset")]


def _respond(request: Request, path: str, *, cache_control: str, vary: str) -> Response:
    file = _read(path)
    headers = SECURITY_HEADERS | {"Cache-Control": cache_control, "ETag": file.etag, "Vary": vary}
    if_none_match = {tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")}
    if if_none_match & {file.etag, "*"}:
        return Response(status_code=304, headers=headers)
    headers["Content-Type"] = CONTENT_TYPES[PurePath(path).suffix]
    if _accepts_gzip(request.headers.get("Accept-Encoding", "")):
        return Response(file.gzipped, headers=headers | {"Content-Encoding": "gzip"})
    return Response(gzip.decompress(file.gzipped), headers=headers)


@cache
def _read(path: str) -> File:
    content = DIST.joinpath(*f"{path}.gz".split("/")).read_bytes()
    return File(content, f'W/"{sha256(content).hexdigest()[:32]}"')


def _accepts_gzip(accept_encoding: str) -> bool:
    for coding in accept_encoding.lower().replace(" ", "").split(","):
        name, _, weight = coding.partition(";q=")
        if name == "gzip":
            return weight == "" or weight.strip("0.") != ""  # a weight of 0, 0.0 or 0.000 is a refusal
    return False
