"""Parsing of GraphQL requests and negotiation of the media type, according to GraphQL over HTTP."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope

from jobbot_gql.api.types.errors import TooComplex, shown
from jobbot_gql.web.headers import headers_of
from jobbot_gql.web.rejected_requests import JSON, RejectedRequest

GRAPHQL_RESPONSE = "application/graphql-response+json"
SSE = "text/event-stream"
MULTIPART = "multipart/mixed"
"""With the parameter subscriptionSpec."""
PARAMETERS = (
    ("variables", dict, "an object"),
    ("operationName", str, "a string"),
    ("extensions", dict, "an object"),
    ("documentId", str, "a string"),
)
"""Optional parameters: name, Python type, and the type in error messages."""
DISCARD_SECONDS = 2
"""How long the rest of a too large body is discarded before the connection is closed."""
DRY_RUN_HEADER = "x-jobbot-dry-run"
SHA256 = "sha256:"
"""Prefix of a document id that is a hexadecimal SHA-256 hash (GraphQL over HTTP, appendix A)."""


@dataclass(frozen=True)
class GraphQLRequest:
    """The parameters of one operation, as a client sent them."""

    query: str | None
    """The document; None if only `document_id` is given."""
    document_id: str | None
    variables: dict[str, Any] | None
    operation_name: str | None
    extensions: dict[str, Any] | None
    dry_run: bool
    """Whether nothing is to stay of what it writes."""


async def read_request(scope: Scope, receive: Receive, max_bytes: int) -> GraphQLRequest:
    """Parse the query string of a GET or the body of a POST. Raises RejectedRequest."""
    if scope["method"] == "GET":
        return from_parameters(_from_query_string(QueryParams(scope["query_string"])))
    return from_parameters(decoded(await _body(headers_of(scope), receive, max_bytes), "The body"))


def from_parameters(parameters: Any) -> GraphQLRequest:
    """Check the types of a request's parameters. Raises RejectedRequest."""
    if isinstance(parameters, list):
        raise RejectedRequest(
            400,
            "The body must be one JSON object; batches of operations are not supported. Send a request for each.",
        )
    if not isinstance(parameters, dict):
        raise RejectedRequest(400, f"The body must be a JSON object; got {_found(parameters)}.")
    for name, kind, what in PARAMETERS:
        if (value := parameters.get(name)) is not None and not isinstance(value, kind):
            message = f"{name} must be {what} or null; got {_found(parameters[name])}."
            if isinstance(value, str):
                message += " Send it as JSON, not as a string that contains JSON."
            raise RejectedRequest(400, message)
    query, document_id = parameters.get("query"), _document_id(parameters)
    if not isinstance(query, str) and (query is not None or document_id is None):
        raise RejectedRequest(400, f"query must be a string, the GraphQL document; got {_found(query)}.")
    return GraphQLRequest(
        query,
        document_id,
        parameters.get("variables"),
        parameters.get("operationName") or None,
        parameters.get("extensions"),
        _dry_run(parameters.get("extensions") or {}),
    )


def dry_run_header(headers: Mapping[str, str]) -> bool:
    """Whether the headers of a request ask for a dry run. Raises RejectedRequest.

    What is not understood is rejected: the client must not believe that it was a dry run when it was none.
    """
    value = headers.get(DRY_RUN_HEADER)
    if value not in (None, "yes"):
        raise RejectedRequest(
            400, f"The header {DRY_RUN_HEADER} must be `yes`; got {shown(value)}. Without the header, data is written."
        )
    return value is not None


def _dry_run(extensions: Mapping[str, Any]) -> bool:
    value = extensions.get("dryRun", False)
    if "dryRun" in extensions and value is not True:
        raise RejectedRequest(400, f"extensions.dryRun must be true; got {_found(value)}. Without it, data is written.")
    return bool(value)


def _document_id(parameters: dict[str, Any]) -> str | None:
    """The document id in the form of GraphQL over HTTP, Relay or Apollo. Raises RejectedRequest."""
    for name in ("documentId", "doc_id", "id"):
        if isinstance(value := parameters.get(name), str):
            return value
    persisted = (parameters.get("extensions") or {}).get("persistedQuery")
    if persisted is None:
        return None
    parameter = "extensions.persistedQuery"
    if not isinstance(persisted, dict):
        raise RejectedRequest(400, f"{parameter} must be an object or null; got {_found(persisted)}.")
    if persisted.get("version") != 1:
        raise RejectedRequest(400, f"{parameter}.version must be 1; got {_found(persisted.get('version'))}.")
    digest = persisted.get("sha256Hash")
    if not isinstance(digest, str) or not digest:
        raise RejectedRequest(400, f"{parameter}.sha256Hash must be a string; got {_found(digest)}.")
    return SHA256 + digest.removeprefix(SHA256)


def _found(value: Any) -> str:
    text = orjson.dumps(value).decode()
    return text if len(text) <= 60 else f"{text[:60]}…"


def decoded(text: bytearray | bytes | str, name: str) -> Any:
    """Decode JSON; `name` names it in the error. Raises RejectedRequest."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RejectedRequest(400, f"{name} must be JSON in UTF-8 ({error}).") from None


def _from_query_string(parameters: Mapping[str, str]) -> dict[str, Any]:
    # An empty parameter counts as absent.
    given: dict[str, Any] = {name: value for name, value in parameters.items() if value or name == "query"}
    for name in ("variables", "extensions"):
        if name in given:
            given[name] = decoded(given[name], name)
    return given


async def _body(headers: Mapping[str, str], receive: Receive, max_bytes: int) -> bytearray:
    content_type = headers.get("content-type", "")
    if not _is_json(content_type):
        raise RejectedRequest(
            415, f"Content-Type must be {JSON} in UTF-8; got {shown(content_type)}.", {"Accept": JSON}
        )
    encoding = headers.get("content-encoding", "identity").lower()
    if encoding != "identity":
        raise RejectedRequest(
            415, f"Content-Encoding must be identity; got {shown(encoding)}.", {"Accept-Encoding": "identity"}
        )
    announced = headers.get("content-length", "0")
    size = int(announced) if announced.isdecimal() else 0
    body, more = bytearray(), True
    while more and size <= max_bytes:
        chunk, more = await _chunk(receive)
        body += chunk
        size = max(size, len(body))
    if size > max_bytes:
        # Many clients read the response only after sending the whole body, except those that wait for 100 Continue.
        more = more and headers.get("expect", "").lower() != "100-continue"
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCARD_SECONDS):
                while more:
                    _, more = await _chunk(receive)
        error = TooComplex("body_bytes", size, max_bytes)
        raise RejectedRequest(413, error.message, {"Connection": "close"}, **(error.extensions or {}))
    return body


async def _chunk(receive: Receive) -> tuple[bytes, bool]:
    """A part of a body, and whether more follows. Raises RejectedRequest."""
    message = await receive()
    if message["type"] == "http.disconnect":
        raise RejectedRequest(400, "The request ended before its body was complete.")
    return message.get("body", b""), message.get("more_body", False)


@lru_cache(maxsize=64)
def _is_json(content_type: str) -> bool:
    media_type, _, parameters = content_type.lower().partition(";")
    charset = parameters.replace(" ", "").replace('"', "").removeprefix("charset=")
    return media_type.strip() == JSON and charset in ("", "utf-8", "utf8")


@lru_cache(maxsize=64)
def response_type(accept: str | None) -> str:
    """The supported media type with the highest quality in `Accept`; the first of several.

    Raises RejectedRequest if there is none.
    """
    if accept is None:
        return JSON
    best, best_quality = "", 0.0
    for entry in accept.lower().split(","):
        media_type, *parameters = (part.strip() for part in entry.split(";"))
        offered = {"*/*": JSON, "application/*": JSON}.get(media_type, media_type)
        quality = _quality(parameters)
        if offered == MULTIPART and not any(one.startswith("subscriptionspec") for one in parameters):
            continue
        if offered in (JSON, GRAPHQL_RESPONSE, SSE, MULTIPART) and quality > best_quality:
            best, best_quality = offered, quality
    if not best:
        raise RejectedRequest(406, f"Accept must allow {GRAPHQL_RESPONSE}, {JSON} or {SSE}; got {shown(accept)}.")
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
