"""ASGI responses to operations."""

from collections.abc import Sequence
from functools import cache

from starlette.types import Receive, Scope, Send

from jobbot_gql.web.compression import MIN_BYTES, accepts_gzip, compressed
from jobbot_gql.web.headers import headers_of
from jobbot_gql.web.rejected_requests import HEADERS

RawHeaders = Sequence[tuple[bytes, bytes]]


class JsonResponse:
    """A JSON response. Headers common to all responses are encoded once per media type."""

    __slots__ = ("body", "headers", "media_type", "status")

    def __init__(self, status: int, media_type: str, body: bytes, headers: RawHeaders = ()) -> None:
        """`headers` are sent in addition to the headers of every response."""
        self.status = status
        self.media_type = media_type
        self.body = body
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body, headers = self.body, [*_headers(self.media_type), *self.headers]
        if len(body) >= MIN_BYTES and accepts_gzip(headers_of(scope).get("accept-encoding", "")):
            body = await compressed(body)
            headers.append((b"content-encoding", b"gzip"))
        headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@cache
def _headers(media_type: str) -> RawHeaders:
    # Some clients guess the charset if the content type has none.
    all_ = {**HEADERS, "Vary": "Accept, Accept-Encoding", "Content-Type": f"{media_type}; charset=utf-8"}
    return [(name.lower().encode(), value.encode()) for name, value in all_.items()]
